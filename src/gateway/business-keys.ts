import type { DictionaryClass } from '../dictionary/dictionary.ts';
import type { Rows } from '../dictionary/rows.ts';

/**
 * What people search a message by, by WCO id: an id names a data element wherever it stands, so that a bill is found at
 * every level of a nest of consignments and in every format.
 */
const kinds: Readonly<Record<string, { readonly kind: string; readonly prefix?: number }>> = {
  D014: { kind: 'document' }, // document reference number
  D026: { kind: 'document' }, // functional reference number
  D023: { kind: 'bill', prefix: 3 }, // transport document number; of an air waybill the first three digits are the airline's
  D008: { kind: 'bill', prefix: 3 }, // associated transport document number
  '016': { kind: 'ucr' }, // unique consignment reference number
  '159': { kind: 'container', prefix: 4 }, // equipment identification number; the owner code leads
  '165': { kind: 'seal' },
  D005: { kind: 'document' }, // additional document: permits, licences
  D018: { kind: 'document' }, // previous document
};

export interface FoundKey {
  readonly kind: string;
  readonly path: string;
  readonly value: string;
  readonly prefix?: string;
}

/** The attributes of a class that are business keys. */
interface KeyAttribute {
  readonly slot: number;
  readonly path: string;
  readonly kind: string;
  readonly prefix: number | undefined;
}

const attributes = new WeakMap<DictionaryClass, readonly KeyAttribute[]>();

function keyAttributesOf(cls: DictionaryClass): readonly KeyAttribute[] {
  let found = attributes.get(cls);
  if (!found) {
    found = cls.attributes.flatMap(({ slot, path, wco }) => {
      const kind = wco === undefined ? undefined : kinds[wco];
      return kind ? [{ slot, path, kind: kind.kind, prefix: kind.prefix }] : [];
    });
    attributes.set(cls, found);
  }
  return found;
}

/** The business keys that stand in the rows, each once. */
export function businessKeys(rows: Rows): FoundKey[] {
  const found = new Map<string, FoundKey>();
  for (let row = 0; row < rows.size; row++) {
    if (rows.removed(row)) continue;
    for (const { slot, path, kind, prefix } of keyAttributesOf(rows.class(row))) {
      const value = rows.get(row, slot);
      if (typeof value !== 'string' || value === '') continue;
      const leading = prefix !== undefined && value.length > prefix ? { prefix: value.slice(0, prefix) } : {};
      found.set(`${path}\0${value}`, { kind, path, value, ...leading });
    }
  }
  return [...found.values()];
}

const [documentNumberId, transportNumberId] = ['D014', 'D023']; // WCO ids

/** What a message calls itself: the number of its document, else of the first transport document that it is about; '' where it has none. */
export function documentNumber(rows: Rows): string {
  const first = (among: Iterable<number>, id: string | undefined): string | undefined => {
    for (const row of among) {
      const attribute = rows.removed(row) ? undefined : rows.class(row).attributes.find(({ wco }) => wco === id);
      const value = attribute && rows.get(row, attribute.slot);
      if (typeof value === 'string' && value !== '') return value;
    }
    return undefined;
  };
  return first(rows.roots(), documentNumberId) ?? first(Array(rows.size).keys(), transportNumberId) ?? '';
}
