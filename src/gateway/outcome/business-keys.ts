import type { DictionaryClass } from '../../dictionary/dictionary.ts';
import type { Rows } from '../../dictionary/rows.ts';

/** What the keys of a kind begin with, where that is searched by too. */
interface Prefix {
  readonly of: RegExp; // keys in their form
  readonly length: number;
}

interface KeyKind {
  readonly kind: string;
  readonly prefix?: Prefix;
}

const document: KeyKind = { kind: 'document' };
const permit: KeyKind = { kind: 'permit' };
const ucr: KeyKind = { kind: 'ucr' };
// The number of an air waybill is the airline's three digits and eight more (IATA Resolution 600a).
const bill: KeyKind = { kind: 'bill', prefix: { of: /^\d{11}$/, length: 3 } };
// ISO 6346: owner code and category lead; the check digit may be left out.
const container: KeyKind = { kind: 'container', prefix: { of: /^[A-Z]{3}[UJZ]\d{6,7}$/, length: 4 } };

/**
 * What people search a message by: class and attribute, wherever in the data model the class stands, so that a bill is found
 * at every level of a nest of consignments and in every format.
 */
const kinds: Readonly<Record<string, KeyKind>> = {
  'Declaration.ID': document, // an MRN where customs gave the number
  'Declaration.FunctionalReferenceID': document,
  'Response.FunctionalReferenceID': document,
  'Response.OriginalReferenceID': document,
  'PreviousDocument.ID': document,
  'AdditionalReference.ID': document,
  'Invoice.ID': document,
  'ObligationGuarantee.ID': document,
  'ObligationGuarantee.ReferenceID': document,
  'GuaranteeReference.ID': document,
  'GuaranteeReference.ReferenceID': document,
  'TransportContractDocument.ID': bill,
  'AssociatedTransportDocument.ID': bill,
  'TransportDocument.ID': bill,
  'UCR.ID': ucr,
  'UCR.TraderAssignedReferenceID': ucr,
  'TransportEquipment.ID': container,
  'AttachedTransportEquipment.ID': container,
  'AttachedEquipment.ID': container,
  'Seal.ID': { kind: 'seal' },
  'AdditionalDocument.ID': permit,
  'SupportingDocument.ID': permit,
  'Authorisation.ID': permit,
};

/**
 * How a key is asked for and kept beside what is stated, so that it is found however somebody types it: upper case, letters
 * and digits alone. `mscu 123456-6` is `MSCU1234566`, `157-1234 5675` is `15712345675`. Who must tell apart what case and
 * punctuation tell apart asks for the key as it is stated (`exact`).
 */
export function searchForm(text: string): string {
  const upper = text.normalize('NFKC').toUpperCase().trim();
  return upper.replace(/[^\p{L}\p{M}\p{N}]+/gu, '') || upper;
}

/** A key as it is stated, with its form where that is another. */
export const withForm = (value: string): { readonly value: string; readonly form?: string } => {
  const form = searchForm(value);
  return form === value ? { value } : { value, form };
};

export interface FoundKey {
  readonly kind: string;
  readonly path: string;
  readonly value: string; // as stated
  readonly form?: string; // as people find it, where that is another
  readonly prefix?: string;
}

/** The attributes of a class that are business keys. */
interface KeyAttribute extends KeyKind {
  readonly slot: number;
  readonly path: string;
}

const attributes = new WeakMap<DictionaryClass, readonly KeyAttribute[]>();

function keyAttributesOf(cls: DictionaryClass): readonly KeyAttribute[] {
  let found = attributes.get(cls);
  if (!found) {
    found = cls.attributes.flatMap(({ slot, path }) => {
      const kind = kinds[path.slice(path.lastIndexOf('/') + 1)];
      return kind ? [{ slot, path, ...kind }] : [];
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
      const key = withForm(value);
      const { form = value } = key;
      const leading = prefix?.of.test(form) ? { prefix: form.slice(0, prefix.length) } : {};
      found.set(`${path}\0${value}`, { kind, path, ...key, ...leading });
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
