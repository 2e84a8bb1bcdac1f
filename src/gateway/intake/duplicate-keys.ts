import { createHash } from 'node:crypto';
import type { Partner } from '../../partners/partner.ts';
import { isTest } from '../../partners/test-mode.ts';
import type { DuplicateKey } from '../../store/filings.ts';
import type { ContentId } from '../../store/store.ts';
import type { Interchange } from '../../syntax/unit.ts';
import { readEnvelope } from '../translation/syntax.ts';
import { referenceKey } from '../translation/translate.ts';
import type { Arrived, IntakeContext } from './intake.ts';

/** By what it is known that something came before: references, the bytes where there is none, and what the request or the channel call it. */

/** What is used in test mode is not used in production. */
const inMode = (key: string, test: boolean): string => (test ? `${key}\0test` : key);

const keyOfBytes = ({ id }: Partner, bytes: Uint8Array): string => ['bytes', id, createHash('sha256').update(bytes).digest('hex')].join('\0');

/**
 * The keys of a body, each with the first interchange that uses it. Where one has no reference, or there is none, the bytes are the key, which is made
 * once: bodies are large.
 */
export function duplicateKeys(
  interchanges: readonly Interchange[],
  partner: Partner,
  bytes: Uint8Array,
  test?: boolean,
): ReadonlyMap<string, Interchange | undefined> {
  const keys = new Map<string, Interchange | undefined>();
  let ofBytes: string | undefined;
  for (const each of interchanges.length > 0 ? interchanges : [undefined]) {
    const named = (each && referenceKey(each)) ?? (ofBytes ??= keyOfBytes(partner, bytes));
    const key = inMode(named, isTest(partner, each, test));
    if (!keys.has(key)) keys.set(key, each);
  }
  return keys;
}

/** Whether the key itself says which bytes they are. */
export const isOfBytes = (key: string): boolean => key.startsWith('bytes\0');

/** The keys of bytes that were received before, and failed: whoever tries them again claims them again. */
export async function claimAgain(
  bytes: Uint8Array,
  partner: Partner,
  content: ContentId,
  { library, configuration }: Pick<IntakeContext, 'library' | 'configuration'>,
  test?: boolean,
): Promise<DuplicateKey[]> {
  const { interchanges } = await readEnvelope(library, bytes, { listed: 0, limits: configuration.gateway.limits, charsets: partner.agreement.charsets });
  return [...duplicateKeys(interchanges, partner, bytes, test).keys()].map((key) => ({ key, content }));
}

/** A transmission of a channel, as the channel calls it. */
export const arrivalKey = (partner: string, { channel, key = '' }: Arrived): string => ['arrival', channel, partner, key].join('\0');

export const requestKey = (partner: Partner, key: string, test?: boolean): string =>
  inMode(['request', partner.id, key].join('\0'), isTest(partner, undefined, test));
