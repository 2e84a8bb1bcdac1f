import type { Handed, Proof } from '../channel.ts';
import { digestByMicalg, type Digest } from './algorithms.ts';
import { readNotice, type Receipt } from './mdn.ts';
import type { Opened } from './open.ts';

/** What was sent, and waits for its receipt. */
export interface Sent {
  readonly messageId: string;
  readonly signed: boolean; // the receipt is to be signed
  readonly mic: (digest: Digest) => Promise<string | undefined>; // of what was sent; undefined where it is not kept
}

/**
 * What a receipt says of what was sent (RFC 4130, 7.4). Positive is only what is signed where that was asked for, names our
 * message and repeats its integrity check; `duplicate-document` may go without it, since the first receipt had it.
 */
export async function judge(opened: Opened, { messageId, signed, mic }: Sent): Promise<Handed> {
  if (!opened.opened) return failed('SEND_ANSWER', `the receipt cannot be read: ${opened.fault.reason}`);
  const receipt = readNotice(opened.content);
  if (!receipt) return failed('SEND_ANSWER', 'it is no receipt');
  const { signature } = opened.layers;
  const proof: Proof = signature
    ? { media: 'multipart/signed', bytes: signature.bytes, grade: 'A', certificate: signature.certificate.x509.toString() }
    : { media: 'multipart/report', bytes: opened.content.bytes, grade: 'D' };
  const detail = {
    disposition: dispositionOf(receipt),
    ...(receipt.mic && { mic: `${receipt.mic.value}, ${receipt.mic.word}` }),
    signed: signature !== undefined,
  };
  const { originalMessageId } = receipt;
  if (originalMessageId !== undefined && bare(originalMessageId) !== bare(messageId)) {
    return failed('SEND_ANSWER', `the receipt is for ${originalMessageId}`, { proof, detail });
  }
  if (receipt.outcome === 'error')
    return failed(/unexpected-processing-error/i.test(receipt.modifier) ? 'SEND_BUSY' : 'AS2_REFUSED', said(receipt), { proof, detail });
  if (signed && !signature) return failed('SEND_ANSWER', 'the receipt is not signed', { proof, detail });
  const mismatch = await mismatchOf(receipt, mic);
  return mismatch === undefined ? { state: 'delivered', proof, detail } : failed('AS2_MIC_MISMATCH', mismatch, { proof, detail });
}

type Failed = Extract<Handed, { state: 'failed' }>;
const failed = (code: Failed['code'], reason: string, more: Pick<Failed, 'proof' | 'detail'> = {}): Failed => ({ state: 'failed', code, reason, ...more });

const bare = (messageId: string): string => messageId.trim().replace(/^<|>$/g, '');
const dispositionOf = ({ outcome, modifier }: Receipt): string => (modifier === '' ? outcome : `${outcome}: ${modifier}`);
const said = (receipt: Receipt): string => [dispositionOf(receipt), receipt.text.replace(/\s+/g, ' ')].filter((part) => part !== '').join('; ');

async function mismatchOf({ mic, outcome, modifier }: Receipt, sent: Sent['mic']): Promise<string | undefined> {
  if (!mic) return outcome === 'warning' && /duplicate/i.test(modifier) ? undefined : 'it states no integrity check';
  const digest = digestByMicalg(mic.word === '' ? 'sha1' : mic.word);
  const ours = digest && (await sent(digest));
  if (ours === undefined) return `the algorithm ${mic.word} of its integrity check is not one that can be compared`;
  return ours === mic.value ? undefined : `${mic.word} ${mic.value}, and not ${ours}`;
}
