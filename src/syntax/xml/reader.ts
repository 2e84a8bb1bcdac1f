import { finding } from '../../diagnostics/diagnostic.ts';
import type { Place } from '../../diagnostics/place.ts';
import type { Interchange, MessageHeader, UnitHandler, UnitReader } from '../unit.ts';
import { BLANK, ILLEGAL, kinds, nameEnd, skipBlanks, TEXT } from './characters.ts';
import { ElementUnit } from './element-unit.ts';
import { Elements } from './elements.ts';
import { readProlog, Utf8Check } from './encoding.ts';
import { Names, same } from './names.ts';
import { GREATER, illegal, LESS, scanOutside, scanReference, scanSection, sectionTooLong, STOP, syntax, WAIT, type Fail } from './scan.ts';
import { StartTag, tagTooLong } from './start-tag.ts';

/** What a document may be at most; beyond it reading stops with a finding. */
export interface XmlLimits {
  readonly depth: number; // elements open at once
  readonly attributes: number; // of one element, namespace declarations included
  readonly names: number; // different names in the document
  readonly tag: number; // bytes of a start tag
  readonly text: number; // bytes of the content of an element without children, of a comment, of an instruction
}

export const xmlLimits: XmlLimits = { depth: 100, attributes: 100, names: 2000, tag: 65_536, text: 8_388_608 };

export interface XmlReaderOptions {
  readonly source?: string; // file name for places
  readonly limits?: Partial<XmlLimits>;
}

/**
 * Reads one XML document (XML 1.0, Namespaces 1.0) and hands out its elements as units.
 *
 * An element without child elements is one `leaf`, known as such only at its end tag; until then its start tag is *pending*,
 * and the window keeps everything from its `<`. Nothing else is kept, so memory is bounded by the limits.
 *
 *     <Consignment> <ID schemeID="x">42</ID> …
 *     ^             ^               ^  ^
 *     handed out    pendingStart    |  at: `</` makes the pending element a leaf, `<B` would make it open
 *     as open when                  contentStart
 *     `<ID` came
 *
 * The result does not depend on how the input is cut: a construct that is not whole is looked at again when more has come.
 * An element of another namespace than the document element's has the tag `{namespace}Name`; text between elements is handed
 * out as a leaf `#text` at the ordinal of the element around it.
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
  readonly #tag: StartTag;
  readonly #utf8 = new Utf8Check();
  #names = new Names(false);
  #latin1 = false;
  #interchange: Interchange | undefined;
  #message: MessageHeader | undefined;
  #namespace = ''; // of the document element

  #window: Buffer = Buffer.alloc(0); // our own memory: a chunk is ours only while `push` runs
  #base = 0; // offset of window[0] in the source
  #end = 0; // bytes of the window in use
  #at = 0; // next byte to look at
  #awaiting = false; // the construct at `#at` cannot be whole without another `>`
  #stopped = false;
  #closed = false; // the document element is

  #ordinal = 0;
  #pending = false;
  #pendingStart = 0;
  #contentStart = 0;
  #hasText = false; // something but blanks stands since contentStart
  #runStart = -1; // of text between elements

  constructor(handler: UnitHandler, options: XmlReaderOptions) {
    this.#handler = handler;
    this.#source = options.source ?? '';
    this.#limits = { ...xmlLimits, ...options.limits };
    this.#unit = new ElementUnit(this.#source, () => this.#elements.xpath());
    this.#tag = new StartTag(this.#limits, this.#fail);
  }

  push(chunk: Uint8Array): void {
    if (this.#stopped || chunk.length === 0) return;
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    this.#append(bytes);
    if (this.#interchange) this.#checked(bytes, this.#end - bytes.length);
    else if (this.#begin(false)) this.#checked(this.#window.subarray(0, this.#end), 0);
  }

  end(): void {
    if (!this.#stopped && !this.#interchange && this.#begin(true)) this.#checked(this.#window.subarray(0, this.#end), 0);
    if (!this.#stopped) this.#complete();
    if (this.#message) this.#handler.messageEnd?.(this.#message);
    if (this.#interchange) this.#handler.interchangeEnd?.(this.#interchange, this.#base + this.#end);
  }

  #complete(): void {
    const cut = this.#latin1 ? 0 : this.#utf8.begun;
    if (cut > 0) this.#fail('XML_CHARSET', { message: 'the document ends within a character of UTF-8' }, this.#end - cut);
    else if (this.#at < this.#end && this.#window[this.#at] === LESS) syntax(this.#fail, 'the document ends within a tag, a comment or a section', this.#at);
    else if (this.#elements.depth > 0) syntax(this.#fail, `the document ends before \`</${this.#elements.name!.text}>\``, this.#end);
    else if (!this.#closed) syntax(this.#fail, 'the document has no element', this.#end);
  }

  /** Reads byte order mark and XML declaration as soon as they are whole. */
  #begin(whole: boolean): boolean {
    const prolog = readProlog(this.#window.subarray(0, this.#end), whole);
    if ('wait' in prolog) return false;
    if ('problem' in prolog) return this.#fail(prolog.code, { message: prolog.problem }, prolog.at) !== STOP;
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

  /** Puts a chunk behind what is still needed of the window. */
  #append(chunk: Buffer): void {
    const keep = this.#pending ? this.#pendingStart : this.#runStart >= 0 ? this.#runStart : this.#at;
    const left = this.#end - keep;
    const needed = left + chunk.length;
    const window = needed > this.#window.length ? Buffer.allocUnsafe(Math.max(needed, this.#window.length * 2, 4096)) : this.#window;
    this.#window.copy(window, 0, keep, this.#end);
    chunk.copy(window, left);
    this.#window = window;
    this.#base += keep;
    this.#end = needed;
    this.#at -= keep;
    if (this.#runStart >= 0) this.#runStart -= keep;
    if (!this.#pending) return;
    this.#pendingStart -= keep;
    this.#contentStart -= keep;
    this.#unit.shift(keep);
  }

  #scan(): void {
    const bytes = this.#window;
    const end = this.#end;
    if (this.#awaiting) {
      const found = bytes.indexOf(GREATER, this.#at + 1);
      if (found < 0 || found >= end) return this.#checkSize();
      this.#awaiting = false;
    }
    while (this.#at < end) {
      const markup = bytes[this.#at] === LESS;
      const next = markup ? this.#markup(bytes, this.#at, end) : this.#text(bytes, this.#at, end);
      if (next === STOP) return;
      if (next === WAIT) {
        this.#awaiting = markup;
        break;
      }
      this.#at = next;
    }
    this.#checkSize();
  }

  /** The window only grows while a construct is not whole: this is where that ends. */
  #checkSize(): void {
    if (this.#contentTooLong(this.#at)) return;
    const isSection = this.#window[this.#at + 1] === 0x21 || this.#window[this.#at + 1] === 0x3f;
    const limit = isSection ? this.#limits.text : this.#limits.tag;
    if (this.#end - this.#at > limit) (isSection ? sectionTooLong : tagTooLong)(limit, this.#at, this.#fail);
  }

  #contentTooLong(at: number): boolean {
    const start = this.#pending ? this.#contentStart : this.#runStart;
    const { text } = this.#limits;
    return (
      start >= 0 && at - start > text && this.#fail('XML_LIMIT', { what: `the text of \`${this.#elements.tag}\``, limit: `${text} bytes` }, start) === STOP
    );
  }

  /**
   *     <ID>KUDAN &amp; CO</ID>
   *         ^             ^
   *         at            `<` ends the run
   */
  #text(bytes: Buffer, at: number, end: number): number {
    if (this.#elements.depth === 0) return scanOutside(bytes, at, end, this.#fail);
    while (at < end) {
      const kind = kinds[bytes[at]!]!;
      if (kind === TEXT) {
        this.#textSeen(at);
        do at++;
        while (at < end && kinds[bytes[at]!] === TEXT);
      } else if (kind === BLANK) at++;
      else if (kind === ILLEGAL) return illegal(this.#fail, bytes, at);
      else {
        const byte = bytes[at]!;
        if (byte === LESS) break;
        this.#at = at; // where to go on if the rest has not come
        let after = at + 1;
        if (byte === 0x26) {
          after = scanReference(bytes, at, end, this.#fail);
          if (after < 0) return after;
        } else if (at + 2 >= end && (at + 1 >= end || bytes[at + 1] === 0x5d)) return WAIT;
        else if (bytes[at + 1] === 0x5d && bytes[at + 2] === GREATER) return syntax(this.#fail, '`]]>` stands in text', at);
        this.#textSeen(at);
        at = after;
      }
    }
    return this.#contentTooLong(at) ? STOP : at;
  }

  #textSeen(at: number): void {
    this.#hasText = true;
    if (!this.#pending && this.#runStart < 0) this.#runStart = at;
  }

  #markup(bytes: Buffer, at: number, end: number): number {
    if (at + 1 >= end) return WAIT;
    const byte = bytes[at + 1]!;
    if (byte === 0x2f) return this.#endTag(bytes, at, end);
    if (byte !== 0x21 && byte !== 0x3f) return this.#startTag(bytes, at, end);
    const after = scanSection(bytes, at, end, this.#elements.depth > 0, this.#limits.text, this.#fail);
    if (after > 0 && bytes[at + 2] === 0x5b && after > at + 12) this.#textSeen(at); // <![CDATA[x]]>
    return after;
  }

  /**
   *     </ID >
   *     ^
   */
  #endTag(bytes: Buffer, at: number, end: number): number {
    const open = this.#elements.name;
    let close = at + 2 + (open?.bytes.length ?? 0);
    if (!open || bytes[close] !== GREATER || close >= end || !same(open.bytes, bytes, at + 2, close)) {
      const nameStop = nameEnd(bytes, at + 2, end);
      close = skipBlanks(bytes, nameStop, end);
      if (close >= end) return WAIT;
      if (!open || !same(open.bytes, bytes, at + 2, nameStop)) {
        const found = bytes.toString(this.#latin1 ? 'latin1' : 'utf8', at + 2, nameStop);
        return syntax(this.#fail, `\`</${found}>\` closes nothing${open ? `, \`${open.text}\` is open` : ''}`, at);
      }
      if (bytes[close] !== GREATER) return syntax(this.#fail, `\`</${open.text}\` is not followed by \`>\``, close);
    }
    if (this.#pending) {
      if (this.#hasText) this.#unit.add(0, undefined, this.#contentStart, at);
      this.#emit('leaf', this.#pendingStart, close + 1);
      this.#pending = false;
    } else {
      this.#betweenElements(at);
      this.#unit.size = 0;
      this.#emit('close', at, close + 1);
    }
    this.#hasText = false;
    this.#leave();
    return close + 1;
  }

  /** The start tag is whole: what stood pending before it is open, and this one is pending. */
  #startTag(bytes: Buffer, at: number, end: number): number {
    if (this.#closed) return syntax(this.#fail, 'a second element stands after the document element', at);
    const after = this.#tag.scan(bytes, at, end, this.#names);
    if (after < 0) return after;
    if (this.#pending) {
      if (this.#hasText) {
        this.#unit.add(0, undefined, this.#contentStart, at);
        this.#mixed(this.#contentStart, at);
      }
      this.#emit('open', this.#pendingStart, this.#contentStart);
      this.#pending = false;
    } else this.#betweenElements(at);
    this.#hasText = false;
    if (!this.#enter(bytes, at)) return STOP;
    if (this.#tag.empty) {
      this.#emit('leaf', at, after);
      this.#leave();
    } else {
      this.#pending = true;
      this.#pendingStart = at;
      this.#contentStart = after;
    }
    return after;
  }

  #enter(bytes: Buffer, at: number): boolean {
    const name = this.#tag.name!;
    const elements = this.#elements;
    const { names, depth } = this.#limits;
    if (this.#names.size > names) return this.#fail('XML_LIMIT', { what: 'the number of different names', limit: String(names) }, at) !== STOP;
    if (elements.depth === depth) return this.#fail('XML_LIMIT', { what: 'the depth of elements', limit: String(depth) }, at) !== STOP;
    elements.begin();
    if (!this.#tag.bind(bytes, at, elements, this.#latin1)) return false;
    const namespace = elements.namespace(name.prefix);
    if (namespace === undefined) return this.#fail('XML_NAMESPACE', { message: `the prefix \`${name.prefix}\` is not declared` }, at) !== STOP;
    if (!this.#message) this.#namespace = namespace;
    elements.push(name, namespace === this.#namespace ? name.local : `{${namespace}}${name.local}`, ++this.#ordinal);
    if (!this.#message) {
      this.#message = { index: 1, type: name.local, ...(namespace === '' ? {} : { namespace }), interchange: this.#interchange!, start: this.#base + at };
      this.#handler.message?.(this.#message);
    }
    this.#unit.size = 0;
    return this.#tag.atoms(this.#unit, at, elements);
  }

  #leave(): void {
    this.#elements.pop();
    this.#closed = this.#elements.depth === 0;
  }

  /** Text that stands after a child element, up to `end`. */
  #betweenElements(end: number): void {
    if (this.#runStart < 0) return;
    const start = this.#runStart;
    this.#runStart = -1;
    this.#mixed(start, end);
    this.#unit.size = 0;
    this.#unit.add(0, undefined, start, end);
    this.#emit('leaf', start, end, '#text');
  }

  #mixed(start: number, end: number): void {
    this.#handler.finding?.(finding('XML_MIXED_TEXT', { tag: this.#elements.tag }, { data: this.#place(start, end) }));
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

  #place(start: number, end: number): Place {
    return { source: this.#source, start: this.#base + start, end: this.#base + end, xpath: this.#elements.xpath() };
  }

  readonly #fail: Fail = (code, args, at) => {
    this.#stopped = true;
    this.#handler.finding?.(finding(code, args, { data: this.#place(at, Math.min(at + 1, this.#end)) }));
    return STOP;
  };
}
