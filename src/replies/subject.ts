import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Interchange, MessageHeader } from '../syntax/unit.ts';

/** What is answered: an interchange, and what became of it. Only findings of severity error and above are reported. */
export interface Subject {
  readonly interchange: Interchange;
  readonly messages: readonly SubjectMessage[];
  readonly findings: readonly Diagnostic[]; // around the messages
}

export interface SubjectMessage {
  readonly header: MessageHeader;
  readonly findings: readonly Diagnostic[];
  readonly accepted: boolean;
  readonly document?: string; // what it calls itself
  readonly bytes?: Uint8Array; // as it was received, for answers that repeat it
}

export interface ReplyOptions {
  readonly reference: string; // of the answer, at most 14 characters
  readonly time: string; // ISO 8601, UTC
}

/**
 * How far faults reach. An error around the messages rejects the interchange, one of a functional group that group. What the answer cannot
 * name it cannot reject alone: then the next larger thing is rejected that it can name, since whatever it does not name counts as acknowledged.
 */
export interface Reach {
  readonly whole: boolean;
  readonly groups: ReadonlySet<number>; // by `MessageGroup.index`
}
