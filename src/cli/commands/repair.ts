import type { RepairView } from '../../gateway/changes/repairs.ts';
import { table, tellProblem } from '../bench-command.ts';
import { answerOf, benchOptions, openBench } from '../client.ts';
import { UsageError, type Command, type ExitCode, type Io } from '../main.ts';
import { readWhole } from '../source.ts';

export const repair: Command = {
  usage:
    'portolan repair ID --with FILE [--note TEXT] [--url URL --key KEY] [--json]\n       portolan repair list|approve N|reject N [--note TEXT] [--url URL --key KEY] [--json]',
  summary:
    'Proposes an edited copy of a message that could not go on: FILE is an interchange of that message alone, from its sender. Another operator approves it, and it goes on as a new message, linked to the old one; or rejects it. The difference, and both names, are kept.',
  example: 'portolan repair 01JD8Z6Q0000000000000000AB-1 --with edited.edi --note "weight as told by telephone" --key demo-operator',
  options: { ...benchOptions, with: { type: 'string' }, note: { type: 'string' } },
  args: [1, 2],
  run(io) {
    const [verb = '', number] = io.args;
    const { with: file, note } = io.options as Readonly<Record<string, string | undefined>>;
    if (io.options['data'] !== undefined) throw new UsageError('a repair is proposed to a gateway that runs: --url, not --data');
    if (['list', 'approve', 'reject'].includes(verb) && file !== undefined) throw new UsageError('--with FILE is for `portolan repair ID`');
    if (verb === 'list' && (number ?? note) !== undefined) throw new UsageError('`portolan repair list` lists all of them');
    if (verb === 'list') return asked(io, 'GET', '/v1/repairs', undefined, ({ items }: { readonly items: readonly RepairView[] }) => lines(items));
    if (verb === 'approve' || verb === 'reject') {
      if (!/^[1-9]\d*$/.test(number ?? '')) throw new UsageError(`${verb} which? \`portolan repair list\` has the numbers`);
      return asked(io, 'POST', `/v1/repairs/${number}/${verb}${query('reason', note)}`, undefined, (view: RepairView) => lines([view]));
    }
    if (number !== undefined) throw new UsageError(`\`${number}\` is one argument too many`);
    if (file === undefined) throw new UsageError('the edited copy is missing: --with FILE');
    return asked(
      io,
      'POST',
      `/v1/messages/${encodeURIComponent(verb)}/repair${query('note', note)}`,
      readWhole(file),
      (made: { readonly number: number }) => `repair ${made.number} is proposed; another operator lets it go by \`portolan repair approve ${made.number}\`\n`,
    );
  },
};

const query = (name: string, value: string | undefined): string => (value === undefined ? '' : `?${new URLSearchParams({ [name]: value }).toString()}`);

const lines = (items: readonly RepairView[]): string =>
  table(
    ['number', 'state', 'message', 'by', 'decided by', 'became', 'note'],
    items.map(({ number, state, message, by, decidedBy, replacement, note }) => [String(number), state, message, by, decidedBy ?? '', replacement ?? '', note]),
  );

async function asked<Answer>(io: Io, method: 'GET' | 'POST', path: string, body: Uint8Array | undefined, lines: (answer: Answer) => string): Promise<ExitCode> {
  const bench = await openBench(io.options, io.language);
  if (bench.kind === 'data') throw new UsageError('a repair is proposed to a gateway that runs');
  const response = await (method === 'GET' ? bench.get(path) : bench.post(path, body));
  const answer = await answerOf(response);
  if (response.ok) io.out(io.options['json'] ? `${JSON.stringify(answer, null, 2)}\n` : lines(answer as Answer));
  else tellProblem(io, answer, response.status);
  return response.ok ? 0 : 1;
}
