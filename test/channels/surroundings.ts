import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Arrival, Parcel, Surroundings, Take, Taken } from '../../src/channels/channel.ts';

type Test = { teardown(end: () => unknown): unknown };

export function temporaryFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-files-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export type Told = Parameters<Surroundings['report']>[0];

/** The world for a channel under test: a data folder of its own, and what it reports. */
export function surroundingsIn(data: string, env: Readonly<Record<string, string>> = {}): Surroundings & { readonly told: Told[] } {
  const told: Told[] = [];
  return {
    data,
    told,
    now: Date.now,
    report: (event) => void told.push(event),
    secret: (reference) => {
      if ('file' in reference) return readFileSync(reference.file);
      const value = env[reference.env];
      if (value === undefined) throw new Error(`the environment has no ${reference.env}`);
      return Buffer.from(value);
    },
  };
}

/** A small intake: the same key with the same bytes is one arrival, as in the gateway. */
export interface Book {
  readonly take: Take;
  readonly arrivals: (Arrival & { readonly id: string })[];
  /** What is said instead, once for each entry. */
  readonly instead: (Taken | Error)[];
  count(n: number): Promise<void>;
}

export function book(): Book {
  const arrivals: Book['arrivals'] = [];
  const instead: Book['instead'] = [];
  const ids = new Map<string, string>();
  const waiting: { readonly n: number; readonly resolve: () => void }[] = [];
  return {
    arrivals,
    instead,

    async take(arrival): Promise<Taken> {
      const other = instead.shift();
      if (other instanceof Error) throw other;
      if (other) return other;
      const before = arrival.key === undefined ? undefined : ids.get(arrival.key);
      const id = before ?? `T${arrivals.length + 1}`;
      if (arrival.key !== undefined) ids.set(arrival.key, id);
      if (before === undefined) arrivals.push({ ...arrival, bytes: Buffer.from(arrival.bytes), id });
      for (const each of waiting) if (arrivals.length >= each.n) each.resolve();
      return { taken: true, id, receipt: JSON.stringify({ id }), duplicate: before !== undefined };
    },
    count: (n) =>
      new Promise((resolve) => {
        if (arrivals.length >= n) resolve();
        else waiting.push({ n, resolve });
      }),
  };
}

export const texts = ({ arrivals }: Book): string[] => arrivals.map(({ bytes }) => Buffer.from(bytes).toString('latin1'));

export function parcelOf(content: string | Buffer, change: Partial<Parcel> = {}): Parcel {
  const bytes = Buffer.from(content);
  return {
    delivery: '01JDELIVERY-1',
    attempt: 1,
    party: 'acme',
    interchange: '01JDELIVERY',
    kind: 'message',
    media: 'application/edifact',
    size: bytes.length,
    filename: '01JDELIVERY-1.edi',
    bytes: () => Promise.resolve(bytes),

    async *chunks() {
      for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
    },
    ...change,
  };
}

export const patience = (): AbortSignal => AbortSignal.timeout(30_000);

/** Waits for what no event tells, looking again shortly. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, ms = 20_000): Promise<void> {
  for (const end = Date.now() + ms; !(await isSo()); await new Promise((resolve) => setTimeout(resolve, 10)))
    if (Date.now() > end) throw new Error(`waited in vain for: ${what}`);
}
