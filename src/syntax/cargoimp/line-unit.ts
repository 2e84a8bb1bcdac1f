import type { Place } from '../../diagnostics/place.ts';
import { decode, type Encoding } from '../charset.ts';
import { atomKey, keyElement, type Shared, type Unit } from '../unit.ts';
import type { Piece } from './line.ts';
import type { Field } from './pattern.ts';

const nothing = Buffer.alloc(0);
const ROOM = 40; // fields of a unit: more than any row has, checked when grammars are read

/** The tag of what no row of the grammar describes: its text is one atom, and no map has a place for it. */
export const UNREAD = 'LINE';

/** A field that a unit goes on with, as it was stated before. */
export interface Stated {
  readonly field: Field;
  readonly text: string;
  readonly start: number; // in the source
  readonly end: number;
  readonly position: number; // the line
}

/** The one view that the reader moves from unit to unit. Atoms are the fields that are not empty. */
export class LineUnit implements Unit, Shared {
  readonly kind = 'segment';
  tag = '';
  position = 0; // the line in the message: the line that says what message it is, is 1
  message = 0;
  bytes: Buffer = nothing;
  base = 0;
  start = 0;
  end = 0;
  size = 0;
  keys = new Int32Array(ROOM);
  readonly repetitions = new Int32Array(ROOM);
  starts = new Int32Array(ROOM);
  ends = new Int32Array(ROOM);
  encoding: Encoding = 'ascii';
  readonly source: string;
  #names: string[] = [];
  #inherited: readonly Stated[] = []; // after the atoms of its own
  #slanted = -1; // the atom with slants inside that are none of its text

  constructor(source: string) {
    this.source = source;
  }

  /** Takes a unit of a line; `shift` is where the text that was read begins in `bytes`. */
  take({ row, start, end, spans }: Piece, shift: number, inherited: readonly Stated[]): void {
    this.#begin(row.tag, start + shift, end + shift);
    for (const each of spans) {
      if (each.field.format.slanted) this.#slanted = this.size;
      this.#add(each.field.index, each.field.name, each.start + shift, each.end + shift);
    }
    for (const { field, start, end } of inherited) this.#add(field.index, field.name, start - this.base, end - this.base);
    this.#inherited = inherited;
  }

  /** Takes the line that says what message it is: type and version, a slant between them. */
  takeIdentification(tag: string, text: readonly string[], start: number, end: number): void {
    this.#begin(tag, start, end);
    let at = start;
    text.forEach((each, i) => {
      this.#add(i + 1, i === 0 ? 'type' : 'version', at, at + each.length);
      at += each.length + 1;
    });
  }

  /** Takes a run of bytes that is no unit. */
  takeUnread(start: number, end: number, textEnd: number): void {
    this.#begin(UNREAD, start, end);
    if (/[^\s/]/.test(this.bytes.toString('latin1', start, textEnd))) this.#add(1, 'text', start, textEnd);
  }

  #begin(tag: string, start: number, end: number): void {
    this.tag = tag;
    this.start = start;
    this.end = end;
    this.size = 0;
    this.#names = [];
    this.#inherited = [];
    this.#slanted = -1;
  }

  #add(index: number, name: string, start: number, end: number): void {
    const k = this.size++;
    if (k === this.keys.length) throw new Error(`${this.tag} has more fields than a unit holds`);
    this.keys[k] = atomKey(index, 1);
    this.starts[k] = start;
    this.ends[k] = end;
    this.#names[k] = name;
  }

  name(): undefined {
    return undefined;
  }

  get shared(): Shared | undefined {
    return this.#inherited.length > 0 ? this : undefined;
  }

  get own(): number {
    return this.size - this.#inherited.length;
  }

  isAgain(atom: number): boolean {
    return atom >= this.own;
  }

  positionOf(atom: number): number {
    return this.#inherited[atom - this.own]?.position ?? this.position;
  }

  keyOf(atom: number): number {
    return this.keys[atom]!;
  }

  text(atom: number): string {
    if (this.isAgain(atom)) return this.#inherited[atom - this.own]!.text;
    const text = decode(this.encoding, this.bytes, this.starts[atom]!, this.ends[atom]!);
    return atom === this.#slanted ? text.replaceAll('/', '') : text;
  }

  place(atom?: number): Place {
    const address = { by: 'line' as const, message: this.message, tag: this.tag, segment: this.position };
    if (atom === undefined) return { source: this.source, start: this.base + this.start, end: this.base + this.end, edi: address };
    const edi = { ...address, segment: this.positionOf(atom), element: keyElement(this.keys[atom]!) + 1, id: this.#names[atom]! };
    return { source: this.source, start: this.base + this.starts[atom]!, end: this.base + this.ends[atom]!, edi };
  }
}
