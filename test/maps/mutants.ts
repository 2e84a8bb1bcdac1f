import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { wireOf } from '../../src/gateway/wire.ts';
import { seeded, Values, writable } from '../../src/maps/generate-values.ts';
import { randomMessage } from '../../src/maps/laws/messages.ts';
import { readMessages, writeRows, writeUnits, type Recorded } from '../../src/maps/laws/wire.ts';
import { at, loadYaml, textAt, type SourceFile, type Yaml, type YamlEntry } from '../../src/maps/load.ts';
import type { ElementPlan, Plan, SlotPlan } from '../../src/maps/plan.ts';
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

interface Original {
  readonly files: readonly SourceFile[]; // of the map alone: its own, its bases, parts and codes
  readonly plan: Plan;
  readonly said: number;
  readonly messages: readonly Uint8Array[];
  readonly lost: number;
}

const wire = wireOf(library());

/** A map, compiled for itself, and what is lost of some messages of it. */
export function original(name: string): Original {
  const files = filesOf(name);
  const catalog = catalogOf(files);
  const plan = catalog.plan(name)!;
  const messages = Array.from({ length: 12 }, (_, seed) => writeUnits(wire, plan, randomMessage(plan, new Values(seeded(seed), writable), 0.6)));
  return { files, plan, said: catalog.check().length, messages, lost: lossesOf(plan, messages) };
}

let heads: { readonly file: SourceFile; readonly root: ReturnType<typeof loadYaml>['root'] }[] | undefined; // of all maps, read once

function filesOf(name: string): SourceFile[] {
  heads ??= mapFiles().map((file) => ({ file, root: loadYaml(file).root }));
  const own = new Set<string>();
  for (let wanted: string | undefined = name; wanted !== undefined;) {
    const found = heads.find(({ root }) => root && textAt(root, 'map') === wanted);
    if (found) own.add(found.file.path);
    wanted = found?.root && textAt(found.root, 'extends')?.replace(/@.*$/, '');
  }
  return heads.flatMap(({ file, root }) => (own.has(file.path) || (root && !at(root, 'map')) ? [file] : []));
}

/** Atoms and facts that are lost when messages are read and written again. */
function lossesOf(plan: Plan, messages: readonly Uint8Array[]): number {
  let lost = 0;
  for (const message of messages)
    for (const { parsed } of readMessages(wire, plan, message)) if (parsed) lost += parsed.account.lost + writeRows(wire, plan, parsed.rows).built.account.lost;
  return lost;
}

export type Verdict = 'lint' | 'losses' | 'silent';

/** What says that a binding is gone: lint, or more losses than before. */
export function judge(name: string, { files, said, messages, lost }: Original, { file, from, to }: Deletion): Verdict {
  const mutated = { path: file.path, text: file.text.slice(0, from) + file.text.slice(to) };
  const catalog = catalogOf(files.map((each) => (each.path === file.path ? mutated : each)));
  const findings: readonly Diagnostic[] = catalog.check();
  if (findings.length > said) return 'lint';
  const plan = catalog.plan(name);
  return plan && lossesOf(plan, messages) <= lost ? 'silent' : 'losses';
}

interface Message {
  readonly bytes: Uint8Array;
  readonly lost: number;
  readonly atoms: ReadonlyMap<SlotPlan, number>; // how many atoms were read into a slot, and are not lost
}

function messagesOf(plan: Plan): Message[] {
  return Array.from({ length: 40 }, (_, i): Message => {
    const bytes = writeUnits(wire, plan, randomMessage(plan, new Values(seeded(i + 1), writable), i % 10 === 0 ? 0.9 : 0.5));
    const units: Recorded[] = [];
    const [read] = readMessages(wire, plan, bytes, (unit) => void units.push(unit));
    const { losses } = read!.parsed!;
    const places = new Set(losses.map(({ source }) => source?.start));
    const atoms = new Map<SlotPlan, number>();
    for (const unit of units) count(unit, places, atoms);
    return { bytes, lost: losses.length, atoms };
  });
}

function count({ node, atoms }: Recorded, lost: ReadonlySet<number | undefined>, counts: Map<SlotPlan, number>): void {
  for (const { key, name, start } of node ? atoms : []) {
    const action = node!.actions.get(name === undefined ? key : (node!.names.get(name) ?? -1)) ?? -1;
    const slot = node!.owner.slots.find(({ first, count }) => action >= first && action < first + count);
    if (slot && !lost.has(start)) counts.set(slot, (counts.get(slot) ?? 0) + 1);
  }
}

/**
 * Takes bindings out of a plan of its own, one at a time: of messages read with it, exactly what was read there must be
 * lost; with half of a value the other half goes too. At most so many, evenly over the plan.
 */
export function withoutBindings(plan: Plan, most = Infinity): { readonly tried: number; readonly wrong: readonly string[] } {
  const messages = messagesOf(plan);
  const slots = plan.groups.flatMap((group) => group.slots.map((slot) => ({ group, slot })));
  const step = Math.max(1, Math.ceil(slots.length / most));
  const wrong: string[] = [];
  let tried = 0;
  for (const { group, slot } of slots.filter((_, i) => i % step === 0)) {
    const message = messages.find(({ atoms }) => atoms.has(slot));
    if (!message) continue;
    tried++;
    const { actions } = slot.node;
    const kept = [...actions];
    for (const [key, action] of kept) if (action >= slot.first && action < slot.first + slot.count) actions.delete(key);
    const lost = readMessages(wire, plan, message.bytes)[0]!.parsed!.account.lost - message.lost;
    for (const [key, action] of kept) actions.set(key, action);
    const reads = ({ inputs }: ElementPlan): boolean =>
      inputs.some((input) => input.kind === 'text' && input.group === group && input.text >= slot.first && input.text < slot.first + slot.count);
    const readers = plan.groups.flatMap(({ elements }) => elements.filter(reads));
    const isAlone = readers.length === 1 && readers[0]!.inputs.length === slot.count && !plan.bindings.some(({ key }) => key.includes(readers[0]!));
    const expected = message.atoms.get(slot)!;
    if (isAlone ? lost !== expected : lost < expected) wrong.push(`${slot.name}: ${lost} lost where ${expected} were read`);
  }
  return { tried, wrong };
}
