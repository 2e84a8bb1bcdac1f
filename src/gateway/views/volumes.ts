import type { MessageOrigin, Tolerated, Volume, VolumeDimension, VolumeQuery } from '../../store/counting.ts';
import type { EvidenceRecord, Json, ReadStore, Step } from '../../store/store.ts';
import { toleratedIn } from './tolerated.ts';
import { receivedAt } from '../ids.ts';
import type { TranslatedMessage } from '../translation/translate.ts';

/**
 * Volumes are counted from the log and from nothing else: each record that counts says so much by itself that the same log
 * gives the same volumes at any time. What was counted and how far is one commit, so a crash neither loses nor doubles.
 *
 *   received    a message that had an outcome: its type, its characters (bytes as sent, from its first unit to its last) and its
 *               documents (the transport documents that it speaks of, one at least); a failure where it was rejected. An interchange
 *               without any message that could be read is a failure of no type
 *   delivered   a message handed over to an agency, with the characters of what it was given; a failure where that failed
 *
 * A latency runs from the receipt of the interchange to the outcome, or to the handing over. It is kept as a bucket, each 5 %
 * wider than the one before.
 */
export interface Measure {
  readonly type: string;
  readonly characters: number;
  readonly documents: number;
}

/** What the record of a message says of its volume. */
export function measureOf({ header, end, keys }: TranslatedMessage): { readonly volume: Json } {
  const bills = new Set(keys.flatMap(({ kind, value }) => (kind === 'bill' ? [value] : [])));
  const measure: Measure = { type: header.type, characters: Math.max(0, end - header.start), documents: Math.max(1, bills.size) };
  return { volume: { ...measure } };
}

const growth = Math.log(1.05);

export const bucketOf = (ms: number): number => (ms <= 1 ? 0 : Math.ceil(Math.log(ms) / growth - 1e-9));

/** Milliseconds: no latency of the bucket is longer. */
const longest = (bucket: number): number => Math.round(Math.exp(bucket * growth));

/** The latency that so great a part does not exceed; null where there is none. */
export function percentile(latencies: Volume['latencies'], part: number): number | null {
  const total = latencies.reduce((sum, [, count]) => sum + count, 0);
  let seen = 0;
  for (const [bucket, count] of [...latencies].sort(([a], [b]) => a - b)) if ((seen += count) >= total * part) return longest(bucket);
  return null;
}

/** Adds up what comes, by day, sender, recipient and type. */
export class Tally {
  readonly #sums = new Map<string, { row: Omit<Volume, 'latencies'>; latencies: Map<number, number> }>();

  add({ latencies, ...row }: Volume): void {
    const key = [row.day, row.partner, row.agency, row.type].join('\0');
    const sum = this.#sums.get(key);
    const buckets = sum?.latencies ?? new Map<number, number>();
    for (const [bucket, count] of latencies) buckets.set(bucket, (buckets.get(bucket) ?? 0) + count);
    const { messages = 0, documents = 0, characters = 0, failures = 0 } = sum?.row ?? {};
    this.#sums.set(key, {
      row: {
        ...row,
        messages: row.messages + messages,
        documents: row.documents + documents,
        characters: row.characters + characters,
        failures: row.failures + failures,
      },
      latencies: buckets,
    });
  }

  /** In the order of day, sender, recipient and type. */
  get all(): Volume[] {
    const keys = [...this.#sums.keys()].sort();
    return keys.map((key) => {
      const { row, latencies } = this.#sums.get(key)!;
      return { ...row, latencies: [...latencies].sort(([a], [b]) => a - b) };
    });
  }
}

/** Who sent a message of what type; undefined where nothing is known of it. */
export type OriginOf = (message: string) => MessageOrigin | undefined;

/** What an entry counts, if anything. */
export function volumeOf({ at, record }: Step, originOf: OriginOf): Volume | undefined {
  if (!record) return undefined;
  const { kind, party = '', message, content } = record;
  const day = at.slice(0, 10);
  const none = { day, partner: party, agency: '', type: '', messages: 0, documents: 0, characters: 0, failures: 0, latencies: [] };
  const failures = kind === 'failed' || kind === 'rejected' ? 1 : 0;
  if (message === undefined) return failures === 1 && record.interchange !== undefined && !hasMessages(record) ? { ...none, failures } : undefined;
  const measure = measureIn(record);
  const latencies = (): Volume['latencies'] => [[bucketOf(Date.parse(at) - receivedAt(message)), 1]];
  if (measure) return { ...none, ...measure, messages: 1, failures, latencies: latencies() };
  const origin = originOf(message);
  if (!origin || origin.partner === party) return undefined;
  const to = { ...none, partner: origin.partner, agency: party, type: origin.type };
  if (kind === 'sent' && content?.stage === party) return { ...to, messages: 1, characters: content.size, latencies: latencies() };
  return kind === 'failed' ? { ...to, failures: 1 } : undefined;
}

/** Of an interchange: its messages have been counted each. */
const hasMessages = ({ detail }: EvidenceRecord): boolean => ((detail as { readonly messages?: number } | undefined)?.messages ?? 0) > 0;

export function measureIn({ detail }: EvidenceRecord): Measure | undefined {
  const { volume } = (typeof detail === 'object' && detail !== null ? detail : {}) as { readonly volume?: Measure };
  return volume;
}

/** Counts entries from `from` to below `until` by what they say alone; `start` is where the messages that they speak of begin. */
export async function recount(store: ReadStore, from: number, until: number, start = from): Promise<readonly Volume[]> {
  const tally = new Tally();
  const origins = new Map<string, MessageOrigin>();
  for (let next = start; next < until;) {
    const steps = await store.counting.steps(next, Math.min(pageSize, until - next));
    if (steps.length === 0) break;
    for (const step of steps) {
      const measure = step.record && measureIn(step.record);
      if (measure && step.record.message !== undefined) origins.set(step.record.message, { partner: step.record.party ?? '', type: measure.type });
      const volume = step.index < from ? undefined : volumeOf(step, (message) => origins.get(message));
      if (volume) tally.add(volume);
    }
    next = steps.at(-1)!.index + 1;
  }
  return tally.all;
}

export const pageSize = 1_000; // entries that are counted at a time

/** What a page of entries counts; senders and types are known of the states. */
export async function countPage(
  store: ReadStore,
  from: number,
  end = Infinity,
): Promise<{ readonly until: number; readonly volumes: readonly Volume[]; readonly tolerated: readonly Tolerated[]; readonly erased: number }> {
  const steps = await store.counting.steps(from, Math.min(pageSize, end - from));
  const asked = new Set(
    steps.flatMap(({ record }) => (record?.message !== undefined && (record.kind === 'sent' || record.kind === 'failed') ? [record.message] : [])),
  );
  const origins = asked.size === 0 ? undefined : await store.counting.origins([...asked]);
  const tally = new Tally();
  for (const step of steps) {
    const volume = volumeOf(step, (message) => origins?.get(message));
    if (volume) tally.add(volume);
  }
  const erased = steps.filter(({ record }) => record === undefined).length;
  return { until: (steps.at(-1)?.index ?? from - 1) + 1, volumes: tally.all, tolerated: steps.flatMap(toleratedIn), erased };
}

/** What was counted, and beside the owner, who counts, what is not counted yet. */
export async function volumesOf(store: ReadStore, query: VolumeQuery): Promise<readonly Volume[]> {
  const tally = new Tally();
  for (const volume of await store.counting.volumes(query)) tally.add(volume);
  for (let from = await store.counting.uncounted(); ;) {
    const { until, volumes } = await countPage(store, from);
    if (until === from) return tally.all;
    for (const volume of volumes) if (isAsked(volume, query)) tally.add(grouped(volume, query.by));
    from = until;
  }
}

const isAsked = ({ day, partner, agency }: Volume, query: VolumeQuery): boolean =>
  day >= query.from &&
  day < query.until &&
  (agency !== '') === query.delivered &&
  (query.partner ?? partner) === partner &&
  (query.agency ?? agency) === agency;

const dimensions: readonly VolumeDimension[] = ['day', 'partner', 'agency', 'type'];

function grouped(volume: Volume, by: readonly VolumeDimension[]): Volume {
  return { ...volume, ...Object.fromEntries(dimensions.filter((name) => !by.includes(name)).map((name) => [name, ''])) };
}
