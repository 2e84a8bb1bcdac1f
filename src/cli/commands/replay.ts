import { renderFinding } from '../../diagnostics/text.ts';
import type { Letter } from '../../gateway/answers/letters.ts';
import { ask, tellProblem } from '../bench-command.ts';
import { answerOf, benchOptions, openBench, type Bench } from '../client.ts';
import { Ended } from '../fault.ts';
import { UsageError, type Command, type ExitCode, type Io } from '../main.ts';

type Gateway = Extract<Bench, { kind: 'gateway' }>;

interface Page {
  readonly items: readonly { readonly id: string }[];
  readonly next: number | string | null;
}

/** What became of one that was to be replayed. */
interface Told {
  readonly id: string;
  readonly replayed?: string;
  readonly attempt?: number;
  readonly deliveries?: readonly string[];
  readonly answers?: readonly string[];
  readonly code?: string;
  readonly detail?: string;
}

export const replay: Command = {
  usage: [
    'portolan replay (ID [--agency A] | --all (--code CODE | --state STATE)) [--url URL --key KEY] [--json]',
    'portolan replay close N --reason TEXT [--url URL --key KEY] [--json]',
  ].join('\n       '),
  summary:
    'Once more: what could not be delivered is sent again, what could not be translated is translated anew by the maps of today. --agency: what that agency was given is given to it again. --all: everything that stopped for a cause, or every message in a state. `close`: what stopped, by its number, was settled otherwise or never will be.',
  example: 'portolan replay --all --code SEND_AUTH --url http://127.0.0.1:8080 --key demo-operator',
  options: {
    url: benchOptions.url,
    key: benchOptions.key,
    agency: { type: 'string' },
    all: { type: 'boolean' },
    code: { type: 'string' },
    state: { type: 'string' },
    reason: { type: 'string' },
  },
  only: { reason: ['close'] },
  args: [0, 2],
  async run(io) {
    if (io.args[0] === 'close') return close(io);
    if (io.args.length > 1) throw new UsageError('name one ID');
    const { all, code, state, agency } = io.options;
    const [id] = io.args;
    if (all ? id !== undefined || (code === undefined) === (state === undefined) : id === undefined || code !== undefined || state !== undefined)
      throw new UsageError('name one ID, or --all with --code CODE or --state STATE');
    const bench = (await openBench(io.options, io.language)) as Gateway;
    const ids = id !== undefined ? [id] : code !== undefined ? await lettersOf(io, bench, String(code)) : await messagesIn(io, bench, String(state));
    if (!ids) return 1;
    const told: Told[] = [];
    for (const each of ids) {
      try {
        told.push(await once(bench, each, agency === undefined ? '' : `?agency=${encodeURIComponent(String(agency))}`));
      } catch (error) {
        if (!(error instanceof Ended) || told.length === 0) throw error;
        tell(io, told); // which were replayed is known, although the gateway is gone
        io.tell(renderFinding(error.diagnostic, { language: io.language }));
        return 1;
      }
    }
    return tell(io, told);
  },
};

function close(io: Io): Promise<ExitCode> {
  const { reason } = io.options;
  const number = io.args[1] ?? '';
  if (!/^[1-9]\d{0,8}$/.test(number) || typeof reason !== 'string') throw new UsageError('`portolan replay close N --reason TEXT`');
  const beside = (): never => {
    throw new UsageError('only a gateway that runs can close what stopped');
  };
  return ask(io, `/v1/dead-letters/${number}/close?${new URLSearchParams({ reason }).toString()}`, beside, () => `${number} is closed\n`, 'POST');
}

/** All of them before the first is replayed: what stops again meanwhile is not replayed twice. */
const lettersOf = (io: Io, bench: Gateway, code: string): Promise<string[] | undefined> =>
  pages(io, bench, (after) => `/v1/dead-letters?limit=500&code=${encodeURIComponent(code)}&after=${after ?? 0}`);

const messagesIn = (io: Io, bench: Gateway, state: string): Promise<string[] | undefined> =>
  pages(io, bench, (cursor) => `/v1/messages?limit=500&state=${encodeURIComponent(state)}${cursor === undefined ? '' : `&cursor=${cursor}`}`);

async function pages(io: Io, bench: Gateway, path: (after: number | string | undefined) => string): Promise<string[] | undefined> {
  const ids = new Set<string>();
  for (let after: number | string | undefined; ;) {
    const response = await bench.get(path(after));
    const answer = await answerOf(response);
    if (!response.ok) {
      tellProblem(io, answer, response.status);
      return undefined;
    }
    const { items, next } = answer as Page & { readonly items: readonly Pick<Letter, 'id'>[] };
    for (const { id } of items) ids.add(id);
    if (next === null) return [...ids];
    after = next;
  }
}

async function once(bench: Gateway, id: string, query: string): Promise<Told> {
  const response = await bench.post(`/v1/messages/${encodeURIComponent(id)}/replay${query}`);
  return { ...((await answerOf(response)) as Omit<Told, 'id'>), id };
}

function tell(io: Io, told: readonly Told[]): ExitCode {
  if (io.options['json']) io.out(`${JSON.stringify(told, null, 2)}\n`);
  else
    for (const { id, replayed, attempt, deliveries = [], answers = [], code, detail } of told)
      io.out(`${id}  ${replayed === undefined ? `not replayed: ${code ?? ''} ${detail ?? ''}` : replayed === 'delivery' ? `sent again: ${deliveries.join(', ')}` : replayed === 'answer' ? `written again: the answer ${answers.join(', ')}` : `translated anew, attempt ${attempt ?? ''}`}\n`); // prettier-ignore
  if (told.length === 0) io.tell('there is nothing to replay\n');
  return told.every(({ replayed }) => replayed !== undefined) ? 0 : 1;
}
