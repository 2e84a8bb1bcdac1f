import type { Filling } from './filling.ts';
import type { Instance } from './instance.ts';
import { noFact, type Instances } from './instances.ts';
import type { GroupPlan, NodePlan } from './plan.ts';

/** Whether there is anything to be said: what nobody stated is not written. */
export class Saying {
  readonly #instances: Instances;
  readonly #fillings: readonly Filling[]; // by group

  constructor(instances: Instances, fillings: readonly Filling[]) {
    this.#instances = instances;
    this.#fillings = fillings;
  }

  /** Whether an instance states a fact, or one below it does: a count alone is no reason to write it. */
  instance(instance: Instance): boolean {
    const facts = instance.facts;
    for (let text = 0; text < facts.length; text++) if (instance.texts[text] !== undefined && facts[text]! > noFact.weak) return true;
    for (const inner of this.#fillings[instance.group.index]!.inner) if (this.#below(inner, instance)) return true;
    return false;
  }

  #below(group: GroupPlan, instance: Instance): boolean {
    if (this.#instances.isEmpty(group)) return false;
    return this.#instances.peek(() => {
      let says = false;
      this.#instances.each(group, instance, (inner) => (says ||= this.instance(inner)));
      return says;
    });
  }

  /** Whether a node that opens no group has something to say: a text of its own, or of a node inside it. */
  node(node: NodePlan, instance: Instance): boolean {
    const facts = instance.facts;
    for (const { text } of node.binds) if (instance.texts[text] !== undefined && facts[text] !== noFact.weak) return true;
    for (const child of node.nodes) if (child.opens ? this.#below(child.opens, instance) : this.node(child, instance)) return true;
    return false;
  }
}
