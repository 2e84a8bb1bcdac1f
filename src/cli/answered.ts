import { BoundedFindings } from '../diagnostics/bounded.ts';
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
import type { ReaderLimits } from '../syntax/limits.ts';
import { testIndicatorOf, type Interchange, type OutInterchange } from '../syntax/unit.ts';
import { noMessage, readWhole, sourceName } from './source.ts';

interface Question {
  readonly header: ReadMessage['header'];
  readonly rows: Rows;
}

/** An answer as it is to be written, and around it: back to who sent what is answered, from who received it. */
export interface ToldAnswer extends ToBeWritten {
  readonly envelope: Partial<OutInterchange>;
}

/** The messages that answers may be about: an answer points into what it answers, so they are read whole. */
export class Answered {
  readonly name: string; // of the file, in findings
  readonly bytes: Uint8Array;
  readonly #library: Library;
  readonly #questions: Question[] = [];
  readonly #findings = new BoundedFindings();

  constructor(library: Library, path: string, options: { readonly charsets: AgreedCharsets | undefined; readonly limits: ReaderLimits }) {
    this.#library = library;
    this.name = sourceName(path);
    this.bytes = readWhole(path);
    const found = (findings: readonly Diagnostic[]): void => {
      for (const each of findings) if (each.severity !== 'info') this.#findings.push(each);
    };
    const message = ({ header, parsed, findings }: ReadMessage): void => {
      found(findings);
      if (parsed) this.#questions.push({ header, rows: parsed.rows });
    };
    found(readBytes(library, this.bytes, { message, interchangeEnd: (_, around) => found(around) }, { ...options, source: this.name }));
  }

  /** What is wrong with it: what points into it may lead elsewhere then. */
  get findings(): readonly Diagnostic[] {
    return [...this.#findings.all(), ...(this.#questions.length === 0 ? [noMessage(this.name)] : [])];
  }

  /** An answer as it is told to who sent the message it is about; a finding where that is not here. */
  tell(answer: Rows, from: Plan | undefined, to: Plan, reference: string): ToldAnswer | Diagnostic {
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
      return finding('CLI_ANSWERS_NONE', { path: this.name, names: names.map((name) => `\`${name}\``).join(' or ') || 'a name that it does not say' });
    const { question, profile, verdict = 'none' } = meant;
    return { ...toldBy(this.#library, to, { answer, question, profile, verdict, reference }), envelope: envelopeBack(question.header.interchange) };
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

function envelopeBack(interchange: Interchange): Partial<OutInterchange> {
  const { sender, senderQualifier, recipient, recipientQualifier } = interchange;
  return {
    ...(recipient !== undefined && { sender: recipient, senderQualifier: recipientQualifier }),
    ...(sender !== undefined && { recipient: sender, recipientQualifier: senderQualifier }),
    testIndicator: testIndicatorOf(interchange),
  };
}
