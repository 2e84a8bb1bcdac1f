import { keptKinds, type KeptKind, type RetentionRules } from '../../partners/retention.ts';
import type { Owner, ReadStore } from '../../store/store.ts';
import { firstIdAt, receivedAt } from '../ids.ts';
import { givenUpBefore } from './sweep.ts';

/** What would be erased of one kind of what one party sent: counted in interchanges, and nothing is touched. */
export interface Forecast {
  readonly party: string;
  readonly kind: KeptKind;
  readonly days: number; // that it is kept for
  readonly erased: number; // now, little by little
  readonly held: number; // its time is over, and an operator holds it
  readonly needed: number; // its time is over, and it is still worked on, not delivered or not fetched
  readonly unseen: number; // its time is over; which of the three it is was not looked at: there are too many
  readonly week: number; // whose time ends within 7 days
  readonly month: number; // within 30 days
  readonly next: string | null; // when the time of the next one ends
}

const day = 86_400_000; // ms
const looks = 2_000; // interchanges that are looked at for one answer
const most = 100_000; // that are counted of one kind of one party: as many, or more

/** By party, those after one; what is kept for ever is not in it. `next` is the `after` of the following page. */
export async function forecast(
  store: Pick<ReadStore, 'retention'>,
  rules: RetentionRules,
  now: number,
  { after = '', limit = 100, party }: { readonly after?: string; readonly limit?: number; readonly party?: string } = {},
): Promise<{ readonly items: readonly Forecast[]; readonly next: string | null }> {
  const { retention } = store;
  const parties = party === undefined ? await retention.senders(after, limit) : [party];
  const items: Forecast[] = [];
  let left = looks;
  for (const each of parties) {
    const keeps = rules(each);
    const lapsed = await retention.lapsed(each);
    for (const kind of keptKinds) {
      const keep = keeps[kind];
      if (keep === Infinity) continue;
      const from = lapsed[kind] ?? '';
      const until = (days: number): string => firstIdAt(now + days * day - keep);
      const again = await retention.deferredOf(each, kind, most);
      const fresh = again.length < left ? await retention.interchanges(each, from, until(0), left - again.length) : [];
      const due = [...again, ...fresh].slice(0, left);
      left -= due.length;
      const seen = await count(due, (id) =>
        retention.needed(id, givenUpBefore(now, keep)).then((why) => (receivedAt(id) + keep > now ? 'later' : (why ?? 'erased'))),
      );
      const over = await retention.count(each, from, until(0), most);
      const [first] = await retention.interchanges(each, until(0) > from ? until(0) : from, '~', 1);
      items.push({
        party: each,
        kind,
        days: keep / day,
        erased: seen.erased ?? 0,
        held: seen.hold ?? 0,
        needed: seen.work ?? 0,
        unseen: over + again.length - due.length,
        week: (await retention.count(each, from, until(7), most)) - over,
        month: (await retention.count(each, from, until(30), most)) - over,
        next: first === undefined ? null : new Date(receivedAt(first) + keep).toISOString(),
      });
    }
  }
  return { items, next: party === undefined && parties.length === limit ? parties.at(-1)! : null };
}

async function count(ids: readonly Owner[], kindOf: (id: Owner) => Promise<'hold' | 'work' | 'erased' | 'later'>): Promise<Partial<Record<string, number>>> {
  const counted: Partial<Record<string, number>> = {};
  for (const id of ids) {
    const kind = await kindOf(id);
    counted[kind] = (counted[kind] ?? 0) + 1;
  }
  return counted;
}
