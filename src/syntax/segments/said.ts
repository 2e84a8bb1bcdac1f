import type { EdiAddress, Place } from '../../diagnostics/place.ts';
import type { MessageHeader } from '../unit.ts';
import type { SegmentUnit } from './segment-unit.ts';

/** What the header of a group says of all its messages, and where a message says it itself. */
export interface SaidOfMessages {
  readonly element: number; // in the header of the group
  readonly component: number;
  readonly id: string;
  of(message: MessageHeader): string | undefined;
}

/** Something that is said of all messages of a group, and is not so. */
export interface SaidWrongly {
  readonly args: Record<string, string>;
  readonly place: Place;
  readonly actual: string;
  readonly expected?: readonly string[]; // what the messages say, where all say the same
}

interface Statement {
  readonly said: SaidOfMessages;
  readonly stated: string;
  readonly place: Place;
  others: number; // messages that say something else
  reference: string; // of the first of them
  readonly values: Set<string>; // what they say, the first of them
}

const VALUES = 10; // that are remembered

/** What the header of a group says of its messages, held against what they say. What either does not say is not compared. */
export class GroupStatements {
  readonly #tag: string;
  readonly #statements: Statement[] = [];
  #messages = 0;

  /** From the header of the group. */
  constructor(unit: SegmentUnit, said: readonly SaidOfMessages[]) {
    this.#tag = unit.tag;
    for (const each of said) {
      const atom = unit.atom(each.element, each.component);
      if (atom < 0) continue;
      const place = unit.place(atom);
      const edi = { ...(place.edi as EdiAddress), id: each.id };
      const stated = unit.value(each.element, each.component);
      this.#statements.push({ said: each, stated, place: { ...place, edi }, others: 0, reference: '', values: new Set() });
    }
  }

  hear(message: MessageHeader): void {
    this.#messages++;
    for (const each of this.#statements) {
      const value = each.said.of(message) ?? '';
      if (value === '' || value === each.stated) continue;
      if (each.others++ === 0) each.reference = message.reference ?? '';
      if (each.values.size < VALUES) each.values.add(value);
    }
  }

  /** At the end of the group. */
  *wrong(): Generator<SaidWrongly> {
    for (const { said, stated, place, others, reference, values } of this.#statements) {
      if (others === 0) continue;
      const [first = ''] = values;
      const kinds = values.size + (others < this.#messages ? 1 : 0);
      const args = {
        segment: this.#tag,
        id: said.id,
        stated,
        others: String(others),
        messages: String(this.#messages),
        reference,
        first,
        kinds: String(kinds),
      };
      yield { args, place, actual: stated, ...(kinds === 1 ? { expected: [first] } : {}) };
    }
  }
}
