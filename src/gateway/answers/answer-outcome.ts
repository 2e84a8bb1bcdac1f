import { finding, hasError } from '../../diagnostics/diagnostic.ts';
import { fold } from '../../diagnostics/fold.ts';
import { foldJson } from '../../diagnostics/json.ts';
import type { NewJob } from '../../store/queue.ts';
import type { StateChange } from '../../store/state.ts';
import type { BusinessKey, ContentId, Json, NewContent, NewInboxItem, NewRecord } from '../../store/store.ts';
import { isPositive } from './answer.ts';
import { withForm } from '../outcome/business-keys.ts';
import type { Question } from './correlate.ts';
import type { Decision } from './decision.ts';
import { messageState } from '../outcome/fates.ts';
import type { TranslateJob } from '../outcome/jobs.ts';
import { lossView } from '../views/loss-view.ts';
import type { Reply } from './reply.ts';
import { untoldJob } from './untold.ts';
import type { TranslatedMessage } from '../translation/translate.ts';
import { measureOf } from '../views/volumes.ts';

/** The part of the second commit that is being made. */
export interface AnswerDraft {
  readonly contents: NewContent[];
  readonly records: NewRecord[];
  readonly states: StateChange[];
  readonly keys: BusinessKey[];
  readonly inbox: NewInboxItem[];
  readonly jobs: { readonly add: NewJob[] };
}

/** An answer with what was found while it was brought to the message that it is about. */
export function withAnswer(message: TranslatedMessage, question: Question | undefined): TranslatedMessage {
  if (!message.decisions) return message;
  const names = [...new Set(message.decisions.flatMap((each) => each.names.map(({ value }) => `\`${value}\``)))].join(' or ');
  const found = question ? (question.reply?.findings ?? []) : [finding('ANSWER_UNMATCHED', { names })];
  return found.length === 0 ? message : { ...message, findings: [...message.findings, ...found] };
}

/** The stage of an answer among the contents of the message that it answers. */
export const answerStage = (answer: string): string => `answer-${answer.toLowerCase()}`;

/**
 * What follows from an acknowledgement or an answer, and, where it is about a message of ours, for that message: each has its record,
 * so that each timeline tells it; its state follows; and its sender has the answer in its mailbox.
 */
export function answerOutcome(draft: AnswerDraft, id: string, job: TranslateJob, message: TranslatedMessage, question: Question | undefined): void {
  const { interchange, partner } = job;
  const said = saidBy(message, question);
  draft.records.push({
    kind: 'acknowledged',
    interchange,
    message: id,
    party: partner,
    content: { owner: id, stage: message.canonical ? 'canonical' : 'report' },
    ...(question ? { refs: [{ kind: 'answers', id: question.message }] } : {}),
    detail: { ...said, ...measureOf(message) },
  });
  if (!question) return;
  const { agency: party, interchange: asked, message: about, verdict } = question;
  const { reference: _, ...told } = said;
  const refs = [{ kind: 'answered-by', id }];
  draft.records.push({
    kind: 'acknowledged',
    interchange: asked,
    message: about,
    party,
    refs,
    detail: { ...told, type: message.header.type, by: 'recipient' },
  });
  if (verdict !== undefined) draft.states.push({ id: about, interchange: asked, state: messageState, agencies: { [party]: verdict } });
  // What the agency calls it from now on finds it too.
  for (const { path, value } of decisionFor(message, question)?.names ?? []) draft.keys.push({ message: about, kind: 'document', path, ...withForm(value) });
  if (question.reply) hand(draft, id, question, question.reply);
}

/** As it is read for the agency that was given the message in question; else for who answers. */
const decisionFor = ({ decisions = [] }: TranslatedMessage, question: Question | undefined): Decision | undefined =>
  decisions.find(({ agency }) => agency === question?.agency) ?? decisions[0];

function saidBy(message: TranslatedMessage, question: Question | undefined): { readonly [name: string]: Json } {
  const { answer } = message;
  if (answer) {
    const { reference, action, error, rejected } = answer;
    return { action, ...(error === '' ? {} : { error }), positive: isPositive(answer), rejected, reference };
  }
  const decision = decisionFor(message, question);
  const verdict = decision?.verdict ?? null;
  return { verdict, positive: verdict !== 'rejected', reference: question?.message ?? decision?.names[0]?.value ?? null };
}

/**
 * Into the sender's mailbox, where it is in order; kept as evidence in any case. Where it is not, it stands among what stopped until an operator has it
 * written again.
 */
export function hand(
  draft: Pick<AnswerDraft, 'contents' | 'records' | 'inbox' | 'jobs'>,
  id: string,
  { interchange, message, partner: party, agency, verdict }: Omit<Question, 'reply'>,
  reply: Reply,
  stage = answerStage(id),
): void {
  const content: ContentId = { owner: message, stage };
  const { map, plan, facts, findings, losses } = reply;
  const fault = findings.find((each) => hasError([each]));
  const fails = fault !== undefined;
  draft.contents.push({ ...content, media: reply.media, bytes: reply.bytes });
  draft.records.push({
    kind: fails ? 'failed' : 'sent',
    interchange,
    message,
    party,
    content,
    refs: [{ kind: 'answered-by', id }],
    detail: {
      map,
      plan,
      facts: { ...facts },
      losses: losses.slice(0, 100).map((loss) => ({ ...lossView(loss) }) as unknown as Json),
      findings: fold(findings)
        .slice(0, 100)
        .map((each) => ({ ...foldJson(each) }) as unknown as Json),
    },
  });
  if (!fails) draft.inbox.push({ party, key: `${content.owner}/${content.stage}`, kind: 'answer', content, message });
  else draft.jobs.add.push(untoldJob({ interchange, message, party, agency, answer: id, verdict, code: fault.code }));
}
