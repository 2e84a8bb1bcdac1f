import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Code } from '../diagnostics/codes.ts';
import type { Configuration } from '../partners/config.ts';
import { StoreError } from '../store/fault.ts';
import type { Batch, Json, Store } from '../store/store.ts';
import type { DeviationCount } from './translation/deviation-counts.ts';
import { kinds as allKinds } from '../channels/kinds.ts';
import type { ChannelKind, Handed } from '../channels/channel.ts';
import { take } from './intake/arrivals.ts';
import type { Expecting } from './answers/expecting.ts';
import { Channels } from './delivery/channels.ts';
import type { Settled } from './delivery/confirming.ts';
import { routed } from './delivery/delivery.ts';
import type { Departures } from './delivery/departures.ts';
import { FileServer } from './intake/files.ts';
import { Disk } from './intake/disk.ts';
import { Dispatcher, type Report } from './delivery/dispatch.ts';
import { Door, type Admission, type Pressure } from './intake/door.ts';
import type { ConfigurationText } from './library/configuration-text.ts';
import { idMaker } from './ids.ts';
import { activate, activation } from './library/in-force.ts';
import { receive, type IntakeContext, type Received, type Submission } from './intake/intake.ts';
import type { Library } from './library/library.ts';
import { releaseHeld, type Released } from './outcome/release.ts';
import { Rounds } from './rounds.ts';
import type { Translator } from './translation/translator.ts';
import type { Refused, Reloaded } from './library/reloaded.ts';
import { counting, type Figures } from './views/figures.ts';
import { Uses } from './translation/uses.ts';

/** What is in force: maps, configuration, and who translates by them. It changes as one. */
export interface InForce {
  readonly library: Library;
  readonly configuration: Configuration;
  readonly recorded: ConfigurationText; // what is recorded of it when it changes
  readonly translator: Translator;
}

export interface GatewayOptions extends InForce {
  readonly store: Store;
  readonly report?: Report;
  readonly now?: () => number;
  readonly data?: string; // a folder in which channels may keep what is under way; without it they have none
  readonly kinds?: readonly ChannelKind<never>[]; // the channels there are
  readonly dispatch?: boolean; // false: only receives, and leaves the queue to others
}

/** The order of things: what comes in, what is done with it, and when no more is taken. */
export class Gateway {
  readonly store: Store;
  readonly now: () => number;
  readonly report: Report;
  readonly rounds: Rounds;
  readonly #options: GatewayOptions;
  #inForce: InForce;
  readonly #dispatcher: Dispatcher;
  readonly #next: ReturnType<typeof idMaker>;
  readonly channels: Channels;
  readonly departures: Departures; // the deliveries by channels: how it stands with each party
  readonly expecting: Expecting; // the answers that parties owe
  readonly #files: FileServer;
  readonly #disk: Disk;
  readonly #uses = new Uses();
  /** Told of what happens, for figures; set by whoever shows them. */
  figures: Figures | undefined;
  /** Looks at the configuration now; set by whoever knows where it is. */
  reload: (() => Promise<Reloaded>) | undefined;
  /** The configuration that lies there and was not taken up. */
  refused: Refused | undefined;
  #isDraining = false;
  readonly #door: Door;
  #changing: Promise<unknown> = Promise.resolve();

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.store = options.store;
    this.#inForce = options;
    this.now = options.now ?? Date.now;
    this.#next = idMaker(this.now);
    this.report = counting(() => this.figures, options.report);
    const { now, report, store } = this;
    this.rounds = new Rounds(this);
    this.#files = new FileServer(this);
    this.channels = new Channels({
      kinds: [...(options.kinds ?? allKinds), this.#files.kind],
      data: options.data ?? join(tmpdir(), `portolan-${process.pid}`),
      report,
      now,
      take: (arrival) => take(this, arrival),
    });
    this.channels.know(this.configuration);
    this.#disk = new Disk({
      store,
      now,
      floor: () => this.configuration.gateway.limits.disk,
      told: (fault) => report(fault ? { event: 'the disk cannot be written', code: fault.code, ...fault.args } : { event: 'the disk can be written again' }),
      halt: (code) => this.#dispatcher.halt(code),
      halted: () => this.halted !== undefined,
    });
    this.#dispatcher = new Dispatcher({
      store,
      using: (work) => this.translating(work),
      disk: this.#disk,
      channels: this.channels,
      report,
      now,
    });
    this.departures = this.#dispatcher.departures;
    this.expecting = this.#dispatcher.expecting;
    this.#door = new Door({
      store,
      now,
      disk: this.#disk,
      limits: () => this.configuration.gateway.limits,
      closed: () => {
        if (this.#isDraining) return { reason: 'the gateway is being stopped', retryAfter: 10 };
        return this.halted && { reason: `nothing is accepted until an operator has looked at the store (${this.halted})`, retryAfter: 300 };
      },
    });
  }

  get library(): Library {
    return this.#inForce.library;
  }

  get inForce(): InForce {
    return this.#inForce;
  }

  get configuration(): Configuration {
    return this.#inForce.configuration;
  }

  /** How often partners wrote otherwise than the standard says, since the start. */
  get deviations(): readonly DeviationCount[] {
    return this.#dispatcher.deviations;
  }

  /** With the translator that is in force, which does not end meanwhile. */
  translating<T>(work: (translator: Translator) => Promise<T>): Promise<T> {
    return this.#uses.using(this.#inForce.translator, work);
  }

  /** Changes of what is in force are made one after the other: what each is made of is not changed meanwhile. */
  exclusively<T>(change: () => Promise<T>): Promise<T> {
    const made = this.#changing.then(change);
    this.#changing = made.catch(() => undefined);
    return made;
  }

  /** Records other partners with whatever belongs to the change, and puts them in force: nothing else changes. False where it was decided before. */
  async changePartners(recorded: ConfigurationText, decided?: Readonly<Record<string, Json>>, more: Batch = {}): Promise<boolean> {
    const made = await activation(this.store, { library: this.library, recorded }, decided);
    if (made && (await activate(this.store, made, more)).verdict === 'stale') return false;
    const configuration = { ...this.configuration, partners: recorded.register.map(({ partner }) => partner) };
    this.#inForce.translator.takeUp?.(configuration);
    this.#inForce = { ...this.#inForce, configuration, recorded };
    await this.#openChannels();
    return true;
  }

  /** Records changed maps or configuration, then puts them in force, from the next interchange on. What is under way ends as it began. Within `exclusively`. */
  async change(inForce: InForce): Promise<void> {
    const { translator } = this.#inForce;
    try {
      await this.#record(inForce);
    } catch (error) {
      await inForce.translator.close();
      throw error;
    }
    this.#inForce = inForce;
    await this.#openChannels();
    this.#uses.retire(translator);
  }

  /** Records what is in force, then works off what a former process left behind: it is the same work. */
  async start(): Promise<void> {
    await this.#record(this.#inForce);
    if (this.#options.dispatch === false) return;
    this.#dispatcher.start();
    this.rounds.start();
    this.#files.open();
    await this.#openChannels();
    await this.#files.listen();
  }

  async #openChannels(): Promise<void> {
    this.channels.know(this.configuration);
    if (this.#options.dispatch === false) return;
    await this.channels.listen();
    this.#dispatcher.departures.changed();
  }

  /** Delivers what was held of a message. */
  async release(id: string, operator: string): Promise<Released | undefined> {
    return releaseHeld(this, id, operator, this.intakeContext.routed);
  }

  /** What a party says of a delivery; undefined where there is no such delivery to it. */
  settle(party: string, delivery: string, channel: string, handed: Handed): Promise<Settled | undefined> {
    return this.#dispatcher.confirming.settle(party, delivery, channel, handed);
  }

  /** From now on nothing is accepted. */
  drain(): void {
    this.#isDraining = true;
  }

  get draining(): boolean {
    return this.#isDraining;
  }

  /** Whoever waits for an outcome is told how it stands. */
  wakeAll(): void {
    this.#dispatcher.wakeAll();
  }

  /** Takes what is under way to its end, and nothing new; what is not done after so many milliseconds is due again at the next start. */
  async close(ms?: number): Promise<void> {
    this.drain();
    this.#disk.close();
    const { translator } = this.#inForce;
    const abandon = ms === undefined ? undefined : setTimeout(() => translator.abandon?.(), ms);
    await this.channels.silence();
    await this.#files.close();
    await this.#dispatcher.close(ms);
    await Promise.all([this.#uses.retired(), translator.close()]);
    clearTimeout(abandon);
    await this.rounds.close();
    await this.channels.close();
    await this.store.close();
  }

  async #record(inForce: InForce): Promise<void> {
    const made = await activation(this.store, inForce);
    if (made) await activate(this.store, made);
  }

  newId(): string {
    return this.#next().id;
  }

  /** Id and time for an interchange that is made here. */
  newInterchange(): { readonly id: string; readonly at: number } {
    return this.#next();
  }

  get intakeContext(): IntakeContext {
    const { store, library, configuration, report } = this;
    const { sequences, quotas } = this.rounds;
    const configurationHash = this.#inForce.recorded.hash;
    return { store, library, configuration, configurationHash, sequences, quotas, report, routed: this.#routed, committing: this.#committing };
  }

  readonly #routed = (batch: Batch): Batch => routed(batch, (party) => this.channels.of(party));
  readonly #committing = (): (() => void) => this.#door.committing();

  async submit(submission: Omit<Submission, 'id' | 'at'>): Promise<Received> {
    try {
      if (!this.rounds.isLoaded) await this.rounds.load();
      const { id, at } = this.#next();
      const received = await receive({ id, at, ...submission }, this.intakeContext);
      this.figures?.received(submission.partner, !received.accepted ? 'refused' : received.duplicate ? 'duplicate' : 'accepted');
      if (received.accepted && !received.duplicate) this.#door.accepted();
      return received;
    } catch (error) {
      if (!this.#disk.failed(error) && error instanceof StoreError && error.retry === 'halt') this.#dispatcher.halt(error.code);
      throw error;
    }
  }

  /** Resolves when the interchange has its outcome, or after `ms`. */
  outcome(interchange: string, ms: number): Promise<void> {
    return this.#dispatcher.outcome(interchange, ms);
  }

  /** Whether a request of so many bytes may be taken now, as it looks; `release` when it has been read and answered. */
  admit(bytes: number): Promise<Pressure | Admission> {
    return this.#door.admit(bytes);
  }

  /** Why nothing can be written at present; passes by itself. */
  get unwritable(): StoreError | undefined {
    return this.#disk.cause;
  }

  /** Undefined where all is well. */
  get halted(): Code | undefined {
    return this.#dispatcher.halted;
  }
}
