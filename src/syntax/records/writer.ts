import { finding, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import { encode } from '../charset.ts';
import { keyElement, type Interchange, type OutAtoms, type UnitWriter } from '../unit.ts';
import { writeColumn } from './column.ts';
import type { Column, ColumnOf, Delimited, Fixed, Layout, RecordLayout } from './layout.ts';

export interface RecordWriterOptions {
  /** What the opening record says, where the layout has one. */
  readonly interchange?: Partial<Pick<Interchange, 'sender' | 'recipient' | 'reference' | 'preparedAt'>>;
  readonly finding?: (finding: Diagnostic) => void;
}

/** A time as S004 states it (`YYMMDD:HHMM`, `CCYYMMDD:HHMM`), in the digits that a column has room for. */
function stamp(preparedAt: string, length: number): string {
  const [date = '', time = ''] = preparedAt.split(':');
  const whole = date.length === 6 ? `20${date}` : date;
  return ({ 6: whole.slice(2), 8: whole, 10: whole.slice(2) + time, 12: whole + time } as Readonly<Record<number, string>>)[length] ?? '';
}

const empty = new Uint8Array(0);

/** Writes records by their layout, each as it is complete. `end` writes the closing record of the interchange. */
export function recordWriter(layout: Layout, sink: (bytes: Uint8Array) => void, options: RecordWriterOptions = {}): UnitWriter & { end(): void } {
  const { form, interchange } = layout;
  const records = new Map(layout.records.map((record) => [record.tag, record]));
  const written = { interchange: new Map<string, number>(), message: new Map<string, number>() };
  let begun = false;

  const unwritable = (column: string, value: string, reason: string): void =>
    options.finding?.(finding('RECORDS_UNWRITABLE', { column, value, reason }, { actual: value }));

  function begin(): void {
    if (begun) return;
    begun = true;
    const [first] = layout.records;
    if (form.kind === 'delimited' && form.header === 'required' && first)
      line(
        fieldsOf(
          form,
          placed(first, ({ heading }) => coded(heading)),
        ),
      );
    if (interchange.header !== undefined) write(interchange.header, new Map());
  }

  function write(tag: string, values: ReadonlyMap<number, string>): void {
    const record = records.get(tag);
    if (!record) return unwritable(tag, '', 'the layout has no such record');
    for (const within of ['interchange', 'message'] as const) written[within].set(tag, (written[within].get(tag) ?? 0) + 1);
    const texts = record.columns.map((column) => values.get(column.number) ?? column.constant ?? stated(tag, column));
    if (form.kind === 'fixed') sink(fixedRecord(form, record, texts));
    else line(delimitedRecord(form, record, texts));
  }

  /** What the writer knows by itself: envelope facts and counts. */
  function stated(tag: string, { name, length }: Column): string {
    const is = (where: ColumnOf | undefined): boolean => where?.record === tag && where.column === name;
    for (const fact of ['sender', 'recipient', 'reference'] as const) if (is(interchange[fact])) return options.interchange?.[fact] ?? '';
    if (is(interchange.preparedAt)) return stamp(options.interchange?.preparedAt ?? '', length);
    const count = layout.counts.find(is);
    if (!count) return '';
    let sum = 0;
    for (const [each, times] of written[count.within]) if (count.of.length === 0 || count.of.includes(each)) sum += times;
    return String(count.itself || !(count.of.length === 0 || count.of.includes(tag)) ? sum : sum - 1);
  }

  function bytesOf(record: RecordLayout, column: Column, text: string): Uint8Array {
    const bytes = writeColumn(column, layout.encoding, text, form.kind === 'fixed');
    if (bytes instanceof Uint8Array) return bytes;
    unwritable(`${record.tag}.${column.name}`, text, bytes.why);
    const filled = writeColumn(column, layout.encoding, '', form.kind === 'fixed');
    return filled instanceof Uint8Array ? filled : empty;
  }

  function fixedRecord({ width, lines }: Fixed, record: RecordLayout, texts: readonly string[]): Uint8Array {
    const size = Math.max(width, ...record.columns.map(({ at, length }) => at + length), ...record.marks.map(({ at, text }) => at + text.length));
    const out = Buffer.alloc(size + (lines ? ending.length : 0), coded(' '));
    record.columns.forEach((column, i) => out.set(bytesOf(record, column, texts[i] ?? ''), column.at));
    for (const { at, text } of record.marks) out.set(coded(text), at);
    if (lines) out.set(ending, size);
    return out;
  }

  function delimitedRecord(delimited: Delimited, record: RecordLayout, texts: readonly string[]): Uint8Array {
    const fields = placed(record, (column, i) => bytesOf(record, column, texts[i] ?? ''));
    for (const { at, text } of record.marks) fields[at] = coded(text);
    return fieldsOf(delimited, fields);
  }

  /** Each column in its field; what stands between them is empty. */
  function placed({ columns, marks }: RecordLayout, bytes: (column: Column, i: number) => Uint8Array): Uint8Array[] {
    const fields = new Array<Uint8Array>(Math.max(0, ...[...columns, ...marks].map(({ at }) => at + 1))).fill(empty);
    columns.forEach((column, i) => (fields[column.at] = bytes(column, i)));
    return fields;
  }

  function fieldsOf({ separator, quote }: Delimited, fields: readonly Uint8Array[]): Buffer {
    const pieces: Uint8Array[] = [];
    fields.forEach((field, i) => {
      if (i > 0) pieces.push(coded(separator));
      const text = Buffer.from(field).toString('latin1');
      const asks = quote !== '' && (text.includes(separator) || text.includes(quote) || /[\r\n]|^\s|\s$/.test(text));
      pieces.push(asks ? Buffer.from(quote + text.replaceAll(quote, quote + quote) + quote, 'latin1') : field);
      if (!asks && (text.includes(separator) || /[\r\n]/.test(text))) unwritable('', text, `no \`${separator}\` and no line break, because nothing is quoted`);
    });
    return Buffer.concat(pieces);
  }

  const line = (bytes: Uint8Array): void => sink(Buffer.concat([bytes, ending]));
  const coded = (text: string): Uint8Array => {
    const encoded = encode(layout.encoding, text);
    return encoded.ok ? encoded.bytes : Buffer.alloc(text.length, 0x3f);
  };
  const ending = /^cp(037|500)$/.test(layout.encoding) ? Uint8Array.of(0x15) : Uint8Array.of(0x0d, 0x0a);

  return {
    beginMessage() {
      begin();
      written.message.clear();
    },
    unit(tag, atoms: OutAtoms) {
      const values = new Map<number, string>();
      for (let i = 0; i < atoms.size; i++) values.set(keyElement(atoms.keys[i] as number), atoms.texts[i] as string);
      write(tag, values);
    },
    open: () => undefined, // records do not nest in the bytes
    close: () => undefined,
    endMessage: () => undefined,
    end() {
      begin();
      if (interchange.trailer !== undefined) write(interchange.trailer, new Map());
    },
  };
}
