import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Unit } from '../syntax/unit.ts';
import { xmlReader } from '../syntax/xml/reader.ts';

/** What a schema says of a document that it was shown. */
export interface Said {
  readonly message: string;
  readonly xpath: string | undefined; // `/Declaration/Consignment[2]/ID[1]`
  readonly malformed?: true; // it could not be read at all
}

/** Of an element that is open where a window begins: how often children of each name stand in what was kept, and in the document. */
interface Counts {
  readonly shown: Map<string, number>;
  readonly before: Map<string, number>;
}

/** An element that is open, while a window is looked through. */
interface Frame {
  readonly name: string; // local
  readonly ordinal: number; // among its namesakes, in the window
  readonly known: Counts | undefined; // where it was open before the window
  readonly shown: Map<string, number>; // its children in the window, by name
  readonly kept: Map<string, number>; // those of them that the next window begins with
  readonly pieces: Range[]; // what is kept of it: start tag, and of each run of children of one name the first
  last: string | undefined; // the child kept last
}

type Range = readonly [start: number, end: number];

const missing = 'missing child element(s)';

/**
 * A long document for a validator that wants it whole: as a row of documents that each look like it. Cut is after any tag.
 *
 *     <D> <ID/> <C>1</C> <C>2</C> │ <C>3</C> <C>4</C> │ <C>5</C> <Z/> </D>
 *     1   <D> <ID/> <C>1</C> <C>2</C>                        </D>    that `Z` is missing is no finding: `D` goes on
 *     2   <D> <ID/> <C>1</C>          <C>3</C> <C>4</C>      </D>    before what is new stands what was kept of the elements that
 *     3   <D> <ID/> <C>1</C>          <C>5</C> <Z/>          </D>    are open: of each run of namesakes the first, and so within it
 *
 * This is lawful where a schema knows of the number of children only none, one, and any: then a run of many is allowed where a
 * run of one is. Positions are those of the whole document.
 */
export class Windows {
  readonly #validate: (bytes: Uint8Array) => readonly Said[];
  readonly #size: number;
  #chunks: Uint8Array[] = [];
  #length = 0;
  #least: number; // so many bytes before the next look
  #base = 0; // offset in the document of what is new
  #known = 0; // bytes of the window before what is new
  #open: readonly Counts[] = []; // of the elements that are open where the new begins
  #names: readonly string[] = [];
  #fault: Diagnostic | undefined;
  readonly #told = new Set<string>();

  /** `size`: bytes of a window. */
  constructor(validate: (bytes: Uint8Array) => readonly Said[], size: number) {
    this.#validate = validate;
    this.#size = this.#least = size;
  }

  /** What is to be said of the windows that are full now. */
  push(chunk: Uint8Array): Said[] {
    if (this.#fault) return [];
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    return this.#length < this.#least ? [] : this.#cut(this.#take());
  }

  /** And of the rest. */
  end(): Said[] {
    return this.#fault ? [] : this.#report(this.#validate(this.#take()), new Set());
  }

  /** A document that cannot be read cannot be cut: what the reader said, with the place in the document. */
  get fault(): Diagnostic | undefined {
    return this.#fault;
  }

  #take(): Buffer {
    const [only] = this.#chunks;
    const all = only && this.#chunks.length === 1 ? Buffer.from(only.buffer, only.byteOffset, only.length) : Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all;
  }

  #cut(all: Buffer): Said[] {
    const look = new Look(this.#open, this.#names);
    const reader = xmlReader(look, { whole: true });
    reader.push(all);
    if (look.fault) {
      const { data } = look.fault;
      const shift = this.#base - this.#known;
      this.#fault = data ? { ...look.fault, data: { ...data, start: data.start + shift, end: data.end + shift } } : look.fault;
      this.#chunks = [];
      return [];
    }
    const { cut, frames } = look;
    if (cut <= this.#known || frames.length === 0) {
      this.#least = this.#length + this.#size; // one element is larger than a window, or the document has ended
      return [];
    }
    const closing = frames.map(({ pieces }) => `</${nameIn(all, pieces[0]!)}>`).reverse();
    const goingOn = new Set(frames.map((_, depth) => pathOf(frames.slice(0, depth + 1))));
    const said = this.#report(this.#validate(Buffer.concat([all.subarray(0, cut), Buffer.from(closing.join(''), 'latin1')])), goingOn);

    const kept = [all.subarray(0, look.prolog), ...frames.flatMap(({ pieces }) => pieces.map(([start, end]) => all.subarray(start, end)))];
    const head = Buffer.concat(kept);
    const rest = Buffer.from(all.subarray(cut));
    this.#base += cut - this.#known;
    this.#known = head.length;
    this.#open = look.counts();
    this.#names = frames.map(({ name }) => name);
    this.#chunks = [head, rest];
    this.#length = head.length + rest.length;
    this.#least = Math.max(this.#size, head.length * 2);
    return said;
  }

  /** What is new in what was said of a window, with positions of the document. */
  #report(said: readonly Said[], goingOn: ReadonlySet<string>): Said[] {
    return said.flatMap((each) => {
      if (each.xpath === undefined) return [each];
      if (goingOn.has(each.xpath) && each.message.includes(missing)) return [];
      const place = this.#place(each.xpath);
      if (place === undefined) return [];
      if (!place.isOpen && !goingOn.has(each.xpath)) return [{ ...each, xpath: place.xpath }];
      const key = `${place.xpath} ${each.message}`; // of an element that is open: each window says it again
      if (this.#told.has(key)) return [];
      this.#told.add(key);
      return [{ ...each, xpath: place.xpath }];
    });
  }

  /** A place in the window as a place in the document; undefined where it is in what was shown before. */
  #place(xpath: string): { readonly xpath: string; readonly isOpen: boolean } | undefined {
    const steps = xpath.split('/').slice(1);
    let depth = 0; // so many steps lead along the elements that are open
    const translated: string[] = [];
    for (const [i, step] of steps.entries()) {
      const [, name = step, digits] = /^(.*)\[(\d+)\]$/.exec(step) ?? [];
      const counts = i === depth ? this.#open[i - 1] : undefined;
      const ordinal = Number(digits ?? 1);
      if (i === 0) {
        translated.push(step);
        if (this.#names[0] === name) depth++;
        continue;
      }
      if (!counts) {
        translated.push(step);
        continue;
      }
      const shown = counts.shown.get(name) ?? 0;
      if (ordinal <= shown) return undefined;
      translated.push(`${name}[${ordinal - shown + (counts.before.get(name) ?? 0)}]`);
      if (ordinal === shown + 1 && this.#names[i] === name) depth++;
    }
    return { xpath: `/${translated.join('/')}`, isOpen: depth === steps.length };
  }
}

/** Looks through a window: where it can be cut, and what is then to be kept. */
class Look {
  readonly #open: readonly Counts[];
  readonly #names: readonly string[]; // of the elements that are open where the new begins
  readonly frames: Frame[] = [];
  prolog = 0; // bytes before the document element
  cut = 0;
  fault: Diagnostic | undefined;

  constructor(open: readonly Counts[], names: readonly string[]) {
    this.#open = open;
    this.#names = names;
  }

  finding(found: Diagnostic): void {
    if (found.code !== 'XML_MIXED_TEXT') this.fault ??= found;
  }

  unit(unit: Unit): void {
    if (unit.tag === '#text') return;
    const start = unit.base + unit.start;
    const end = unit.base + unit.end;
    this.cut = end;
    if (unit.kind === 'open') this.#enter(unit.tag, [start, end]);
    else if (unit.kind === 'leaf') {
      const above = this.frames.at(-1);
      if (!above) return;
      this.#count(above, localName(unit.tag));
      keep(above, localName(unit.tag), [[start, end]]);
    } else {
      const { name, pieces } = this.frames.pop()!;
      const above = this.frames.at(-1);
      if (above) keep(above, name, [...pieces, [start, end]]);
    }
  }

  /** For the elements that are open at the cut: what the next window shows of their children, and what it does not. */
  counts(): Counts[] {
    return this.frames.map(({ known, shown, kept }, depth) => {
      const before = new Map<string, number>();
      for (const [name, count] of shown) {
        const closed = count - (this.frames[depth + 1]?.name === name ? 1 : 0); // the one that is open is counted when it is closed
        before.set(name, (known?.before.get(name) ?? 0) + closed - (known?.shown.get(name) ?? 0));
      }
      return { shown: new Map(kept), before };
    });
  }

  #enter(tag: string, range: Range): void {
    const above = this.frames.at(-1);
    const name = localName(tag);
    if (!above) this.prolog = range[0];
    const ordinal = above ? this.#count(above, name) : 1;
    const depth = this.frames.length;
    const isKnown = above ? above.known && ordinal === (above.known.shown.get(name) ?? 0) + 1 && this.#names[depth] === name : this.#names.length > 0;
    const known = isKnown ? this.#open[depth] : undefined;
    this.frames.push({ name, ordinal, known, shown: new Map(), kept: new Map(), pieces: [range], last: undefined });
  }

  #count({ shown }: Frame, name: string): number {
    const ordinal = (shown.get(name) ?? 0) + 1;
    shown.set(name, ordinal);
    return ordinal;
  }
}

/** A child that begins a run is kept. */
function keep(above: Frame, name: string, pieces: readonly Range[]): void {
  if (above.last === name) return;
  above.last = name;
  above.kept.set(name, (above.kept.get(name) ?? 0) + 1);
  for (const [start, end] of pieces) {
    const last = above.pieces.at(-1);
    if (last && last[1] === start) above.pieces[above.pieces.length - 1] = [last[0], end];
    else above.pieces.push([start, end]);
  }
}

const localName = (tag: string): string => tag.slice(tag.indexOf('}') + 1);

const pathOf = (frames: readonly Frame[]): string => `/${frames.map(({ name, ordinal }, i) => (i === 0 ? name : `${name}[${ordinal}]`)).join('/')}`;

/** The name in a start tag, as it stands there. */
function nameIn(bytes: Buffer, [start, end]: Range): string {
  return /^<([^\s/>]+)/.exec(bytes.toString('latin1', start, Math.min(end, start + 1024)))![1]!;
}
