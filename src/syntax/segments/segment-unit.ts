import type { EdiAddress, Place } from '../../diagnostics/place.ts';
import { decode, detect, type Charset, type Encoding } from '../charset.ts';
import { atomKey, keyComponent, keyElement, type Unit } from '../unit.ts';
import { nothing } from './carry.ts';
import type { SegmentForm } from './form.ts';
import type { Scanner } from './scanner.ts';
import { byteClass } from './service.ts';
import { tokenFlag } from './tokens.ts';

const { COMPONENT, ELEMENT } = byteClass;
const { KIND, NOT_ASCII, RELEASED } = tokenFlag;

const longestTag = 35; // bytes, with the line breaks of hard wrapping: what is longer is none

/**
 * Text is cut from a string of about this many bytes, decoded once: large enough that decoding costs little,
 * small enough that a value that is kept does not keep much beside itself.
 */
const WINDOW = 2048;

/** Atoms that tables have room for at first: 64 bytes each, which cost no memory of their own outside the collector's. */
const ROOM = 16;

class Tables {
  readonly keys = new Int32Array(ROOM);
  readonly repetitions = new Int32Array(ROOM);
  readonly starts = new Int32Array(ROOM);
  readonly ends = new Int32Array(ROOM);
  readonly flags = new Uint8Array(ROOM);
  readonly components = new Int32Array(ROOM);
}
const spare: Tables[] = []; // of readers that have finished: most input is short

/** The one view that the EDIFACT reader moves from segment to segment. Atoms are the non-empty components. */
export class SegmentUnit implements Unit {
  readonly kind = 'segment';
  tag = '';
  tagOk = true; // three letters or digits, the first a letter
  isEnvelope = false; // by its tag
  position = 0;
  message = 0; // ordinal in the interchange; 0 outside messages
  ung = 0; // ordinal of the functional group in the interchange, outside its messages; 0 elsewhere
  bytes: Buffer = nothing;
  base = 0;
  start = 0;
  end = 0;
  size = 0;
  keys: Int32Array;
  repetitions: Int32Array;
  starts: Int32Array;
  ends: Int32Array;
  encoding: Encoding = 'ascii'; // of this segment
  readonly source: string;
  #announced: string | undefined; // the code tables of ISO 2022 in force
  readonly #form: SegmentForm;
  #undeclared: Charset | undefined; // each text for itself shows what it is in
  #broken = false; // line breaks stand in this segment
  #wrapped = false; // and are no data
  #tables: Tables | undefined = spare.pop() ?? new Tables();
  #flags: Uint8Array;
  #release = 0; // the release character; 0 where there is none
  #window = ''; // one character a byte, from offset #windowStart of `bytes`
  #windowStart = 0;
  #filled = 0; // bytes that are the input's
  #components: Int32Array; // per element of the segment: how many components it was given
  #last = 0; // element
  #widest = 1; // the most components of any

  constructor(source: string, form: SegmentForm) {
    this.source = source;
    this.#form = form;
    const { keys, repetitions, starts, ends, flags, components } = this.#tables!;
    this.keys = keys;
    this.repetitions = repetitions;
    this.starts = starts;
    this.ends = ends;
    this.#flags = flags;
    this.#components = components;
  }

  /** Nothing more is read: who has the unit has it no more. */
  giveBack(): void {
    this.size = 0;
    if (this.#tables && spare.length < 8) spare.push(this.#tables);
    this.#tables = undefined;
  }

  /** Takes over the segment at hand. The tables are ours; the bytes stay where they are. There are no atoms before `tabulate`. */
  take(scanner: Scanner): void {
    const { bytes } = scanner;
    if (bytes !== this.bytes || scanner.base !== this.base) this.#window = '';
    this.bytes = bytes;
    this.base = scanner.base;
    this.start = scanner.start;
    this.end = scanner.end;
    this.#filled = scanner.filled;
    this.#release = scanner.service.release;
    this.#announced = scanner.charset.gate?.announced;
    this.#broken = scanner.breaks > 0;
    this.#wrapped = this.#broken && this.#form.unwraps;
    this.encoding = scanner.notAscii ? detect(scanner.charset, bytes, scanner.start, scanner.end) : 'ascii';
    this.#undeclared = scanner.notAscii && scanner.charset.encoding === 'big5' && scanner.charset.doubtful ? scanner.charset : undefined;
    this.size = 0;
    const tagEnd = (scanner.starts[scanner.first + 1] as number) - 1;
    const at = scanner.start;
    const short = tagEnd - at === 2;
    const packed = short || tagEnd - at === 3 ? ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (short ? 0 : (bytes[at + 2] as number)) : 0;
    const known = packed === 0 ? undefined : this.#form.tags.get(packed);
    if (known === undefined) return this.#newTag(at, tagEnd, packed);
    this.tagOk = true;
    this.tag = known.text;
    this.isEnvelope = known.isEnvelope;
  }

  /** The atoms of the segment just taken. */
  tabulate({ first, count, starts, kinds }: Scanner): void {
    if (count > this.keys.length) this.#grow(count);
    const { keys, repetitions, starts: from, ends: to } = this;
    const flags = this.#flags;
    const components = this.#components;
    let size = 0;
    let element = 0;
    let component = 1;
    let repetition = 0;
    let most = 1; // components of the element, in any repetition
    let widest = 1;
    for (let k = first; k < first + count; k++) {
      const start = starts[k] as number;
      const end = (starts[k + 1] as number) - 1;
      const kind = kinds[k] as number;
      if (end > start && k > first) {
        keys[size] = (element << 16) | component; // `atomKey`
        repetitions[size] = repetition;
        from[size] = start;
        to[size] = end;
        flags[size++] = kind;
      }
      switch (kind & KIND) {
        case ELEMENT:
          components[element++] = most;
          if (most > widest) widest = most;
          component = most = 1;
          repetition = 0;
          break;
        case COMPONENT:
          if (++component > most) most = component;
          break;
        default: // repetition separator, or the terminator
          component = 1;
          repetition++;
      }
    }
    components[element] = most;
    this.#last = element;
    this.#widest = most > widest ? most : widest;
    this.size = size;
  }

  #newTag(at: number, end: number, packed: number): void {
    const text = end === at ? '' : this.bytes.toString('latin1', at, Math.min(end, at + longestTag)).replace(/[\r\n]/g, '');
    this.tagOk = this.#form.tag.test(text);
    const tag = this.#form.tags.add(this.tagOk && text.length === end - at ? packed : 0, text);
    this.tag = tag.text;
    this.isEnvelope = tag.isEnvelope;
  }

  #grow(count: number): void {
    const size = Math.max(64, 2 * count);
    this.keys = new Int32Array(size);
    this.repetitions = new Int32Array(size);
    this.starts = new Int32Array(size);
    this.ends = new Int32Array(size);
    this.#flags = new Uint8Array(size);
    this.#components = new Int32Array(size);
  }

  name(): undefined {
    return undefined;
  }

  /** Whether a value is ASCII, without escape sequences. */
  isPlain(atom: number): boolean {
    return ((this.#flags[atom] as number) & NOT_ASCII) === 0;
  }

  text(atom: number): string {
    const text = this.#raw(atom);
    return this.#wrapped ? text.replace(/[\r\n]/g, '') : text;
  }

  #raw(atom: number): string {
    const start = this.starts[atom] as number;
    const end = this.ends[atom] as number;
    const flags = this.#flags[atom] as number;
    if ((flags & NOT_ASCII) !== 0) {
      const encoding = this.#undeclared ? detect(this.#undeclared, this.bytes, start, end) : this.encoding;
      const decoded = decode(encoding, this.bytes, start, end, this.#announced);
      return (flags & RELEASED) === 0 ? decoded : this.#unreleased(decoded);
    }
    let from = start - this.#windowStart;
    if (from < 0 || end - this.#windowStart > this.#window.length) {
      this.#windowStart = this.start;
      this.#window = this.bytes.toString('latin1', this.start, Math.max(this.end, Math.min(this.start + WINDOW, this.#filled)));
      from = start - this.start;
    }
    const text = this.#window.slice(from, from + end - start);
    return (flags & RELEASED) === 0 ? text : this.#unreleased(text);
  }

  #unreleased(text: string): string {
    if (this.#release === 0) return text;
    const release = String.fromCharCode(this.#release);
    let plain = '';
    let from = 0; // what comes after a release character is data, itself included
    for (let at = text.indexOf(release); at >= 0; at = text.indexOf(release, at + 2)) {
      plain += text.slice(from, at);
      from = at + 1;
    }
    return plain + text.slice(from);
  }

  /** The value at (element, component) of the first repetition, line breaks of hard wrapping left out; '' where there is none. */
  value(element: number, component = 1): string {
    const atom = this.atom(element, component);
    if (atom < 0) return '';
    return this.#broken ? this.text(atom).replace(/[\r\n]/g, '') : this.text(atom);
  }

  /** The atom at (element, component) of the first repetition, or -1. */
  atom(element: number, component: number): number {
    const key = atomKey(element, component);
    for (let k = 0; k < this.size; k++) if (this.keys[k] === key && this.repetitions[k] === 0) return k;
    return -1;
  }

  place(atom?: number): Place {
    const around = this.message > 0 ? { message: this.message } : this.ung > 0 ? { ung: this.ung } : {};
    const address = { tag: this.tag, segment: this.position, ...around };
    if (atom === undefined) return this.#placeOf(this.start, this.end, address);
    const key = this.keys[atom] as number;
    const repetition = this.repetitions[atom] as number;
    const composite = (this.#components[keyElement(key)] ?? 1) > 1 || keyComponent(key) > 1;
    return this.#placeOf(this.starts[atom] as number, this.ends[atom] as number, {
      element: keyElement(key) + 1,
      ...address,
      ...(composite ? { component: keyComponent(key) } : {}),
      ...(repetition > 0 ? { occurrence: repetition + 1 } : {}),
    });
  }

  /** The first element that was given more components than its row has, though nothing stands in those; 0 where there is none. */
  vacant(rows: readonly (readonly unknown[])[]): number {
    for (let element = 1; this.#widest > 1 && element <= Math.min(this.#last, rows.length); element++) {
      const { length } = rows[element - 1]!;
      if (this.#components[element]! > length && !this.#stands(element, length)) return element;
    }
    return 0;
  }

  #stands(element: number, behind: number): boolean {
    for (let k = 0; k < this.size; k++) if (keyElement(this.keys[k]!) === element && keyComponent(this.keys[k]!) > behind) return true;
    return false;
  }

  /** The place of an element by its number; of the segment, where the element is not there. */
  elementPlace(element: number, id: string): Place {
    const atom = this.atom(element, 1);
    const place = this.place(atom < 0 ? undefined : atom);
    return { ...place, edi: { ...(place.edi as EdiAddress), element: element + 1, id } };
  }

  /** The place of one byte: of the atom that holds it, narrowed to the byte. */
  placeOfByte(at: number): Place {
    for (let k = 0; k < this.size; k++) {
      if (at < (this.starts[k] as number) || at >= (this.ends[k] as number)) continue;
      const { edi } = this.place(k);
      return this.#placeOf(at, at + 1, edi as EdiAddress);
    }
    const { edi } = this.place();
    return this.#placeOf(at, at + 1, edi as EdiAddress);
  }

  #placeOf(start: number, end: number, edi: EdiAddress): Place {
    return { source: this.source, start: this.base + start, end: this.base + end, edi };
  }
}
