import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Code } from '../diagnostics/codes.ts';
import type { Place } from '../diagnostics/place.ts';
import type { Origins } from '../dictionary/origin.ts';
import type { Pool } from '../dictionary/paging.ts';
import { Rows } from '../dictionary/rows.ts';
import { headerFields, type HeaderField, type ServiceUnits } from '../syntax/segmented.ts';
import { keyElement, withoutBlanks, type MessageHeader, type Shared, type Unit } from '../syntax/unit.ts';
import { atomsAddUp, type AtomAccount, type Loss } from './account.ts';
import { action } from './actions.ts';
import { Ahead } from './ahead.ts';
import { Expecting, OpenElement, type Arrival } from './arrivals.ts';
import { oneForEach } from './each.ts';
import { checkRows } from './integrity.ts';
import { evaluate, type Expression } from '../language/expression.ts';
import { InstancePool, slotText, type Instance } from './instance.ts';
import type { LossOptions } from './losses.ts';
import type { NodePlan, Plan } from './plan.ts';
import { RowBuilder } from './row-builder.ts';
import { isMarked, says, selects } from './select.ts';
import { Telling } from './telling.ts';

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
  readonly #expecting: Expecting;
  readonly #header: MessageHeader;
  readonly #observe: ParseOptions['observe'];
  readonly #told: Telling;
  readonly #account: AtomAccount;
  readonly #rows: RowBuilder;
  readonly #pool: InstancePool;
  readonly #elements: OpenElement[] = []; // by depth
  #depth = 0; // elements that are open
  readonly #origins: Origins;
  readonly #collapse: boolean; // blanks around the text of an element are none of it
  readonly #ahead: Ahead | undefined; // of elements
  #top: Instance | undefined;

  constructor(plan: Plan, header: MessageHeader, options: ParseOptions) {
    const rows = options.reuse ?? new Rows(plan.dictionary, options.pool);
    rows.clear();
    this.#plan = plan;
    this.#expecting = new Expecting(plan);
    this.#ahead = Ahead.of(plan, (each) => this.#element(each));
    this.#collapse = plan.format.kind === 'nested' && plan.format.blanks === 'collapse';
    this.#header = header;
    this.#observe = options.observe;
    this.#origins = rows.origins;
    this.#told = new Telling(plan, header, rows.origins, options);
    this.#account = this.#told.account;
    this.#rows = new RowBuilder(plan, rows, this.#told, options.date);
    this.#pool = new InstancePool(plan);
    this.#top = this.#pool.take(plan.groups[0]!, undefined, 1);
  }

  unit(unit: Unit): void {
    if (unit.kind !== 'segment') void (this.#ahead ? this.#ahead.take(unit) : this.#element(unit));
    else {
      const { isFrame, standing, ways } = this.#expecting.of(this.#top!.group, unit.tag);
      if (isFrame) this.#frame(unit, this.#plan.service!);
      else if (standing === undefined) this.#segment(unit, ways);
      else for (const one of oneForEach(unit, standing)) this.#segment(one, this.#expecting.of(this.#top!.group, one.tag).ways);
    }
    this.#told.places.passed(unit);
  }

  end(): Parsed {
    while (this.#top) this.#top = this.#close(this.#top);
    const rows = this.#rows.end();
    const { account, findings, losses } = this.#told;
    for (const each of checkRows(rows, (path) => this.#plan.bindings.some((binding) => binding.class.path === path))) findings.push(each);
    if (!atomsAddUp(account)) findings.push(finding('BUG', { id: `atoms of ${this.#plan.name} do not add up` }));
    return { rows, account, losses: losses.kept, findings: findings.all() };
  }

  #segment(unit: Unit, ways: readonly Arrival[]): void {
    let frame = this.#top!;
    let full: { readonly frame: Instance; readonly node: NodePlan } | undefined; // the innermost that would take it, had it room
    let level = 0;
    for (let i = 0; i < ways.length; i++) {
      const { out, run, mark, node } = ways[i]!;
      for (; level < out; level++) frame = frame.parent!;
      if (run < frame.cursor || (mark !== undefined && !isMarked(mark, unit)) || (node.when !== undefined && !holds(node.when, frame))) continue;
      if (frame.counts[node.index]! < node.max) return this.#accept(node, frame, unit);
      full ??= { frame, node };
    }
    if (full) this.#accept(full.node, full.frame, unit);
    else this.#loseUnit(unit, 'MAP_NO_NODE', { unit: unit.tag });
  }

  #accept(node: NodePlan, frame: Instance, unit: Unit): void {
    while (this.#top !== frame) this.#top = this.#close(this.#top!);
    frame.cursor = node.run;
    const holder = this.#take(node, frame, unit);
    if (holder !== frame && holder?.group.nodeCount === 0) this.#top = this.#close(holder); // nothing else can come into it
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
      this.#told.of('MAP_TOO_MANY', unit, node, isFull ? { unit: node.id, max: String(node.max) } : { unit: node.tag, max: String(node.together) });
      if (!node.opens && isFull) {
        this.#loseUnit(unit, 'MAP_TOO_MANY', { unit: node.id, max: String(node.max) }, node.place);
        return undefined;
      }
    }
    const holder = node.opens !== undefined ? (this.#top = this.#pool.take(node.opens, frame, count)) : frame;
    this.#atoms(node, holder, unit);
    return holder;
  }

  #atoms(node: NodePlan, instance: Instance, unit: Unit): void {
    this.#observe?.(node, unit);
    this.#origins.unit(unit.position, unit.tag);
    if (unit.kind !== 'segment') return this.#named(node, instance, unit);
    if (unit.shared !== undefined) return this.#ofShared(node, instance, unit, unit.shared);
    const { size, keys, repetitions, starts, ends, base } = unit;
    const { actions } = node;
    const { texts } = instance;
    this.#account.total += size;
    for (let atom = 0; atom < size; atom++) {
      const key = keys[atom]!;
      const act = repetitions[atom]! > 0 ? action.lost : actions.get(key);
      if (act < 0 || texts[act] !== undefined) {
        this.#notKept(node, unit, atom, act, key);
        continue;
      }
      const start = starts[atom]!;
      instance.state(act, unit.text(atom), this.#origins.atom(key, base + start), ends[atom]! - start);
    }
  }

  /** Elements: attributes are found by their names. */
  #named(node: NodePlan, instance: Instance, unit: Unit): void {
    const { size, starts, ends, base } = unit;
    this.#account.total += size;
    for (let atom = 0; atom < size; atom++) {
      const name = unit.name(atom);
      const key = name === undefined ? unit.keys[atom]! : node.names.get(name);
      const act = key === undefined || unit.repetitions[atom]! > 0 ? action.lost : node.actions.get(key);
      if (act < 0 || instance.texts[act] !== undefined) {
        this.#notKept(node, unit, atom, act, key);
        continue;
      }
      const start = starts[atom]!;
      const text = unit.text(atom);
      instance.state(act, this.#collapse && name === undefined ? withoutBlanks(text) : text, this.#origins.atom(key!, base + start), ends[atom]! - start);
    }
  }

  /** What another unit has stated counts there, and has its place there. */
  #ofShared(node: NodePlan, instance: Instance, unit: Unit, shared: Shared): void {
    this.#account.total += shared.own;
    for (let atom = 0; atom < unit.size; atom++) {
      const key = unit.keys[atom]!;
      const act = unit.repetitions[atom]! > 0 ? action.lost : node.actions.get(key);
      const isAgain = shared.isAgain(atom);
      if (act < 0 || instance.texts[act] !== undefined) {
        if (!isAgain) this.#notKept(node, unit, atom, act, key);
        continue;
      }
      const start = unit.starts[atom]!;
      const origin = this.#origins.add(shared.positionOf(atom), shared.keyOf(atom), unit.tag, unit.base + start);
      instance.state(act, unit.text(atom), origin, unit.ends[atom]! - start);
      if (isAgain) (instance.again ??= new Set()).add(act);
    }
  }

  /** An atom that does not go into a slot, or whose slot has its text already. */
  #notKept(node: NodePlan, unit: Unit, atom: number, act: number, key: number | undefined): void {
    if (act >= 0) this.#told.loseAtom(unit, atom, 'MAP_TOO_MANY', { unit: node.id, max: '1' }, node.place);
    else if (node.ignored || act === action.ignored) this.#account.ignored++;
    else if (act === action.selector) this.#account.selector++;
    else if (act === action.fixed) this.#fixed(node, unit, atom, key!);
    else this.#told.loseAtom(unit, atom, 'MAP_NOT_BOUND', { value: unit.text(atom) }, node.place);
  }

  #fixed(node: NodePlan, unit: Unit, atom: number, key: number): void {
    const constant = node.fixed.find((each) => each.key === key)!;
    if (says(unit, atom, constant)) this.#account.fixed++;
    else {
      const expected = constant.text === '' ? 'nothing' : `\`${constant.text}\``;
      this.#told.loseAtom(unit, atom, 'MAP_FIXED_DIFFERS', { value: unit.text(atom), expected }, node.place);
    }
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
      else this.#told.loseAtom(unit, atom, 'MAP_NOT_BOUND', { value: unit.text(atom) });
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
      const closed = this.#depth > 0 ? this.#elements[--this.#depth] : undefined;
      if (closed?.node?.opens && closed.instance) this.#top = this.#close(closed.instance);
      return;
    }
    const parent = this.#depth > 0 ? this.#elements[this.#depth - 1] : undefined;
    let node: NodePlan | undefined;
    let instance: Instance | undefined;
    if (!parent) {
      node = this.#plan.groups[0]!.node;
      if (node?.tag !== unit.tag) node = undefined;
      else this.#atoms(node, (instance = this.#top!), unit);
    } else if (parent.node && parent.instance) {
      const step = parent.step(unit.tag);
      node = step && (step.sole ?? this.#match(step.nodes, parent.instance, unit));
      if (node) instance = this.#take(node, parent.instance, unit);
    }
    if (!instance && !node) this.#loseUnit(unit, 'MAP_NO_NODE', { unit: unit.tag }); // what a full node refused is lost already
    if (unit.size === 0 && unit.kind === 'leaf' && node?.min === 0 && node.nodes.length > 0) this.#told.of('MAP_EMPTY', unit, node, { unit: node.id });
    if (unit.kind === 'open') (this.#elements[this.#depth++] ??= new OpenElement()).begin(instance && node, instance);
    else if (instance && node?.opens) this.#top = this.#close(instance);
  }

  /** Closes an instance: its texts become facts. Returns the instance around it. */
  #close(instance: Instance): Instance | undefined {
    const { parent } = instance;
    for (const node of this.#rows.closings[instance.group.index]!.required) if (instance.occurred(node) < node.min) this.#told.missing(node);
    this.#rows.close(instance);
    this.#pool.giveBack(instance, true);
    return parent;
  }

  #loseUnit(unit: Unit, code: Code, args: Readonly<Record<string, string>>, rule?: Place): void {
    const { shared } = unit;
    this.#account.total += shared ? shared.own : unit.size;
    for (let atom = 0; atom < unit.size; atom++) if (!shared?.isAgain(atom)) this.#told.loseAtom(unit, atom, code, args, rule);
  }
}

const holds = (when: Expression, frame: Instance): boolean => evaluate(when, (name) => slotText(frame, name)) === true;
