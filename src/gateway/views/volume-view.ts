import type { Volume, VolumeDimension } from '../../store/counting.ts';
import type { ReadStore } from '../../store/store.ts';
import { percentile, volumesOf } from './volumes.ts';

export const volumeDimensions: readonly VolumeDimension[] = ['day', 'partner', 'agency', 'type'];

/** What is asked: days from `from` to `to`, both included, and by what they are added up. */
export interface VolumesAsked {
  readonly from: string; // `2026-11-01`
  readonly to: string;
  readonly by: readonly VolumeDimension[];
  readonly partner?: string;
  readonly agency?: string;
}

export interface VolumeRow {
  readonly day?: string;
  readonly partner?: string;
  readonly agency?: string;
  readonly type?: string;
  readonly messages: number;
  readonly documents: number;
  readonly kiloCharacters: number;
  readonly failures: number;
  readonly medianMs: number | null;
  readonly p95Ms: number | null;
}

/** By agency it is what was delivered that is counted, else what was received: a message to two agencies was received once. */
export async function viewVolumes(store: ReadStore, { from, to, by, partner, agency }: VolumesAsked): Promise<{ readonly items: readonly VolumeRow[] }> {
  const delivered = by.includes('agency') || agency !== undefined;
  const query = { from, until: dayAfter(to), by, delivered, ...(partner === undefined ? {} : { partner }), ...(agency === undefined ? {} : { agency }) };
  const rows = (await volumesOf(store, query)).map((volume) => ({ volume, key: by.map((name) => volume[name]) }));
  return { items: rows.sort((a, b) => compare(a.key, b.key)).map(({ volume }) => rowOf(volume, by)) };
}

function compare(a: readonly string[], b: readonly string[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at < 0 ? 0 : a[at]! < b[at]! ? -1 : 1;
}

function rowOf(volume: Volume, by: readonly VolumeDimension[]): VolumeRow {
  const { messages, documents, characters, failures, latencies } = volume;
  return {
    ...Object.fromEntries(by.map((name) => [name, volume[name]])),
    messages,
    documents,
    kiloCharacters: characters / 1_000,
    failures,
    medianMs: percentile(latencies, 0.5),
    p95Ms: percentile(latencies, 0.95),
  };
}

export const dayAfter = (day: string): string => new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);

/** RFC 4180, with a header; an absent figure is an empty field. */
export function volumesCsv({ items }: { readonly items: readonly VolumeRow[] }, by: readonly VolumeDimension[]): string {
  const figures = ['messages', 'documents', 'kiloCharacters', 'failures', 'medianMs', 'p95Ms'] as const;
  const names: readonly (keyof VolumeRow)[] = [...by, ...figures];
  const field = (value: VolumeRow[keyof VolumeRow]): string => {
    const text = String(value ?? '');
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [names.join(','), ...items.map((row) => names.map((name) => field(row[name])).join(','))].map((line) => `${line}\r\n`).join('');
}
