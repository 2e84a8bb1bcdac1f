import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChannelKind, HttpAnswer, HttpRequest, Incoming, Outgoing, SecretReference, Surroundings, Take } from '../../channels/channel.ts';
import { settingsFault, type Fault } from '../../channels/faults.ts';
import { finding, sentence, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Configuration } from '../../partners/config.ts';
import { mailboxOnly, type ChannelSettings, type Channels as PartyChannels } from '../../partners/delivery.ts';
import type { Report } from './dispatch.ts';

export interface ChannelsOptions {
  readonly kinds: readonly ChannelKind<never>[];
  readonly data: string; // below it each channel has a folder of its own
  readonly report: Report;
  readonly now: () => number;
  readonly take: Take;
}

/** Something open, with what it was opened by: where that changes it is closed, and opened anew. */
interface Opened<T> {
  readonly settings: string;
  readonly party: string;
  readonly kind: string;
  it: T | Fault;
}

/** How an outgoing channel is used: it is closed only when nobody sends by it any more. */
interface Line extends Opened<Outgoing> {
  users: number;
  retired: boolean;
}

/** What of a party's channel ends. */
export interface Ending {
  readonly party: string;
  readonly channel: string;
  readonly found: Diagnostic;
}

const again = 60_000; // ms until what could not be opened is tried again

export const isFault = (it: object): it is Fault => 'code' in it && 'reason' in it;

/** The channels of all parties: opened when the configuration names them, closed when it does not any more. */
export class Channels {
  readonly #options: ChannelsOptions;
  readonly #lines = new Map<string, Line>(); // by party
  readonly #listeners = new Map<string, Opened<Incoming>>(); // by party, kind and place
  #addressed: ReadonlyMap<string, ReadonlyMap<string, Incoming>> = new Map(); // by kind and address
  #parties: ReadonlyMap<string, PartyChannels> = new Map();
  #retry: NodeJS.Timeout | undefined;
  #turning: Promise<void> = Promise.resolve(); // while some are closed and others opened
  #closing = false;

  constructor(options: ChannelsOptions) {
    this.#options = options;
  }

  /** What was agreed with a party; undefined where there is none of that name. */
  of(party: string): PartyChannels | undefined {
    return this.#parties.get(party);
  }

  /** From now on by this configuration; what sends by a channel that changed is closed when it is no longer used. */
  know({ partners, agencies }: Pick<Configuration, 'partners' | 'agencies'>): void {
    const parties = new Map<string, PartyChannels>();
    for (const { id, channel, arrivals, delivery } of [...partners, ...agencies])
      parties.set(id, { ...mailboxOnly, ...(channel && { channel }), ...(arrivals && { arrivals }), ...(delivery && { delivery }) });
    this.#parties = parties;
    for (const [party, line] of this.#lines) {
      const channel = parties.get(party)?.channel;
      if (channel === undefined || channel === 'mailbox' || textOf(channel) !== line.settings) this.#retire(party, line);
    }
  }

  /** The party's channel, in use until `done`; a fault where it cannot be opened. It is opened when it is first used. */
  use(party: string): { readonly channel: string; readonly outgoing: Outgoing | Fault; done(): void } | undefined {
    const channel = this.#parties.get(party)?.channel;
    if (channel === undefined || channel === 'mailbox') return undefined;
    let line = this.#lines.get(party);
    if (!line || isFault(line.it)) {
      line = { ...this.#described(party, channel), it: this.#outgoing(party, channel), users: 0, retired: false };
      this.#lines.set(party, line);
    }
    const used = line;
    used.users++;
    return {
      channel: used.kind,
      outgoing: used.it,
      done: () => {
        if (--used.users === 0 && used.retired) this.#end(used);
      },
    };
  }

  async close(): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#retry);
    await this.silence();
    await Promise.all([...this.#lines.values()].map(async ({ it }) => (isFault(it) ? undefined : it.close().catch(() => undefined))));
    this.#lines.clear();
  }

  /** Takes nothing new, and brings what is coming in to its end. */
  async silence(): Promise<void> {
    const open = [...this.#listeners.values()];
    this.#listeners.clear();
    this.#address();
    await Promise.all(open.map((each) => this.#quiet(each)));
  }

  /** What of the channels stops by itself within so many days, each once however many ways it is used. Reads certificates and keys. */
  ending(days: number): readonly Ending[] {
    const { kinds, now } = this.#options;
    const found = new Map<string, Ending>();
    for (const [party, { channel, arrivals }] of this.#parties)
      for (const each of channel && channel !== 'mailbox' ? [channel, ...arrivals] : arrivals) {
        const kind = kinds.find((one) => one.kind === each.kind);
        if (kind?.ending === undefined) continue;
        for (const told of endingOf(party, () => kind.ending!(each.settings as never, party, { now, secret: secretOf }, days)))
          found.set(`${party} ${sentence(told)}`, { party, channel: each.kind, found: told });
      }
    return [...found.values()];
  }

  #outgoing(party: string, { kind, settings }: ChannelSettings): Outgoing | Fault {
    const found = this.#options.kinds.find((each) => each.kind === kind);
    if (!found?.outgoing) return { code: 'SEND_SETTINGS', reason: `nothing is sent by the channel \`${kind}\`` };
    try {
      return found.outgoing(settings as never, party, this.#surroundings(party, kind));
    } catch (error) {
      return this.#failed(party, kind, error);
    }
  }

  /** Whether somebody listens for it on our own HTTP port: its headers say so, and nothing else of a stranger's need be read. */
  async expects(kind: string, headers: HttpRequest['headers']): Promise<boolean> {
    return (await this.#listener(kind, headers)) !== undefined;
  }

  /** What comes over our own HTTP port, for whoever listens there; undefined where nobody does. */
  async answer(kind: string, request: HttpRequest): Promise<HttpAnswer | undefined> {
    return (await this.#listener(kind, request.headers))?.answer?.(request);
  }

  async #listener(kind: string, headers: HttpRequest['headers']): Promise<Incoming | undefined> {
    const address = this.#options.kinds.find((each) => each.kind === kind)?.addressOf?.(headers);
    if (address === undefined) return undefined;
    const found = (): Incoming | undefined => this.#addressed.get(kind)?.get(address);
    if (!found()) await this.#turning; // it may be one that is just opened anew
    return found();
  }

  listen(): Promise<void> {
    const turned = this.#turning.then(() => this.#listen());
    this.#turning = turned.catch(() => undefined);
    return turned;
  }

  /** Opens what brings something in. What is not wanted any more is closed before: the new may want the same port. What did not change stays open. */
  async #listen(): Promise<void> {
    const wanted = new Map<string, { readonly party: string; readonly channel: ChannelSettings }>();
    for (const [party, { arrivals }] of this.#parties)
      for (const [i, channel] of arrivals.entries()) wanted.set(`${party}\0${channel.kind}\0${i}`, { party, channel });
    const gone = [...this.#listeners].filter(([name, { settings, it }]) => {
      const still = wanted.get(name);
      return still === undefined || textOf(still.channel) !== settings || isFault(it);
    });
    for (const [name] of gone) this.#listeners.delete(name);
    this.#address();
    await Promise.all(gone.map(([, each]) => this.#quiet(each)));
    let failed = false;
    for (const [name, { party, channel }] of wanted) {
      if (this.#listeners.has(name) || this.#closing) continue;
      const it = await this.#incoming(party, channel);
      this.#listeners.set(name, { ...this.#described(party, channel), it });
      failed ||= isFault(it);
    }
    this.#address();
    clearTimeout(this.#retry);
    if (failed && !this.#closing) this.#retry = setTimeout(() => void this.listen(), again).unref();
  }

  async #incoming(party: string, { kind, settings }: ChannelSettings): Promise<Incoming | Fault> {
    const found = this.#options.kinds.find((each) => each.kind === kind);
    if (!found?.incoming) return this.#failed(party, kind, new Error(`nothing arrives by the channel \`${kind}\``));
    try {
      return await found.incoming(settings as never, party, this.#surroundings(party, kind), this.#options.take);
    } catch (error) {
      return this.#failed(party, kind, error);
    }
  }

  #address(): void {
    const addressed = new Map<string, Map<string, Incoming>>();
    for (const { kind, it } of this.#listeners.values()) {
      if (isFault(it) || it.address === undefined) continue;
      addressed.set(kind, (addressed.get(kind) ?? new Map<string, Incoming>()).set(it.address, it));
    }
    this.#addressed = addressed;
  }

  #described(party: string, channel: ChannelSettings): { readonly party: string; readonly kind: string; readonly settings: string } {
    return { party, kind: channel.kind, settings: textOf(channel) };
  }

  #failed(party: string, channel: string, error: unknown): Fault {
    const fault = settingsFault(error);
    this.#options.report({ event: 'channel not opened', actor: 'operator', retry: 'after-fix', party, channel, ...fault });
    return fault;
  }

  #surroundings(party: string, kind: string): Surroundings {
    const { now, report } = this.#options;
    const data = join(this.#options.data, 'channels', kind, party);
    mkdirSync(data, { recursive: true, mode: 0o700 });
    return { now, secret: secretOf, report: (event) => report({ ...event, party, channel: kind }), data };
  }

  #retire(party: string, line: Line): void {
    this.#lines.delete(party);
    line.retired = true;
    if (line.users === 0) this.#end(line);
  }

  #end({ it, party, kind }: Line): void {
    if (isFault(it)) return;
    it.close().catch((error: unknown) => this.#options.report({ event: 'channel not closed', party, channel: kind, err: String(error) }));
  }

  async #quiet({ it, party, kind }: Opened<Incoming>): Promise<void> {
    if (isFault(it)) return;
    await it.close().catch((error: unknown) => this.#options.report({ event: 'channel not closed', party, channel: kind, err: String(error) }));
  }
}

function endingOf(party: string, look: () => readonly Diagnostic[]): readonly Diagnostic[] {
  try {
    return look();
  } catch (error) {
    const { code, reason } = settingsFault(error);
    return [finding(code, { party, reason })];
  }
}

const textOf = (channel: ChannelSettings): string => JSON.stringify(channel);

/** Told by name where it is not there; never by value. */
export function secretOf(reference: SecretReference): Buffer {
  if ('env' in reference) {
    const value = process.env[reference.env];
    if (value === undefined) throw new Error(`the environment variable \`${reference.env}\` is not set`);
    return Buffer.from(value);
  }
  try {
    return readFileSync(reference.file);
  } catch (error) {
    throw new Error(`the file \`${reference.file}\` cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`, { cause: error });
  }
}
