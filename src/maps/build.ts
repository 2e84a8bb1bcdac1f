import type { Code } from '../diagnostics/codes.ts';
import { finding, sentence, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Place } from '../diagnostics/place.ts';
import type { Rows, Value } from '../dictionary/rows.ts';
import { addDecimals } from '../dictionary/value.ts';
import type { OutHeader, UnitWriter } from '../syntax/unit.ts';
import { noFacts, type FactAccount, type Loss } from './account.ts';
import { outAtoms, suppressedBy, widthProblem } from './emit.ts';
import { evaluate } from './expression.ts';
import { childRow, Instance, valueText } from './instance.ts';
import { slotText } from './parse.ts';
import type { AttributePlan, BindingPlan, ElementPlan, GroupPlan, NodePlan, Plan } from './plan.ts';

export interface BuildOptions {
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

const mark = { none: 0, written: 1, constant: 2 } as const;

/** Facts → units: the plan read from the other end. Instances are found among the rows, texts printed, nodes emitted in order. */
class Builder {
  readonly #plan: Plan;
  readonly #rows: Rows;
  readonly #writer: UnitWriter;
  readonly #options: BuildOptions;
  readonly #marks: Uint8Array;
  readonly #carriedMarks: Uint8Array;
  readonly #carriedByRow = new Map<number, number[]>();
  readonly #reasons = new Map<number, { code: Code; args: Readonly<Record<string, string>>; rule: Place | undefined }>();
  readonly #current: Int32Array; // per binding: its row in the instance being written
  readonly #facts = new Map<Instance, Int32Array>(); // per text: fact index, -1 none, -2 derived, below: carried
  readonly #also = new Map<Instance, (readonly [text: number, fact: number])[]>(); // further facts that one text states
  readonly #pools = new Map<GroupPlan, Instance[]>();
  readonly #indexes = new Map<string, Map<string, number>>(); // of embedded rows, by key
  readonly #findings: Diagnostic[] = [];

  constructor(plan: Plan, rows: Rows, writer: UnitWriter, options: BuildOptions) {
    this.#plan = plan;
    this.#rows = rows;
    this.#writer = writer;
    this.#options = options;
    this.#marks = new Uint8Array(rows.places);
    this.#carriedMarks = new Uint8Array(rows.carried.length);
    this.#current = new Int32Array(plan.bindings.length).fill(-1);
    rows.carried.forEach((carried, i) => {
      if (carried.map !== plan.name) return;
      const list = this.#carriedByRow.get(carried.row);
      if (list) list.push(i);
      else this.#carriedByRow.set(carried.row, [i]);
    });
  }

  run(): Built {
    const { format, groups, bindings } = this.#plan;
    const root = bindings[0]!;
    const row = this.#rows.roots().find((each) => this.#rows.class(each) === root.class);
    const refusal = row === undefined ? `there is no ${root.class.path}` : this.#unkeyed();
    if (row === undefined || refusal !== undefined) {
      this.#findings.push(finding('MAP_BUILD_REFUSED', { map: this.#plan.name, reason: refusal! }));
      return this.#account();
    }
    const [type, version, release, agency, association] = format.family === 'edifact' ? format.header : [format.root];
    const header: OutHeader = { type: type!, ...defined({ version, release, agency, association, namespace: format.family === 'xml' ? format.namespace : undefined }), ...this.#options.header };
    this.#writer.beginMessage(header);
    this.#current[root.index] = row;
    const instance = this.#open(groups[0]!, undefined, 1);
    this.#fill(instance);
    if (groups[0]!.node) this.#element(groups[0]!.node, instance);
    else for (const node of groups[0]!.nodes) this.#segment(node, instance);
    this.#writer.endMessage();
    return this.#account();
  }

  /** Rows that a `regroup` could not put together again: several below one that has no key. */
  #unkeyed(): string | undefined {
    for (const binding of this.#plan.bindings) {
      if (binding.merge !== 'regroup') continue;
      for (let row = 0; row < this.#rows.size; row++) {
        if (this.#rows.removed(row) || this.#rows.class(row) !== binding.class) continue;
        const below = this.#plan.bindings.find((each) => each.parent === binding && each.class.many);
        if (below && this.#rows.children(row, below.class).length > 1 && this.#keyText(binding, row) === undefined) return `${binding.class.path} has no ${binding.class.key.join(' and ')} by which its parts could be put together again`;
      }
    }
    return undefined;
  }

  #keyText(binding: BindingPlan, row: number): string | undefined {
    for (const element of binding.key) {
      const holder = this.#plan.bindings.find((each) => (each === binding || each.parent === binding) && each.attributes.some((attribute) => attribute.element === element));
      const attribute = holder?.attributes.find((each) => each.element === element);
      const at = holder === binding ? row : holder ? childRow(this.#rows, row, holder) : -1;
      const value = at >= 0 && attribute ? this.#rows.get(at, attribute.attribute.slot) : undefined;
      if (value !== undefined) return valueText(value);
    }
    return undefined;
  }

  #open(group: GroupPlan, parent: Instance | undefined, ordinal: number): Instance {
    const instance = this.#pools.get(group)?.pop() ?? new Instance(group);
    instance.reset(parent, ordinal);
    const facts = this.#facts.get(instance);
    if (facts) facts.fill(-1);
    else this.#facts.set(instance, new Int32Array(group.width).fill(-1));
    this.#also.delete(instance);
    return instance;
  }

  #release(instance: Instance): void {
    const pool = this.#pools.get(instance.group);
    if (pool) pool.push(instance);
    else this.#pools.set(instance.group, [instance]);
  }

  /** Prints the facts of the instance's rows into its texts. */
  #fill(instance: Instance): void {
    const { group } = instance;
    for (const binding of group.bindings) {
      let row = this.#rowOf(binding, group);
      if (binding.merge === 'embed' && row >= 0 && !this.#saysMore(binding, row)) row = -1; // a copy of a key alone would not be read back
      this.#current[binding.index] = row;
      if (row < 0) continue;
      for (const attribute of binding.attributes) if (attribute.only !== 'parse') this.#attribute(attribute, row, instance);
      for (const { name, element } of binding.carry) this.#carried(row, name, element, instance);
    }
    for (const element of group.elements) if (element.codec?.fate) this.#noFact(element, instance);
  }

  #rowOf(binding: BindingPlan, group: GroupPlan): number {
    if (group.chain.includes(binding) || !binding.parent) return this.#current[binding.index]!;
    const parent = this.#current[binding.parent.index]!;
    return binding.merge === 'embed' ? this.#embedded(binding, parent, group) : childRow(this.#rows, parent, binding);
  }

  /** The shared row that the reference of this instance points to. */
  #embedded(binding: BindingPlan, parent: number, group: GroupPlan): number {
    const by = binding.by;
    const reference = group.bindings.find((each) => each !== binding && each.attributes.some((attribute) => attribute.element === by?.element));
    const attribute = reference?.attributes.find((each) => each.element === by?.element);
    const row = reference ? this.#current[reference.index]! : -1;
    const value = row >= 0 && attribute ? this.#rows.get(row, attribute.attribute.slot) : undefined;
    if (value === undefined || parent < 0 || !by) return -1;
    const id = `${binding.index} ${parent}`;
    let index = this.#indexes.get(id);
    if (!index) {
      index = new Map();
      for (const child of this.#rows.children(parent, binding.class)) {
        const key = this.#rows.get(child, by.attribute.slot);
        if (key !== undefined && !index.has(valueText(key))) index.set(valueText(key), child);
      }
      this.#indexes.set(id, index);
    }
    return index.get(valueText(value)) ?? -1;
  }

  #saysMore(binding: BindingPlan, row: number): boolean {
    if (this.#rows.firstChild(row) >= 0) return true;
    return binding.class.attributes.some((attribute) => attribute !== binding.by?.attribute && this.#rows.get(row, attribute.slot) !== undefined);
  }

  #attribute(attribute: AttributePlan, row: number, instance: Instance): void {
    const { slot, path } = attribute.attribute;
    const value = this.#rows.get(row, slot);
    if (value === undefined) return;
    const fact = this.#rows.factIndex(row, slot);
    if (attribute.constant !== undefined) {
      if (value === attribute.constant) this.#marks[fact] = mark.constant;
      else this.#refuse(fact, 'MAP_TARGET_FIXED', { path, value: valueText(value), fixed: attribute.constant }, attribute.place);
    } else if (attribute.element) this.#print(attribute.element, value, fact, instance, attribute.place);
  }

  #print(element: ElementPlan, value: Value, fact: number, instance: Instance, rule: Place): void {
    let texts: readonly (string | undefined)[];
    if (element.codec) {
      const others = element.inputs.map((input) => instance.input(input, element, undefined));
      const printed = element.codec.print(value, element.width, others);
      if (!printed.ok) return this.#refuse(fact, 'MAP_NOT_REPRESENTABLE', { value: valueText(value), reason: printed.reason }, rule);
      if (printed.note !== undefined) this.#findings.push(finding('MAP_NOTE', { note: printed.note }, { rule }));
      texts = printed.texts;
    } else {
      if (typeof value !== 'string') return this.#refuse(fact, 'MAP_NOT_REPRESENTABLE', { value: valueText(value), reason: 'the element holds text, not a measure' }, rule);
      texts = [value];
    }
    // All of a value or nothing: a number whose unit has no room would be another number.
    for (const [i, input] of element.inputs.entries()) {
      const text = texts[i];
      if (input.kind !== 'text' || text === undefined) continue;
      const holder = instance.of(input.group);
      const stands = holder.texts[input.text];
      const problem = stands !== undefined && stands !== text ? `the element says \`${stands}\` already` : widthProblem(holder.group, input.text, text);
      if (problem !== undefined) return this.#refuse(fact, 'MAP_NOT_REPRESENTABLE', { value: valueText(value), reason: problem }, rule);
    }
    for (const [i, input] of element.inputs.entries()) {
      const text = texts[i];
      if (input.kind !== 'text' || text === undefined) continue;
      const holder = instance.of(input.group);
      if (holder.texts[input.text] === undefined) {
        holder.texts[input.text] = text;
        this.#facts.get(holder)![input.text] = fact;
        continue;
      }
      const also = this.#also.get(holder);
      if (also) also.push([input.text, fact]);
      else this.#also.set(holder, [[input.text, fact]]);
    }
  }

  #carried(row: number, name: string, element: ElementPlan, instance: Instance): void {
    for (const index of this.#carriedByRow.get(row) ?? []) {
      const carried = this.#rows.carried[index]!;
      if (carried.name === name) this.#print(element, carried.value, this.#rows.places + index, instance, element.place);
    }
  }

  #noFact(element: ElementPlan, instance: Instance): void {
    const { codec, inputs } = element;
    const total = codec?.derives && codec.derives.kind !== 'counter' ? this.#total(element, instance) : (instance.input({ kind: 'ordinal' }, element, undefined) ?? '');
    const printed = codec!.print(total, element.width);
    if (!printed.ok) return;
    inputs.forEach((input, i) => {
      if (input.kind !== 'text' || printed.texts[i] === undefined) return;
      const holder = instance.of(input.group);
      if (holder.texts[input.text] !== undefined) return;
      holder.texts[input.text] = printed.texts[i];
      this.#facts.get(holder)![input.text] = codec!.fate === 'derived' ? derived : weak;
    });
  }

  /** The count or sum over a group below: its instances are looked for as they would be written. */
  #total(element: ElementPlan, instance: Instance): string {
    const { kind, of } = element.codec!.derives!;
    const target = this.#plan.groups.find((group) => (kind === 'count' ? group.name === of : group.elements.some((each) => each.name === of)))!;
    const summed = kind === 'sum' ? target.elements.find((each) => each.name === of) : undefined;
    const saved = this.#current.slice();
    let total = '0';
    const visit = (at: Instance): void => {
      if (at.group === target) {
        if (!summed) total = String(Number(total) + 1);
        else {
          for (const binding of target.bindings)
            for (const attribute of binding.attributes)
              if (attribute.element === summed && this.#current[binding.index]! >= 0) {
                const value = this.#rows.get(this.#current[binding.index]!, attribute.attribute.slot);
                if (value !== undefined) total = addDecimals(total, typeof value === 'string' ? value : value.value) ?? total;
              }
        }
        return;
      }
      let next: GroupPlan = target;
      while (next.parent !== at.group) next = next.parent!;
      this.#instances(next, at, visit);
    };
    visit(instance);
    this.#current.set(saved);
    return total;
  }

  /** Calls `visit` for every instance of a group in its parent, with the rows of its chain set and its texts printed. */
  #instances(group: GroupPlan, parent: Instance, visit: (instance: Instance) => void): void {
    let ordinal = 0;
    const descend = (depth: number): void => {
      const binding = group.chain[depth];
      if (!binding) {
        const instance = this.#open(group, parent, ++ordinal);
        this.#fill(instance);
        visit(instance);
        return this.#release(instance);
      }
      const above = this.#current[binding.parent!.index]!;
      const rows = above < 0 ? [] : this.#rows.children(above, binding.class).filter((row) => this.#isOurs(binding, row));
      for (const row of rows) {
        this.#current[binding.index] = row;
        descend(depth + 1);
      }
      if (rows.length === 0 && (depth > 0 || this.#siblingRow(group))) {
        this.#current[binding.index] = -1;
        descend(depth + 1);
      }
    };
    descend(0);
  }

  /** A row belongs to a binding unless one of its constants says something else. */
  #isOurs(binding: BindingPlan, row: number): boolean {
    return binding.attributes.every(({ constant, only, attribute }) => constant === undefined || only === 'parse' || (this.#rows.get(row, attribute.slot) ?? constant) === constant);
  }

  /** Whether a class that shares the only instance of a group has a row though the first has none. */
  #siblingRow(group: GroupPlan): boolean {
    return group.bindings.some((each) => each !== group.chain[0] && each.merge !== 'embed' && each.parent && each.parent.group !== group && childRow(this.#rows, this.#current[each.parent.index]!, each) >= 0);
  }

  #segment(node: NodePlan, instance: Instance): void {
    if (node.ignored) return;
    if (!node.opens) {
      if (this.#says(node, instance) || node.min > 0) this.#write(node, instance, 'unit');
      return;
    }
    this.#repeated(node, instance, (inner) => {
      if (!this.#write(node, inner, 'unit')) return;
      for (const child of inner.group.nodes) this.#segment(child, inner);
    });
  }

  #element(node: NodePlan, instance: Instance): void {
    if (node.nodes.length === 0) return void this.#write(node, instance, 'unit');
    if (!this.#write(node, instance, 'open')) return;
    for (const child of node.nodes) {
      if (child.ignored) continue;
      if (child.opens) this.#repeated(child, instance, (inner) => this.#element(child, inner));
      else if (this.#says(child, instance)) this.#element(child, instance);
    }
    this.#writer.close(node.tag);
  }

  /** Each instance of a group that says anything, up to as many as the map allows. */
  #repeated(node: NodePlan, instance: Instance, write: (inner: Instance) => void): void {
    const group = node.opens!;
    let count = 0;
    this.#instances(group, instance, (inner) => {
      if (!this.#instanceSays(inner)) return;
      count++;
      inner.ordinal = count;
      if (count <= node.max) return write(inner);
      if (count === node.max + 1) this.#findings.push(finding('MAP_TOO_MANY', { unit: node.id, max: String(node.max) }, { rule: node.place }));
    });
    if (count < node.min) this.#findings.push(finding('MAP_MISSING', { unit: node.id }, { rule: node.place }));
  }

  #instanceSays(instance: Instance): boolean {
    const facts = this.#facts.get(instance)!;
    for (let text = 0; text < facts.length; text++) if (instance.texts[text] !== undefined && facts[text]! > weak) return true;
    for (const node of instance.group.nodes) if (this.#groupSays(node, instance)) return true;
    return false;
  }

  #groupSays(node: NodePlan, instance: Instance): boolean {
    if (!node.opens) return node.nodes.some((inner) => this.#groupSays(inner, instance));
    const saved = this.#current.slice();
    let says = false;
    this.#instances(node.opens, instance, (inner) => (says ||= this.#instanceSays(inner)));
    this.#current.set(saved);
    return says;
  }

  /** Whether a node that opens no group has something to say: a fact of its own, or of a node inside it. */
  #says(node: NodePlan, instance: Instance): boolean {
    const facts = this.#facts.get(instance)!;
    if (node.binds.some((bind) => instance.texts[bind.text] !== undefined && facts[bind.text] !== weak)) return true;
    return node.nodes.some((child) => (child.opens ? this.#groupSays(child, instance) : this.#says(child, instance)));
  }

  /** Writes one unit, unless its condition or a more specific node of the map forbids it; then its facts are lost. */
  #write(node: NodePlan, instance: Instance, how: 'unit' | 'open'): boolean {
    const frame = node.opens ? instance.parent : instance;
    const facts = this.#facts.get(instance)!;
    const atoms = outAtoms(node, instance, facts);
    const forbidden = node.when && evaluate(node.when, (name) => slotText(instance, name)) !== true ? 'its condition does not hold' : frame && suppressedBy(node, atoms, frame.counts);
    if (forbidden !== undefined) {
      for (const bind of node.binds) if (facts[bind.text]! >= 0) this.#refuse(facts[bind.text]!, 'MAP_NOT_REPRESENTABLE', { value: instance.texts[bind.text] ?? '', reason: forbidden }, node.place);
      return false;
    }
    const missing = node.binds.find((bind) => bind.required && instance.texts[bind.text] === undefined);
    if (missing) this.#findings.push(finding('MAP_ELEMENT_MISSING', { unit: node.id, id: missing.id }, { rule: node.place }));
    this.#writer[how](node.tag, atoms);
    if (frame) frame.counts[node.index]!++;
    for (const bind of node.binds) if (instance.texts[bind.text] !== undefined) this.#written(facts[bind.text]!);
    for (const [text, fact] of this.#also.get(instance) ?? []) if (node.binds.some((bind) => bind.text === text)) this.#written(fact);
    return true;
  }

  #written(fact: number): void {
    if (fact >= this.#rows.places) this.#carriedMarks[fact - this.#rows.places] = mark.written;
    else if (fact >= 0) this.#marks[fact] = mark.written;
  }

  #refuse(fact: number, code: Code, args: Readonly<Record<string, string>>, rule: Place | undefined): void {
    this.#reasons.set(fact, { code, args, rule });
  }

  /** Gives every fact its fate. */
  #account(): Built {
    const account = noFacts();
    const losses: Loss[] = [];
    const rows = this.#rows;
    const count = (fact: number, fate: number, path: string, wco: string | undefined, value: string, source: Place | undefined): void => {
      account.offered++;
      // A fact of which only a part could be written is lost: its reason stands.
      const refused = this.#reasons.get(fact);
      if (fate === mark.written && !refused) account.written++;
      else if (fate === mark.constant) account.constant++;
      else {
        account.lost++;
        const { code, args, rule } = refused ?? { code: 'MAP_NO_ELEMENT' as const, args: { path, map: this.#plan.name }, rule: undefined };
        losses.push({ code, reason: sentence(finding(code, args)), value, path, wco, rule, source, fact });
      }
    };
    for (let row = 0; row < rows.size; row++) {
      if (rows.removed(row)) continue;
      for (const attribute of rows.class(row).attributes) {
        const value = rows.get(row, attribute.slot);
        if (value === undefined) continue;
        const fact = rows.factIndex(row, attribute.slot);
        count(fact, this.#marks[fact]!, attribute.path, attribute.wco, valueText(value), rows.originPlace(row, attribute.slot));
      }
    }
    rows.carried.forEach((carried, i) => {
      if (!rows.removed(carried.row)) count(rows.places + i, this.#carriedMarks[i]!, `${rows.class(carried.row).path}.$carry.${carried.name}`, undefined, carried.value, undefined);
    });
    return { account, losses, findings: this.#findings };
  }
}

/** The fact index of a text that states no fact: a default or a constant does not call for its unit, a count does. */
const weak = -2;
const derived = -3;

/** The entries of an object that are not undefined. */
function defined<T extends Record<string, string | undefined>>(entries: T): { [K in keyof T]?: string } {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: string };
}

