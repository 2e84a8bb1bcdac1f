import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { finding } from '../../diagnostics/diagnostic.ts';
import { didYouMean } from '../../diagnostics/suggest.ts';
import { renderFindings } from '../../diagnostics/text.ts';
import { Pool, type Spill } from '../../dictionary/paging.ts';
import { readProfileMaps, type Library } from '../../gateway/library/library.ts';
import { MessageReader } from '../../gateway/translation/reading.ts';
import { SpillFile } from '../../gateway/translation/spill-file.ts';
import { AnyReader } from '../../gateway/translation/any-reader.ts';
import { syntaxes } from '../../gateway/translation/syntaxes.ts';
import { readIso } from '../../language/moment.ts';
import type { Plan } from '../../maps/plan.ts';
import type { AgreedCharsets } from '../../syntax/charset.ts';
import { mislabelled } from '../../syntax/label.ts';
import type { ReaderLimits } from '../../syntax/limits.ts';
import type { OutInterchange } from '../../syntax/unit.ts';
import { Answered } from '../answered.ts';
import { Conversion, dictionaryHash } from '../conversion.ts';
import { libraryFor, limitsFor } from '../library.ts';
import { charsetOption, charsetsFor, configOption } from '../options.ts';
import { UsageError, type Command, type Io, type Options } from '../main.ts';
import { fileTarget, folderTarget, StagedFile, streamTarget, type Target } from '../output.ts';
import { ConversionReport } from '../report.ts';
import { chunksOf, noMessage, SourceIndex } from '../source.ts';

type Policy = 'send' | 'hold' | 'fail';

export const convert: Command = {
  usage:
    'portolan convert FILE --to MAP [--from MAP] [--answers ORIGINAL] [--out FILE|DIR/] [--report FILE] [--policy send|hold|fail] [--sender ID] [--recipient ID] [--reference REF] [--prepared TIME] [--trace FILE] [--charset NAME] [--config DIR] [--no-check] [--memory MB]',
  summary:
    'Any format to any other through the dictionary. Streams: memory does not grow with FILE. MAP is a map, an agency’s profile, whose schemas and rules are asked too, or `canonical`; which map FILE is of is known by what it says, unless --from tells. --out DIR/ writes a file for each message. --report keeps the account: atoms, facts, and every loss with its place; --trace a line for each fact that was read, with where it stands. --policy says what becomes of the output where something was lost: it is sent, kept as FILE.held, or not written. --charset is what the text of FILE is in, whatever it declares; --config adds the maps of a configuration folder. --answers names the message that FILE answers, as its sender sent it: the answer is told in its light, with what it points at, and goes back to who sent it. --sender, --recipient, --reference and --prepared (2026-11-22T10:30) are of the envelope that is written, and of a header that has no other source; without them it is that of FILE. --no-check leaves XML Schema out. What of one message has no room in --memory (64 MB) waits in a sealed file.',
  example: 'portolan convert samples/two-bills/input.edi --to wco/cri/3 --out /tmp/two-bills.xml --report /tmp/report.json',
  options: {
    ...configOption,
    ...charsetOption,
    to: { type: 'string' },
    from: { type: 'string' },
    out: { type: 'string' },
    report: { type: 'string' },
    policy: { type: 'string' },
    answers: { type: 'string' },
    sender: { type: 'string' },
    recipient: { type: 'string' },
    reference: { type: 'string' },
    prepared: { type: 'string' },
    trace: { type: 'string' },
    'no-check': { type: 'boolean' },
    memory: { type: 'string' },
  },
  args: [1, 1],
  json: 'what is written is the output itself; `--report FILE` is the account of it in JSON, and `--to canonical` the facts',
  async run(io) {
    const { options, args, language, tell } = io;
    distinct(options, args[0]!);
    collectEarly();
    const library = libraryFor(options);
    const policy = policyOf(options);
    const { plan: to, profile } = namedBy(library, options, 'to');
    if (to === undefined) throw new UsageError('--to MAP is missing');
    const idle = to === 'canonical' ? ['answers', 'sender', 'recipient', 'reference', 'prepared'].find((name) => options[name] !== undefined) : undefined;
    if (idle !== undefined) throw new UsageError(`--${idle} says nothing to canonical documents: they are the facts alone`);
    const { plan: from } = namedBy(library, options, 'from');
    if (to !== 'canonical' && to.format.family === 'xml' && !options['no-check']) await library.loadSchemas();
    const spill = new SpillFile(tmpdir());
    const pool = new Pool(spill, megabytes(options));
    const index = new SourceIndex(args[0]!, pool);
    const opened: { drop(): void }[] = [];
    const open = <T extends { drop(): void }>(made: T): T => (opened.push(made), made);
    const drop = (): void => {
      for (const each of opened) each.drop();
    };
    const stopped = (signal: NodeJS.Signals): void => {
      drop();
      process.exit(signal === 'SIGINT' ? 130 : 143); // 128 and the number of the signal, as shells count
    };
    for (const signal of signals) process.once(signal, stopped);
    try {
      const target = open(targetFor(io, to, policy, spill));
      const original = options['answers'] as string | undefined;
      const reading = { limits: limitsFor(options, library), charsets: charsetsFor(options) };
      const answered = original === undefined ? undefined : new Answered(library, original, reading);
      const files = (name: string): Uint8Array | undefined => (name === answered?.name ? answered.bytes : library.file(name));
      const report = open(new ConversionReport(files, index, options['report'] as string | undefined));
      const trace = typeof options['trace'] === 'string' ? open(new StagedFile(options['trace'])) : undefined;
      const conversion = new Conversion({
        library,
        to,
        profile,
        target,
        report,
        trace,
        check: !options['no-check'],
        answered,
        stated: envelopeStated(options),
      });
      conversion.found(answered?.findings ?? []);
      const charset = await read(library, from, index, args[0]!, conversion, { ...reading, pool });
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
      const sources = (source: string): Uint8Array | undefined => (source === index.name ? index.bytes() : files(source));
      if (report.shown.length > 0) tell(renderFindings(report.shown, { bytes: sources, language, how: '--report FILE' }));
      tell(`${report.messages} message${report.messages === 1 ? '' : 's'}, ${report.losses} losses → ${kept ?? 'nothing'}\n`);
      return report.failed || refused ? 1 : 0;
    } catch (error) {
      drop();
      throw error;
    } finally {
      for (const signal of signals) process.off(signal, stopped);
      spill.close();
    }
  },
};

const signals = ['SIGINT', 'SIGTERM'] as const;

/** What is written would overwrite one another, and what is read stands nowhere twice. */
function distinct(options: Options, source: string): void {
  if (source === '-' && options['answers'] === '-') throw new UsageError('standard input is FILE or --answers, not both: name the file of one of them');
  const files = (['out', 'report', 'trace'] as const).flatMap((name) => (options[name] === undefined ? [] : [resolve(String(options[name]))]));
  if (new Set(files).size < files.length) throw new UsageError('--out, --report and --trace each need a file of their own');
}

/** Of one message so much is in memory; the rest waits on the disk. */
function megabytes(options: Options): number {
  const stated = options['memory'] ?? '64';
  if (typeof stated !== 'string' || !/^\d{1,6}$/.test(stated)) throw new UsageError(`--memory \`${String(stated)}\` is no number of megabytes`);
  return Number(stated) * 1024 * 1024;
}

/** A conversion lives long and keeps little: V8 is asked to collect before the heap has grown by half, not to wait until it has doubled. */
function collectEarly(): void {
  setFlagsFromString('--heap-growing-percent=25');
  setFlagsFromString('--max-semi-space-size=8');
}

/** What is said of the envelope that is written; who is named so has no qualifier from elsewhere. */
function envelopeStated(options: Options): Partial<OutInterchange> {
  const [sender, recipient, reference, prepared] = ['sender', 'recipient', 'reference', 'prepared'].map((name) => options[name] as string | undefined);
  const [, year, month, day, hour, minute] = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::\d\d)?Z?$/.exec(prepared ?? '') ?? [];
  if (prepared !== undefined && (year === undefined || typeof readIso(prepared) === 'string'))
    throw new UsageError(`--prepared \`${prepared}\` is no time as in 2026-11-22T10:30`);
  return {
    ...(sender !== undefined && { sender, senderQualifier: undefined }),
    ...(recipient !== undefined && { recipient, recipientQualifier: undefined }),
    ...(reference !== undefined && { reference }),
    ...(year !== undefined && { preparedAt: `${year.slice(2)}${month}${day}:${hour}${minute}` }),
  };
}

function policyOf(options: Options): Policy {
  const policy = options['policy'] ?? 'send';
  if (policy !== 'send' && policy !== 'hold' && policy !== 'fail') throw new UsageError(`\`${String(policy)}\` is no policy: send, hold or fail`);
  return policy;
}

/** The map that an option names, and the agency's profile where it names that: then what the agency publishes is asked as well. */
function namedBy(library: Library, options: Options, name: 'to' | 'from'): { readonly plan?: Plan | 'canonical'; readonly profile?: string } {
  const asked = options[name] as string | undefined;
  if (asked === undefined) return {};
  if (asked === 'canonical') return { plan: asked };
  const plan = library.catalog.plan(asked);
  if (plan) return { plan };
  const profiles = readProfileMaps(library);
  const filled = library.catalog.plan(profiles.get(asked) ?? '');
  if (!filled) {
    if (library.catalog.maps.some((each) => each.name === asked))
      throw new UsageError(`--${name}: the map \`${asked}\` is not in order; \`portolan map lint ${asked}\` says why`);
    const meant = didYouMean(asked, [...library.catalog.maps.map(({ name }) => name), ...profiles.keys()]);
    throw new UsageError(`--${name}: there is no map or profile \`${asked}\`${meant}; \`portolan map list\` shows the maps`);
  }
  return { plan: filled, profile: asked };
}

function targetFor({ options, out }: Io, to: Plan | 'canonical', policy: Policy, spill: Spill): Target {
  const path = options['out'] as string | undefined;
  const { single, extension } = to === 'canonical' ? canonicalFiles : syntaxes[to.format.family];
  if (path === undefined || path === '-') {
    if (policy === 'hold') throw new UsageError('standard output cannot be held: name a file with --out');
    return streamTarget(out, single, policy === 'fail' ? spill : undefined);
  }
  return path.endsWith('/') ? folderTarget(path, extension) : fileTarget(path, single);
}

const canonicalFiles = { single: false, extension: 'json' };

/** Reads the source into the conversion, piece by piece; the character set it was in. */
async function read(
  library: Library,
  from: Plan | 'canonical' | undefined,
  index: SourceIndex,
  path: string,
  conversion: Conversion,
  { pool, ...options }: { readonly limits: ReaderLimits; readonly charsets: AgreedCharsets | undefined; readonly pool: Pool },
): Promise<string> {
  let charset = '';
  const messages = new MessageReader(
    library,
    {
      interchange(interchange) {
        if (from !== undefined && from !== 'canonical' && from.format.family !== interchange.syntax)
          throw new UsageError(`--from: \`${from.name}\` reads ${from.format.family}, and ${index.name} is ${interchange.syntax}`);
        const label = interchange.index === 1 ? mislabelled({ of: 'file name', text: path }, interchange.syntax, index.name) : undefined;
        if (label) conversion.found([label]);
        charset ||= interchange.charset.declared || interchange.charset.detected;
        conversion.interchange(interchange);
      },
      message({ plan, parsed, findings, header }) {
        conversion.found(findings);
        if (parsed) conversion.message(parsed.rows, plan, { atoms: parsed.account, header, findings });
      },
      interchangeEnd: (_, around) => conversion.found(around),
    },
    { plan: from === 'canonical' ? undefined : from, source: index.name, reuse: true, pool, lose: (loss) => conversion.lose(loss) },
  );
  const reader = new AnyReader(library, messages, { source: index.name, canonical: from === 'canonical', ...options });
  for await (const chunk of chunksOf(path)) {
    index.push(chunk);
    reader.push(chunk);
  }
  reader.end();
  messages.end();
  conversion.found(messages.outside);
  return charset;
}
