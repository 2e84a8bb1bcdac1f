import type { AttributePlan, BindingPlan, ElementPlan, GroupPlan, Plan } from './plan.ts';

/** What is done when an instance of a group is filled from rows, worked out once for a plan: the counterpart of `Closing`. */
export interface Filling {
  readonly bindings: readonly BindingFilling[]; // parents before children
  readonly factless: readonly ElementPlan[]; // derived, local and constant elements, and those that are given a value where none was stated
  readonly otherwise: readonly ElementPlan[]; // said by the envelope where no fact says it
  readonly counters: readonly ElementPlan[]; // printed anew when it is known which instances say anything
  readonly inner: readonly GroupPlan[]; // whose instances stand in one of this group
  readonly siblings: readonly BindingPlan[]; // classes that share the only instance of the group with the first of its chain
}

interface BindingFilling {
  readonly binding: BindingPlan;
  readonly isCurrent: boolean; // its row is set by whoever visits the instance
  readonly attributes: readonly AttributePlan[];
  readonly carry: readonly { readonly name: string; readonly element: ElementPlan }[]; // and codes that a table does not have
}

const known = new WeakMap<Plan, readonly Filling[]>();

/** By index of the group. */
export function fillingsOf(plan: Plan): readonly Filling[] {
  let fillings = known.get(plan);
  if (!fillings) known.set(plan, (fillings = plan.groups.map((group) => fillingOf(group, plan))));
  return fillings;
}

function fillingOf(group: GroupPlan, { groups }: Plan): Filling {
  return {
    bindings: group.bindings.map((binding) => ({
      binding,
      isCurrent: group.chain.includes(binding) || !binding.parent,
      attributes: binding.attributes.filter(({ only }) => only !== 'parse'),
      carry: [
        ...binding.carry,
        ...binding.attributes.flatMap(({ element }) =>
          element?.codec?.keepsUnknown ? [{ name: element.name, element: { ...element, codec: undefined } }] : [],
        ),
      ],
    })),
    factless: group.elements.filter(({ codec }) => codec?.fate || codec?.supplies),
    otherwise: group.elements.filter(({ otherwise }) => otherwise),
    counters: group.elements.filter(({ codec, inputs }) => (codec?.derives?.kind === 'counter' || codec?.supplies === 'ordinal') && inputs[0]?.kind === 'text'),
    inner: groups.filter(({ parent, node }) => parent === group && node),
    siblings: group.bindings.filter((each) => each !== group.chain[0] && each.merge !== 'embed' && each.parent !== undefined && each.parent.group !== group),
  };
}

/** A constant that rows of a binding state: by it is told which of several bindings writes a row. */
export interface StatedConstant {
  readonly slot: number;
  readonly constant: string;
}

const knownConstants = new WeakMap<BindingPlan, readonly StatedConstant[]>();

export function constantsOf(binding: BindingPlan): readonly StatedConstant[] {
  let constants = knownConstants.get(binding);
  if (!constants) {
    constants = binding.attributes.flatMap(({ attribute, constant, only }) =>
      constant === undefined || only === 'parse' ? [] : [{ slot: attribute.slot, constant }],
    );
    knownConstants.set(binding, constants);
  }
  return constants;
}
