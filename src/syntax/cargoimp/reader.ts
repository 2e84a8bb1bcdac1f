import type { Code } from '../../diagnostics/codes.ts';
import { finding } from '../../diagnostics/diagnostic.ts';
import type { Place } from '../../diagnostics/place.ts';
import { readerLimits, type CargoImpLimits } from '../limits.ts';
import type { Interchange, MessageHeader, UnitHandler, UnitReader } from '../unit.ts';
import { NO_LINE_BREAK, type Grammars } from './grammar.ts';
import { Heading } from './heading.ts';
import { Patience } from './line.ts';
import { MessageLines } from './message-lines.ts';
import { linesWithin, oneLine } from './one-line.ts';
import { Scanner, type Line } from './scanner.ts';

export interface CargoImpReaderOptions {
  readonly grammars: Grammars;
  readonly source?: string | undefined; // file name, for places
  readonly limits?: Partial<CargoImpLimits> | undefined;
}

/** Reads Cargo-IMP: headings, messages, and the units of their lines by the grammar of each message. Holds one line at a time. */
export function cargoImpReader(handler: UnitHandler, options: CargoImpReaderOptions): UnitReader {
  const limits = { ...readerLimits.cargoimp, ...options.limits };
  const reader = new Reader(handler, options, limits);
  const scanner = new Scanner((line) => reader.line(line), limits.lineBytes);
  return {
    push: (chunk) => scanner.push(chunk),
    end: () => {
      scanner.finish();
      reader.finish();
    },
  };
}

const identification = /^([A-Z]{3})(?:\/(\d{1,3}))?$/;

class Reader {
  readonly #handler: UnitHandler;
  readonly #grammars: Grammars;
  readonly #source: string;
  readonly #limits: CargoImpLimits;
  readonly #patience = new Patience();
  #interchange: Interchange | undefined;
  #interchanges = 0;
  #messages = 0; // of the input
  #heading: Heading | undefined; // read, and no message after it yet
  #headingAt = -1; // -1: nowhere
  #header: MessageHeader | undefined;
  #lines: MessageLines | undefined;
  #count = 0; // lines of the message
  #gap = true; // a blank line stands before the one at hand
  #beyond = false; // a limit was passed: the rest of the message is passed over
  #end = 0;
  #outside: { count: number; first: string; start: number; end: number } | undefined;

  constructor(handler: UnitHandler, { grammars, source = '' }: CargoImpReaderOptions, limits: CargoImpLimits) {
    this.#handler = handler;
    this.#grammars = grammars;
    this.#source = source;
    this.#limits = limits;
  }

  line(line: Line): void {
    this.#end = line.end;
    if (line.beyond) return this.#passOver(line.start, line.end, 'bytes in a line', this.#limits.lineBytes);
    const text = line.bytes.toString('latin1');
    const from = /^[\x00-\x20\xef\xbb\xbf]*/.exec(text)![0].replace(/ +$/, '').length; // SOH, STX, a byte order mark; blanks may be data
    const to = Math.max(from, text.replace(/[\x00-\x1f]+$/, '').length);
    const plain = text.slice(from, to);
    if (plain.trim() === '') this.#gap = true;
    else this.#take(line, plain, from);
    const ended = text.includes('\x03', to); // ETX
    if (!ended && line.end === line.start + line.bytes.length && plain.trim() !== '' && this.#lines)
      this.#report('CARGOIMP_UNTERMINATED', {}, this.#place(line.end, line.end));
    if (ended) this.#closeMessage();
    if (plain.trim() !== '') this.#gap = ended;
  }

  #take(line: Line, plain: string, from: number): void {
    const trimmed = plain.trimEnd();
    const free = this.#lines === undefined || this.#gap;
    const takesAll = this.#lines?.takesAll === true && !this.#gap; // what is repeated as received holds lines of other messages
    if (this.#heading?.isOpen && this.#heading.take(trimmed) !== undefined) return;
    if (!takesAll) {
      const alone = identification.exec(trimmed);
      const said = alone ? { type: alone[1]!, version: alone[2] } : oneLine(trimmed);
      if (said && this.#isMessage(said.type, said.version, free && alone !== null)) return this.#begin(line, said.type, said.version ?? '', trimmed, from);
      if (free || /^(Q[A-Z] |\.|=)/.test(trimmed)) {
        this.#heading ??= new Heading();
        if (this.#heading.take(trimmed) !== undefined) {
          if (this.#lines || this.#interchange) this.#closeInterchange();
          if (this.#headingAt < 0) this.#headingAt = line.start;
          return;
        }
      }
    }
    if (!this.#lines) return this.#beyond ? undefined : this.#stray(line, trimmed);
    if (++this.#count > this.#limits.lines) return this.#passOver(line.start, line.end, 'lines in a message', this.#limits.lines);
    this.#lines.read({ bytes: line.bytes, base: line.start, from, text: plain, end: line.end - line.start });
  }

  /** Whether a message begins with these: one of no grammar only where it stands by itself, since a line of a street may be `ADR/18 CANTON ROAD`. */
  #isMessage(type: string, version: string | undefined, byItself: boolean): boolean {
    if (version === undefined) return byItself && this.#grammars.of(type, '') !== undefined;
    return byItself || this.#grammars.versions(type).length > 0;
  }

  #begin(line: Line, type: string, version: string, text: string, from: number): void {
    this.#closeMessage();
    this.#sayOutside();
    this.#beyond = false;
    if (!this.#interchange || this.#headingAt >= 0) this.#openInterchange(line.start);
    if (++this.#messages > this.#limits.messages) return this.#passOver(line.start, line.end, 'messages', this.#limits.messages);
    const interchange = this.#interchange!;
    this.#header = { index: this.#messages, type, ...(version === '' ? {} : { version }), interchange, start: line.start };
    this.#handler.message?.(this.#header);
    const grammar = this.#grammars.of(type, version);
    const name = version === '' ? type : `${type}/${version}`;
    this.#lines = new MessageLines(this.#handler, { grammar, source: this.#source, message: this.#messages, patience: this.#patience });
    this.#count = 1;
    const place = this.#place(line.start, line.end);
    if (!grammar) {
      const versions = this.#grammars.versions(type);
      const known = versions.length === 0 ? '' : `; there is ${type}/${versions.join(`, ${type}/`)}`;
      this.#report('CARGOIMP_MESSAGE_UNKNOWN', { message: name, known }, place, { actual: name, expected: versions });
    }
    const rest = oneLine(text)?.length;
    const lineEnd = line.end - line.start;
    this.#lines.identify(
      { bytes: line.bytes, base: line.start, from, end: rest === undefined ? lineEnd : from + rest },
      version === '' ? [type] : [type, version],
    );
    if (rest === undefined) return;
    this.#report('CARGOIMP_DEVIATION', { name: NO_LINE_BREAK, tag: type, rule: 'every line ends with a line break' }, place);
    for (const { start, end, next } of linesWithin(text, rest)) {
      this.#count++;
      this.#lines.read({
        bytes: line.bytes,
        base: line.start,
        from: from + start,
        text: text.slice(start, end),
        end: next < text.length ? from + next : lineEnd,
      });
    }
  }

  #openInterchange(at: number): void {
    const start = this.#headingAt >= 0 ? this.#headingAt : at;
    const charset = { declared: '', detected: 'ascii' };
    this.#interchange = { syntax: 'cargoimp', index: ++this.#interchanges, charset, start, ...this.#heading?.stated() };
    this.#heading = undefined;
    this.#headingAt = -1;
    this.#handler.interchange?.(this.#interchange);
  }

  #closeMessage(): void {
    const header = this.#header;
    this.#lines?.end();
    this.#lines = undefined;
    this.#header = undefined;
    if (header) this.#handler.messageEnd?.(header);
  }

  #closeInterchange(): void {
    this.#closeMessage();
    this.#sayOutside();
    const interchange = this.#interchange;
    this.#interchange = undefined;
    if (interchange) this.#handler.interchangeEnd?.(interchange, this.#end);
  }

  finish(): void {
    this.#closeInterchange();
    if (this.#interchanges === 0 && this.#end > 0) this.#report('CARGOIMP_NO_MESSAGE', {}, { source: this.#source, start: 0, end: this.#end });
  }

  #stray(line: Line, text: string): void {
    const outside = (this.#outside ??= { count: 0, first: text.slice(0, 40), start: line.start, end: line.end });
    outside.count++;
    outside.end = line.end;
  }

  #sayOutside(): void {
    const outside = this.#outside;
    this.#outside = undefined;
    if (!outside) return;
    const { count, first, start, end } = outside;
    this.#report('CARGOIMP_OUTSIDE', { count: String(count), first }, { source: this.#source, start, end });
  }

  #passOver(start: number, end: number, what: string, allowed: number): void {
    if (!this.#beyond) this.#report('CARGOIMP_LIMIT', { what, allowed: String(allowed) }, this.#place(start, end));
    this.#beyond = true;
    this.#closeMessage();
  }

  #place(start: number, end: number): Place {
    const place = { source: this.#source, start, end };
    return this.#header ? { ...place, edi: { by: 'line', message: this.#header.index, tag: this.#header.type, segment: Math.max(this.#count, 1) } } : place;
  }

  #report(code: Code, args: Record<string, string>, data: Place, more: { readonly actual?: string; readonly expected?: readonly string[] } = {}): void {
    this.#handler.finding?.(finding(code, args, { data, ...more }));
  }
}
