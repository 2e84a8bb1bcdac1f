import type { Code } from '../../diagnostics/codes.ts';
import { readerLimits, type JsonLimits } from '../limits.ts';
import { Utf8Check } from '../utf8.ts';
import type { JsonKind, JsonSink, JsonSpan } from './sink.ts';
import { blank, digit, isHexEscape, literals, plain, textOf, type Literal } from './text.ts';

interface Frame {
  readonly isArray: boolean;
  readonly names: Set<string>; // of an object
  item: number; // of an array, from 0; of an object the number of its members
  name: string | undefined; // of the member that is being read
}

/** What may come next: a value, the first name or item or the end, a name, a colon, a comma or the end. */
type Expected = 'value' | 'first' | 'name' | 'colon' | 'comma';

const OPEN_OBJECT = 0x7b;
const OPEN_ARRAY = 0x5b;
const CLOSE_OBJECT = 0x7d;
const CLOSE_ARRAY = 0x5d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Reads JSON (RFC 8259) as it comes in: one document, several one after the other, or a list of them. Nothing of a document is kept but
 * the names of the members of the objects that are open, so memory is bounded by the limits; what is begun and not whole is looked at
 * again when more has come, from where it was left, so that how the input is cut makes no difference.
 *
 * Stricter than the RFC where it leaves a choice: a name stands once in an object, and half of a surrogate pair is no character.
 */
export class JsonScanner {
  readonly #sink: JsonSink;
  readonly #limits: JsonLimits;
  readonly #utf8 = new Utf8Check();
  readonly #frames: Frame[] = [];
  #bytes: Buffer = Buffer.alloc(0);
  #base = 0; // offset of the window in the source
  #filled = 0;
  #end = 0; // up to here it is UTF-8
  #at = 0;
  #inString = 0; // how far a string that is not whole has been looked at
  #expected: Expected = 'value';
  #values = 0; // of the document
  #begun = false; // the mark of UTF-8 has been looked for
  #bad = false; // the byte at `#end` begins no character
  #stopped = false;

  constructor(sink: JsonSink, limits: Partial<JsonLimits> = {}) {
    this.#sink = sink;
    this.#limits = { ...readerLimits.json, ...limits };
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** How many objects and arrays are open. */
  get depth(): number {
    return this.#frames.length;
  }

  readonly #pointer = (): string =>
    this.#frames.map(({ isArray, item, name }) => (isArray ? `/${item}` : name === undefined ? '' : pointerStep(name))).join('');

  push(chunk: Uint8Array): void {
    if (this.#stopped || chunk.length === 0) return;
    this.#take(chunk);
    if (!this.#begun && !this.#begin(false)) return;
    this.#read(false);
  }

  end(): void {
    if (this.#stopped) return;
    if (!this.#begun) this.#begin(true);
    this.#read(true);
    if (this.#stopped) return;
    if (this.#utf8.begun > 0) this.#fail('JSON_CHARSET', { message: 'it ends within a character of UTF-8' }, this.#filled - this.#utf8.begun);
    else if (this.#at < this.#end) this.#syntax('it ends within a text or a number', this.#at);
    else if (this.#frames.length > 0) this.#syntax(`it ends before \`${this.#frames.at(-1)!.isArray ? ']' : '}'}\``, this.#end);
  }

  /** Lets go of what was read and puts the chunk behind the rest, in memory of our own. */
  #take(chunk: Uint8Array): void {
    const left = this.#filled - this.#at;
    const needed = left + chunk.length;
    const window = needed > this.#bytes.length ? Buffer.allocUnsafe(Math.max(needed, Math.min(this.#bytes.length * 2, needed + (1 << 20)))) : this.#bytes;
    this.#bytes.copy(window, 0, this.#at, this.#filled);
    window.set(chunk, left);
    this.#bytes = window;
    this.#base += this.#at;
    this.#filled = needed;
    this.#inString = Math.max(0, this.#inString - this.#at);
    this.#at = 0;
    if (this.#bad) return; // what follows a byte that is no character is not looked at
    const bad = this.#utf8.push(window.subarray(left, needed));
    this.#bad = bad !== undefined;
    this.#end = bad === undefined ? needed - this.#utf8.begun : left + bad;
  }

  #begin(whole: boolean): boolean {
    if (this.#filled < 3 && !whole) return false;
    this.#begun = true;
    if (this.#filled >= 3 && this.#bytes.readUIntBE(0, 3) === 0xefbbbf) this.#at = 3;
    return true;
  }

  #read(whole: boolean): void {
    const bytes = this.#bytes;
    while (!this.#stopped) {
      while (this.#at < this.#end && blank[bytes[this.#at]!]) this.#at++;
      if (this.#at >= this.#end) break;
      const next = this.#next(bytes, this.#at, whole);
      if (next < 0) break;
      this.#at = next;
    }
    if (this.#bad && !this.#stopped)
      this.#fail('JSON_CHARSET', { message: `byte 0x${bytes[this.#end]!.toString(16)} begins no character of UTF-8` }, this.#end);
  }

  /** One token; where it ends, -1 where it is not whole or not to be. */
  #next(bytes: Buffer, at: number, whole: boolean): number {
    const byte = bytes[at]!;
    const frame = this.#frames.at(-1);
    switch (this.#expected) {
      case 'colon':
        if (byte !== 0x3a) return this.#syntax(`a colon follows the name \`${frame!.name!}\``, at);
        this.#expected = 'value';
        return at + 1;
      case 'comma':
        if (byte === 0x2c) {
          this.#expected = frame!.isArray ? 'value' : 'name';
          if (frame!.isArray) frame!.item++;
          return at + 1;
        }
        return this.#close(byte, at) ? at + 1 : this.#stopped ? -1 : this.#syntax(`a comma or \`${frame!.isArray ? ']' : '}'}\` stands after a value`, at);
      case 'first':
        if (this.#close(byte, at)) return at + 1;
        if (this.#stopped) return -1;
        return frame!.isArray ? this.#value(bytes, at, whole) : this.#name(bytes, at);
      case 'name':
        return this.#name(bytes, at);
      case 'value':
        return this.#value(bytes, at, whole);
    }
  }

  #close(byte: number, at: number): boolean {
    const frame = this.#frames.at(-1)!;
    if (byte !== (frame.isArray ? CLOSE_ARRAY : CLOSE_OBJECT)) return false;
    this.#frames.pop();
    this.#sink.close(frame.isArray ? '[' : '{', this.#span(at, at + 1));
    this.#after();
    return true;
  }

  /** A value is done. */
  #after(): void {
    this.#expected = this.#frames.length === 0 ? 'value' : 'comma';
    if (this.#frames.length === 0) this.#values = 0;
  }

  #name(bytes: Buffer, at: number): number {
    if (bytes[at] !== QUOTE) return this.#syntax('a member begins with its name in quotes', at);
    const { nameBytes, members } = this.#limits;
    const end = this.#string(bytes, at, nameBytes, 'nameBytes', 'a name');
    if (end < 0) return -1;
    const frame = this.#frames.at(-1)!;
    if (frame.names.size === members) return this.#tooMuch('members', members, `an object has more than ${members} members`, at);
    const name = (frame.name = textOf(bytes, at, end));
    if (frame.names.has(name)) this.#sink.fault('JSON_DUPLICATE', { name }, this.#span(at, end));
    frame.names.add(name);
    this.#expected = 'colon';
    return end;
  }

  #value(bytes: Buffer, at: number, whole: boolean): number {
    const byte = bytes[at]!;
    const { values } = this.#limits;
    if (this.#values === values) return this.#tooMuch('values', values, `a document has more than ${values} values`, at);
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) return this.#open(byte === OPEN_ARRAY, at);
    if (this.#frames.length === 0) return this.#syntax('a document is an object', at);
    if (byte === QUOTE) return this.#scalar('string', at, this.#string(bytes, at, this.#limits.textBytes, 'textBytes', 'a text'));
    if (byte === 0x2d || digit[byte]) return this.#scalar('number', at, this.#number(bytes, at, whole));
    const literal = literals[String.fromCharCode(byte)];
    return literal ? this.#scalar(literal.kind, at, this.#literal(bytes, at, literal)) : this.#syntax('no value begins like this', at);
  }

  #open(isArray: boolean, at: number): number {
    const { depth } = this.#limits;
    const name = this.#nameHere();
    if (this.#frames.length === depth) return this.#tooMuch('depth', depth, `more than ${depth} objects and arrays stand in one another`, at);
    this.#values++;
    this.#sink.open(isArray ? '[' : '{', name, this.#span(at, at + 1));
    this.#frames.push({ isArray, names: new Set(), item: 0, name: undefined });
    this.#expected = 'first';
    return at + 1;
  }

  #scalar(kind: JsonKind, at: number, end: number): number {
    if (end < 0) return end;
    this.#values++;
    this.#sink.scalar(kind, this.#nameHere(), this.#span(at, end));
    this.#after();
    return end;
  }

  #nameHere(): string | undefined {
    const frame = this.#frames.at(-1);
    return frame?.isArray === false ? frame.name : undefined;
  }

  /**
   *     "KUDAN \u0026 CO"
   *     at               end
   */
  #string(bytes: Buffer, at: number, limit: number, key: keyof JsonLimits, what: string): number {
    const end = this.#end;
    let next = Math.max(at + 1, this.#inString);
    let high = false; // the escape before was the first half of a pair
    for (;;) {
      while (next < end && plain[bytes[next]!] && !high) next++;
      if (next - at - 1 > limit) return this.#tooMuch(key, limit, `${what} has more than ${limit} bytes`, at + limit);
      if (next >= end) break;
      const byte = bytes[next]!;
      if (high && byte !== BACKSLASH) return this.#syntax('half of a surrogate pair is no character', next);
      if (byte === QUOTE) {
        this.#inString = 0;
        return next + 1;
      }
      if (byte !== BACKSLASH)
        return this.#syntax(`a control character (0x${byte.toString(16).padStart(2, '0')}) stands in ${what} as it is; write it as \\u00…`, next);
      const from = high ? next - 6 : next; // a pair is looked at whole
      if (next + 1 >= end) return this.#wait(from);
      if (bytes[next + 1] === 0x75) {
        if (next + 6 > end) return this.#wait(from);
        if (!isHexEscape(bytes, next + 2)) return this.#syntax('`\\u` is followed by four hexadecimal digits', next);
        const unit = Number.parseInt(bytes.toString('latin1', next + 2, next + 6), 16);
        const isLow = unit >= 0xdc00 && unit <= 0xdfff;
        if (isLow !== high) return this.#syntax('half of a surrogate pair is no character', next);
        high = unit >= 0xd800 && unit <= 0xdbff;
        next += 6;
        if (high && next >= end) return this.#wait(next - 6);
      } else if (high) return this.#syntax('half of a surrogate pair is no character', next);
      else if (!'"\\/bfnrt'.includes(String.fromCharCode(bytes[next + 1]!))) return this.#syntax('no escape begins like this', next);
      else next += 2;
    }
    return this.#wait(next);
  }

  /** A text goes on in the next chunk; it is looked at again from here. */
  #wait(from: number): -1 {
    this.#inString = from;
    return -1;
  }

  #number(bytes: Buffer, at: number, whole: boolean): number {
    let end = at + 1;
    while (end < this.#end && numberPart.has(bytes[end]!)) end++;
    const { numberBytes } = this.#limits;
    if (end - at > numberBytes) return this.#tooMuch('numberBytes', numberBytes, `a number has more than ${numberBytes} digits`, at + numberBytes);
    if (end === this.#end && !whole) return -1;
    if (!isNumber.test(bytes.toString('latin1', at, end))) return this.#syntax('this is no number of JSON', at);
    return end;
  }

  #literal(bytes: Buffer, at: number, { text }: Literal): number {
    const there = bytes.toString('latin1', at, Math.min(at + text.length, this.#end));
    if (there === text) return at + text.length;
    return text.startsWith(there) ? -1 : this.#syntax('no value begins like this', at);
  }

  #span(start: number, end: number): JsonSpan {
    return { bytes: this.#bytes, base: this.#base, start, end, pointer: this.#pointer };
  }

  #tooMuch(key: keyof JsonLimits, limit: number, message: string, at: number): -1 {
    return this.#fail('JSON_LIMIT', { message, key, limit: String(limit) }, at);
  }

  #syntax(message: string, at: number): -1 {
    return this.#fail('JSON_SYNTAX', { message }, at);
  }

  #fail(code: Code, args: Readonly<Record<string, string>>, at: number): -1 {
    this.#stopped = true;
    this.#sink.fault(code, args, this.#span(at, Math.min(at + 1, this.#filled)));
    return -1;
  }
}

/** `a/b` → `/a~1b` (RFC 6901). */
export const pointerStep = (name: string): string => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** A number of RFC 8259. */
export const isNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

const numberPart: ReadonlySet<number> = new Set([...'0123456789+-.eE'].map((character) => character.charCodeAt(0)));
