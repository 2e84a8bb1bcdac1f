import { createHash } from 'node:crypto';
import { tariffFor, type Tariff, type TariffLine } from '../../partners/tariffs.ts';
import { canonicalJson } from '../../store/canonical.ts';
import type { Volume } from '../../store/counting.ts';
import type { Json, ReadStore } from '../../store/store.ts';
import { countPage, Tally, volumesOf } from './volumes.ts';

/** A month of a partner: what was counted, from which entries of which log, and what it costs by which tariff. */
export interface Invoice {
  readonly v: 1;
  readonly partner: string;
  readonly month: string;
  readonly state: 'open' | 'closed'; // closed: the log has entries of a later month, so none of this one can come any more
  readonly log: { readonly origin: string; readonly first: number; readonly next: number; readonly checkpoint: string | null };
  readonly tariff: Tariff;
  readonly lines: readonly InvoiceLine[];
  readonly total: string;
  readonly sha256: string; // of the RFC 8785 text of all but this
}

export interface InvoiceLine {
  readonly line: string;
  readonly text: string;
  readonly unit: string;
  readonly quantity: number;
  readonly charged: number; // above what is included
  readonly price: string;
  readonly amount: string;
}

/** Made of the log and of the tariff of that month alone: the same command gives the same bytes years later. Undefined without a tariff. */
export async function invoiceFor(store: ReadStore, tariffs: readonly Tariff[], partner: string, month: string): Promise<Invoice | undefined> {
  const tariff = tariffFor(tariffs, partner, month);
  if (!tariff) return undefined;
  const days = { from: `${month}-01`, until: `${monthAfter(month)}-01` };
  const asked = { ...days, partner, by: ['partner', 'agency', 'type'] } as const;
  const volumes = [...(await volumesOf(store, { ...asked, delivered: false })), ...(await volumesOf(store, { ...asked, delivered: true }))];
  return priced(partner, month, tariff, volumes, await rangeOf(store, month));
}

/** Whether the log says what the invoice says: its entries are counted anew, one by one, and priced by the tariff in it. `erased`: of how many nobody knows any more what they count. */
export async function verifyInvoice(
  store: ReadStore,
  invoice: Invoice,
): Promise<{ readonly ok: boolean; readonly erased: number; readonly expected: Invoice }> {
  const { partner, month, tariff } = invoice;
  const range = await rangeOf(store, month);
  const tally = new Tally();
  let erased = 0;
  for (let from = range.first; from < range.next;) {
    const { until, volumes, erased: gone } = await countPage(store, from, range.next);
    erased += gone;
    for (const volume of volumes) if (volume.partner === partner) tally.add(volume);
    from = until;
  }
  const expected = priced(partner, month, tariff, tally.all, range);
  return { ok: invoiceText(invoice) === invoiceText(expected), erased, expected };
}

export const invoiceText = (invoice: Invoice): string => `${canonicalJson(invoice as unknown as Json)}\n`;

interface Range {
  readonly origin: string;
  readonly first: number;
  readonly next: number; // the first entry after the month, or what the next one will be
  readonly closed: boolean;
  readonly checkpoint: string | null;
}

async function rangeOf(store: ReadStore, month: string): Promise<Range> {
  const at = (day: string): Promise<number> => store.counting.indexAt(`${day}T00:00:00.000Z`);
  const [first, next] = [await at(`${month}-01`), await at(`${monthAfter(month)}-01`)];
  const closed = next < (await store.size());
  return { origin: store.origin, first, next, closed, checkpoint: closed && next > 0 ? ((await store.checkpoint(next)) ?? null) : null };
}

function priced(partner: string, month: string, tariff: Tariff, volumes: readonly Volume[], { origin, first, next, closed, checkpoint }: Range): Invoice {
  const made = tariff.lines.map((line) => lineOf(line, volumes));
  const cents = made.reduce((sum, { cents }) => sum + cents, 0n);
  const body = {
    v: 1 as const,
    partner,
    month,
    state: closed ? ('closed' as const) : ('open' as const),
    log: { origin, first, next, checkpoint },
    tariff,
    lines: made.map(({ line }) => line),
    total: money(cents),
  };
  return {
    ...body,
    sha256: createHash('sha256')
      .update(canonicalJson(body as unknown as Json))
      .digest('hex'),
  };
}

function lineOf(tariff: TariffLine, volumes: readonly Volume[]): { readonly line: InvoiceLine; readonly cents: bigint } {
  const { line, text, unit, price, included = 0 } = tariff;
  const quantity = quantityOf(tariff, volumes);
  const charged = Math.max(0, quantity - included);
  const cents = (micro(price) * BigInt(charged) + 5_000n) / 10_000n; // half a cent is rounded up
  return { line: { line, text, unit, quantity, charged, price, amount: money(cents) }, cents };
}

function quantityOf({ unit, types, agencies }: TariffLine, volumes: readonly Volume[]): number {
  if (unit === 'month') return 1;
  const counts = volumes.filter(({ agency, type }) => (agency !== '') === (unit === 'delivery') && (types?.includes(type) ?? true) && (agency === '' || (agencies?.includes(agency) ?? true))); // prettier-ignore
  const sum = (of: (volume: Volume) => number): number => counts.reduce((total, volume) => total + of(volume), 0);
  if (unit === 'document') return sum(({ documents }) => documents);
  return unit === 'kilo-character' ? Math.ceil(sum(({ characters }) => characters) / 1_000) : sum(({ messages }) => messages);
}

/** A millionth of a unit of the currency is the least that a price can state. */
function micro(price: string): bigint {
  const [whole = '0', part = ''] = price.split('.');
  return BigInt(whole) * 1_000_000n + BigInt(part.padEnd(6, '0'));
}

const money = (cents: bigint): string => `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`;

export function monthAfter(month: string): string {
  const [year, number] = month.split('-').map(Number) as [number, number];
  return number === 12 ? `${String(year + 1).padStart(4, '0')}-01` : `${String(year).padStart(4, '0')}-${String(number + 1).padStart(2, '0')}`;
}
