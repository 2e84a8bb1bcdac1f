import type { Place } from '../../diagnostics/place.ts';
import type { SegmentUnit } from './segment-unit.ts';

/** The last segment that was read. Changed in place: there is one for each segment. */
export class Last {
  #tag = '';
  #segment = 0;
  #message = 0;
  #ung = 0;
  #end = 0;

  see(unit: SegmentUnit): void {
    this.#tag = unit.tag;
    this.#segment = unit.position;
    this.#message = unit.message;
    this.#ung = unit.ung;
    this.#end = unit.base + unit.end;
  }

  /** After it: where something that is missing should have stood, of a group or of the interchange itself. */
  after(source: string, inGroup = true): Place {
    const around = this.#message > 0 ? { message: this.#message } : inGroup && this.#ung > 0 ? { ung: this.#ung } : {};
    return { source, start: this.#end, end: this.#end, edi: { ...around, tag: this.#tag, segment: this.#segment, missing: true } };
  }
}
