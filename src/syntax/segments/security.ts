import type { Place } from '../../diagnostics/place.ts';
import type { Apart, SegmentFault } from './form.ts';
import type { SegmentUnit } from './segment-unit.ts';

/** A header of security and what follows it, up to the end of its trailer. */
interface Pair {
  readonly reference: string;
  readonly place: Place; // of its header
  segments: number;
  stated: string; // how many, by the trailer; '' where it has not come
  statedAt: Place | undefined;
}

type Report = (fault: SegmentFault, args: Record<string, string>, place: Place | undefined, more?: { actual: string; expected: readonly string[] }) => void;

const REMEMBERED = 99; // pairs: as many as may stand in a message

/** Segments of security in a message, a group or an interchange: how many, and whether trailers repeat the reference of a header and its count. */
export class Security {
  readonly #pairs: Pair[] = [];
  readonly #strangers: { readonly reference: string; readonly place: Place }[] = []; // trailers of no header
  #last: Pair | undefined; // that the segment at hand belongs to
  #count = 0;
  #first = ''; // the first segment: its tag, and what it calls itself
  #place: Place | undefined;

  add(unit: SegmentUnit, { opens, closes }: Apart): void {
    const reference = unit.tag === opens.tag ? unit.value(opens.reference.element) : '';
    if (this.#count++ === 0) {
      this.#place = unit.place();
      this.#first = `${unit.tag} ${reference}`.trimEnd();
    }
    if (unit.tag === opens.tag) this.#open(unit, reference);
    else if (unit.tag === closes.tag) this.#close(unit, closes);
    if (this.#last) this.#last.segments++;
  }

  #open(unit: SegmentUnit, reference: string): void {
    this.#last = { reference, place: unit.place(), segments: 0, stated: '', statedAt: undefined };
    if (this.#pairs.length < REMEMBERED) this.#pairs.push(this.#last);
  }

  #close(unit: SegmentUnit, { reference, count }: Apart['closes']): void {
    const actual = unit.value(reference.element);
    this.#last = this.#pairs.find((each) => each.reference === actual && each.stated === '');
    if (!this.#last && actual !== '' && this.#strangers.length < REMEMBERED)
      this.#strangers.push({ reference: actual, place: unit.elementPlace(reference.element, reference.id) });
    if (!this.#last) return;
    this.#last.stated = unit.value(count.element) || '?';
    this.#last.statedAt = unit.elementPlace(count.element, count.id);
  }

  say(report: Report, { opens, closes }: Apart): void {
    report('EDIFACT_SECURITY', { count: String(this.#count), first: this.#first }, this.#place);
    const segment = closes.tag;
    const open = this.#pairs.filter(({ stated }) => stated === '').map(({ reference }) => reference);
    for (const { reference, place } of this.#strangers) {
      const [expected] = open;
      if (expected === undefined) report('EDIFACT_ENVELOPE_MISSING', { segment: opens.tag }, place);
      else if (expected !== '') report('EDIFACT_REFERENCE_MISMATCH', { segment, actual: reference, expected }, place, { actual: reference, expected: open });
    }
    for (const { place, stated, statedAt, segments } of this.#pairs) {
      if (stated === '' && this.#strangers.length === 0) report('EDIFACT_ENVELOPE_MISSING', { segment }, place);
      if (!/^\d+$/.test(stated) || Number(stated) === segments) continue; // what is no number is told as such
      const args = { segment, what: 'segments', stated, counted: String(segments) };
      report('EDIFACT_COUNT_MISMATCH', args, statedAt, { actual: stated, expected: [args.counted] });
    }
  }
}
