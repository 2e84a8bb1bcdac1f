import type { DeviationCount } from '../../gateway/deviation-counts.ts';
import type { QueueGroup } from '../../store/store.ts';
import { ask, table } from '../bench-command.ts';
import { benchOptions } from '../client.ts';
import type { Command } from '../main.ts';

interface Status {
  readonly origin: string;
  readonly entries: number;
  readonly halted: string | null;
  readonly queue: readonly QueueGroup[];
  readonly deviations: readonly DeviationCount[]; // since the gateway started; beside a data folder nobody counts
}

export const status: Command = {
  usage: 'portolan status [--url URL --key KEY | --data DIR] [--json]',
  summary: 'How the gateway is: its log, and its queue by kind, code and retry class with the oldest age.',
  example: 'portolan status --url http://127.0.0.1:8080 --key demo-operator',
  options: benchOptions,
  args: [0, 0],
  run: (io) =>
    ask(
      io,
      '/v1/status',
      async ({ store }) => ({ origin: store.origin, entries: await store.size(), halted: null, queue: await store.queue(), deviations: [] }),
      ({ origin, entries, halted, queue, deviations }: Status) => {
        const rows = queue.map(({ kind, state, code, retry, count, oldest }) => [kind, state, code ?? '', retry ?? '', String(count), age(oldest)]);
        const seen = deviations.map(({ partner, deviation, verdict, messages }) => [partner, deviation, verdict, String(messages)]);
        const told = seen.length === 0 ? '' : `\n${table(['partner', 'deviation', 'verdict', 'messages'], seen)}`;
        return `log ${origin}: ${entries} entries${halted === null ? '' : `\nhalted: ${halted}`}\n${rows.length === 0 ? 'the queue is empty\n' : table(['kind', 'state', 'code', 'retry', 'count', 'oldest'], rows)}${told}`;
      },
    ),
};

function age(since: number): string {
  const seconds = Math.max(0, Math.round((Date.now() - since) / 1000));
  return seconds < 120 ? `${seconds} s` : seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}
