import type { Code } from '../../diagnostics/codes.ts';
import { isOfDisk, StoreError } from '../../store/fault.ts';
import type { Room } from '../../store/room.ts';
import type { Store } from '../../store/store.ts';

/** Free bytes below which nothing is accepted: what was accepted needs them for its outcome. Of a small disk an eighth. */
export const floorOf = ({ disk }: Pick<Room, 'disk'>, limit: number): number => Math.min(limit, disk / 8);

/** What senders are told of it: not where it is. */
export const diskReason = ({ code }: StoreError): string =>
  code === 'STORE_DISK_FULL' ? 'the disk is full' : code === 'STORE_READ_ONLY' ? 'the disk cannot be written' : 'the store cannot write at present';

export interface DiskOptions {
  readonly store: Pick<Store, 'room' | 'probe'>;
  readonly now: () => number;
  readonly floor: () => number; // bytes that must be free, at most
  readonly told: (fault: StoreError | undefined) => void; // it cannot be written, or it can again
  readonly halt: (code: Code) => void; // it takes a person
  readonly halted: () => boolean; // nothing goes on any more, and that was told
}

const passing: ReadonlySet<Code> = new Set<Code>(['STORE_DISK_FULL', 'STORE_READ_ONLY', 'STORE_BUSY', 'STORE_ABSENT']); // absent: nothing is mounted there
const isPassing = (error: unknown): boolean => isOfDisk(error) || (error instanceof StoreError && passing.has(error.code));

const stopping: ReadonlySet<Code> = new Set<Code>(['STORE_DISK_FULL', 'STORE_READ_ONLY', 'STORE_HALTED']);

const pause = 1_000; // ms between two looks

/**
 * Whether the data folder can be written. A disk that is full or may not be written is no uncertain store: what was refused was not
 * written, so acceptance and work stop, reads go on, and all goes on by itself once something could be written again. One that failed
 * leaves the store uncertain, until it was opened again: where it then does not have what was told of it, it takes a person.
 */
export class Disk {
  readonly #options: DiskOptions;
  readonly #resume: (() => void)[] = [];
  #fault: StoreError | undefined;
  #found: StoreError | undefined; // by looking again
  #low: StoreError | undefined;
  #looked = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: DiskOptions) {
    this.#options = options;
  }

  /** Somebody could not do what it wanted: whether that is because nothing can be written at present, or any more, and so was told. */
  failed(error: unknown): boolean {
    if (!(error instanceof StoreError) || !(stopping.has(error.code) || isOfDisk(error))) return false;
    if (!this.#fault && !this.#isClosed && !this.#options.halted()) {
      this.#fault = error;
      this.#options.told(error);
      this.#probeLater();
    }
    return true;
  }

  /** Why nothing may be accepted: nothing can be written, or there is less room than what was accepted needs. Looks once a second, whatever the clock does. */
  async pressure(): Promise<StoreError | undefined> {
    const { store, now, floor } = this.#options;
    if (!this.isDue) return this.known;
    this.#looked = now();
    try {
      const room = await store.room();
      if (room.fault) this.failed(room.fault);
      this.#low = room.free < floorOf(room, floor()) ? new StoreError('STORE_DISK_FULL') : undefined;
    } catch (error) {
      if (!this.failed(error)) throw error;
    }
    return this.known;
  }

  /** Whether nobody looked within the last second. */
  get isDue(): boolean {
    return !this.#fault && Math.abs(this.#options.now() - this.#looked) >= pause;
  }

  /** What was seen last. */
  get known(): StoreError | undefined {
    return this.#fault ?? this.#low;
  }

  /** Why nothing can be written at present, as it was heard of. */
  get fault(): StoreError | undefined {
    return this.#fault;
  }

  /** And as it is found since. */
  get cause(): StoreError | undefined {
    return this.#fault && (this.#found ?? this.#fault);
  }

  /** Resolves as soon as something can be written. */
  async writable(): Promise<void> {
    if (this.#fault) await new Promise<void>((resolve) => this.#resume.push(resolve));
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#goOn();
  }

  #probeLater(): void {
    this.#timer = setTimeout(() => {
      this.#options.store.probe().then(
        () => {
          this.#options.told(undefined);
          this.#goOn();
        },
        (error: unknown) => {
          if (this.#isClosed) return;
          if (isPassing(error)) {
            // Who heard of it from a store that had stopped knows no cause: it is told as soon as it is found.
            const isNews = this.#fault?.code === 'STORE_HALTED' && this.#found === undefined;
            this.#found = error as StoreError;
            if (isNews) this.#options.told(this.#found);
            return this.#probeLater();
          }
          this.#options.halt(error instanceof StoreError ? error.code : 'STORE_FAULT');
          this.#goOn(); // to where it is seen that nothing goes on
        },
      );
    }, pause);
  }

  #goOn(): void {
    this.#fault = this.#found = undefined;
    for (const resume of this.#resume.splice(0)) resume();
  }
}
