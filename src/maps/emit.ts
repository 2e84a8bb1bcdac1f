import type { Printed } from './codecs/codec.ts';
import { headerFields } from '../syntax/segmented.ts';
import type { OutAtoms, OutHeader } from '../syntax/unit.ts';
import type { Value } from '../dictionary/rows.ts';
import { noFact } from './instances.ts';
import { valueText, type Instance } from './instance.ts';
import { keyElement } from '../syntax/unit.ts';
import type { Format } from './model.ts';
import type { BindPlan, ElementPlan, GroupPlan, NodePlan } from './plan.ts';

/** What a message says of itself before its first unit. */
export function headerOf(format: Format): OutHeader {
  let header = headers.get(format);
  if (!header) headers.set(format, (header = makeHeader(format)));
  return header;
}
const headers = new WeakMap<Format, OutHeader>(); // asked for every message

function makeHeader(format: Format): OutHeader {
  if (format.kind === 'nested') return { type: format.root.split('/')[0]!, namespace: format.namespace, prefix: format.prefix };
  return { type: '', ...Object.fromEntries(format.header.map((value, at) => [headerFields[at], value])) };
}

const noAtoms: OutAtoms = { size: 0, keys: [], repetitions: [], names: [], texts: [], facts: [] };
const first = [0]; // of its repetitions

/** The atoms of one unit: what is bound and printed, the qualifiers, and the constants that have data beside them. */
export function outAtoms(node: NodePlan, instance: Instance, facts: Int32Array): OutAtoms {
  const { selectors, binds, fixed } = node;
  if (selectors.length > 0 || fixed.length > 0 || binds.length > 1) return severalAtoms(node, instance, facts);
  const bind = binds[0];
  const value = bind && instance.texts[bind.text];
  if (value === undefined) return noAtoms; // as of most elements that have others inside them
  return { size: 1, keys: [bind!.key], repetitions: first, names: [bind!.name], texts: [value], facts: [facts[bind!.text]!] };
}

function severalAtoms(node: NodePlan, instance: Instance, facts: Int32Array): OutAtoms {
  const keys: number[] = [];
  const repetitions: number[] = [];
  const names: (string | undefined)[] = [];
  const texts: string[] = [];
  const stated: number[] = [];
  for (const { key, name, text, child } of node.selectors) {
    if (child !== undefined) continue;
    keys.push(key);
    repetitions.push(0);
    names.push(name);
    texts.push(text);
    stated.push(-1);
  }
  for (const { key, name, text } of node.binds) {
    const value = instance.texts[text];
    if (value === undefined) continue;
    keys.push(key);
    repetitions.push(0);
    names.push(name);
    texts.push(value);
    stated.push(facts[text]!);
  }
  const data = keys.length;
  for (const { key, name, text, composite } of node.fixed) {
    if (text === '' || (composite && !stands(keys, data, keyElement(key)))) continue;
    keys.push(key);
    repetitions.push(0);
    names.push(name);
    texts.push(text);
    stated.push(-1);
  }
  return { size: keys.length, keys, repetitions, names, texts, facts: stated };
}

/** Whether any of the first so many atoms is of an element. */
function stands(keys: readonly number[], data: number, element: number): boolean {
  for (let i = 0; i < data; i++) if (keyElement(keys[i]!) === element) return true;
  return false;
}

/** Why a unit must not be written by this node: a node that is asked before it, and is neither passed nor full yet, would read it. */
export function suppressedBy(node: NodePlan, atoms: OutAtoms, instance: Instance, { cursor, counts }: Instance): string | undefined {
  for (const rival of node.rivals) {
    if (rival.run < cursor || counts[rival.index]! >= rival.max) continue;
    const taken = rival.selectors.every((selector) =>
      selector.child === undefined
        ? atoms.keys.some((key, i) => key === selector.key && atoms.names[i] === selector.name && atoms.texts[i] === selector.text)
        : childText(node, instance, selector.child) === selector.text,
    );
    if (taken) return `it would be read as ${rival.id}`;
  }
  return undefined;
}

/** What a child element of a node will say. */
function childText({ nodes }: NodePlan, instance: Instance, tag: string): string | undefined {
  const child = nodes.find((each) => each.tag === tag && !each.opens);
  const bind = child?.binds.find(({ name }) => name === undefined);
  return bind ? instance.texts[bind.text] : child?.fixed[0]?.text;
}

/** The first element that has to be there and has no text. */
export function missingIn({ binds }: NodePlan, { texts }: Instance, atoms: OutAtoms): BindPlan | undefined {
  for (const bind of binds) if (bind.required !== undefined && texts[bind.text] === undefined && isWanted(bind, atoms)) return bind;
  return undefined;
}

/** Whether the directory wants an element that has no text: always, or because its composite has some. */
function isWanted({ required, key }: BindPlan, atoms: OutAtoms): boolean {
  const used = stands(atoms.keys, atoms.size, keyElement(key));
  return required === 'unit' || (required === 'composite' && used) || (required === 'some' && !used);
}

/** Why a text cannot stand in its element: too wide, too short, or of the wrong kind of characters. */
export function formatProblem(group: GroupPlan, text: number, value: string): string | undefined {
  const bind = bindOf(group, text);
  if (!bind?.format) return undefined;
  const { type, min, max, form } = bind.format;
  if (type === 'n' && !/^-?(\d+([.,]\d*)?|[.,]\d+)$/.test(value)) return `is not a number, as ${bind.id} must be`;
  if (type === 'a' && /\d/.test(value)) return `has digits, ${bind.id} holds letters`;
  const length = type === 'n' ? digitsOf(value) : charactersOf(value);
  if (length >= min && length <= max) return form && !form.fits(value) ? `is not ${form.words}, as ${bind.id} must be` : undefined;
  return `has ${length} ${type === 'n' ? 'digits' : 'characters'}, ${bind.id} holds ${min === max ? 'exactly' : length < min ? 'at least' : 'at most'} ${length < min ? min : max}`;
}

function digitsOf(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x30 && code <= 0x39) count++;
  }
  return count;
}

/** A character outside the basic plane is one. */
function charactersOf(text: string): number {
  let count = text.length;
  for (let i = 0; i + 1 < text.length; i++) if (text.codePointAt(i)! > 0xffff) count--;
  return count;
}

/** Text as stated; where blanks are collapsed on reading, line breaks are not written either. */
export function plainText(value: Value, onOneLine: boolean): Printed {
  if (typeof value !== 'string') return { ok: false, reason: 'the element holds text, not a measure' };
  if (!onOneLine || !value.includes('\n')) return { ok: true, texts: [value] };
  const line = value.replace(/\s*\n\s*/g, ' ');
  return { ok: true, texts: [line], note: `\`${value}\` is written on one line` };
}

/** What is said where a text is read again in another form: the value is the same, as stated it is not. */
export function readAgain(group: GroupPlan, text: number, value: string): string | undefined {
  const again = bindOf(group, text)?.format?.form?.again?.(value);
  return again === undefined || again === value ? undefined : `\`${value}\` is read again as \`${again}\``;
}

/** The value as an element reads it when it was written. */
export function asReadAgain({ codec, width, inputs }: ElementPlan, value: Value): Value {
  const forms = inputs.map((input) => (input.kind === 'text' ? bindOf(input.group, input.text)?.format?.form : undefined));
  if (!codec || !forms.some((form) => form?.again)) return value;
  const printed = codec.print(value, width);
  const parsed = printed.ok ? codec.parse(printed.texts.map((text, i) => (text === undefined ? text : (forms[i]?.again?.(text) ?? text)))) : printed;
  return parsed.ok && 'value' in parsed ? (parsed.value ?? value) : value;
}

/** Why an element cannot write a value, or undefined. */
export function refusal({ codec, width, inputs }: ElementPlan, value: Value): string | undefined {
  if (!codec && typeof value !== 'string') return 'the element holds text, not a measure';
  const printed = codec ? codec.print(value, width) : { ok: true as const, texts: [valueText(value)] };
  if (!printed.ok) return printed.reason;
  for (let i = 0; i < inputs.length; i++) {
    const [input, text] = [inputs[i]!, printed.texts[i]];
    const problem = input.kind === 'text' && text !== undefined ? formatProblem(input.group, input.text, text) : undefined;
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** What an element says when it writes a value as something else, if it does. */
export function bending({ codec, width }: ElementPlan, value: Value): string | undefined {
  const printed = codec?.print(value, width);
  return printed?.ok ? printed.note : undefined;
}

const bindTables = new WeakMap<GroupPlan, (NodePlan['binds'][number] | undefined)[]>();
/** Where a text of a group stands. */
export function bindOf(group: GroupPlan, text: number): NodePlan['binds'][number] | undefined {
  let table = bindTables.get(group);
  if (!table) {
    table = new Array<NodePlan['binds'][number] | undefined>(group.width).fill(undefined);
    for (const slot of group.slots) for (const bind of slot.node.binds) table[bind.text] = bind;
    bindTables.set(group, table);
  }
  return table[text];
}

/** The same without the words that state nothing: where they have no place they are not missed. */
export function withoutWords(out: OutAtoms): OutAtoms {
  const kept = out.facts.flatMap((fact, i) => (fact === noFact.weak ? [] : [i]));
  if (kept.length === out.size) return out;
  const of = <T>(list: readonly T[]): T[] => kept.map((i) => list[i]!);
  return { size: kept.length, keys: of(out.keys), repetitions: of(out.repetitions), names: of(out.names), texts: of(out.texts), facts: of(out.facts) };
}

/** An element of which the map itself says what it says: it is there wherever the element around it is. */
export const isGiven = ({ kind, min, nodes, binds, selectors, fixed }: NodePlan): boolean =>
  (kind === 'element' || min > 0) && nodes.length === 0 && binds.length === 0 && selectors.length + fixed.length > 0;

/** An element that has to be there and may be empty: nothing of what it holds has to be. */
export const isFrame = ({ min, binds, nodes }: NodePlan): boolean => min > 0 && binds.length === 0 && nodes.length > 0 && nodes.every((node) => node.min === 0);
