import { BoundedFindings } from '../diagnostics/bounded.ts';
import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Code } from '../diagnostics/codes.ts';
import type { Place } from '../diagnostics/place.ts';
import type { Origins } from '../dictionary/origin.ts';
import type { Pool } from '../dictionary/paging.ts';
import type { Rows } from '../dictionary/rows.ts';
import { headerFields, type HeaderField, type ServiceUnits } from '../syntax/segmented.ts';
import { keyElement, type MessageHeader, type Unit } from '../syntax/unit.ts';
import { atomsAddUp, noAtoms, type AtomAccount, type Loss } from './account.ts';
import { action } from './actions.ts';
import { Ahead } from './ahead.ts';
import { arrivalsOf, childrenOf, noChildren, type Arrivals, type Children } from './arrivals.ts';
import { oneForEach, OneOfSeveral } from './each.ts';
import { checkRows } from './integrity.ts';
import { evaluate, type Expression } from '../language/expression.ts';
import { InstancePool, slotText, type Instance } from './instance.ts';
import { Losses, type LossOptions } from './losses.ts';
import type { Conflict } from './merge.ts';
import { Places } from './places.ts';
import type { NodePlan, Plan } from './plan.ts';
import { RowBuilder } from './row-builder.ts';
import { selects } from './select.ts';

export interface ParseOptions extends LossOptions {
  readonly source?: string; // for places
  readonly date?: string; // ISO date of the message: validity windows of codes
  readonly reuse?: Rows | undefined; // rows of a message that is done with: cleared and filled again
  readonly pool?: Pool | undefined; // the memory of the rows; without one they may take all there is
  readonly observe?: (node: NodePlan, unit: Unit) => void; // called for every unit that a node takes, before the next unit is read
}

export interface Parsed {
  readonly rows: Rows;
  readonly account: AtomAccount;
  readonly losses: readonly Loss[];
  readonly findings: readonly Diagnostic[];
}

/** Begins to read one message with a plan: hand it every unit of the message, then call `end`. */
export const startParse = (plan: Plan, header: MessageHeader, options: ParseOptions = {}): MessageParser => new MessageParser(plan, header, options);

/**
 * Units → facts. The recogniser is a deterministic stack machine, without backtracking.
 *
 * Segments (implicit nesting): the innermost open group is asked first, then outward; a group only looks forward from the run it has
 * reached, the runs of one tag apart. The first frame that has a place closes all inside it. No frame has one: a loss, nothing is closed.
 *
 *     RFF+BM:1'  CNT+8:60'  LOC+9+X'  GID+1+5'  MEA+AAE+G'  GID+2+7'  RFF+BM:2'
 *     └ bill ──────────────────────┘  └ item ────────────┘  └ item ┘  └ bill …
 *
 * Elements (explicit nesting): a child is looked for in the node of its parent only.
 */
export class MessageParser {
  readonly #plan: Plan;
  readonly #arrivals: readonly Arrivals[]; // by innermost open group
  readonly #header: MessageHeader;
  readonly #places: Places;
  readonly #observe: ParseOptions['observe'];
  readonly #account = noAtoms();
  readonly #losses: Losses;
  readonly #findings = new BoundedFindings();
  readonly #rows: RowBuilder;
  readonly #pool: InstancePool;
  readonly #elements: { node: NodePlan | undefined; instance: Instance | undefined; children: Children }[] = []; // open XML elements
  readonly #origins: Origins;
  readonly #collapse: boolean; // blanks around the text of an element are none of it
  readonly #ahead: Ahead;
  #top: Instance | undefined;

  constructor(plan: Plan, header: MessageHeader, options: ParseOptions) {
    this.#plan = plan;
    this.#arrivals = arrivalsOf(plan);
    this.#ahead = new Ahead(plan, (unit) => this.#element(unit));
    this.#collapse = plan.format.kind === 'nested' && plan.format.blanks === 'collapse';
    this.#header = header;
    this.#places = new Places(plan, header, options.source ?? '');
    this.#losses = new Losses(options);
    this.#observe = options.observe;
    this.#rows = new RowBuilder(plan, {
      account: this.#account,
      date: options.date,
      reuse: options.reuse,
      pool: options.pool,
      lose: (code, args, instance, text, value, rule) =>
        this.#lose(code, args, (code, reason) => ({ code, value, source: this.#places.ofText(instance, text, this.#origins), rule, reason })),
      forfeit: (conflict, data, rule) => this.#forfeit(conflict, data, rule),
      report: (code, args, instance, text, rule) =>
        this.#findings.tell(code, () =>
          finding(code, args, { data: instance && text >= 0 ? this.#places.ofText(instance, text, this.#origins) : undefined, rule }),
        ),
    });
    this.#origins = this.#rows.rows.origins;
    this.#pool = new InstancePool(plan);
    this.#top = this.#pool.take(plan.groups[0]!, undefined, 1);
  }

  unit(unit: Unit): void {
    const { service, each } = this.#plan;
    if (unit.kind !== 'segment') this.#ahead.take(unit);
    else if (service && (unit.tag === service.header || unit.tag === service.trailer)) this.#frame(unit, service);
    else if (each.size > 0 && each.has(unit.tag)) for (const one of oneForEach(unit, each.get(unit.tag)!)) this.#segment(one);
    else this.#segment(unit);
    this.#places.passed(unit);
  }

  end(): Parsed {
    while (this.#top) this.#top = this.#close(this.#top);
    this.#rows.end();
    for (const each of checkRows(this.#rows.rows, (path) => this.#plan.bindings.some((binding) => binding.class.path === path))) this.#findings.push(each);
    if (!atomsAddUp(this.#account)) this.#findings.push(finding('BUG', { id: `atoms of ${this.#plan.name} do not add up` }));
    return { rows: this.#rows.rows, account: this.#account, losses: this.#losses.kept, findings: this.#findings.all() };
  }

  #segment(unit: Unit): void {
    let frame = this.#top!;
    const arrivals = this.#arrivals[frame.group.index]!.get(unit.tag);
    let full: { readonly frame: Instance; readonly node: NodePlan } | undefined; // the innermost that would take it, had it room
    let level = 0;
    for (let i = 0; arrivals && i < arrivals.length; i++) {
      const { node, out } = arrivals[i]!;
      for (; level < out; level++) frame = frame.parent!;
      if (node.run < frame.cursor || !selects(node, unit) || (node.when && !holds(node.when, frame))) continue;
      if (frame.counts[node.index]! < node.max) return this.#accept(node, frame, unit);
      full ??= { frame, node };
    }
    if (full) this.#accept(full.node, full.frame, unit);
    else this.#loseUnit(unit, 'MAP_NO_NODE', { unit: unit.tag });
  }

  #accept(node: NodePlan, frame: Instance, unit: Unit): void {
    while (this.#top !== frame) this.#top = this.#close(this.#top!);
    frame.cursor = node.run;
    this.#take(node, frame, unit);
  }

  /** The first node that takes the unit, and one that has room before one that has none. */
  #match(candidates: readonly NodePlan[], frame: Instance, unit: Unit): NodePlan | undefined {
    let full: NodePlan | undefined;
    for (const node of candidates) {
      if (node.run < frame.cursor || !selects(node, unit) || (node.when && !holds(node.when, frame))) continue;
      if (frame.counts[node.index]! < node.max) return node;
      full ??= node;
    }
    return full;
  }

  /** Counts the node, opens its group, and takes its atoms. */
  #take(node: NodePlan, frame: Instance, unit: Unit): Instance | undefined {
    const count = ++frame.counts[node.index]!;
    const isFull = count > node.max;
    frame.taken++;
    if (isFull || (frame.taken > node.together && frame.together(node) > node.together)) {
      this.#tooMany(unit, node, isFull ? { unit: node.id, max: String(node.max) } : { unit: node.tag, max: String(node.together) });
      if (!node.opens && isFull) {
        this.#loseUnit(unit, 'MAP_TOO_MANY', { unit: node.id, max: String(node.max) }, node.place);
        return undefined;
      }
    }
    const holder = node.opens ? (this.#top = this.#pool.take(node.opens, frame, count)) : frame;
    this.#atoms(node, holder, unit);
    return holder;
  }

  #tooMany(unit: Unit, node: NodePlan, args: { readonly unit: string; readonly max: string }): void {
    this.#findings.tell('MAP_TOO_MANY', () => finding('MAP_TOO_MANY', args, { data: this.#places.of(unit.place()), rule: node.place }));
  }

  #atoms(node: NodePlan, instance: Instance, unit: Unit): void {
    this.#observe?.(node, unit);
    const { size, keys, repetitions, starts, ends, position, tag, base } = unit;
    const { texts } = instance;
    const isNamed = unit.kind !== 'segment';
    const several = unit instanceof OneOfSeveral ? unit : undefined;
    this.#account.total += several?.own ?? size;
    for (let atom = 0; atom < size; atom++) {
      const name = isNamed ? unit.name(atom) : undefined;
      const key = name === undefined ? keys[atom]! : node.names.get(name);
      const act = key === undefined || repetitions[atom]! > 0 ? action.lost : node.actions.get(key);
      if (act < 0 || texts[act] !== undefined) {
        if (!several?.isAgain(atom)) this.#notKept(node, unit, atom, act, key);
        continue;
      }
      const text = unit.text(atom);
      const start = starts[atom]!;
      const origin = this.#origins.add(position, several ? several.stoodAt(atom) : key!, tag, base + start);
      instance.state(act, this.#collapse && name === undefined ? text.trim() : text, origin, ends[atom]! - start);
      if (several?.isAgain(atom)) instance.again.add(act);
    }
  }

  /** An atom that does not go into a slot, or whose slot has its text already. */
  #notKept(node: NodePlan, unit: Unit, atom: number, act: number, key: number | undefined): void {
    if (act >= 0) this.#loseAtom(unit, atom, 'MAP_TOO_MANY', { unit: node.id, max: '1' }, node.place);
    else if (node.ignored || act === action.ignored) this.#account.ignored++;
    else if (act === action.selector) this.#account.selector++;
    else if (act === action.fixed) this.#fixed(node, unit, atom, key!);
    else this.#loseAtom(unit, atom, 'MAP_NOT_BOUND', { value: unit.text(atom) }, node.place);
  }

  #fixed(node: NodePlan, unit: Unit, atom: number, key: number): void {
    const { text: expected } = node.fixed.find((constant) => constant.key === key)!;
    const text = unit.text(atom);
    if (text === expected) this.#account.fixed++;
    else this.#loseAtom(unit, atom, 'MAP_FIXED_DIFFERS', { value: text, expected: expected === '' ? 'nothing' : `\`${expected}\`` }, node.place);
  }

  /** Header and trailer: written anew by every build, so their counts and references are derived. What else the header says may be bound. */
  #frame(unit: Unit, { trailer, reference, identifier }: ServiceUnits): void {
    const node = this.#top && !this.#top.parent ? this.#plan.groups[0]!.nodes.find(({ tag }) => tag === unit.tag) : undefined;
    if (node) this.#observe?.(node, unit);
    this.#account.total += unit.size;
    for (let atom = 0; atom < unit.size; atom++) {
      const key = unit.keys[atom]!;
      const act = node ? node.actions.get(key) : action.lost;
      const named = identifier.get(key);
      if (unit.tag === trailer || keyElement(key) === reference) this.#account.derived++;
      else if (named !== undefined && this.#isAsked(named)) this.#account.selector++;
      else if (act >= 0 && unit.repetitions[atom] === 0) this.#ofHeader(node!, this.#top!, unit, atom, act);
      else this.#loseAtom(unit, atom, 'MAP_NOT_BOUND', { value: unit.text(atom) });
    }
  }

  #ofHeader(node: NodePlan, instance: Instance, unit: Unit, atom: number, act: number): void {
    if (instance.texts[act] !== undefined) return this.#notKept(node, unit, atom, act, undefined);
    const start = unit.starts[atom]!;
    instance.state(act, unit.text(atom), this.#origins.add(unit.position, unit.keys[atom]!, unit.tag, unit.base + start), unit.ends[atom]! - start);
  }

  /** Whether the map was chosen by what a field of the header says. */
  #isAsked(field: HeaderField): boolean {
    const said = this.#header[field];
    if (said === undefined || this.#plan.format.kind !== 'segmented') return false;
    const wanted = this.#plan.format.header[headerFields.indexOf(field)];
    return wanted === undefined ? this.#plan.match.some(({ value }) => value === said) : wanted === said;
  }

  #element(unit: Unit): void {
    if (unit.kind === 'close') {
      const closed = this.#elements.pop();
      if (closed?.node?.opens && closed.instance) this.#top = this.#close(closed.instance);
      return;
    }
    const parent = this.#elements.at(-1);
    let node: NodePlan | undefined;
    let instance: Instance | undefined;
    if (!parent) {
      node = this.#plan.groups[0]!.node;
      if (node?.tag !== unit.tag) node = undefined;
      else this.#atoms(node, (instance = this.#top!), unit);
    } else if (parent.node && parent.instance) {
      const candidates = parent.children.get(unit.tag);
      node = candidates && this.#match(candidates, parent.instance, unit);
      if (node) instance = this.#take(node, parent.instance, unit);
    }
    if (!instance && !node) this.#loseUnit(unit, 'MAP_NO_NODE', { unit: unit.tag }); // what a full node refused is lost already
    if (unit.kind === 'open') this.#elements.push({ node: instance && node, instance, children: instance && node ? childrenOf(node) : noChildren });
    else if (instance && node?.opens) this.#top = this.#close(instance);
  }

  /** Closes an instance: its texts become facts. Returns the instance around it. */
  #close(instance: Instance): Instance | undefined {
    const { parent } = instance;
    for (const node of this.#rows.closings[instance.group.index]!.required) if (instance.occurred(node) < node.min) this.#missing(node);
    this.#rows.close(instance);
    this.#pool.giveBack(instance, true);
    return parent;
  }

  #missing({ id, place }: NodePlan): void {
    this.#findings.tell('MAP_MISSING', () => finding('MAP_MISSING', { unit: id }, { data: this.#places.afterLast(), rule: place }));
  }

  #loseUnit(unit: Unit, code: Code, args: Readonly<Record<string, string>>, rule?: Place): void {
    const several = unit instanceof OneOfSeveral ? unit : undefined;
    this.#account.total += several?.own ?? unit.size;
    for (let atom = 0; atom < unit.size; atom++) if (!several?.isAgain(atom)) this.#loseAtom(unit, atom, code, args, rule);
  }

  #loseAtom(unit: Unit, atom: number, code: Code, args: Readonly<Record<string, string>>, rule?: Place): void {
    this.#lose(code, args, (code, reason) => ({ code, value: unit.text(atom), source: this.#places.of(unit.place(atom)), rule, reason }));
  }

  #lose(code: Code, args: Readonly<Record<string, string>>, make: (code: Code, reason: string) => Loss): void {
    this.#account.lost++;
    this.#losses.add(code, args, make);
  }

  #forfeit({ path, kept, dropped }: Conflict, data: Place | undefined, rule: Place): void {
    const args = { path, first: kept, second: dropped };
    const source = data && { ...this.#places.of(data), ...(data.edi ? { edi: { ...data.edi, message: this.#header.index } } : {}) };
    this.#findings.tell('MAP_MERGE_CONFLICT', () => finding('MAP_MERGE_CONFLICT', args, { data: source, rule }));
    this.#account.bound--;
    this.#lose('MAP_MERGE_CONFLICT', args, (code, reason) => ({ code, value: dropped, source, rule, reason }));
  }
}

const holds = (when: Expression, frame: Instance): boolean => evaluate(when, (name) => slotText(frame, name)) === true;
