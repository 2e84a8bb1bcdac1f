import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Tolerated } from '../../store/counting.ts';
import type { ReadStore, Step } from '../../store/store.ts';
import { countPage } from './volumes.ts';

/** What is asked: days from `from` to `to`, both included; of one partner alone where it is named. */
export interface ToleratedAsked {
  readonly from: string; // `2026-11-01`
  readonly to: string;
  readonly partner?: string;
}

/** Of one day, partner and fault; `deviation`: which of the register of deviations it was. */
export interface ToleratedRow extends Tolerated {
  readonly deviation?: string;
}

/** In how many messages of a partner a fault was accepted on a day, because its agreement says so. */
export async function viewTolerated(store: ReadStore, { from, to, partner }: ToleratedAsked): Promise<{ readonly items: readonly ToleratedRow[] }> {
  const sums = new Map<string, Tolerated>();
  const add = (each: Tolerated): void => {
    if (each.day < from || each.day > to || (partner ?? each.partner) !== each.partner) return;
    const key = [each.day, each.partner, each.code].join('\0');
    sums.set(key, { ...each, messages: each.messages + (sums.get(key)?.messages ?? 0) });
  };
  (await store.counting.tolerated(from, to, partner)).forEach(add);
  for (let at = await store.counting.uncounted(); ;) {
    const { until, tolerated } = await countPage(store, at);
    tolerated.forEach(add);
    if (until === at) return { items: [...sums.keys()].sort().map((key) => rowOf(sums.get(key)!)) };
    at = until;
  }
}

/** RFC 4180, with a header. Codes, names and ids need no quotes. */
export const toleratedCsv = ({ items }: { readonly items: readonly ToleratedRow[] }): string =>
  [
    'day,partner,code,messages,deviation',
    ...items.map(({ day, partner, code, messages, deviation = '' }) => [day, partner, code, messages, deviation].join(',')),
  ]
    .map((line) => `${line}\r\n`)
    .join('');

/** What of the findings of a message was accepted, each once: by its code, a deviation of the register by its name too. */
export const toleratedOf = (findings: readonly Diagnostic[]): string[] => [
  ...new Set(findings.flatMap(({ code, args, tolerated }) => (tolerated ? [code === 'DEVIATION_ACCEPTED' ? `${code} ${args['name'] ?? ''}` : code] : []))),
];

function rowOf({ code: said, ...row }: Tolerated): ToleratedRow {
  const [code = '', deviation] = said.split(' ');
  return { ...row, code, ...(deviation === undefined ? {} : { deviation }) };
}

/** What an entry says of it: the record of a message names each once. */
export function toleratedIn({ at, record }: Step): Tolerated[] {
  const { tolerated = [] } = (typeof record?.detail === 'object' && record.detail !== null ? record.detail : {}) as { readonly tolerated?: readonly string[] };
  return tolerated.map((code) => ({ day: at.slice(0, 10), partner: record?.party ?? '', code, messages: 1 }));
}
