import type { Directory } from '../../syntax/segments/directory.ts';
import { atomKey, type Interchange, type MessageHeader, type Unit } from '../../syntax/unit.ts';

/** What an acknowledgement says of the interchange that it answers. */
export interface Answer {
  readonly reference: string; // 0020 of that interchange; X12: ISA13 or GS06, in nine digits
  readonly sender: string; // 0004: who sent it
  readonly recipient: string; // 0010: to whom, who answers now
  readonly action: string; // 0083; X12: 715 of AK9, I17 of TA1
  readonly error: string; // 0085, '' where none is told; X12: 716, I18
  readonly rejected: readonly string[]; // 0062 of the messages that it rejects; X12: ST02
}

const rejecting: readonly string[] = ['4', 'R']; // 0083; X12 715, 717 and I17
const mostRejected = 1_000;
const tells: ReadonlySet<string> = new Set(['UCI', 'TA1', 'AK1']);

/** Whether the directory makes a message an acknowledgement: it tells of an interchange (UCI, TA1) or of a functional group (AK1), whatever it is called. */
export function isAcknowledgement(directory: Directory | undefined, { type }: MessageHeader): boolean {
  return directory?.message(type)?.nodes.some(({ id }) => tells.has(id)) ?? false;
}

/**
 * Reads an acknowledgement, unit by unit. Both generations of CONTRL have the same elements in the same places. Those of X12 name the
 * control number alone: who sent what they answer is who they are for.
 */
export class AnswerReader {
  #answer: Omit<Answer, 'rejected'> | undefined;
  #set = '';
  readonly #rejected: string[] = [];
  readonly #parties: Pick<Answer, 'sender' | 'recipient'>;

  constructor({ sender = '', recipient = '' }: Interchange) {
    this.#parties = { sender: recipient, recipient: sender };
  }

  unit(unit: Unit): void {
    const number = (element: number): string => at(unit, element).padStart(9, '0');
    if (unit.tag === 'UCI') {
      const [reference, sender, recipient, action, error] = [at(unit, 1), at(unit, 2), at(unit, 3), at(unit, 4), at(unit, 5)];
      this.#answer = { reference, sender, recipient, action, error };
    } else if (unit.tag === 'UCM') this.#told(at(unit, 1), at(unit, 3));
    else if (unit.tag === 'AK1') this.#answer = { reference: number(2), ...this.#parties, action: '', error: '' };
    else if (unit.tag === 'AK2') this.#set = at(unit, 2);
    else if (unit.tag === 'AK5' || unit.tag === 'IK5') this.#told(this.#set, at(unit, 1));
    else if (unit.tag === 'AK9' && this.#answer) this.#answer = { ...this.#answer, action: at(unit, 1), error: at(unit, 5) };
    else if (unit.tag === 'TA1') this.#answer = { reference: number(1), ...this.#parties, action: at(unit, 4), error: at(unit, 5).replace(/^000$/, '') };
  }

  #told(message: string, action: string): void {
    if (rejecting.includes(action) && this.#rejected.length < mostRejected) this.#rejected.push(message);
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
export const isPositive = ({ action, rejected }: Answer): boolean => !rejecting.includes(action) && rejected.length === 0;
