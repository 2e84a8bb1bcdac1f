import { isDeepStrictEqual } from 'node:util';
import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import { writeCanonical } from '../dictionary/json.ts';
import type { Rows } from '../dictionary/rows.ts';
import type { Library } from '../gateway/library/library.ts';
import { inMessage } from '../gateway/translation/judging.ts';
import { startCheck, type DocumentCheck } from '../gateway/translation/produce.ts';
import { syntaxes, writerFor } from '../gateway/translation/syntaxes.ts';
import { explain } from '../gateway/translation/trace.ts';
import { noFacts, type FactAccount, type Loss } from '../maps/account.ts';
import { build } from '../maps/build.ts';
import { envelopeOf } from '../maps/otherwise.ts';
import type { Plan } from '../maps/plan.ts';
import type { Interchange, InterchangeWriter, MessageHeader, OutInterchange } from '../syntax/unit.ts';
import type { Answered } from './answered.ts';
import type { StagedFile, Target } from './output.ts';
import type { ConversionReport } from './report.ts';

/** The dictionary as the plan of canonical documents. */
export const dictionaryHash = ({ dictionary }: Library): string => `sha256:${dictionary.hash}`;

export interface ConversionParts {
  readonly library: Library;
  readonly to: Plan | 'canonical';
  readonly profile: string | undefined; // of the agency that is to receive it: its schemas and rules are asked too
  readonly target: Target;
  readonly report: ConversionReport;
  readonly trace: StagedFile | undefined;
  readonly check: boolean;
  readonly answered: Answered | undefined; // what the messages of the source answer
  readonly stated: Partial<OutInterchange>; // by who converts: goes before what the source says of its envelope
}

/** Facts → documents, one message at a time; nothing of a message is kept when the next one comes. */
export class Conversion {
  readonly #parts: ConversionParts;
  #writer: InterchangeWriter | undefined;
  #interchange: Partial<OutInterchange> | undefined;
  sourceMap: string | undefined;
  sourcePlan: string | undefined;

  constructor(parts: ConversionParts) {
    this.#parts = parts;
  }

  interchange(interchange: Interchange): void {
    this.#interchange ??= interchange;
  }

  found(findings: readonly Diagnostic[]): void {
    this.#parts.report.find(findings);
  }

  lose(loss: Loss): void {
    this.#parts.report.lose(loss);
  }

  message(
    rows: Rows,
    plan: Plan | undefined,
    source: {
      readonly atoms: Parameters<ConversionReport['message']>[0];
      readonly header: MessageHeader;
      readonly findings: readonly Diagnostic[]; // told already
    },
  ): void {
    const { report, library, to, profile } = this.#parts;
    this.sourceMap ??= plan ? `${plan.name}@${plan.version}` : 'canonical';
    this.sourcePlan ??= plan?.hash ?? dictionaryHash(library);
    const facts = inMessage(library.conforms(rows, new Date().toISOString()), source.header, report.source);
    report.find(facts);
    this.#trace(rows);
    const demands = profile === undefined ? undefined : library.demands(profile);
    if (demands) report.find(inMessage(demands.judge(rows, [...source.findings, ...facts]), source.header, report.source));
    const written = to === 'canonical' ? this.#canonical(rows) : this.#answer(to, rows, plan, source.header.reference);
    report.message(source.atoms, written);
  }

  /** Ends the interchange that is being written. In a folder every message has one of its own. */
  end(): void {
    this.#writer?.end();
    this.#writer = undefined;
  }

  #canonical(rows: Rows): FactAccount | undefined {
    const write = this.#document();
    if (!write) return undefined;
    writeCanonical(rows, (piece) => write(Buffer.from(piece)));
    write(Buffer.from('\n'));
    let offered = rows.countFacts();
    for (let row = 0; rows.carriedCount > 0 && row < rows.size; row++) if (!rows.removed(row)) offered += rows.carriedOf(row).length; // under $carry
    return { ...noFacts(), offered, written: offered };
  }

  /** What is an answer is told in the light of what it answers; any other message says itself what it says. */
  #answer(to: Plan, rows: Rows, from: Plan | undefined, reference: string | undefined): FactAccount | undefined {
    const { answered, report, stated } = this.#parts;
    if (!answered) return this.#build(to, rows, reference);
    const told = answered.tell(rows, from, to, stated.reference ?? reference ?? '1');
    if ('code' in told) return void report.find([told]);
    const former = this.#writer && this.#envelope();
    this.#interchange = told.envelope;
    const envelope = this.#envelope();
    if (former && !isDeepStrictEqual(envelope, former)) {
      this.#interchange = former;
      return void report.find([finding('CLI_ONE_ENVELOPE', { sender: envelope.sender ?? '', recipient: envelope.recipient ?? '' })]);
    }
    report.find(told.findings);
    for (const loss of told.losses) report.lose(loss);
    const facts = this.#build(to, told.rows, reference);
    return facts && { ...facts, offered: facts.offered + told.losses.length, lost: facts.lost + told.losses.length };
  }

  #build(to: Plan, rows: Rows, reference: string | undefined): FactAccount | undefined {
    const { library, report, check, profile } = this.#parts;
    const finding = (each: Diagnostic): void => report.find([each]);
    const lose = (loss: Loss): void => report.lose(loss);
    const { single } = syntaxes[to.format.family];
    const schema = check && single ? startCheck(library, to, undefined, profile) : undefined;
    const writer = this.#open(to, finding, schema);
    if (!writer) return undefined;
    const envelope = envelopeOf(this.#envelope());
    const built = build(to, rows, writer, { lose, envelope, ...(single || reference === undefined ? {} : { header: { reference } }) });
    report.find(built.findings);
    if (single || this.#parts.target.many) this.end();
    if (schema && built.account.written + built.account.constant > 0) report.find(explain(schema.end(), to, rows));
    return built.account;
  }

  /** The messages of a file stand in one interchange, with the envelope of the first that was read. */
  #open({ format }: Plan, finding: (each: Diagnostic) => void, check: DocumentCheck | undefined): InterchangeWriter | undefined {
    if (this.#writer) return this.#writer;
    const write = this.#document();
    if (!write) return undefined;
    const bytes = (chunk: Uint8Array): void => (write(chunk), check?.push(chunk));
    const unknown = { sender: 'SENDER', recipient: 'RECIPIENT', preparedAt: '700101:0000', reference: '1' }; // the clock is no source of facts
    const interchange = { ...unknown, ...this.#envelope() };
    return (this.#writer = writerFor(this.#parts.library, format, { bytes, finding }, interchange));
  }

  /** What is known of the envelope: as it was stated for this conversion, else as the source says. */
  #envelope(): Partial<OutInterchange> {
    const { stated } = this.#parts;
    const { sender, recipient, preparedAt, reference, senderQualifier, recipientQualifier, applicationReference, testIndicator } = this.#interchange ?? {};
    return {
      ...(sender !== undefined && { sender, senderQualifier }),
      ...(recipient !== undefined && { recipient, recipientQualifier }),
      ...(preparedAt !== undefined && { preparedAt }),
      ...(reference !== undefined && { reference }),
      applicationReference,
      testIndicator,
      ...stated,
    };
  }

  #document(): ((bytes: Uint8Array) => void) | undefined {
    const write = this.#parts.target.document();
    if (!write) this.#parts.report.find([finding('CLI_ONE_DOCUMENT', {})]);
    return write;
  }

  /** One line of JSON for every fact: what it is, what it says, and where it stood. */
  #trace(rows: Rows): void {
    const { trace } = this.#parts;
    if (!trace) return;
    for (let row = 0; row < rows.size; row++) {
      if (rows.removed(row)) continue;
      for (const { slot, path } of rows.class(row).attributes) {
        const value = rows.get(row, slot);
        if (value === undefined) continue;
        const origin = rows.origin(row, slot);
        trace.write(
          `${JSON.stringify({ path, row, value, ...(origin ? { segment: origin.position, element: origin.key >>> 16, component: origin.key & 0xffff, offset: origin.offset } : {}) })}\n`,
        );
      }
    }
  }
}
