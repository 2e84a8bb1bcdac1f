import { beginningOf } from '../../language/moment.ts';
import { searchStates } from '../../gateway/outcome/fates.ts';
import { searchAll, type SearchQuery } from '../../gateway/views/view.ts';
import { ask, table } from '../bench-command.ts';
import { benchOptions, beside } from '../client.ts';
import { UsageError, type Command } from '../main.ts';

const filters = ['reference', 'type', 'partner', 'agency', 'state', 'since', 'until', 'limit', 'cursor'] as const;

interface Row {
  readonly id: string;
  readonly state: string;
  readonly type?: string | null;
  readonly partner?: string | null;
  readonly grade?: string | null;
  readonly receivedAt: string;
  readonly agencies?: Readonly<Record<string, string>>;
}

export const messages: Command = {
  usage:
    'portolan messages [--reference R] [--type T] [--partner P] [--agency A] [--state S] [--since T] [--until T] [--limit N] [--cursor C] [--url URL --key KEY | --data DIR] [--json]',
  summary:
    'Finds messages, newest first. A reference is any business key: interchange reference, document number, UCR, MRN, bill, air waybill, container, permit, with or without blanks and hyphens; or the prefix of an airline or a container owner.',
  example: 'portolan messages --reference TCLU4821930 --url http://127.0.0.1:8080 --key demo-operator',
  options: { ...benchOptions, ...Object.fromEntries(filters.map((name) => [name, { type: 'string' as const }])) },
  args: [0, 0],
  run(io) {
    const stated = filters.flatMap((name) => (io.options[name] === undefined ? [] : [[name, String(io.options[name])] as const]));
    const query = Object.fromEntries(stated.map(([name, text]) => [name, (Object.hasOwn(readers, name) ? readers[name]! : asItIs)(text, name)])) as SearchQuery;
    return ask(
      io,
      `/v1/messages?${new URLSearchParams(stated.map(([name, text]): [string, string] => [name, text])).toString()}`,
      ({ store }) => searchAll(store, query, beside),
      ({ items, next }: { items: readonly Row[]; next: string | null }) => {
        const rows = items.map(({ id, state, type, partner, grade, receivedAt, agencies }) => [id, receivedAt, partner ?? '', type ?? '', grade ?? '', state, Object.entries(agencies ?? {}).map(([name, each]) => `${name}: ${each}`).join(', ')]); // prettier-ignore
        return `${table(['id', 'received', 'partner', 'type', 'grade', 'state', 'agencies'], rows)}${next === null ? '' : `more: --cursor ${next}\n`}`;
      },
    );
  },
};

type Read = (text: string, name: string) => string | number;

const asItIs: Read = (text) => text;

/** How an option is read, and refused before anyone is asked. */
const readers: Readonly<Record<string, Read>> = {
  limit(text) {
    const limit = Number(text);
    if (!(Number.isInteger(limit) && limit >= 1 && limit <= 500)) throw new UsageError(`--limit must be a whole number from 1 to 500, not \`${text}\``);
    return limit;
  },
  state(text) {
    if (!(searchStates as readonly string[]).includes(text)) throw new UsageError(`--state must be one of ${searchStates.join(', ')}, not \`${text}\``);
    return text;
  },
  cursor(text) {
    if (!/^[0-9A-HJKMNP-TV-Z]{26}(-\d{1,7})?$/.test(text)) throw new UsageError(`--cursor must be what the page before said, not \`${text}\``);
    return text;
  },
  since: time,
  until: time,
};

function time(text: string, name: string): number {
  const at = beginningOf(text);
  if (at === undefined) throw new UsageError(`--${name} is not an ISO 8601 date or date-time: \`${text}\``);
  return at;
}
