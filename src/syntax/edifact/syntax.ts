import type { SegmentForm } from '../segments/form.ts';
import type { MomentField } from '../segments/moment.ts';
import { Tags } from '../segments/tags.ts';
import { stated, statedByUnb, statedByUnh } from './headers.ts';
import { edifactFraming } from './opening.ts';
import { isEnvelope } from './service.ts';

/** S004: when an interchange or a group was prepared. */
const prepared: readonly MomentField[] = [
  { kind: 'date', element: 4, component: 1, id: 'S004.0017' },
  { kind: 'time', element: 4, component: 2, id: 'S004.0019' },
];

const security: ReadonlySet<string> = new Set(['USH', 'USA', 'USC', 'USR', 'UST', 'USD', 'USU']);

/** UN/EDIFACT (ISO 9735): UNB … UNZ around groups (UNG … UNE) or messages (UNH … UNT). */
export const edifactForm: SegmentForm = {
  syntax: 'edifact',
  framing: edifactFraming,
  tag: /^[A-Z][A-Z0-9]{2}$/,
  tags: new Tags(isEnvelope, (tag) => security.has(tag)),
  unwraps: false,
  isEnvelope,
  interchange: { opens: 'UNB', closes: 'UNZ', reference: { element: 5, id: '0020' }, count: { element: 1, id: '0036' }, repeated: { element: 2, id: '0020' } },
  group: { opens: 'UNG', closes: 'UNE', reference: { element: 5, id: '0048' }, count: { element: 1, id: '0060' }, repeated: { element: 2, id: '0048' } },
  message: { opens: 'UNH', closes: 'UNT', reference: { element: 1, id: '0062' }, count: { element: 1, id: '0074' }, repeated: { element: 2, id: '0062' } },
  beside: new Set(),
  apart: {
    secures: (tag) => security.has(tag),
    uncounted: (syntaxVersion) => syntaxVersion === '4', // 0074 and 0096 are of the body
    version: '4',
    opens: { tag: 'USH', reference: { element: 2, id: '0534' } },
    closes: { tag: 'UST', reference: { element: 1, id: '0534' }, count: { element: 2, id: '0588' } },
    object: { opens: 'UNO', closes: 'UNP' },
  },
  moments: { UNB: prepared, UNG: prepared },
  declares: true,
  grouped: false,
  statedByInterchange: (unit, into) => statedByUnb((element, component) => unit.value(element, component), into),
  statedByGroup: (unit) => ({
    reference: unit.value(5),
    ...stated({ sender: unit.value(2), senderQualifier: unit.value(2, 2), recipient: unit.value(3), recipientQualifier: unit.value(3, 2) }),
  }),
  saidByGroup: [
    { element: 1, id: '0038', of: ({ type }) => type },
    { element: 6, id: '0051', of: ({ agency }) => agency },
    { element: 7, component: 1, id: 'S008.0052', of: ({ version }) => version },
    { element: 7, component: 2, id: 'S008.0054', of: ({ release }) => release },
  ],
  omits: (syntaxVersion) => syntaxVersion === '4', // ISO 9735-1, 8.7; before it they need not be sent, and may
  statedByMessage(unit, into) {
    into.type = unit.value(2);
    statedByUnh((element, component) => unit.value(element, component), into);
  },
  partial: false,
  code: (fault) => fault,
};
