import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Channel } from '../../src/partners/delivery.ts';
import { defaultTerms, type DeliveryTerms } from '../../src/partners/delivery.ts';
import { networkFault, statusFault } from '../../src/channels/faults.ts';
import type { Arrival, ChannelKind, Handed, Take } from '../../src/channels/channel.ts';
import type { Event } from '../../src/gateway/delivery/dispatch.ts';
import { Gateway } from '../../src/gateway/gateway.ts';
import { loadConfigurationFolder } from '../../src/gateway/library/library.ts';
import { inlineTranslator } from '../../src/gateway/translation/translator.ts';
import type { Configuration } from '../../src/partners/config.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { root } from '../root.ts';
import { library, sample } from '../web/fixture.ts';

export const loaded = loadConfigurationFolder(join(root, 'samples/gateway'), library);
export const base: Configuration = loaded.configuration!;
export const sender = base.partners.find(({ id }) => id === 'blue-anchor')!;

export interface Ended {
  teardown(end: () => unknown): void;
}

/** What a recipient was sent. */
export interface Got {
  readonly delivery: string;
  readonly attempt: number;
  readonly kind: string;
  readonly bytes: string;
  readonly at: number;
}

export interface Recipient {
  readonly channel: Channel;
  readonly got: Got[];
  /** Resolves when so many deliveries have come. */
  has(count: number): Promise<void>;
  answer: (got: Got, response: ServerResponse, request: IncomingMessage) => void;
}

/** A real HTTP server of a party. It takes everything, unless told otherwise. */
export async function recipient(t: Ended): Promise<Recipient> {
  const waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  const got: Got[] = [];
  const server = createServer((asked, response) => {
    void text(asked).then(
      (bytes) => {
        const header = (name: string): string => String(asked.headers[name]);
        const each = { delivery: header('delivery'), attempt: Number(header('attempt')), kind: header('kind'), bytes, at: Date.now() };
        got.push(each);
        self.answer(each, response, asked);
        for (const { count, resolve } of waiting) if (got.length >= count) resolve();
      },
      () => undefined,
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const self: Recipient = {
    channel: { kind: 'test', settings: { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` } },
    got,
    has: (count) => new Promise((resolve) => (got.length >= count ? resolve() : waiting.push({ count, resolve }))),
    answer: (_, response) => void response.end('thank you'),
  };
  return self;
}

/** A channel as small as one can be: a POST, 200 is delivered, 202 is confirmed later. What arrives is handed over by `bring`. */
export const testChannel: ChannelKind<{ readonly url: string }> & { bring?: Take } = {
  kind: 'test',
  outgoing: ({ url }) => ({
    async send({ delivery, attempt, kind, party, bytes }, signal): Promise<Handed> {
      try {
        const body = await bytes();
        const asked = request(url, { method: 'POST', headers: { delivery, attempt, kind, party, 'content-length': body.length }, signal });
        asked.end(body);
        const [response] = (await once(asked, 'response')) as [IncomingMessage];
        const said = await text(response);
        if (response.statusCode === 202) return { state: 'sent' };
        if (response.statusCode === 200) return { state: 'delivered', proof: { media: 'text/plain', bytes: Buffer.from(said), grade: 'B' } };
        const after = response.headers['retry-after'];
        return { state: 'failed', code: statusFault(response.statusCode!), reason: said, ...(after === undefined ? {} : { retryAfter: Number(after) }) };
      } catch (error) {
        return { state: 'failed', ...(networkFault(error) ?? { code: 'SEND_INTERRUPTED', reason: String(error) }) };
      }
    },
    close: () => Promise.resolve(),
  }),
  incoming: async (_settings, party, _surroundings, take) => {
    testChannel.bring = (arrival: Arrival) => take({ ...arrival, party });
    return { close: () => Promise.resolve() };
  },
};

export interface Setup {
  readonly channels?: Readonly<Record<string, Channel>>; // by party
  readonly terms?: Readonly<Record<string, Partial<DeliveryTerms>>>;
  readonly change?: (configuration: Configuration) => Configuration;
  readonly folder?: string;
  readonly store?: (folder: string) => Store;
  readonly now?: () => number;
  readonly kinds?: readonly ChannelKind<never>[];
}

export interface Running {
  readonly gateway: Gateway;
  readonly store: Store;
  readonly events: Event[];
  readonly folder: string;
  /** Sends a sample under a reference of its own; the id of the interchange. */
  submit(name?: string): Promise<string>;
  /** Resolves with the first event, from now on or before, for which this holds. */
  until(holds: (event: Event) => boolean): Promise<Event>;
}

/** The configuration with the channels of a test. */
export function configured({ channels = {}, terms = {}, change = (same) => same }: Setup): Configuration {
  const by = <T extends { readonly id: string }>(party: T): T => ({
    ...party,
    ...(channels[party.id] && { channel: channels[party.id] }),
    ...(terms[party.id] && { delivery: { ...defaultTerms, ...terms[party.id] } }),
  });
  return change({ ...base, agencies: base.agencies.map(by), partners: base.partners.map(by) });
}

export async function run(t: Ended, setup: Setup): Promise<Running> {
  const folder = setup.folder ?? mkdtempSync(join(tmpdir(), 'portolan-delivery-'));
  const store = setup.store?.(folder) ?? openStore({ folder, ...(setup.now ? { clock: setup.now } : {}) });
  const events: Event[] = [];
  const waiting: { readonly holds: (event: Event) => boolean; readonly resolve: (event: Event) => void }[] = [];
  const configuration = configured(setup);
  const gateway = new Gateway({
    store,
    library,
    configuration,
    recorded: loaded,
    translator: inlineTranslator(library, configuration),
    data: folder,
    kinds: setup.kinds ?? [testChannel as unknown as ChannelKind<never>],
    ...(setup.now ? { now: setup.now } : {}),
    report: (event) => {
      events.push(event);
      for (const { holds, resolve } of waiting) if (holds(event)) resolve(event);
    },
  });
  t.teardown(async () => {
    await gateway.close();
    if (setup.folder === undefined) rmSync(folder, { recursive: true, force: true });
  });
  await gateway.start();
  let n = 0;
  return {
    gateway,
    store,
    events,
    folder,
    async submit(name = 'two-bills') {
      const bytes = Buffer.from(referenced(sample(name).toString('latin1'), `T${Date.now() % 1_000_000}${n++}`), 'latin1');
      const received = await gateway.submit({ bytes, partner: sender, grade: 'D' });
      if (!received.accepted) throw new Error('it was not accepted');
      return received.id;
    },
    until: (holds) =>
      new Promise((resolve) => {
        const found = events.find(holds);
        if (found) resolve(found);
        else waiting.push({ holds, resolve });
      }),
  };
}

function referenced(interchange: string, reference: string): string {
  const before = /UNB\+[^']*'/.exec(interchange)![0].split('+')[5]!.replace("'", '');
  return interchange.replaceAll(before, reference);
}
