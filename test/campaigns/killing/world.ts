import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { HttpAnswer, HttpRequest, Parcel, Surroundings } from '../../../src/channels/channel.ts';
import { pause } from '../serving/process.ts';

/** What came to a recipient about one interchange or message. */
export interface Came {
  readonly deliveries: Set<string>; // under which ids: one, however often it came
  readonly contents: Set<string>; // hashes
  times: number;
}

/** Where the parties live: beside the process that is killed, over all its lives. */
export interface World {
  readonly folder: string; // of configuration, keys and files
  readonly gateway: string; // its URL, the same in every life
  readonly ends: string; // URL of the parties' own HTTP server
  readonly came: ReadonlyMap<string, ReadonlyMap<string, Came>>; // by recipient, by what it is about
  /** A recipient has got something whole. */
  got(recipient: string, about: string, delivery: string, content: string | Uint8Array): void;
  /** Something happened: whoever waits for so many steps is told. */
  step(): void;
  steps(count: number, ms: number): Promise<void>;
  /** What the parties' server answers below `/NAME`. */
  answer(name: string, answer: (request: HttpRequest & { readonly path: string }) => Promise<HttpAnswer>): void;
  teardown(end: () => unknown): void;
  /** Resolves while the gateway lives: to try before is in vain. */
  alive: Promise<void>;
  done: boolean; // all is over
  close(): Promise<void>;
}

/** A party: how it sends to the gateway, and where what is for it comes. */
export interface Party {
  readonly id: string;
  readonly channel: unknown; // of its configuration
  readonly arrivals?: readonly object[];
  /** Resolves when the gateway has said that it has it, over as many lives as that takes; with its id, where it says one. */
  send(reference: string, bytes: Buffer): Promise<string | undefined>;
  /** What the gateway says it took, and that is not so, or not once. Asked at the end. */
  faults?(references: ReadonlySet<string>): Iterable<string>;
  close?(): Promise<unknown>;
}

export async function openWorld(folder: string, gateway: string): Promise<World> {
  const came = new Map<string, Map<string, Came>>();
  const answers = new Map<string, Parameters<World['answer']>[1]>();
  const ending: (() => unknown)[] = [];
  const waiting = new Set<{ left: number; readonly wake: () => void }>();
  const server = createServer((request, response) => {
    const [, name = ''] = request.url!.split('/');
    void buffer(request) // only what came whole: the gateway may fall in the middle
      .then((body) => answers.get(name)!({ headers: request.headers, body, path: request.url! }))
      .then(({ status, headers, body }) => response.writeHead(status, headers).end(body))
      .catch(() => (request as IncomingMessage).socket.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const world: World = {
    folder,
    gateway,
    ends: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    came,
    alive: Promise.resolve(),
    done: false,
    got(recipient, about, delivery, content) {
      const all = came.get(recipient) ?? new Map<string, Came>();
      came.set(recipient, all);
      const known = all.get(about) ?? { deliveries: new Set<string>(), contents: new Set<string>(), times: 0 };
      all.set(about, known);
      known.deliveries.add(delivery);
      known.contents.add(createHash('sha256').update(content).digest('hex'));
      known.times++;
      world.step();
    },
    step() {
      for (const each of waiting) if (--each.left <= 0) each.wake();
    },
    async steps(left, ms) {
      let one: { left: number; readonly wake: () => void } | undefined;
      await Promise.race([pause(ms), new Promise<void>((wake) => waiting.add((one = { left, wake })))]);
      waiting.delete(one!);
    },
    answer: (name, answer) => void answers.set(name, answer),
    teardown: (end) => void ending.push(end),
    async close() {
      world.done = true;
      for (const end of ending.reverse()) await end();
      server.close();
      server.closeAllConnections();
    },
  };
  return world;
}

/** About which interchange an acknowledgement is. */
export const acknowledged = (content: string): string => /UCI\+([^+']+)/.exec(content)?.[1] ?? `unknown: ${content.slice(0, 60)}`;

/** Surroundings of a party that uses a channel of ours for its own side. */
export const partySurroundings = (data: string): Surroundings => ({
  now: Date.now,
  secret: (reference) => readFileSync('file' in reference ? reference.file : reference.env),
  report: () => undefined,
  data,
});

export const parcelOf = (delivery: string, attempt: number, bytes: Buffer): Parcel => ({
  delivery,
  attempt,
  party: 'portolan',
  interchange: delivery,
  kind: 'message',
  media: 'application/edifact',
  size: bytes.length,
  filename: `${delivery}.edi`,
  bytes: () => Promise.resolve(bytes),
  async *chunks() {
    yield await Promise.resolve(bytes);
  },
});

/** Again and again until something is said, or all is over. */
export async function persistently<T>(world: World, what: string, attempt: (number: number) => Promise<T | undefined>): Promise<T> {
  let trouble: unknown = 'nothing was said';
  for (let number = 1; !world.done; number++) {
    await world.alive;
    try {
      const said = await attempt(number);
      if (said !== undefined) return said;
    } catch (error) {
      trouble = error; // whether it was taken nobody knows
    }
    await pause(25);
  }
  throw new Error(`${what} was never taken: ${String(trouble)}`);
}
