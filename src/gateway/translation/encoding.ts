import type { Agreement, OutEncoding } from '../../partners/partner.ts';
import type { Interchange } from '../../syntax/unit.ts';

/** What the syntax identifiers mean of what the partner is sent. */
export const charsetsOf = ({ charsets, encoding }: Pick<Agreement, 'charsets' | 'encoding'>): Agreement['charsets'] =>
  encoding?.charset === undefined ? charsets : { ...charsets, [encoding.identifier ?? 'UNOC']: encoding.charset };

/** How an answer is written: as it was agreed, or, where it was agreed what the sender's declaration stands for, as that. */
export function encodingFor(
  { charset: { declared } }: Interchange,
  { charsets, encoding }: Pick<Agreement, 'charsets' | 'encoding'> = {},
): OutEncoding | undefined {
  if (encoding) return encoding;
  const charset = charsets?.[declared] ?? charsets?.['*'];
  return charset && declared !== '' ? { identifier: declared, charset } : undefined;
}
