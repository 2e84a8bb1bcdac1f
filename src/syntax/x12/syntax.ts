import type { Code } from '../../diagnostics/codes.ts';
import type { SegmentFault, SegmentForm } from '../segments/form.ts';
import { Tags } from '../segments/tags.ts';
import { stated } from '../edifact/headers.ts';
import { x12Framing } from './opening.ts';

const envelope: ReadonlySet<string> = new Set(['ISA', 'GS', 'ST', 'SE', 'GE', 'IEA']);

/** ANSI X12: ISA … IEA around groups (GS … GE) of transaction sets (ST … SE). X12.5, X12.6. */
export const x12Form: SegmentForm = {
  syntax: 'x12',
  framing: x12Framing,
  tag: /^[A-Z][A-Z0-9]{1,2}$/,
  tags: new Tags((tag) => envelope.has(tag)),
  unwraps: true,
  isEnvelope: (tag) => envelope.has(tag),
  interchange: {
    opens: 'ISA',
    closes: 'IEA',
    reference: { element: 13, id: 'ISA13' },
    count: { element: 1, id: 'IEA01' },
    repeated: { element: 2, id: 'IEA02' },
  },
  group: { opens: 'GS', closes: 'GE', reference: { element: 6, id: 'GS06' }, count: { element: 1, id: 'GE01' }, repeated: { element: 2, id: 'GE02' } },
  message: { opens: 'ST', closes: 'SE', reference: { element: 2, id: 'ST02' }, count: { element: 1, id: 'SE01' }, repeated: { element: 2, id: 'SE02' } },
  beside: new Set(['TA3', 'ISB', 'ISE']),
  alone: {
    tags: new Set(['TA1']),
    stated(into, { syntaxVersion = '' }) {
      into.directory = into.version = `${syntaxVersion}0`; // ISA12 has five digits of it
    },
  },
  moments: {
    ISA: [
      { kind: 'date', element: 9, component: 1, id: 'ISA09' },
      { kind: 'time', element: 10, component: 1, id: 'ISA10' },
    ],
    GS: [
      { kind: 'date', element: 4, component: 1, id: 'GS04' },
      { kind: 'time', element: 5, component: 1, id: 'GS05' },
    ],
  },
  declares: false,
  grouped: true,
  statedByInterchange(unit, into) {
    const value = (element: number): string => unit.value(element).trim();
    const said = stated({
      syntaxVersion: value(12),
      senderQualifier: value(5),
      sender: value(6),
      recipientQualifier: value(7),
      recipient: value(8),
      preparedAt: value(9) === '' ? '' : `${value(9)}:${value(10)}`,
      reference: value(13),
      acknowledgementRequest: value(14) === '1' ? '1' : '',
      testIndicator: value(15) === 'P' ? '' : value(15) === 'T' ? '1' : value(15),
    });
    Object.assign(into, said);
  },
  statedByGroup: (unit) => ({
    reference: unit.value(6),
    ...stated({ type: unit.value(1), sender: unit.value(2).trim(), recipient: unit.value(3).trim(), version: unit.value(8) }),
  }),
  saidByGroup: [], // GS08 is the version of all its sets, none of which states one
  omits: () => false, // those behind components are told by `trims`
  statedByMessage(unit, into, group) {
    const { version = '' } = group ?? {};
    const release = version.slice(0, 6);
    into.type = unit.value(1);
    Object.assign(into, stated({ version: release, association: unit.value(3) || version.slice(6), reference: unit.value(2), directory: release }));
  },
  trims: true,
  partial: true,
  designator: ({ tag, element, component }) =>
    element === undefined || element < 2 ? undefined : `${tag}${String(element - 1).padStart(2, '0')}${component === undefined ? '' : `-${component}`}`,
  code: (fault) => names[fault] ?? fault,
};

/** What of the faults of segments can happen here, by its own name. */
const names: Readonly<Partial<Record<SegmentFault, Code>>> = {
  EDIFACT_COUNT_MISMATCH: 'X12_COUNT_MISMATCH',
  EDIFACT_REFERENCE_MISMATCH: 'X12_REFERENCE_MISMATCH',
  EDIFACT_SERVICE_CHAR: 'X12_HEADER',
  EDIFACT_CHARACTER: 'X12_CHARACTER',
  EDIFACT_LINE_BREAK: 'X12_LINE_BREAK',
  EDIFACT_ENVELOPE_MISSING: 'X12_ENVELOPE_MISSING',
  EDIFACT_UNTERMINATED: 'X12_UNTERMINATED',
  EDIFACT_OUTSIDE: 'X12_OUTSIDE',
  EDIFACT_STRAY: 'X12_STRAY',
  EDIFACT_TAG: 'X12_TAG',
  EDIFACT_LIMIT: 'X12_LIMIT',
  EDIFACT_EMPTY: 'X12_EMPTY',
  EDIFACT_DUPLICATE: 'X12_DUPLICATE',
  EDIFACT_SEGMENT_MISSING: 'X12_SEGMENT_MISSING',
  EDIFACT_SEGMENT_NOT_HERE: 'X12_SEGMENT_NOT_HERE',
  EDIFACT_SEGMENT_UNKNOWN: 'X12_SEGMENT_UNKNOWN',
  EDIFACT_TOO_MANY_SEGMENTS: 'X12_TOO_MANY_SEGMENTS',
  EDIFACT_TOO_MANY_GROUPS: 'X12_TOO_MANY_LOOPS',
  EDIFACT_TOO_MANY_ELEMENTS: 'X12_TOO_MANY_ELEMENTS',
  EDIFACT_TOO_MANY_REPETITIONS: 'X12_TOO_MANY_REPETITIONS',
  EDIFACT_ELEMENT_MISSING: 'X12_ELEMENT_MISSING',
  EDIFACT_VALUE: 'X12_VALUE',
  EDIFACT_CHAR_TYPE: 'X12_CHAR_TYPE',
  EDIFACT_DATE: 'X12_DATE',
  EDIFACT_GROUP_DIFFERS: 'X12_GROUP_DIFFERS',
  EDIFACT_TOO_LONG: 'X12_TOO_LONG',
  EDIFACT_TOO_SHORT: 'X12_TOO_SHORT',
  EDIFACT_MESSAGE_UNKNOWN: 'X12_MESSAGE_UNKNOWN',
  EDIFACT_DIRECTORY_NEAREST: 'X12_DIRECTORY_NEAREST',
  EDIFACT_MORE: 'X12_MORE',
};
