import type { EdiAddress, Place } from '../diagnostics/place.ts';
import type { Origins } from '../dictionary/origin.ts';
import { keyComponent, keyElement, type MessageHeader, type Unit } from '../syntax/unit.ts';
import type { Instance } from './instance.ts';
import type { Plan } from './plan.ts';
import { inDocument } from './qualify.ts';

/** Places in a message that is read, in the words of its format. */
export class Places {
  readonly #plan: Plan;
  readonly #message: number;
  readonly #source: string;
  #position = 1; // of the last unit
  #tag = '';
  #end = 0;

  constructor(plan: Plan, header: MessageHeader, source: string) {
    this.#plan = plan;
    this.#message = header.index;
    this.#source = source;
  }

  /** A unit was read. */
  passed({ position, tag, base, end }: Unit): void {
    this.#position = position;
    this.#tag = tag;
    this.#end = base + end;
  }

  /** After the last unit: where something that is missing should have stood. */
  afterLast(): Place {
    const at = { source: this.#source, start: this.#end, end: this.#end };
    return this.#plan.format.kind === 'segmented' ? { ...at, edi: { ...this.#at(this.#tag, this.#position), missing: true } } : at;
  }

  /** A place as the reader or the rows know it, with its source. */
  of(place: Place): Place {
    return place.source === '' && this.#source !== '' ? { ...place, source: this.#source } : place;
  }

  /** Where the text of a slot was read. */
  ofText(instance: Instance, text: number, origins: Origins): Place {
    const slot = instance.group.slots.find((each) => text >= each.first && text < each.first + each.count)!;
    const bind = slot.node.binds.find((each) => each.text === text);
    const { offset, position, key } = origins.get(instance.origins[text]!)!;
    const place = { source: this.#source, start: offset, end: offset + instance.lengths[text]! };
    const { format } = this.#plan;
    if (format.kind === 'nested') return { ...place, ...inDocument(format, slot.node.path, bind?.name) };
    const at = { ...this.#at(slot.node.tag, position), element: keyElement(key) + 1, component: keyComponent(key) };
    return { ...place, edi: { ...at, id: bind?.id.replace(/\[.*\]$/, '') ?? '' } };
  }

  #at(tag: string, segment: number): EdiAddress {
    return { ...(this.#plan.service?.by && { by: this.#plan.service.by }), message: this.#message, tag, segment };
  }
}
