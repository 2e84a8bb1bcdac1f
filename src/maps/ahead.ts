import type { ElementUnit } from '../syntax/xml/element-unit.ts';
import { hold, letGo } from '../syntax/xml/held.ts';
import { unique } from '../syntax/unique.ts';
import type { Unit } from '../syntax/unit.ts';
import type { NodePlan, Plan } from './plan.ts';

/**
 * Elements that a map tells apart by what a child of theirs says (`AssociatedParty[RoleCode=NI]`): each is held until its children
 * are known, then handed on with all in it. What a map does not ask of its children passes at once.
 */
export class Ahead {
  readonly #asked: ReadonlySet<string>;
  readonly #hand: (unit: Unit) => void;
  readonly #open: ElementUnit[] = []; // of what is held
  #held: ElementUnit[] = [];

  constructor(asked: ReadonlySet<string>, hand: (unit: Unit) => void) {
    this.#asked = asked;
    this.#hand = hand;
  }

  /** For a map that asks; undefined for all others. */
  static of(plan: Plan, hand: (unit: Unit) => void): Ahead | undefined {
    const asked = askedOf(plan);
    return asked.size > 0 ? new Ahead(asked, hand) : undefined;
  }

  take(unit: Unit): void {
    if (this.#open.length === 0 && (unit.kind !== 'open' || !this.#asked.has(unit.tag))) return this.#hand(unit);
    const held = hold(unit);
    this.#held.push(held);
    if (unit.kind === 'leaf') this.#open.at(-1)!.hears(held);
    else if (unit.kind === 'open') this.#open.push(held);
    else this.#open.pop();
    if (this.#open.length > 0) return;
    const whole = this.#held;
    this.#held = [];
    for (const each of whole) this.#hand(each);
    for (const each of whole) letGo(each);
  }
}

const known = new WeakMap<Plan, ReadonlySet<string>>();

/** The tags of elements of which some node asks what a child says. */
function askedOf(plan: Plan): ReadonlySet<string> {
  let asked = known.get(plan);
  if (asked) return asked;
  const tags = new Set<string>();
  const walk = (nodes: readonly NodePlan[]): void => {
    for (const { tag, selectors, nodes: inner } of nodes) {
      if (selectors.some(({ child }) => child !== undefined)) tags.add(unique(tag));
      walk(inner);
    }
  };
  for (const group of plan.groups) walk(group.nodes);
  known.set(plan, (asked = tags));
  return asked;
}
