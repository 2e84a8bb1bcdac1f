import type { Code } from '../../diagnostics/codes.ts';
import { finding } from '../../diagnostics/diagnostic.ts';
import type { Place } from '../../diagnostics/place.ts';
import { readerLimits, type RecordLimits } from '../limits.ts';
import type { Interchange, MessageHeader, UnitHandler, UnitReader } from '../unit.ts';
import { Counts } from './counts.ts';
import { Cutter, type Cut } from './cutter.ts';
import { unterminated } from './ending.ts';
import { recogniser } from './identify.ts';
import type { Column, ColumnOf, Layout, RecordLayout } from './layout.ts';
import { Nesting } from './nesting.ts';
import type { RecordPlan } from './plan.ts';
import { RecordUnit } from './record-unit.ts';

export interface RecordReaderOptions {
  readonly source?: string; // file name, for places
  readonly limits?: Partial<RecordLimits> | undefined;
}

/**
 * Reads a file of records by its layout: one unit a record, its columns located and its numbers in the form that maps see. The records
 * that open and close an interchange are not handed out; what they say is in `Interchange`.
 */
export function recordReader(layout: Layout, handler: UnitHandler, options: RecordReaderOptions = {}): UnitReader {
  const limits = { ...readerLimits.records, ...options.limits };
  const reader = new Reader(layout, handler, limits, options.source ?? '');
  const cutter = new Cutter(
    layout,
    limits.recordBytes,
    (bytes, cut, base) => reader.record(bytes, cut, base),
    (start, end) => reader.beyond(start, end),
  );
  return {
    push: (chunk) => cutter.push(chunk),
    end() {
      const { open, unended } = cutter.finish();
      if (open !== undefined) reader.unclosed(open, cutter.offset);
      else if (unended) reader.unended(cutter.offset);
      reader.finish(cutter.offset);
    },
  };
}

class Reader {
  readonly unit: RecordUnit;
  readonly #layout: Layout;
  readonly #handler: UnitHandler;
  readonly #limits: RecordLimits;
  readonly #source: string;
  readonly #isFixed: boolean;
  readonly #recognise: (unit: RecordUnit) => RecordPlan;
  readonly #nesting: Nesting;
  readonly #counts: Counts;
  #interchanges = 0;
  #messages = 0;
  #records = 0; // of the message
  #interchange: Interchange | undefined;
  #message: MessageHeader | undefined;
  #headed: boolean;
  #afterEnd = 0; // behind the last record of the message
  #afterRecord = 0; // its number
  #limited = false; // too much was said of a message: the rest of it is passed over

  constructor(layout: Layout, handler: UnitHandler, limits: RecordLimits, source: string) {
    this.unit = new RecordUnit(layout, source);
    this.#layout = layout;
    this.#handler = handler;
    this.#limits = limits;
    this.#source = source;
    this.#isFixed = layout.form.kind === 'fixed';
    this.#recognise = recogniser(layout);
    this.#nesting = new Nesting(layout);
    this.#counts = new Counts(layout);
    this.#headed = layout.form.kind === 'delimited' && layout.form.header === 'required';
  }

  record(bytes: Buffer, cut: Cut, base: number): void {
    const { unit } = this;
    unit.take(bytes, cut, base);
    if (unit.isBlank) return;
    if (this.#headed) return this.#heading();
    const plan = this.#recognise(unit);
    unit.tabulate(plan);
    if (plan.opensInterchange) return this.#begin();
    if (plan.closesInterchange) return this.#end();
    if (!this.#interchange) {
      const { header } = this.#layout.interchange;
      this.#open();
      if (header !== undefined) this.#say('RECORDS_MISSING', { record: header, where: 'before this record' }, unit.place());
    }
    this.#inMessage(plan);
  }

  /** The first record of a file with a header: which column stands where. */
  #heading(): void {
    const { unit } = this;
    this.#headed = false;
    const [record] = this.#layout.records;
    const columns = record?.columns ?? [];
    const names = Array.from({ length: unit.fields }, (_, field) => unit.raw(field, 0).trim());
    unit.order = names.map((name) => columns.find(({ heading }) => heading.toLowerCase() === name.toLowerCase()));
    const strange = names.filter((name, field) => name !== '' && unit.order?.[field] === undefined);
    const lacking = columns.filter((column) => column.required && !unit.order?.includes(column)).map(({ heading }) => heading);
    if (strange.length > 0) this.#say('RECORDS_HEADING', { fault: `has ${quoted(strange)}, which the layout has not` }, unit.place());
    if (lacking.length > 0) this.#say('RECORDS_HEADING', { fault: `lacks ${quoted(lacking)}` }, unit.place());
  }

  #begin(): void {
    if (this.#interchange) this.#close(this.unit.base + this.unit.start, true);
    this.#open();
    this.#counts.add(this.unit.plan, 'interchange');
    this.#check();
  }

  #open(): void {
    const { unit } = this;
    const { sender, recipient, reference, preparedAt } = this.#layout.interchange;
    const stated = {
      sender: this.#stated(sender),
      recipient: this.#stated(recipient),
      reference: this.#stated(reference),
      preparedAt: this.#stated(preparedAt),
    };
    this.#interchange = {
      syntax: 'records',
      index: ++this.#interchanges,
      charset: { declared: this.#layout.encoding, detected: this.#layout.encoding },
      start: unit.base + unit.start,
      ...defined(stated),
    };
    this.#counts.begin('interchange');
    this.#handler.interchange?.(this.#interchange);
  }

  /** What the record at hand says, where it is the one that says it. */
  #stated(where: ColumnOf | undefined): string | undefined {
    if (where?.record !== this.unit.tag) return undefined;
    return this.unit.value(where.column) || undefined;
  }

  #end(): void {
    const { unit } = this;
    if (!this.#interchange) {
      this.#open();
      this.#say('RECORDS_MISSING', { record: this.#layout.interchange.header ?? '', where: 'before this record' }, unit.place());
    }
    this.#counts.add(unit.plan, 'interchange');
    this.#closeMessage();
    this.#check();
    this.#compare('interchange');
    this.#close(unit.base + unit.end, false);
  }

  #close(end: number, unended: boolean): void {
    this.#closeMessage();
    const interchange = this.#interchange;
    if (!interchange) return;
    const { trailer } = this.#layout.interchange;
    if (unended && trailer !== undefined) this.#say('RECORDS_MISSING', { record: trailer, where: 'at the end' }, { source: this.#source, start: end, end });
    this.#interchange = undefined;
    this.#handler.interchangeEnd?.(interchange, end);
  }

  #inMessage(plan: RecordPlan): void {
    const { unit } = this;
    const { record } = plan;
    this.#counts.add(plan, 'interchange');
    if (this.#message && plan.opensMessage) this.#closeMessage();
    if (!this.#message) {
      const { from, reference } = this.#layout.message;
      const isProper = from === undefined || plan.opensMessage;
      this.#openMessage(isProper ? this.#stated(reference) : undefined);
      if (!isProper) this.#say('RECORDS_ORDER', { record: unit.tag || 'a record', fault: `stands before any ${from}` }, unit.place());
    }
    unit.position = ++this.#records;
    this.#counts.add(plan, 'message');
    if (this.#limited) return;
    if (this.#records > this.#limits.records) {
      this.#limited = true;
      return this.#say('RECORDS_LIMIT', { allowed: String(this.#limits.records), what: 'records in one message', key: 'records' }, unit.place());
    }
    if (record) this.#nested(record, plan.number);
    this.#check();
    if (plan.states) this.#compare('message');
    this.#handler.unit?.(unit);
    this.#afterEnd = unit.base + unit.end;
    this.#afterRecord = unit.ordinal;
    if (plan.closesMessage) this.#closeMessage();
  }

  #openMessage(reference: string | undefined): void {
    const { unit } = this;
    this.#records = 0;
    this.#limited = false;
    this.#nesting.begin();
    this.#counts.begin('message');
    this.#message = {
      index: ++this.#messages,
      type: this.#layout.name,
      interchange: this.#interchange as Interchange,
      start: unit.base + unit.start,
      ...defined({ reference }),
    };
    this.#handler.message?.(this.#message);
  }

  #closeMessage(): void {
    const message = this.#message;
    if (!message) return;
    const [end, record] = [this.#afterEnd, this.#afterRecord];
    for (const fault of this.#nesting.end()) this.#say('RECORDS_MISSING', fault, { source: this.#source, start: end, end, record });
    this.#message = undefined;
    this.#handler.messageEnd?.(message);
  }

  #nested(record: RecordLayout, number: number): void {
    const { misplaced, missing, allowed } = this.#nesting.enter(number);
    for (const fault of missing) this.#say('RECORDS_MISSING', fault, this.unit.place());
    if (misplaced !== undefined) this.#say('RECORDS_ORDER', { record: record.tag, fault: `stands without ${misplaced}` }, this.unit.place());
    if (allowed !== undefined) this.#say('RECORDS_TOO_MANY', { record: record.tag, allowed: String(allowed) }, this.unit.place());
  }

  /** Every column of the record at hand. */
  #check(): void {
    const { unit } = this;
    const { record } = unit;
    if (!record) return this.#say('RECORDS_UNKNOWN', { beginning: unit.raw(0, 8) }, unit.place());
    if (unit.isSound) return;
    for (let atom = 0; atom < unit.size; atom++) {
      const column = unit.column(atom);
      if (!column) {
        this.#say('RECORDS_EXCESS', { record: record.tag, value: unit.text(atom).slice(0, 40) }, unit.place(atom));
        continue;
      }
      if (column.constant === undefined && column.type === 'text' && (column.length === 0 || this.#isFixed)) continue;
      const read = unit.read(atom);
      const name = `${record.tag}.${column.name}`;
      if (typeof read !== 'string') this.#say('RECORDS_VALUE', { value: unit.text(atom), column: name, type: read.why }, unit.place(atom), unit.text(atom));
      else if (column.constant !== undefined && read !== column.constant)
        this.#say('RECORDS_CONSTANT', { value: read, column: name, constant: column.constant }, unit.place(atom), read);
      else if (this.#layout.form.kind === 'delimited' && column.length > 0 && [...read].length > column.length)
        this.#say('RECORDS_VALUE', { value: read, column: name, type: `at most ${column.length} characters` }, unit.place(atom), read);
    }
    const { columns } = record;
    for (let i = 0; i < columns.length; i++) if (columns[i]!.required && !isThere(unit, columns[i]!)) this.#lacks(record, columns[i]!);
  }

  #lacks(record: RecordLayout, column: Column): void {
    this.#say('RECORDS_COLUMN_MISSING', { column: `${record.tag}.${column.name}` }, this.unit.columnPlace(column));
  }

  #compare(within: 'interchange' | 'message'): void {
    const { unit } = this;
    for (const { column, stated, counted, what } of this.#counts.compare(unit, within)) {
      this.#say(
        'RECORDS_COUNT',
        { column: `${unit.tag}.${column.name}`, stated, counted: String(counted), what },
        unit.columnPlace(column),
        stated,
        String(counted),
      );
    }
  }

  beyond(start: number, end: number): void {
    const allowed = String(this.#limits.recordBytes);
    this.#say('RECORDS_LIMIT', { allowed, what: 'bytes in one record', key: 'recordBytes' }, { source: this.#source, start, end });
  }

  unclosed(start: number, end: number): void {
    this.#say('RECORDS_QUOTE', {}, { source: this.#source, start, end });
  }

  /** The input ends without an end of the record at hand. */
  unended(end: number): void {
    const told = unterminated(this.unit, this.#layout, { source: this.#source, start: end, end });
    if (told) this.#handler.finding?.(told);
  }

  finish(offset: number): void {
    this.#close(offset, true);
  }

  #say(code: Code, args: Readonly<Record<string, string>>, data: Place, actual?: string, expected?: string): void {
    this.#handler.finding?.(finding(code, args, { data, actual, expected: expected === undefined ? undefined : [expected] }));
  }
}

const isThere = ({ keys, size }: RecordUnit, { number }: Column): boolean => {
  for (let atom = 0; atom < size; atom++) if ((keys[atom] as number) >>> 16 === number) return true;
  return false;
};

const quoted = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ');

/** Without the entries that are undefined. */
function defined<T extends Record<string, string | undefined>>(values: T): { [K in keyof T]?: string } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: string };
}
