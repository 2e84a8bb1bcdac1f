import { hasError, sentence, type Diagnostic } from '../diagnostics/diagnostic.ts';
import { buildContrl } from '../replies/contrl.ts';
import type { Interchange } from '../syntax/unit.ts';
import type { Library } from './library.ts';
import { readUnits } from './syntax.ts';
import type { TranslatedMessage } from './translate.ts';

export interface Acknowledged {
  readonly interchange: Interchange;
  readonly messages: readonly TranslatedMessage[];
  readonly findings: readonly Diagnostic[];
  readonly reference: string; // 0020 of the answer
  readonly at: string; // ISO 8601
}

/**
 * The CONTRL for an interchange, read again by our own reader before it may leave; undefined where none can be addressed.
 * A message that was rejected for what it says is answered as rejected too: silence about it would be taken for consent.
 */
export function acknowledge(library: Library, { interchange, messages, findings, reference, at }: Acknowledged): Uint8Array | undefined {
  const subject = {
    interchange,
    findings,
    messages: messages.map((message) => ({ header: message.header, findings: message.findings, accepted: message.state !== 'rejected' })),
  };
  const bytes = buildContrl(subject, { reference, time: at });
  const wrong = bytes ? readUnits(library, bytes) : [];
  if (hasError(wrong)) throw new Error(`our CONTRL is not in order: ${wrong.map(sentence).join('; ')}`);
  return bytes;
}
