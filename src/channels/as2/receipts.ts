import { randomUUID } from 'node:crypto';
import type { Surroundings } from '../channel.ts';
import { networkFault } from '../faults.ts';
import { openConnections } from '../push/http.ts';
import type { Mime } from './compose.ts';
import { keepIn, type Kept } from './waiting.ts';

/** A receipt that is sent to an address of its own. */
interface Due {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string; // base64
  readonly since: number;
  readonly attempts: number;
  readonly due: number;
}

/** Receipts that are still to be delivered: kept in files, so that a restart forgets none. */
export interface Receipts {
  /** Resolves when it is kept; it is sent at once, and again until it is taken. */
  send(url: string, receipt: Mime, headers: Readonly<Record<string, string>>): Promise<void>;
  close(): Promise<void>;
}

const givenUp = 48 * 3_600_000; // ms
const timeouts = { connect: 10_000, answer: 60_000, whole: 120_000 }; // ms
const pause = (attempts: number): number => Math.min(2_000 * 2 ** attempts, 900_000); // ms

export async function openReceipts(folder: string, party: string, { now, report }: Pick<Surroundings, 'now' | 'report'>): Promise<Receipts> {
  const kept: Kept<Due> = await keepIn<Due>(folder);
  const connections = openConnections();
  const stop = new AbortController();
  const waiting = new Map<string, NodeJS.Timeout>();
  const running = new Set<Promise<void>>();

  const later = (name: string, due: number): void => {
    if (stop.signal.aborted) return;
    waiting.set(
      name,
      setTimeout(() => begin(name), Math.max(0, due - now())),
    );
  };
  const begin = (name: string): void => {
    waiting.delete(name);
    const one = attempt(name)
      .catch((error: unknown) => {
        report({ event: 'receipt not delivered', party, err: String(error) });
        later(name, now() + pause(9));
      })
      .finally(() => running.delete(one));
    running.add(one);
  };
  const attempt = async (name: string): Promise<void> => {
    const receipt = await kept.get(name);
    if (!receipt) return;
    const reason = await post(receipt);
    if (stop.signal.aborted && reason !== undefined) return;
    if (reason === undefined) return kept.drop(name);
    const { url, attempts, since } = receipt;
    report({ event: 'receipt not delivered', code: 'AS2_RECEIPT_UNDELIVERED', party, url, reason, attempt: attempts + 1 });
    if (now() - since > givenUp) return kept.drop(name);
    const next = { ...receipt, attempts: attempts + 1, due: now() + pause(attempts) };
    await kept.put(name, next);
    later(name, next.due);
  };
  /** Why it was not taken; undefined where it was. */
  const post = async ({ url, headers, body }: Due): Promise<string | undefined> => {
    const bytes = Buffer.from(body, 'base64');
    const chunks = async function* (): AsyncIterable<Uint8Array> {
      yield await Promise.resolve(bytes);
    };
    try {
      const { status, message } = await connections.post({ url: new URL(url), headers, body: chunks, timeouts, limit: 4096, signal: stop.signal });
      return status >= 200 && status < 300 ? undefined : `${status} ${message}`;
    } catch (error) {
      return networkFault(error)?.reason ?? (error instanceof Error ? error.message : String(error));
    }
  };

  for (const name of await kept.names()) later(name, (await kept.get(name))?.due ?? 0);
  return {
    async send(url, { body }, headers) {
      const name = randomUUID();
      const bytes = Buffer.concat(body);
      const value: Due = {
        url,
        headers: { ...headers, 'content-length': String(bytes.length) },
        body: bytes.toString('base64'),
        since: now(),
        attempts: 0,
        due: now(),
      };
      await kept.put(name, value);
      begin(name);
    },
    async close() {
      for (const timer of waiting.values()) clearTimeout(timer);
      waiting.clear();
      stop.abort();
      await Promise.all(running);
      connections.close();
    },
  };
}
