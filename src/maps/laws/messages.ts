import type { ValueType } from '../../dictionary/dictionary.ts';
import type { Value } from '../../dictionary/rows.ts';
import type { MessageNode, SegmentDirectory } from '../../syntax/segmented.ts';
import { atomKey, keyElement } from '../../syntax/unit.ts';
import { isGiven, outAtoms } from '../emit.ts';
import { evaluate } from '../../language/expression.ts';
import { attributesOf, firstBinds, type Values } from '../generate-values.ts';
import { InstancePool, slotText, type Instance } from '../instance.ts';
import type { AttributePlan, BindPlan, ElementPlan, GroupPlan, NodePlan, Plan } from '../plan.ts';
import type { Recorded, RecordedAtom } from './wire.ts';

/**
 * A random message of the syntax section: every node may be there, as often as it may; texts are such as their codecs can
 * read. Nothing is known here of rows: keys may recur, references may lead nowhere, copies may contradict each other.
 * With a focus these groups are there once, and of others no more than must be.
 */
export function randomMessage(plan: Plan, values: Values, fullness: number, focus?: ReadonlySet<GroupPlan>): Recorded[] {
  const units: Recorded[] = [];
  const { statable } = prepare(plan);
  const pool = new InstancePool(plan);
  const limit = (node: NodePlan): number => {
    if (focus) return Math.max(node.min, focus.has(node.opens!) ? 1 : 0);
    return values.between(node.min, Math.max(node.min, values.chance(fullness) ? Math.min(node.max, 3) : 0));
  };

  const open = (group: GroupPlan, parent: Instance | undefined, ordinal: number): Instance => {
    const instance = pool.take(group, parent, ordinal);
    for (const each of statable[group.index]!) {
      const { element, isWanted, isHalf } = each;
      if (isHalf && !values.chance(0.02)) continue; // a unit says something beside its number
      if (isWanted || values.chance(0.2 + fullness / 2)) state(each, instance);
      const [own] = element.inputs;
      if (isWanted && own?.kind === 'text') instance.of(own.group).texts[own.text] ??= element.codec?.word; // of what must be there, that it states nothing
    }
    return instance;
  };

  /** Puts a value into the texts of an element, where they say nothing else yet. */
  const state = ({ element, attribute, bind, codes }: Statable, instance: Instance): void => {
    const value = element.codec?.fate ? String(values.between(1, 9)) : valueOf(values, element, attribute, bind); // a count may be wrong
    if (value === undefined) return;
    const printed = element.codec?.print(value, element.width) ?? { ok: typeof value === 'string', texts: [String(value)] };
    if (codes && values.chance(0.3)) Object.assign(printed, { ok: true, texts: [values.code(codes)] }); // of a table also what is only read
    if (!printed.ok) return;
    const parts = element.inputs.flatMap((input, i) =>
      input.kind === 'text' && printed.texts[i] !== undefined ? [{ holder: instance.of(input.group), at: input.text, text: printed.texts[i] }] : [],
    );
    const other = parts.findIndex(({ holder, at, text }) => (holder.texts[at] ?? text) !== text);
    const inUnit = other === 1 && typeof value !== 'string' && element.codec?.parse([parts[0]!.text, parts[1]!.holder.texts[parts[1]!.at]]).ok; // of another amount
    if (other < 0) for (const { holder, at, text } of parts) holder.texts[at] = text;
    else if (inUnit) parts[0]!.holder.texts[parts[0]!.at] = parts[0]!.text;
  };

  const segment = (node: NodePlan, instance: Instance): void => {
    if (node.when && evaluate(node.when, (name) => slotText(instance, name)) !== true) return;
    if (!node.opens) {
      if (node.min > 0 || saysOwn(node, instance)) units.push(unit('segment', node, instance));
      return;
    }
    for (let count = limit(node), ordinal = 1; ordinal <= count; ordinal++) {
      const inner = open(node.opens, instance, ordinal);
      units.push(unit('segment', node, inner));
      for (const child of node.opens.nodes) segment(child, inner);
      pool.giveBack(inner);
    }
  };

  const element = (node: NodePlan, instance: Instance): void => {
    if (node.nodes.length === 0) {
      if (node.min > 0 || isGiven(node) || saysOwn(node, instance)) units.push(unit('leaf', node, instance));
      return;
    }
    const before = units.push(unit('open', node, instance));
    for (const child of node.nodes) {
      if (child.when && evaluate(child.when, (name) => slotText(instance, name)) !== true) continue;
      if (!child.opens) element(child, instance);
      else
        for (let count = limit(child), ordinal = 1; ordinal <= count; ordinal++) {
          const inner = open(child.opens, instance, ordinal);
          element(child, inner);
          pool.giveBack(inner);
        }
    }
    const says = units.length > before + node.nodes.filter(isGiven).length; // constants alone are no reason to write it
    if (says || node === plan.groups[0]!.node || node.min > 0 || saysOwn(node, instance)) units.push({ kind: 'close', tag: node.tag, atoms: [] });
    else units.length = before - 1;
  };

  const root = plan.groups[0]!;
  const message = open(root, undefined, 1);
  if (root.node) element(root.node, message);
  else for (const node of root.nodes) segment(node, message);
  pool.giveBack(message);
  return units;
}

const saysOwn = ({ binds }: NodePlan, instance: Instance): boolean => binds.some(({ text }) => instance.texts[text] !== undefined);

function unit(kind: Recorded['kind'], node: NodePlan, instance: Instance): Recorded {
  const { keys, names, texts } = outAtoms(node, instance, instance.facts);
  return { kind, tag: node.tag, atoms: keys.map((key, i) => ({ key, name: names[i], text: texts[i]! })) };
}

/** The value of an element: of the attribute it is given to; of what is carried or says the mode, any text. */
function valueOf(values: Values, element: ElementPlan, attribute: AttributePlan | undefined, bind: BindPlan | undefined): Value | undefined {
  // Few different keys: copies of one thing shall meet.
  const isKey = attribute !== undefined && element.codec === undefined && bind?.format === undefined && values.chance(0.1);
  return isKey ? values.pick(['K1', 'K2']) : values.of(element, attribute?.attribute.type ?? anyText, bind);
}
const anyText: ValueType = { kind: 'text', max: 35 };

interface Prepared {
  readonly statable: readonly (readonly Statable[])[]; // by group
  readonly qualifiers: ReadonlyMap<string, readonly string[]>; // by tag and key
}
/** An element that a message may say, with what is asked of it every time. */
interface Statable {
  readonly element: ElementPlan;
  readonly attribute: AttributePlan | undefined; // it is given to
  readonly bind: BindPlan | undefined;
  readonly isWanted: boolean; // its unit cannot be written without it
  readonly isHalf: boolean; // a text that another element reads together with its own, and nothing else does
  readonly codes: readonly string[] | undefined; // of its table, as they stand on the wire
}
const preparations = new WeakMap<Plan, Prepared>();
function prepare(plan: Plan): Prepared {
  let made = preparations.get(plan);
  if (made) return made;
  const qualifiers = new Map<string, string[]>();
  const walk = (nodes: readonly NodePlan[]): void => {
    for (const { tag, selectors, nodes: inner } of nodes) {
      for (const { key, text } of selectors) qualifiers.set(`${tag} ${key}`, [...(qualifiers.get(`${tag} ${key}`) ?? []), text]);
      walk(inner);
    }
  };
  for (const group of plan.groups) walk(group.nodes);
  const attributes = attributesOf(plan);
  const binds = firstBinds(plan);
  const halves = halvesOf(plan, attributes);
  const statable = plan.groups.map(({ elements }) =>
    elements
      .filter(({ codec }) => codec?.fate !== 'fixed' && codec?.fate !== 'local')
      .map((element): Statable => {
        const bind = binds.get(element);
        const codes = element.codec?.table?.entries.map(({ wire }) => wire);
        return { element, attribute: attributes.get(element), bind, isWanted: bind?.required !== undefined, isHalf: halves.has(element), codes };
      }),
  );
  made = { statable, qualifiers };
  preparations.set(plan, made);
  return made;
}

/** Plain elements that are given to no attribute, because another element takes their text: the unit of a measure. */
function halvesOf({ groups, bindings }: Plan, attributes: ReadonlyMap<ElementPlan, AttributePlan>): ReadonlySet<ElementPlan> {
  const carried = new Set(bindings.flatMap(({ carry }) => carry.map(({ element }) => element)));
  const elements = groups.flatMap((group) => group.elements);
  const texts = (element: ElementPlan): string[] => element.inputs.flatMap((input) => (input.kind === 'text' ? [`${input.group.index} ${input.text}`] : []));
  const shared = new Set(elements.filter(({ inputs, codec }) => codec && inputs.length > 1).flatMap(texts));
  return new Set(elements.filter((each) => !each.codec && !attributes.has(each) && !carried.has(each) && texts(each).every((text) => shared.has(text))));
}

/** A random message of the directory, most of it unknown to the map: any segment, any element, codes of its lists, some that the map selects by. */
export function randomOfDirectory(plan: Plan, directory: SegmentDirectory, values: Values, fullness: number): Recorded[] {
  const message = plan.format.kind === 'segmented' ? plan.format.message : '';
  const units: Recorded[] = [];
  const walk = (nodes: readonly MessageNode[]): void => {
    for (const { id, required, repeat, nodes: inner } of nodes) {
      if (id === plan.service?.header || id === plan.service?.trailer) continue;
      const most = required || values.chance(0.1 + fullness / 2) ? Math.min(repeat, 2) : 0;
      for (let count = values.between(required ? 1 : 0, most); count > 0; count--) {
        if (inner) walk(inner);
        else units.push({ kind: 'segment', tag: id, atoms: atomsOf(plan, directory, id, values) });
      }
    }
  };
  walk(directory.nodes(message) ?? []);
  return units;
}

function atomsOf(plan: Plan, directory: SegmentDirectory, tag: string, values: Values): RecordedAtom[] {
  const { qualifiers } = prepare(plan);
  let element = 0;
  let stands = false; // whether anything of the element does
  return directory.positions(tag).flatMap(({ key, format, required, codes }) => {
    if (keyElement(key) !== element) {
      element = keyElement(key);
      stands = required === 'unit' || required === 'some' || values.chance(0.5);
    }
    if (!stands || (required !== 'unit' && required !== 'composite' && values.chance(0.5))) return [];
    const selected = qualifiers.get(`${tag} ${key}`);
    const listed = codes();
    const text =
      selected && values.chance(0.7) ? values.pick(selected) : listed.length > 0 && values.chance(0.5) ? values.pick(listed) : values.ofFormat(format, 12);
    return [{ key, name: undefined, text }];
  });
}

/** The message with some damage: what it then says is anybody's guess, but nothing of it may vanish. */
export function damaged(plan: Plan, units: readonly Recorded[], values: Values): Recorded[] {
  let result = [...units];
  const isXml = plan.format.kind === 'nested';
  for (let times = values.between(1, 3); times > 0 && result.length > 2; times--) {
    const at = values.between(1, result.length - 2);
    const { kind, tag, atoms } = result[at]!;
    const stands = kind === 'segment' || kind === 'leaf';
    const [before, after] = [result.slice(0, at), result.slice(at + 1)];
    const with_ = (...changed: Recorded[]): void => void (result = [...before, ...changed, ...after]);
    const junk: RecordedAtom = { key: isXml ? atomKey(90, 0) : atomKey(values.between(1, 12), values.between(1, 5)), name: isXml ? 'zzz' : undefined, text: values.text(9) }; // prettier-ignore
    switch (values.between(0, 4)) {
      case 0:
        with_(
          { kind: isXml ? 'leaf' : 'segment', tag: 'ZZZ', atoms: [{ key: isXml ? 0 : atomKey(1, 1), name: undefined, text: values.text(9) }] },
          result[at]!,
        );
        break;
      case 1:
        if (kind !== 'close' && !atoms.some(({ key }) => key === junk.key)) with_({ kind, tag, atoms: [...atoms, junk] });
        break;
      case 2:
        if (atoms.length > 0) {
          const chosen = values.pick(atoms);
          with_({ kind, tag, atoms: atoms.map((atom) => (atom === chosen ? { ...atom, text: values.text(20) } : atom)) });
        }
        break;
      case 3:
        if (stands) with_(result[at]!, result[at]!);
        break;
      default:
        if (stands) with_();
    }
  }
  return result;
}
