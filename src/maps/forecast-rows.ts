import type { Place } from '../diagnostics/place.ts';
import type { DictionaryClass } from '../dictionary/dictionary.ts';
import type { AttributePlan, BindingPlan, GroupPlan, Plan } from './plan.ts';

/**
 * Why a fact may not arrive. `element`: the target has none. `private`: it was only carried. `fixed`: the target always says
 * something else. `value`: not every value can be written. `rows`: not every row of the class is. `often`: the target has
 * room for fewer. `place`: what would be written there could be read as something else, is said by another fact already, or stands alone.
 */
export type ForecastKind = 'element' | 'private' | 'fixed' | 'value' | 'rows' | 'often' | 'place';

export interface Problem {
  readonly kind: ForecastKind;
  readonly certain: boolean;
  readonly reason: string;
  readonly to: Place | undefined;
}
type ByClass = ReadonlyMap<DictionaryClass, readonly BindingPlan[]>;

/** What is asked of a plan for every pair that it is one of. */
export function oncePerPlan<T>(make: (plan: Plan) => T): (plan: Plan) => T {
  const made = new WeakMap<Plan, T>();
  return (plan) => {
    if (!made.has(plan)) made.set(plan, make(plan));
    return made.get(plan)!;
  };
}

export const byClass = oncePerPlan(({ bindings }): ByClass => {
  const found = new Map<DictionaryClass, BindingPlan[]>();
  for (const binding of bindings) found.set(binding.class, [...(found.get(binding.class) ?? []), binding]);
  return found;
});

/** Why not every row of a class, or of one around it, is written. */
export function rowProblems(source: DictionaryClass, sources: ByClass, targets: ByClass): Problem[] {
  const problems: Problem[] = [];
  for (let cls: DictionaryClass | undefined = source; cls; cls = cls.parent) {
    const takers = targets.get(cls);
    if (!takers) continue; // its attributes have no element; those of classes below it may have one
    const place = takers[0]!.place;
    const { path } = cls;
    if (takers.every(({ merge }) => merge === 'embed'))
      problems.push({
        kind: 'rows',
        certain: false,
        reason: `the target writes ${path} only where something refers to it and it says more than its key`,
        to: place,
      });
    if (takers.some(({ rivals }) => rivals.length > 0))
      problems.push({
        kind: 'rows',
        certain: false,
        reason: `the target writes each ${path} in one of ${takers.length} groups, and none says all of it`,
        to: place,
      });
    const [needed, room] = [often(cls, sources.get(cls) ?? []), often(cls, takers)];
    if (needed > room) problems.push({ kind: 'often', certain: false, reason: `the target has room for ${room} of ${path}`, to: place });
    const wanted = takers.map(({ attributes }) => attributes.filter(({ constant, only }) => constant !== undefined && only !== 'parse'));
    if (wanted.every((constants) => constants.length > 0) && !sameConstants(sources.get(cls) ?? [], wanted)) {
      const words = wanted.map((constants) => constants.map(({ attribute: { name }, constant }) => `${name} ${constant!}`).join(' and '));
      problems.push({ kind: 'rows', certain: false, reason: `the target writes ${path} only with ${[...new Set(words)].join(', or ')}`, to: place });
    }
  }
  return problems;
}

/** How many rows of a class below one parent the bindings have room for. Those of one that stands once there share its row, where their format does not repeat it. */
function often({ many }: DictionaryClass, bindings: readonly BindingPlan[]): number {
  return bindings.reduce((sum, binding) => (many ? sum + roomOf(binding) : Math.max(sum, roomOf(binding))), 0);
}

/** Below a regrouped row that its own group holds, every instance may bring one more. */
function roomOf({ group, parent, merge }: BindingPlan): number {
  if (merge !== 'none') return Infinity;
  const above = parent?.group === group && parent.merge === 'regroup' ? group.parent : parent?.group;
  let room = 1;
  for (let at: GroupPlan | undefined = group; at && at !== above; at = at.parent) room *= at.node ? Math.min(at.node.max, at.node.together) : 1;
  return room;
}

/** Whether whatever the source says by constants, the target says too. */
function sameConstants(sources: readonly BindingPlan[], wanted: readonly (readonly AttributePlan[])[]): boolean {
  return sources.every(
    ({ attributes }) =>
    wanted.some((constants) => constants.every(({ attribute, constant }) => (attributes.find((each) => each.attribute === attribute)?.constant ?? constant) === constant && attributes.every((each) => each.attribute !== attribute || each.constant !== undefined))), // prettier-ignore
  );
}
