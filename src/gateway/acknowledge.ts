import { hasError, sentence, type Diagnostic } from '../diagnostics/diagnostic.ts';
import { buildContrl, type ContrlOptions, type ContrlSubject } from '../replies/contrl.ts';
import type { Interchange } from '../syntax/unit.ts';
import type { Library } from './library.ts';
import { readUnits } from './syntax.ts';
import type { TranslatedMessage } from './translate.ts';

/**
 * What is answered. A message that was rejected for what it says is answered as rejected too: silence about it would be taken
 * for consent.
 */
export function subjectOf(interchange: Interchange, messages: readonly TranslatedMessage[], findings: readonly Diagnostic[]): ContrlSubject {
  return { interchange, findings, messages: messages.map((each) => ({ header: each.header, findings: each.findings, accepted: each.state !== 'rejected' })) };
}

/** The CONTRL for an interchange, read again by our own reader, against its directory, before it may leave; undefined where none can be addressed. */
export function acknowledge(library: Library, subject: ContrlSubject, options: ContrlOptions): Uint8Array | undefined {
  const bytes = buildContrl(subject, options);
  const wrong = bytes ? readUnits(library, bytes) : [];
  if (hasError(wrong)) throw new Error(`our CONTRL is not in order: ${wrong.map(sentence).join('; ')}`);
  return bytes;
}
