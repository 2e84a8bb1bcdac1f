import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import { writeCanonical } from '../dictionary/json.ts';
import type { Rows } from '../dictionary/rows.ts';
import type { Library } from '../gateway/library/library.ts';
import { startCheck, type DocumentCheck } from '../gateway/translation/produce.ts';
import { syntaxes, writerFor } from '../gateway/translation/syntaxes.ts';
import { noFacts, type FactAccount, type Loss } from '../maps/account.ts';
import { build } from '../maps/build.ts';
import type { Plan } from '../maps/plan.ts';
import type { Interchange, InterchangeWriter } from '../syntax/unit.ts';
import type { StagedFile, Target } from './output.ts';
import type { ConversionReport } from './report.ts';

/** The dictionary as the plan of canonical documents. */
export const dictionaryHash = ({ dictionary }: Library): string => `sha256:${dictionary.hash}`;

export interface ConversionParts {
  readonly library: Library;
  readonly to: Plan | 'canonical';
  readonly target: Target;
  readonly report: ConversionReport;
  readonly trace: StagedFile | undefined;
  readonly check: boolean;
}

/** Facts → documents, one message at a time; nothing of a message is kept when the next one comes. */
export class Conversion {
  readonly #parts: ConversionParts;
  #writer: InterchangeWriter | undefined;
  #interchange: Interchange | undefined;
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
      readonly reference: string | undefined;
    },
  ): void {
    const { report, library, to } = this.#parts;
    this.sourceMap ??= plan ? `${plan.name}@${plan.version}` : 'canonical';
    this.sourcePlan ??= plan?.hash ?? dictionaryHash(library);
    report.find(library.conforms(rows, new Date().toISOString()));
    this.#trace(rows);
    const facts = to === 'canonical' ? this.#canonical(rows) : this.#build(to, rows, source.reference);
    report.message(source.atoms, facts);
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

  #build(to: Plan, rows: Rows, reference: string | undefined): FactAccount | undefined {
    const { library, report, check } = this.#parts;
    const finding = (each: Diagnostic): void => report.find([each]);
    const lose = (loss: Loss): void => report.lose(loss);
    const { single } = syntaxes[to.format.family];
    const schema = check && single ? startCheck(library, to) : undefined;
    const writer = this.#open(to, finding, schema);
    if (!writer) return undefined;
    const built = build(to, rows, writer, { lose, ...(single || reference === undefined ? {} : { header: { reference } }) });
    report.find(built.findings);
    if (single || this.#parts.target.many) this.end();
    if (schema && built.account.written + built.account.constant > 0) report.find(schema.end());
    return built.account;
  }

  /** The messages of a file stand in one interchange, with the envelope of the first that was read. */
  #open({ format }: Plan, finding: (each: Diagnostic) => void, check: DocumentCheck | undefined): InterchangeWriter | undefined {
    if (this.#writer) return this.#writer;
    const write = this.#document();
    if (!write) return undefined;
    const bytes = (chunk: Uint8Array): void => (write(chunk), check?.push(chunk));
    const from = this.#interchange;
    const interchange = {
      sender: from?.sender ?? 'SENDER',
      senderQualifier: from?.senderQualifier,
      recipient: from?.recipient ?? 'RECIPIENT',
      recipientQualifier: from?.recipientQualifier,
      preparedAt: from?.preparedAt ?? '700101:0000', // the clock is no source of facts
      reference: from?.reference ?? '1',
      applicationReference: from?.applicationReference,
      testIndicator: from?.testIndicator,
    };
    return (this.#writer = writerFor(this.#parts.library, format, { bytes, finding }, interchange));
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
