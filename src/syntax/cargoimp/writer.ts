import type { Code } from '../../diagnostics/codes.ts';
import { finding, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import { keyElement, type InterchangeWriter, type OutAtoms, type OutHeader, type OutInterchange } from '../unit.ts';
import type { Grammar, Grammars, Row } from './grammar.ts';
import { beginsLine, Patience, readLine } from './line.ts';
import { fieldTitle } from './pattern.ts';
import { printUnit, type Refused, type Written } from './print.ts';
import { after, begin, findStep, type Position, type Step } from './walker.ts';

export interface CargoImpWriterOptions {
  readonly grammars: Grammars;
  /** Written as a Type B heading before the messages, where sender and recipient are addresses of such a network; else messages stand alone. */
  readonly interchange?: OutInterchange | undefined;
}

export interface CargoImpSink {
  bytes(chunk: Uint8Array): void;
  finding(diagnostic: Diagnostic): void;
}

const typeB = /^[A-Z]{3}[A-Z0-9]{4}$/; // city, office, company
const WIDTH = 69; // characters of a line

export interface CargoImpWriter extends InterchangeWriter {
  /** A line of another message, as it was received: it is for people, whatever it would be read as. */
  repeat(line: string): void;
}

/** Writes Cargo-IMP by the grammar of each message: lines, identifiers, slants. What cannot be written is a finding and is left out. */
export function cargoImpWriter(sink: CargoImpSink, options: CargoImpWriterOptions): CargoImpWriter {
  return new Writer(sink, options);
}

class Writer implements CargoImpWriter {
  readonly #sink: CargoImpSink;
  readonly #grammars: Grammars;
  readonly #interchange: OutInterchange | undefined;
  #messages = 0;
  #grammar: Grammar | undefined;
  #position: Position | undefined;
  #line = '';
  #before: { readonly tag: string; readonly texts: ReadonlyMap<number, string> } | undefined; // the last unit

  constructor(sink: CargoImpSink, { grammars, interchange }: CargoImpWriterOptions) {
    this.#sink = sink;
    this.#grammars = grammars;
    this.#interchange = interchange;
  }

  beginMessage({ type, version = '' }: OutHeader): void {
    if (this.#messages++ > 0) this.#write('\r\n');
    else this.#writeHeading();
    this.#grammar = this.#grammars.of(type, version);
    if (!this.#grammar) throw new Error(`no grammar of ${type} ${version}`); // a map of it would not have compiled
    this.#position = begin(this.#grammar);
    this.#line = this.#grammar.name;
    this.#before = undefined;
  }

  #writeHeading(): void {
    const { sender = '', recipient = '', preparedAt = '' } = this.#interchange ?? {};
    if (!typeB.test(sender) || !typeB.test(recipient)) return;
    const [date = '', time = ''] = preparedAt.split(':'); // 'YYMMDD:HHMM'; a heading has the day and the time
    this.#write(`QU ${recipient}\r\n.${sender} ${/^\d{6}$/.test(date) ? `${date.slice(4)}${time}` : date}\r\n`);
  }

  unit(tag: string, out: OutAtoms): void {
    const found = this.#find(tag, out);
    if ('step' in found) {
      this.#before = { tag, texts: found.texts };
      return this.#append(found.step, found.printed);
    }
    const { refused } = found;
    const message = this.#grammar!.name;
    if (refused) this.#report('CARGOIMP_CANNOT_WRITE', { field: refused.field, tag, reason: refused.problem });
    else this.#report('CARGOIMP_NO_PLACE', { tag, where: this.#where, message });
  }

  refusal(tag: string, out: OutAtoms): string | undefined {
    const found = this.#find(tag, out);
    if ('step' in found) return undefined;
    const { refused } = found;
    return refused ? `cannot be written in ${tag}: ${refused.field}, ${refused.problem}` : `has no place ${this.#where}: ${tag} does not stand there`;
  }

  get #where(): string {
    return `after ${this.#position!.rows[this.#position!.at]?.tag ?? 'the first line'}`;
  }

  /** Where a unit stands and how it is written; else what is wrong with the nearest place it could have. */
  #find(tag: string, out: OutAtoms): { step: Step; printed: Written; texts: ReadonlyMap<number, string> } | { refused: Refused | undefined } {
    const texts = new Map<number, string>();
    for (let i = 0; i < out.size; i++) if (out.texts[i] !== '') texts.set(keyElement(out.keys[i]!), out.texts[i]!);
    const before = this.#before?.tag === tag ? this.#before.texts : undefined;
    let refused: Refused | undefined;
    let written: Written | undefined;
    const step = findStep(this.#position!, ({ row, continues }) => {
      if (row.tag !== tag) return false;
      const printed = row.raw ? { text: texts.get(1) ?? '', breaks: true } : printUnit(row.pattern, texts, continues, before);
      const misread = 'text' in printed && (row.raw || beginsLine(row.pattern, continues)) ? this.#misread(row, printed.text, texts) : undefined;
      if ('text' in printed && !misread) written = printed;
      else refused ??= misread ?? (printed as Refused);
      return written !== undefined;
    });
    return step && written ? { step, printed: written, texts } : { refused };
  }

  /**
   * What whoever reads a line here takes for something else: an agent of three letters for special handling, what begins with a slant for more of the line
   * before, a total `K6561` for a weight where no weight stands before it.
   */
  #misread({ tag, pattern }: Row, text: string, texts: ReadonlyMap<number, string>): Refused | undefined {
    const [read] = readLine(text, this.#position!, this.#grammar!.identifiers, new Patience()).pieces;
    if (read?.row.tag !== tag) return { problem: `\`${text}\` would be read as ${read?.row.tag ?? 'nothing'}`, field: fieldTitle(pattern.fields[0]!.name) };
    const other = read.spans.find(({ field, start, end }) => texts.get(field.index) !== text.slice(start, end));
    const stands = new Set([...read.spans.map(({ field }) => field.index), ...read.inherited.map(({ index }) => index)]);
    const unread = pattern.fields.find(({ index }) => texts.has(index) && !stands.has(index));
    if (!other && !unread) return undefined;
    const said = other ? `\`${text.slice(other.start, other.end)}\` would be read as ${fieldTitle(other.field.name)}` : 'it would not be read with the others';
    return { problem: said, field: fieldTitle((unread ?? other!.field).name) };
  }

  #append(step: Step, { text, breaks }: Written): void {
    const { row, continues } = step;
    this.#position = after(step);
    const tooLong = text.startsWith('/') && this.#line.length + text.length > WIDTH;
    if (this.#line === '' || beginsLine(row.pattern, continues) || tooLong) {
      this.#endLine();
      this.#line = text;
    } else this.#line += text;
    if (breaks) this.#endLine();
  }

  repeat(line: string): void {
    this.#endLine();
    this.#line = line;
    this.#endLine();
  }

  open(tag: string): never {
    throw new Error(`Cargo-IMP has no nesting: ${tag}`);
  }

  close(tag: string): never {
    throw new Error(`Cargo-IMP has no nesting: ${tag}`);
  }

  endMessage(): void {
    this.#endLine();
  }

  end(): void {
    // Nothing follows the last message.
  }

  #endLine(): void {
    if (this.#line !== '') this.#write(`${this.#line}\r\n`);
    this.#line = '';
  }

  #write(text: string): void {
    this.#sink.bytes(Buffer.from(text, 'latin1'));
  }

  #report(code: Code, args: Record<string, string>): void {
    this.#sink.finding(finding(code, args));
  }
}
