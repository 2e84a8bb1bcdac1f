import type { Code } from '../diagnostics/codes.ts';

/** What a fault is called at each level that may tell it; absent: it has no name there, and the level is rejected without one. */
export interface X12Fault {
  readonly interchange?: string; // I18 of TA1
  readonly group?: string; // 716 of AK9
  readonly set?: string; // 718 of AK5 and IK5
  readonly segment?: string; // 720 of AK3, 620 of IK3
  readonly element?: string; // 723 of AK4, 621 of IK4
}

/**
 * Our faults in the code lists of X12 (elements I18, 716, 718, 720, 723, release 004010): one row for each finding that says something of an
 * X12 interchange, so that a new one is answered the day it is added.
 */
export const x12Faults: Readonly<Record<Exclude<Extract<Code, `X12_${string}`>, 'X12_UNENCODABLE' | 'X12_NO_LETTER' | 'X12_SERVICE_VALUE'>, X12Fault>> = {
  X12_COUNT_MISMATCH: { interchange: '021', group: '5', set: '4' },
  X12_REFERENCE_MISMATCH: { interchange: '001', group: '4', set: '3' },
  X12_HEADER: { interchange: '022' },
  X12_CHARACTER: { interchange: '024', element: '6' },
  X12_LINE_BREAK: { element: '6' },
  X12_ENVELOPE_MISSING: { interchange: '022', group: '3', set: '2' },
  X12_UNTERMINATED: { interchange: '023', group: '3', set: '2' },
  X12_OUTSIDE: { interchange: '022' },
  X12_STRAY: { interchange: '022' },
  X12_TAG: { interchange: '022', segment: '1' },
  X12_LIMIT: { interchange: '022', set: '5' },
  X12_GROUP_DIFFERS: { set: '6', element: '7' }, // from 005010 on 18: `NOT_OF_GROUP`
  X12_EMPTY: { interchange: '024', group: '5' },
  X12_DUPLICATE: { interchange: '024', group: '6', set: '23' },
  X12_SEGMENT_MISSING: { segment: '3' },
  X12_SEGMENT_NOT_HERE: { segment: '2' },
  X12_SEGMENT_UNKNOWN: { segment: '1' },
  X12_TOO_MANY_SEGMENTS: { segment: '5' },
  X12_TOO_MANY_LOOPS: { segment: '4' },
  X12_TOO_MANY_ELEMENTS: { interchange: '022', element: '3' },
  X12_TOO_MANY_REPETITIONS: { element: '12' },
  X12_ELEMENT_MISSING: { element: '1' },
  X12_VALUE: { element: '7' },
  X12_CHAR_TYPE: { element: '6' },
  X12_DATE: { element: '8' },
  X12_TOO_LONG: { element: '5' },
  X12_TOO_SHORT: { element: '4' },
  X12_MESSAGE_UNKNOWN: { set: '1' },
  X12_DIRECTORY_NEAREST: { group: '2' },
  X12_MORE: { set: '5' },
};

/** What is no fault of syntax, and decides about an interchange or a set all the same. */
const others: Readonly<Partial<Record<Code, X12Fault>>> = {
  GATEWAY_DUPLICATE: { interchange: '025' },
  GATEWAY_UNKNOWN_SENDER: { interchange: '006' },
  GATEWAY_NOT_FOR_US: { interchange: '009' },
  GATEWAY_NO_MESSAGE: { interchange: '024' },
  MAP_NONE: { set: '1' },
};

export const isX12Fault = (code: Code): boolean => Object.hasOwn(x12Faults, code);

export const x12Fault = (code: Code): X12Fault => others[code] ?? (x12Faults as Readonly<Partial<Record<Code, X12Fault>>>)[code] ?? {};

/** 718 of release 005010: a set that is not of its group. */
export const NOT_OF_GROUP = '18';

/** What is wrong with an element of a header or trailer has a code for each place, whatever the fault. By the number of the element, from 1; '' where it has none. */
export const x12Places: Readonly<Record<string, readonly string[]>> = {
  ISA: ['010', '011', '012', '013', '005', '006', '007', '008', '014', '015', '016', '017', '018', '019', '020', '027'],
  IEA: ['021', '001'],
  GS: ['1', '', '', '', '', '6', '', '2'],
  GE: ['5', '4'],
  ST: ['6', '7'],
  SE: ['4', '3'],
};
