import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Place } from '../../diagnostics/place.ts';
import type { MessageHeader, Unit, UnitHandler } from '../unit.ts';
import { atomPlace } from './element-unit.ts';

const heldUnits = 32; // of the beginning: an envelope and the first elements of what stands in it
const heldDepth = 5;

/**
 * Lets a handler know the beginning of a document before the document begins: many publishers wrap theirs in one and the same
 * envelope, and only what stands in it says what it is.
 *
 *     <MetaData><WCOTypeName>DEC</WCOTypeName><Declaration><FunctionCode>9</FunctionCode> …
 *     head: MetaData → '' · MetaData/WCOTypeName → DEC · MetaData/Declaration → '' · MetaData/Declaration/FunctionCode → 9
 *
 * The first units are kept, and handed on in their order once the header is complete.
 */
export function withHead(handler: UnitHandler): UnitHandler {
  let header: MessageHeader | undefined;
  let held: (HeldUnit | Diagnostic)[] = [];
  let head = new Map<string, string>();
  let path: string[] = []; // of the open elements, from the document's on

  const release = (): void => {
    if (!header) return;
    const whole = { head, ...header };
    header = undefined;
    handler.message?.(whole);
    for (const each of held)
      if (each instanceof HeldUnit) handler.unit?.(each);
      else handler.finding?.(each);
    held = [];
  };

  const see = (unit: Unit): void => {
    if (unit.kind === 'close') return void path.pop();
    const local = unit.tag.slice(unit.tag.indexOf('}') + 1);
    if (path.length < heldDepth) {
      const at = path.length === 0 ? local : `${path.at(-1)!}/${local}`;
      if (!head.has(at)) head.set(at, textOf(unit));
      if (unit.kind === 'open') path.push(at);
    } else if (unit.kind === 'open') path.push(local);
  };

  return {
    interchange: (interchange) => handler.interchange?.(interchange),
    message(begun) {
      header = begun;
      head = new Map();
      path = [];
    },
    unit(unit) {
      if (!header) return handler.unit?.(unit);
      see(unit);
      held.push(new HeldUnit(unit));
      if (held.length === heldUnits) release();
    },
    finding(finding) {
      if (header) held.push(finding);
      else handler.finding?.(finding);
    },
    messageEnd(ended) {
      release();
      handler.messageEnd?.(ended);
    },
    interchangeEnd(interchange, end) {
      release();
      handler.interchangeEnd?.(interchange, end);
    },
  };
}

function textOf(unit: Unit): string {
  for (let atom = 0; atom < unit.size; atom++) if (unit.name(atom) === undefined) return unit.text(atom);
  return '';
}

const none = new Int32Array(0);

/** The first `size` numbers of a table, each less `origin`. Most elements have one atom or none. */
function column(table: Int32Array, size: number, origin: number): Int32Array {
  if (size === 0) return none;
  const own = new Int32Array(size);
  for (let atom = 0; atom < size; atom++) own[atom] = table[atom]! - origin;
  return own;
}

/** A unit that stays as it is when the reader moves on. */
export class HeldUnit implements Unit {
  readonly kind: Unit['kind'];
  readonly tag: string;
  readonly position: number;
  readonly bytes: Uint8Array;
  readonly base: number;
  readonly start = 0;
  readonly end: number;
  readonly size: number;
  readonly keys: Int32Array;
  readonly repetitions: Int32Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly #names: readonly (string | undefined)[];
  readonly #texts: readonly string[];
  readonly #place: Place;

  constructor(unit: Unit) {
    const names: (string | undefined)[] = [];
    const texts: string[] = [];
    for (let atom = 0; atom < unit.size; atom++) {
      names.push(unit.name(atom));
      texts.push(unit.text(atom));
    }
    this.kind = unit.kind;
    this.tag = unit.tag;
    this.position = unit.position;
    this.bytes = Uint8Array.prototype.slice.call(unit.bytes, unit.start, unit.end); // the slice of a Buffer would be a view
    this.base = unit.base + unit.start;
    this.end = unit.end - unit.start;
    this.size = unit.size;
    this.keys = column(unit.keys, unit.size, 0);
    this.repetitions = column(unit.repetitions, unit.size, 0);
    this.starts = column(unit.starts, unit.size, unit.start);
    this.ends = column(unit.ends, unit.size, unit.start);
    this.#names = names;
    this.#texts = texts;
    this.#place = unit.place();
  }

  name(atom: number): string | undefined {
    return this.#names[atom];
  }

  text(atom: number): string {
    return this.#texts[atom]!;
  }

  place(atom?: number): Place {
    if (atom === undefined) return this.#place;
    return atomPlace(this.#place, this.#names[atom], this.base + this.starts[atom]!, this.base + this.ends[atom]!);
  }
}
