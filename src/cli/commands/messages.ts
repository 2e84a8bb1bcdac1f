import { searchAll, type SearchQuery } from '../../gateway/view.ts';
import { ask, table } from '../bench-command.ts';
import { benchOptions, beside } from '../client.ts';
import { UsageError, type Command } from '../main.ts';

const filters = ['reference', 'type', 'partner', 'agency', 'state', 'since', 'until', 'limit', 'cursor'] as const;

interface Row {
  readonly id: string;
  readonly state: string;
  readonly type?: string | null;
  readonly partner?: string | null;
  readonly receivedAt: string;
  readonly agencies?: Readonly<Record<string, string>>;
}

export const messages: Command = {
  usage:
    'portolan messages [--reference R] [--type T] [--partner P] [--agency A] [--state S] [--since T] [--until T] [--limit N] [--cursor C] [--url URL --key KEY | --data DIR] [--json]',
  summary: 'Finds messages, newest first. A reference is any business key: interchange reference, document number, bill, container.',
  example: 'portolan messages --reference TCLU4821930 --url http://127.0.0.1:8080 --key demo-operator',
  options: { ...benchOptions, ...Object.fromEntries(filters.map((name) => [name, { type: 'string' as const }])) },
  args: [0, 0],
  run(io) {
    const stated = filters.flatMap((name) => (io.options[name] === undefined ? [] : [[name, String(io.options[name])] as const]));
    const query = Object.fromEntries(
      stated.map(([name, text]) => [name, name === 'limit' ? Number(text) : name === 'since' || name === 'until' ? time(name, text) : text]),
    ) as SearchQuery;
    return ask(
      io,
      `/v1/messages?${new URLSearchParams(stated.map(([name, text]): [string, string] => [name, text])).toString()}`,
      ({ store }) => searchAll(store, query, beside),
      ({ items, next }: { items: readonly Row[]; next: string | null }) => {
        const rows = items.map(({ id, state, type, partner, receivedAt, agencies }) => [id, receivedAt, partner ?? '', type ?? '', state, Object.entries(agencies ?? {}).map(([name, each]) => `${name}: ${each}`).join(', ')]); // prettier-ignore
        return `${table(['id', 'received', 'partner', 'type', 'state', 'agencies'], rows)}${next === null ? '' : `more: --cursor ${next}\n`}`;
      },
    );
  },
};

function time(name: string, text: string): number {
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new UsageError(`--${name} is not an ISO 8601 date: \`${text}\``);
  return at;
}
