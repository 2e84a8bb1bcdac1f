import { concernsOf, type Concern } from '../../gateway/views/concerns.ts';
import type { DeviationCount } from '../../gateway/translation/deviation-counts.ts';
import { letters, type Letter } from '../../gateway/answers/letters.ts';
import { overdue, type OverduePage } from '../../gateway/answers/overdue.ts';
import type { PartyStatus } from '../../gateway/delivery/party.ts';
import { defaultLimits } from '../../partners/limits.ts';
import type { QueueGroup, ReadStore } from '../../store/store.ts';
import { ask, table } from '../bench-command.ts';
import { benchOptions } from '../client.ts';
import type { Command } from '../main.ts';

interface Status {
  readonly origin: string;
  readonly entries: number;
  readonly halted: string | null;
  readonly concerns: readonly Concern[]; // beside a data folder without those that only the process knows
  readonly queue: readonly QueueGroup[];
  readonly parties: readonly PartyStatus[];
  readonly letters: { readonly items: readonly Letter[]; readonly next: number | null };
  readonly overdue: OverduePage;
  readonly deviations: readonly DeviationCount[]; // since the gateway started; beside a data folder nobody counts
}

export const status: Command = {
  usage: 'portolan status [--url URL --key KEY | --data DIR] [--json]',
  summary: 'What needs a person, by who must act, with the next step; then the log, and the queue by kind, code and retry class with the oldest age.',
  example: 'portolan status --url http://127.0.0.1:8080 --key demo-operator',
  options: benchOptions,
  args: [0, 0],
  run: (io) =>
    ask(
      io,
      '/v1/status',
      async ({ store }) => beside(store),
      ({ origin, entries, halted, concerns, queue, parties, letters: stopped, overdue: owed, deviations }: Status) => {
        const rows = queue.map(({ kind, state, code, retry, count, oldest }) => [kind, state, code ?? '', retry ?? '', String(count), age(oldest)]);
        const seen = deviations.map(({ partner, deviation, verdict, messages }) => [partner, deviation, verdict, String(messages)]);
        const deviating = seen.length === 0 ? '' : `\n${table(['partner', 'deviation', 'verdict', 'messages'], seen)}`;
        return `${needed(concerns)}log ${origin}: ${entries} entries${halted === null ? '' : `\nhalted: ${halted}`}\n${rows.length === 0 ? 'the queue is empty\n' : table(['kind', 'state', 'code', 'retry', 'count', 'oldest'], rows)}${waiting(parties)}${people(stopped, owed)}${deviating}`;
      },
    ),
};

async function beside(store: ReadStore): Promise<Status> {
  const [queue, room, entries, stopped, owed] = await Promise.all([
    store.queue(),
    store.room(),
    store.size(),
    letters(store, { limit: shown }),
    overdue(store, { limit: shown }),
  ]);
  const concerns = concernsOf({ queue, room, floor: defaultLimits.disk, now: Date.now() });
  return { origin: store.origin, entries, halted: null, concerns, queue, parties: [], letters: stopped, overdue: owed, deviations: [] };
}

/** Who must act comes first: it is what the one who asks looks for. */
function needed(concerns: readonly Concern[]): string {
  if (concerns.length === 0) return 'nothing needs a person\n\n';
  const rows = concerns.map(({ actor, code, about, count, since, next }) => [actor, code, String(count), since === null ? '' : age(since), about, next]);
  return `${table(['who acts', 'code', 'count', 'oldest', 'what', 'next'], rows)}\n`;
}

function age(since: number): string {
  const seconds = Math.max(0, Math.round((Date.now() - since) / 1000));
  return seconds < 120 ? `${seconds} s` : seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

const shown = 20;

/** Parties for which something waits for more than its turn. */
function waiting(parties: readonly PartyStatus[]): string {
  const held = parties.filter(({ why, failures }) => why !== null || failures > 0);
  if (held.length === 0) return '';
  const rows = held.map(({ party, channel, circuit, failures, code, until, why }) => [party, channel, why === 'hours' ? 'closed now' : circuit, String(failures), code ?? '', until ?? '']); // prettier-ignore
  return `\n${table(['party', 'channel', 'circuit', 'failures', 'code', 'until'], rows)}`;
}

/** What waits for a person, by who that is. */
function people({ items: stopped, next }: Status['letters'], { items: owed, next: more }: OverduePage): string {
  const items = [...stopped, ...owed.map((each) => ({ ...each, what: each.answer, attempts: 0, since: each.due }))];
  const told = [...new Set(items.map(({ actor }) => actor))].map((actor) => {
    const letters = items.filter((each) => each.actor === actor);
    const rows = letters.map(({ id, what, party, code, attempts, since }) => [id, what, party, code, String(attempts), age(Date.parse(since))]);
    const steps = [...new Map(letters.map(({ code, next: step }) => [code, step]))].map(([code, step]) => `  ${code}: ${step}\n`);
    return `\n${actor} must act:\n${table(['id', 'what', 'party', 'code', 'attempts', 'since'], rows)}${steps.join('')}`;
  });
  return `${told.join('')}${next === null ? '' : `and more: /v1/dead-letters?after=${next}\n`}${more === null ? '' : `and more: portolan overdue --after ${more}\n`}`;
}
