import { setFlagsFromString } from 'node:v8';
import { finding, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import { renderFindings } from '../../diagnostics/text.ts';
import { readCanonical, writeCanonical } from '../../dictionary/json.ts';
import type { Rows } from '../../dictionary/rows.ts';
import { readProfileMaps, type Library } from '../../gateway/library.ts';
import { checkXml } from '../../gateway/produce.ts';
import { MessageReader } from '../../gateway/reading.ts';
import { AnyReader } from '../../gateway/syntax.ts';
import { noAtoms, noFacts, type FactAccount } from '../../maps/account.ts';
import { build } from '../../maps/build.ts';
import type { Plan } from '../../maps/plan.ts';
import { edifactWriter, type EdifactWriter } from '../../syntax/edifact/writer.ts';
import type { ReaderLimits } from '../../syntax/limits.ts';
import type { Interchange } from '../../syntax/unit.ts';
import { xmlWriter } from '../../syntax/xml/writer.ts';
import { configOption, libraryFor, limitsFor } from '../library.ts';
import { UsageError, type Command, type Io, type Options } from '../main.ts';
import { fileTarget, folderTarget, StagedFile, streamTarget, type Target } from '../output.ts';
import { ConversionReport } from '../report.ts';
import { chunksOf, noMessage, SourceIndex } from '../source.ts';

type Policy = 'send' | 'hold' | 'fail';

export const convert: Command = {
  usage: 'portolan convert FILE --to MAP [--from MAP] [--out FILE|DIR/] [--report FILE] [--policy send|hold|fail] [--trace FILE] [--config DIR] [--no-check]',
  summary:
    'Any format to any other through the dictionary. Streams: memory does not grow with FILE. MAP is a map, an agency’s profile, or `canonical`. --no-check leaves XML Schema out.',
  example: 'portolan convert samples/two-bills/input.edi --to wco/cri/3 --out /tmp/two-bills.xml --report /tmp/report.json',
  options: {
    ...configOption,
    to: { type: 'string' },
    from: { type: 'string' },
    out: { type: 'string' },
    report: { type: 'string' },
    policy: { type: 'string' },
    trace: { type: 'string' },
    'no-check': { type: 'boolean' },
  },
  args: [1, 1],
  async run(io) {
    const { options, args, tell } = io;
    collectEarly();
    const library = libraryFor(options);
    const policy = policyOf(options);
    const to = planFor(library, options, 'to');
    if (to === undefined) throw new UsageError('--to MAP is missing');
    const from = planFor(library, options, 'from');
    if (to !== 'canonical' && to.format.family === 'xml' && !options['no-check']) await library.loadSchemas();
    const index = new SourceIndex(args[0]!);
    const opened: { drop(): void }[] = [];
    const open = <T extends { drop(): void }>(made: T): T => (opened.push(made), made);
    try {
      const target = open(targetFor(io, to, policy));
      const report = open(new ConversionReport(library, index, options['report'] as string | undefined));
      const trace = typeof options['trace'] === 'string' ? open(new StagedFile(options['trace'])) : undefined;
      const conversion = new Conversion({ library, to, target, report, trace, check: !options['no-check'] });
      const charset = await read(library, from, index, args[0]!, conversion, limitsFor(options, library));
      conversion.end();
      if (report.messages === 0 && !report.failed) report.find([noMessage(index.name)]);
      const refused = policy !== 'send' && (report.losses > 0 || report.failed);
      const kept = refused && policy === 'fail' ? (target.drop(), undefined) : target.keep(refused);
      if (refused && policy === 'hold') report.find([finding('CLI_HELD', { count: String(report.losses), path: kept ?? '' })]);
      report.end(
        { map: conversion.sourceMap ?? 'none', plan: conversion.sourcePlan ?? '', bytes: index.length, charset },
        { map: to === 'canonical' ? to : `${to.name}@${to.version}`, plan: to === 'canonical' ? dictionaryHash(library) : to.hash, bytes: target.bytes },
      );
      trace?.keep();
      const sources = (source: string): Uint8Array | undefined => (source === index.name ? index.bytes() : library.file(source));
      if (report.shown.length > 0) tell(renderFindings(report.shown, { bytes: sources }));
      tell(`${report.messages} message${report.messages === 1 ? '' : 's'}, ${report.losses} losses → ${kept ?? 'nothing'}\n`);
      return report.failed || refused ? 1 : 0;
    } catch (error) {
      for (const each of opened) each.drop();
      throw error;
    }
  },
};

/** A conversion lives long and keeps little: V8 is asked to collect before the heap has grown by half, not to wait until it has doubled. */
function collectEarly(): void {
  setFlagsFromString('--heap-growing-percent=25');
  setFlagsFromString('--max-semi-space-size=8');
}

function policyOf(options: Options): Policy {
  const policy = options['policy'] ?? 'send';
  if (policy !== 'send' && policy !== 'hold' && policy !== 'fail') throw new UsageError(`\`${String(policy)}\` is no policy: send, hold or fail`);
  return policy;
}

const dictionaryHash = ({ dictionary }: Library): string => `sha256:${dictionary.hash}`;

function planFor(library: Library, options: Options, name: 'to' | 'from'): Plan | 'canonical' | undefined {
  const asked = options[name] as string | undefined;
  if (asked === undefined || asked === 'canonical') return asked;
  const plan = library.catalog.plan(asked) ?? library.catalog.plan(readProfileMaps(library).get(asked) ?? '');
  if (!plan) throw new UsageError(`there is no map or profile \`${asked}\`; \`portolan map list\` shows the maps`);
  return plan;
}

function targetFor({ options, out }: Io, to: Plan | 'canonical', policy: Policy): Target {
  const path = options['out'] as string | undefined;
  const isXml = to !== 'canonical' && to.format.family === 'xml';
  if (path === undefined || path === '-') {
    if (policy === 'hold') throw new UsageError('standard output cannot be held: name a file with --out');
    return streamTarget(out, isXml, policy === 'fail');
  }
  return path.endsWith('/') ? folderTarget(path, to === 'canonical' ? 'json' : isXml ? 'xml' : 'edi') : fileTarget(path, isXml);
}

/** Reads the source into the conversion, piece by piece; the character set it was in. */
async function read(
  library: Library,
  from: Plan | 'canonical' | undefined,
  index: SourceIndex,
  path: string,
  conversion: Conversion,
  limits: ReaderLimits,
): Promise<string> {
  if (from === 'canonical') return readLines(library, index, path, conversion);
  let charset = '';
  const messages = new MessageReader(
    library,
    {
      interchange(interchange) {
        charset ||= interchange.charset.declared || interchange.charset.detected;
        conversion.interchange(interchange);
      },
      message({ plan, parsed, findings, header }) {
        conversion.found(findings);
        if (plan && parsed) conversion.message(parsed.rows, plan, { atoms: parsed.account, losses: parsed.losses, reference: header.reference });
      },
      interchangeEnd: (_, around) => conversion.found(around),
    },
    { plan: from, source: index.name, reuse: true },
  );
  const reader = new AnyReader(library, messages, { source: index.name, limits });
  for await (const chunk of chunksOf(path)) {
    index.push(chunk);
    reader.push(chunk);
  }
  reader.end();
  messages.end();
  conversion.found(messages.outside);
  return charset;
}

/** Canonical JSON: one document a line, or one document. */
async function readLines(library: Library, index: SourceIndex, path: string, conversion: Conversion): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const chunk of chunksOf(path)) {
    index.push(chunk);
    pieces.push(chunk);
  }
  const text = Buffer.concat(pieces).toString('utf8');
  const documents = /^\{.*\}\s*$/.test(text.split('\n')[0] ?? '') ? text.split('\n').filter((line) => line.trim() !== '') : [text];
  for (const document of documents) {
    const { rows, findings } = readCanonical(library.dictionary, document);
    conversion.found(findings);
    conversion.message(rows, undefined, { atoms: noAtoms(), losses: [], reference: undefined });
  }
  return 'UTF-8';
}

interface ConversionParts {
  readonly library: Library;
  readonly to: Plan | 'canonical';
  readonly target: Target;
  readonly report: ConversionReport;
  readonly trace: StagedFile | undefined;
  readonly check: boolean;
}

/** Facts → documents, one message at a time; nothing of a message is kept when the next one comes. */
class Conversion {
  readonly #parts: ConversionParts;
  #writer: EdifactWriter | undefined;
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

  message(
    rows: Rows,
    plan: Plan | undefined,
    source: {
      readonly atoms: Parameters<ConversionReport['message']>[0];
      readonly losses: Parameters<ConversionReport['lose']>[0];
      readonly reference: string | undefined;
    },
  ): void {
    const { report, library, to } = this.#parts;
    this.sourceMap ??= plan ? `${plan.name}@${plan.version}` : 'canonical';
    this.sourcePlan ??= plan?.hash ?? dictionaryHash(library);
    report.find(library.conforms(rows));
    report.lose(source.losses);
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
    for (const piece of writeCanonical(rows)) write(Buffer.from(piece));
    write(Buffer.from('\n'));
    const carried = rows.carried.filter(({ row }) => !rows.removed(row)).length; // they are written too, under $carry
    const offered = rows.countFacts() + carried;
    return { ...noFacts(), offered, written: offered };
  }

  #build(to: Plan, rows: Rows, reference: string | undefined): FactAccount | undefined {
    const { library, report, check } = this.#parts;
    const finding = (each: Diagnostic): void => report.find([each]);
    if (to.format.family === 'edifact') {
      if (!this.#open(finding)) return undefined;
      const built = build(to, rows, this.#writer!, reference === undefined ? {} : { header: { reference } });
      report.find(built.findings);
      report.lose(built.losses);
      if (this.#parts.target.many) this.end();
      return built.account;
    }
    const write = this.#document();
    if (!write) return undefined;
    const checked: Uint8Array[] = [];
    const schema = check ? library.schema(to) : undefined;
    const built = build(
      to,
      rows,
      xmlWriter((bytes) => (write(bytes), schema && checked.push(bytes)), { finding }),
    );
    report.find(built.findings);
    report.lose(built.losses);
    if (schema && checked.length > 0) report.find(checkXml(library, to, Buffer.concat(checked)));
    return built.account;
  }

  /** The messages of a file stand in one interchange, with the envelope of the first that was read. */
  #open(finding: (each: Diagnostic) => void): boolean {
    if (this.#writer) return true;
    const write = this.#document();
    if (!write) return false;
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
    this.#writer = edifactWriter({ bytes: write, finding }, { interchange });
    return true;
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
