import { createHash } from 'node:crypto';
import { codes, type Code } from '../../diagnostics/codes.ts';
import type { Arrival, Take, Taken } from '../channel.ts';
import { readable, type Seen } from './whole.ts';

/**
 * What makes a file one arrival however often it is read: its name, when it was changed, and its bytes. A file of the same name
 * that comes again later is another arrival, and the duplicates of the gateway judge it.
 */
export const arrivalKey = ({ path, mtime, size }: Seen, bytes: Uint8Array): string =>
  createHash('sha256')
    .update(JSON.stringify([path, Math.trunc(mtime), size]))
    .update(bytes)
    .digest('hex');

/** Why a file was refused, as its sender reads it beside the file. */
export function refusalText({ path, size }: Seen, { code, reason }: { readonly code: Code; readonly reason: string }, at: number, sha256?: string): string {
  const { hint } = codes[code];
  return [
    `REFUSED  ${readable(path)}`,
    '',
    `${code}: ${reason}`,
    ...(hint.includes('{') ? [] : [`what to do: ${hint}`]),
    '',
    `Nothing of this file was processed.`,
    `size     ${size} bytes`,
    ...(sha256 === undefined ? [] : [`sha-256  ${sha256}`]),
    `time     ${new Date(at).toISOString()}`,
    '',
  ].join('\n');
}

/** Whether it may be taken another time: then the file is kept where it is. */
export const comesAgain = (code: Code): boolean => codes[code].retry === 'backoff' || codes[code].retry === 'halt';

export type Refusal = Extract<Taken, { readonly taken: false }>;

/** What `take` says, and where it throws, that the machine cannot at present: the file comes again. */
export async function takenOf(take: Take, arrival: Arrival): Promise<Taken> {
  try {
    return await take(arrival);
  } catch (error) {
    return { taken: false, code: 'FETCH_NOT_TAKEN', reason: error instanceof Error ? error.message : String(error), retryAfter: 5 };
  }
}
