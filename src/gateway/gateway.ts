import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Configuration } from '../partners/config.ts';
import { StoreError, type Batch, type Json, type Store } from '../store/store.ts';
import type { DeviationCount } from './deviation-counts.ts';
import { kinds as allKinds } from '../channels/kinds.ts';
import type { ChannelKind, Handed } from '../channels/channel.ts';
import { take } from './arrivals.ts';
import { Channels } from './channels.ts';
import type { Settled } from './confirming.ts';
import { routed } from './delivery.ts';
import type { PartyStatus } from './party.ts';
import { FileServer } from './files.ts';
import { Dispatcher, type Report } from './dispatch.ts';
import type { ConfigurationText } from './configuration-text.ts';
import { idMaker } from './ids.ts';
import { activate, activation } from './in-force.ts';
import { receive, type Received, type Submission } from './intake.ts';
import type { Library } from './library.ts';
import { releaseHeld, type Released } from './release.ts';
import type { Translator } from './translator.ts';
import { VolumeCounter } from './volume-counter.ts';

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

/** Why nothing more is taken at present, and when to come again. */
export interface Pressure {
  readonly finding: Diagnostic;
  readonly retryAfter: number; // seconds
}

/** A request that may be taken: what it holds of the memory for bodies. */
export interface Admission {
  /** Takes so many bytes more: they have come. */
  more(bytes: number): Pressure | undefined;
  /** Gives all of them back. */
  release(): void;
}

/** The order of things: what comes in, what is done with it, and when no more is taken. */
export class Gateway {
  readonly store: Store;
  readonly now: () => number;
  readonly report: Report;
  readonly counter: VolumeCounter;
  readonly #options: GatewayOptions;
  #inForce: InForce;
  readonly #dispatcher: Dispatcher;
  readonly #next: ReturnType<typeof idMaker>;
  readonly #channels: Channels;
  readonly #files: FileServer;
  #queued = 0; // interchanges without an outcome
  #queuedAt = 0;
  #commits = 0; // under way
  #oldestCommit = 0;
  #lastCommit = 0; // milliseconds it took
  #bytes = 0; // of requests being received
  #changing: Promise<unknown> = Promise.resolve();

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.store = options.store;
    this.#inForce = options;
    this.now = options.now ?? Date.now;
    this.#next = idMaker(this.now);
    this.report = options.report ?? (() => undefined);
    this.counter = new VolumeCounter(this.store, (error) => this.report({ event: 'volumes not counted', err: String(error) }));
    const { now, report, store } = this;
    this.#files = new FileServer(this);
    this.#channels = new Channels({
      kinds: [...(options.kinds ?? allKinds), this.#files.kind],
      data: options.data ?? join(tmpdir(), `portolan-${process.pid}`),
      report,
      now,
      take: (arrival) => take(this, arrival),
    });
    this.#channels.know(this.configuration);
    this.#dispatcher = new Dispatcher({ store, translator: () => this.#inForce.translator, channels: this.#channels, report, now });
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

  /** Changes of what is in force are made one after the other: what each is made of is not changed meanwhile. */
  exclusively<T>(change: () => Promise<T>): Promise<T> {
    const made = this.#changing.then(change);
    this.#changing = made.catch(() => undefined);
    return made;
  }

  /**
   * Records other partners with whatever else belongs to the change, then puts them in force: nothing else has changed, and who translates
   * goes on. False where somebody else had decided it before. Within `exclusively`.
   */
  async changePartners(recorded: ConfigurationText, decided?: Readonly<Record<string, Json>>, more: Batch = {}): Promise<boolean> {
    const made = await activation(this.store, { library: this.library, recorded }, decided);
    if (made) {
      const { batch } = made;
      const whole = { ...batch, ...more, contents: [...batch.contents!, ...(more.contents ?? [])], records: [...(more.records ?? []), ...batch.records!] };
      if ((await activate(this.store, { ...made, batch: whole })).verdict === 'stale') return false;
    }
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
    await translator.close();
  }

  /** Records what is in force, then works off what a former process left behind: it is the same work. */
  async start(): Promise<void> {
    await this.#record(this.#inForce);
    if (this.#options.dispatch === false) return;
    this.#dispatcher.start();
    this.counter.start();
    await this.#files.listen();
    await this.#openChannels();
  }

  async #openChannels(): Promise<void> {
    this.#channels.know(this.configuration);
    if (this.#options.dispatch === false) return;
    await this.#channels.listen();
    this.#dispatcher.departures.changed();
  }

  /** Delivers what was held of a message. */
  async release(id: string, operator: string): Promise<Released | undefined> {
    const released = await releaseHeld(this.store, id, { operator, token: this.newId() }, (batch) => routed(batch, (party) => this.#channels.of(party)));
    if (released && released.agencies.length > 0) this.report({ event: 'released', message: id, agencies: released.agencies, by: operator });
    this.#dispatcher.poke();
    return released;
  }

  /** What a party says of a delivery; undefined where there is no such delivery to it. */
  settle(party: string, delivery: string, channel: string, handed: Handed): Promise<Settled | undefined> {
    return this.#dispatcher.confirming.settle(party, delivery, channel, handed);
  }

  /** Parties whose deliveries are under way, wait, or failed last. */
  get parties(): readonly PartyStatus[] {
    return this.#dispatcher.parties;
  }

  /** Takes what is under way to its end, and nothing new. */
  async close(): Promise<void> {
    await this.#channels.silence();
    await this.#files.close();
    await this.#dispatcher.close();
    await this.counter.close();
    await this.#channels.close();
    await this.#inForce.translator.close();
    await this.store.close();
  }

  async #record(inForce: InForce): Promise<void> {
    const made = await activation(this.store, inForce);
    if (made) await activate(this.store, made);
  }

  newId(): string {
    return this.#next().id;
  }

  async submit(submission: Omit<Submission, 'id' | 'at'>): Promise<Received> {
    const at = this.now();
    if (this.#commits++ === 0) this.#oldestCommit = at;
    try {
      const received = await receive(
        { ...submission, ...this.#next() },
        {
          store: this.store,
          library: this.library,
          configuration: this.configuration,
          configurationHash: this.#inForce.recorded.hash,
          routed: (batch) => routed(batch, (party) => this.#channels.of(party)),
        },
      );
      if (received.accepted && !received.duplicate) {
        this.#queued++;
        this.#dispatcher.poke();
      }
      return received;
    } catch (error) {
      if (error instanceof StoreError && error.retry === 'halt') this.#dispatcher.halted = error.code;
      throw error;
    } finally {
      this.#commits--;
      this.#lastCommit = this.now() - at;
      this.#oldestCommit = this.now();
    }
  }

  /** Resolves when the interchange has its outcome, or after `ms`. */
  outcome(interchange: string, ms: number): Promise<void> {
    return this.#dispatcher.outcome(interchange, ms);
  }

  /** Whether a request of so many bytes may be taken now, as it looks; `release` when it has been read and answered. */
  async admit(bytes: number): Promise<Pressure | Admission> {
    const { limits } = this.configuration.gateway;
    const busy = (reason: string, retryAfter: number): Pressure => ({ finding: finding('GATEWAY_BUSY', { reason }), retryAfter });
    if (this.#dispatcher.halted) return busy(`nothing is accepted until an operator has looked at the store (${this.#dispatcher.halted})`, 300);
    if (this.#commits > 0 && this.now() - this.#oldestCommit > limits.commit) return busy('the disk is slow', 5);
    if (this.#lastCommit > limits.commit && this.#commits > 0) return busy('the disk is slow', 5);
    if ((await this.queued()) >= limits.queue) return busy(`${limits.queue} interchanges wait for their outcome`, 10);
    const isFull = (size: number): boolean => this.#bytes + size > limits.inFlight;
    const full = (): Pressure => busy(`more than ${limits.inFlight} bytes are being received`, 1);
    if (isFull(bytes)) return full();
    let held = 0;
    let isReleased = false;
    return {
      more: (size) => {
        if (isReleased) return undefined;
        if (isFull(size)) return full();
        this.#bytes += size;
        held += size;
        return undefined;
      },
      release: () => {
        this.#bytes -= held;
        held = 0;
        isReleased = true;
      },
    };
  }

  /** Interchanges without an outcome: counted in the store once a second, and upward in between. */
  async queued(): Promise<number> {
    if (this.now() - this.#queuedAt > 1_000) {
      this.#queuedAt = this.now();
      this.#queued = await this.store.backlog('translate', this.configuration.gateway.limits.queue);
    }
    return this.#queued;
  }

  /** Undefined where all is well. */
  get halted(): string | undefined {
    return this.#dispatcher.halted;
  }
}
