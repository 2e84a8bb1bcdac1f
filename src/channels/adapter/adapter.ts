import { join } from 'node:path';
import type { Grade, Json } from '../../store/store.ts';
import type { ChannelKind, Handed, SecretReference, Surroundings } from '../channel.ts';
import { exchange, type HttpSettings } from '../push/exchange.ts';
import { openConnections } from '../push/http.ts';
import { judge } from '../push/push.ts';
import { headerLines } from '../push/signature.ts';
import { handedOf, keepRunning, type AdapterProcess } from './process.ts';
import { readFrame } from './frames.ts';

/** A program that speaks the contract: started by us, or reached over HTTP. */
export type AdapterSettings = CommandSettings | HttpSettings;

export interface CommandSettings {
  readonly command: readonly string[];
  readonly settings?: { readonly [key: string]: Json };
  readonly secrets?: Readonly<Record<string, SecretReference>>;
  readonly grade?: Grade;
  readonly timeouts?: { readonly start?: number; readonly answer?: number; readonly stop?: number }; // seconds
}

const usual = { start: 30, answer: 300, stop: 10 }; // seconds

/** Everything that we do not speak ourselves, by programs that do (CONTRACT.md). */
export const adapter: ChannelKind<AdapterSettings> = {
  kind: 'adapter',
  outgoing(settings, party, surroundings) {
    if (!('command' in settings)) return overHttp(settings, surroundings);
    const { it, release } = share(settings, party, surroundings);
    return { send: (parcel, signal) => it.deliver(parcel, signal), close: release };
  },
  incoming(settings, party, surroundings, take) {
    if (!('command' in settings)) return Promise.resolve({ close: () => Promise.resolve() }); // it comes to our own HTTP port
    const { it, release } = share(settings, party, surroundings);
    it.bringTo(take);
    return Promise.resolve({ close: release });
  },
};

/** What is sent and what arrives goes through one process, where both are told the same. */
const running = new Map<string, { readonly it: AdapterProcess; users: number }>();

function share(settings: CommandSettings, party: string, { data, secret, report }: Surroundings): { readonly it: AdapterProcess; release(): Promise<void> } {
  const name = JSON.stringify([data, party, settings]);
  const { start, answer, stop } = { ...usual, ...settings.timeouts };
  const shared = running.get(name) ?? {
    users: 0,
    it: keepRunning({
      command: settings.command,
      party,
      settings: settings.settings ?? {},
      secrets: () => Object.fromEntries(Object.entries(settings.secrets ?? {}).map(([key, reference]) => [key, secret(reference).toString('utf8').trim()])),
      folder: join(data, 'bodies'),
      grade: settings.grade ?? 'C',
      timeouts: { start: start * 1000, answer: answer * 1000, stop: stop * 1000 },
      report,
    }),
  };
  running.set(name, shared);
  shared.users++;
  let released = false;
  return {
    it: shared.it,
    async release() {
      if (released) return;
      released = true;
      if (--shared.users > 0) return;
      running.delete(name);
      await shared.it.close();
    },
  };
}

/** `POST …/deliveries`, as in `http`; where the answer is an outcome of the contract, it says what became of the delivery. */
function overHttp(settings: HttpSettings, surroundings: Surroundings): ReturnType<NonNullable<typeof adapter.outgoing>> {
  const connections = openConnections();
  return {
    async send(parcel, signal): Promise<Handed> {
      const url = `${settings.url.replace(/\/$/, '')}/deliveries`;
      const payload = { media: parcel.media, size: parcel.size, chunks: () => parcel.chunks(), headers: { 'portolan-filename': parcel.filename } };
      const reply = await exchange({ ...settings, url }, parcel, payload, connections, surroundings, signal);
      if ('state' in reply) return reply;
      const judged = judge(reply, parcel, settings, surroundings.now());
      const isJson = /^application\/json\b/.test(headerLines(reply.answer.raw).get('content-type')?.[0] ?? '');
      if (judged.state !== 'delivered' || !isJson) return judged;
      const said = readFrame(reply.answer.body.toString('utf8'));
      if (typeof said !== 'object' || said.type !== 'outcome' || said.delivery !== parcel.delivery || said.proof?.file !== undefined) return judged;
      const handed = await handedOf(said, '', judged.proof?.grade ?? 'D');
      return handed.state === 'sent' || handed.proof || !judged.proof ? handed : { ...handed, proof: judged.proof };
    },
    close: () => Promise.resolve(connections.close()),
  };
}
