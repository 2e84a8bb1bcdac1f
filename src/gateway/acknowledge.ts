import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Interchange } from '../syntax/unit.ts';
import type { TranslatedMessage } from './translate.ts';

/** pending: replies/contrl.ts */
export function acknowledge(_interchange: Interchange, _messages: readonly TranslatedMessage[], _findings: readonly Diagnostic[], _at: string): Uint8Array | undefined {
  return undefined;
}
