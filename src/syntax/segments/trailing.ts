import type { Scanner } from './scanner.ts';
import { byteClass } from './service.ts';
import { tokenFlag } from './tokens.ts';

const { COMPONENT, ELEMENT, REPETITION, TERMINATOR } = byteClass;
const { KIND } = tokenFlag;

/** Separators behind which nothing stands, as offsets in the bytes of the scanner. */
export interface Trailing {
  readonly start: number;
  readonly end: number;
  readonly element: number; // behind whose last component they stand, from 1; 0 where they end the segment
}

/**
 * The first separators of a segment that end nothing: those before its terminator, and those of components and repetitions before the next element.
 *
 *     NAD+CZ+128942::+X'        BGM+85+REF++'
 *                  ^^                     ^^
 */
export function trailingIn({ first, count, starts, kinds, terminated }: Scanner): Trailing | undefined {
  if (!terminated) return undefined;
  const kind = (token: number): number => (kinds[token] as number) & KIND;
  const isEmpty = (token: number): boolean => (starts[token + 1] as number) - (starts[token] as number) === 1;
  let element = 0;
  for (let token = first + 1; token < first + count; token++) {
    const before = kind(token - 1);
    if (before === ELEMENT) element++;
    const ends = kind(token);
    if (!isEmpty(token) || (ends !== TERMINATOR && ends !== ELEMENT)) continue;
    const ofElement = before === COMPONENT || before === REPETITION;
    if (!ofElement && ends !== TERMINATOR) continue; // an element that is left out
    const isSame = (each: number): boolean => (ofElement ? each === COMPONENT || each === REPETITION : each === ELEMENT);
    let from = token; // the first of the empty ones
    while (from - 1 > first && isEmpty(from - 1) && isSame(kind(from - 2))) from--;
    return { start: (starts[from] as number) - 1, end: starts[token] as number, element: ofElement ? element : 0 };
  }
  return undefined;
}
