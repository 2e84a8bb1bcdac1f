import type { Code } from '../../diagnostics/codes.ts';
import { finding } from '../../diagnostics/diagnostic.ts';
import type { EdiAddress, Place } from '../../diagnostics/place.ts';
import type { MessageHeader, Unit, UnitHandler } from '../unit.ts';
import type { Directory } from './directory.ts';
import type { Severities } from './envelope.ts';
import { checkVacant, ElementCheck } from './elements.ts';
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
export function structureCheck(next: UnitHandler, options: StructureOptions): UnitHandler {
  const { severity = {}, perCode = 100, form } = options;
  let directory: Directory | undefined;
  let elements: ElementCheck | undefined; // of the directory
  let walker: StructureWalker | undefined;
  let counts: Map<Code, { said: number; kept: number; first?: Place }> | undefined; // `first`: of those that are only counted
  let values: Set<string> | undefined; // a value that no list has is said once, however often it occurs
  let group = '';
  const last = { tag: '', position: 0, end: 0 }; // changed in place: there is one for each segment

  const report: Report = (fault, args, where, more) => {
    const code = form.code(fault);
    let count = counts?.get(code);
    if (!count) (counts ??= new Map()).set(code, (count = { said: 0, kept: 0 }));
    const value = fault === 'EDIFACT_VALUE' ? `${args['id']} ${args['value']}` : undefined;
    if (count.said >= perCode || (value !== undefined && values?.has(value))) {
      count.kept++;
      count.first ??= where();
      return;
    }
    count.said++;
    if (value !== undefined) (values ??= new Set()).add(value);
    const place = designated(form, where());
    const data = group === '' || !place.edi ? place : { ...place, edi: { ...place.edi, group: place.edi.group ?? group } };
    next.finding?.(finding(code, args, { ...more, data, severity: severity[code] }));
  };

  const message = (header: MessageHeader): void => {
    directory = options.directory(header);
    elements = directory && ElementCheck.of(directory);
    const definition = directory?.message(header.type);
    walker = definition && new StructureWalker(definition);
    counts = values = undefined;
    group = '';
    last.tag = '';
    last.position = 0;
    last.end = header.start;
    next.message?.(header);
    const place = (): Place => ({ source: '', start: header.start, end: header.start, edi: { tag: form.message.opens, segment: 1 } });
    const stated = header.directory || [header.version, header.release].filter((part) => part).join(':');
    if (directory && directory.name !== stated && !directory.name.startsWith('service-'))
      report('EDIFACT_DIRECTORY_NEAREST', { directory: stated, nearest: directory.name }, place, { actual: stated });
    if (definition) return;
    report(
      'EDIFACT_MESSAGE_UNKNOWN',
      { type: header.type, directory: directory?.name ?? (header.directory || `the directory of ${form.message.opens}`) },
      place,
    );
  };

  const unknown = (unit: Unit, known: Directory): void => {
    const { tag } = unit;
    if (form.tag.test(tag) && (walker || !form.partial)) report('EDIFACT_SEGMENT_UNKNOWN', { tag, directory: known.name }, () => unit.place(), { actual: tag });
  };

  const misplaced = (unit: Unit, { missing, surplus, verdict }: Step, walker: StructureWalker): void => {
    const { tag } = unit;
    for (const gap of missing) {
      const where = (): Place => after(unit, last, gap.group);
      report('EDIFACT_SEGMENT_MISSING', { what: gap.tag, group: gap.group === '' ? '' : ` in ${gap.group}` }, where, { expected: [gap.tag] });
    }
    if (verdict === 'nowhere') {
      const expected = walker.expected();
      report('EDIFACT_SEGMENT_NOT_HERE', { tag, expected: expected.slice(0, 12).join(', ') }, () => unit.place(), { actual: tag, expected });
    }
    if (!surplus) return;
    const { id, allowed } = surplus;
    if (id === tag) report('EDIFACT_TOO_MANY_SEGMENTS', { tag, allowed: String(allowed) }, () => unit.place());
    else report('EDIFACT_TOO_MANY_GROUPS', { group: id, allowed: String(allowed) }, () => unit.place());
  };

  const segment = (unit: Unit, known: Directory): void => {
    const { tag } = unit;
    const checked = elements!.of(tag, false);
    if (!checked) return unknown(unit, known);
    if (walker) {
      const step = walker.next(tag);
      group = step.group;
      if (step.verdict !== 'here' || step.missing.length > 0) misplaced(unit, step, walker);
      if (step.verdict !== 'nowhere') {
        last.tag = tag;
        last.position = unit.position;
        last.end = unit.base + unit.end;
      }
    }
    if (form.isEnvelope(tag)) return; // what is around messages is the reader's
    elements!.check(checked, unit, report);
    if (form.trims && unit instanceof SegmentUnit) checkVacant(checked, unit, report);
  };

  return {
    interchange: (interchange) => next.interchange?.(interchange),
    message,
    unit: (unit) => {
      if (directory) segment(unit, directory);
      next.unit?.(unit);
    },
    messageEnd: (header) => {
      group = '';
      for (const [code, { kept, first }] of counts ?? [])
        if (kept > 0) next.finding?.(finding(form.code('EDIFACT_MORE'), { code, count: String(kept) }, { data: first }));
      directory = elements = walker = undefined;
      next.messageEnd?.(header);
    },
    interchangeEnd: (interchange, end) => next.interchangeEnd?.(interchange, end),
    finding: (diagnostic) => next.finding?.(diagnostic),
  };
}

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
