import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { as2 } from '../../../src/channels/as2/as2.ts';
import type { IncomingSettings, OutgoingSettings } from '../../../src/channels/as2/settings.ts';
import type { Arrival, HttpAnswer, HttpRequest, Incoming, Outgoing, Parcel, Surroundings, Take, Taken } from '../../../src/channels/channel.ts';
import { makeCertificate, type Made, type Wanted } from './pki.ts';

export const noon = Date.parse('2027-06-01T12:00:00Z');
export const edi = "UNB+UNOC:3+BLUE+QUAY+270601:1200+1'\r\nUNZ+0+1'\r\n";

const made = new Map<string, Promise<Made>>();
/** A certificate with its key; the same for the same words, since keys take their time. */
export function certificate(wanted: Wanted | string): Promise<Made> {
  const all = typeof wanted === 'string' ? { name: wanted } : wanted;
  const name = JSON.stringify(all);
  const one = made.get(name) ?? makeCertificate(all);
  made.set(name, one);
  return one;
}

export interface World extends Surroundings {
  clock: number;
  readonly secrets: Map<string, string>;
  readonly events: Parameters<Surroundings['report']>[0][];
}

/** Surroundings with a clock that the test moves and secrets that it names. */
export function world(t: Test, secrets: Readonly<Record<string, string>> = {}): World {
  const data = mkdtempSync(join(tmpdir(), 'portolan-as2-'));
  t.teardown(() => rmSync(data, { recursive: true, force: true }));
  const made: World = {
    clock: noon,
    secrets: new Map(Object.entries(secrets)),
    events: [],
    now: () => made.clock,
    secret: (reference) => {
      const name = 'env' in reference ? reference.env : reference.file;
      const value = made.secrets.get(name);
      if (value === undefined) throw new Error(`there is no ${name}`);
      return Buffer.from(value);
    },
    report: (event) => made.events.push(event),
    data,
  };
  return made;
}

/** What has arrived; the same key with the same bytes is one arrival, with others it is refused. */
export interface Taker {
  readonly arrivals: Arrival[];
  readonly take: Take;
}

export function taker(answer?: (arrival: Arrival) => Taken | undefined): Taker {
  const arrivals: Arrival[] = [];
  const known = new Map<string, Uint8Array>();
  return {
    arrivals,
    take: (arrival) => {
      const said = answer?.(arrival);
      if (said) return Promise.resolve(said);
      const before = arrival.key === undefined ? undefined : known.get(arrival.key);
      if (before && Buffer.compare(before, arrival.bytes) !== 0) {
        return Promise.resolve({ taken: false, code: 'GATEWAY_DUPLICATE', reason: 'other bytes under this key' });
      }
      if (!before) arrivals.push(arrival);
      if (arrival.key !== undefined) known.set(arrival.key, Buffer.from(arrival.bytes));
      return Promise.resolve({ taken: true, id: '01KAJT5W7M3V5R1QX8ZP9D2C4B', receipt: '{}', duplicate: before !== undefined });
    },
  };
}

/** An HTTP server whose requests go where `answer` says. */
export async function serve(t: Test, answer: (request: HttpRequest) => Promise<HttpAnswer>): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      answer({ headers: request.headers, body: Buffer.concat(chunks) }).then(
        ({ status, headers, body }) => response.writeHead(status, headers).end(body),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/as2`;
}

export const never = new AbortController().signal;

export function parcel(content: string | Uint8Array = edi, more: Partial<Parcel> = {}): Parcel {
  const bytes = Buffer.from(content);
  return {
    delivery: '01KAJT5W7M3V5R1QX8ZP9D2C4B-1-0123456789abcdef',
    attempt: 1,
    party: 'quay',
    interchange: '01KAJT5W7M3V5R1QX8ZP9D2C4B',
    message: '01KAJT5W7M3V5R1QX8ZP9D2C4B-1',
    kind: 'message',
    media: 'application/edifact',
    size: bytes.length,
    filename: '01KAJT5W7M3V5R1QX8ZP9D2C4B-1.edi',
    bytes: () => Promise.resolve(bytes),
    async *chunks() {
      yield await Promise.resolve(bytes);
    },
    ...more,
  };
}

export interface Exchange {
  readonly outgoing: Outgoing;
  readonly incoming: Incoming;
  readonly taken: Taker;
  readonly here: World; // of who sends
  readonly there: World; // of who receives
  readonly url: string;
}

/** Blue sends to Quay over HTTP on this machine. */
export async function exchange(
  t: Test,
  sending: Partial<OutgoingSettings> = {},
  receiving: Partial<IncomingSettings> = {},
  taken: Taker = taker(),
): Promise<Exchange> {
  const blue = await certificate('Blue');
  const quay = await certificate('Quay');
  const here = world(t, { blue: blue.key });
  const there = world(t, { quay: quay.key });
  const incoming = await as2.incoming!(
    {
      url: '',
      us: { name: 'QUAY', keys: [{ certificate: quay.certificate, key: { env: 'quay' } }] },
      partner: { name: 'BLUE', certificates: [{ certificate: blue.certificate }] },
      ...receiving,
    } as never,
    'blue',
    there,
    taken.take,
  );
  t.teardown(() => incoming.close());
  const url = await serve(t, (request) => {
    if (as2.addressOf!(request.headers) !== incoming.address) return Promise.resolve({ status: 403, headers: {}, body: Buffer.from('who?') });
    return incoming.answer!(request);
  });
  const outgoing = as2.outgoing!(
    {
      url,
      us: { name: 'BLUE', keys: [{ certificate: blue.certificate, key: { env: 'blue' } }] },
      partner: { name: 'QUAY', certificates: [{ certificate: quay.certificate }] },
      ...sending,
    } as never,
    'quay',
    here,
  );
  t.teardown(() => outgoing.close());
  return { outgoing, incoming, taken, here, there, url };
}
