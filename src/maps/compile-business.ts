import { didYouMean } from '../diagnostics/suggest.ts';
import type { Dictionary, DictionaryClass } from '../dictionary/dictionary.ts';
import type { CodecArgument, CodeTable, CompiledCodec } from './codecs/codec.ts';
import { compileElement as compileDeclaration } from './codecs/register.ts';
import type { DraftGroup } from './compile-syntax.ts';
import { plain, yamlPlace, type Yaml } from './load.ts';
import type { AttributeModel, ClassModel, ElementModel, MapModel, Reporter } from './model.ts';
import { nearAttribute, nearClass } from './near.ts';
import { compileOtherwise } from './otherwise.ts';
import type { AttributePlan, BindingPlan, ElementInput, ElementPlan, GroupPlan, SlotPlan } from './plan.ts';

type Slots = ReadonlyMap<string, { slot: SlotPlan; group: GroupPlan }>;

/** Compiles layer 2: one element for every slot and every virtual name. */
export function compileElements(
  model: MapModel,
  groups: readonly DraftGroup[],
  slots: Slots,
  tables: ReadonlyMap<string, CodeTable>,
  reporter: Reporter,
): Map<string, { element: ElementPlan; group: GroupPlan }> {
  const elements = new Map<string, { element: ElementPlan; group: GroupPlan }>();
  const names = new Set([...slots.keys(), ...model.elements.keys()]);
  for (const declared of model.elements.values()) {
    const own = slots.get(declared.name);
    const codec = compileCodec(declared, own?.slot, names, tables, reporter);
    if (!codec) continue;
    const made = compileElement(declared, own, codec, slots, reporter);
    const otherwise = compileOtherwise(declared, reporter);
    if (made) elements.set(declared.name, otherwise ? { ...made, element: { ...made.element, otherwise } } : made);
  }
  for (const [name, { slot, group }] of slots) {
    if (elements.has(name) || model.elements.has(name)) continue;
    elements.set(name, {
      element: {
        name,
        codec: undefined,
        inputs: [{ kind: 'text', group, text: slot.first }],
        width: widthOf(slot),
        place: slot.place,
      },
      group,
    });
  }
  for (const { element, group } of elements.values()) (group.elements as ElementPlan[]).push(element);
  for (const { element, group } of elements.values()) checkDerived(element, group, groups, elements, model, reporter);
  return elements;
}

function compileCodec(
  declared: ElementModel,
  own: SlotPlan | undefined,
  names: ReadonlySet<string>,
  tables: ReadonlyMap<string, CodeTable>,
  reporter: Reporter,
): CompiledCodec | undefined {
  const compiled = compileDeclaration(plain(declared.at) as CodecArgument, {
    slot: declared.name,
    slots: names,
    pieces: own?.count,
    width: own && widthOf(own),
    table: (name: string) => tables.get(name),
  });
  if (!('problems' in compiled)) return compiled;
  for (const problem of compiled.problems) reporter.report('MAP_CODEC_ARGUMENT', { name: declared.name, problem }, declared.at);
  return undefined;
}

function compileElement(
  declared: ElementModel,
  own: { slot: SlotPlan; group: GroupPlan } | undefined,
  codec: CompiledCodec,
  slots: Slots,
  reporter: Reporter,
): { element: ElementPlan; group: GroupPlan } | undefined {
  const wanted = codec.inputs ?? [declared.name];
  const inputs: ElementInput[] = [];
  let home = own?.group;
  for (const name of wanted) {
    if (name.startsWith('#')) {
      inputs.push({ kind: name.slice(1) as 'ordinal' | 'total' | 'date' });
      continue;
    }
    const found = slots.get(name);
    if (!found) {
      const unbound = name === declared.name && codec.inputs ? ', and its codec would write a text of its own there' : '';
      reporter.report('MAP_UNKNOWN_SLOT', { name, suggestion: unbound + didYouMean(name, slots.keys()) }, declared.at);
      return undefined;
    }
    home ??= found.group;
    if (!encloses(found.group, home)) {
      if (!encloses(home, found.group) || own) {
        reporter.report('MAP_OTHER_GROUP', { name, group: found.group.name, expected: home.name }, declared.at);
        return undefined;
      }
      home = found.group;
    }
    const count = codec.list ? found.slot.count : 1;
    for (let part = 0; part < count; part++) inputs.push({ kind: 'text', group: found.group, text: found.slot.first + part });
  }
  if (!home) {
    reporter.report('MAP_UNKNOWN_SLOT', { name: declared.name, suggestion: didYouMean(declared.name, slots.keys()) }, declared.at);
    return undefined;
  }
  const first = slots.get(wanted[0]!)?.slot;
  return { element: { name: declared.name, codec, inputs, width: first && widthOf(first), place: yamlPlace(declared.at) }, group: home };
}

/** How long the format lets the texts of a slot be. */
const widthOf = ({ node, first }: SlotPlan): number | undefined => node.binds.find(({ text }) => text === first)?.format?.max;

/** Whether `outer` is `inner` or a group around it. */
export function encloses(outer: GroupPlan, inner: GroupPlan): boolean {
  for (let group: GroupPlan | undefined = inner; group; group = group.parent) if (group === outer) return true;
  return false;
}

function checkDerived(
  element: ElementPlan,
  group: GroupPlan,
  groups: readonly GroupPlan[],
  elements: ReadonlyMap<string, { group: GroupPlan; element: ElementPlan }>,
  model: MapModel,
  reporter: Reporter,
): void {
  const derives = element.codec?.derives;
  if (!derives) return;
  const at = model.elements.get(element.name)?.at;
  if (derives.kind === 'sum') {
    const summed = elements.get(derives.of);
    if (!summed) reporter.report('MAP_UNKNOWN_SLOT', { name: derives.of, suggestion: didYouMean(derives.of, elements.keys()) }, at);
    else if (summed.element.codec?.derives) reporter.report('MAP_DERIVED_CYCLE', { name: element.name }, at);
    else if (!encloses(group, summed.group)) reporter.report('MAP_OTHER_GROUP', { name: derives.of, group: summed.group.name, expected: group.name }, at);
    return;
  }
  const counted = groups.find((candidate) => candidate.name === derives.of);
  if (!counted)
    reporter.report(
      'MAP_UNKNOWN_GROUP',
      {
        name: derives.of,
        suggestion: didYouMean(
          derives.of,
          groups.map((each) => each.name),
        ),
      },
      at,
    );
  else if (derives.kind === 'counter' ? !encloses(counted, group) : !encloses(group, counted))
    reporter.report('MAP_OTHER_GROUP', { name: derives.of, group: counted.name, expected: group.name }, at);
}

/** Compiles layer 3: each class of the map bound to a group, each attribute to an element. */
export function compileBusiness(
  model: MapModel,
  groups: readonly DraftGroup[],
  elements: ReadonlyMap<string, { element: ElementPlan; group: GroupPlan }>,
  dictionary: Dictionary,
  reporter: Reporter,
): BindingPlan[] {
  const bindings: BindingPlan[] = [];

  const compileClass = (declared: ClassModel, parent: BindingPlan | undefined): void => {
    const isRoot = declared.name.startsWith('/'); // another root beside that of the map
    const path = declared.embed?.of ?? (isRoot ? declared.name.slice(1) : parent ? `${parent.class.path}/${declared.name}` : declared.name);
    const found = dictionary.class(path);
    if (!found) {
      const suggestion = nearClass(declared.name, parent?.class.classes ?? dictionary.roots, parent?.class);
      reporter.report('MAP_UNKNOWN_CLASS', { name: path, suggestion }, declared.at);
      return;
    }
    const group = groups.find((candidate) => candidate.name === declared.per);
    if (!group) {
      reporter.report(
        'MAP_UNKNOWN_GROUP',
        {
          name: declared.per,
          suggestion: didYouMean(
            declared.per,
            groups.map((each) => each.name),
          ),
        },
        declared.at,
      );
      return;
    }
    if (parent && !encloses(parent.group, group)) {
      reporter.report('MAP_OTHER_GROUP', { name: declared.name, group: group.name, expected: parent.group.name }, declared.at);
      return;
    }
    const attributes = declared.attributes.flatMap((attribute) => compileAttribute(attribute, found, group));
    const merge = declared.embed ? 'embed' : declared.regroup.length > 0 ? 'regroup' : 'none';
    const above = declared.embed ? ancestorOf(found, bindings) : isRoot ? undefined : parent;
    const binding: BindingPlan = {
      index: bindings.length,
      local: group.bindings.length,
      class: found,
      group,
      parent: above,
      attributes,
      carry: declared.carry.flatMap((carried) => {
        const element = elementFor(carried.slot, group, carried.at);
        return element ? [{ name: carried.name, element, place: yamlPlace(carried.at) }] : [];
      }),
      merge,
      key: [],
      by: undefined,
      mode: compileMode(declared, group),
      primary: false,
      rivals: [],
      place: yamlPlace(declared.at),
    };
    bindings.push(binding);
    group.bindings.push(binding);
    for (const inner of declared.classes) compileClass(inner, binding);
    const key = (declared.embed ? [declared.embed.by] : declared.regroup).flatMap((name) => keyAttribute(name, binding, declared.at));
    Object.assign(binding, { key: key.flatMap((attribute) => attribute.element ?? []), by: declared.embed ? key[0] : undefined });
  };

  /** `ID` of the class itself, or `TransportContractDocument.ID` of a class below it in the same group. */
  const keyAttribute = (name: string, binding: BindingPlan, at: Yaml): AttributePlan[] => {
    const [attributeName, ...classes] = name.split(/[./]/).reverse();
    let holder: BindingPlan | undefined = binding;
    for (const inner of classes.reverse())
      holder = bindings.find((each) => each.parent === holder && each.class.name === inner && each.group === binding.group);
    const found = holder?.attributes.find((each) => each.attribute.name === attributeName);
    if (found?.element) return [found];
    const message = `the key \`${name}\` of ${binding.class.path} is no attribute that this map gives a slot, in the same group`;
    reporter.report('MAP_SHAPE', { message }, at);
    return [];
  };

  const compileMode = (declared: ClassModel, group: GroupPlan): BindingPlan['mode'] => {
    const element = declared.mode && elementFor(declared.mode.slot, group, declared.mode.at);
    return element ? { element, values: declared.mode!.values } : undefined;
  };

  const compileAttribute = (declared: AttributeModel, owner: DictionaryClass, group: GroupPlan): AttributePlan[] => {
    const attribute = owner.attributes.find((each) => each.name === declared.name);
    if (!attribute) {
      reporter.report(
        'MAP_UNKNOWN_ATTRIBUTE',
        {
          name: declared.name,
          class: owner.path,
          suggestion: nearAttribute(declared.name, owner),
        },
        declared.at,
      );
      return [];
    }
    const element = declared.slot === undefined ? undefined : elementFor(declared.slot, group, declared.slotAt);
    if (declared.slot !== undefined && !element) return [];
    return [{ attribute, element, constant: declared.constant, only: declared.only ?? element?.codec?.only, place: yamlPlace(declared.at) }];
  };

  const elementFor = (name: string, group: GroupPlan, at: Yaml): ElementPlan | undefined => {
    const found = elements.get(name);
    if (!found) {
      if (!model.elements.has(name)) reporter.report('MAP_UNKNOWN_SLOT', { name, suggestion: didYouMean(name, elements.keys()) }, at);
      return undefined;
    }
    if (!encloses(found.group, group)) {
      reporter.report('MAP_OTHER_GROUP', { name, group: found.group.name, expected: group.name }, at);
      return undefined;
    }
    return found.element;
  };

  compileClass(model.business, undefined);
  for (const group of groups) finishGroup(group);
  for (const binding of bindings) {
    const rivals = bindings.filter((each) => each !== binding && each.class === binding.class && each.parent === binding.parent && each.merge !== 'embed');
    Object.assign(binding, { rivals: binding.merge === 'embed' ? [] : rivals });
  }
  return bindings;
}

/** The binding of the class above an embedded class: where its shared rows live. */
function ancestorOf(cls: DictionaryClass, bindings: readonly BindingPlan[]): BindingPlan | undefined {
  return bindings.find((binding) => binding.class === cls.parent);
}

/**
 * The chain of a group: the classes of which an instance is one row each, outermost first. The first binding whose
 * parent belongs to another group starts it; a repeating class below it in the same group continues it.
 */
function finishGroup(group: DraftGroup): void {
  const first = group.bindings.find((binding) => binding.merge !== 'embed' && binding.parent?.group !== group);
  if (!first) return;
  const chain = [first];
  for (;;) {
    const last = chain.at(-1)!;
    const next = group.bindings.find((binding) => binding.parent === last && binding.class.many && last.merge === 'regroup');
    if (!next) break;
    chain.push(next);
  }
  group.chain = chain;
  (first as { primary: boolean }).primary = true;
}
