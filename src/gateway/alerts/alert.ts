import type { Webhook } from '../../partners/webhooks.ts';
import type { Concern } from '../views/concerns.ts';

/** What needs a person, from when on it did, and what each webhook was told of it. All of it is kept, so that a restart tells nothing twice. */
export interface Alert {
  readonly id: string;
  readonly concern: Omit<Concern, 'detail'>; // as it was seen last
  readonly began: number; // ms since 1970
  readonly gone?: number; // since when it has not been seen any more
  readonly told: Readonly<Record<string, Told>>; // by webhook
}

export interface Told {
  readonly event: Event;
  readonly at: number;
  readonly count: number; // that was told
  readonly number: number; // of the notices of this alert
}

export type Event = 'begins' | 'continues' | 'ends';

const grown = 15 * 60_000; // ms after which more of the same is worth another notice

/** By what it is the same thing that needs a person, however many it are by now. */
const keyOf = ({ code, subject }: Pick<Concern, 'code' | 'subject'>): string => `${code} ${subject}`;

/** The alerts as they stand after a look: what is new, what changed, what is gone. Those that did not change are the same objects. */
export function noticed(known: readonly Alert[], concerns: readonly Concern[], now: number, newId: () => string): Alert[] {
  const seen = new Map([...concerns].reverse().map(({ detail: _, ...concern }) => [keyOf(concern), concern]));
  const after = known.map((alert): Alert => {
    const concern = seen.get(keyOf(alert.concern));
    seen.delete(keyOf(alert.concern));
    if (!concern) return alert.gone === undefined ? { ...alert, gone: now } : alert;
    const { gone: _, ...rest } = alert;
    return alert.gone === undefined && concern.count === alert.concern.count ? alert : { ...rest, concern };
  });
  return [...after, ...[...seen.values()].reverse().map((concern) => ({ id: newId(), concern, began: now, told: {} }))];
}

/** What a webhook is to be told of an alert now. What neither stood nor was gone for long enough is not worth a word. */
export function due({ concern, began, gone, told }: Alert, { id, actors, after, repeat }: Webhook, now: number): Event | undefined {
  if (actors && !actors.includes(concern.actor)) return undefined;
  const said = told[id];
  const knows = said !== undefined && said.event !== 'ends';
  if (gone !== undefined) {
    if (now - gone < after) return undefined;
    return knows || (said === undefined && gone - began >= after) ? 'ends' : undefined; // where nobody could be told meanwhile, that too is one notice
  }
  if (!knows) return now - began >= after ? 'begins' : undefined;
  const since = now - said.at;
  return since >= (repeat ?? Infinity) || (concern.count > said.count && since >= grown) ? 'continues' : undefined;
}

/** Whether there is nothing more to be said of it to anybody. */
export const isOver = (alert: Alert, webhooks: readonly Webhook[], now: number): boolean =>
  alert.gone !== undefined && webhooks.every((webhook) => now - alert.gone! >= webhook.after && due(alert, webhook, now) === undefined);

/** The body of a notice; ALERTS.md explains each member. */
export function noticeOf({ id, concern, began, gone }: Alert, event: Event, gateway: string, now: number): Readonly<Record<string, string | number | null>> {
  const iso = (ms: number): string => new Date(ms).toISOString();
  const { code, actor, subject, about, count, since, next } = concern;
  return {
    alert: id,
    event,
    gateway,
    at: iso(now),
    began: iso(Math.min(began, since ?? began)),
    ended: gone === undefined ? null : iso(gone),
    actor,
    code,
    subject,
    about,
    count,
    next,
  };
}
