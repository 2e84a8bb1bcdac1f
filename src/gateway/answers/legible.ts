import { hasError, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Rows } from '../../dictionary/rows.ts';
import type { OutEncoding } from '../../partners/partner.ts';
import type { UnitWriter } from '../../syntax/unit.ts';

/** How an answer is written where the charset of the message that it is about has not the letters of its words. */
export const allLetters = ({ service }: OutEncoding = {}): OutEncoding => ({ identifier: 'UNOY', ...(service === undefined ? {} : { service }) });

export const warning = (each: Diagnostic): Diagnostic => ({ ...each, severity: 'warning' });

/**
 * Blanks in the words of an answer where its writer has no room for a character, whatever the charset: they are read all the same. What is told of
 * it, once for each attribute. Numbers and codes are left as they are: with a blank in it a number is another one.
 */
export function legible(answer: Rows, { unwritable }: Pick<UnitWriter, 'unwritable'>): readonly Diagnostic[] {
  const found = new Map<string, Diagnostic>();
  if (!unwritable) return [];
  for (let row = 0; row < answer.size; row++) {
    const words = answer.removed(row) ? [] : answer.class(row).attributes.filter(({ name }) => name.endsWith('Description'));
    for (const { slot, path } of words) {
      const text = answer.get(row, slot);
      if (typeof text !== 'string') continue;
      let kept = '';
      for (const character of text) {
        const fault = unwritable(character, path);
        kept += fault ? ' ' : character;
        if (fault && !found.has(path)) found.set(path, warning(fault));
      }
      if (kept !== text) answer.set(row, slot, kept);
    }
  }
  return [...found.values()];
}

/** What was written, and what of it the writer could not write as it is. */
interface Written {
  readonly unwritten: readonly Diagnostic[];
}

/** As it was agreed, or as the message is; else, where that leaves out less, in all letters. */
export function inLetters<T extends Written>(write: (encoding?: OutEncoding) => T, agreed: OutEncoding | undefined, otherwise: OutEncoding | undefined): T {
  const first = write(agreed ?? otherwise);
  if (agreed || !hasError(first.unwritten)) return first;
  const second = write(allLetters());
  return second.unwritten.length < first.unwritten.length ? second : first;
}
