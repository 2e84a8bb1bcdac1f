import { finding, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Code } from '../../diagnostics/codes.ts';
import { atomKey, type Interchange, type MessageHeader, type UnitHandler, type UnitReader } from '../unit.ts';
import { beginsName, BLANK, ILLEGAL, kinds, longestReference, nameEnd, reference, skipBlanks, TEXT } from './characters.ts';
import { ElementUnit } from './element-unit.ts';
import { Elements } from './elements.ts';
import { readProlog, Utf8Check } from './encoding.ts';
import { Names, same, type XmlName } from './names.ts';

/** What a document may be at most; beyond it reading stops with a finding. */
export interface XmlLimits {
  readonly depth: number; // elements open at once
  readonly attributes: number; // of one element, namespace declarations included
  readonly names: number; // different names in the document
  readonly tag: number; // bytes of a start tag
  readonly text: number; // bytes of the content of an element without children, of a comment, of an instruction
}

export interface XmlReaderOptions {
  readonly source?: string; // file name for places
  readonly limits?: Partial<XmlLimits>;
}

export const xmlLimits: XmlLimits = { depth: 100, attributes: 100, names: 2000, tag: 65_536, text: 8_388_608 };

const WAIT = -1; // the construct is not whole yet
const STOP = -2; // reading has ended with a finding
const LESS = 0x3c;
const GREATER = 0x3e;
const schemaInstance = 'http://www.w3.org/2001/XMLSchema-instance';

/**
 * Reads one XML document (XML 1.0, Namespaces 1.0) and hands out its elements as units.
 *
 * An element without child elements is one `leaf`, known as such only at its end tag; until then its start tag is *pending*,
 * and the window keeps everything from its `<`. Nothing else is kept, so memory is bounded by the limits.
 *
 *     <Consignment> <ID schemeID="x">42</ID> …
 *     ^             ^               ^  ^
 *     |             pendingStart    |  at: `</` makes the pending element a leaf, `<B` would make it open
 *     emitted as    contentStart ---+
 *     open when `<ID` came
 *
 * The result does not depend on how the input is cut: a construct that is not whole is looked at again when more has come.
 */
export function xmlReader(handler: UnitHandler, options: XmlReaderOptions = {}): UnitReader {
  return new XmlReader(handler, options);
}

class XmlReader implements UnitReader {
  readonly #handler: UnitHandler;
  readonly #source: string;
  readonly #limits: XmlLimits;
  readonly #elements = new Elements();
  readonly #unit: ElementUnit;
  readonly #utf8 = new Utf8Check();
  #names = new Names(false);
  #latin1 = false;
  #interchange: Interchange | undefined;
  #message: MessageHeader | undefined;
  #namespace = ''; // of the document element

  #window: Buffer = Buffer.alloc(0);
  #base = 0; // offset of window[0] in the source
  #end = 0; // bytes of the window in use
  #at = 0; // next byte to look at
  #kept: Buffer = Buffer.alloc(0); // our own memory, where the window outlives a chunk
  #awaited = -1; // the byte without which the construct at `#at` cannot be whole
  #stopped = false;
  #ended = false; // the document element is closed

  #ordinal = 0;
  #pending = false;
  #pendingStart = 0;
  #contentStart = 0;
  #hasText = false; // something but blanks since contentStart
  #runStart = -1; // of text outside a pending element

  readonly #attributes: XmlName[] = []; // of the start tag being read, `#count` of them
  readonly #values: number[] = []; // start and end of each
  #count = 0;

  constructor(handler: UnitHandler, options: XmlReaderOptions) {
    this.#handler = handler;
    this.#source = options.source ?? '';
    this.#limits = { ...xmlLimits, ...options.limits };
    this.#unit = new ElementUnit(this.#source, () => this.#elements.xpath());
  }

  push(chunk: Uint8Array): void {
    if (this.#stopped || chunk.length === 0) return;
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    if (!this.#interchange) {
      this.#append(bytes);
      if (!this.#begin(false)) return;
      this.#checked(this.#window.subarray(0, this.#end), 0);
      return;
    }
    this.#append(bytes);
    this.#checked(bytes, this.#end - bytes.length);
  }

  end(): void {
    if (this.#stopped && !this.#interchange) return;
    if (!this.#interchange && this.#begin(true)) this.#checked(this.#window.subarray(0, this.#end), 0);
    if (!this.#stopped) this.#complete();
    if (this.#message) this.#handler.messageEnd?.(this.#message);
    if (this.#interchange) this.#handler.interchangeEnd?.(this.#interchange, this.#base + this.#end);
  }

  #complete(): void {
    if (!this.#latin1 && this.#utf8.end() > 0) this.#fail('XML_CHARSET', { message: 'the document ends within a character of UTF-8' }, this.#end - this.#utf8.end());
    else if (this.#at < this.#end && this.#window[this.#at] === LESS) this.#syntax('the document ends within a tag, a comment or a section', this.#at);
    else if (this.#elements.depth > 0) this.#syntax(`the document ends before \`</${this.#elements.name!.text}>\``, this.#end);
    else if (!this.#ended) this.#syntax('the document has no element', this.#end);
  }

  /** Reads byte order mark and XML declaration as soon as they are whole. */
  #begin(whole: boolean): boolean {
    const prolog = readProlog(this.#window.subarray(0, this.#end), whole);
    if ('wait' in prolog) return false;
    if ('problem' in prolog) {
      this.#fail(prolog.code, { message: prolog.problem }, prolog.at);
      return false;
    }
    this.#latin1 = this.#unit.latin1 = prolog.latin1;
    this.#names = new Names(prolog.latin1);
    this.#at = prolog.length;
    this.#interchange = { syntax: 'xml', index: 1, charset: { declared: prolog.declared, detected: prolog.detected }, start: 0 };
    this.#handler.interchange?.(this.#interchange);
    return true;
  }

  /** Scans what is new, up to the first byte that is none of the charset. */
  #checked(bytes: Buffer, offset: number): void {
    const bad = this.#latin1 ? undefined : this.#utf8.push(bytes);
    if (bad === undefined) return this.#scan();
    const end = this.#end;
    this.#end = Math.max(offset + bad, this.#at);
    if (bad > 0) this.#scan();
    this.#end = end;
    if (!this.#stopped) this.#fail('XML_CHARSET', { message: `byte 0x${this.#window[offset + bad]!.toString(16)} begins no character of UTF-8` }, offset + bad);
  }

  /** Puts a chunk behind what is left of the window. The chunk itself is the window where nothing is left. */
  #append(chunk: Buffer): void {
    const keep = this.#pending ? this.#pendingStart : this.#runStart >= 0 ? this.#runStart : this.#at;
    const left = this.#end - keep;
    this.#base += keep;
    const needed = left + chunk.length;
    // Only what is ours may be written to, and a chunk is ours only while `push` runs.
    if (needed > this.#kept.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#kept.length * 2, 4096));
      this.#window.copy(grown, 0, keep, this.#end);
      this.#kept = grown;
    } else this.#window.copy(this.#kept, 0, keep, this.#end);
    chunk.copy(this.#kept, left);
    this.#window = this.#kept;
    this.#end = needed;
    this.#at -= keep;
    if (this.#runStart >= 0) this.#runStart -= keep;
    if (!this.#pending) return;
    this.#pendingStart -= keep;
    this.#contentStart -= keep;
    for (let atom = 0; atom < this.#unit.size; atom++) {
      this.#unit.starts[atom]! -= keep;
      this.#unit.ends[atom]! -= keep;
    }
  }

  #scan(): void {
    const bytes = this.#window;
    const end = this.#end;
    if (this.#awaited >= 0) {
      const found = bytes.indexOf(this.#awaited, this.#at + 1);
      if (found < 0 || found >= end) return this.#tooLong();
      this.#awaited = -1;
    }
    while (this.#at < end) {
      const next = bytes[this.#at] === LESS ? this.#markup(bytes, this.#at, end) : this.#text(bytes, this.#at, end);
      if (next === STOP) return;
      if (next === WAIT) return this.#tooLong();
      this.#at = next;
    }
    this.#tooLong();
  }

  /** The window only grows while a construct is not whole: this is where that ends. */
  #tooLong(): void {
    const { tag, text } = this.#limits;
    if (this.#contentTooLong(this.#at)) return;
    const isTag = this.#window[this.#at + 1] !== 0x21 && this.#window[this.#at + 1] !== 0x3f;
    if (this.#end - this.#at > (isTag ? tag : text)) this.#markupTooLong(this.#at, isTag);
  }

  #contentTooLong(at: number): boolean {
    const start = this.#pending ? this.#contentStart : this.#runStart;
    if (start < 0 || at - start <= this.#limits.text) return false;
    this.#limit(`the text of \`${this.#elements.tag}\``, `${this.#limits.text} bytes`, start);
    return true;
  }

  #markupTooLong(at: number, isTag: boolean): number {
    return isTag ? this.#limit('a tag', `${this.#limits.tag} bytes`, at) : this.#limit('a comment, a section or an instruction', `${this.#limits.text} bytes`, at);
  }

  /**
   *     <ID>KUDAN &amp; CO</ID>
   *         ^             ^
   *         at            `<` ends the run
   */
  #text(bytes: Buffer, at: number, end: number): number {
    if (this.#elements.depth === 0) return this.#outside(bytes, at, end);
    while (at < end) {
      const kind = kinds[bytes[at]!]!;
      if (kind === TEXT) {
        this.#textSeen(at);
        do at++;
        while (at < end && kinds[bytes[at]!] === TEXT);
      } else if (kind === BLANK) at++;
      else if (kind === ILLEGAL) return this.#illegal(bytes, at);
      else {
        const byte = bytes[at]!;
        if (byte === LESS) break;
        this.#at = at; // where to go on if the rest has not come
        let after = at + 1;
        if (byte === 0x26) {
          after = this.#reference(bytes, at, end);
          if (after < 0) return after;
        } else if (at + 2 >= end && (at + 1 >= end || bytes[at + 1] === 0x5d)) return WAIT;
        else if (bytes[at + 1] === 0x5d && bytes[at + 2] === GREATER) return this.#syntax('`]]>` stands in text', at);
        this.#textSeen(at);
        at = after;
      }
    }
    return this.#contentTooLong(at) ? STOP : at;
  }

  /** Before and after the document element only blanks stand between comments and instructions. */
  #outside(bytes: Buffer, at: number, end: number): number {
    const next = skipBlanks(bytes, at, end);
    if (next === end || bytes[next] === LESS) return next;
    return kinds[bytes[next]!] === ILLEGAL ? this.#illegal(bytes, next) : this.#syntax('text stands outside the document element', next);
  }

  #textSeen(at: number): void {
    this.#hasText = true;
    if (!this.#pending && this.#runStart < 0) this.#runStart = at;
  }

  /** The end of the reference at `at`. */
  #reference(bytes: Buffer, at: number, end: number): number {
    const stop = Math.min(end, at + longestReference);
    let semicolon = at + 1;
    while (semicolon < stop && bytes[semicolon] !== 0x3b && bytes[semicolon] !== LESS && kinds[bytes[semicolon]!] !== BLANK) semicolon++;
    if (semicolon === end && end < at + longestReference) return WAIT;
    if (semicolon === stop || bytes[semicolon] !== 0x3b) return this.#syntax('`&` begins a reference that has no `;`', at);
    const name = bytes.toString('latin1', at + 1, semicolon);
    return reference(name) === undefined ? this.#fail('XML_ENTITY', { name }, at) : semicolon + 1;
  }

  #markup(bytes: Buffer, at: number, end: number): number {
    if (at + 1 >= end) return WAIT;
    switch (bytes[at + 1]) {
      case 0x2f:
        return this.#endTag(bytes, at, end);
      case 0x21:
        return this.#declaration(bytes, at, end);
      case 0x3f:
        return this.#instruction(bytes, at, end);
      default:
        return this.#startTag(bytes, at, end);
    }
  }

  /**
   *     <!-- … -->   <![CDATA[ … ]]>   <!DOCTYPE …
   *     ^
   */
  #declaration(bytes: Buffer, at: number, end: number): number {
    const head = bytes.toString('latin1', at, Math.min(end, at + 9));
    if (head.startsWith('<!--')) {
      const close = bytes.indexOf('--', at + 4, 'latin1');
      if (close < 0 || close + 2 >= end) return this.#await(GREATER);
      if (bytes[close + 2] !== GREATER) return this.#syntax('`--` stands in a comment', close);
      return this.#section(bytes, at, close, 3);
    }
    if (head.startsWith('<![CDATA[')) {
      if (this.#elements.depth === 0) return this.#syntax('a CDATA section stands outside the document element', at);
      const close = bytes.indexOf(']]>', at + 9, 'latin1');
      if (close < 0 || close + 2 >= end) return this.#await(GREATER);
      if (close > at + 9) this.#textSeen(at);
      return this.#section(bytes, at, close, 3);
    }
    if ('<!--'.startsWith(head) || '<![CDATA['.startsWith(head)) return WAIT;
    if ('<!DOCTYPE'.startsWith(head.slice(0, 9))) return head.length < 9 ? WAIT : this.#fail('XML_DOCTYPE', {}, at);
    return this.#syntax('`<!` begins neither a comment nor a CDATA section', at);
  }

  #instruction(bytes: Buffer, at: number, end: number): number {
    const close = bytes.indexOf('?>', at + 2, 'latin1');
    if (close < 0 || close + 1 >= end) return this.#await(GREATER);
    const target = bytes.toString('latin1', at + 2, nameEnd(bytes, at + 2, close));
    if (target === '' || !beginsName(bytes[at + 2]!)) return this.#syntax('`<?` begins no instruction', at);
    if (target.toLowerCase() === 'xml') return this.#syntax('the XML declaration stands only at the start', at);
    return this.#section(bytes, at, close, 2);
  }

  /** The end of a comment, section or instruction; it holds anything but control characters. */
  #section(bytes: Buffer, at: number, close: number, closing: number): number {
    for (let i = at; i < close; i++) if (kinds[bytes[i]!] === ILLEGAL) return this.#illegal(bytes, i);
    return close + closing - at > this.#limits.text ? this.#markupTooLong(at, false) : close + closing;
  }

  #illegal(bytes: Buffer, at: number): number {
    return this.#syntax(`the control character 0x${bytes[at]!.toString(16).padStart(2, '0')}`, at);
  }

  /**
   *     </ID >
   *     ^
   */
  #endTag(bytes: Buffer, at: number, end: number): number {
    const nameStop = nameEnd(bytes, at + 2, end);
    const close = skipBlanks(bytes, nameStop, end);
    if (close >= end) return this.#await(GREATER);
    const open = this.#elements.name;
    if (!open || !same(open.bytes, bytes, at + 2, nameStop)) {
      const found = bytes.toString('latin1', at + 2, nameStop);
      return this.#syntax(open ? `\`</${found}>\` closes nothing, \`${open.text}\` is open` : `\`</${found}>\` closes nothing`, at);
    }
    if (bytes[close] !== GREATER) return this.#syntax(`\`</${open.text}\` is not followed by \`>\``, close);
    if (this.#pending) {
      if (this.#hasText) this.#unit.add(0, undefined, this.#contentStart, at);
      this.#emit('leaf', this.#pendingStart, close + 1);
      this.#pending = false;
    } else {
      this.#flushText(at);
      this.#unit.size = 0;
      this.#emit('close', at, close + 1);
    }
    this.#hasText = false;
    this.#elements.pop();
    if (this.#elements.depth === 0) this.#ended = true;
    return close + 1;
  }

  /** Text that stands between elements is handed out as an element without a name of its own. */
  #flushText(end: number): void {
    if (this.#runStart < 0) return;
    const start = this.#runStart;
    this.#runStart = -1;
    this.#hasText = false;
    const unit = this.#unit;
    unit.size = 0;
    unit.add(0, undefined, start, end);
    this.#report(finding('XML_MIXED_TEXT', { tag: this.#elements.tag }, { data: { source: this.#source, start: this.#base + start, end: this.#base + end, xpath: this.#elements.xpath() } }));
    this.#emit('leaf', start, end, '#text');
  }

  #emit(kind: 'leaf' | 'open' | 'close', start: number, end: number, tag = this.#elements.tag): void {
    const unit = this.#unit;
    unit.kind = kind;
    unit.tag = tag;
    unit.position = this.#elements.position;
    unit.bytes = this.#window;
    unit.base = this.#base;
    unit.start = start;
    unit.end = end;
    this.#handler.unit?.(unit);
  }

  /**
   *     <ID schemeID="x" xmlns:p='…'/>
   *     ^
   */
  #startTag(bytes: Buffer, at: number, end: number): number {
    if (this.#ended) return this.#syntax('a second element stands after the document element', at);
    if (!beginsName(bytes[at + 1]!)) return this.#syntax('`<` begins no tag', at);
    let next = nameEnd(bytes, at + 2, end);
    const nameStop = next;
    this.#count = 0;
    for (;;) {
      const blank = next;
      next = skipBlanks(bytes, next, end);
      if (next >= end) return this.#await(GREATER);
      const byte = bytes[next]!;
      if (byte === GREATER) break;
      if (byte === 0x2f) {
        if (next + 1 >= end) return this.#await(GREATER);
        if (bytes[next + 1] !== GREATER) return this.#syntax('`/` in a tag is not followed by `>`', next);
        break;
      }
      if (next === blank || !beginsName(byte)) return this.#syntax('a tag holds attributes, each after a blank, and nothing else', next);
      next = this.#attribute(bytes, next, end);
      if (next < 0) return next;
    }
    const empty = bytes[next] === 0x2f;
    const after = next + (empty ? 2 : 1);
    if (after - at > this.#limits.tag) return this.#markupTooLong(at, true);
    return this.#element(this.#names.get(bytes, at + 1, nameStop), at, after, empty);
  }

  /** Reads `name="value"` and returns its end. */
  #attribute(bytes: Buffer, at: number, end: number): number {
    const nameStop = nameEnd(bytes, at, end);
    let next = skipBlanks(bytes, nameStop, end);
    if (next >= end) return this.#await(GREATER);
    if (bytes[next] !== 0x3d) return this.#syntax('an attribute has no value', at);
    next = skipBlanks(bytes, next + 1, end);
    if (next >= end) return this.#await(GREATER);
    const quote = bytes[next]!;
    if (quote !== 0x22 && quote !== 0x27) return this.#syntax('the value of an attribute stands in no quotes', next);
    const start = ++next;
    for (; next < end && bytes[next] !== quote; next++) {
      const kind = kinds[bytes[next]!]!;
      if (kind === ILLEGAL) return this.#illegal(bytes, next);
      if (bytes[next] === LESS) return this.#syntax('`<` stands in the value of an attribute', next);
      if (bytes[next] !== 0x26) continue;
      const after = this.#reference(bytes, next, end);
      if (after < 0) return after === WAIT ? this.#await(GREATER) : STOP;
      next = after - 1;
    }
    if (next >= end) return this.#await(GREATER);
    if (this.#count === this.#limits.attributes) return this.#limit('the number of attributes', String(this.#limits.attributes), at);
    this.#attributes[this.#count] = this.#names.get(bytes, at, nameStop);
    this.#values[2 * this.#count] = start;
    this.#values[2 * this.#count + 1] = next;
    this.#count++;
    return next + 1;
  }

  /** The start tag is whole: what stood pending before it is open, and this one is pending. */
  #element(name: XmlName, at: number, after: number, empty: boolean): number {
    if (this.#pending) {
      if (this.#hasText) {
        this.#unit.add(0, undefined, this.#contentStart, at);
        const place = { source: this.#source, start: this.#base + this.#contentStart, end: this.#base + at, xpath: this.#elements.xpath() };
        this.#report(finding('XML_MIXED_TEXT', { tag: this.#elements.tag }, { data: place }));
      }
      this.#emit('open', this.#pendingStart, this.#contentStart);
      this.#pending = false;
    } else this.#flushText(at);
    if (this.#names.size > this.#limits.names) return this.#limit('the number of different names', String(this.#limits.names), at);
    if (this.#elements.depth === this.#limits.depth) return this.#limit('the depth of elements', String(this.#limits.depth), at);
    this.#elements.begin();
    if (this.#count > 0 && !this.#bindNamespaces(at)) return STOP;
    const namespace = this.#elements.namespace(name.prefix);
    if (!name.wellFormed) return this.#syntax(`\`${name.text}\` is no name`, at);
    if (namespace === undefined) return this.#fail('XML_NAMESPACE', { message: `the prefix \`${name.prefix}\` is not declared` }, at);
    if (!this.#message) this.#namespace = namespace;
    this.#elements.push(name, namespace === this.#namespace ? name.local : `{${namespace}}${name.local}`, ++this.#ordinal);
    if (!this.#message) {
      this.#message = { index: 1, type: name.local, ...(namespace === '' ? {} : { namespace }), interchange: this.#interchange!, start: this.#base + at };
      this.#handler.message?.(this.#message);
    }
    this.#unit.size = 0;
    if (this.#count > 0 && !this.#attributeAtoms(at)) return STOP;
    this.#hasText = false;
    if (empty) {
      this.#emit('leaf', at, after);
      this.#elements.pop();
      if (this.#elements.depth === 0) this.#ended = true;
      return after;
    }
    this.#pending = true;
    this.#pendingStart = at;
    this.#contentStart = after;
    return after;
  }

  #bindNamespaces(at: number): boolean {
    for (let i = 0; i < this.#count; i++) {
      const attribute = this.#attributes[i]!;
      const isDefault = attribute.text === 'xmlns';
      if (!isDefault && attribute.prefix !== 'xmlns') continue;
      const value = this.#attributeText(i);
      if (!isDefault && (value === '' || attribute.local === 'xmlns' || (attribute.local === 'xml') !== (value === 'http://www.w3.org/XML/1998/namespace'))) {
        this.#fail('XML_NAMESPACE', { message: `\`${attribute.text}="${value}"\` is no declaration of a prefix` }, at);
        return false;
      }
      this.#elements.bind(isDefault ? '' : attribute.local, value);
    }
    return true;
  }

  /** Attributes become atoms; namespace declarations and the place of a schema are no data. */
  #attributeAtoms(at: number): boolean {
    const seen: string[] = [];
    let ordinal = 0;
    for (let i = 0; i < this.#count; i++) {
      const attribute = this.#attributes[i]!;
      if (this.#attributes.indexOf(attribute) < i) return this.#syntax(`the attribute \`${attribute.text}\` stands twice`, at) !== STOP;
      if (!attribute.wellFormed) return this.#syntax(`\`${attribute.text}\` is no name`, at) !== STOP;
      if (attribute.text === 'xmlns' || attribute.prefix === 'xmlns') continue;
      const namespace = attribute.prefix === '' ? '' : this.#elements.namespace(attribute.prefix);
      if (namespace === undefined) return this.#fail('XML_NAMESPACE', { message: `the prefix \`${attribute.prefix}\` is not declared` }, at) !== STOP;
      const name = namespace === '' ? attribute.local : `{${namespace}}${attribute.local}`;
      if (namespace !== '' && seen.includes(name)) return this.#syntax(`the attribute \`${attribute.local}\` stands twice`, at) !== STOP;
      seen.push(name);
      if (namespace === schemaInstance && /^(noNamespaceS|s)chemaLocation$/.test(attribute.local)) continue;
      const [start, end] = [this.#values[2 * i]!, this.#values[2 * i + 1]!];
      ordinal++;
      if (end > start) this.#unit.add(atomKey(ordinal, 0), name, start, end);
    }
    return true;
  }

  #attributeText(i: number): string {
    const unit = this.#unit;
    unit.size = 0;
    unit.bytes = this.#window;
    unit.add(0, '', this.#values[2 * i]!, this.#values[2 * i + 1]!);
    return unit.text(0);
  }

  #await(byte: number): number {
    this.#awaited = byte;
    return WAIT;
  }

  #syntax(message: string, at: number): number {
    return this.#fail('XML_SYNTAX', { message }, at);
  }

  #limit(what: string, limit: string, at: number): number {
    return this.#fail('XML_LIMIT', { what, limit }, at);
  }

  #fail(code: Code, args: Readonly<Record<string, string>>, at: number): number {
    this.#stopped = true;
    const start = this.#base + at;
    this.#report(finding(code, args, { data: { source: this.#source, start, end: Math.min(start + 1, this.#base + this.#end), xpath: this.#elements.xpath() } }));
    return STOP;
  }

  #report(diagnostic: Diagnostic): void {
    this.#handler.finding?.(diagnostic);
  }
}
