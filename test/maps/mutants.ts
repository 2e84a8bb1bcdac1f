import { wireOf } from '../../src/gateway/library/wire.ts';
import { seeded, Values, writable } from '../../src/maps/generate-values.ts';
import { randomMessage } from '../../src/maps/laws/messages.ts';
import { readMessages, writeRows, writeUnits, type Recorded } from '../../src/maps/laws/wire.ts';
import { loadYaml, type SourceFile, type Yaml, type YamlEntry } from '../../src/maps/load.ts';
import type { ElementPlan, Plan, SlotPlan } from '../../src/maps/plan.ts';
import { alike } from './alike.ts';
import { catalogOf, library, mapFiles } from './fixture.ts';

/** One binding that may be deleted: an entry of `bind`, `attrs` or `carry`, in a map or in a part. */
export interface Deletion {
  readonly file: SourceFile;
  readonly what: string; // 'bind C507.2380 of mappings/…:48'
  readonly from: number; // characters of the file
  readonly to: number;
}

/** Every binding that stands in a file of the map language. */
export function deletions(file: SourceFile): Deletion[] {
  const found: Deletion[] = [];
  const add = (kind: string, { key, value }: YamlEntry): void => {
    const line = file.text.slice(0, key.start).split('\n').length;
    found.push({ file, what: `${kind} ${key.text} of ${file.path}:${line}`, ...cut(file.text, key.start, value.end) });
  };
  const walk = (node: Yaml): void => {
    if (node.kind === 'list') node.items.forEach(walk);
    if (node.kind !== 'map') return;
    for (const entry of node.entries) {
      const kind = entry.key.text;
      if (kind === 'bind' && entry.value.kind === 'scalar') add('bind', entry);
      else if (['bind', 'attrs', 'carry'].includes(kind) && entry.value.kind === 'map') for (const each of entry.value.entries) add(kind, each);
      else walk(entry.value);
    }
  };
  const { root } = loadYaml(file);
  if (root) walk(root);
  return found;
}

/** An entry with the comma that goes with it, or with the line it fills. */
function cut(text: string, start: number, end: number): { from: number; to: number } {
  const after = /^[ \t]*,[ \t]*/.exec(text.slice(end))?.[0].length;
  if (after !== undefined) return { from: start, to: end + after };
  const before = /,\s*$/.exec(text.slice(0, start))?.[0].length;
  return { from: start - (before ?? 0), to: end };
}

export interface Original {
  readonly file: string;
  readonly files: readonly SourceFile[]; // of the map alone: its own, its bases, parts and codes
  readonly plan: Plan;
  readonly said: number;
  readonly messages: { readonly bytes: Uint8Array; readonly lost: number }[]; // as many as were needed so far
}

const wire = wireOf(library());

/** A map, compiled for itself. */
export function original(name: string): Original {
  const files = filesOf(name);
  const catalog = catalogOf(files);
  const plan = catalog.plan(name)!;
  const { file } = catalog.maps.find((map) => map.name === name)!;
  return { file, files, plan, said: catalog.check([file]).length, messages: [] };
}

/** A random message of a map by its number, and what is lost of it; a full one now and then. */
function messageOf({ plan, messages }: Original, no: number): Original['messages'][number] {
  for (let seed = messages.length; seed <= no; seed++) {
    const { bytes } = writeUnits(wire, plan, randomMessage(plan, new Values(seeded(seed), writable), seed % 8 === 7 ? 0.95 : 0.6));
    messages.push({ bytes, lost: lossesOf(plan, bytes, plan) });
  }
  return messages[no]!;
}

/** Of a map alone: its own, its bases, parts and codes. */
function filesOf(name: string): SourceFile[] {
  const own = new Set(library().catalog.maps.find((map) => map.name === name)!.files);
  return mapFiles().filter(({ path }) => own.has(path));
}

/** Atoms that are lost when a message is read, and facts that are lost when what its own plan reads of it is written. */
function lossesOf(plan: Plan, message: Uint8Array, own: Plan): number {
  let lost = 0;
  for (const { parsed } of readMessages(wire, plan, message)) lost += parsed?.account.lost ?? 0;
  for (const { parsed } of readMessages(wire, own, message)) if (parsed) lost += writeRows(wire, plan, parsed.rows).built.account.lost;
  return lost;
}

/** `same`: the plan is what it was, of an optional element that the directory does not have. That is no mutation. */
export type Verdict = 'lint' | 'losses' | 'same' | 'silent';

const most = 400; // messages that may pass before a binding counts as silent: it may stand deep

/** What says that a binding is gone: lint, or more losses than before in one of the messages. */
export function judge(name: string, whole: Original, { file, from, to }: Deletion): Verdict {
  const mutated = { path: file.path, text: file.text.slice(0, from) + file.text.slice(to) };
  const catalog = catalogOf(whole.files.map((each) => (each.path === file.path ? mutated : each)));
  if (catalog.check([whole.file]).length > whole.said) return 'lint';
  const plan = catalog.plan(name);
  if (!plan) return 'lint';
  if (alike(plan, whole.plan)) return 'same';
  for (let no = 0; no < most; no++) {
    const { bytes, lost } = messageOf(whole, no);
    if (lossesOf(plan, bytes, whole.plan) > lost) return 'losses';
  }
  return 'silent';
}

interface Message {
  readonly bytes: Uint8Array;
  readonly lost: number;
  readonly atoms: ReadonlyMap<SlotPlan, number>; // how many atoms were read into a slot, and are not lost
}

/** Messages of a plan that is whole, made as they are wanted: most bindings stand in one of the first, which are small. */
function messagesOf(plan: Plan): (slot: SlotPlan) => Message | undefined {
  const made: Message[] = [];
  const make = (i: number): Message => {
    const { bytes } = writeUnits(wire, plan, randomMessage(plan, new Values(seeded(i + 1), writable), i % 10 === 9 ? 0.9 : 0.5));
    const units: Recorded[] = [];
    const [read] = readMessages(wire, plan, bytes, (unit) => void units.push(unit));
    const { losses } = read!.parsed!;
    const places = new Set(losses.map(({ source }) => source?.start));
    const atoms = new Map<SlotPlan, number>();
    for (const unit of units) count(unit, places, atoms);
    return { bytes, lost: losses.length, atoms };
  };
  return (slot) => {
    let found = made.find(({ atoms }) => atoms.has(slot));
    while (!found && made.length < 40) {
      const next = make(made.length);
      made.push(next);
      if (next.atoms.has(slot)) found = next;
    }
    return found;
  };
}

function count({ node, atoms }: Recorded, lost: ReadonlySet<number | undefined>, counts: Map<SlotPlan, number>): void {
  for (const { key, name, start } of node ? atoms : []) {
    const action = node!.actions.get(name === undefined ? key : (node!.names.get(name) ?? -1));
    const slot = node!.owner.slots.find(({ first, count }) => action >= first && action < first + count);
    if (slot && !lost.has(start)) counts.set(slot, (counts.get(slot) ?? 0) + 1);
  }
}

/**
 * Takes bindings out of a plan of its own, one at a time, and puts each back: of messages read with it, exactly what was read there must be
 * lost; with half of a value the other half goes too. At most so many, evenly over the plan.
 */
export function withoutBindings(plan: Plan, most = Infinity): { readonly tried: number; readonly wrong: readonly string[] } {
  const messageWith = messagesOf(plan);
  const slots = plan.groups.flatMap((group) => group.slots.map((slot) => ({ group, slot })));
  const step = Math.max(1, Math.ceil(slots.length / most));
  const wrong: string[] = [];
  let tried = 0;
  for (const { group, slot } of slots.filter((_, i) => i % step === 0)) {
    const message = messageWith(slot);
    if (!message) continue;
    tried++;
    const { actions } = slot.node;
    const kept = [...actions];
    for (const [key, action] of kept) if (action >= slot.first && action < slot.first + slot.count) actions.delete(key);
    const lost = readMessages(wire, plan, message.bytes)[0]!.parsed!.account.lost - message.lost;
    for (const [key] of kept) actions.delete(key);
    for (const [key, action] of kept) actions.set(key, action); // in the order in which they were
    const reads = ({ inputs }: ElementPlan): boolean =>
      inputs.some((input) => input.kind === 'text' && input.group === group && input.text >= slot.first && input.text < slot.first + slot.count);
    const readers = plan.groups.flatMap(({ elements }) => elements.filter(reads));
    const isAlone = readers.length === 1 && readers[0]!.inputs.length === slot.count && !plan.bindings.some(({ key }) => key.includes(readers[0]!));
    const expected = message.atoms.get(slot)!;
    if (isAlone ? lost !== expected : lost < expected) wrong.push(`${slot.name}: ${lost} lost where ${expected} were read`);
  }
  return { tried, wrong };
}
