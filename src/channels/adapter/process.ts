import { mkdirSync } from 'node:fs';
import type { Grade } from '../../store/store.ts';
import type { Arrival, Handed, Parcel, Surroundings, Take } from '../channel.ts';
import { stopped } from '../faults.ts';
import { dropBody, putBody, takeBody } from './bodies.ts';
import { startChild, type Child } from './child.ts';
import { keepLate } from './late.ts';
import { failures, protocol, type Body, type FromAdapter, type Said, type ToAdapter } from './frames.ts';

export interface ProcessOptions {
  readonly command: readonly string[];
  readonly party: string;
  readonly settings: object;
  readonly secrets: () => Readonly<Record<string, string>>; // throws where one is not there
  readonly folder: string;
  readonly grade: Grade;
  readonly timeouts: { readonly start: number; readonly answer: number; readonly stop: number }; // ms
  readonly report: Surroundings['report'];
}

/** An adapter that is kept running: what it left unanswered when it fell is told it again. */
export interface AdapterProcess {
  deliver(parcel: Parcel, signal: AbortSignal): Promise<Handed>;
  bringTo(take: Take): void;
  close(): Promise<void>;
}

interface Open {
  readonly frame: Extract<ToAdapter, { type: 'deliver' }>;
  times: number; // it was said to an adapter
  readonly settle: (handed: Handed | Promise<Handed>) => void;
}

export const largest = 256 * 1024 * 1024; // bytes of an arrival
const mostTimes = 3; // a parcel is said again to an adapter that fell over it
const mostLate = 100; // deliveries for whose outcome we no longer wait, and keep it when it comes
const mostLateBytes = 64 * 1024 * 1024; // of their proofs
const longestPause = 60_000; // ms

const failed = (code: Extract<Handed, { state: 'failed' }>['code'], reason: string): Handed => ({ state: 'failed', code, reason });

export function keepRunning(options: ProcessOptions): AdapterProcess {
  const { command, party, settings, secrets, folder, grade, timeouts, report } = options;
  const open = new Map<string, Open>();
  const arriving = new Set<string>(); // keys
  const late = keepLate(mostLate, mostLateBytes);
  let child: Child | undefined;
  let starting: NodeJS.Timeout | undefined; // until when it must be ready
  let isReady = false;
  let window = 1;
  let falls = 0; // since it last was of use
  let take: Take | undefined;
  let closing = false;
  let pause: NodeJS.Timeout | undefined;
  let quiet: (() => void) | undefined; // once it ended, while closing
  mkdirSync(folder, { recursive: true, mode: 0o700 });

  function start(): void {
    let hello: ToAdapter;
    try {
      hello = { type: 'hello', protocol, party, folder, settings, secrets: secrets() };
    } catch (error) {
      failAll('SEND_SETTINGS', error instanceof Error ? error.message : String(error));
      return again('its secrets are not there');
    }
    const own = startChild(command, {
      frame: (frame) => own === child && hear(frame),
      fault: (reason) => {
        report({ event: 'adapter broke the contract', code: 'SEND_ADAPTER', party, reason });
        own.kill(); // what follows such a line cannot be relied on
      },
      log: (line) => report({ event: 'adapter says', party, line }),
    });
    child = own;
    starting = setTimeout(() => own.kill(), timeouts.start);
    void own.ended.then((how) => {
      clearTimeout(starting);
      const wasReady = isReady;
      child = undefined;
      isReady = false;
      if (closing) return quiet?.();
      report({ event: 'adapter ended', code: 'SEND_ADAPTER', party, reason: how });
      for (const one of open.values()) {
        if (!wasReady || one.times >= mostTimes) one.settle(failed('SEND_ADAPTER', `it ended ${how}`));
      }
      again(how);
    });
    own.say(hello);
  }

  function again(reason: string): void {
    const wait = Math.min(longestPause, 250 * 2 ** falls++);
    report({ event: 'adapter starts again', party, reason, ms: wait });
    pause = setTimeout(start, wait);
  }

  function failAll(code: 'SEND_SETTINGS', reason: string): void {
    for (const one of open.values()) one.settle(failed(code, reason));
  }

  /** As many at once as the adapter said it wants, the oldest first. */
  function next(): void {
    if (!isReady || !child) return;
    const under = [...open.values()].filter(({ times }) => times > 0).length;
    for (const one of [...open.values()].filter(({ times }) => times === 0).slice(0, Math.max(0, window - under))) tell(one);
  }

  function tell(one: Open): void {
    one.times++;
    child!.say(one.frame);
  }

  function hear(frame: FromAdapter): void {
    switch (frame.type) {
      case 'ready':
        if (frame.protocol !== protocol) {
          report({ event: 'adapter broke the contract', code: 'SEND_ADAPTER', party, reason: `it speaks ${frame.protocol}, not ${protocol}` });
          return child!.kill();
        }
        clearTimeout(starting);
        isReady = true;
        window = Math.max(1, frame.window);
        for (const one of open.values()) if (one.times > 0) tell(one); // left unanswered by the one that fell
        return next();
      case 'outcome':
        return outcome(frame);
      case 'receipt':
        void receipt(frame);
        return;
      case 'arrival':
        void arrival(frame);
        return;
      case 'error':
        return report({ event: 'adapter says', party, line: frame.reason.slice(0, 300) });
    }
  }

  function outcome(said: Said): void {
    falls = 0;
    const { delivery, attempt, state } = said;
    const one = open.get(delivery);
    // That an earlier attempt failed says nothing of this one; what it handed over has been handed over.
    if (one && state === 'failed' && attempt !== undefined && attempt !== one.frame.attempt) return;
    open.delete(delivery); // should the adapter fall now, it is not told again
    const handed = handedOf(said, folder, grade);
    if (one) one.settle(handed);
    else void handed.then((known) => late.heard(delivery, known));
  }

  async function receipt(said: Said): Promise<void> {
    const { delivery } = said;
    const handed = await handedOf(said, folder, grade);
    const proof = handed.state === 'sent' ? undefined : handed.proof;
    const about: Arrival = { channel: 'adapter', party, grade, bytes: proof?.bytes ?? new Uint8Array(), about: { delivery, handed }, ...(proof && { proof }) };
    const taken = await bring(about);
    if (taken.taken) child?.say({ type: 'noted', delivery });
    else
      child?.say({
        type: 'refused',
        key: delivery,
        code: taken.code,
        reason: taken.reason,
        ...(taken.retryAfter !== undefined && { retryAfter: taken.retryAfter }),
      });
  }

  async function arrival({ key, body, media, name }: Extract<FromAdapter, { type: 'arrival' }>): Promise<void> {
    if (arriving.has(key)) return; // it is on its way, and will be answered
    arriving.add(key);
    try {
      const bytes = await takeBody(folder, body, largest);
      const taken = await bring({ channel: 'adapter', party, grade, bytes, key, ...(media !== undefined && { media }), ...(name !== undefined && { name }) });
      if (taken.taken) child?.say({ type: 'taken', key, id: taken.id, duplicate: taken.duplicate });
      else
        child?.say({ type: 'refused', key, code: taken.code, reason: taken.reason, ...(taken.retryAfter !== undefined && { retryAfter: taken.retryAfter }) });
    } catch (error) {
      child?.say({ type: 'refused', key, code: 'SEND_ADAPTER', reason: error instanceof Error ? error.message : String(error) });
    } finally {
      arriving.delete(key);
    }
  }

  /** A fault of ours is no answer to what arrived: it may come again. */
  async function bring(arrival: Arrival): ReturnType<Take> {
    if (!take) return { taken: false, code: 'SEND_SETTINGS', reason: 'nothing is taken from this adapter: it is not among the `arrivals` of the party' };
    try {
      return await take(arrival);
    } catch (error) {
      report({ event: 'arrival not taken', code: 'GATEWAY_BUSY', party, err: error instanceof Error ? (error.stack ?? error.message) : String(error) });
      return { taken: false, code: 'GATEWAY_BUSY', reason: 'it could not be stored', retryAfter: 30 };
    }
  }

  start();
  return {
    async deliver(parcel, signal) {
      if (closing) return failed('SEND_INTERRUPTED', 'it was stopped on our side');
      const { delivery, attempt, kind, media, filename, interchange, message } = parcel;
      const before = late.take(delivery);
      if (before) return before;
      const body: Body = await putBody(folder, `${delivery}.${attempt}`, parcel.size, () => parcel.chunks());
      const frame = { type: 'deliver', delivery, attempt, kind, media, filename, interchange, ...(message !== undefined && { message }), body } as const;
      let timer: NodeJS.Timeout | undefined;
      const stop = (): void => open.get(delivery)?.settle({ state: 'failed', ...stopped(signal) });
      const handed = await new Promise<Handed>((settle) => {
        open.set(delivery, { frame, times: 0, settle });
        timer = setTimeout(() => settle(failed('SEND_TIMEOUT', `no outcome within ${timeouts.answer / 1000} s`)), timeouts.answer);
        signal.addEventListener('abort', stop);
        if (signal.aborted) stop();
        else next();
      });
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      if (open.delete(delivery)) late.giveUp(delivery);
      await dropBody(folder, body);
      next();
      return handed;
    },
    bringTo(taking) {
      take = taking;
    },
    async close() {
      if (closing) return;
      closing = true;
      clearTimeout(pause);
      if (child) {
        const ended = new Promise<void>((resolve) => (quiet = resolve));
        const [own, timers] = [child, [setTimeout(() => child?.kill('SIGTERM'), timeouts.stop), setTimeout(() => child?.kill(), timeouts.stop + 5_000)]];
        own.say({ type: 'stop' });
        await ended;
        for (const timer of timers) clearTimeout(timer);
      }
      for (const one of open.values()) one.settle(failed('SEND_INTERRUPTED', 'it was stopped on our side'));
    },
  };
}

/** What the adapter says, in the terms of every channel. */
export async function handedOf(said: Said, folder: string, grade: Grade): Promise<Handed> {
  const { state, failure, reason = '', retryAfter, proof: body } = said;
  const bytes = body && (await takeBody(folder, body, largest).catch(() => undefined));
  const proof = body && bytes ? { proof: { media: body.media, bytes, grade } } : {};
  if (state === 'sent') return { state };
  if (state === 'delivered') return { state, ...proof };
  return { state, code: failures[failure ?? ''] ?? 'SEND_ADAPTER', reason: reason.slice(0, 1024), ...(retryAfter !== undefined && { retryAfter }), ...proof };
}
