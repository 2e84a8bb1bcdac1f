import { encode } from '../charset.ts';
import { isCoded } from './column.ts';
import type { Column, Layout, RecordLayout } from './layout.ts';

/** A record as readers go through it: what its layout says of it and of its columns, found once. */
export interface RecordPlan {
  readonly record: RecordLayout | undefined; // none: no record of the layout
  readonly number: number; // among the records of the layout; one more than them all: none
  readonly tag: string; // '' where it is none
  readonly opensInterchange: boolean;
  readonly closesInterchange: boolean;
  readonly opensMessage: boolean; // where the layout says which record does
  readonly closesMessage: boolean;
  readonly states: boolean; // how many records there are
  readonly required: number; // of its columns
  readonly width: number; // bytes up to the end of the last column
  readonly fields: readonly (Column | undefined)[]; // delimited: the column of each field
  readonly marked: readonly boolean[]; // delimited: whether a field is a mark, and no column
  readonly ats: Int32Array; // per column: the first byte
  readonly lengths: Int32Array; // bytes
  readonly kinds: Int32Array; // of `columnKind`
}

/** What is to be done with a fixed column, as bits. */
export const columnKind = {
  CODED: 1, // half bytes or bits, whose filling is not told by the byte
  FILLED_LEFT: 2,
  DIGITS: 4, // digits alone are a value of it
  READ: 8, // only who reads it knows whether it is a value of the column
  REQUIRED: 16,
} as const;

/** One plan for each record in the order of the layout, and behind them the one of what is no record of it. */
export function recordPlans(layout: Layout): readonly RecordPlan[] {
  const known = plans.get(layout);
  if (known) return known;
  const made = [...layout.records, undefined].map((record, number) => planOf(layout, record, number));
  plans.set(layout, made);
  return made;
}

const plans = new WeakMap<Layout, readonly RecordPlan[]>();

function planOf(layout: Layout, record: RecordLayout | undefined, number: number): RecordPlan {
  const { interchange, message, counts } = layout;
  const { tag = '', columns = [] } = record ?? {};
  const is = (role: string | undefined): boolean => record !== undefined && tag === role;
  const zero = encode(layout.encoding, '0');
  const kindOf = (column: Column): number => kindIn(column, zero.ok && zero.bytes.length === 1);
  const fields: (Column | undefined)[] = [];
  const marked: boolean[] = [];
  if (layout.form.kind === 'delimited') {
    for (const column of columns) fields[column.at] = column;
    for (const { at } of record?.marks ?? []) marked[at] = fields[at] === undefined;
  }
  return {
    record,
    number,
    tag,
    opensInterchange: is(interchange.header),
    closesInterchange: is(interchange.trailer),
    opensMessage: is(message.from),
    closesMessage: is(message.to),
    states: counts.some((count) => is(count.record)),
    required: columns.filter((column) => column.required).length,
    width: Math.max(0, ...columns.map(({ at, length }) => at + length)),
    fields,
    marked,
    ats: Int32Array.from(columns, ({ at }) => at),
    lengths: Int32Array.from(columns, ({ length }) => length),
    kinds: Int32Array.from(columns, kindOf),
  };
}

/** `told`: digits are told by their bytes. */
function kindIn(column: Column, told: boolean): number {
  const { type, decimals, sign, constant } = column;
  const { CODED, FILLED_LEFT, DIGITS, READ, REQUIRED } = columnKind;
  const isDigits = told && (type === 'digits' || (type === 'number' && decimals !== undefined && sign === 'none'));
  return (
    (column.required ? REQUIRED : 0) |
    (isCoded(column) ? CODED : column.right || type !== 'text' ? FILLED_LEFT : 0) |
    (constant !== undefined ? READ : type === 'text' ? 0 : isDigits ? DIGITS : READ)
  );
}
