import { nameOfAgency } from '../../partners/agency.ts';
import type { Verdict } from '../../partners/profile.ts';
import type { State } from '../../store/state.ts';
import type { ReadStore } from '../../store/store.ts';
import { controlNumber } from '../../syntax/x12/writer.ts';
import { isPositive, type Answer } from './answer.ts';
import type { Decision } from './decision.ts';
import { decided, isGiven } from '../outcome/fates.ts';
import { messageId, ownReference, type TranslateJob } from '../outcome/jobs.ts';
import type { Reply } from './reply.ts';
import type { TranslatedMessage, Translation } from '../translation/translate.ts';
import type { Translator } from '../translation/translator.ts';

/** The message of ours that an acknowledgement or an answer is about, and what becomes of it. */
export interface Question {
  readonly interchange: string;
  readonly message: string;
  readonly agency: string;
  readonly partner: string; // who sent it
  readonly verdict: Verdict | undefined; // undefined where its state stays as it is
  readonly reply: Reply | undefined; // for who sent it, in its own form
}

/** By the acknowledgement or answer. */
export type Questions = ReadonlyMap<TranslatedMessage, Question>;

/**
 * For each acknowledgement and answer the message of ours that it is about. Only the one to whom we sent it can answer; whatever else is
 * acknowledged or answered is recorded, and changes nothing.
 */
export async function findQuestions(store: ReadStore, job: TranslateJob, { interchanges }: Translation, translator: Translator): Promise<Questions> {
  const questions = new Map<TranslatedMessage, Question>();
  let count = 0;
  for (const { interchange, messages } of interchanges) {
    for (const message of messages) {
      const index = ++count;
      const { answer, decisions, state } = message;
      if (state === 'rejected') continue;
      if (answer && answer.recipient === interchange.sender) {
        const question = await acknowledged(store, answer);
        if (question) questions.set(message, question);
      } else if (decisions) {
        const asked = await answered(store, decisions);
        if (asked) questions.set(message, { ...asked, reply: await replyTo(store, job, index, asked, translator) });
      }
    }
  }
  return questions;
}

/** By the reference that we gave to the interchange. */
async function acknowledged(store: ReadStore, answer: Answer): Promise<Question | undefined> {
  const { items } = await store.search({ reference: answer.reference, exact: true, limit: 20 });
  for (const found of items) {
    const agency = Object.keys(found.agencies).find((name) => nameOfAgency(name) === answer.recipient);
    const index = numberOf(found);
    if (agency === undefined || found.id !== messageId(found.interchange, index) || !isNumbered(ownReference(found.interchange, index), answer)) continue;
    return about(found, agency, isPositive(answer) ? 'acknowledged' : 'rejected');
  }
  return undefined;
}

/** X12 has no room for our reference, but for a number that is made of it. */
const isNumbered = (own: string, { reference }: Answer): boolean => reference === own || reference === controlNumber(own);

/**
 * By one of the names that it states, in the order of the agency's profile; of several messages the newest. Who answers for several agencies
 * means the newest message for which the answer decides something, else the newest.
 */
async function answered(store: ReadStore, decisions: readonly Decision[]): Promise<Question | undefined> {
  const found = (await Promise.all(decisions.map((decision) => named(store, decision)))).flat();
  const deciding = found.filter(({ verdict }) => verdict !== undefined);
  const [first, ...others] = deciding.length > 0 ? deciding : found;
  const meant = first && others.reduce((newest, each) => (isNewer(each.state, newest.state) ? each : newest), first);
  return meant && about(meant.state, meant.agency, meant.verdict);
}

/** Messages of one interchange are in the order of their numbers. */
const isNewer = (one: State, other: State): boolean => (one.interchange === other.interchange ? numberOf(one) > numberOf(other) : one.id > other.id);
const numberOf = ({ id }: State): number => Number(id.split('-')[1]);

async function named(store: ReadStore, { agency, names, stated, verdict }: Decision) {
  for (const { value } of names) {
    const { items } = await store.search({ reference: value, exact: true, paths: stated, agency, limit: 20 });
    const [first, ...others] = items.filter(({ agencies }) => isGiven(agencies[agency]));
    if (first) return [{ state: others.reduce((newest, each) => (isNewer(each, newest) ? each : newest), first), agency, verdict }];
  }
  return [];
}

/** That it came says nothing more of what was decided already. */
function about({ id, interchange, partner = '', agencies }: State, agency: string, verdict: Verdict | undefined): Question {
  const isLate = verdict === 'acknowledged' && decided.includes(agencies[agency] ?? '');
  return { interchange, message: id, agency, partner, verdict: isLate ? undefined : verdict, reply: undefined };
}

/** The answer for the sender of the message. What either of them looked like may have been erased: then the state tells it alone. */
async function replyTo(store: ReadStore, job: TranslateJob, index: number, asked: Question, translator: Translator): Promise<Reply | undefined> {
  const [answer, question] = [await store.content(job.content), await store.content({ owner: asked.interchange, stage: 'original' })];
  if (!answer || !question) return undefined;
  return translator.reply({
    agency: asked.agency,
    partner: asked.partner,
    answer: { bytes: answer, index },
    question: { bytes: question, index: Number(asked.message.split('-')[1]) },
    verdict: asked.verdict ?? 'none',
    reference: ownReference(job.interchange, index, 'R'),
    at: job.receivedAt,
  });
}
