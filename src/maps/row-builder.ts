import type { AssertionMode, Rows, Value } from '../dictionary/rows.ts';
import { addDecimals } from '../dictionary/value.ts';
import { closingsOf, isAllSilent, isIn, ones, type BindingClosing, type Closing, type Tally } from './closing.ts';
import { fate, mergeKey, valueText, type Instance } from './instance.ts';
import type { Refused } from './codecs/codec.ts';
import { mergeRows, Twins } from './merge.ts';
import { Merged } from './merged.ts';
import type { BindingPlan, ElementInput, ElementPlan, Plan } from './plan.ts';
import { bindAll, glanced, isSilent, originOf, take, textsOf, type Reading } from './reading.ts';
import type { Telling } from './telling.ts';

/**
 * Layers 2 and 3 of a parse: when an instance closes, its texts become facts and its bindings become rows.
 *
 * Rows are made on demand, without a parent, and hung up when their instance closes: so a child that closes first
 * finds its parent's row, and a key that comes last can still say with which row an instance merges.
 */
export class RowBuilder {
  readonly rows: Rows;
  readonly #told: Telling;
  readonly #date: string | undefined;
  readonly #map: string;
  readonly #merged: Merged;
  readonly #twins: Twins;
  readonly closings: readonly Closing[]; // by group

  constructor(plan: Plan, rows: Rows, told: Telling, date: string | undefined) {
    this.rows = rows;
    this.#told = told;
    this.#date = date;
    this.#map = plan.name;
    this.#merged = new Merged(rows.pool);
    this.#twins = new Twins(rows);
    this.closings = closingsOf(plan);
  }

  close(instance: Instance): void {
    const { bindings, factless, tallies } = this.closings[instance.group.index]!;
    for (const each of bindings) this.#facts(each, instance);
    for (const each of bindings) if (each.constants.length > 0) this.#constants(each, instance);
    for (let i = bindings.length - 1; i >= 0; i--) if (instance.rows[i]! >= 0) this.#hang(bindings[i]!.binding, instance.rows[i]!, instance);
    for (const each of factless) if (!isSilent(each, instance.texts)) this.#noFact(each.element, instance);
    for (const tally of tallies) this.#count(tally, instance);
    this.#settle(instance);
  }

  /** Nothing more comes: what was only kept to merge with is forgotten. */
  end(): Rows {
    this.#merged.clear();
    this.#twins.clear();
    return this.rows;
  }

  /** The row of a binding in this instance, made where it is not there yet. */
  #row(binding: BindingPlan, instance: Instance): number {
    const holder = instance.of(binding.group);
    const known = holder.rows[binding.local]!;
    if (known >= 0) return known;
    const row = this.rows.add(binding.class, -2);
    holder.rows[binding.local] = row;
    return row;
  }

  #facts(closing: BindingClosing, instance: Instance): void {
    const { binding } = closing;
    if (!isAllSilent(closing, instance.stated)) this.#stated(closing, instance);
    let row = instance.rows[binding.local]!;
    if (row < 0 && !binding.primary) return;
    if (row < 0) row = this.#row(binding, instance);
    if (binding.mode !== undefined) this.rows.setMode(row, (binding.mode.values.get(textOf(binding.mode.element, instance) ?? '') ?? 'state') as AssertionMode);
    for (let above = binding.parent; above?.group === instance.group; above = above.parent) this.#row(above, instance);
  }

  #stated({ binding, moves, facts, carry }: BindingClosing, instance: Instance): void {
    const { texts, rows } = instance;
    for (let i = 0; i < moves.length; i += 2) {
      if (texts[moves[i]!] === undefined) continue;
      this.rows.move(this.#row(binding, instance), moves, texts, instance.origins);
      break;
    }
    for (let i = 0; i < facts.length; i++) {
      const fact = facts[i]!;
      const { plain } = fact;
      if (plain >= 0 ? texts[plain] === undefined : isSilent(fact, texts)) continue; // most are
      const value = plain >= 0 ? take(instance, plain) : (glanced(fact, instance) ?? this.#read(fact, instance));
      if (value !== undefined) {
        const row = rows[binding.local]!;
        this.rows.set(row >= 0 ? row : this.#row(binding, instance), fact.slot, value, originOf(fact, instance));
      } else if (fact.keepsUnknown) this.#keepUnknown(fact.element, binding, instance);
    }
    for (let i = 0; i < carry.length; i++) {
      const carried = carry[i]!;
      const { plain, name } = carried;
      if (plain >= 0 ? texts[plain] === undefined : isSilent(carried, texts)) continue;
      const value = plain >= 0 ? take(instance, plain) : (glanced(carried, instance) ?? this.#read(carried, instance));
      if (value !== undefined) this.rows.carry(this.#row(binding, instance), this.#map, name, valueText(value), originOf(carried, instance));
    }
  }

  /** What a row states for being there, also where only a row below it has made it. */
  #constants({ binding, constants }: BindingClosing, instance: Instance): void {
    const row = instance.rows[binding.local]!;
    if (row >= 0) for (const { slot, value } of constants) this.rows.set(row, slot, value);
  }

  /** The value of an element in an instance; its texts are then accounted for. */
  #read({ element, own }: Reading, instance: Instance): Value | undefined {
    const { codec, inputs } = element;
    if (!codec) {
      const [input] = inputs;
      return input?.kind === 'text' ? take(instance.of(input.group), input.text) : undefined;
    }
    if (!own && !isStated(inputs, instance)) return undefined;
    const texts = own ? textsOf(own, instance) : this.#texts(element, instance);
    const parsed = codec.parse(texts);
    if (!parsed.ok) {
      this.#refuse(element, instance, texts, parsed);
      return undefined;
    }
    const { value, note } = parsed;
    if (note !== undefined && value !== undefined && !codec.alternatives) this.#note(note, element, instance);
    if (value !== undefined && own && !codec.alternatives) bindAll(own, instance);
    else if (value !== undefined) this.#consume(element, instance, texts, fate.bound, value);
    else if (parsed.fixed) this.#consume(element, instance, texts.slice(0, 1), fate.derived);
    return value;
  }

  /** A code that the table does not have, as it was stated, under the name of its element. */
  #keepUnknown(element: ElementPlan, binding: BindingPlan, instance: Instance): void {
    const [input] = element.inputs;
    if (input?.kind !== 'text') return;
    const holder = instance.of(input.group);
    if (holder.consumed[input.text] !== fate.refused) return;
    holder.consumed[input.text] = fate.bound;
    this.rows.carry(this.#row(binding, instance), this.#map, element.name, holder.texts[input.text]!, holder.origins[input.text]!);
  }

  /** The codec does not take the texts: said once for the value. They are lost unless another element takes them. */
  #refuse(element: ElementPlan, instance: Instance, texts: readonly (string | undefined)[], { reason, unknown }: Refused): void {
    let said = unknown !== undefined && unknown !== 'error';
    const value = texts.filter((text) => text !== undefined).join(' ');
    element.inputs.forEach((input, i) => {
      if (input.kind !== 'text' || texts[i] === undefined) return;
      const holder = instance.of(input.group);
      if (holder.consumed[input.text] !== fate.open) return;
      holder.consumed[input.text] = fate.refused;
      (holder.refusals ??= new Map()).set(input.text, { value, reason, place: element.place });
      if (!said) this.#told.report('MAP_VALUE', { value, reason }, holder, input.text, element.place);
      said = true;
    });
  }

  /** Marks the texts a value was made of. Of alternatives (`first-of`) only the one that was taken. */
  #consume(element: ElementPlan, instance: Instance, texts: readonly (string | undefined)[], how: number, value?: Value): void {
    const taken = element.codec?.alternatives && typeof value === 'string' ? value : undefined;
    for (let i = 0; i < texts.length; i++) {
      const input = element.inputs[i]!;
      if (input.kind !== 'text' || texts[i] === undefined || (taken !== undefined && texts[i] !== taken)) continue;
      const { consumed } = instance.of(input.group);
      if (consumed[input.text] !== fate.bound) consumed[input.text] = how;
    }
  }

  /** The texts of the inputs of an element. */
  #texts(element: ElementPlan, instance: Instance): (string | undefined)[] {
    const texts: (string | undefined)[] = [];
    for (const input of element.inputs) texts.push(instance.input(input, element, this.#date));
    return texts;
  }

  /** Hangs the row of a binding under its parent, or merges it with the row that has its key. */
  #hang(binding: BindingPlan, row: number, instance: Instance): void {
    const parent = binding.parent === undefined ? -1 : this.#row(binding.parent, instance);
    if (binding.merge === 'none') this.rows.attach(row, parent);
    else this.#merge(binding, row, parent, instance);
  }

  #merge(binding: BindingPlan, row: number, parent: number, instance: Instance): void {
    if (binding.merge === 'embed' && !this.#saysMore(binding, row)) return this.rows.discard(row);
    const key = mergeKey(binding, (element) => this.#peek(element, instance));
    const { index } = binding.class;
    const known = key === undefined ? -1 : this.#merged.find(index, parent, key);
    if (known < 0) {
      if (key !== undefined) this.#merged.add(index, parent, key, row);
      return this.rows.attach(row, parent);
    }
    mergeRows({ rows: this.rows, twins: this.#twins, forfeit: (...lost) => this.#told.forfeit(...lost) }, row, known, binding);
    instance.rows[binding.local] = known;
  }

  /** Whether an embedded copy states anything besides the key by which it is found. */
  #saysMore(binding: BindingPlan, row: number): boolean {
    if (this.rows.firstChild(row) >= 0 || this.rows.carriedOf(row).length > 0) return true;
    return binding.class.attributes.some((attribute) => attribute !== binding.by?.attribute && this.rows.get(row, attribute.slot) !== undefined);
  }

  /** The value of an element, without accounting for it. */
  #peek(element: ElementPlan, instance: Instance): Value | undefined {
    if (!element.codec) return textOf(element, instance);
    const parsed = element.codec.parse(this.#texts(element, instance));
    return parsed.ok ? parsed.value : undefined;
  }

  /** Derived, local and constant elements carry no fact: they are checked, or said to be lost. */
  #noFact(element: ElementPlan, instance: Instance): void {
    const { codec, inputs } = element;
    const texts = this.#texts(element, instance);
    const at = inputs.findIndex((input, i) => input.kind === 'text' && texts[i] !== undefined);
    const input = inputs[at];
    if (input?.kind !== 'text' || !codec) return;
    const holder = instance.of(input.group);
    if (codec.fate === 'local') {
      holder.consumed[input.text] = fate.lost;
      return this.#told.lose('MAP_LOCAL', { value: texts[at]! }, holder, input.text, texts[at]!, element.place);
    }
    const parsed = codec.parse(texts);
    this.#consume(element, instance, texts, fate.derived);
    const reason = parsed.ok ? parsed.note : parsed.reason;
    if (reason !== undefined) this.#told.report('MAP_DERIVED_DIFFERS', { reason }, holder, input.text, element.place);
  }

  #note(note: string, element: ElementPlan, instance: Instance): void {
    const input = element.inputs.find((each) => each.kind === 'text' && instance.of(each.group).texts[each.text] !== undefined);
    if (input?.kind === 'text') this.#told.report('MAP_NOTE', { note }, instance.of(input.group), input.text, element.place);
  }

  #count({ element, group, summed }: Tally, instance: Instance): void {
    const holder = instance.of(group);
    const totals = (holder.totals ??= new Map<ElementPlan, string>());
    const so = totals.get(element) ?? '0';
    if (!summed) totals.set(element, String(Number(so) + 1));
    else {
      const value = this.#peek(summed, instance);
      if (value !== undefined) totals.set(element, addDecimals(so, typeof value === 'string' ? value : value.value) ?? so);
    }
  }

  /** Gives every text of the instance its fate; what nobody took is a loss. Then the texts are gone. */
  #settle(instance: Instance): void {
    const { texts, stated, consumed, again } = instance;
    const { moved } = this.closings[instance.group.index]!;
    let bound = 0;
    if (again !== undefined) for (const text of again) if (isIn(moved, text)) bound--;
    for (let word = 0; word < stated.length; word++) {
      bound += ones(stated[word]! & moved[word]!);
      for (let bits = stated[word]! & ~moved[word]!; bits !== 0; bits &= bits - 1) {
        const index = (word << 5) + 31 - Math.clz32(bits & -bits);
        const isAgain = again !== undefined && again.delete(index);
        if (consumed[index] === fate.bound) bound += isAgain ? 0 : 1;
        else if (!isAgain) this.#unbound(instance, index, consumed[index]!);
        texts[index] = undefined;
        consumed[index] = fate.open;
      }
      stated[word] = 0;
    }
    this.#told.account.bound += bound;
  }

  #unbound(instance: Instance, index: number, so: number): void {
    const { account } = this.#told;
    const text = instance.texts[index]!;
    if (so === fate.derived) account.derived++;
    else if (so === fate.refused) {
      const { value, reason, place } = instance.refusals!.get(index)!;
      this.#told.lose('MAP_VALUE', { value, reason }, instance, index, text, place);
    } else if (so === fate.open) {
      const slot = instance.group.slots.find((each) => index >= each.first && index < each.first + each.count)!;
      const sharing = instance.group.elements.find(
        (element) =>
          element.inputs.length > 1 && element.inputs.some((input) => input.kind === 'text' && input.group === instance.group && input.text === index),
      );
      if (sharing) this.#told.lose('MAP_HALF_A_VALUE', { value: text, missing: sharing.name }, instance, index, text, sharing.place);
      else this.#told.lose('MAP_NOT_BOUND', { value: text }, instance, index, text, slot.place);
    }
  }
}

function textOf(element: ElementPlan, instance: Instance): string | undefined {
  const input = element.inputs[0];
  return input?.kind === 'text' ? instance.of(input.group).texts[input.text] : undefined;
}

/** Whether any text of an element is there: most of what a map provides for is not. */
function isStated(inputs: readonly ElementInput[], instance: Instance): boolean {
  for (const input of inputs) if (input.kind === 'text' && instance.of(input.group).texts[input.text] !== undefined) return true;
  return false;
}
