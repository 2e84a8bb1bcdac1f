import { HeldUnit } from '../syntax/xml/head.ts';
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
  readonly #open: HeldElement[] = []; // of what is held
  #held: HeldElement[] = [];

  constructor(plan: Plan, hand: (unit: Unit) => void) {
    this.#asked = askedOf(plan);
    this.#hand = hand;
  }

  take(unit: Unit): void {
    if (this.#open.length === 0 && (this.#asked.size === 0 || unit.kind !== 'open' || !this.#asked.has(unit.tag))) return this.#hand(unit);
    const held = new HeldElement(unit);
    this.#held.push(held);
    if (unit.kind === 'leaf') this.#open.at(-1)!.hears(held);
    else if (unit.kind === 'open') this.#open.push(held);
    else this.#open.pop();
    if (this.#open.length > 0) return;
    const whole = this.#held;
    this.#held = [];
    for (const each of whole) this.#hand(each);
  }
}

class HeldElement extends HeldUnit {
  readonly #children = new Map<string, string>();

  hears(leaf: Unit): void {
    for (let atom = 0; atom < leaf.size; atom++)
      if (leaf.name(atom) === undefined && !this.#children.has(leaf.tag)) this.#children.set(leaf.tag, leaf.text(atom));
  }

  child(tag: string): string | undefined {
    return this.#children.get(tag);
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
