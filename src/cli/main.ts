import { parseArgs, type ParseArgsConfig } from 'node:util';
import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import { findingJson } from '../diagnostics/json.ts';
import { languageOf, type Language } from '../diagnostics/language.ts';
import { didYouMean } from '../diagnostics/suggest.ts';
import { renderFinding } from '../diagnostics/text.ts';
import { faultOf } from './fault.ts';

/** 0 fine · 1 findings · 2 wrong usage · 3 a defect of ours. */
export type ExitCode = 0 | 1 | 2 | 3;

export type Options = Readonly<Record<string, string | boolean | undefined>>;

/** What a command is handed. `out` is for what was asked for, `tell` for people. */
export interface Io {
  readonly options: Options;
  readonly args: readonly string[];
  readonly language: Language; // of what is told to people
  out(text: string | Uint8Array): void;
  tell(text: string): void;
}

/** One command, loaded only when it is asked for: `inspect` need not wait for what `serve` needs. */
export interface Command {
  readonly usage: string; // `portolan inspect FILE [--json]`
  readonly summary: string;
  readonly example: string; // works on `samples/`
  readonly options: NonNullable<ParseArgsConfig['options']>;
  readonly args: readonly [min: number, max: number];
  readonly formats?: readonly string[]; // of --format, beside `text` and `json`
  readonly only?: Readonly<Record<string, readonly string[]>>; // option → the first arguments that it goes with, '' none; where that is not every one
  readonly json?: string; // why there is no --json, and what there is instead
  run(io: Io): Promise<ExitCode>;
}

/** A wrong use of the command line: told with the usage, exit code 2. */
export class UsageError extends Error {}

const commands: Readonly<Record<string, readonly [word: string, load: () => Promise<Command>]>> = {
  inspect: ['what a file is', async () => (await import('./commands/inspect.ts')).inspect],
  convert: ['any format to any other', async () => (await import('./commands/convert.ts')).convert],
  validate: ['all findings of a file', async () => (await import('./commands/validate.ts')).validate],
  map: ['maps: list, lint, test, laws, coverage, forecast', async () => (await import('./commands/map.ts')).map],
  directory: ['UN/EDIFACT and X12 directories', async () => (await import('./commands/directory.ts')).directory],
  dictionary: ['the common meaning: the WCO Data Model', async () => (await import('./commands/dictionary.ts')).dictionary],
  codes: ['code lists, by day', async () => (await import('./commands/codes.ts')).codes],
  rules: ['rules of agencies', async () => (await import('./commands/rules.ts')).rules],
  serve: ['the gateway', async () => (await import('./commands/serve.ts')).serve],
  status: ['what needs a person, and who', async () => (await import('./commands/status.ts')).status],
  overdue: ['answers that did not come in time', async () => (await import('./commands/overdue.ts')).overdue],
  replay: ['deliver or translate again', async () => (await import('./commands/replay.ts')).replay],
  messages: ['search for messages', async () => (await import('./commands/messages.ts')).messages],
  sequence: ['gaps in the references of partners', async () => (await import('./commands/sequence.ts')).sequence],
  retention: ['what is erased when, and what is kept', async () => (await import('./commands/retention.ts')).retention],
  release: ['deliver what is held', async () => (await import('./commands/release.ts')).release],
  invoice: ['what a partner pays for a month', async () => (await import('./commands/invoice.ts')).invoice],
  repair: ['an edited copy, with a second approval', async () => (await import('./commands/repair.ts')).repair],
  volumes: ['how much by day, partner, agency, type', async () => (await import('./commands/volumes.ts')).volumes],
  onboarding: ['links for new partners', async () => (await import('./commands/onboarding.ts')).onboarding],
  partners: ['partners, changed with a second approval', async () => (await import('./commands/partners.ts')).partners],
  show: ['one message or interchange', async () => (await import('./commands/show.ts')).show],
  evidence: ['a bundle, and its verification', async () => (await import('./commands/evidence.ts')).evidence],
  verify: ['verification of a whole store', async () => (await import('./commands/verify.ts')).verify],
  backup: ['a consistent copy of the store', async () => (await import('./commands/backup.ts')).backup],
  restore: ['a backup put back, once verified', async () => (await import('./commands/restore.ts')).restore],
  channel: ['check an adapter', async () => (await import('./commands/channel.ts')).channel],
};

const usage = (): string => {
  const lines = Object.entries(commands).map(([name, [word]]) => `  ${name.padEnd(11)} ${word}\n`);
  return `usage: portolan COMMAND [ARGUMENTS]\n\n${lines.join('')}\nportolan COMMAND --help says more; --lang zh-Hant, or LANG, tells findings in Chinese.\n`;
};

const help = (command: Command): string => `usage: ${command.usage}\n\n${command.summary}\n\nexample:\n  ${command.example}\n`;

/** Where a command writes. */
export type Streams = Pick<Io, 'out' | 'tell'>;

const terminal: Streams = { out: (text) => void process.stdout.write(text), tell: (text) => void process.stderr.write(text) };

export async function main(argv: readonly string[], streams: Streams = terminal): Promise<ExitCode> {
  let isWritten = false; // something of what was asked for
  const io: Streams = { out: (text) => ((isWritten = true), streams.out(text)), tell: streams.tell };
  const json = argv.some((arg, i) => arg === '--json' || arg === '--format=json' || (arg === 'json' && argv[i - 1] === '--format'));
  const failed = (diagnostic: Diagnostic, language: Language): void => {
    if (json && !isWritten) streams.out(`${JSON.stringify({ findings: [findingJson(diagnostic, undefined, language)] }, null, 2)}\n`);
    streams.tell(renderFinding(diagnostic, { language }));
  };
  return run(argv, io, failed);
}

/** Tells why there is no answer; where one is read as JSON, in JSON too. */
type Failed = (diagnostic: Diagnostic, language: Language) => void;

async function run(argv: readonly string[], { out, tell }: Streams, failed: Failed): Promise<ExitCode> {
  if (process.stdout.listenerCount('error') === 0) process.stdout.on('error', (error) => void unwritten(error));
  const [first, ...others] = argv;
  if (first === undefined) {
    tell(usage());
    return 2;
  }
  const [name, ...rest] = first === 'help' && others.length > 0 ? [...others, '--help'] : [first, ...others];
  if (name === '--help' || name === '-h' || name === 'help') {
    out(usage());
    return 0;
  }
  if (name === '--version') {
    const { version } = await import('./program.ts');
    out(`${version}\n`);
    return 0;
  }
  const load = name !== undefined && Object.hasOwn(commands, name) ? commands[name]![1] : undefined;
  if (name === undefined || !load) {
    const message = `there is no command \`${name}\`${didYouMean(name ?? '', Object.keys(commands))}`;
    failed(finding('CLI_USAGE', { message, help: 'portolan --help' }), ownLanguage());
    return 2;
  }
  let language = ownLanguage();
  let command: Command | undefined;
  try {
    command = await load();
    const { values, positionals } = parseArgs({
      args: rest,
      options: { ...command.options, help: { type: 'boolean', short: 'h' }, json: { type: 'boolean' }, format: { type: 'string' }, lang: { type: 'string' } },
      allowPositionals: true,
      strict: true,
    });
    if (values['help']) {
      out(help(command));
      return 0;
    }
    for (const [option, verbs] of Object.entries(command.only ?? {}))
      if (Object.hasOwn(values, option) && !verbs.includes(positionals[0] ?? ''))
        throw new UsageError(`--${option} is for ${verbs.map((verb) => `\`${`portolan ${name} ${verb}`.trim()}\``).join(', ')}`);
    if (values['json'] && command.json !== undefined) throw new UsageError(`--json: ${command.json}`);
    const [min, max] = command.args;
    if (positionals.length < min || positionals.length > max)
      throw new UsageError(positionals.length < min ? 'something is missing' : `\`${positionals[max]}\` is one argument too many`);
    const formats = ['text', 'json', ...(command.formats ?? [])];
    if (values['format'] !== undefined && !formats.includes(String(values['format'])))
      throw new UsageError(`\`${String(values['format'])}\` is no format: ${formats.join(', ')}`);
    const options = { ...values, json: values['json'] === true || values['format'] === 'json' } as Options;
    const wanted = values['lang'] === undefined ? undefined : languageOf(String(values['lang']));
    if (values['lang'] !== undefined && wanted === undefined) throw new UsageError(`\`${String(values['lang'])}\` is no language: en, zh-Hant`);
    if (wanted) language = wanted;
    return await command.run({ options, args: positionals, language, out, tell });
  } catch (error) {
    return explain(error, name, command, { tell, failed, language });
  }
}

/** Standard output takes no more. Whoever reads us may have seen enough (`… | head`): that is no fault, as a full disk is. */
async function unwritten(error: NodeJS.ErrnoException): Promise<never> {
  if (error.code === 'EPIPE') process.exit(0);
  const fault = await faultOf(Object.assign(error, { path: 'standard output' }));
  terminal.tell(fault ? renderFinding(fault.diagnostic, { language: ownLanguage() }) : `${error.stack ?? error.message}\n`);
  process.exit(fault?.exit ?? 3);
}

/** Of the person at the terminal: what POSIX says of the locale of messages. */
const ownLanguage = (): Language => languageOf(process.env['LC_ALL'] || process.env['LC_MESSAGES'] || process.env['LANG'] || '') ?? 'en';

interface Explaining {
  readonly tell: Streams['tell'];
  readonly failed: Failed;
  readonly language: Language;
}

async function explain(error: unknown, name: string, command: Command | undefined, { tell, failed, language }: Explaining): Promise<ExitCode> {
  const { code, message, stack } = error as NodeJS.ErrnoException;
  if (error instanceof UsageError || code?.startsWith('ERR_PARSE_ARGS')) {
    const lower = message.charAt(0).toLowerCase() + message.slice(1);
    failed(finding('CLI_USAGE', { message: lower.replace(/\. .*$/s, ''), help: `portolan ${name} --help` }), language);
    tell(`usage: ${command?.usage ?? name}\n`);
    return 2;
  }
  const fault = await faultOf(error);
  if (fault) {
    failed(fault.diagnostic, language);
    return fault.exit;
  }
  failed(finding('BUG', { id: new Date().toISOString() }), language);
  tell(`${stack ?? message}\n`);
  return 3;
}
