import type { Place } from '../diagnostics/place.ts';
import type { SegmentDirectory } from '../syntax/segmented.ts';
import { atomKey, keyComponent, keyElement, type Shared, type Unit } from '../syntax/unit.ts';
import type { NodeModel, Reporter } from './model.ts';

/** The elements of a segment in which one of its composites, or elements, may stand: the first is where a build writes it. */
export interface Standing {
  readonly elements: readonly number[];
  readonly behind: number; // from this one on it may stand in all
}

/** What the nodes of a map say by `each`, by tag: all nodes of a tag read what stands several times alike. */
export function compileEach(nodes: readonly NodeModel[], directory: SegmentDirectory | undefined, reporter: Reporter): ReadonlyMap<string, Standing> {
  const found = new Map<string, Standing>();
  const walk = (node: NodeModel): void => {
    node.nodes.forEach(walk);
    if (!node.each || !directory) return;
    const { text } = node.each;
    const bound = node.binds.find(({ id }) => id === text || id.startsWith(`${text}.`));
    const standing = bound && standingOf(directory, node.tag, bound.id);
    if (standing) found.set(node.tag, standing);
    else reporter.report('MAP_SHAPE', { message: `\`each\` names what \`bind\` binds; \`${text}\` is not bound` }, node.each);
  };
  nodes.forEach(walk);
  return found;
}

/** Repetitions stand where the first does, or, as before syntax 4, in the elements behind it, if the segment ends with it. */
function standingOf(directory: SegmentDirectory, tag: string, id: string): Standing | undefined {
  const stands = directory.element(tag, id);
  if (!stands) return undefined;
  const elements = [...new Set(stands.keys.map(keyElement))];
  const last = elements.at(-1)!;
  const isLast = directory.positions(tag).every(({ key }) => keyElement(key) <= last);
  return { elements, behind: isLast ? last : Infinity };
}

/**
 * A segment that says something several times (`COM+1:TE+2:FX`, `ATT+2++M*F`), as the segments that say it once each. What stands
 * beside it is said by each of them, and counts in the first. One that says it once is what it is.
 */
export function oneForEach(unit: Unit, standing: Standing): readonly Unit[] {
  const times: number[] = []; // element and repetition of each, in the order of the bytes
  for (let atom = 0; atom < unit.size; atom++) {
    const time = timeOf(unit, atom, standing);
    if (time >= 0 && time !== times.at(-1)) times.push(time);
  }
  return times.length < 2 ? [unit] : times.map((time, i) => new OneOfSeveral(unit, standing, { time, isFirst: i === 0 }));
}

/** Which time it is that an atom belongs to; -1: it stands beside. */
function timeOf({ keys, repetitions }: Unit, atom: number, { elements, behind }: Standing): number {
  const element = keyElement(keys[atom]!);
  return element >= behind || elements.includes(element) ? atomKey(element, repetitions[atom]!) : -1;
}

/** One of the segments that a segment stands for. Its atoms have the keys of the first; they are found where they are. */
class OneOfSeveral implements Unit, Shared {
  readonly keys: Int32Array;
  readonly repetitions: Int32Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly #unit: Unit;
  readonly #atoms: readonly number[]; // of the segment
  readonly #again: readonly boolean[]; // of those, which the first has too
  readonly own: number; // atoms that count here

  constructor(unit: Unit, standing: Standing, { time, isFirst }: { readonly time: number; readonly isFirst: boolean }) {
    const atoms = Array.from({ length: unit.size }, (_, atom) => atom).filter((atom) => [-1, time].includes(timeOf(unit, atom, standing)));
    const isSaid = (atom: number): boolean => timeOf(unit, atom, standing) === time;
    this.#unit = unit;
    this.#atoms = atoms;
    this.#again = atoms.map((atom) => !isFirst && !isSaid(atom));
    this.own = this.#again.filter((again) => !again).length;
    this.keys = Int32Array.from(atoms, (atom) => (isSaid(atom) ? atomKey(standing.elements[0]!, keyComponent(unit.keys[atom]!)) : unit.keys[atom]!));
    this.repetitions = Int32Array.from(atoms, (atom) => (isSaid(atom) ? 0 : unit.repetitions[atom]!));
    this.starts = Int32Array.from(atoms, (atom) => unit.starts[atom]!);
    this.ends = Int32Array.from(atoms, (atom) => unit.ends[atom]!);
  }

  get kind(): Unit['kind'] {
    return this.#unit.kind;
  }
  get tag(): string {
    return this.#unit.tag;
  }
  get position(): number {
    return this.#unit.position;
  }
  get bytes(): Uint8Array {
    return this.#unit.bytes;
  }
  get base(): number {
    return this.#unit.base;
  }
  get start(): number {
    return this.#unit.start;
  }
  get end(): number {
    return this.#unit.end;
  }
  get size(): number {
    return this.#atoms.length;
  }
  name(): undefined {
    return undefined;
  }
  text(atom: number): string {
    return this.#unit.text(this.#atoms[atom]!);
  }
  place(atom?: number): Place {
    return this.#unit.place(atom === undefined ? undefined : this.#atoms[atom]!);
  }
  /** Whether an atom stands beside what is said, and another of the segments answers for it. */
  isAgain(atom: number): boolean {
    return this.#again[atom]!;
  }
  positionOf(): number {
    return this.position;
  }
  keyOf(atom: number): number {
    return this.#unit.keys[this.#atoms[atom]!]!;
  }
  get shared(): Shared {
    return this;
  }
}
