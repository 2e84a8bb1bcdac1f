import type { Place } from '../../diagnostics/place.ts';
import { decode, encode } from '../charset.ts';
import { atomKey, keyElement, type Unit } from '../unit.ts';
import { isFilling, readColumn, readText } from './column.ts';
import type { Cut } from './cutter.ts';
import type { Column, Layout, RecordLayout } from './layout.ts';
import { NextByte } from './next-byte.ts';
import { columnKind, recordPlans, type RecordPlan } from './plan.ts';

const { CODED, FILLED_LEFT, DIGITS, READ, REQUIRED } = columnKind;

const nothing = Buffer.alloc(0);

/** The one view that the reader of records moves from record to record. Atoms are the columns that are not empty; keys are (column, 1). */
export class RecordUnit implements Unit {
  readonly kind = 'segment';
  tag = '';
  position = 0; // the first record of a message is 1
  bytes: Buffer = nothing;
  base = 0;
  start = 0;
  end = 0;
  size = 0;
  keys: Int32Array = new Int32Array(64);
  repetitions: Int32Array = new Int32Array(64); // always 0
  starts: Int32Array = new Int32Array(64);
  ends: Int32Array = new Int32Array(64);
  record: RecordLayout | undefined;
  ordinal = 0; // of the record in the source, from 1
  fields = 0; // of a delimited record
  order: readonly (Column | undefined)[] | undefined; // the columns of the fields, where a header says so
  plan: RecordPlan;
  /** Of fixed columns: each that must be there is, and each that is there holds a value. Where not, it takes a closer look to say so. */
  isSound = false;
  readonly #layout: Layout;
  readonly #source: string;
  readonly #blank: number;
  readonly #zero: number; // the byte of the digit 0
  readonly #blanks: number; // four of them, as a word
  readonly #separator: number;
  readonly #separators: NextByte;
  readonly #quote: number;
  #words: DataView = new DataView(nothing.buffer);
  #doubled: Uint8Array = new Uint8Array(64); // per atom: quotes inside are doubled
  #fieldStarts: Int32Array = new Int32Array(64);
  #fieldEnds: Int32Array = new Int32Array(64);
  #fieldDoubled: Uint8Array = new Uint8Array(64);

  constructor(layout: Layout, source: string) {
    const { form } = layout;
    const blank = encode(layout.encoding, ' ');
    this.#layout = layout;
    this.#source = source;
    this.#blank = blank.ok ? (blank.bytes[0] as number) : 0x20;
    this.#blanks = (this.#blank * 0x01010101) | 0;
    const zero = encode(layout.encoding, '0');
    this.#zero = zero.ok ? (zero.bytes[0] as number) : 0x30;
    this.plan = recordPlans(layout).at(-1)!;
    this.#separator = form.kind === 'delimited' ? form.separator.charCodeAt(0) : 0;
    this.#separators = new NextByte(this.#separator);
    this.#quote = form.kind === 'delimited' && form.quote !== '' ? form.quote.charCodeAt(0) : 0;
  }

  /** Takes a record; its tag and its atoms come with `recognise` and `tabulate`. */
  take(bytes: Buffer, { start, end }: Cut, base: number): void {
    if (bytes !== this.bytes) this.#words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.bytes = bytes;
    this.base = base;
    this.start = start;
    this.end = end;
    this.size = 0;
    this.record = undefined;
    this.tag = '';
    this.ordinal++;
    if (this.#layout.form.kind === 'delimited') this.#part();
  }

  /** Whether nothing stands in the record. */
  get isBlank(): boolean {
    for (let i = this.start; i < this.end; i++) if (this.bytes[i] !== this.#blank && this.bytes[i] !== this.#separator) return false;
    return true;
  }

  /** The text of a field or of so many bytes, as it stands. */
  raw(at: number, length: number): string {
    const { encoding, form } = this.#layout;
    if (form.kind === 'delimited')
      return at < this.fields ? this.#fieldText(this.#fieldStarts[at] as number, this.#fieldEnds[at] as number, this.#fieldDoubled[at] === 1) : '';
    const from = Math.min(this.start + at, this.end);
    return decode(encoding, this.bytes, from, Math.min(from + length, this.end));
  }

  /** Becomes a record of this layout: its columns are located. What stands in none of them is an atom too; a mark is none. */
  tabulate(plan: RecordPlan): void {
    this.plan = plan;
    this.record = plan.record;
    this.tag = plan.tag;
    this.size = 0;
    if (this.#layout.form.kind === 'delimited') this.#tabulateFields(plan);
    else this.#tabulateColumns(plan);
  }

  #tabulateColumns({ ats, lengths, kinds, width, required }: RecordPlan): void {
    while (this.keys.length <= ats.length) this.#grow();
    const { bytes, keys, starts, ends, start: begin, end: limit } = this;
    const [words, blank, blanks, zero] = [this.#words, this.#blank, this.#blanks, this.#zero];
    let size = 0;
    let lacking = required;
    let sound = true;
    for (let i = 0; i < ats.length; i++) {
      let start = begin + ats[i]!;
      let end = Math.min(start + lengths[i]!, limit);
      const kind = kinds[i]!;
      if ((kind & CODED) !== 0) {
        if (start >= end || isFilling(bytes, start, end, blank)) continue;
      } else {
        while (end - start >= 4 && words.getInt32(end - 4) === blanks) end -= 4;
        while (end > start && isFill(bytes[end - 1]!, blank)) end--;
        if (end <= start) continue;
        if ((kind & FILLED_LEFT) !== 0) while (isFill(bytes[start]!, blank)) start++;
        if ((kind & DIGITS) !== 0) for (let at = start; at < end; at++) if ((bytes[at]! - zero) >>> 0 > 9) sound = false;
      }
      if ((kind & READ) !== 0) sound = false;
      if ((kind & REQUIRED) !== 0) lacking--;
      keys[size] = atomKey(i + 1, 1);
      starts[size] = start;
      ends[size++] = end;
    }
    this.size = size;
    if (begin + width < limit) this.#excess(ats.length + 1, begin + width);
    this.isSound = sound && lacking === 0 && this.size === size;
  }

  /** What stands behind the last column, blanks left out. */
  #excess(number: number, start: number): void {
    let { end } = this;
    while (end > start && isFill(this.bytes[end - 1]!, this.#blank)) end--;
    while (start < end && isFill(this.bytes[start]!, this.#blank)) start++;
    if (end > start) this.#add(number, start, end, false);
  }

  #tabulateFields({ record, fields, marked }: RecordPlan): void {
    const beyond = (record?.columns.length ?? 0) + 1;
    const { order } = this;
    for (let field = 0; field < this.fields; field++) {
      const column = order ? order[field] : fields[field];
      const start = this.#fieldStarts[field] as number;
      const end = this.#fieldEnds[field] as number;
      if (end <= start || (!order && marked[field])) continue;
      this.#add(column?.number ?? beyond + field, start, end, this.#fieldDoubled[field] === 1);
    }
  }

  #add(number: number, start: number, end: number, doubled: boolean): void {
    if (this.size === this.keys.length) this.#grow();
    this.keys[this.size] = atomKey(number, 1);
    this.starts[this.size] = start;
    this.ends[this.size] = end;
    this.#doubled[this.size++] = doubled ? 1 : 0;
  }

  #grow(): void {
    const size = 2 * this.keys.length;
    this.keys = larger(this.keys, new Int32Array(size));
    this.repetitions = new Int32Array(size);
    this.starts = larger(this.starts, new Int32Array(size));
    this.ends = larger(this.ends, new Int32Array(size));
    this.#doubled = larger(this.#doubled, new Uint8Array(size));
  }

  /** Parts a delimited record into fields. */
  #part(): void {
    const { bytes, start, end } = this;
    let field = 0;
    for (let at = start; ;) {
      if (field === this.#fieldStarts.length) this.#growFields();
      let doubled = 0;
      let from = at;
      let to: number;
      if (this.#quote > 0 && bytes[at] === this.#quote && at < end) {
        from = at + 1;
        for (at = from; at < end; at++) {
          if (bytes[at] !== this.#quote) continue;
          if (bytes[at + 1] !== this.#quote || at + 1 >= end) break;
          doubled = 1;
          at++;
        }
        to = at;
        at = Math.min(this.#separators.in(bytes, at), end);
        if (at > to + 1) [from, to, doubled] = [from - 1, at, 0]; // something follows the closing quote: the field is as it stands
      } else {
        at = to = Math.min(this.#separators.in(bytes, at), end);
      }
      this.#fieldStarts[field] = from;
      this.#fieldEnds[field] = to;
      this.#fieldDoubled[field++] = doubled;
      if (at >= end) break;
      at++;
    }
    this.fields = field;
  }

  #growFields(): void {
    const size = 2 * this.#fieldStarts.length;
    this.#fieldStarts = larger(this.#fieldStarts, new Int32Array(size));
    this.#fieldEnds = larger(this.#fieldEnds, new Int32Array(size));
    this.#fieldDoubled = larger(this.#fieldDoubled, new Uint8Array(size));
  }

  #fieldText(start: number, end: number, doubled: boolean): string {
    const text = decode(this.#layout.encoding, this.bytes, start, end);
    const quote = String.fromCharCode(this.#quote);
    return doubled ? text.replaceAll(quote + quote, quote) : text;
  }

  name(): undefined {
    return undefined;
  }

  /** The column of an atom; none of what stands beyond the columns. */
  column(atom: number): Column | undefined {
    return this.record?.columns[keyElement(this.keys[atom] as number) - 1];
  }

  /** In the form in which maps see it: numbers with their point and sign. What is no value of its column is as it stands. */
  text(atom: number): string {
    const read = this.read(atom);
    return typeof read === 'string' ? read : this.#fieldText(this.starts[atom] as number, this.ends[atom] as number, this.#doubled[atom] === 1);
  }

  read(atom: number): ReturnType<typeof readColumn> {
    const column = this.column(atom) ?? excess;
    const start = this.starts[atom] as number;
    const end = this.ends[atom] as number;
    if (this.#layout.form.kind === 'delimited') return readText(column, this.#fieldText(start, end, this.#doubled[atom] === 1));
    return readColumn(column, this.#layout.encoding, this.bytes, start, end);
  }

  /** The value of a column by its name; '' where it is empty. */
  value(name: string): string {
    const number = this.record?.columns.find((column) => column.name === name)?.number ?? 0;
    const atom = this.keys.subarray(0, this.size).indexOf(atomKey(number, 1));
    return atom < 0 ? '' : this.text(atom);
  }

  place(atom?: number): Place {
    if (atom === undefined) return this.#placeOf(this.start, this.end, this.tag === '' ? undefined : this.tag);
    return this.#placeOf(this.starts[atom] as number, this.ends[atom] as number, `${this.tag}.${this.column(atom)?.name ?? '?'}`);
  }

  /** The place of a column, whether anything stands there or not. */
  columnPlace(column: Column): Place {
    const atom = this.keys.subarray(0, this.size).indexOf(atomKey(column.number, 1));
    if (atom >= 0) return this.place(atom);
    const fixed = this.#layout.form.kind === 'fixed';
    const from = fixed ? Math.min(this.start + column.at, this.end) : this.start;
    return this.#placeOf(from, fixed ? Math.min(from + column.length, this.end) : this.end, `${this.tag}.${column.name}`);
  }

  #placeOf(start: number, end: number, column: string | undefined): Place {
    return { source: this.#source, start: this.base + start, end: this.base + end, record: this.ordinal, ...(column === undefined ? {} : { column }) };
  }
}

function larger<T extends Int32Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** Filling: the blank of the charset, or a binary zero. */
const isFill = (byte: number, blank: number): boolean => byte === blank || byte === 0;

/** What stands where the layout has no column. */
const excess: Column = {
  name: '',
  number: 0,
  at: 0,
  length: 0,
  type: 'text',
  decimals: undefined,
  sign: 'none',
  point: '.',
  right: true,
  constant: undefined,
  required: false,
  heading: '',
};
