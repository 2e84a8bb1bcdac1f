import { keyElement } from '../syntax/unit.ts';
import { firstBinds } from './generate-values.ts';
import type { AttributePlan, BindPlan, BindingPlan, ElementPlan, GroupPlan, Plan } from './plan.ts';
import { isWanted, wantedRows } from './wanted.ts';

/** What the generator asks of a plan again and again. */
export interface Prepared {
  readonly inner: readonly (readonly GroupPlan[])[]; // by group
  readonly fills: ReadonlyMap<BindingPlan, readonly Fill[]>;
  readonly carries: ReadonlyMap<BindingPlan, readonly Carries[]>;
  readonly binds: ReadonlyMap<ElementPlan, BindPlan>;
  readonly wanted: ReadonlySet<BindingPlan>; // without whose row the message, or the instance of its group, is not whole
}
export interface Carries {
  readonly name: string;
  readonly element: ElementPlan;
  readonly slots: readonly number[];
  readonly others: readonly { readonly name: string; readonly element: ElementPlan }[];
  readonly needed: boolean; // its unit cannot be written without it
}
export interface Fill extends AttributePlan {
  readonly isKey: boolean;
  readonly bind: BindPlan | undefined;
  readonly isWanted: boolean; // its segment cannot be written without it
}

const preparations = new WeakMap<Plan, Prepared>();
export function prepare(plan: Plan): Prepared {
  const known = preparations.get(plan);
  if (known) return known;
  const binds = firstBinds(plan);
  const inner = plan.groups.map((group) => plan.groups.filter(({ parent }) => parent === group));
  const isKey = ({ class: cls, parent }: BindingPlan, name: string): boolean =>
    cls.key.includes(name) || (parent?.class.key.includes(`${cls.name}.${name}`) ?? false);
  const fills = new Map(
    plan.bindings.map((binding) => [
      binding,
      binding.attributes
        .filter(({ only }) => !only)
        .map((each): Fill => ({
          isKey: isKey(binding, each.attribute.name),
          bind: each.element && binds.get(each.element),
          isWanted: isWanted(each.element),
          ...each,
        })),
    ]),
  );
  const stated = statedTexts(plan);
  const carriesOf = (binding: BindingPlan): Carries[] => {
    const some = new Set<number>(); // elements of which the first component that is carried will do
    return binding.carry.flatMap(({ name, element }) => {
      const found = wants(element, binding, stated);
      const bind = binds.get(element);
      if (!found) return [];
      const isFirst = bind?.required === 'some' && !some.has(keyElement(bind.key)) && some.add(keyElement(bind.key));
      return [{ name, element, ...found, needed: bind?.required === 'unit' || bind?.required === 'composite' || Boolean(isFirst) }];
    });
  };
  const carries = new Map(plan.bindings.map((binding) => [binding, carriesOf(binding)]));
  const made = { inner, fills, carries, binds, wanted: wantedRows(plan, binds) };
  preparations.set(plan, made);
  return made;
}

/** The bindings that state a text of a group, as an attribute or carried. */
type StatedTexts = ReadonlyMap<GroupPlan, ReadonlyMap<number, readonly BindingPlan[]>>;

function statedTexts({ bindings }: Plan): StatedTexts {
  const stated = new Map<GroupPlan, Map<number, BindingPlan[]>>();
  for (const binding of bindings)
    for (const { element } of [...binding.attributes, ...binding.carry])
      for (const input of element?.inputs ?? []) {
        if (input.kind !== 'text') continue;
        const texts = stated.get(input.group) ?? new Map<number, BindingPlan[]>();
        stated.set(input.group, texts);
        const known = texts.get(input.text);
        if (!known) texts.set(input.text, [binding]);
        else if (known.at(-1) !== binding) known.push(binding);
      }
  return stated;
}

/** What a carried value cannot be written without: attributes, and other carried values. Undefined where another class states it. */
function wants({ inputs: [input] }: ElementPlan, binding: BindingPlan, stated: StatedTexts): Pick<Carries, 'slots' | 'others'> | undefined {
  if (input?.kind !== 'text') return { slots: [], others: [] };
  const { attributes, carry } = binding;
  const { group, text: own } = input;
  const binds = group.slots.find(({ first, count }) => own >= first && own < first + count)?.node.binds ?? [];
  const element = binds.find(({ text }) => text === own);
  const beside = (bind: BindPlan): boolean => element !== undefined && keyElement(bind.key) === keyElement(element.key);
  const wanted = binds.filter((bind, i) => {
    if (bind === element || !element) return false;
    if (bind.required === 'some') return !beside(bind) && !binds.slice(0, i).some((other) => keyElement(other.key) === keyElement(bind.key)); // one of its composite
    return bind.required === 'unit' || (bind.required === 'composite' && beside(bind));
  });
  const states = (bind: BindPlan, each: ElementPlan | undefined): boolean => each?.inputs.some((at) => at.kind === 'text' && at.group === group && at.text === bind.text) ?? false; // prettier-ignore
  const sure = (bind: BindPlan): boolean =>
    bind.required === 'unit' &&
    (stated
      .get(group)
      ?.get(bind.text)
      ?.some((each) => each !== binding) ??
      false); // see `isWanted`
  const found = wanted
    .filter((bind) => !sure(bind))
    .map((bind) => ({
      slot: attributes.find((each) => states(bind, each.element))?.attribute.slot,
      other: carry.find((each) => states(bind, each.element)),
    }));
  if (found.some(({ slot, other }) => slot === undefined && !other)) return undefined;
  return { slots: found.flatMap(({ slot }) => slot ?? []), others: found.flatMap(({ other }) => other ?? []) };
}
