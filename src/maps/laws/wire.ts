import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Rows } from '../../dictionary/rows.ts';
import type { OutAtoms, Unit, UnitHandler, UnitWriter } from '../../syntax/unit.ts';
import type { build, Built } from '../build.ts';
import { oneForEach, type Standing } from '../each.ts';
import { headerOf } from '../emit.ts';
import type { Parsed, startParse } from '../parse.ts';
import type { NodePlan, Plan } from '../plan.ts';

/**
 * All that takes part in carrying facts: the laws hold for messages, not for units. A test may put a faulty piece in the
 * place of any of them, to show that a law finds it.
 */
export interface Wire {
  readonly build: typeof build;
  readonly startParse: typeof startParse;
  writer(plan: Plan): { readonly writer: UnitWriter; end(): { readonly bytes: Uint8Array; readonly findings: readonly Diagnostic[] } };
  read(plan: Plan, bytes: Uint8Array, handler: UnitHandler): void;
  /** What the directory or the schema says against a message. */
  check(plan: Plan, bytes: Uint8Array): readonly Diagnostic[];
  /** A message for people. */
  text(plan: Plan, bytes: Uint8Array): string;
}

export interface Written {
  readonly bytes: Uint8Array;
  readonly built: Built;
  readonly findings: readonly Diagnostic[]; // of the build and of the writer
}

export function writeRows(wire: Wire, plan: Plan, rows: Rows): Written {
  const { writer, end } = wire.writer(plan);
  const built = wire.build(plan, rows, writer);
  const { bytes, findings } = end();
  return { bytes, built, findings: findings.length === 0 ? built.findings : [...built.findings, ...findings] };
}

/** One unit of a message, with its atoms and where they stand. */
export interface Recorded {
  readonly kind: Unit['kind'];
  readonly tag: string;
  readonly atoms: readonly RecordedAtom[];
  readonly node?: NodePlan | undefined; // that took it
  readonly said?: readonly RecordedAtom[]; // where it stands for several (`each`): the atoms of all of them
}
export interface RecordedAtom {
  readonly key: number;
  readonly name: string | undefined;
  readonly text: string;
  readonly start?: number; // offsets in the message
  readonly end?: number;
}

/** Writes units as they stand, whatever a map would say of them. */
export function writeUnits(wire: Wire, plan: Plan, units: readonly Recorded[]): Pick<Written, 'bytes' | 'findings'> {
  const { writer, end } = wire.writer(plan);
  writer.beginMessage(headerOf(plan.format));
  for (const { kind, tag, atoms } of units) {
    if (kind === 'segment' && tag === plan.service?.trailer) continue; // the writer's own; what UNH says beside it is added to it
    if (kind === 'close') writer.close(tag);
    else if (kind === 'open') writer.open(tag, asOut(atoms));
    else writer.unit(tag, asOut(atoms));
  }
  writer.endMessage();
  return end();
}

function asOut(atoms: readonly RecordedAtom[]): OutAtoms {
  const out = { size: atoms.length, keys: [] as number[], repetitions: [] as number[], names: [] as (string | undefined)[], texts: [] as string[], facts: [] as number[] }; // prettier-ignore
  for (const { key, name, text } of atoms) {
    out.keys.push(key);
    out.repetitions.push(0);
    out.names.push(name);
    out.texts.push(text);
    out.facts.push(-1);
  }
  return out;
}

export interface Read {
  readonly parsed: Parsed | undefined; // undefined where there is no message
  readonly atoms: number; // handed to the map, counted apart from its account
}

/** Reads the first message with a plan, whatever its header says. `record` gets every unit with its atoms; `reuse` is filled again. */
export function readMessage(wire: Wire, plan: Plan, bytes: Uint8Array, record?: (unit: Recorded) => void, reuse?: Rows): Read {
  return readMessages(wire, plan, bytes, record, reuse)[0] ?? { parsed: undefined, atoms: 0 };
}

export function readMessages(wire: Wire, plan: Plan, bytes: Uint8Array, record?: (unit: Recorded) => void, reuse?: Rows): Read[] {
  const read: Read[] = [];
  let parser: ReturnType<typeof startParse> | undefined;
  let atoms = 0;
  const units: { readonly unit: Taken; readonly live: Unit; readonly position: number }[] = []; // of a message
  // A map may ask of an element what its children say: then it is taken later, and is another view.
  const taken = (unit: Unit): Taken | undefined => {
    const last = units.at(-1);
    return (last?.live === unit ? last : units.find(({ position, unit: { kind } }) => position === unit.position && kind !== 'close'))?.unit;
  };
  const observe =
    record &&
    ((node: NodePlan, unit: Unit): void => {
      const found = taken(unit);
      if (found) found.node = node;
    });
  const end = (): void => {
    if (!parser) return;
    read.push({ parsed: parser.end(), atoms });
    for (const { unit } of units) record?.(unit);
    units.length = 0;
  };
  wire.read(plan, bytes, {
    message(header) {
      end();
      parser = wire.startParse(plan, header, { reuse: read.length === 0 ? reuse : undefined, ...(observe ? { observe } : {}) });
      atoms = 0;
    },
    unit(unit) {
      if (!parser) return;
      atoms += unit.shared?.own ?? unit.size;
      if (record) units.push({ unit: recorded(unit, plan.each.get(unit.tag)), live: unit, position: unit.position });
      parser.unit(unit);
    },
  });
  end();
  return read;
}

/** What is recorded before it is known who takes it. */
type Taken = Recorded & { node: NodePlan | undefined };

function recorded(unit: Unit, standing: Standing | undefined): Taken {
  const made: Taken = { kind: unit.kind, tag: unit.tag, atoms: atomsOf(unit), node: undefined };
  const several = standing ? oneForEach(unit, standing) : [];
  return several.length > 1 ? { ...made, said: several.flatMap(atomsOf) } : made;
}

function atomsOf(unit: Unit): RecordedAtom[] {
  const { size, keys, starts, ends, base } = unit;
  const atoms: RecordedAtom[] = [];
  for (let atom = 0; atom < size; atom++)
    atoms.push({ key: keys[atom]!, name: unit.name(atom), text: unit.text(atom), start: base + starts[atom]!, end: base + ends[atom]! });
  return atoms;
}
