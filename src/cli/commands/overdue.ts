import { overdue as listed, type Overdue, type OverduePage } from '../../gateway/answers/overdue.ts';
import { ask, table } from '../bench-command.ts';
import { benchOptions } from '../client.ts';
import { UsageError, type Command } from '../main.ts';

export const overdue: Command = {
  usage: [
    'portolan overdue [--party P] [--after N] [--url URL --key KEY | --data DIR] [--json]',
    'portolan overdue close N --reason TEXT [--url URL --key KEY] [--json]',
  ].join('\n       '),
  summary: 'The answers that did not come in time, by who must act: who owes which, to what, since when. `close`: one of them was settled otherwise.',
  example: 'portolan overdue --url http://127.0.0.1:8080 --key demo-operator',
  options: { ...benchOptions, party: { type: 'string' }, after: { type: 'string' }, reason: { type: 'string' } },
  only: { party: [''], after: [''], reason: ['close'] },
  args: [0, 2],
  run(io) {
    const { party, after, reason } = io.options as Readonly<Record<string, string | undefined>>;
    const [verb, number = ''] = io.args;
    if (verb !== undefined) {
      if (verb !== 'close' || !/^[1-9]\d{0,8}$/.test(number) || reason === undefined) throw new UsageError('`portolan overdue close N --reason TEXT`');
      const beside = (): never => {
        throw new UsageError('only a gateway that runs can close what is overdue');
      };
      const path = `/v1/overdue/${number}/close?${new URLSearchParams({ reason }).toString()}`;
      return ask(io, path, beside, () => `${number} is closed\n`, 'POST');
    }
    if (after !== undefined && !/^\d{1,9}$/.test(after)) throw new UsageError('--after is a number that the page before ended with');
    const query = { ...(party === undefined ? {} : { party }), ...(after === undefined ? {} : { after }) };
    const asked = { ...(party === undefined ? {} : { party }), ...(after === undefined ? {} : { after: Number(after) }) };
    return ask(io, `/v1/overdue?${new URLSearchParams(query).toString()}`, ({ store }) => listed(store, asked), lines);
  },
};

function lines({ items, next }: OverduePage): string {
  if (items.length === 0) return 'no answer is overdue\n';
  const told = [...new Set(items.map(({ actor }) => actor))].map((actor) => {
    const rows = items.filter((each) => each.actor === actor).map(row);
    return `${actor} must act:\n${table(['number', 'id', 'party', 'answer', 'due'], rows)}`;
  });
  return `${told.join('\n')}${next === null ? '' : `and more: portolan overdue --after ${next}\n`}`;
}

const row = ({ number, id, party, answer, by, due }: Overdue): string[] => [
  String(number),
  id,
  party,
  by === null ? answer : `${answer} (${by.join(', ')})`,
  due,
];
