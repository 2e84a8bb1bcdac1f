import type { Place } from '../../diagnostics/place.ts';
import type { MessageHeader } from '../unit.ts';
import type { SegmentUnit } from './segment-unit.ts';

/** What the header of a group says of all its messages, and where a message says it itself. */
export interface SaidOfMessages {
  readonly element: number; // in the header of the group
  readonly component?: number; // of a composite
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
  readonly start: number; // in the source
  readonly end: number;
  readonly values: Set<string> | undefined; // what the messages say that say something else, the first of them
  readonly others: number; // how many they are
  readonly reference: string; // of the first
}

const VALUES = 10; // that are remembered

/** What the header of a group says of its messages, held against what they say. What either does not say is not compared. */
export class GroupStatements {
  readonly #source: string;
  readonly #tag: string;
  readonly #ung: number;
  readonly #statements: Statement[] = [];
  #messages = 0;

  /** From the header of the group. */
  constructor(unit: SegmentUnit, said: readonly SaidOfMessages[]) {
    this.#source = unit.source;
    this.#tag = unit.tag;
    this.#ung = unit.ung;
    for (const each of said) {
      const atom = unit.atom(each.element, each.component ?? 1);
      if (atom < 0) continue;
      const [start, end] = [unit.base + unit.starts[atom]!, unit.base + unit.ends[atom]!];
      this.#statements.push({ said: each, stated: unit.value(each.element, each.component), start, end, values: undefined, others: 0, reference: '' });
    }
  }

  hear(message: MessageHeader): void {
    this.#messages++;
    for (let at = 0; at < this.#statements.length; at++) {
      const each = this.#statements[at]!;
      const value = each.said.of(message) ?? '';
      if (value !== '' && value !== each.stated) this.#statements[at] = contradicted(each, value, message);
    }
  }

  /** At the end of the group. */
  *wrong(): Generator<SaidWrongly> {
    for (const { said, stated, start, end, others, reference, values } of this.#statements) {
      if (!values) continue;
      const { element, component, id } = said;
      const [first = ''] = values;
      const kinds = values.size + (others < this.#messages ? 1 : 0);
      const edi = { tag: this.#tag, segment: 0, ung: this.#ung, element: element + 1, ...(component === undefined ? {} : { component }), id };
      const args = { segment: this.#tag, id, stated, others: String(others), messages: String(this.#messages), reference, first, kinds: String(kinds) };
      yield { args, place: { source: this.#source, start, end, edi }, actual: stated, ...(kinds === 1 ? { expected: [first] } : {}) };
    }
  }
}

function contradicted(statement: Statement, value: string, { reference = '' }: MessageHeader): Statement {
  const { values = new Set(), others } = statement;
  if (values.size < VALUES) values.add(value);
  return { ...statement, values, others: others + 1, reference: others === 0 ? reference : statement.reference };
}
