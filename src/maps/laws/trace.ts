import type { Dictionary } from '../../dictionary/dictionary.ts';
import type { Origin } from '../../dictionary/origin.ts';
import type { Rows } from '../../dictionary/rows.ts';
import { valueText } from '../instance.ts';
import { isSameInOrder } from '../normal-form.ts';
import type { Plan } from '../plan.ts';
import type { Fault, Trial } from './laws.ts';
import { readMessage, type Recorded, type RecordedAtom } from './wire.ts';

/**
 * Trace soundness. Of an atom that a fact is said to come from, other bytes must change the fact; of an atom that no node
 * of its tag binds or selects by, other bytes must change no fact at all.
 */
export function traceFault(trial: Trial, bytes: Uint8Array, units: readonly Recorded[], rows: Rows): Fault | undefined {
  const { plan, values, only, tried } = trial;
  const origins = originsOf(rows);
  const looked = lookedAt(plan);
  let facts: ReadonlyMap<number, string> | undefined;
  const all = (): ReadonlyMap<number, string> => (facts ??= factsByOffset(rows));
  const sources: Sourced[] = [];
  const unused: Sourced[] = [];
  const begun = new Set<number>();
  for (const { tag, atoms } of units)
    for (const atom of atoms) {
      if (atom.start === undefined) continue;
      begun.add(atom.start);
      if (!changeable(bytes, atom)) continue;
      if (origins.has(atom.start)) sources.push({ tag, atom });
      else if (isUnused(plan, looked, tag, atom)) unused.push({ tag, atom });
    }
  for (const offset of origins)
    if (!begun.has(offset)) return { law: 'trace', detail: `${all().get(offset)!} is said to come from byte ${offset}, where no atom begins` };
  const some = <T>(list: readonly T[]): readonly T[] => (only === 'trace' || list.length === 0 ? list : [values.pick(list)]);
  for (const source of some(sources)) {
    const offset = source.atom.start!;
    const stated = only === 'trace' ? all() : factsByOffset(rows, offset); // of one alone that is enough
    const fault = sourceFault(trial, bytes, source, stated.get(offset)!);
    if (fault) return fault;
    tried('trace');
  }
  for (const { tag, atom } of some(unused)) {
    const read = rowsWith(trial, changed(bytes, atom, 0));
    const isSame = read !== undefined && isSameInOrder(rows, read, { bytes: true });
    const [before, after] = isSame ? [] : [[...all()].join('\n'), [...factsByOffset(read)].join('\n')];
    if (before !== after) return { law: 'trace', detail: `no node binds \`${atom.text}\` of ${tag}, and yet with another text there other facts are read` };
    tried('trace');
  }
  return undefined;
}

interface Sourced {
  readonly tag: string;
  readonly atom: RecordedAtom;
}

/** A codec may take two texts for one (`0` and `00`): so some changes are tried, of which one must tell. */
function sourceFault(trial: Trial, bytes: Uint8Array, { tag, atom }: Sourced, stated: string): Fault | undefined {
  const offset = atom.start!;
  for (let attempt = 0; attempt < 12; attempt++)
    if (factsByOffset(rowsWith(trial, changed(bytes, atom, attempt)), offset).get(offset) !== stated) return undefined;
  return { law: 'trace', detail: `${stated} is said to come from \`${atom.text}\` of ${tag}, and stays the same with another text there` };
}

/** The rows of a message that is looked at and forgotten: good until the next. */
function rowsWith({ plan, wire }: Trial, bytes: Uint8Array): Rows | undefined {
  const rows = readMessage(wire, plan, bytes, undefined, scratch.get(plan.dictionary)).parsed?.rows;
  if (rows) scratch.set(plan.dictionary, rows);
  return rows;
}
const scratch = new WeakMap<Dictionary, Rows>();

/** What is stated by the atom at each offset, or at one alone. */
function factsByOffset(rows: Rows | undefined, only?: number): Map<number, string> {
  const facts = new Map<number, string>();
  eachSaid(rows, (offset, said) => {
    if (only !== undefined && offset !== only) return;
    const before = facts.get(offset);
    facts.set(offset, before === undefined ? said() : `${before}; ${said()}`);
  });
  return facts;
}

/** All that rows state and carry that was read from a message: from which byte on, and what it says. */
function eachSaid(rows: Rows | undefined, visit: (offset: number, said: () => string) => void): void {
  if (!rows) return;
  rows.eachFact((row, slot, value) => {
    const origin = rows.origin(row, slot);
    if (origin) visit(origin.offset, () => `${rows.class(row).attributes[slot]!.path} = ${valueText(value)}`);
  });
  for (let row = 0; rows.carriedCount > 0 && row < rows.size; row++) {
    if (rows.removed(row)) continue;
    for (const { name, value, origin } of rows.carriedOf(row)) {
      const stood = rows.origins.get(origin);
      if (stood) visit(stood.offset, () => `$carry.${name} = ${value}`);
    }
  }
}

/** Where atoms stand that rows state or carry. */
function originsOf(rows: Rows): Set<number> {
  const origins = new Set<number>();
  const add = (origin: Origin | undefined): void => void (origin && origins.add(origin.offset));
  rows.eachFact((row, slot) => add(rows.origin(row, slot)));
  for (let row = 0; rows.carriedCount > 0 && row < rows.size; row++)
    if (!rows.removed(row)) for (const { origin } of rows.carriedOf(row)) add(rows.origins.get(origin));
  return origins;
}

/** The atoms of a tag that no node looks at. */
function isUnused({ service }: Plan, looked: LookedAt, tag: string, { key, name }: RecordedAtom): boolean {
  if (service && (tag === service.header || tag === service.trailer)) return false; // they name the message, not its facts
  return looked.get(tag)?.has(name ?? key) !== true;
}

/** By tag the names, or where they have none the keys, of the atoms that some node looks at. */
type LookedAt = ReadonlyMap<string, ReadonlySet<string | number>>;
const looks = new WeakMap<Plan, LookedAt>();

function lookedAt(plan: Plan): LookedAt {
  const known = looks.get(plan);
  if (known) return known;
  const seen = new Map<string, Set<string | number>>();
  const add = (tag: string, atom: string | number): void => void seen.set(tag, (seen.get(tag) ?? new Set()).add(atom));
  for (const group of plan.groups)
    for (const { node } of group.slots) for (const each of [...node.binds, ...node.selectors]) add(node.tag, each.name ?? each.key);
  const walk = (nodes: Plan['groups'][number]['nodes']): void => {
    for (const node of nodes) {
      for (const each of node.selectors) add(each.child ?? node.tag, each.child === undefined ? (each.name ?? each.key) : 0);
      walk([...node.nodes]);
    }
  };
  for (const group of plan.groups) walk(group.nodes);
  looks.set(plan, seen);
  return seen;
}

const isAlphanumeric = (byte: number): boolean => (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);

/** Whether another letter or digit can be put there without becoming markup: an entity's name is no text. */
function changeable(bytes: Uint8Array, { start, end }: RecordedAtom): boolean {
  let found = false;
  for (let at = start!; at < end!; at++) {
    if (bytes[at] === 0x26) return false;
    found ||= isAlphanumeric(bytes[at]!);
  }
  return found;
}

/** The message with another letter for a letter, another digit for a digit, of the same length. */
function changed(bytes: Uint8Array, { start, end }: RecordedAtom, attempt: number): Uint8Array {
  const places: number[] = [];
  for (let at = start!; at < end!; at++) if (isAlphanumeric(bytes[at]!)) places.push(at);
  const at = places[attempt % places.length]!;
  const step = 1 + Math.floor(attempt / places.length);
  const byte = bytes[at]!;
  const copy = Uint8Array.from(bytes);
  const first = byte <= 0x39 ? 0x30 : byte <= 0x5a ? 0x41 : 0x61;
  copy[at] = first + ((byte - first + step) % (byte <= 0x39 ? 10 : 26));
  return copy;
}
