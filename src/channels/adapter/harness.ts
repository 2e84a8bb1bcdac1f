import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { putBody, takeBody } from './bodies.ts';
import { startChild, type Child } from './child.ts';
import { protocol, type FromAdapter, type ToAdapter } from './frames.ts';
import { largest } from './process.ts';

type Kind = FromAdapter['type'];
type Of<T extends Kind> = Extract<FromAdapter, { type: T }>;

/** An adapter that is driven by hand: every frame it says is kept, and can be waited for. */
export class Driven {
  readonly said: FromAdapter[] = [];
  readonly faults: string[] = [];
  readonly log: string[] = [];
  takes: 'at once' | 'never' = 'at once';
  readonly #command: readonly string[];
  readonly #settings: object;
  readonly folder: string;
  readonly party: string;
  #child: Child | undefined;
  #wakers: (() => void)[] = [];
  readonly #taken = new Set<string>();

  constructor(command: readonly string[], settings: object, folder: string, party: string) {
    this.#command = command;
    this.#settings = settings;
    this.folder = folder;
    this.party = party;
  }

  /** Starts it, and resolves with its `ready`. */
  async start(ms = 30_000): Promise<Of<'ready'>> {
    const from = this.said.length;
    const child: Child = startChild(this.#command, {
      frame: (frame) => {
        if (child !== this.#child) return;
        this.said.push(frame);
        if (frame.type === 'arrival' && this.takes === 'at once') this.take(frame.key);
        this.#wake();
      },
      fault: (reason) => {
        this.faults.push(reason);
        this.#wake();
      },
      log: (line) => void this.log.push(line),
    });
    this.#child = child;
    void child.ended.then((how) => {
      this.log.push(`it ended ${how}`);
      if (this.#child === child) this.#child = undefined;
      this.#wake();
    });
    this.say({ type: 'hello', protocol, party: this.party, folder: this.folder, settings: this.#settings, secrets: {} });
    return this.hear('ready', () => true, ms, from);
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  say(frame: ToAdapter): void {
    this.#child?.say(frame);
  }

  write(line: string): void {
    this.#child?.write(line);
  }

  take(key: string): void {
    const duplicate = this.#taken.has(key);
    this.#taken.add(key);
    this.say({ type: 'taken', key, id: key, duplicate });
  }

  async kill(): Promise<void> {
    const child = this.#child;
    child?.kill();
    await child?.ended;
  }

  /** Asks it to stop; how it ended, or undefined where it did not within the time. */
  async stop(ms: number): Promise<string | undefined> {
    const child = this.#child;
    if (!child) return 'before';
    this.say({ type: 'stop' });
    const how = await Promise.race([child.ended, later(ms)]);
    if (how === undefined) await this.kill();
    return how;
  }

  /** The first frame of a type that fits, said after `from` others; throws where there is none in time. */
  async hear<T extends Kind>(type: T, fits: (frame: Of<T>) => boolean, ms: number, from = 0): Promise<Of<T>> {
    const until = Date.now() + ms;
    for (;;) {
      const found = this.said.slice(from).find((frame): frame is Of<T> => frame.type === type && fits(frame as Of<T>));
      if (found) return found;
      if (this.faults.length > 0) throw new Error(`it broke the contract: ${this.faults[0]}`);
      if (!this.isRunning) throw new Error(`it is not running: ${this.log.slice(-2).join('; ')}`);
      const left = until - Date.now();
      if (left <= 0) throw new Error(`it did not say \`${type}\` within ${ms / 1000} s`);
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#wakers.push(resolve);
        timer = setTimeout(resolve, left);
      });
      clearTimeout(timer);
    }
  }

  /** Hands bytes over; `stated` may be told otherwise than is true. */
  async deliver(delivery: string, bytes: Buffer, { attempt = 1, sha256 }: { readonly attempt?: number; readonly sha256?: string } = {}): Promise<void> {
    const body = await putBody(this.folder, `${delivery}.${attempt}.${randomBytes(3).toString('hex')}`, bytes.length, async function* () {
      yield await Promise.resolve(bytes);
    });
    const stated = sha256 === undefined ? body : { ...body, sha256 };
    this.say({ type: 'deliver', delivery, attempt, kind: 'message', media: 'text/plain', filename: `${delivery}.txt`, interchange: delivery, body: stated });
  }

  outcome(delivery: string, ms: number, from = 0): Promise<Of<'outcome'>> {
    return this.hear('outcome', (frame) => frame.delivery === delivery, ms, from);
  }

  /** The arrival of these bytes. */
  async arrival(bytes: Buffer, ms: number, from = 0): Promise<Of<'arrival'>> {
    const found = await this.hear(
      'arrival',
      ({ body }) => body.size === bytes.length && (body.base64 === undefined || Buffer.from(body.base64, 'base64').equals(bytes)),
      ms,
      from,
    );
    const arrived = await takeBody(this.folder, found.body, largest);
    if (!arrived.equals(bytes)) throw new Error('what arrived are not the bytes that were handed over');
    return found;
  }

  async clean(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  #wake(): void {
    for (const wake of this.#wakers.splice(0)) wake();
  }
}

const later = (ms: number): Promise<undefined> => new Promise((resolve) => setTimeout(() => resolve(undefined), ms).unref());
