import { viewSequence } from '../../gateway/intake/sequence.ts';
import { ask, table } from '../bench-command.ts';
import { benchOptions } from '../client.ts';
import type { Command } from '../main.ts';

/** A run of references, as it is shown. */
export interface Shown {
  readonly partner: string;
  readonly sender: string;
  readonly recipient: string;
  readonly test: boolean;
  readonly prefix: string;
  readonly highest: number;
  readonly missing: readonly { readonly from: number; readonly to: number; readonly since: string; readonly overdue: boolean }[];
  readonly late: number;
  readonly reordered: number;
  readonly wraps: number;
  readonly restarts: number;
}

export const sequence: Command = {
  usage: 'portolan sequence [--partner P] [--url URL --key KEY | --data DIR] [--json]',
  summary:
    'How the interchange references of partners run that agreed on being counted: what is missing and since when, what came late, out of order, or from the beginning.',
  example: 'portolan sequence --partner blue-anchor --url http://127.0.0.1:8080 --key demo-operator',
  options: { ...benchOptions, partner: { type: 'string' } },
  args: [0, 0],
  run(io) {
    const partner = io.options['partner'] as string | undefined;
    const query = partner === undefined ? '' : `?${new URLSearchParams({ partner }).toString()}`;
    return ask(io, `/v1/sequence${query}`, ({ store }) => viewSequence(store, partner), sequenceLines);
  },
};

export function sequenceLines({ items }: { readonly items: readonly Shown[] }): string {
  if (items.length === 0) return 'no references are counted\n';
  const head = ['partner', 'from', 'to', 'newest', 'missing', 'late', 'out of order', 'begun anew'];
  const rows = items.map(({ partner, sender, recipient, test, prefix, highest, missing, late, reordered, wraps, restarts }) => [
    partner,
    sender,
    `${recipient}${test ? ' (test)' : ''}`,
    `${prefix}${highest}`,
    missing.map(({ from, to, since, overdue }) => `${from === to ? from : `${from}-${to}`} since ${since}${overdue ? '!' : ''}`).join(', ') || 'nothing',
    String(late),
    String(reordered),
    String(wraps + restarts),
  ]);
  return table(head, rows);
}
