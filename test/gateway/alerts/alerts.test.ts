import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage, RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { isDigestOf } from '../../../src/channels/push/digest.ts';
import { readKey } from '../../../src/channels/push/keys.ts';
import { headerLines, verifyMessage } from '../../../src/channels/push/signature.ts';
import { due, isOver, noticed, type Alert } from '../../../src/gateway/alerts/alert.ts';
import type { Concern } from '../../../src/gateway/views/concerns.ts';
import { readWebhook } from '../../../src/partners/webhooks.ts';
import { bodyOf, serve } from '../../channels/push/fixture.ts';
import { startGateway } from '../../web/fixture.ts';
import { run, type Running } from '../delivery-fixture.ts';

const minute = 60_000;
const begin = Date.UTC(2026, 8, 14, 10);

const secret = Buffer.alloc(32, 7).toString('base64');
process.env['ALERT_SECRET'] = secret;

/** A receiver that verifies what it is told, and answers as it is asked to. */
async function receiver(t: Parameters<typeof serve>[0], now: () => number) {
  const told: { readonly event: string; readonly [key: string]: unknown }[] = [];
  const deliveries: string[] = [];
  const state = { status: 204, url: '' };
  const key = readKey('us', 'hmac-sha256', Buffer.from(secret), 'verify');
  const listener: RequestListener = (request: IncomingMessage, response) =>
    void bodyOf(request).then((body) => {
      const headers = headerLines(request.rawHeaders);
      const url = new URL(request.url!, state.url);
      const verified = verifyMessage({ method: request.method!, url, headers }, [key], Math.floor(now() / 1000));
      const isOurs = verified.verified && isDigestOf(headers.get('content-digest')!.join(), body) && headers.get('portolan-kind')?.join() === 'alert';
      if (state.status < 300) {
        told.push(isOurs ? (JSON.parse(body.toString()) as { event: string }) : { event: 'not signed' });
        deliveries.push(String(request.headers['portolan-delivery']));
      }
      response.writeHead(state.status).end();
    });
  state.url = await serve(t, listener);
  return Object.assign(state, { told, deliveries });
}

t.test('a webhook is told once when it begins, once when it is over, and nothing twice over restarts and failures', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-alerts-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  let ahead = 0;
  const now = (): number => Date.now() + ahead;
  const watcher = await receiver(t, now);
  const http = { url: `${watcher.url}/hooks?of=portolan`, signature: { id: 'us', algorithm: 'hmac-sha256', key: { env: 'ALERT_SECRET' } } };
  const start = (): Promise<Running> =>
    run(t, {
      folder,
      now,
      change: (configuration) => ({ ...configuration, gateway: { ...configuration.gateway, alerts: [readWebhook({ id: 'on-call', http, repeat: '4h' })] } }),
    });
  const events = (): string[] => watcher.told.map(({ event }) => event);
  /** One look, so long after the one before. */
  const look = async ({ gateway }: Running, after: number): Promise<string[]> => {
    ahead += after;
    await gateway.rounds.alerts.look();
    return events();
  };
  let running = await start();
  t.same(await look(running, 0), [], 'nothing needs a person');
  const { jobs } = await running.store.commit({ jobs: { add: [{ kind: 'deliver', value: { party: 'customs' }, owner: 'X', due: now() + 10 ** 9 }] } });
  await running.store.commit({ jobs: { failed: [{ id: jobs[0]!, code: 'SEND_AUTH', retry: 'after-fix' }] } });
  t.same(await look(running, 0), [], 'it does not stand for long enough');
  t.same(await look(running, minute), ['begins']);
  t.same(await look(running, minute), ['begins'], 'once');
  await running.gateway.close();

  running = await start();
  t.same(await look(running, minute), ['begins'], 'a restart tells nothing twice');
  t.same(await look(running, 4 * 60 * minute), ['begins', 'continues'], 'it lasts');
  watcher.status = 503;
  await running.store.commit({ jobs: { done: [jobs[0]!] } });
  await look(running, 0);
  t.same(await look(running, minute), ['begins', 'continues']);
  t.match(running.events.at(-1), { event: 'alert not told', webhook: 'on-call', code: 'SEND_BUSY' });
  await running.gateway.close();

  running = await start();
  watcher.status = 204;
  t.same(await look(running, 0), ['begins', 'continues', 'ends'], 'and loses nothing');
  t.same(await look(running, minute), ['begins', 'continues', 'ends']);
  t.same(await running.store.alerts(), []);
  const [first] = watcher.told;
  t.match(first, {
    alert: /^[0-9A-Z]{26}$/,
    gateway: 'Portolan sample gateway',
    actor: 'operator',
    code: 'SEND_AUTH',
    subject: 'deliver parked',
    count: 1,
    ended: null,
  });
  t.same(Object.keys(first!), ['alert', 'event', 'gateway', 'at', 'began', 'ended', 'actor', 'code', 'subject', 'about', 'count', 'next']);
  t.same(watcher.deliveries, [1, 2, 3].map((n) => `${String(first!['alert'])}-${n}`)); // prettier-ignore
  t.type(watcher.told[2]!['ended'], 'string');

  watcher.status = 503;
  const { jobs: again } = await running.store.commit({ jobs: { add: [{ kind: 'deliver', value: { party: 'customs' }, owner: 'X', due: now() + 10 ** 9 }] } });
  await running.store.commit({ jobs: { failed: [{ id: again[0]!, code: 'SEND_AUTH', retry: 'after-fix' }] } });
  await look(running, 0);
  await look(running, 20 * minute);
  await look(running, 20 * minute);
  t.match(running.gateway.rounds.alerts.deaf, [{ webhook: 'on-call', code: 'SEND_BUSY' }], 'who cannot be told stands in the status');
});

t.test('what is told when', (t) => {
  const concern: Concern = { actor: 'operator', code: 'SEND_AUTH', subject: '', about: 'x', count: 1, since: null, next: 'y' };
  const hook = readWebhook({ id: 'h', http: {}, repeat: '1h' });
  const alert: Alert = { id: 'A', concern, began: begin, told: {} };
  const said = (event: 'begins' | 'continues' | 'ends', at: number, count = 1): Alert['told'] => ({ h: { event, at: begin + at, count, number: 1 } });
  const cases: readonly (readonly [string, Partial<Alert>, number, string | undefined])[] = [
    ['at once', {}, 0, undefined],
    ['after its time', {}, minute, 'begins'],
    ['told', { told: said('begins', 0) }, 30 * minute, undefined],
    ['and again after its interval', { told: said('begins', 0) }, 60 * minute, 'continues'],
    ['which counts from the last', { told: said('continues', 30 * minute) }, 60 * minute, undefined],
    ['more of the same', { concern: { ...concern, count: 5 }, told: said('begins', 0) }, 15 * minute, 'continues'],
    ['not every minute', { concern: { ...concern, count: 5 }, told: said('begins', 0) }, 14 * minute, undefined],
    ['gone', { gone: begin + minute, told: said('begins', 0) }, 2 * minute, 'ends'],
    ['gone for a moment', { gone: begin + minute, told: said('begins', 0) }, 1.5 * minute, undefined],
    ['over, and told', { gone: begin + minute, told: said('ends', 2 * minute) }, 3 * minute, undefined],
    ['it came and went while nobody could be told', { gone: begin + 5 * minute }, 9 * minute, 'ends'],
    ['too short to be told', { gone: begin + minute / 2 }, 9 * minute, undefined],
    ['back before it was forgotten', { told: said('ends', minute) }, 2 * minute, 'begins'],
  ];
  for (const [what, differs, after, expected] of cases) t.equal(due({ ...alert, ...differs }, hook, begin + after), expected, what);
  t.equal(due(alert, { ...hook, actors: ['us'] }, begin + minute), undefined, 'of what others must do');
  t.notOk(isOver({ ...alert, gone: begin, told: said('begins', 0) }, [hook], begin + minute));
  t.ok(isOver({ ...alert, gone: begin, told: said('begins', 0) }, [], begin + minute), 'nobody is left to be told');

  const id = (): string => 'B';
  const other = { ...concern, subject: 'customs' };
  t.same(noticed([], [concern, concern, { ...other, detail: 'UNB+UNOC' }], begin, id).map((each) => each.concern), [concern, other], 'without what was found'); // prettier-ignore
  t.equal(noticed([alert], [concern], begin + 1, id)[0], alert, 'nothing changed');
  t.match(noticed([alert], [{ ...concern, count: 2 }], begin + 1, id), [{ id: 'A', concern: { count: 2 } }]);
  t.match(noticed([alert], [], begin + 1, id), [{ id: 'A', gone: begin + 1 }]);
  t.notOk('gone' in noticed([{ ...alert, gone: begin + 1 }], [concern], begin + 2, id)[0]!);
  t.end();
});

t.test('in the configuration', async (t) => {
  const http = 'http: { url: "https://watch.example/", signature: { id: us, algorithm: hmac-sha256, key: { env: ALERT_SECRET } } }';
  let file = '';
  const gateway = await startGateway(t, (folder) => {
    file = join(folder, 'gateway.yaml');
    appendFileSync(file, `alerts:\n  - id: on-call\n    ${http}\n    actors: [operator, us]\n    repeat: 4h\n`);
  });
  t.match(gateway.gateway.configuration.gateway.alerts, [{ id: 'on-call', actors: ['operator', 'us'], after: minute, repeat: 240 * minute }]);
  appendFileSync(file, `  - id: on-call\n    ${http}\n`);
  await gateway.reload();
  t.match(gateway.gateway.refused?.findings, [{ code: 'CONFIG_DUPLICATE', rule: { file: 'gateway.yaml' } }]);
  appendFileSync(file, '  - id: other\n    http: { url: "https://watch.example/" }\n');
  await gateway.reload();
  t.match(gateway.gateway.refused?.findings[0], { severity: 'error', message: /signature/ });
});
