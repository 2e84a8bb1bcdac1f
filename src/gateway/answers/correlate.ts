import { nameOfAgency } from '../../partners/agency.ts';
import type { Verdict } from '../../partners/profile.ts';
import type { Search, State } from '../../store/state.ts';
import type { ReadStore } from '../../store/store.ts';
import { controlNumber } from '../../syntax/x12/writer.ts';
import { isPositive, type Answer } from './answer.ts';
import type { Decision } from './decision.ts';
import { decided, isGiven } from '../outcome/fates.ts';
import { messageId, ownReference, type TranslateJob } from '../outcome/jobs.ts';
import type { Reply } from './reply.ts';
import type { Refusal, TranslatedMessage, Translation } from '../translation/translate.ts';
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

/** What an answer is about, as its names say; or that they name several messages, none of which it can be filed under. */
export type Match = Asked | Contradiction;
type Asked = Omit<Question, 'reply'>;
interface Contradiction {
  readonly contradicts: Refusal;
}

/** By the number of the acknowledgement or answer in its bytes. */
export type Matches = ReadonlyMap<number, Match>;

/**
 * For each acknowledgement and answer the message of ours that it is about. Only the one to whom we sent it can answer; whatever else is
 * acknowledged or answered is recorded, and changes nothing.
 */
export async function findMatches(store: ReadStore, { interchanges }: Translation): Promise<Matches> {
  const matches = new Map<number, Match>();
  let count = 0;
  for (const { interchange, messages } of interchanges) {
    for (const { answer, decisions, state } of messages) {
      const index = ++count;
      if (state === 'rejected') continue;
      const match =
        answer && answer.recipient === interchange.sender ? await acknowledged(store, answer) : decisions ? await answered(store, decisions) : undefined;
      if (match) matches.set(index, match);
    }
  }
  return matches;
}

/** The answers that are refused because they contradict themselves. */
export function contradicting(matches: Matches): Readonly<Record<number, Refusal>> {
  return Object.fromEntries([...matches].flatMap(([index, match]) => ('contradicts' in match ? [[index, match.contradicts]] : [])));
}

/** The same by the messages of a translation, and of each answer what the sender of the message in question reads. */
export async function questionsOf(
  store: ReadStore,
  job: TranslateJob,
  { interchanges }: Translation,
  translator: Translator,
  matches: Matches,
): Promise<Questions> {
  const questions = new Map<TranslatedMessage, Question>();
  let count = 0;
  for (const message of interchanges.flatMap(({ messages }) => messages)) {
    const match = matches.get(++count);
    if (!match || 'contradicts' in match || message.state === 'rejected') continue;
    questions.set(message, { ...match, reply: message.decisions && (await replyTo(store, job, count, match, translator)) });
  }
  return questions;
}

/** By the reference that we gave to the interchange: others may have used it too, so that each message that goes by it is looked at, the newest first. */
async function acknowledged(store: ReadStore, answer: Answer): Promise<Asked | undefined> {
  for await (const found of allOf(store, { reference: answer.reference, exact: true })) {
    const agency = Object.keys(found.agencies).find((name) => nameOfAgency(name) === answer.recipient);
    const index = numberOf(found);
    if (agency === undefined || found.id !== messageId(found.interchange, index) || !isNumbered(ownReference(found.interchange, index), answer)) continue;
    return about(found, agency, isPositive(answer) ? 'acknowledged' : 'rejected');
  }
  return undefined;
}

/** X12 has no room for our reference, but for a number that is made of it. */
const isNumbered = (own: string, { reference }: Answer): boolean => reference === own || reference === controlNumber(own);

const pageSize = 50;

/** Page by page, for as long as somebody looks. */
async function* allOf(store: ReadStore, search: Search): AsyncGenerator<State, void> {
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    const page = await store.search({ ...search, limit: pageSize, ...(cursor === undefined ? {} : { cursor }) });
    yield* page.items;
    cursor = page.cursor;
  }
}

/**
 * By the names that it states. All of those that are known have a message in common, or the answer contradicts itself: only who wrote it
 * knows which message it meant. A name is its sender's own, so that messages of others than the one whose message has all names are not meant.
 * Of the rest those go first that the first name in the order of the agency's profile names; of several the newest. Who answers for several agencies
 * means the newest message for which the answer decides something, else the newest.
 */
async function answered(store: ReadStore, decisions: readonly Decision[]): Promise<Match | undefined> {
  const found = (await Promise.all(decisions.map((decision) => named(store, decision)))).flat();
  const byName = new Map([...new Set(found.map(({ name }) => name))].map((name) => [name, found.filter((each) => each.name === name)]));
  const common = [...byName.values()].reduce((rest, each) => rest.filter(({ state }) => each.some((one) => one.state.id === state.id)), found);
  if (found.length > 0 && common.length === 0) return contradiction(byName);
  const partners = new Set(common.map(({ state }) => state.partner));
  const theirs = found.filter(({ state }) => partners.has(state.partner));
  const first = decisions.flatMap(({ agency }) => {
    const given = theirs.filter((each) => each.agency === agency);
    return newest(given.filter(({ name }) => name === given[0]!.name)) ?? [];
  });
  const deciding = first.filter(({ verdict }) => verdict !== undefined);
  const meant = newest(deciding.length > 0 ? deciding : first);
  return meant && about(meant.state, meant.agency, meant.verdict);
}

/** A message that goes by a name which an answer states. */
interface Named {
  readonly name: string;
  readonly state: State;
  readonly agency: string;
  readonly verdict: Verdict | undefined;
}

function contradiction(byName: ReadonlyMap<string, readonly Named[]>): Contradiction {
  const names = [...byName].map(([name, messages]) => `\`${name}\` is ${newest(messages)!.state.id}`).join(', ');
  return { contradicts: { code: 'ANSWER_CONTRADICTS', args: { names } } };
}

function newest(messages: readonly Named[]): Named | undefined {
  const [first, ...others] = messages;
  return first && others.reduce((latest, each) => (isNewer(each.state, latest.state) ? each : latest), first);
}

/** Messages of one interchange are in the order of their numbers. */
const isNewer = (one: State, other: State): boolean => (one.interchange === other.interchange ? numberOf(one) > numberOf(other) : one.id > other.id);
const numberOf = ({ id }: State): number => Number(id.split('-')[1]);

const mostNamed = 500; // messages of one name: a number that comes again and again is that of changes, of which the last are meant

/** What the agency was given under each of the names, in their order. */
async function named(store: ReadStore, { agency, names, stated, verdict }: Decision): Promise<readonly Named[]> {
  const found: Named[] = [];
  for (const name of new Set(names.map(({ value }) => value))) {
    const { items } = await store.search({ reference: name, exact: true, paths: stated, agency, limit: mostNamed });
    for (const state of items) if (isGiven(state.agencies[agency])) found.push({ name, state, agency, verdict });
  }
  return found;
}

/** That it came says nothing more of what was decided already. */
function about({ id, interchange, partner = '', agencies }: State, agency: string, verdict: Verdict | undefined): Asked {
  const isLate = verdict === 'acknowledged' && decided.includes(agencies[agency] ?? '');
  return { interchange, message: id, agency, partner, verdict: isLate ? undefined : verdict };
}

/** The answer for the sender of the message. What either of them looked like may have been erased: then the state tells it alone. */
export async function replyTo(
  store: ReadStore,
  job: Pick<TranslateJob, 'interchange' | 'content' | 'receivedAt'>,
  index: number,
  asked: Asked,
  translator: Translator,
): Promise<Reply | undefined> {
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
