import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { post } from './http.ts';
import { acknowledged, type Party, type World } from './world.ts';

interface Notice {
  readonly alert: string;
  readonly event: 'begins' | 'continues' | 'ends';
}

/**
 * Refuses each delivery the first time, and has it sent again when an alert says that something stopped: what a lost alert would have told
 * never comes. Each notice is one thing under its id, however often it comes.
 */
export function alerts(world: World): Party & { readonly webhook: object } {
  const refused = new Set<string>();
  const notices = new Map<string, Notice>(); // by Portolan-Delivery
  const wrong: string[] = [];
  const secret = join(world.folder, 'alerts.key');
  writeFileSync(secret, randomBytes(32).toString('base64'), { mode: 0o600 });
  world.answer('alerts', async ({ headers, body }) => {
    const delivery = String(headers['portolan-delivery']);
    if (refused.size === refused.add(delivery).size) world.got('alerts', acknowledged(Buffer.from(body).toString('latin1')), delivery, body);
    else return Promise.resolve({ status: 422, headers: {}, body: Buffer.from('not now') });
    return Promise.resolve({ status: 200, headers: {}, body: Buffer.alloc(0) });
  });
  world.answer('watch', async ({ headers, body }) => {
    const delivery = String(headers['portolan-delivery']);
    const { alert, event } = JSON.parse(Buffer.from(body).toString()) as Notice;
    const known = notices.get(delivery);
    if (known && (known.alert !== alert || known.event !== event)) wrong.push(`${delivery} was ${known.event}, and is ${event}`);
    notices.set(delivery, { alert, event });
    if (event !== 'ends') void sendAgain(world).catch(() => undefined); // it has fallen: it is told again
    return Promise.resolve({ status: 200, headers: {}, body: Buffer.alloc(0) });
  });
  return {
    id: 'alerts',
    channel: { http: { url: `${world.ends}/alerts` } },
    webhook: {
      id: 'watch',
      http: { url: `${world.ends}/watch`, signature: { id: 'k', algorithm: 'hmac-sha256', key: { file: secret } } },
      after: '0s',
      repeat: '1s',
    },
    send: post(world, 'alerts'),
    *faults() {
      yield* wrong;
      if (![...notices.values()].some(({ event }) => event === 'begins')) yield 'no alert was told';
      for (const alert of new Set([...notices.values()].map((each) => each.alert))) {
        const numbered = [...notices].flatMap(([delivery, each]) =>
          each.alert === alert ? [[Number(delivery.slice(alert.length + 1)), each.event] as const] : [],
        );
        const events = numbered.sort(([a], [b]) => a - b).map(([, event]) => event);
        const isWhole = numbered.every(([number], i) => number === i + 1);
        if (!isWhole || !/^(?:begins(?: continues)*(?: ends)?|ends)$/.test(events.join(' ')))
          yield `the notices of alert ${alert} are ${numbered.map((each) => each.join(' ')).join(', ')}`;
      }
    },
  };
}

/** What an operator does about what stopped. */
async function sendAgain({ gateway }: World): Promise<void> {
  const headers = { authorization: 'Bearer demo-operator' };
  const letters = await fetch(`${gateway}/v1/dead-letters?limit=500`, { headers });
  const { items } = (await letters.json()) as { readonly items: readonly { readonly id: string; readonly party: string }[] };
  for (const { id, party } of items) if (party === 'alerts') await fetch(`${gateway}/v1/messages/${id}/replay`, { method: 'POST', headers });
}
