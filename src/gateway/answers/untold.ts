import type { Code } from '../../diagnostics/codes.ts';
import { hasError, sentence } from '../../diagnostics/diagnostic.ts';
import type { Verdict } from '../../partners/profile.ts';
import type { NewJob, StandingJob } from '../../store/queue.ts';
import type { Json } from '../../store/store.ts';
import { newestStage, stageOf } from '../delivery/replayed.ts';
import type { Gateway } from '../gateway.ts';
import { iso } from '../views/view.ts';
import { answerStage, hand, type AnswerDraft } from './answer-outcome.ts';
import { replyTo } from './correlate.ts';
import type { Reply } from './reply.ts';

/** The value of a `tell` job: an answer of an agency that could not be written for who sent the message. It stands until somebody has it written again. */
export interface TellJob {
  readonly interchange: string; // of the message
  readonly message: string;
  readonly party: string; // who sent it, and is to read the answer
  readonly agency: string;
  readonly answer: string; // the message that is the answer
  readonly verdict: Verdict | undefined;
  readonly code: Code; // why it could not be written
}

export const tellKind = 'tell';

export const untoldJob = (value: TellJob): NewJob => ({
  kind: tellKind,
  value: value as unknown as Json,
  owner: value.message,
  failed: { code: 'ANSWER_UNTOLD' },
});

export const untoldIn = ({ value }: Pick<StandingJob, 'value'>): TellJob => value as unknown as TellJob;

/** Written once more, by the maps and the agreements of today; a reason where one of them still cannot be, or somebody was faster. */
export async function tellAgain(
  gateway: Gateway,
  jobs: readonly StandingJob[],
  by: string,
): Promise<{ readonly told: readonly string[] } | { readonly reason: string }> {
  const { store } = gateway;
  const done = jobs.map(({ id }) => id);
  const draft = { contents: [], records: [], inbox: [], jobs: { add: [], done } } as Pick<AnswerDraft, 'contents' | 'records' | 'inbox' | 'jobs'>;
  for (const job of jobs) {
    const value = untoldIn(job);
    const { interchange, message, party, answer, agency } = value;
    const reply = await written(gateway, value);
    if (!reply) return { reason: `what ${agency} answered, or what it answers, was erased; or no map is agreed on by which ${party} reads answers` };
    const fault = reply.findings.find((each) => hasError([each]));
    if (fault) return { reason: sentence(fault) };
    const stages = (await store.contents(message)).map(({ stage }) => stage);
    const attempt = Number(/~(\d+)$/.exec(newestStage(stages, answerStage(answer)) ?? '')?.[1] ?? 1) + 1;
    draft.records.push({ kind: 'replayed', interchange, message, party, refs: [{ kind: 'replay-of', id: answer }], detail: { by, attempt } });
    hand(draft, answer, { ...value, partner: party }, reply, stageOf(answerStage(answer), attempt));
  }
  const { routed = (batch) => batch } = gateway.intakeContext;
  const { verdict } = await store.commit(routed(draft));
  if (verdict === 'stale') return { reason: 'somebody else was faster' };
  return { told: jobs.map((job) => untoldIn(job).answer) };
}

async function written(gateway: Gateway, { answer, ...asked }: TellJob): Promise<Reply | undefined> {
  const { store } = gateway;
  const [interchange = '', index] = answer.split('-');
  const whole = await store.state(interchange);
  if (!whole) return undefined;
  const job = { interchange, content: { owner: interchange, stage: 'original' }, receivedAt: iso(whole.received) };
  return gateway.translating((by) => replyTo(store, job, Number(index), { ...asked, partner: asked.party }, by));
}
