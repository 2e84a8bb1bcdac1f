import { concernsOf, type Concern } from '../../gateway/views/concerns.ts';
import type { DeviationCount } from '../../gateway/translation/deviation-counts.ts';
import { missingIn } from '../../gateway/intake/sequence.ts';
import { letters, type Letter } from '../../gateway/answers/letters.ts';
import { newestEntry } from '../../gateway/clock.ts';
import { overdue, type OverduePage } from '../../gateway/answers/overdue.ts';
import type { PartyStatus } from '../../gateway/delivery/party.ts';
import { defaultLimits } from '../../partners/limits.ts';
import type { QueueGroup } from '../../store/queue.ts';
import type { ReadStore } from '../../store/store.ts';
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
  summary:
    'What needs a person, by who must act, with the next step; then the log, and what waits in the queue by kind, code and retry class with the oldest age.',
  example: 'portolan status --url http://127.0.0.1:8080 --key demo-operator',
  options: benchOptions,
  args: [0, 0],
  run: (io) =>
    ask(
      io,
      '/v1/status',
      async ({ store }) => beside(store),
      ({ origin, entries, halted, concerns, queue, parties, letters: stopped, overdue: owed, deviations }: Status) => {
        const waits = queue.filter(({ state }) => state === 'ready'); // what stopped stands above
        const rows = waits.map(({ kind, code, retry, count, oldest }) => [kind, code ?? '', retry ?? '', String(count), age(oldest)]);
        const seen = deviations.map(({ partner, deviation, verdict, messages }) => [partner, deviation, verdict, String(messages)]);
        const deviating = seen.length === 0 ? '' : `\n${table(['partner', 'deviation', 'verdict', 'messages'], seen)}`;
        const log = `log ${origin}: ${entries} entries${halted === null ? '' : `\nhalted: ${halted}`}\n`;
        const working =
          queue.length === 0
            ? 'the queue is empty\n'
            : rows.length === 0
              ? 'nothing waits in the queue\n'
              : table(['kind', 'code', 'retry', 'count', 'oldest'], rows);
        return `${needed(concerns, [...stopped.items, ...owed.items.map(asStopped)])}${log}${working}${waiting(parties)}${deviating}`;
      },
    ),
};

async function beside(store: ReadStore): Promise<Status> {
  const [queue, room, entries, stopped, owed, missing, newest] = await Promise.all([
    store.queue(),
    store.room(),
    store.size(),
    letters(store, { limit: shown }),
    overdue(store, { limit: shown }),
    missingIn(store),
    newestEntry(store),
  ]);
  const concerns = concernsOf({ queue, room, missing, newest, floor: defaultLimits.disk, now: Date.now() });
  return { origin: store.origin, entries, halted: null, concerns, queue, parties: [], letters: stopped, overdue: owed, deviations: [] };
}

/**
 * Who must act comes first: it is what the one who asks looks for. Each matter is told once: what stopped piece by piece where all of it is
 * among `items`, else as one row, however many there are.
 */
function needed(concerns: readonly Concern[], items: readonly Stopped[]): string {
  if (concerns.length === 0 && items.length === 0) return 'nothing needs a person\n\n';
  const among = (code: string): number => items.filter((each) => each.code === code).length;
  const counts = new Map<string, number>();
  for (const { code, count, stopped } of concerns) if (stopped) counts.set(code, (counts.get(code) ?? 0) + count);
  const isListed = (code: string): boolean => among(code) >= (counts.get(code) ?? 0);
  const rows = concerns
    .filter(({ code, stopped }) => !stopped || !isListed(code))
    .map(({ actor, code, about, detail = '', count, since, next }) => [
      actor,
      code,
      String(count),
      since === null ? '' : age(since),
      `${about} ${detail}`.trim(),
      next,
    ]);
  const grouped = rows.length === 0 ? '' : `${table(['who acts', 'code', 'count', 'oldest', 'what', 'next'], rows)}\n`;
  return `${grouped}${people(items.filter(({ code }) => isListed(code)))}`;
}

/** What stopped, or did not come, as it is listed. */
type Stopped = Pick<Letter, 'id' | 'party' | 'actor' | 'next' | 'attempts' | 'since'> & { readonly what: string; readonly code: string };

const asStopped = (each: OverduePage['items'][number]): Stopped => ({ ...each, what: each.answer, attempts: 0, since: each.due });

/** What waits for a person piece by piece, by who that is. */
function people(items: readonly Stopped[]): string {
  const told = [...new Set(items.map(({ actor }) => actor))].map((actor) => {
    const letters = items.filter((each) => each.actor === actor);
    const rows = letters.map(({ id, what, party, code, attempts, since }) => [id, what, party, code, String(attempts), age(Date.parse(since))]);
    const steps = [...new Map(letters.map(({ code, next: step }) => [code, step]))].map(([code, step]) => `  ${code}: ${step}\n`);
    return `${actor} must act:\n${table(['id', 'what', 'party', 'code', 'attempts', 'since'], rows)}${steps.join('')}\n`;
  });
  return told.join('');
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
