import type { NewJob } from '../../store/queue.ts';
import type { Batch, ContentId, NewRecord } from '../../store/store.ts';
import type { DeliverJob } from '../outcome/jobs.ts';

/** One message of an interchange that is translated anew, and how often it was before. */
export interface ReplayOf {
  readonly message: string;
  readonly attempt: number; // 2 the first time: what comes of it is kept beside what came of the first
}

/** The stage of another attempt: `canonical~2`. */
export const stageOf = (stage: string, attempt: number): string => `${stage}~${attempt}`;

/** The stage whose attempt this is. */
export const attemptless = (stage: string): string => stage.replace(/~\d+$/, '');

/** Of a stage and its attempts among what is kept, the newest; undefined where there is none. */
export function newestStage(stages: readonly string[], stage: string): string | undefined {
  const attempts = stages.filter((each) => attemptless(each) === stage);
  const attemptOf = (each: string): number => (each === stage ? 1 : Number(each.slice(stage.length + 1)));
  return attempts.toSorted((a, b) => attemptOf(a) - attemptOf(b)).at(-1);
}

/**
 * Of what follows from the whole interchange, what follows for this message: kept beside its first attempt, and for those agencies alone that
 * were not given it before. Its sender is answered once more only where `answer` names an acknowledgement: what is there becomes the message's.
 */
export function replayed(part: Batch, { message, attempt }: ReplayOf, given: (agency: string) => boolean, answer?: ContentId): Batch {
  const isAnswer = (content: ContentId | undefined): boolean => answer !== undefined && content?.owner === answer.owner && content.stage === answer.stage;
  const own: ContentId = { owner: message, stage: stageOf(answer?.stage ?? '', attempt) };
  const told = (part.records ?? [])
    .filter(({ content }) => isAnswer(content))
    .map((each) => ({ ...each, message, content: own, refs: [{ kind: 'replay-of', id: message }] }));
  const isKept = (owner: string, party?: string): boolean => owner === message && (party === undefined || !given(party));
  const renamed = <T extends ContentId>(content: T): T => (content.owner === message ? { ...content, stage: stageOf(content.stage, attempt) } : content);
  const record = (each: NewRecord): NewRecord => ({
    ...each,
    ...(each.content ? { content: renamed(each.content) } : {}),
    refs: [...(each.refs ?? []), { kind: 'replay-of', id: message }],
  });
  const job = (each: NewJob): NewJob => {
    const value = each.value as unknown as DeliverJob;
    return { ...each, value: { ...value, content: renamed(value.content) } as unknown as NewJob['value'] };
  };
  return {
    contents: [
      ...(part.contents ?? []).filter(({ owner, stage }) => isKept(owner, stage)).map(renamed),
      ...(part.contents ?? []).filter(isAnswer).map((each) => ({ ...each, ...own })),
    ],
    inbox: (part.inbox ?? []).filter(({ content }) => isAnswer(content)).map((item) => ({ ...item, key: `${own.owner}/${own.stage}`, content: own, message })),
    records: [...(part.records ?? []).filter((each) => each.message === message && isKept(message, each.party)).map(record), ...told],
    states: (part.states ?? [])
      .filter(({ id }) => id === message)
      .map((state) => ({ ...state, agencies: Object.fromEntries(Object.entries(state.agencies ?? {}).filter(([agency]) => !given(agency))) })),
    keys: (part.keys ?? []).filter((key) => key.message === message),
    jobs: {
      add: (part.jobs?.add ?? []).filter((each) => each.owner === message && !given((each.value as unknown as DeliverJob).party)).map(job),
      done: part.jobs?.done ?? [],
    },
  };
}
