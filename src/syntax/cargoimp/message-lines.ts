import type { Code } from '../../diagnostics/codes.ts';
import { finding } from '../../diagnostics/diagnostic.ts';
import type { Place } from '../../diagnostics/place.ts';
import { charsetOf, decode, detect, type Encoding } from '../charset.ts';
import type { UnitHandler } from '../unit.ts';
import type { Grammar, Row } from './grammar.ts';
import { readLine, type Patience, type Piece, type Span } from './line.ts';
import { IDENTIFICATION } from './directory.ts';
import { LineUnit, type Stated } from './line-unit.ts';
import { checkDigitHolds, fieldTitle, formatInWords, type Field } from './pattern.ts';
import { begin, missingAtEnd, placesOf, type Position } from './walker.ts';

/** A line of a message: its text without control characters, and where in the bytes it begins. */
export interface LineOfMessage {
  readonly bytes: Buffer;
  readonly base: number; // of the bytes, in the source
  readonly from: number; // of the text, in the bytes
  readonly text: string; // one character a byte
  readonly end: number; // in the bytes and what follows them: after the line break
}

interface Options {
  readonly grammar: Grammar | undefined;
  readonly source: string;
  readonly message: number;
  readonly patience: Patience;
}

/** The last unit, from which one that continues it may inherit. */
interface Before {
  readonly piece: Piece;
  readonly inherited: readonly Stated[];
  readonly text: string; // of the line
  readonly start: number; // of the line, in the source
  readonly position: number;
  readonly encoding: Encoding;
}

const LONGEST = 69; // characters of a line, as published by the agencies that receive these messages
const foreign = /[^A-Z0-9 ./-]/;
const ascii = charsetOf('', '');

/** Reads the lines of one message by its grammar, hands out their units and says what is wrong with them. */
export class MessageLines {
  readonly #handler: UnitHandler;
  readonly #grammar: Grammar | undefined;
  readonly #unit: LineUnit;
  readonly #patience: Patience;
  #position: Position | undefined;
  #number = 1; // of the line: the identification is the first
  readonly #missing: { readonly row: Row; readonly place: Place }[] = []; // skipped, and perhaps out of its order
  readonly #stood = new Map<Row, number>(); // rows that stood out of their order: how many were skipped by then
  #last: Place;
  #before: Before | undefined;
  #long: { count: number; place: Place } | undefined;
  #odd: { count: number; character: string; place: Place } | undefined;

  constructor(handler: UnitHandler, { grammar, source, message, patience }: Options) {
    this.#handler = handler;
    this.#patience = patience;
    this.#grammar = grammar;
    this.#unit = new LineUnit(source);
    this.#unit.message = message;
    this.#position = grammar && begin(grammar);
    this.#last = { source, start: 0, end: 0, edi: { by: 'line', message, tag: grammar?.type ?? '', segment: 1 } };
  }

  /** Whether what comes is taken as it is, whatever it looks like. */
  get takesAll(): boolean {
    return this.#position?.rows[this.#position.at]?.raw === true || this.#position?.rows[this.#position.at + 1]?.raw === true;
  }

  /** Hands out the line that says what message it is. */
  identify(line: Omit<LineOfMessage, 'text'>, said: readonly string[]): void {
    const unit = this.#unit;
    unit.position = 1;
    unit.bytes = line.bytes;
    unit.base = line.base;
    unit.encoding = 'ascii';
    unit.takeIdentification(IDENTIFICATION, said, line.from, line.end);
    this.#last = unit.place();
    this.#handler.unit?.(unit);
  }

  read(line: LineOfMessage): void {
    const unit = this.#unit;
    unit.position = ++this.#number;
    unit.bytes = line.bytes;
    unit.base = line.base;
    unit.encoding = line.bytes.some((byte) => byte > 0x7f) ? detect(ascii, line.bytes, 0, line.bytes.length) : 'ascii';
    this.#characters(line);
    const grammar = this.#grammar;
    const position = this.#position;
    if (!grammar || !position) return this.#unread(line, 0);
    const text = line.text.trimEnd() === '' ? line.text : line.text.replace(/ +$/, '');
    this.#patience.read(line.bytes.length);
    let result = readLine(text, position, grammar.identifiers, this.#patience);
    const received = result.pieces[0]?.row.received === true; // not as long as it is by whoever repeats it
    if (text.length > LONGEST && !received) this.#long = { count: (this.#long?.count ?? 0) + 1, place: this.#long?.place ?? this.#place(line, 0, text.length) };
    if (result.end === 0) result = this.#outOfOrder(grammar, text, line) ?? result;
    this.#position = result.to;
    result.pieces.forEach((piece, index) => {
      const isLast = index === result.pieces.length - 1 && result.end === text.length;
      this.#piece(isLast ? { ...piece, end: line.end - line.from } : piece, line);
    });
    if (result.end === text.length) return;
    const { furthest } = result;
    const expected = result.expected();
    const at = Math.max(furthest, result.end);
    const what = text.slice(result.end);
    this.#report(
      'CARGOIMP_LINE',
      { text: what.slice(0, 69), at: at > 0 ? ` from \`${text.slice(at, at + 20)}\`` : '', expected: expected.join(', ') },
      this.#place(line, result.end, text.length),
      { actual: what, expected },
    );
    this.#unread(line, result.end);
  }

  /** A line that begins with the identifier of a row elsewhere: its fields are known, and reading goes on from there. */
  #outOfOrder(grammar: Grammar, text: string, line: LineOfMessage): ReturnType<typeof readLine> | undefined {
    const identifier = /^[A-Z]{3}(?=\/|$)/.exec(text)?.[0];
    if (identifier === undefined) return undefined;
    for (const place of placesOf(grammar, identifier)) {
      const result = readLine(text, place, grammar.identifiers, this.#patience);
      const first = result.pieces[0];
      if (!first && this.#patience.isOver) return undefined;
      if (!first) continue;
      this.#stood.set(first.row, this.#missing.length);
      this.#report('CARGOIMP_ORDER', { tag: first.row.tag, title: first.row.title }, this.#place(line, 0, text.length), { actual: first.row.tag });
      return { ...result, pieces: result.pieces.map((piece, index) => (index === 0 ? { ...piece, skipped: [] } : piece)) };
    }
    return undefined;
  }

  #piece(piece: Piece, line: LineOfMessage): void {
    const unit = this.#unit;
    const inherited = this.#inherited(piece);
    unit.take(piece, line.from, inherited);
    this.#before = { piece, inherited, text: line.text, start: line.base + line.from, position: unit.position, encoding: unit.encoding };
    const { row, skipped, deviation, inside } = piece;
    for (const each of skipped) this.#missing.push({ row: each, place: this.#after() });
    if (deviation !== '') this.#report('CARGOIMP_DEVIATION', { name: deviation, tag: row.tag, rule: `${row.title} is written otherwise` }, unit.place());
    if (inside) this.#report('CARGOIMP_LINE_BREAK', { tag: row.tag, title: row.title }, unit.place());
    piece.spans.forEach((span, atom) => this.#span(span, atom, row, line));
    this.#last = unit.place();
    this.#handler.unit?.(unit);
  }

  /** What a unit inherits from the one before it, each with the place where it was stated first. */
  #inherited({ inherited, row }: Piece): readonly Stated[] {
    const before = this.#before;
    if (inherited.length === 0 || before?.piece.row.tag !== row.tag) return [];
    return inherited.flatMap((field) => stated(before, field) ?? []);
  }

  #span({ field, start, end, wrong }: Span, atom: number, row: Row, line: LineOfMessage): void {
    const value = line.text.slice(start, end);
    const args = { field: fieldTitle(field.name), tag: row.tag, value, format: formatInWords(field.format) };
    const [part] = field.format.parts;
    const place = (): Place => this.#unit.place(atom);
    if (wrong && part?.kind === 't' && value.length > part.max)
      this.#report('CARGOIMP_TOO_LONG', { ...args, length: String(value.length), max: String(part.max) }, place(), { actual: value });
    else if (wrong) this.#report('CARGOIMP_FIELD', args, place(), { actual: value, expected: [field.format.text] });
    else if (field.format.check && !checkDigitHolds(value))
      this.#report('CARGOIMP_CHECK_DIGIT', { ...args, digit: String(Number(value.slice(-8, -1)) % 7) }, place(), { actual: value });
  }

  #unread(line: LineOfMessage, from: number): void {
    const unit = this.#unit;
    unit.takeUnread(line.from + from, line.end, line.from + line.text.length);
    this.#last = unit.place();
    this.#handler.unit?.(unit);
  }

  #characters(line: LineOfMessage): void {
    const found = foreign.exec(line.text);
    if (!found) return;
    const count = line.text.replace(/[A-Z0-9 ./-]/g, '').length;
    const byte = found[0].charCodeAt(0);
    const character = byte > 0x20 && byte < 0x7f ? `\`${found[0]}\`` : `byte 0x${byte.toString(16).padStart(2, '0')}`;
    if (this.#odd) this.#odd.count += count;
    else this.#odd = { count, character, place: this.#place(line, found.index, found.index + 1) };
  }

  end(): void {
    if (this.#grammar && this.#position) for (const row of missingAtEnd(this.#position)) this.#missing.push({ row, place: this.#after() });
    for (const [at, { row, place }] of this.#missing.entries())
      if (at >= (this.#stood.get(row) ?? 0)) this.#report('CARGOIMP_MISSING', { tag: row.tag, title: row.title }, place, { expected: [row.tag] });
    if (this.#long) this.#report('CARGOIMP_LONG_LINE', { count: String(this.#long.count), max: String(LONGEST) }, this.#long.place);
    if (this.#odd) this.#report('CARGOIMP_CHARACTER', { count: String(this.#odd.count), character: this.#odd.character }, this.#odd.place);
  }

  #place({ base, from }: LineOfMessage, start: number, end: number): Place {
    const { source, message, position } = this.#unit;
    return { source, start: base + from + start, end: base + from + end, edi: { by: 'line', message, tag: '', segment: position } };
  }

  #after(): Place {
    const { end } = this.#last;
    return { ...this.#last, start: end, edi: { ...this.#last.edi!, missing: true } };
  }

  #report(code: Code, args: Record<string, string>, data: Place, more: { readonly actual?: string; readonly expected?: readonly string[] } = {}): void {
    this.#handler.finding?.(finding(code, args, { data, ...more }));
  }
}

function stated({ piece, inherited, text, start, position, encoding }: Before, field: Field): Stated | undefined {
  const span = piece.spans.find((each) => each.field.index === field.index);
  if (!span) return inherited.find((each) => each.field.index === field.index);
  const said = Buffer.from(text.slice(span.start, span.end), 'latin1');
  return { field, text: decode(encoding, said, 0, said.length), start: start + span.start, end: start + span.end, position };
}
