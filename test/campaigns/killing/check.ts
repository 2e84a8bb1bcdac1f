import { pause } from '../serving/process.ts';
import type { Books } from './books.ts';
import type { Party, World } from './world.ts';

/** An interchange of which its sender was told that it is taken: by 202, receipt, OK, or because it is gone from where it was put. */
export interface Taken {
  readonly party: string;
  readonly id: string | undefined; // where it was told one
}

/** What is wrong with the books: what was taken is not in them, or something is in them twice. `since`: references that are new in them. */
export function* check({ received, proofs, delivered }: Books, taken: Map<string, Taken>, since: readonly string[]): Iterable<string> {
  for (const reference of since) if (received.get(reference)!.length > 1) yield `${reference} was received ${received.get(reference)!.length} times`;
  for (const [reference, { party, id }] of taken) {
    const [found] = received.get(reference) ?? [];
    if (found === undefined) yield `${reference} of ${party} was taken, and is not in the books`;
    else if (found.party !== party) yield `${reference} of ${party} is in the books as ${found.party}'s`;
    else if (id !== undefined && found.id !== id) yield `${reference} of ${party} is ${found.id} in the books, and ${id} was told`;
    else if (party.startsWith('as2') && !proofs.has(found.id)) yield `${reference} of ${party} was taken without its signature`;
  }
  for (const [delivery, times] of delivered) if (times > 1) yield `${delivery} was delivered ${times} times by the books`;
}

export interface Delivered {
  readonly made: number;
  readonly again: number;
  readonly lost: number;
  readonly doubled: number;
}

/** What every recipient has, and what the gateway shows of each interchange. */
export async function final(
  {
    parties,
    taken,
    world,
    gateway,
  }: { readonly parties: readonly Party[]; readonly taken: ReadonlyMap<string, Taken>; readonly world: World; readonly gateway: string },
  wrong: string[],
): Promise<Delivered> {
  let [made, again, lost, doubled] = [0, 0, 0, 0];
  const expect = async (recipient: string, about: string, of: string): Promise<void> => {
    const came = (): { readonly deliveries: Set<string>; readonly contents: Set<string>; readonly times: number } | undefined =>
      world.came.get(recipient)?.get(about);
    for (const end = Date.now() + 10_000; !came() && Date.now() < end;) await pause(100); // who looks from time to time
    const found = came();
    if (!found) {
      lost++;
      return void wrong.push(`${of}: nothing came to ${recipient}`);
    }
    made++;
    again += found.times - 1;
    if (found.deliveries.size > 1 || found.contents.size > 1) {
      doubled++;
      wrong.push(`${of}: ${recipient} got it as ${[...found.deliveries].join(' and ')}, ${found.contents.size} contents`);
    }
  };
  const get = async <T>(path: string): Promise<T> => (await (await fetch(gateway + path, { headers: { authorization: 'Bearer demo-operator' } })).json()) as T;
  for (const [reference, { party }] of taken) {
    const { items } = await get<{ readonly items: readonly { readonly id: string }[] }>(`/v1/messages?reference=${reference}`);
    if (items.length !== 1) wrong.push(`${reference} of ${party} is found ${items.length} times`);
    if (items.length === 0) lost++;
    if (items.length > 1) doubled++;
    const [message] = items;
    if (!message) continue;
    await expect(party, reference, `${reference} of ${party}`);
    for (const agency of ['customs', 'port-health']) await expect(agency, message.id, `${reference} of ${party}`);
    const { state, timeline } = await get<{ readonly state: string; readonly timeline: readonly { readonly kind: string; readonly party?: string }[] }>(
      `/v1/interchanges/${message.id.replace(/-\d+$/, '')}`,
    );
    if (state !== 'processed') wrong.push(`${reference} of ${party}: ${state}`);
    const kinds = timeline.map((each) => each.kind);
    if (kinds.filter((kind) => kind === 'received').length !== (party.startsWith('as2') ? 2 : 1)) wrong.push(`${reference} of ${party}: ${kinds.join(', ')}`);
  }
  for (const [recipient, all] of world.came) for (const about of all.keys()) if (/^(?:gap|unknown)/.test(about)) wrong.push(`${recipient}: ${about}`);
  for (const { id, faults } of parties)
    wrong.push(...(faults?.(new Set([...taken].flatMap(([reference, each]) => (each.party === id ? [reference] : [])))) ?? []));
  return { made, again, lost, doubled };
}
