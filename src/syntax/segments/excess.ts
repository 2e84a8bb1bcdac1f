import type { EdiAddress } from '../../diagnostics/place.ts';
import type { EdifactLimits } from '../limits.ts';
import type { Scanner } from './scanner.ts';
import { byteClass } from './service.ts';
import { tokenFlag } from './tokens.ts';

const { COMPONENT, ELEMENT, REPETITION, TERMINATOR } = byteClass;
const { KIND } = tokenFlag;

/** A limit that the data goes beyond, at the first byte that is too many. */
export interface Excess {
  readonly limit: keyof EdifactLimits;
  readonly at: number; // in the bytes of the scanner
  readonly address: Pick<EdiAddress, 'element' | 'component' | 'occurrence'>;
}

/** In the words of a finding: what has too many of what, and where reading goes on. */
const words: Readonly<Record<keyof EdifactLimits, readonly [of: string, what: string, next: string]>> = {
  groups: ['the interchange', 'groups', 'interchange'],
  messages: ['the interchange', 'messages', 'interchange'],
  segments: ['the message', 'segments', 'message'],
  segmentBytes: ['a segment', 'bytes', 'message'],
  elements: ['a segment', 'elements', 'message'],
  components: ['an element', 'components', 'message'],
  repetitions: ['an element', 'repetitions', 'message'],
  componentBytes: ['a component', 'bytes', 'message'],
};

export function limitArgs(limit: keyof EdifactLimits, limits: EdifactLimits): Record<string, string> {
  const [of, what, next] = words[limit];
  return { of, what, allowed: String(limits[limit]), next, limit };
}

/**
 * The first of the limits of a segment that the one at hand goes beyond, up to its `end`.
 *
 *     NAD+CZ+A:B:C:D'     3 components: one separator too many
 *                 ^
 */
export function excessOf({ first, starts, kinds, count, end }: Scanner, limits: EdifactLimits): Excess | undefined {
  let element = 0; // the tag
  let component = 1;
  let repetition = 1;
  for (let k = 0; k <= count; k++) {
    const before = k === 0 ? undefined : (kinds[first + k - 1] as number) & KIND;
    if (before === TERMINATOR) return undefined;
    component = before === COMPONENT ? component + 1 : 1;
    if (before === REPETITION) repetition++;
    if (before === ELEMENT) [element, repetition] = [element + 1, 1];
    const from = starts[first + k] as number;
    if (from > end) return undefined;
    const address = { element: element + 1, ...(component > 1 ? { component } : {}), ...(repetition > 1 ? { occurrence: repetition } : {}) };
    if (element > limits.elements) return { limit: 'elements', at: from - 1, address };
    if (repetition > limits.repetitions) return { limit: 'repetitions', at: from - 1, address };
    if (component > limits.components) return { limit: 'components', at: from - 1, address };
    const to = k < count ? (starts[first + k + 1] as number) - 1 : end; // the last one may go on
    if (Math.min(to, end) - from > limits.componentBytes) return { limit: 'componentBytes', at: from + limits.componentBytes, address };
  }
  return undefined;
}
