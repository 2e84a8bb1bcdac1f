import type { EdiAddress, Place } from '../../diagnostics/place.ts';
import { decode, detect, type Encoding } from '../charset.ts';
import { atomKey, keyComponent, keyElement, type Unit } from '../unit.ts';
import { nothing } from './carry.ts';
import type { SegmentForm } from './form.ts';
import type { Scanner } from './scanner.ts';
import { byteClass, unreleased } from './service.ts';
import { tokenFlag } from './tokens.ts';

const { COMPONENT, ELEMENT, REPETITION } = byteClass;
const { KIND, NOT_ASCII, RELEASED } = tokenFlag;
const ODD = REPETITION | RELEASED | NOT_ASCII; // what few segments have: the kinds that all have share no bit with it

const longestTag = 35; // bytes, with the line breaks of hard wrapping: what is longer is none

/**
 * Text is cut from a string of about this many bytes, decoded once: large enough that decoding costs little,
 * small enough that a value that is kept does not keep much beside itself.
 */
const WINDOW = 2048;

/** Atoms that tables have room for at first: 64 bytes each, which cost no memory of their own outside the collector's. */
const ROOM = 16;

/** Where the value after a separator stands. */
const keyAfter = (key: number, kind: number): number =>
  (kind & KIND) === COMPONENT ? key + 1 : (kind & KIND) === ELEMENT ? (key | 0xffff) + 2 : (key & ~0xffff) + 1;

class Tables {
  readonly keys = new Int32Array(ROOM);
  readonly repetitions = new Int32Array(ROOM);
  readonly starts = new Int32Array(ROOM);
  readonly ends = new Int32Array(ROOM);
  readonly flags = new Uint8Array(ROOM);
}
const spare: Tables[] = []; // of readers that have finished: most input is short

/** The one view that the EDIFACT reader moves from segment to segment. Atoms are the non-empty components. */
export class SegmentUnit implements Unit {
  readonly kind = 'segment';
  tag = '';
  tagOk = true; // three letters or digits, the first a letter
  isEnvelope = false; // by its tag
  isApart = false; // the same
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
  readonly #form: SegmentForm;
  #wrapped = false; // line breaks stand in this segment, and are no data
  #tables: Tables | undefined = spare.pop() ?? new Tables();
  #flags: Uint8Array;
  #window = ''; // one character a byte, from offset #windowStart of `bytes`
  #windowStart = 0;
  #scanner!: Scanner; // stands at the segment
  #isOdd = false; // some repetition or flag is not 0

  constructor(source: string, form: SegmentForm) {
    this.source = source;
    this.#form = form;
    const { keys, repetitions, starts, ends, flags } = this.#tables!;
    this.keys = keys;
    this.repetitions = repetitions;
    this.starts = starts;
    this.ends = ends;
    this.#flags = flags;
  }

  /** Nothing more is read: who has the unit has it no more. */
  giveBack(): void {
    this.size = 0;
    if (this.#isOdd) this.#setEven();
    if (this.#tables && spare.length < 8) spare.push(this.#tables);
    this.#tables = undefined;
  }

  /** Takes over the segment at hand. The tables are ours; the bytes stay where they are. There are no atoms before `tabulate`. */
  take(scanner: Scanner): void {
    const { bytes } = scanner;
    this.#scanner = scanner;
    if (bytes !== this.bytes || scanner.base !== this.base) this.#window = '';
    this.bytes = bytes;
    this.base = scanner.base;
    this.start = scanner.start;
    this.end = scanner.end;
    this.#wrapped = scanner.breaks > 0 && this.#form.unwraps;
    this.encoding = scanner.notAscii ? detect(scanner.charset, bytes, scanner.start, scanner.end) : 'ascii';
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
    this.isApart = known.isApart;
  }

  /** The atoms of the segment just taken. */
  tabulate({ first, count, starts, kinds }: Scanner): void {
    if (this.#isOdd) this.#setEven();
    if (count > this.keys.length) this.#grow(count);
    const { keys, starts: from, ends: to } = this;
    const last = first + count;
    let size = 0;
    let all = kinds[first] as number; // the bits of any
    let key = keyAfter(atomKey(0, 1), all);
    let start = starts[first + 1] as number;
    for (let k = first + 1; k < last; k++) {
      const kind = kinds[k] as number;
      const next = starts[k + 1] as number;
      if (next - start > 1) {
        keys[size] = key;
        from[size] = start;
        to[size++] = next - 1;
      }
      start = next;
      all |= kind;
      key = keyAfter(key, kind);
    }
    this.size = size;
    if ((all & ODD) !== 0) this.#setOdd(first, last, starts, kinds);
  }

  #setOdd(first: number, last: number, starts: Int32Array, kinds: Uint8Array): void {
    this.#isOdd = true;
    let atom = 0;
    let repetition = 0;
    for (let k = first; k < last; k++) {
      const kind = kinds[k] as number;
      if (k > first && (starts[k + 1] as number) - (starts[k] as number) > 1) {
        this.repetitions[atom] = repetition;
        this.#flags[atom++] = kind;
      }
      if ((kind & KIND) !== COMPONENT) repetition = (kind & KIND) === REPETITION ? repetition + 1 : 0;
    }
  }

  #setEven(): void {
    this.#isOdd = false;
    this.repetitions.fill(0);
    this.#flags.fill(0);
  }

  #newTag(at: number, end: number, packed: number): void {
    const text = end === at ? '' : this.bytes.toString('latin1', at, Math.min(end, at + longestTag)).replace(/[\r\n]/g, '');
    this.tagOk = this.#form.tag.test(text);
    const tag = this.#form.tags.add(this.tagOk && text.length === end - at ? packed : 0, text);
    this.tag = tag.text;
    this.isEnvelope = tag.isEnvelope;
    this.isApart = tag.isApart;
  }

  #grow(count: number): void {
    const size = Math.max(64, 2 * count);
    this.keys = new Int32Array(size);
    this.repetitions = new Int32Array(size);
    this.starts = new Int32Array(size);
    this.ends = new Int32Array(size);
    this.#flags = new Uint8Array(size);
  }

  name(): undefined {
    return undefined;
  }

  /** Whether a value is ASCII, without escape sequences. */
  isPlain(atom: number): boolean {
    return ((this.#flags[atom] as number) & NOT_ASCII) === 0;
  }

  text(atom: number): string {
    const from = (this.starts[atom] as number) - this.#windowStart;
    const to = (this.ends[atom] as number) - this.#windowStart;
    const isPlain = ((this.#flags[atom] as number) & (NOT_ASCII | RELEASED)) === 0 && !this.#wrapped;
    return isPlain && from >= 0 && to <= this.#window.length ? this.#window.slice(from, to) : this.#oddText(atom);
  }

  #oddText(atom: number): string {
    const flags = this.#flags[atom] as number;
    const written = (flags & NOT_ASCII) === 0 ? this.#ascii(atom) : this.#decoded(atom);
    const text = (flags & RELEASED) === 0 ? written : unreleased(written, this.#scanner.service);
    return this.#wrapped ? text.replace(/[\r\n]/g, '') : text;
  }

  #ascii(atom: number): string {
    const start = this.starts[atom] as number;
    const end = this.ends[atom] as number;
    if (start < this.#windowStart || end - this.#windowStart > this.#window.length) {
      this.#windowStart = this.start;
      this.#window = this.bytes.toString('latin1', this.start, Math.max(this.end, Math.min(this.start + WINDOW, this.#scanner.filled)));
    }
    return this.#window.slice(start - this.#windowStart, end - this.#windowStart);
  }

  #decoded(atom: number): string {
    const { charset } = this.#scanner;
    const start = this.starts[atom] as number;
    const end = this.ends[atom] as number;
    const isUndeclared = charset.encoding === 'big5' && charset.doubtful; // each text for itself shows what it is in
    return decode(isUndeclared ? detect(charset, this.bytes, start, end) : this.encoding, this.bytes, start, end, charset.gate?.announced);
  }

  /** The value at (element, component) of the first repetition, line breaks of hard wrapping left out; '' where there is none. */
  value(element: number, component = 1): string {
    const atom = this.atom(element, component);
    if (atom < 0) return '';
    return this.#scanner.breaks > 0 ? this.text(atom).replace(/[\r\n]/g, '') : this.text(atom);
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
    const composite = this.#given(keyElement(key)) > 1 || keyComponent(key) > 1;
    return this.#placeOf(this.starts[atom] as number, this.ends[atom] as number, {
      element: keyElement(key) + 1,
      ...address,
      ...(composite ? { component: keyComponent(key) } : {}),
      ...(repetition > 0 ? { occurrence: repetition + 1 } : {}),
    });
  }

  /** How many components an element was given, in any of its repetitions. */
  #given(element: number): number {
    const { first, count, kinds } = this.#scanner;
    let most = 1;
    let key = atomKey(0, 1);
    for (let k = first; k < first + count; k++) {
      if (keyElement(key) === element) most = Math.max(most, keyComponent(key));
      key = keyAfter(key, kinds[k] as number);
    }
    return most;
  }

  /** The first element that was given more components than its row has, though nothing stands in those; 0 where there is none. */
  vacant(rows: readonly (readonly unknown[])[]): number {
    const { first, count, kinds } = this.#scanner;
    let key = atomKey(0, 1);
    for (let k = first; k < first + count; k++) {
      const length = keyComponent(key) > 1 ? rows[keyElement(key) - 1]?.length : undefined;
      if (length !== undefined && keyComponent(key) > length && !this.#stands(keyElement(key), length)) return keyElement(key);
      key = keyAfter(key, kinds[k] as number);
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
    return this.placeOfBytes(at, at + 1, 0);
  }

  /** The place of bytes, of an element or, where that is 0, of the segment as a whole. */
  placeOfBytes(start: number, end: number, element: number): Place {
    const { edi } = this.place();
    return this.#placeOf(start, end, { ...(edi as EdiAddress), ...(element > 0 ? { element: element + 1 } : {}) });
  }

  #placeOf(start: number, end: number, edi: EdiAddress): Place {
    return { source: this.source, start: this.base + start, end: this.base + end, edi };
  }
}
