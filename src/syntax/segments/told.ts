import type { Place } from '../../diagnostics/place.ts';
import type { SegmentFault } from './form.ts';

const TOLD = 1000; // findings of one code that are told of a message, and around the messages of an interchange; more are counted

/** How often each fault was told, so that what is said stays bounded. */
export class Told {
  readonly #faults = new Map<SegmentFault, { count: number; more: Place | undefined }>(); // `more`: of the first that is only counted

  /** Counts one. False: it is only counted. */
  count(fault: SegmentFault, place: Place | undefined): boolean {
    let told = this.#faults.get(fault);
    if (!told) this.#faults.set(fault, (told = { count: 0, more: undefined }));
    if (told.count === TOLD) told.more = place;
    return told.count++ < TOLD;
  }

  /** What was only counted, with its number and the first place; it is forgotten. */
  *more(): Generator<readonly [fault: SegmentFault, count: number, place: Place | undefined]> {
    for (const [fault, { count, more }] of this.#faults) if (count > TOLD) yield [fault, count - TOLD, more];
    this.#faults.clear();
  }
}
