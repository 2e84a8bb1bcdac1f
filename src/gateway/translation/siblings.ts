import type { Plan } from '../../maps/plan.ts';
import type { Unit } from '../../syntax/unit.ts';
import type { ElementUnit } from '../../syntax/xml/element-unit.ts';
import { hold, letGo } from '../../syntax/xml/held.ts';

const paths = new WeakMap<Plan, readonly string[]>();

/**
 * Several documents in one envelope: `MetaData/Response`, and again `Response`. Each is a message of its own, with the envelope around
 * it, as if it had been sent alone.
 */
export class Siblings {
  readonly #path: readonly string[]; // of the map's root, local names
  readonly #envelope: ElementUnit[] = [];
  #depth = 0;
  #seen = false;

  constructor(path: readonly string[]) {
    this.#path = path;
  }

  /** For a map whose documents stand in an envelope; undefined for all others. */
  static of(plan: Plan): Siblings | undefined {
    let path = paths.get(plan);
    if (!path) paths.set(plan, (path = plan.format.kind === 'nested' ? plan.format.root.replace(/[^/]*:/g, '').split('/') : []));
    return path.length > 1 ? new Siblings(path) : undefined;
  }

  /** Looks at each unit before it is read; gives the envelope where another document begins. */
  next(unit: Unit): readonly Unit[] | undefined {
    if (unit.kind === 'close') {
      this.#depth--;
      return undefined;
    }
    const begins = this.#depth === this.#path.length - 1 && unit.tag.slice(unit.tag.indexOf('}') + 1) === this.#path.at(-1);
    const again = begins && this.#seen;
    this.#seen ||= begins;
    if (!this.#seen) this.#envelope.push(hold(unit));
    if (unit.kind === 'open') this.#depth++;
    return again ? this.#envelope : undefined;
  }

  /** No other document comes: the next envelope is held in the same memory. */
  end(): void {
    for (const each of this.#envelope) letGo(each);
    this.#envelope.length = 0;
  }
}
