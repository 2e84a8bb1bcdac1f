import type { BindingPlan, BindPlan, ElementPlan, Plan } from './plan.ts';

/** Whether one of the texts that an element writes must be there. */
export function isWanted(element: ElementPlan | undefined): boolean {
  return (
    element?.inputs.some(
      (input) =>
        input.kind === 'text' && input.group.slots.some(({ node }) => node.binds.some(({ text, required }) => text === input.text && required === 'unit')),
    ) ?? false
  );
}

/** The rows that state what a unit must say which has to be there, or hold a group that has to be there. */
export function wantedRows({ bindings, groups }: Plan, binds: ReadonlyMap<ElementPlan, BindPlan>): ReadonlySet<BindingPlan> {
  const wanted = new Set<BindingPlan>();
  const want = (binding: BindingPlan | undefined): void => {
    for (let each = binding; each; each = each.parent) wanted.add(each);
  };
  const mustSay = ({ group }: BindingPlan, element: ElementPlan | undefined): boolean => {
    const [input] = element?.inputs ?? [];
    if (!element || input?.kind !== 'text' || input.group !== group || binds.get(element)?.required !== 'unit') return false;
    return (group.slots.find(({ first, count }) => input.text >= first && input.text < first + count)?.node.min ?? 0) > 0;
  };
  for (const each of bindings) if ([...each.attributes, ...each.carry].some(({ element }) => mustSay(each, element))) want(each);
  for (const { node, chain } of groups) if ((node?.min ?? 0) > 0) want(chain[0]?.parent);
  return wanted;
}
