import { readerLimits, type XmlLimits } from '../limits.ts';
import type { UnitHandler, UnitReader } from '../unit.ts';
import { BLANK, GREATER, ILLEGAL, kinds, LESS, TEXT } from './characters.ts';
import { Documents } from './documents.ts';
import type { Prolog } from './encoding.ts';
import { Faults, illegal, STOP, syntax, tooMuch } from './faults.ts';
import { Input } from './input.ts';
import type { Names } from './names.ts';
import { plainEndTag, plainTextEnd, scanEndTag, scanOutside, scanReference, scanSection, sectionTooLong, WAIT } from './scan.ts';
import { StartTag, tagTooLong } from './start-tag.ts';
import { giveBack, takeTables, type Tables } from './tables.ts';

export interface XmlReaderOptions {
  readonly source?: string; // file name for places
  readonly limits?: Partial<XmlLimits> | undefined;
  readonly whole?: boolean; // an envelope is read as any document, for whoever wants what it says itself
  readonly allAttributes?: boolean; // declarations of namespaces and empty ones too are atoms
}

/**
 * Reads an XML document (XML 1.0, Namespaces 1.0), or those in the body of an envelope, and hands out their elements as units.
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
  readonly #limits: XmlLimits;
  #tables: Tables | undefined = takeTables(); // until it ends
  readonly #elements = this.#tables!.elements;
  readonly #unit = this.#tables!.unit;
  readonly #documents: Documents;
  readonly #faults: Faults;
  readonly #fail: Faults['fail'];
  readonly #tag: StartTag;
  readonly #input = new Input();
  #names: Names | undefined;

  #at = 0; // next byte to look at
  #awaiting = false; // the construct at `#at` cannot be whole without another `>`
  #ordinal = 0;
  #pending = false;
  #pendingStart = 0;
  #contentStart = 0;
  #hasText = false; // something but blanks stands since contentStart
  #runStart = -1; // of text between elements

  constructor(handler: UnitHandler, options: XmlReaderOptions) {
    this.#handler = handler;
    this.#limits = { ...readerLimits.xml, ...options.limits };
    this.#documents = new Documents(handler, options.whole ?? false, this.#limits.documents);
    this.#unit.source = options.source ?? '';
    this.#faults = new Faults(handler, this.#elements, this.#input, this.#unit.source);
    this.#fail = this.#faults.fail;
    this.#tag = new StartTag(this.#limits, options.allAttributes ?? false, this.#fail);
  }

  push(chunk: Uint8Array): void {
    if (this.#faults.stopped || !this.#tables || chunk.length === 0) return;
    this.#input.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
    this.#read();
    this.#keep();
  }

  /** The chunk goes back to who lent it: what is begun in it is kept. */
  #keep(): void {
    const from = this.#faults.stopped ? this.#input.filled : this.#pending ? this.#pendingStart : this.#runStart >= 0 ? this.#runStart : this.#at;
    this.#input.keep(from);
    this.#at -= from;
    if (this.#runStart >= 0) this.#runStart -= from;
    if (this.#pending) {
      this.#pendingStart -= from;
      this.#contentStart -= from;
      this.#unit.shift(from);
    }
  }

  end(): void {
    if (!this.#tables) return;
    if (!this.#faults.stopped) this.#input.finish();
    this.#read();
    if (!this.#faults.stopped) {
      const { bytes, end } = this.#input;
      if (this.#at < end && bytes[this.#at] === LESS) syntax(this.#fail, 'the document ends within a tag, a comment or a section', this.#at);
      else if (this.#elements.depth > 0) syntax(this.#fail, `the document ends before \`</${this.#elements.name!.text}>\``, end);
      else if (this.#ordinal === 0) syntax(this.#fail, 'the document has no element', end);
    }
    this.#documents.end(this.#input.base + this.#input.filled);
    giveBack(this.#tables);
    this.#tables = undefined;
  }

  /** Scans what has come, up to the first byte that is none of the charset. */
  #read(): void {
    if (this.#faults.stopped) return;
    const { prolog, fault } = this.#input;
    if (prolog) {
      if (!this.#names) this.#begin(prolog);
      this.#scan();
    }
    if (fault && !this.#faults.stopped) this.#fail(fault.code, { message: fault.message }, fault.at);
  }

  #begin({ declared, detected, latin1, length }: Prolog): void {
    this.#names = this.#tables!.begin(latin1);
    this.#at = length;
    this.#documents.begin({ syntax: 'xml', index: 1, charset: { declared, detected }, start: 0 });
  }

  #scan(): void {
    const { bytes, end } = this.#input;
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
    const { bytes, end } = this.#input;
    const isSection = bytes[this.#at + 1] === 0x21 || bytes[this.#at + 1] === 0x3f;
    const limit = isSection ? this.#limits.textBytes : this.#limits.tagBytes;
    if (end - this.#at > limit) (isSection ? sectionTooLong : tagTooLong)(limit, this.#at, this.#fail);
  }

  #contentTooLong(at: number): boolean {
    const start = this.#pending ? this.#contentStart : this.#runStart;
    const { textBytes } = this.#limits;
    if (start < 0 || at - start <= textBytes) return false;
    return tooMuch(this.#fail, 'textBytes', textBytes, `the text of \`${this.#elements.tag}\` has more than ${textBytes} bytes`, start + textBytes) === STOP;
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
    const after = scanSection(this.#input, at, this.#elements.depth > 0, this.#limits.textBytes, this.#fail);
    if (after > 0 && bytes[at + 2] === 0x5b && after > at + 12) this.#textSeen(at); // <![CDATA[x]]>
    return after;
  }

  #endTag(bytes: Buffer, at: number, end: number): number {
    const after = scanEndTag(bytes, this.#input.view, at, end, this.#elements.name, this.#fail);
    if (after < 0) return after;
    if (this.#pending) {
      if (this.#hasText) this.#unit.add(0, undefined, this.#contentStart, at);
      this.#emit('leaf', this.#pendingStart, after);
      this.#pending = false;
    } else {
      this.#betweenElements(at);
      this.#unit.size = 0;
      this.#emit('close', at, after);
    }
    this.#hasText = false;
    this.#leave();
    return after;
  }

  /** The start tag is whole: what stood pending before it is open, and this one is pending. */
  #startTag(bytes: Buffer, at: number, end: number): number {
    if (this.#elements.depth === 0 && this.#ordinal > 0) return syntax(this.#fail, 'a second element stands after the document element', at);
    const after = this.#tag.scan(this.#input, at, end, this.#names!);
    if (after < 0) return after;
    if (this.#pending) {
      if (this.#hasText) {
        this.#unit.add(0, undefined, this.#contentStart, at);
        this.#faults.mixed(this.#contentStart, at);
      }
      this.#emit('open', this.#pendingStart, this.#hasText ? at : this.#contentStart); // its text is in it
      this.#pending = false;
    } else this.#betweenElements(at);
    this.#hasText = false;
    if (!this.#enter(bytes, at)) return STOP;
    const close = this.#tag.empty ? after : this.#leafEnd(bytes, after, end);
    if (close > 0) {
      this.#emit('leaf', at, close);
      this.#leave();
      return close;
    }
    this.#pending = true;
    this.#pendingStart = at;
    this.#contentStart = after;
    return after;
  }

  /** The end of an element that was entered, where a text without anything to look into is all that is in it, as in nearly every leaf; else 0. */
  #leafEnd(bytes: Buffer, start: number, end: number): number {
    const text = plainTextEnd(bytes, start, end);
    const close = text - start > this.#limits.textBytes ? 0 : plainEndTag(bytes, this.#input.view, text, end, this.#tag.name!);
    if (close > 0 && text > start) this.#unit.add(0, undefined, start, text);
    return close;
  }

  #enter(bytes: Buffer, at: number): boolean {
    const name = this.#tag.name!;
    const elements = this.#elements;
    const { names, depth, elements: most, documents } = this.#limits;
    if (this.#names!.size > names) return tooMuch(this.#fail, 'names', names, `the document has more than ${names} different names`, at) !== STOP;
    if (elements.depth === depth) return tooMuch(this.#fail, 'depth', depth, `more than ${depth} elements stand in one another`, at) !== STOP;
    if (this.#ordinal === most) return tooMuch(this.#fail, 'elements', most, `the document has more than ${most} elements`, at) !== STOP;
    const scope = elements.bindings;
    if (this.#tag.declares && !this.#tag.bind(bytes, at, elements, this.#unit.latin1)) return false;
    const namespace = elements.namespace(name.prefix);
    if (namespace === undefined) return this.#fail('XML_NAMESPACE', { message: `the prefix \`${name.prefix}\` is not declared` }, at) !== STOP;
    if (!this.#documents.isOpen && !this.#documents.enter(namespace, name.local, elements.depth, this.#input.base + at))
      return tooMuch(this.#fail, 'documents', documents, `the input has more than ${documents} documents`, at) !== STOP;
    elements.push(name, namespace === this.#documents.namespace ? name.local : name.in(namespace), ++this.#ordinal, scope);
    this.#unit.size = 0;
    return this.#tag.count === 0 || this.#tag.atoms(this.#unit, at, elements);
  }

  #leave(): void {
    this.#elements.pop();
    this.#documents.leave(this.#elements.depth);
  }

  /** Text that stands after a child element, up to `end`. */
  #betweenElements(end: number): void {
    if (this.#runStart < 0) return;
    const start = this.#runStart;
    this.#runStart = -1;
    this.#faults.mixed(start, end);
    this.#unit.size = 0;
    this.#unit.add(0, undefined, start, end);
    this.#emit('leaf', start, end, '#text');
  }

  #emit(kind: 'leaf' | 'open' | 'close', start: number, end: number, tag = this.#elements.tag): void {
    if (!this.#documents.isOpen) return;
    this.#unit.show(kind, tag, this.#elements.position, this.#input, start, end);
    this.#handler.unit?.(this.#unit);
  }
}
