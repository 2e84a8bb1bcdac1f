import { lookup as resolve, type LookupOptions } from 'node:dns';
import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import type { SecureContextOptions } from 'node:tls';

/** One POST. */
export interface Post {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>; // with `content-length`
  readonly body: () => AsyncIterable<Uint8Array>; // may be asked for twice
  readonly timeouts: Timeouts;
  readonly limit: number; // bytes of the answer that are kept
  readonly tls?: Tls;
  readonly signal: AbortSignal;
}

/** Milliseconds: until the connection stands, until the answer begins once all was sent, and for the whole. */
export interface Timeouts {
  readonly connect: number;
  readonly answer: number;
  readonly whole: number;
}

export type Tls = Pick<SecureContextOptions, 'ca' | 'cert' | 'key'> & { readonly servername?: string };

export interface Answer {
  readonly status: number;
  readonly message: string; // the reason phrase
  readonly raw: readonly string[]; // headers: name, value, name, value …
  readonly body: Buffer;
  readonly cut: boolean; // there was more than `limit`
}

/** Connections that are kept between posts, so that not every delivery pays for a handshake. */
export interface Connections {
  post(post: Post): Promise<Answer>;
  close(): void;
}

/**
 * Where no party is, whatever a name resolves to: the addresses of the link (of which one hands out the credentials of a
 * machine in many clouds), `any`, and groups. Private ones and our own machine are allowed: agencies and adapters are there.
 */
const nowhere = new BlockList();
nowhere.addSubnet('169.254.0.0', 16, 'ipv4');
nowhere.addSubnet('0.0.0.0', 8, 'ipv4');
nowhere.addSubnet('224.0.0.0', 3, 'ipv4');
nowhere.addSubnet('fe80::', 10, 'ipv6');
nowhere.addSubnet('ff00::', 8, 'ipv6');
nowhere.addAddress('::', 'ipv6');
nowhere.addAddress('fd00:ec2::254', 'ipv6');

export class NotAllowed extends Error {}
const isNowhere = (address: string): boolean => nowhere.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

const lookup = ((name: string, options: LookupOptions, done: (...result: unknown[]) => void): void => {
  resolve(name, { ...options, all: true }, (error, addresses) => {
    if (error) return done(error);
    const bad = addresses.find(({ address }) => isNowhere(address));
    if (bad) return done(new NotAllowed(`${name} resolves to ${bad.address}, where no party is`));
    if (options.all === true) return done(null, addresses);
    done(null, addresses[0]!.address, addresses[0]!.family);
  });
}) as LookupFunction;

export function openConnections(): Connections {
  const kept = { keepAlive: true, maxFreeSockets: 8, timeout: 300_000 } as const;
  const agents = { 'http:': new HttpAgent(kept), 'https:': new HttpsAgent(kept) };

  return {
    async post(post) {
      const host = post.url.hostname.replace(/^\[|\]$/g, '');
      if (isIP(host) > 0 && isNowhere(host)) throw new NotAllowed(`no party is at ${host}`);
      const agent = agents[post.url.protocol as keyof typeof agents];
      const first = await attempt(post, agent);
      if ('answer' in first) return first.answer;
      if (!first.stale) throw first.error;
      const second = await attempt(post, false); // the connection had been closed while it was idle: that is no failure
      if ('answer' in second) return second.answer;
      throw second.error;
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

type Attempt = { readonly answer: Answer } | { readonly error: Error; readonly stale: boolean };

function attempt({ url, headers, body, timeouts, limit, tls, signal }: Post, agent: HttpAgent | false): Promise<Attempt> {
  return new Promise((settle) => {
    const begin = url.protocol === 'https:' ? httpsRequest : httpRequest;
    // a request is told its certificates, and connections are shared by those with the same: a new one takes effect at once
    const request = begin(url, { method: 'POST', headers, agent, lookup, signal, ...(url.protocol === 'https:' && tls) });
    const timers = new Set<NodeJS.Timeout>();
    const within = (ms: number, what: string): NodeJS.Timeout => {
      const timer = setTimeout(() => request.destroy(new DOMException(`${what} within ${ms / 1000} s`, 'TimeoutError')), ms);
      timers.add(timer);
      return timer;
    };
    let isDone = false;
    const done = (attempt: Attempt): void => {
      isDone = true;
      for (const timer of timers) clearTimeout(timer);
      settle(attempt);
    };
    let answered = false;
    const fail = (error: Error): void =>
      done({ error, stale: !answered && request.reusedSocket && /^(?:ECONNRESET|EPIPE)$/.test((error as NodeJS.ErrnoException).code ?? '') });

    within(timeouts.whole, 'it was not done');
    const connecting = within(timeouts.connect, 'no connection');
    request.on('socket', (socket) => {
      if (request.reusedSocket) return clearTimeout(connecting);
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => clearTimeout(connecting));
    });
    request.on('finish', () => isDone || within(timeouts.answer, 'no answer'));
    request.on('error', fail);
    request.on('response', (response) => {
      answered = true;
      readAnswer(response, limit).then((answer) => {
        done({ answer });
        if (!request.writableFinished || answer.cut) request.destroy(); // it has seen enough, and so have we
      }, fail);
    });
    write(request, body(), () => answered).catch((error: unknown) => request.destroy(error instanceof Error ? error : new Error(String(error))));
  });
}

/** Sends the body as fast as it is taken; stops where the answer came before its end. */
async function write(request: ClientRequest, body: AsyncIterable<Uint8Array>, answered: () => boolean): Promise<void> {
  for await (const chunk of body) {
    if (request.destroyed || answered()) return;
    if (request.write(chunk)) continue;
    await new Promise<void>((resume) => {
      const events = ['drain', 'close', 'response'] as const;
      const go = (): void => {
        for (const event of events) request.off(event, go);
        resume();
      };
      for (const event of events) request.once(event, go);
    });
  }
  request.end();
}

function readAnswer(response: IncomingMessage, limit: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const answer = (cut: boolean): Answer => ({
      status: response.statusCode!,
      message: response.statusMessage ?? '',
      raw: response.rawHeaders,
      body: Buffer.concat(chunks),
      cut,
    });
    response.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) return chunks.push(chunk);
      response.removeAllListeners('data');
      resolve(answer(true));
    });
    response.on('end', () => resolve(answer(false)));
    response.on('error', reject); // `ECONNRESET` where it ended before it was whole
  });
}
