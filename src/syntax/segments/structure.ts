import type { Code } from '../../diagnostics/codes.ts';
import { finding, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { EdiAddress, Place } from '../../diagnostics/place.ts';
import type { Interchange, MessageHeader, Unit, UnitHandler } from '../unit.ts';
import type { Directory, MessageDefinition } from './directory.ts';
import type { Severities } from './envelope.ts';
import { checkVacant, ElementCheck } from './elements.ts';
import { isInOrder } from './quick-check.ts';
import { SegmentUnit } from './segment-unit.ts';
import { designated, type SegmentFault, type SegmentForm } from './form.ts';
import { StructureWalker, type Step } from './walker.ts';

export interface StructureOptions {
  /** The tables for a message, its service directory included (`withService`); undefined where there are none. */
  directory(header: MessageHeader): Directory | undefined;
  readonly severity?: Severities; // where an agreement is stricter or laxer than the register
  readonly form: SegmentForm;
  readonly perCode?: number; // findings of one code in one message, before the rest is only counted
}

/** What a check reports: the code, its words, and the place, to which group and message are added; it is asked for only where it is told. */
export type Report = (
  fault: SegmentFault,
  args: Record<string, string>,
  place: () => Place,
  more?: { readonly actual?: string; readonly expected?: readonly string[] },
) => void;

/**
 * Checks messages against the directory and hands everything on to `next`, unchanged and in order; findings about a segment go before it.
 * Segment groups (order, status, repetition) and data elements (status, number, representation, code values).
 */
export const structureCheck = (next: UnitHandler, options: StructureOptions): UnitHandler => new StructureCheck(next, options);

/** A class, since one is made for each interchange: functions would each be made too. */
class StructureCheck implements UnitHandler {
  readonly #next: UnitHandler;
  readonly #options: StructureOptions;
  readonly #form: SegmentForm;
  #directory: Directory | undefined;
  #elements: ElementCheck | undefined; // of the directory
  #walker: StructureWalker | undefined;
  #counts: Map<Code, { said: number; kept: number; first?: Place }> | undefined; // `first`: of those that are only counted
  #values: Set<string> | undefined; // a value that no list has is said once, however often it occurs
  #group = '';
  #isService = false; // a message of the service directory: segments of security may be its body
  #misgrouped: string | undefined; // the group it stands in, where it belongs into another: told at its first segment
  #definition: MessageDefinition | undefined;
  readonly #last = { tag: '', position: 0, end: 0 }; // changed in place: there is one for each segment

  constructor(next: UnitHandler, options: StructureOptions) {
    this.#next = next;
    this.#options = options;
    this.#form = options.form;
  }

  interchange(interchange: Interchange): void {
    this.#next.interchange?.(interchange);
  }

  message(header: MessageHeader): void {
    const directory = this.#options.directory(header);
    const definition = directory?.message(header.type);
    this.#directory = directory;
    this.#elements = directory && ElementCheck.of(directory);
    this.#walker = definition && new StructureWalker(definition);
    this.#isService = directory?.name.startsWith('service-') ?? false;
    this.#counts = this.#values = undefined;
    this.#misgrouped = definition && this.#form.grouped && !isOfGroup(definition, header.group?.type ?? '') ? header.group?.type : undefined;
    this.#definition = definition;
    this.#group = '';
    this.#last.tag = '';
    this.#last.position = 0;
    this.#last.end = header.start;
    this.#next.message?.(header);
    const stated = header.directory || [header.version, header.release].filter((part) => part).join(':');
    const place = (): Place => ({ source: '', start: header.start, end: header.start, edi: { tag: this.#form.message.opens, segment: 1 } });
    if (directory && directory.name !== stated && !this.#isService)
      this.#report('EDIFACT_DIRECTORY_NEAREST', { directory: stated, nearest: directory.name }, place, { actual: stated });
    if (definition) return;
    const name = directory?.name ?? (header.directory || `the directory of ${this.#form.message.opens}`);
    this.#report('EDIFACT_MESSAGE_UNKNOWN', { type: header.type, directory: name }, place);
  }

  unit(unit: Unit): void {
    if (this.#misgrouped !== undefined) this.#sayGroup(unit, this.#misgrouped);
    if (this.#directory) this.#segment(unit, this.#directory);
    this.#next.unit?.(unit);
  }

  messageEnd(header: MessageHeader): void {
    this.#group = '';
    for (const [code, { kept, first }] of this.#counts ?? [])
      if (kept > 0) this.#next.finding?.(finding(this.#form.code('EDIFACT_MORE'), { code, count: String(kept) }, { data: first }));
    this.#directory = this.#elements = this.#walker = undefined;
    this.#next.messageEnd?.(header);
  }

  interchangeEnd(interchange: Interchange, end: number): void {
    this.#next.interchangeEnd?.(interchange, end);
  }

  finding(diagnostic: Diagnostic): void {
    this.#next.finding?.(diagnostic);
  }

  #segment(unit: Unit, known: Directory): void {
    const { tag } = unit;
    const checked = this.#elements!.of(tag, false);
    if (!checked) return this.#unknown(unit, known);
    const walker = this.#walker;
    if (walker) {
      const step = walker.next(tag);
      this.#group = step.group;
      if ((step.verdict !== 'here' || step.missing.length > 0) && !this.#secures(tag)) this.#misplaced(unit, step, walker);
      if (step.verdict !== 'nowhere') {
        const last = this.#last;
        last.tag = tag;
        last.position = unit.position;
        last.end = unit.base + unit.end;
      }
    }
    if (this.#form.isEnvelope(tag)) return; // what is around messages is the reader's
    if (!isInOrder(checked.quick, unit)) this.#elements!.check(checked, unit, this.#reporter());
    if (this.#form.trims && unit instanceof SegmentUnit && unit.vacant(checked.positions) > 0) checkVacant(checked, unit, this.#reporter());
  }

  /** A segment of security, which is no part of a message that the service directory does not define, and which the reader tells. */
  #secures(tag: string): boolean {
    return this.#walker !== undefined && !this.#isService && this.#form.apart?.secures(tag) === true;
  }

  #sayGroup(unit: Unit, stated: string): void {
    const { agency, others = [] } = this.#definition!;
    const expected = [agency, ...others];
    this.#misgrouped = undefined;
    const place = (): Place => {
      const { edi, ...bytes } = unit.place(0);
      return { ...bytes, edi: { ...(edi as EdiAddress), element: 2 } };
    };
    this.#report('EDIFACT_GROUP_DIFFERS', { type: unit.text(0), stated, expected: expected.join(', ') }, place, { actual: stated, expected });
  }

  #unknown(unit: Unit, known: Directory): void {
    const { tag } = unit;
    if (this.#form.tag.test(tag) && !this.#secures(tag) && (this.#walker || !this.#form.partial))
      this.#report('EDIFACT_SEGMENT_UNKNOWN', { tag, directory: known.name }, () => unit.place(), { actual: tag });
  }

  #misplaced(unit: Unit, { missing, surplus, verdict }: Step, walker: StructureWalker): void {
    const { tag } = unit;
    for (const gap of missing) {
      const where = (): Place => after(unit, this.#last, gap.group);
      this.#report('EDIFACT_SEGMENT_MISSING', { what: gap.tag, group: gap.group === '' ? '' : ` in ${gap.group}` }, where, { expected: [gap.tag] });
    }
    if (verdict === 'nowhere') {
      const expected = walker.expected();
      this.#report('EDIFACT_SEGMENT_NOT_HERE', { tag, expected: expected.slice(0, 12).join(', ') }, () => unit.place(), { actual: tag, expected });
    }
    if (!surplus) return;
    const { id, allowed } = surplus;
    if (id === tag) this.#report('EDIFACT_TOO_MANY_SEGMENTS', { tag, allowed: String(allowed) }, () => unit.place());
    else this.#report('EDIFACT_TOO_MANY_GROUPS', { group: id, allowed: String(allowed) }, () => unit.place());
  }

  /** Made where something may be wrong: most interchanges have nothing to report. */
  #reporter(): Report {
    return (fault, args, place, more) => this.#report(fault, args, place, more);
  }

  #report(fault: SegmentFault, args: Record<string, string>, where: () => Place, more?: Parameters<Report>[3]): void {
    const { severity = {}, perCode = 100 } = this.#options;
    const code = this.#form.code(fault);
    let count = this.#counts?.get(code);
    if (!count) (this.#counts ??= new Map()).set(code, (count = { said: 0, kept: 0 }));
    const value = fault === 'EDIFACT_VALUE' ? `${args['id']} ${args['value']}` : undefined;
    if (count.said >= perCode || (value !== undefined && this.#values?.has(value))) {
      count.kept++;
      count.first ??= where();
      return;
    }
    count.said++;
    if (value !== undefined) (this.#values ??= new Set()).add(value);
    const place = designated(this.#form, where());
    const group = this.#group;
    const data = group === '' || !place.edi ? place : { ...place, edi: { ...place.edi, group: place.edi.group ?? group } };
    this.#next.finding?.(finding(code, args, { ...more, data, severity: severity[code] }));
  }
}

const isOfGroup = ({ agency, others }: MessageDefinition, group: string): boolean =>
  group === agency || group === '' || agency === '' || others?.includes(group) === true;

interface Last {
  readonly tag: string;
  readonly position: number;
  readonly end: number; // in the source
}

/** Missing things are shown after the last good segment (DE 0096 of a missing segment is the position of the one before it). */
function after(unit: Unit, last: Last, group: string): Place {
  const place = unit.place();
  const edi: EdiAddress = { ...(place.edi as EdiAddress), tag: last.tag, segment: last.position, missing: true };
  return { ...place, start: last.end, end: last.end, edi: group === '' ? edi : { ...edi, group } };
}
