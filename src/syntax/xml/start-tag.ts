import type { XmlLimits } from '../limits.ts';
import { atomKey } from '../unit.ts';
import { beginsName, goesOn, GREATER, ILLEGAL, kinds, LESS, nameEnd, skipBlanks } from './characters.ts';
import type { ElementUnit } from './element-unit.ts';
import type { Elements } from './elements.ts';
import { illegal, STOP, syntax, tooMuch, type Fail } from './faults.ts';
import type { Input } from './input.ts';
import { standsAt, type Names, type XmlName } from './names.ts';
import { scanReference, WAIT } from './scan.ts';
import { decodeAttribute } from './text.ts';

const schemaInstance = 'http://www.w3.org/2001/XMLSchema-instance';
const xmlNamespace = 'http://www.w3.org/XML/1998/namespace';
const xmlnsNamespace = 'http://www.w3.org/2000/xmlns/';

/** One start tag: its name, and the names and spans of its attributes. Used again for every element. */
export class StartTag {
  name: XmlName | undefined;
  empty = false; // `<ID/>`
  declares = false; // namespaces
  count = 0; // of attributes
  readonly #names: XmlName[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #fail: Fail;
  readonly #limits: XmlLimits;
  readonly #all: boolean; // attributes are atoms
  readonly #shortest: number; // a tag of a name alone is within the limits up to this byte

  constructor(limits: XmlLimits, all: boolean, fail: Fail) {
    this.#limits = limits;
    this.#all = all;
    this.#shortest = Math.min(limits.nameBytes, limits.tagBytes - 2) + 1;
    this.#fail = fail;
  }

  /**
   * Reads the tag and returns its end.
   *
   *     <ID schemeID="x" xmlns:p='…'/>
   *     ^
   */
  scan({ bytes, view }: Input, at: number, end: number, names: Names): number {
    const before = this.name;
    const expected = before && expectedAt(before, bytes, view, at + 1, end);
    const nameStop = expected ? at + 1 + expected.bytes.length : nameEnd(bytes, at + 2, end);
    if (expected && bytes[nameStop] === GREATER && nameStop - at <= this.#shortest) {
      this.name = names.meet(expected);
      this.count = 0;
      this.empty = this.declares = false;
      return nameStop + 1;
    }
    if (!beginsName(bytes[at + 1]!)) return syntax(this.#fail, '`<` begins no tag', at);
    let next = nameStop;
    this.count = 0;
    this.declares = false;
    for (;;) {
      const blank = next;
      next = skipBlanks(bytes, next, end);
      if (next >= end) return WAIT;
      const byte = bytes[next]!;
      if (byte === GREATER || byte === 0x2f) break;
      if (next === blank || !beginsName(byte)) return syntax(this.#fail, 'a tag holds attributes, each after a blank, and nothing else', next);
      next = this.#attribute(bytes, next, end, names);
      if (next < 0) return next;
    }
    this.empty = bytes[next] === 0x2f;
    if (this.empty && ++next >= end) return WAIT;
    if (bytes[next] !== GREATER) return syntax(this.#fail, '`/` in a tag is not followed by `>`', next - 1);
    if (next + 1 - at > this.#limits.tagBytes) return tagTooLong(this.#limits.tagBytes, at, this.#fail);
    if (nameStop - at - 1 > this.#limits.nameBytes) return this.#nameTooLong(at + 1);
    this.name = expected ? names.meet(expected) : names.get(bytes, at + 1, nameStop);
    if (this.name.wellFormed) before?.follow(this.name);
    return this.name.wellFormed ? next + 1 : syntax(this.#fail, `\`${this.name.text}\` is no name`, at);
  }

  /** Reads `name="value"` and returns its end. */
  #attribute(bytes: Buffer, at: number, end: number, names: Names): number {
    const nameStop = nameEnd(bytes, at, end);
    let next = skipBlanks(bytes, nameStop, end);
    if (next >= end) return WAIT;
    if (bytes[next] !== 0x3d) return syntax(this.#fail, 'an attribute has no value', at);
    next = skipBlanks(bytes, next + 1, end);
    if (next >= end) return WAIT;
    const quote = bytes[next]!;
    if (quote !== 0x22 && quote !== 0x27) return syntax(this.#fail, 'the value of an attribute stands in no quotes', next);
    const start = ++next;
    while (next < end && bytes[next] !== quote) {
      const byte = bytes[next]!;
      if (kinds[byte] === ILLEGAL) return illegal(this.#fail, bytes, next);
      if (byte === LESS) return syntax(this.#fail, '`<` stands in the value of an attribute', next);
      next = byte === 0x26 ? scanReference(bytes, next, end, this.#fail) : next + 1;
      if (next < 0) return next;
    }
    if (next >= end) return WAIT;
    const { attributes, nameBytes } = this.#limits;
    if (this.count === attributes) return tooMuch(this.#fail, 'attributes', attributes, `an element has more than ${attributes} attributes`, at);
    if (nameStop - at > nameBytes) return this.#nameTooLong(at);
    const name = names.get(bytes, at, nameStop);
    if (!name.wellFormed) return syntax(this.#fail, `\`${name.text}\` is no name`, at);
    for (let i = 0; i < this.count; i++) if (this.#names[i] === name) return syntax(this.#fail, `the attribute \`${name.text}\` stands twice`, at);
    this.declares ||= name.declares;
    this.#names[this.count] = name;
    this.#starts[this.count] = start;
    this.#ends[this.count++] = next;
    return next + 1;
  }

  #nameTooLong(at: number): typeof STOP {
    const { nameBytes } = this.#limits;
    return tooMuch(this.#fail, 'nameBytes', nameBytes, `a name has more than ${nameBytes} bytes`, at + nameBytes);
  }

  /** Brings the namespace declarations of the tag into scope. */
  bind(bytes: Buffer, at: number, elements: Elements, latin1: boolean): boolean {
    for (let i = 0; i < this.count; i++) {
      const { text, prefix, local, declares } = this.#names[i]!;
      if (!declares) continue;
      const value = decodeAttribute(bytes, this.#starts[i]!, this.#ends[i]!, latin1);
      const named = prefix === 'xmlns';
      const isReserved = value === xmlnsNamespace || (value === xmlNamespace) !== (named && local === 'xml');
      if (isReserved || (named && (value === '' || local === 'xmlns')))
        return this.#fail('XML_NAMESPACE', { message: `\`${text}="${value}"\` declares no ${named ? 'prefix' : 'namespace'}` }, at) !== STOP;
      elements.bind(named ? local : '', value);
    }
    return true;
  }

  /** Adds the attributes as atoms. The place of a schema is no data; nor are namespace declarations and what is empty, unless all is wanted. */
  atoms(unit: ElementUnit, at: number, elements: Elements): boolean {
    let ordinal = 0;
    let qualified: string[] | undefined;
    for (let i = 0; i < this.count; i++) {
      const { prefix, local, declares, text } = this.#names[i]!;
      if (declares && !this.#all) continue;
      let name = declares ? text : local;
      if (prefix !== '' && !declares) {
        const namespace = elements.namespace(prefix);
        if (namespace === undefined) return this.#fail('XML_NAMESPACE', { message: `the prefix \`${prefix}\` is not declared` }, at) !== STOP;
        name = this.#names[i]!.in(namespace);
        if (qualified?.includes(name)) return syntax(this.#fail, `the attribute \`${local}\` stands twice`, at) !== STOP;
        (qualified ??= []).push(name);
        if (namespace === schemaInstance && /^(noNamespaceS|s)chemaLocation$/.test(local)) continue;
      }
      ordinal++;
      if (this.#all || this.#ends[i]! > this.#starts[i]!) unit.add(atomKey(ordinal, 0), name, this.#starts[i]!, this.#ends[i]!);
    }
    return true;
  }
}

/** The name at `start`, where it is one of the two that stood after the one before it the last times. */
function expectedAt({ next, other }: XmlName, bytes: Buffer, view: DataView, start: number, end: number): XmlName | undefined {
  if (next && endsAt(next, bytes, start, end) && standsAt(next, view, start)) return next;
  return other && endsAt(other, bytes, start, end) && standsAt(other, view, start) ? other : undefined;
}

/** Whether a name that stands at `start` would end there as it does. */
function endsAt({ bytes: name }: XmlName, bytes: Buffer, start: number, end: number): boolean {
  const stop = start + name.length;
  return stop < end && !goesOn(bytes[stop]!);
}

export const tagTooLong = (limit: number, at: number, fail: Fail): typeof STOP =>
  tooMuch(fail, 'tagBytes', limit, `a tag has more than ${limit} bytes`, at + limit);
