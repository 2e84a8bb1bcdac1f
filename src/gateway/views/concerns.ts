import { codes, type Actor, type Code } from '../../diagnostics/codes.ts';
import { finding, sentence, worded, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import { isOfDisk, type StoreError } from '../../store/fault.ts';
import type { QueueGroup } from '../../store/queue.ts';
import type { Room } from '../../store/room.ts';
import type { ReadStore } from '../../store/store.ts';
import { clockBehind, newestEntry } from '../clock.ts';
import { floorOf } from '../intake/disk.ts';
import type { MissingOf } from '../intake/sequence.ts';
import { endingIn, type EndingOf } from './ending.ts';
import type { Gateway } from '../gateway.ts';
import type { PartyStatus } from '../delivery/party.ts';
import type { Refused } from '../library/reloaded.ts';

/** Something that does not go on by itself, or not soon: who must act, and what to do next. */
export interface Concern {
  readonly actor: Actor;
  readonly code: Code;
  readonly subject: string; // whose it is, by a name that stays: a party, a kind of work, a file; '' of the gateway itself
  readonly about: string; // what it is, in a few words, and no value of anybody's
  readonly detail?: string; // what was found, with the values it was found in
  readonly stopped?: true; // of work that does not go on: /v1/dead-letters has it piece by piece
  readonly count: number;
  readonly since: number | null; // ms since 1970: the oldest
  readonly next: string; // a command, or what to do
}

/** A webhook that cannot be told anything. */
export interface Deaf {
  readonly webhook: string;
  readonly code: Code;
  readonly since: number; // ms since 1970
}

/** How it stands, as far as somebody knows it: beside a data folder nobody knows what a process has in its memory. */
export interface Standing {
  readonly queue: readonly QueueGroup[];
  readonly room?: Room | undefined; // undefined where the disk cannot be asked
  readonly floor: number; // bytes that must be free
  readonly halted?: Code | undefined;
  readonly unwritable?: Pick<StoreError, 'code' | 'args'> | undefined;
  readonly refused?: Refused | undefined;
  readonly parties?: readonly PartyStatus[];
  readonly ending?: readonly EndingOf[]; // what stops by itself soon, or has stopped
  readonly deaf?: readonly Deaf[];
  readonly missing?: readonly MissingOf[];
  readonly beyond?: readonly { readonly partner: string; readonly found: Diagnostic }[]; // who has reached a limit of its quota
  readonly leap?: Diagnostic | undefined; // nothing is erased for now
  readonly newest?: number; // of when the newest entry of the log is, ms since 1970
  readonly now: number;
}

/** What a gateway that runs knows of itself. */
export async function concernsIn(gateway: Gateway): Promise<Concern[]> {
  const { store, departures, refused, halted, unwritable, now, configuration, rounds } = gateway;
  const [queue, room, newest] = await Promise.all([store.queue(), roomIn(store), newestEntry(store)]);
  return concernsOf({
    queue,
    room,
    newest,
    floor: configuration.gateway.limits.disk,
    parties: departures.status,
    refused,
    halted,
    unwritable,
    ending: endingIn(gateway, warnedDays),
    deaf: rounds.alerts.deaf,
    missing: rounds.sequences.missing,
    leap: rounds.leap.found,
    beyond: configuration.partners.flatMap((partner) => {
      const found = rounds.quotas.beyond(partner, partner.test ?? false, now())?.finding;
      return found ? [{ partner: partner.id, found }] : [];
    }),
    now: now(),
  });
}

const actors: readonly Actor[] = ['operator', 'us', 'analyst', 'agency', 'sender'];
const warnedDays = 30; // before a certificate ends
const patience = 15 * 60_000; // ms for which what is tried again by itself needs nobody

/** What needs a person, by who must act, the oldest first. Nothing: all goes on by itself. */
export function concernsOf(standing: Standing): Concern[] {
  return [...ofGateway(standing), ...ofQueue(standing), ...ofParties(standing), ...ofEnding(standing), ...ofWebhooks(standing), ...ofSenders(standing)].sort(
    (a, b) => actors.indexOf(a.actor) - actors.indexOf(b.actor) || (a.since ?? 0) - (b.since ?? 0),
  );
}

interface More {
  readonly subject?: string;
  readonly detail?: string;
  readonly stopped?: true;
  readonly count?: number;
  readonly since?: number | null;
}

const concern = (code: Code, about: string, next: string, { subject = '', count = 1, since = null, ...detail }: More = {}): Concern => ({
  actor: codes[code].actor,
  code,
  subject,
  about,
  ...detail,
  count,
  since,
  next,
});

/** What lets a store go on that cannot be written, where the cause says it. */
const remedies: Partial<Record<Code, string>> = {
  STORE_DISK_FULL: 'make room',
  STORE_READ_ONLY: 'make the data folder writable',
  STORE_ABSENT: 'put the data folder, or what was mounted there, back in its place',
};

/** Where the folder is gone nobody can say how full its disk is, and all else is told all the same. */
async function roomIn(store: Pick<ReadStore, 'room'>): Promise<Room | undefined> {
  try {
    return await store.room();
  } catch (error) {
    if (isOfDisk(error)) return undefined;
    throw error;
  }
}

function* ofGateway({ halted, unwritable, refused, room, floor, leap, newest = 0, now }: Standing): Generator<Concern> {
  if (halted)
    yield concern(halted, 'nothing is accepted', 'look at the disk and at the log of the gateway, then restart it; the start verifies the last checkpoint');
  if (unwritable) {
    const { code, args } = unwritable;
    yield concern(code, 'nothing is accepted:', `${remedies[code] ?? 'mend the disk, or put the data folder back in its place'}; all goes on by itself`, {
      detail: worded(code, args),
    });
  } else if (!room) yield concern('STORE_FAULT', 'the disk of the data folder cannot be asked', 'look whether the data folder is in its place');
  else if (room.free < floorOf(room, floor)) yield concern('STORE_DISK_FULL', `${megabytes(room.free)} are free`, 'make room: nothing is accepted until then');
  else if (room.free < 2 * floorOf(room, floor)) yield concern('STORE_DISK_FULL', `${megabytes(room.free)} are free`, 'make room before acceptance stops');
  const clock = clockBehind(newest, now);
  if (clock) yield concern(clock.code, sentence(clock), 'check the time service of the machine; portolan codes STORE_CLOCK');
  if (leap) yield concern(leap.code, sentence(leap), 'check the clock of the machine; portolan retention --dry-run tells what is due by it');
  if (refused) {
    const errors = refused.findings.filter(({ severity }) => severity === 'error' || severity === 'fatal');
    const [first] = errors;
    const place = first?.rule ? [first.rule.file, first.rule.line, first.rule.column].filter((part) => part !== undefined).join(':') : '';
    yield concern('CONFIG_REFUSED', place, 'portolan serve --check --config DIR', {
      detail: first?.message ?? '',
      count: errors.length,
      since: refused.at,
    });
  }
}

function* ofQueue({ queue, now }: Standing): Generator<Concern> {
  for (const { kind, state, code, count, oldest } of queue) {
    const waits = state === 'ready';
    if (code === undefined || !Object.hasOwn(codes, code) || (waits && now - oldest < patience)) continue;
    const [about, next] =
      code === 'ANSWER_OVERDUE'
        ? ['answers that did not come in time', 'portolan overdue']
        : waits
          ? [`${kind}: still tried again`, `portolan codes ${code}`]
          : [`${kind}: ${state === 'dead' ? 'failed for good' : 'waits for a remedy'}`, `portolan codes ${code}; portolan replay --all --code ${code}`];
    yield concern(code as Code, about, next, {
      subject: `${kind} ${state}`,
      ...(!waits && { stopped: true }),
      count,
      since: oldest,
    });
  }
}

function* ofParties({ parties = [] }: Standing): Generator<Concern> {
  for (const { party, circuit, code, failures, until } of parties)
    if (circuit === 'open' && code !== null)
      yield concern(code, `nothing is sent to ${party}${until === null ? '' : ` before ${until}`}`, `portolan codes ${code}; ask ${party}`, {
        subject: party,
        count: failures,
      });
}

/** One row for each code, however many parties there are: it is one screen. */
function* ofEnding({ ending = [] }: Standing): Generator<Concern> {
  for (const code of new Set(ending.map(({ found }) => found.code))) {
    const all = ending.filter(({ found }) => found.code === code);
    const more = all.length === 1 ? '' : `, and ${all.length - 1} more`;
    yield concern(code, `${sentence(all[0]!.found)}${more}`, `portolan codes ${code}`, { count: all.length });
  }
}

function* ofWebhooks({ deaf = [], now }: Standing): Generator<Concern> {
  for (const { webhook, code, since } of deaf)
    if (now - since >= patience) yield concern(code, `no alert reaches ${webhook}`, `portolan codes ${code}`, { subject: webhook, since });
}

/** One row for each matter, however many senders there are. */
function* ofSenders({ missing = [], beyond = [] }: Standing): Generator<Concern> {
  const and = (others: number): string => (others === 0 ? '' : `, and of ${others} more`);
  const [gap] = missing;
  if (gap) {
    const senders = new Set(missing.map(({ partner }) => partner)).size;
    const detail = sentence(finding('PARTNER_SEQUENCE', { partner: gap.partner, missing: gap.from === gap.to ? gap.from : `${gap.from} to ${gap.to}` }));
    const since = Math.min(...missing.map((each) => each.since));
    yield concern('PARTNER_SEQUENCE', `gaps in the references of ${gap.partner}${and(senders - 1)}:`, 'portolan sequence', {
      detail,
      count: missing.length,
      since,
    });
  }
  const [first] = beyond;
  if (first)
    yield concern('PARTNER_QUOTA', `the quota of ${first.partner}${and(beyond.length - 1)} is used up:`, `portolan partners show ${first.partner}`, {
      detail: sentence(first.found),
      count: beyond.length,
    });
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1_048_576)} MB`;
