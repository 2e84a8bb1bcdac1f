import { BoundedFindings } from '../diagnostics/bounded.ts';
import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Place } from '../diagnostics/place.ts';
import type { Rows, Value } from '../dictionary/rows.ts';
import type { OutAtoms, OutHeader, UnitWriter } from '../syntax/unit.ts';
import { factsAddUp, type FactAccount, type Loss } from './account.ts';
import { formatProblem, headerOf, isFrame, isGiven, missingIn, outAtoms, plainText, readAgain, suppressedBy, withoutWords } from './emit.ts';
import { evaluate } from '../language/expression.ts';
import { fillingsOf, type Filling } from './filling.ts';
import { carriedValue, Instance, slotText, valueText } from './instance.ts';
import { Instances, noFact } from './instances.ts';
import { Ledger } from './ledger.ts';
import { Losses, type LossOptions } from './losses.ts';
import type { AttributePlan, ElementPlan, GroupPlan, NodePlan, Plan } from './plan.ts';
import { sayOtherwise, sayWord, type Envelope } from './otherwise.ts';
import { Saying } from './saying.ts';
import { Standing } from './standing.ts';
import { unkeyed } from './regroup.ts';

export interface BuildOptions extends LossOptions {
  readonly envelope?: Envelope | undefined; // for what the map lets it say where no fact does
  readonly header?: Partial<OutHeader>; // message reference and what else the map does not say
}

export interface Built {
  readonly account: FactAccount; // `withheld` is the caller's to fill: what a grant removed was not offered
  readonly losses: readonly Loss[];
  readonly findings: readonly Diagnostic[];
}

/** Writes one message from rows. A build that its map cannot do is refused: nothing is written, a finding says why. */
export function build(plan: Plan, rows: Rows, writer: UnitWriter, options: BuildOptions = {}): Built {
  return new Builder(plan, rows, writer, options).run();
}

/** Facts → units: the plan read from the other end. Instances are found among the rows, texts printed, nodes emitted in order. */
class Builder {
  readonly #plan: Plan;
  readonly #rows: Rows;
  readonly #writer: UnitWriter;
  readonly #options: BuildOptions;
  readonly #ledger: Ledger;
  readonly #instances: Instances;
  readonly #carries: boolean; // any value travels with the rows
  readonly #fillings: readonly Filling[]; // by group
  readonly #stated: Standing;
  readonly #saying: Saying;
  readonly #findings = new BoundedFindings();
  readonly #onOneLine: boolean;

  constructor(plan: Plan, rows: Rows, writer: UnitWriter, options: BuildOptions) {
    this.#plan = plan;
    this.#rows = rows;
    this.#carries = rows.carriedCount > 0;
    this.#writer = writer;
    this.#options = options;
    this.#onOneLine = plan.format.family === 'xml' && plan.format.blanks === 'collapse';
    this.#ledger = new Ledger(plan, rows);
    this.#stated = new Standing(plan, rows, this.#ledger);
    this.#fillings = fillingsOf(plan);
    this.#instances = new Instances(plan, rows, (instance) => this.#fill(instance));
    this.#saying = new Saying(this.#instances, this.#fillings);
  }

  run(): Built {
    const { format, groups, bindings, name } = this.#plan;
    const root = bindings[0]!;
    const row = this.#rows.roots().find((each) => this.#rows.class(each) === root.class);
    const refusal = row === undefined ? `there is no ${root.class.path}` : unkeyed(this.#plan, this.#rows, this.#findings);
    if (row === undefined || refusal !== undefined) {
      this.#findings.push(finding('MAP_BUILD_REFUSED', { map: name, reason: refusal! }));
      return this.#close();
    }
    this.#writer.beginMessage({ ...headerOf(format), ...this.#options.header });
    this.#instances.begin(groups[0]!);
    const instance = new Instance(groups[0]!);
    this.#fill(instance);
    this.#stated.settle(instance);
    if (groups[0]!.node) this.#element(groups[0]!.node, instance);
    else for (const node of groups[0]!.nodes) this.#segment(node, instance);
    this.#writer.endMessage();
    return this.#close();
  }

  #close(): Built {
    this.#instances.end();
    this.#stated.close();
    const losses = new Losses(this.#options);
    const account = this.#ledger.close(losses);
    if (!factsAddUp(account)) this.#findings.push(finding('BUG', { id: `facts of ${this.#plan.name} do not add up` }));
    return { account, losses: losses.kept, findings: this.#findings.all() };
  }

  /** Prints the facts of the instance's rows into its texts. */
  #fill(instance: Instance): void {
    const { group } = instance;
    const { bindings, factless } = this.#fillings[group.index]!;
    const { current } = this.#instances;
    for (const { binding, isCurrent, attributes, carry } of bindings) {
      const row = isCurrent ? current[binding.index]! : this.#instances.rowOf(binding, group);
      current[binding.index] = row;
      if (row < 0) continue;
      for (const attribute of attributes) this.#attribute(attribute, row, instance, binding.primary);
      if (this.#carries) for (const { name, element } of carry) this.#carried(row, name, element, instance);
    }
    for (const element of factless) this.#noFact(element, instance);
    if (!group.parent) sayOtherwise(instance, this.#options.envelope, this.#instances, this.#onOneLine);
  }

  #attribute({ attribute, constant, element, place }: AttributePlan, row: number, instance: Instance, primary: boolean): void {
    const value = this.#rows.get(row, attribute.slot);
    if (value === undefined) return;
    const fact = this.#rows.factIndex(row, attribute.slot);
    if (constant === undefined) {
      if (element && this.#print(element, value, fact, instance, place)) this.#stated.speaks(row);
    } else if (value === constant) instance.constants.push({ fact, row, primary, value, place });
    else this.#ledger.refuse(fact, 'MAP_TARGET_FIXED', { path: attribute.path, value: valueText(value), fixed: constant }, place);
  }

  #carried(row: number, name: string, element: ElementPlan, instance: Instance): void {
    for (const carried of this.#rows.carriedOf(row)) {
      if (carried.map === this.#plan.name && carried.name === name)
        if (this.#print(element, carriedValue(element, carried.value), this.#rows.places + carried.index, instance, element.place)) this.#stated.speaks(row);
    }
  }

  /** Whether the value was printed. */
  #print(element: ElementPlan, value: Value, fact: number, instance: Instance, rule: Place): boolean {
    const { codec, inputs, width } = element;
    const printed = codec ? codec.print(value, width, codec.inputs && this.#standing(element, instance)) : plainText(value, this.#onOneLine);
    if (!printed.ok) return this.#refuse(fact, value, printed.reason, rule);
    if (printed.note !== undefined) this.#findings.push(finding('MAP_NOTE', { note: printed.note }, { rule }));
    const { texts } = printed;
    // All of a value or nothing: a number whose unit has no room would be another number.
    for (let i = 0; i < inputs.length; i++) {
      const [input, text] = [inputs[i]!, texts[i]];
      if (input.kind !== 'text' || text === undefined) continue;
      const holder = instance.of(input.group);
      const stands = holder.texts[input.text];
      const problem = stands !== undefined && stands !== text ? `the element says \`${stands}\` already` : formatProblem(holder.group, input.text, text);
      if (problem !== undefined) return this.#refuse(fact, value, problem, rule);
    }
    for (let i = 0; i < inputs.length; i++) {
      const [input, text] = [inputs[i]!, texts[i]];
      if (input.kind !== 'text' || text === undefined) continue;
      const holder = instance.of(input.group);
      const note = readAgain(holder.group, input.text, text);
      if (note !== undefined) this.#findings.push(finding('MAP_NOTE', { note }, { rule }));
      if (holder.texts[input.text] === undefined) {
        holder.texts[input.text] = text;
        holder.facts[input.text] = fact;
      } else holder.also.push([input.text, fact]);
    }
    return true;
  }

  /** What the elements say already into which a value is to be printed. */
  #standing(element: ElementPlan, instance: Instance): (string | undefined)[] {
    return element.inputs.map((input) => instance.input(input, element, undefined));
  }

  #refuse(fact: number, value: Value, reason: string, rule: Place): false {
    this.#ledger.refuse(fact, 'MAP_NOT_REPRESENTABLE', { value: valueText(value), reason }, rule);
    return false;
  }

  /** Counts, sums, defaults, constants and ordinals that no row states: written, but no fact. */
  #noFact(element: ElementPlan, instance: Instance): void {
    const { codec, inputs } = element;
    if (codec?.word !== undefined) return sayWord(element, codec.word, instance, this.#instances);
    const counted = codec?.derives && codec.derives.kind !== 'counter';
    const printed = codec!.print(
      counted
        ? this.#instances.total(element, instance, (inner) => this.#saying.instance(inner))
        : (instance.input({ kind: 'ordinal' }, element, undefined) ?? ''),
      element.width,
    );
    if (!printed.ok) return;
    inputs.forEach((input, i) => {
      if (input.kind !== 'text' || printed.texts[i] === undefined) return;
      const holder = instance.of(input.group);
      if (holder.texts[input.text] !== undefined) return;
      holder.texts[input.text] = printed.texts[i];
      holder.facts[input.text] = codec!.fate === 'derived' || codec!.supplies ? noFact.derived : noFact.weak;
    });
  }

  #segment(node: NodePlan, instance: Instance): void {
    if (node.ignored) return;
    if (!node.opens) {
      if (!this.#saying.node(node, instance) && node.min === 0) return;
      // Beside a node that takes any of its tag there is room for as many as that one takes.
      const full = instance.together(node) >= node.together && node.peers.some(({ selectors }) => selectors.length === 0);
      if (node.peers.length === 1 || !full) this.#write(node, instance, 'unit');
      else this.#findings.push(finding('MAP_TOO_MANY', { unit: node.id, max: String(node.together) }, { rule: node.place }));
      return;
    }
    this.#repeated(node, instance);
  }

  #element(node: NodePlan, instance: Instance): void {
    if (node.nodes.length === 0) return void this.#write(node, instance, 'unit');
    if (!this.#write(node, instance, 'open')) return;
    for (const child of node.nodes) {
      if (child.ignored) continue;
      if (child.opens) this.#repeated(child, instance);
      else if (this.#saying.node(child, instance) || isGiven(child) || isFrame(child)) this.#element(child, instance);
      else if (child.min > 0) this.#findings.push(finding('MAP_MISSING', { unit: child.id }, { rule: child.place }));
    }
    this.#writer.close(node.tag);
  }

  #repeated(node: NodePlan, instance: Instance): void {
    const group = node.opens!;
    const isNone = this.#instances.isEmpty(group) && this.#instances.otherwise(group).length === 0; // of most that a map provides for
    const count = isNone ? 0 : this.#each(node, group, instance);
    if (count < node.min && instance.occurred(node) < node.min) this.#findings.push(finding('MAP_MISSING', { unit: node.id }, { rule: node.place }));
  }

  /** Writes each instance of a group that says anything, up to as many as the map allows; how many there are. */
  #each(node: NodePlan, group: GroupPlan, instance: Instance): number {
    let count = 0;
    this.#instances.each(group, instance, (inner) => {
      if (!this.#saying.instance(inner)) return;
      inner.ordinal = ++count;
      this.#renumber(inner);
      if (count <= node.max && instance.together(node) < node.together) return this.#opened(node, inner);
      if (count === Math.min(node.max, node.together) + 1)
        this.#findings.push(finding('MAP_TOO_MANY', { unit: node.id, max: String(node.max) }, { rule: node.place }));
    });
    if (count === 0)
      this.#instances.unstated(group, instance, (inner) => {
        if (!sayOtherwise(inner, this.#options.envelope, this.#instances, this.#onOneLine)) return;
        count = inner.ordinal = 1;
        this.#opened(node, inner);
      });
    return count;
  }

  /** A node that opens a group, and what is in it. */
  #opened(node: NodePlan, instance: Instance): void {
    if (this.#plan.groups[0]!.node) this.#element(node, instance);
    else if (this.#write(node, instance, 'unit')) for (const child of instance.group.nodes) this.#segment(child, instance);
  }

  /** Counters of an instance were printed before it was known which of its siblings say anything. */
  #renumber(instance: Instance): void {
    for (const element of this.#fillings[instance.group.index]!.counters) {
      const { codec, inputs } = element;
      const [input] = inputs;
      if (input?.kind !== 'text') continue;
      if (codec!.supplies && instance.of(input.group).facts[input.text] !== noFact.derived) continue;
      const printed = codec!.print(instance.input({ kind: 'ordinal' }, element, undefined) ?? '', element.width);
      if (printed.ok) instance.of(input.group).texts[input.text] = printed.texts[0];
    }
  }

  /** Writes one unit, unless its condition or a node that is asked before it forbids it; then its facts are lost. */
  #write(node: NodePlan, instance: Instance, how: 'unit' | 'open'): boolean {
    const frame = node.opens ? instance.parent : instance;
    const facts = instance.facts;
    const all = outAtoms(node, instance, facts);
    const refused = this.#refusal(node, all, how);
    const atoms = refused === undefined ? all : withoutWords(all);
    const forbidden =
      node.when && evaluate(node.when, (name) => slotText(instance, name)) !== true
        ? 'its condition does not hold'
        : ((frame && suppressedBy(node, atoms, instance, frame)) ?? (atoms === all ? refused : this.#refusal(node, atoms, how)));
    if (forbidden !== undefined) {
      if (node.min > 0) this.#findings.push(finding('MAP_MISSING', { unit: node.id }, { rule: node.place }));
      for (const { text } of node.binds)
        this.#ledger.refuse(facts[text]!, 'MAP_NOT_REPRESENTABLE', { value: instance.texts[text] ?? '', reason: forbidden }, node.place);
      return false;
    }
    const missing = missingIn(node, instance, atoms);
    if (missing) this.#findings.push(finding('MAP_ELEMENT_MISSING', { unit: node.id, id: missing.id }, { rule: node.place }));
    this.#writer[how](node.tag, atoms);
    this.#stated.settle(instance);
    if (frame) frame.counts[node.index]!++;
    if (frame && node.kind === 'segment') frame.cursor = node.run;
    for (const { text } of node.binds) if (instance.texts[text] !== undefined) this.#ledger.written(facts[text]!);
    if (instance.also.length > 0) for (const [text, fact] of instance.also) if (node.binds.some((bind) => bind.text === text)) this.#ledger.written(fact);
    return true;
  }

  #refusal({ tag }: NodePlan, atoms: OutAtoms, how: 'unit' | 'open'): string | undefined {
    return how === 'unit' ? this.#writer.refusal?.(tag, atoms) : undefined;
  }
}
