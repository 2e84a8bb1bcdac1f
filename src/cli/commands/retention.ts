import { renderFindings } from '../../diagnostics/text.ts';
import { forecast, type Forecast } from '../../gateway/retention/forecast.ts';
import { listHolds, type Held } from '../../gateway/retention/hold.ts';
import { recordedConfiguration } from '../../gateway/library/in-force.ts';
import { loadConfigurationFolder } from '../../gateway/library/library.ts';
import { valueOfText } from '../../language/file.ts';
import { retentionRules, type RetentionRules, type RetentionText } from '../../partners/retention.ts';
import type { ReadStore } from '../../store/store.ts';
import { ask, table } from '../bench-command.ts';
import { benchOptions } from '../client.ts';
import { keptBeside } from '../kept.ts';
import { libraryFor } from '../library.ts';
import { configFolder } from '../options.ts';
import { UsageError, type Command, type ExitCode, type Io } from '../main.ts';
import { byVerb } from '../verbs.ts';
import { bytesOf } from '../reload.ts';

interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

export const retention: Command = {
  usage: [
    'portolan retention --dry-run [--partner P] [--after P] [--url URL --key KEY | --data DIR [--config DIR]] [--json]',
    'portolan retention holds [--after ID] [--url URL --key KEY | --data DIR] [--json]',
    'portolan retention hold|lift ID [--note TEXT] [--url URL --key KEY] [--json]',
  ].join('\n       '),
  summary:
    'What the gateway erases when its time is over (`retention` in gateway.yaml and of a partner): --dry-run counts it by party and kind, in interchanges, and touches nothing; with --config by a configuration that is not in force yet. What is held is kept until it is lifted.',
  example: 'portolan retention --dry-run --url http://127.0.0.1:8080 --key demo-operator',
  options: {
    ...benchOptions,
    config: { type: 'string' },
    'dry-run': { type: 'boolean' },
    partner: { type: 'string' },
    after: { type: 'string' },
    note: { type: 'string' },
  },
  only: { 'dry-run': [''], config: [''], partner: [''], after: ['', 'holds'], note: ['hold', 'lift'] },
  args: [0, 2],
  async run(io) {
    const [verb = 'forecast', id] = io.args;
    const run = byVerb(verbs, verb);
    if ((verb === 'hold' || verb === 'lift') !== (id !== undefined))
      throw new UsageError(id === undefined ? 'which message?' : `\`${id}\` is one argument too many`);
    return run(io, id ?? '');
  },
};

const verbs: Readonly<Record<string, (io: Io, id: string) => Promise<ExitCode>>> = {
  async forecast(io) {
    const { options } = io;
    if (options['dry-run'] !== true) throw new UsageError('the gateway erases by itself what is due; --dry-run tells what that is');
    if (options['config'] !== undefined && options['data'] === undefined)
      throw new UsageError('--config goes with --data: a gateway that runs answers by its own');
    const party = options['partner'] as string | undefined;
    const after = options['after'] as string | undefined;
    const rules = options['config'] === undefined ? recordedRules : await rulesOf(io);
    if (!rules) return 1;
    const query = { ...(party === undefined ? {} : { partner: party }), ...(after === undefined ? {} : { after }), limit: String(partiesOfPage) };
    return ask(
      io,
      `/v1/retention?${new URLSearchParams(query).toString()}`,
      async ({ store }) =>
        forecast(store, await rules(store), Date.now(), { limit: partiesOfPage, ...(after === undefined ? {} : { after }), ...(party === undefined ? {} : { party }) }), // prettier-ignore
      forecastLines,
    );
  },
  holds(io) {
    const after = io.options['after'] as string | undefined;
    const query = after === undefined ? '' : `?${new URLSearchParams({ after }).toString()}`;
    return ask(io, `/v1/holds${query}`, ({ store }) => listHolds(store, after), holdLines);
  },
  hold: (io, id) => decide(io, id, 'hold'),
  lift: (io, id) => decide(io, id, 'hold/release'),
};

const partiesOfPage = 500;

async function decide(io: Io, id: string, path: string): Promise<ExitCode> {
  const note = io.options['note'] as string | undefined;
  const beside = (): never => {
    throw new UsageError('only a gateway that runs can hold and lift');
  };
  const query = note === undefined ? '' : `?${new URLSearchParams({ note }).toString()}`;
  const lines = ({ held }: { readonly held: boolean }): string => `${id} is ${held ? 'held' : 'not held any more'}\n`;
  return ask(io, `/v1/messages/${encodeURIComponent(id)}/${path}${query}`, beside, lines, 'POST');
}

/** As they are in force, by what the store records of it. */
async function recordedRules(store: ReadStore): Promise<RetentionRules> {
  const recorded = await recordedConfiguration(store);
  const gateway = recorded?.files.find(({ path }) => path === 'gateway.yaml');
  const own = (file: { readonly path: string; readonly text: string }): { readonly retention?: RetentionText } => valueOfText(file);
  return retentionRules(
    gateway && own(gateway).retention,
    (recorded?.partners ?? []).map(({ id, file }) => ({ id, ...own(file) })),
  );
}

/** Of a folder, which may not be in force yet; its findings are told. */
async function rulesOf(io: Io): Promise<((store: ReadStore) => Promise<RetentionRules>) | undefined> {
  const { options, language, tell } = io;
  const config = configFolder(options)!;
  const library = libraryFor(options);
  const loaded = loadConfigurationFolder(config, library, await keptBeside(options['data'] as string));
  if (!loaded.configuration) {
    tell(renderFindings(loaded.findings, { bytes: bytesOf(library, loaded, config), language, errorsFirst: true }));
    return undefined;
  }
  const { gateway, partners } = loaded.configuration;
  return async () => retentionRules(gateway.retention, partners);
}

function forecastLines({ items, next }: Page<Forecast>): string {
  const head = ['party', 'kind', 'kept for', 'erased now', 'held', 'needed', 'not looked at', 'in 7 days', 'in 30 days', 'next'];
  const rows = items.map(({ party, kind, days, erased, held, needed, unseen, week, month, next: at }) => [
    party,
    kind,
    `${Number(days.toFixed(2))} days`,
    ...[erased, held, needed, unseen, week, month].map(String),
    at ?? '',
  ]);
  const told = rows.length === 0 ? 'everything is kept: no `retention` says otherwise\n' : table(head, rows);
  return `${told}${next === null ? '' : `and more: portolan retention --dry-run --after ${next}\n`}`;
}

function holdLines({ items, next }: Page<Held>): string {
  if (items.length === 0) return 'nothing is held\n';
  const told = table(['id', 'since', 'by', 'note'], items.map(({ id, since, by, note }) => [id, since, by, note])); // prettier-ignore
  return `${told}${next === null ? '' : `and more: portolan retention holds --after ${next}\n`}`;
}
