import type { Directory } from '../syntax/segments/directory.ts';
import { atomKey, type MessageHeader, type Unit } from '../syntax/unit.ts';

/** What an acknowledgement says of the interchange that it answers. */
export interface Answer {
  readonly reference: string; // 0020 of that interchange
  readonly sender: string; // 0004: who sent it
  readonly recipient: string; // 0010: to whom, who answers now
  readonly action: string; // 0083
  readonly error: string; // 0085, '' where none is told
  readonly rejected: readonly string[]; // 0062 of the messages that it rejects
}

const REJECTED = '4';
const mostRejected = 1_000;

/** Whether the directory makes a message an acknowledgement: it tells of an interchange (UCI), whatever it is called. */
export function isAcknowledgement(directory: Directory | undefined, { type }: MessageHeader): boolean {
  return directory?.message(type)?.nodes.some(({ id }) => id === 'UCI') ?? false;
}

/** Reads an acknowledgement, unit by unit. Both generations have the same elements in the same places. */
export class AnswerReader {
  #answer: Omit<Answer, 'rejected'> | undefined;
  readonly #rejected: string[] = [];

  unit(unit: Unit): void {
    if (unit.tag === 'UCI') {
      const [reference, sender, recipient, action, error] = [at(unit, 1), at(unit, 2), at(unit, 3), at(unit, 4), at(unit, 5)];
      this.#answer = { reference, sender, recipient, action, error };
    } else if (unit.tag === 'UCM' && at(unit, 3) === REJECTED && this.#rejected.length < mostRejected) this.#rejected.push(at(unit, 1));
  }

  end(): Answer | undefined {
    return this.#answer && { ...this.#answer, rejected: this.#rejected };
  }
}

/** The first component of an element, '' where there is none. */
function at(unit: Unit, element: number): string {
  const atom = unit.keys.subarray(0, unit.size).indexOf(atomKey(element, 1));
  return atom < 0 ? '' : unit.text(atom);
}

/** Whether nothing in the answered interchange was rejected. */
export const isPositive = ({ action, rejected }: Answer): boolean => action !== REJECTED && rejected.length === 0;
