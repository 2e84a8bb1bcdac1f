import { durationMs } from './duration.ts';
import { openedFor, readHours, type Hours, type HoursText } from './hours.ts';

/**
 * How far an answer goes: that it was taken over; that it could be read (CONTRL, 997, 999, TA1); what was decided about it (APERAK, whatever
 * an agency answers with). One that goes farther is what was waited for too.
 */
export const answerStages = ['receipt', 'acknowledgement', 'response'] as const;
export type AnswerStage = (typeof answerStages)[number];

/** An answer that a recipient owes to what it is given. */
export interface ExpectedAnswer {
  readonly answer: AnswerStage;
  readonly by?: readonly string[]; // the messages that are it; absent: whatever goes so far
  readonly to?: readonly string[]; // the messages that are answered; absent: all
  readonly within: number; // ms
  readonly hours?: Hours; // the clock runs in them; absent: always
}

export interface ExpectedAnswerText {
  readonly answer: AnswerStage;
  readonly by?: readonly string[];
  readonly to?: readonly string[];
  readonly within: string;
  readonly hours?: HoursText | 'always';
}

/** The clock runs while the recipient is open, unless something else is said. */
export function readExpected({ within, hours, ...rest }: ExpectedAnswerText, open: Hours | undefined): ExpectedAnswer {
  const runs = hours === 'always' ? undefined : hours ? readHours(hours) : open;
  return { ...rest, within: durationMs(within) ?? 0, ...(runs ? { hours: runs } : {}) };
}

/** When the answer to what was given at an instant is due, in ms since 1970; `Infinity` where the recipient is not open so long within a year. */
export const dueAt = ({ within, hours }: ExpectedAnswer, given: number): number => (hours ? openedFor(hours, given, within) : given + within);

/** What is known of an answer that came. */
export interface Answered {
  readonly stage: AnswerStage;
  readonly type: string | undefined; // of the message
  readonly positive: boolean;
}

/** Whether that is what was waited for: as far or farther; and after a refusal there is nothing more to wait for. */
export function answers({ stage, type, positive }: Answered, { answer, by }: Pick<ExpectedAnswer, 'answer' | 'by'>): boolean {
  const far = answerStages.indexOf(stage) - answerStages.indexOf(answer);
  return !positive || far > 0 || (far === 0 && (by === undefined || (type !== undefined && by.includes(type))));
}
