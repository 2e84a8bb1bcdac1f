import type { Agreement, OutEncoding } from '../../partners/partner.ts';
import { charsetOf, encodingNamed, type Encoding } from '../../syntax/charset.ts';
import type { Interchange, Syntax } from '../../syntax/unit.ts';

/** What the syntax identifiers mean of what the partner is sent. */
export const charsetsOf = ({ charsets, encoding }: Pick<Agreement, 'charsets' | 'encoding'>): Agreement['charsets'] =>
  encoding?.charset === undefined ? charsets : { ...charsets, [encoding.identifier ?? 'UNOC']: encoding.charset };

/** The charset alone, for syntaxes that declare none: what was said, or what the syntax identifier means. */
export const charsetIn = ({ identifier, charset }: OutEncoding = {}): Encoding | undefined =>
  charset ?? (identifier === undefined ? undefined : charsetOf(identifier, '').encoding);

/**
 * How an answer in some syntax is written: as it was agreed, or, where it was agreed what the sender's declaration stands for, as that. Where its syntax
 * declares nothing, an answer in it is written as the sender wrote.
 */
export function encodingFor(
  { syntax, charset: { declared, detected } }: Interchange,
  { charsets, encoding }: Pick<Agreement, 'charsets' | 'encoding'>,
  answer: Syntax,
): OutEncoding | undefined {
  if (encoding) return encoding;
  const agreed = charsets?.[declared] ?? charsets?.['*'];
  if (declared !== '') return agreed && { identifier: declared, charset: agreed };
  const charset = agreed ?? (detected === 'ascii' ? undefined : encodingNamed(detected));
  return charset && syntax === answer ? { charset } : undefined;
}
