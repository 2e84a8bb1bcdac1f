import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { as2 } from '../../../src/channels/as2/as2.ts';
import type { Incoming, Surroundings } from '../../../src/channels/channel.ts';
import { readLetter } from '../../../src/channels/mail/letter.ts';
import { pause } from '../serving/process.ts';
import { placeOf, type Certificates, type Mood, type Party, type Places } from './parties.ts';

/** What came to a party about one of its interchanges. */
export interface Came {
  readonly at: number; // the first time, ms
  readonly bytes: Set<string>; // as often as they differ
  times: number;
}

/** The other ends of all channels: what is sent to the parties comes here. */
export interface Ends {
  readonly url: string;
  readonly smtp: number; // the port at which mail is taken
  readonly came: ReadonlyMap<string, ReadonlyMap<string, Came>>; // by party, by reference of the interchange
  readonly customs: ReadonlyMap<string, number>; // how often each message came, by its id
  mood(party: string, mood: Mood): void;
  /** All parties are well from now on, and where nobody listened somebody does. */
  recover(nobody: string): Promise<void>;
  /** Opens what needs the configuration, and looks at folders and mailboxes until it is closed. */
  watch(parties: readonly Party[], places: Places, certificates: Certificates, gateway: () => string): Promise<void>;
  close(): Promise<void>;
}

const slow = 2_000; // ms that a slow party takes

export async function openEnds(): Promise<Ends> {
  const came = new Map<string, Map<string, Came>>();
  const customs = new Map<string, number>();
  const moods = new Map<string, Mood>();
  const endpoints = new Map<string, Incoming>();
  let done = false;
  const watching: Promise<void>[] = [];

  const note = (party: string, content: string): void => {
    const reference = /UCI\+([^+']+)/.exec(content)?.[1] ?? `unknown: ${content.slice(0, 60)}`;
    const all = came.get(party) ?? new Map<string, Came>();
    came.set(party, all);
    const known = all.get(reference) ?? { at: Date.now(), bytes: new Set<string>(), times: 0 };
    known.times++;
    known.bytes.add(content);
    all.set(reference, known);
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [, way, party = ''] = request.url!.split('/');
    const mood = moods.get(party) ?? 'well';
    if (mood === 'down') return void request.socket.destroy();
    if (mood === 'hanging') {
      while (moods.get(party) === 'hanging') await pause(100);
      return void request.socket.destroy();
    }
    if (mood === 'resetting') {
      await once(request, 'data');
      request.socket.resetAndDestroy();
      return;
    }
    const body = await buffer(request);
    if (mood === 'rejecting') return void response.writeHead(422).end('we do not want it');
    if (mood === 'failing') return void response.writeHead(503).end('out of order');
    if (mood === 'slow') await pause(slow);
    if (way === 'as2') {
      const { status, headers, body: receipt } = await endpoints.get(party)!.answer!({ headers: request.headers, body });
      return void response.writeHead(status, headers).end(receipt);
    }
    if (way === 'soap') note(party, Buffer.from(/Content[^>]*>([^<]+)</.exec(body.toString())![1]!, 'base64').toString('latin1'));
    else if (party === 'customs') {
      const message = String(request.headers['portolan-message']);
      customs.set(message, (customs.get(message) ?? 0) + 1);
    } else note(party, body.toString('latin1'));
    const soap = '<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body/></e:Envelope>';
    response.writeHead(200, { 'content-type': way === 'soap' ? 'application/soap+xml' : 'text/plain' }).end(way === 'soap' ? soap : 'taken');
  };
  const serving = (): Server => createServer((request, response) => void answer(request, response).catch(() => request.socket.destroy()));
  const server = serving().listen(0, '127.0.0.1');
  let again: Server | undefined;
  const post = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onData: (stream, { envelope }, done) =>
      void (async () => {
        const { payloads } = await readLetter(await buffer(stream));
        const party = /@(\w+)\./.exec(envelope.rcptTo[0]!.address)![1]!;
        for (const { bytes } of payloads) note(party, Buffer.from(bytes).toString('latin1'));
      })().then(() => done(), done),
  });
  post.on('error', () => undefined);
  post.listen(0, '127.0.0.1');
  await Promise.all([once(server, 'listening'), once(post.server, 'listening')]);

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    smtp: (post.server.address() as AddressInfo).port,
    came,
    customs,
    mood: (party, mood) => void moods.set(party, mood),
    async recover(nobody) {
      moods.clear();
      again = serving().listen(Number(new URL(nobody).port), '127.0.0.1');
      await once(again, 'listening');
    },
    async watch(parties, places, certificates, gateway) {
      for (const party of parties) {
        const { id, gets } = party;
        if (gets === 'as2') endpoints.set(id, await as2End(party, places, certificates, (content) => note(id, content)));
        if (gets === 'folder' || gets === 'sftp' || gets === 'adapter')
          watching.push(folder(placeOf(places, party, gets, 'out'), (content) => note(id, content)));
        if (gets === 'mailbox') watching.push(mailbox(id, gateway, (content) => note(id, content)));
      }
    },
    async close() {
      done = true;
      await Promise.all(watching);
      for (const each of endpoints.values()) await each.close();
      await new Promise<void>((resolve) => post.close(() => resolve()));
      server.close();
      server.closeAllConnections();
      again?.close();
      again?.closeAllConnections();
    },
  };

  /** Takes the files that stand there whole. */
  async function folder(path: string, take: (content: string) => void): Promise<void> {
    while (!done) {
      for (const name of readdirSync(path).filter((each) => !each.startsWith('.') && !each.endsWith('.tmp'))) {
        take(readFileSync(join(path, name), 'latin1'));
        rmSync(join(path, name));
      }
      await pause(50);
    }
  }

  /** Fetches what is new, in the order of the numbers. */
  async function mailbox(id: string, gateway: () => string, take: (content: string) => void): Promise<void> {
    const get = (path: string): Promise<Response> => fetch(gateway() + path, { headers: { authorization: `Bearer demo-${id}` } });
    let after = 0;
    while (!done) {
      try {
        const { items } = (await (await get(`/v1/inbox?after=${after}&limit=100`)).json()) as { items: readonly { number: number }[] };
        for (const { number } of items) {
          take(Buffer.from(await (await get(`/v1/inbox/${number}`)).arrayBuffer()).toString('latin1'));
          after = number;
        }
      } catch {
        // it may be busy; the numbers do not forget
      }
      await pause(100);
    }
  }
}

/** Surroundings of a party that has a secret of its own. */
export function partySurroundings(places: Places, data: string): Surroundings {
  mkdirSync(data, { recursive: true });
  return {
    now: Date.now,
    secret: (reference) => readFileSync('file' in reference ? reference.file : join(places.folder, reference.env)),
    report: () => undefined,
    data,
  };
}

const as2End = ({ id }: Party, places: Places, { gateway, party }: Certificates, take: (content: string) => void): Promise<Incoming> =>
  as2.incoming!(
    {
      us: { name: id.toUpperCase(), keys: [{ certificate: party.certificate, key: { file: join(places.folder, 'party.key') } }] },
      partner: { name: 'PORTOLAN', certificates: [{ certificate: gateway.certificate }] },
    } as never,
    'portolan',
    partySurroundings(places, join(places.folder, `${id}-as2`)),
    (arrival) => {
      take(Buffer.from(arrival.bytes).toString('latin1'));
      return Promise.resolve({ taken: true, id: arrival.key ?? '', receipt: '', duplicate: false });
    },
  );
