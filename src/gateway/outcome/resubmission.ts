import { createHash } from 'node:crypto';
import type { Rows, Value } from '../../dictionary/rows.ts';
import type { Filed, Filing } from '../../store/filings.ts';
import type { ReadStore, Reference } from '../../store/store.ts';
import type { MessageHeader } from '../../syntax/unit.ts';
import { documentNumber } from './business-keys.ts';
import type { Event } from '../delivery/dispatch.ts';
import { messageId, type TranslateJob } from './jobs.ts';
import { refusedFor, type Refusal, type TranslatedInterchange, type TranslatedMessage, type Translation } from '../translation/translate.ts';

const piece = 16_384; // characters that are hashed at once

/** About the transmission, not of the document: what is sent again has another. */
const ofTransmission = 'MetaData';

/**
 * What makes a document the same one when it comes again under a new reference: what kind it is, and every fact of it, its number and
 * function among them. Undefined where it has no number: what nobody named cannot be the same again.
 */
export function fingerprint(rows: Rows, { type, namespace = '' }: Pick<MessageHeader, 'type' | 'namespace'>): string | undefined {
  if (documentNumber(rows) === '') return undefined;
  const hash = createHash('sha256');
  let text = `${type}\0${namespace}\0`;
  const skipped = new Set<number>();
  for (let row = 0; row < rows.size; row++) {
    if (rows.removed(row)) continue;
    const cls = rows.class(row);
    const parent = rows.parent(row);
    if (cls.name === ofTransmission || skipped.has(parent)) {
      skipped.add(row);
      continue;
    }
    text += `\u0001${row}\u0002${parent}\u0002${cls.path}\u0002${rows.mode(row) ?? ''}`;
    const { attributes } = cls;
    for (let slot = 0; slot < attributes.length; slot++) {
      const value = rows.get(row, slot);
      if (value !== undefined) text += `\0${attributes[slot]!.name}\0${textOf(value)}`;
    }
    for (const { name, value } of rows.carriedOf(row)) text += `\u0003${name}\0${value}`;
    if (text.length > piece) {
      hash.update(text);
      text = '';
    }
  }
  return hash.update(text).digest('hex');
}

const textOf = (value: Value): string => (typeof value === 'string' ? value : `${value.value}\0${value.unit}`);

/** The message that said the same before, and whether it was rejected or failed: then it may come again. */
export interface Previous {
  readonly message: string;
  readonly failed: boolean;
}

/** What came before, by the number of the message in its body. */
export type Earlier = ReadonlyMap<number, Previous>;

/** Where messages file what they say, and what was filed there before. */
export interface Filings {
  readonly earlier: Earlier;
  readonly filings: ReadonlyMap<number, Filing>; // by the number of the message
}

export const noFilings: Filings = { earlier: new Map(), filings: new Map() };

/** What the records of a message refer to. */
export const refsTo = (before: Previous | undefined): Reference[] =>
  before ? [{ kind: before.failed ? 'retry-of' : 'resubmission-of', id: before.message }] : [];

const keyOf = ({ partner }: TranslateJob, print: string): string => ['content', partner, print].join('\0');

/** Looks up whether the same came before from the same sender, in its window or in the same body. */
export async function findEarlier(store: Pick<ReadStore, 'filed'>, job: TranslateJob, { interchanges }: Translation): Promise<Filings> {
  const printed = interchanges
    .flatMap(({ messages }) => messages)
    .flatMap(({ fingerprint: print }, i) => (print === undefined ? [] : [{ n: i + 1, key: keyOf(job, print) }]));
  const found = await store.filed(printed.map(({ key }) => key));
  const at = Date.parse(job.receivedAt);
  const earlier = new Map<number, Previous>();
  const filings = new Map<number, Filing>();
  const here = new Map<string, number>();
  for (const [i, { n, key }] of printed.entries()) {
    const before = inWindow(found[i], at, job.interchange);
    const sibling = here.get(key);
    if (sibling !== undefined) earlier.set(n, { message: messageId(job.interchange, sibling), failed: false });
    else if (before) earlier.set(n, { message: before.message, failed: before.failed });
    if (sibling === undefined) here.set(key, n);
    const seen = found[i]?.message;
    const until = job.window === undefined ? {} : { until: at + job.window };
    filings.set(n, { key, message: messageId(job.interchange, n), ...until, ...(seen === undefined ? {} : { seen }) });
  }
  return { earlier, filings };
}

/** What this interchange filed itself, before an end that nobody saw, is not earlier. */
const inWindow = (found: Filed | undefined, at: number, own: string): Filed | undefined =>
  found && (found.until === undefined || found.until > at) && !found.message.startsWith(`${own}-`) ? found : undefined;

/** The messages that are refused for it. */
export function resubmitted({ earlier }: Filings): Readonly<Record<number, Refusal>> {
  return Object.fromEntries([...earlier].filter(([, { failed }]) => !failed).map(([n, { message }]) => [n, refusal(message)]));
}

const refusal = (previous: string): Refusal => ({ code: 'GATEWAY_RESUBMISSION', args: { previous } });

/** Holds what came before from everybody, until an operator releases it. */
export function held(translation: Translation, { earlier }: Filings): Translation {
  let n = 0;
  const hold = (message: TranslatedMessage): TranslatedMessage => {
    const before = earlier.get(++n);
    if (!before || before.failed || message.fingerprint === undefined) return message;
    const said = { ...refusedFor(message, refusal(before.message)), severity: 'warning' as const };
    const outputs = message.outputs.map((each) => (each.fate === 'deliver' ? { ...each, fate: 'held' as const } : each));
    return { ...message, outputs, findings: [...message.findings, said] };
  };
  const interchanges = translation.interchanges.map((each): TranslatedInterchange => ({ ...each, messages: each.messages.map(hold) }));
  return { ...translation, interchanges };
}

/** For the operator's log: a line for each message that came before. */
export const resubmissionEvents = ({ interchange, partner, resubmission }: TranslateJob, { earlier }: Filings): Event[] =>
  [...earlier]
    .filter(([, { failed }]) => !failed)
    .map(([n, { message }]) => ({ event: 'resubmission', message: messageId(interchange, n), of: message, partner, policy: resubmission ?? 'mark' }));
