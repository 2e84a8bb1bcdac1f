import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Rows } from '../dictionary/rows.ts';
import { decisionOf, valuesOf } from '../gateway/answers/decision.ts';
import { toldBy, type ToBeWritten } from '../gateway/answers/telling.ts';
import type { Library } from '../gateway/library/library.ts';
import type { ReadMessage } from '../gateway/translation/reading.ts';
import { readBytes } from '../gateway/translation/syntax.ts';
import type { Plan } from '../maps/plan.ts';
import { answerProfile } from '../partners/agency.ts';
import type { AgreedCharsets } from '../syntax/charset.ts';
import type { Interchange } from '../syntax/unit.ts';
import { noMessage, readWhole } from './source.ts';

interface Question {
  readonly header: ReadMessage['header'];
  readonly rows: Rows;
}

/** The messages that answers may be about: an answer points into what it answers, so they are read whole. */
export class Answered {
  readonly #library: Library;
  readonly #path: string;
  readonly #questions: Question[] = [];

  constructor(library: Library, path: string, charsets: AgreedCharsets | undefined) {
    this.#library = library;
    this.#path = path;
    const message = ({ header, parsed }: ReadMessage): void => void (parsed && this.#questions.push({ header, rows: parsed.rows }));
    readBytes(library, readWhole(path), { message }, { charsets });
  }

  get findings(): readonly Diagnostic[] {
    return this.#questions.length === 0 ? [noMessage(this.#path)] : [];
  }

  /** The envelope of what is written: back to who sent what is answered, from who received it. */
  get envelope(): Interchange | undefined {
    const { syntax, index, charset, start, sender, senderQualifier, recipient, recipientQualifier } = this.#questions[0]?.header.interchange ?? {};
    if (syntax === undefined) return undefined;
    const to = sender === undefined ? {} : { recipient: sender, ...(senderQualifier !== undefined && { recipientQualifier: senderQualifier }) };
    const from = recipient === undefined ? {} : { sender: recipient, ...(recipientQualifier !== undefined && { senderQualifier: recipientQualifier }) };
    return { syntax, index: index!, charset: charset!, start: start!, ...to, ...from };
  }

  /** An answer as it is told to who sent the message it is about; a finding where that is not here. */
  tell(answer: Rows, from: Plan | undefined, to: Plan, reference: string): ToBeWritten | Diagnostic {
    const read = this.#library.profiles.flatMap((each) => {
      const profile = answerProfile(each, from?.name ?? '');
      return profile ? [{ profile, ...decisionOf(answer, each.profile, profile) }] : [];
    });
    const found = read.flatMap((each) => {
      const question = this.#named(each);
      return question ? [{ ...each, question }] : [];
    });
    const names = [...new Set(read.flatMap((each) => each.names.map(({ value }) => value)))];
    const [only, ...more] = names.length === 0 ? this.#questions : [];
    const meant = found.find(({ verdict }) => verdict !== undefined) ?? found[0] ?? (only && more.length === 0 ? { ...read[0], question: only } : undefined);
    if (!meant)
      return finding('CLI_ANSWERS_NONE', { path: this.#path, names: names.map((name) => `\`${name}\``).join(' or ') || 'a name that it does not say' });
    return toldBy(this.#library, to, { answer, question: meant.question, profile: meant.profile, verdict: meant.verdict ?? 'none', reference });
  }

  /** The last that goes by one of the names, in their order. */
  #named({ names, stated }: Pick<ReturnType<typeof decisionOf>, 'names' | 'stated'>): Question | undefined {
    for (const { value } of names) {
      const found = this.#questions.findLast(({ rows }) => stated.some((path) => valuesOf(rows, { path }).includes(value)));
      if (found) return found;
    }
    return undefined;
  }
}
