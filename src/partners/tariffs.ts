import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Loaded } from '../language/loaded.ts';

/** What a line of a tariff counts. `month` is one a month. */
export type TariffUnit = 'message' | 'document' | 'kilo-character' | 'delivery' | 'month';

/** One line: so much for each unit above those that are included. */
export interface TariffLine {
  readonly line: string;
  readonly text: string;
  readonly unit: TariffUnit;
  readonly price: string; // decimal, of one unit
  readonly included?: number; // units a month that cost nothing
  readonly types?: readonly string[]; // of messages; any where absent
  readonly agencies?: readonly string[]; // of deliveries; any where absent
}

/**
 * A price list as data: `tariffs/*.yaml`. It counts for the months from `from` to `until`; a price that changes is a tariff with
 * another `from`, so that the invoice of a month that is past stays what it was.
 */
export interface Tariff {
  readonly tariff: string;
  readonly name: string;
  readonly currency: string; // ISO 4217
  readonly from: string; // month: `2026-01`
  readonly until?: string; // the last month
  readonly partners?: readonly string[]; // for whom; for all that no other tariff names where absent
  readonly lines: readonly TariffLine[];
}

/** The tariffs, with what they name that nobody is. */
export function readTariffs(files: readonly Loaded<Tariff>[], partners: ReadonlySet<string>, findings: Diagnostic[]): readonly Tariff[] {
  for (const file of files)
    for (const [i, partner] of (file.value.partners ?? []).entries())
      if (!partners.has(partner))
        findings.push(finding('CONFIG_UNKNOWN_NAME', { what: 'partner', name: partner }, { rule: file.at('partners', i), actual: partner }));
  return files.map(({ value }) => value);
}

/** The tariff of a partner in a month: one that names it before one for all, and of several the newest. */
export function tariffFor(tariffs: readonly Tariff[], partner: string, month: string): Tariff | undefined {
  const inForce = tariffs.filter(({ from, until, partners }) => from <= month && (until ?? month) >= month && (partners?.includes(partner) ?? true));
  const newest = (among: readonly Tariff[]): Tariff | undefined => among.toSorted((a, b) => (a.from < b.from ? 1 : -1))[0];
  return newest(inForce.filter(({ partners }) => partners)) ?? newest(inForce);
}
