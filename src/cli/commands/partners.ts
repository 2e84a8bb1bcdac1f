import type { FindingJson } from '../../diagnostics/json.ts';
import { listChanges, viewChange, type ChangeView } from '../../gateway/changes/partner-changes.ts';
import { recordedPartners, viewRecordedPartner, type PartnerRow, type PartnerView } from '../../gateway/views/partner-view.ts';
import { table, tellAbsent, tellProblem } from '../bench-command.ts';
import { answerOf, gatewayOf } from '../client.ts';
import { UsageError, type Command, type ExitCode, type Io } from '../main.ts';
import { byVerb } from '../verbs.ts';
import type { ReadStore } from '../../store/store.ts';
import { sequenceLines, type Shown } from './sequence.ts';
import { readWhole } from '../source.ts';

interface Imported {
  readonly number: number | null;
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly unchanged: readonly string[];
  readonly findings: readonly FindingJson[];
}

export const partners: Command = {
  usage: [
    'portolan partners [list|export] [--data DIR] [--json]',
    'portolan partners show ID [--data DIR]',
    'portolan partners change N | changes [--state open|approved|rejected] [--data DIR]',
    'portolan partners propose FILE [--if-match VERSION] [--note TEXT]',
    'portolan partners approve|reject N [--note TEXT]',
    'portolan partners import FILE.csv [--dry-run] [--note TEXT]',
  ].join('\n       '),
  summary:
    'The partners, and changes of them: one operator proposes, another approves. FILE is a partner as JSON or YAML; a table has a row for each partner. All with --url URL --key KEY; what is in force, and what was proposed, is also read beside a gateway, with --data DIR.',
  example: 'portolan partners list --url http://127.0.0.1:8080 --key demo-operator',
  options: {
    url: { type: 'string' },
    key: { type: 'string' },
    data: { type: 'string' },
    note: { type: 'string' },
    state: { type: 'string' },
    'if-match': { type: 'string' },
    'dry-run': { type: 'boolean' },
  },
  only: { note: ['propose', 'approve', 'reject', 'import'], state: ['changes'], 'if-match': ['propose'], 'dry-run': ['import'] },
  args: [0, 2],
  async run(io) {
    const [verb = 'list', what] = io.args;
    const run = byVerb(verbs, verb);
    if (what !== undefined && ['list', 'export', 'changes'].includes(verb)) throw new UsageError(`\`${what}\` is one argument too many`);
    if (io.options['data'] !== undefined && !['list', 'export', 'show', 'changes', 'change'].includes(verb))
      throw new UsageError('only a gateway that runs changes partners: --url URL --key KEY');
    return run(io, what);
  },
};

type Verb = (io: Io, what: string | undefined) => Promise<ExitCode>;

const verbs: Readonly<Record<string, Verb>> = {
  async list(io) {
    const items = (await beside(io, recordedPartners))?.map(({ partner: _, ...row }) => row) ?? (await allPartners(io));
    if (!items) return 1;
    const rows = items.map(({ id, name, kept, version }) => [id, name, kept, version.slice(0, 12)]);
    return print(io, { items }, () => table(['id', 'name', 'kept', 'version'], rows));
  },
  /** Each as it is written: what `propose` takes again. */
  async export(io) {
    const recorded = await beside(io, recordedPartners);
    const items = recorded ?? (await allPartners(io));
    if (!items) return 1;
    const all: unknown[] = recorded?.map(({ partner }) => partner) ?? [];
    for (const { id } of recorded ? [] : items) {
      const answer = await call<PartnerView>(io, 'GET', `/v1/partners/${id}`);
      if (!answer) return 1;
      all.push(answer.partner);
    }
    io.out(`${JSON.stringify(all, null, 2)}\n`);
    return 0;
  },
  async show(io, id) {
    const name = named(id, 'which partner?');
    const isBeside = io.options['data'] !== undefined;
    const view = isBeside
      ? await beside(io, (store) => viewRecordedPartner(store, name))
      : await call<PartnerView>(io, 'GET', `/v1/partners/${encodeURIComponent(name)}`);
    if (!view && isBeside) tellAbsent(io, `/v1/partners/${name}`, `there is no partner \`${name}\``);
    if (!view) return 1;
    const history = view.history.map(({ at, version, change, by, decidedBy }) => [at, version.slice(0, 12), String(change), by, decidedBy]);
    const owed = (view.expects ?? []).map(({ of, answer, by, to, within, clock }) => [
      of,
      by === null ? answer : `${answer} (${by.join(', ')})`,
      to?.join(', ') ?? 'all',
      within,
      clock,
    ]);
    const expected = owed.length === 0 ? '' : `\n${table(['who owes', 'answer', 'to', 'within', 'clock'], owed)}`;
    const where = view.kept === 'store' ? `kept in the store, version ${view.version}` : `kept in ${view.file ?? 'the folder'}, version ${view.version}`;
    return print(
      io,
      view,
      () =>
        `${view.id}: ${where}\n${JSON.stringify(view.partner, null, 2)}\n${history.length === 0 ? '' : table(['at', 'version', 'change', 'by', 'approved by'], history)}${expected}${view.sequence.length === 0 ? '' : `\n${sequenceLines({ items: view.sequence as unknown as readonly Shown[] })}`}`,
    );
  },
  async changes(io) {
    const state = stateOf(io);
    const query = `limit=200${state === undefined ? '' : `&state=${state}`}`;
    const answer =
      (await beside(io, (store) => listChanges(store, { limit: 200, state }))) ??
      (await call<{ items: readonly Omit<ChangeView, 'items'>[] }>(io, 'GET', `/v1/partners/changes?${query}`));
    return answer ? print(io, answer, () => changesTable(answer.items)) : 1;
  },
  async change(io, number) {
    const which = numbered(number);
    const isBeside = io.options['data'] !== undefined;
    const view = isBeside ? await beside(io, (store) => viewChange(store, Number(which))) : await call<ChangeView>(io, 'GET', `/v1/partners/changes/${which}`);
    if (!view && isBeside) tellAbsent(io, `/v1/partners/changes/${which}`, `there is no change ${which}`);
    if (!view) return 1;
    const told = view.items.map(({ partner, before, value }) => `${partner}\n${marked('-', before)}${marked('+', value)}`);
    return print(io, view, () => `${changesTable([view])}\n${told.join('\n')}`);
  },
  async propose(io, path) {
    const text = readWhole(named(path, 'which file?')).toString('utf8');
    const id = /^\s*"?partner"?\s*:\s*"?([a-z0-9-]+)/m.exec(text)?.[1];
    if (id === undefined) throw new UsageError(`\`${path!}\` does not say which partner it is: \`partner: ID\``);
    const version = io.options['if-match'] as string | undefined;
    const headers = { 'content-type': 'application/yaml', ...(version === undefined ? {} : { 'if-match': `"${version}"` }) };
    const made = await call<{ number: number }>(io, 'PUT', `/v1/partners/${id}${noteOf(io, 'note')}`, text, headers);
    return made ? print(io, made, () => awaiting(made.number)) : 1;
  },
  approve: (io, number) => decide(io, 'approve', number),
  reject: (io, number) => decide(io, 'reject', number),
  async import(io, path) {
    const file = named(path, 'which file?');
    const dry = io.options['dry-run'] === true;
    const query = new URLSearchParams({ 'dry-run': String(dry), ...(io.options['note'] === undefined ? {} : { note: String(io.options['note']) }) });
    const made = await call<Imported>(io, 'POST', `/v1/partners/import?${query.toString()}`, readWhole(file).toString('utf8'), { 'content-type': 'text/csv' });
    if (!made) return 1;
    const errors = made.findings.filter(({ severity }) => severity === 'error');
    for (const { severity, code, message, rule, hint } of made.findings)
      io.tell(`${severity} ${code}  ${file}${rule?.line === undefined ? '' : `:${rule.line}:${rule.column}`}\n   = ${message}\n   = hint: ${hint}\n`);
    const counts = `${made.added.length} added, ${made.changed.length} changed, ${made.unchanged.length} unchanged, ${errors.length} errors\n`;
    print(io, made, () => `${counts}${made.number === null ? '' : awaiting(made.number)}`);
    return errors.length > 0 ? 1 : 0;
  },
};

function stateOf({ options: { state } }: Io): ChangeView['state'] | undefined {
  if (state === undefined || state === 'open' || state === 'approved' || state === 'rejected') return state;
  throw new UsageError(`\`${String(state)}\` is none of open, approved, rejected`);
}

/** What a data folder says of it; undefined where none was named. */
async function beside<T>({ options }: Io, read: (store: ReadStore) => Promise<T>): Promise<T | undefined> {
  if (options['data'] === undefined) return undefined;
  if (options['url'] !== undefined || options['key'] !== undefined)
    throw new UsageError('--url and --key ask a gateway that runs, --data DIR reads beside it: name one of them');
  const { readStore } = await import('../../store/open.ts');
  const store = readStore(options['data'] as string);
  return read(store).finally(() => store.close());
}

async function decide(io: Io, verb: 'approve' | 'reject', number: string | undefined): Promise<ExitCode> {
  const view = await call<ChangeView>(io, 'POST', `/v1/partners/changes/${numbered(number)}/${verb}${noteOf(io, 'reason')}`);
  return view ? print(io, view, () => changesTable([view])) : 1;
}

/** Page by page. */
async function allPartners(io: Io): Promise<readonly PartnerRow[] | undefined> {
  const items: PartnerRow[] = [];
  for (let after: string | null = ''; after !== null;) {
    const page: { items: readonly PartnerRow[]; next: string | null } | undefined = await call(
      io,
      'GET',
      `/v1/partners?limit=1000${after === '' ? '' : `&after=${after}`}`,
    );
    if (!page) return undefined;
    items.push(...page.items);
    after = page.next;
  }
  return items;
}

const awaiting = (number: number): string => `change ${number} waits for another operator: portolan partners approve ${number}\n`;

export const changesTable = (items: readonly Omit<ChangeView, 'items'>[]): string =>
  items.length === 0
    ? 'there are none\n'
    : table(
        ['change', 'state', 'by', 'at', 'added', 'changed', 'removed', 'decided by', 'note'],
        items.map(({ number, state, by, at, counts, decidedBy, note }) => [
          String(number),
          state,
          by,
          at,
          String(counts.added),
          String(counts.changed),
          String(counts.removed),
          decidedBy ?? '',
          note,
        ]),
      );

const marked = (mark: string, value: unknown): string => (value === null ? '' : JSON.stringify(value, null, 2).replace(/^/gm, `${mark} `) + '\n'); // prettier-ignore

function noteOf({ options }: Io, name: string): string {
  return options['note'] === undefined ? '' : `?${new URLSearchParams({ [name]: String(options['note']) }).toString()}`;
}

export function named(what: string | undefined, question: string): string {
  if (what === undefined) throw new UsageError(question);
  return what;
}

export function numbered(what: string | undefined): string {
  if (!/^[1-9]\d{0,8}$/.test(what ?? '')) throw new UsageError('which change? `portolan partners changes` has the numbers');
  return what!;
}

export function print({ options, out }: Io, value: unknown, lines: () => string): ExitCode {
  out(options['json'] ? `${JSON.stringify(value, null, 2)}\n` : lines());
  return 0;
}

/** Asks the gateway; a problem is told with every error behind it, and then there is no answer. */
export async function call<T>(io: Io, method: string, path: string, body?: string, headers: Readonly<Record<string, string>> = {}): Promise<T | undefined> {
  const response = await gatewayOf(io.options, io.language)(path, { method, headers, ...(body === undefined ? {} : { body }) });
  const answer = await answerOf(response);
  if (response.ok) return answer as T;
  tellProblem(io, answer, response.status);
  return undefined;
}
