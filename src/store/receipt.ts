import { hash } from 'node:crypto';
import { openCheckpoint, type Checkpoint } from './checkpoint.ts';
import { leafHash, rootFromPath } from './tree.ts';

/** Everything that shows that a record is in the log, verifiable offline. All hashes base64 (log) or base64url (ours), as their specifications say. */
export interface Receipt {
  readonly v: 1;
  readonly index: number;
  readonly record: string; // RFC 8785 text, the very bytes that were hashed; '' where the record was erased
  readonly salt: string; // base64url
  readonly entry: string; // RFC 8785 text of the public leaf
  readonly proof: readonly string[]; // RFC 6962 audit path, base64
  readonly checkpoint: string; // C2SP signed note
  readonly key: string; // verifier key of the log: `origin+id+base64`
}

/** The public leaf of a record: RFC 8785 JSON. No party, kind, size or key is in it, only the time and a blinded hash. */
export function entryText(at: string, recordHash: string): string {
  return `{"at":${JSON.stringify(at)},"record":"${recordHash}","v":1}`;
}

/**
 * The receipt as JSON. What is the same in all receipts of a commit is written once; base64 needs no escaping. All of it is ASCII, since
 * the dash of a note would make two bytes of each character, wherever it is copied.
 */
export function receiptJson({ index, record, salt, entry, proof, checkpoint, key }: Receipt): string {
  if (checkpoint !== last.checkpoint) last = { checkpoint, json: asciiJson(`],"checkpoint":${JSON.stringify(checkpoint)},"key":${JSON.stringify(key)}}`) };
  const hashes = proof.length > 0 ? `"${proof.join('","')}"` : '';
  return (
    asciiJson(`{"v":1,"index":${index},"record":${JSON.stringify(record)},"salt":"${salt}","entry":${JSON.stringify(entry)},"proof":[${hashes}`) + last.json
  );
}

let last = { checkpoint: '', json: '' };

/** JSON in ASCII: what is not is escaped. */
export const asciiJson = (json: string): string => json.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** What a receipt shows once it holds. */
export interface Shown {
  readonly at: string;
  readonly checkpoint: Checkpoint;
}

/**
 * Checks a receipt offline against the verifier key of the log, which the reader has from elsewhere: the record hashes
 * to what the entry says, the entry is at its index under the root, and the log signed the root. Gives what is shown, or
 * the first thing that does not hold.
 */
export function verifyReceipt(receipt: Receipt, verifierKey: string): Shown | { readonly broken: 'entry' | 'record' | 'checkpoint' | 'proof' } {
  const entry = parseEntry(receipt.entry);
  if (!entry) return { broken: 'entry' };
  if (receipt.record !== '') {
    const salted = Buffer.concat([Buffer.from(receipt.salt, 'base64url'), Buffer.from(receipt.record)]);
    if (hash('sha256', salted, 'base64url') !== entry.record) return { broken: 'record' };
  }
  const checkpoint = openCheckpoint(receipt.checkpoint, verifierKey);
  if (!checkpoint) return { broken: 'checkpoint' };
  const path = receipt.proof.map((node) => Buffer.from(node, 'base64'));
  const root = rootFromPath(receipt.index, checkpoint.size, leafHash(Buffer.from(receipt.entry)), path);
  return root?.equals(checkpoint.root) ? { at: entry.at, checkpoint } : { broken: 'proof' };
}

export function parseEntry(text: string): { readonly at: string; readonly record: string } | undefined {
  try {
    const entry = JSON.parse(text) as { at: unknown; record: unknown };
    if (typeof entry.at !== 'string' || typeof entry.record !== 'string') return undefined;
    return entryText(entry.at, entry.record) === text ? { at: entry.at, record: entry.record } : undefined;
  } catch {
    return undefined;
  }
}
