import type { Json } from '../../store/store.ts';
import type { Interchange } from '../../syntax/unit.ts';
import { syntaxes } from '../translation/syntaxes.ts';

/** What no syntax recognizes is called as its sender calls it. */
export const mediaOf = (interchange: Interchange | undefined, called = 'application/octet-stream'): string =>
  interchange ? syntaxes[interchange.syntax].media : /^[\w.+-]+\/[\w.+-]+$/.test(called) ? called : 'application/octet-stream';

/** What an interchange says of itself, as it is recorded. */
export function envelopeJson(interchange: Partial<Interchange> = {}): Record<string, Json> {
  const said: Record<string, Json> = {};
  for (const name of envelopeFields) if (interchange[name] !== undefined) said[name] = interchange[name];
  return said;
}

/** In the order of RFC 8785, so that hashing the record needs no sorting. */
const envelopeFields = ['recipient', 'recipientQualifier', 'reference', 'sender', 'senderQualifier', 'syntax', 'testIndicator'] as const;
