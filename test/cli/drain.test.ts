import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request, type ClientRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { readStore } from '../../src/store/open.ts';
import { openEvidence } from '../../src/store/evidence-source.ts';
import { verifyStore } from '../../src/store/verify-store.ts';
import { pause, serve, type Serving } from '../campaigns/serving/process.ts';
import { root } from '../root.ts';

const body = readFileSync(join(root, 'samples/two-bills/input.edi'), 'latin1');
let number = 0;
const next = (): Buffer => Buffer.from(body.replaceAll('BA0438001', `D${String(++number).padStart(8, '0')}`), 'latin1');

async function started(t: Test, drain: number): Promise<{ gateway: Serving; data: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-drain-'));
  const config = join(folder, 'config');
  const data = join(folder, 'data');
  cpSync(join(root, 'samples/gateway'), config, { recursive: true });
  const file = join(config, 'gateway.yaml');
  writeFileSync(file, `${readFileSync(file, 'utf8')}limits: { drain: ${drain} }\n`);
  const gateway = await serve(data, config);
  t.teardown(async () => {
    await gateway.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  return { gateway, data };
}

interface Told {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly json: { readonly id?: string; readonly code?: string; readonly detail?: string };
}

/** A request whose body is sent by the test. */
function post(gateway: Serving, length: number): { readonly sending: ClientRequest; readonly answer: Promise<Told> } {
  const sending = request(`${gateway.url}/v1/interchanges`, {
    method: 'POST',
    headers: { authorization: 'Bearer demo-blue-anchor', 'content-length': length },
  });
  const answer = new Promise<Told>((resolve, reject) => {
    sending.once('error', reject);
    sending.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.once('end', () =>
        resolve({ status: response.statusCode!, retryAfter: response.headers['retry-after'], json: JSON.parse(text) as Told['json'] }),
      );
    });
  });
  return { sending, answer };
}

t.test(
  'SIGTERM under load: what was accepted is there, what is being received is finished, the rest is told to come again',
  { timeout: 150_000 },
  async (t) => {
    const { gateway, data } = await started(t, 20);
    const accepted: string[] = [];
    const refused: Told[] = [];
    let isOver = false;
    const load = Array.from({ length: 8 }, async () => {
      while (!isOver) {
        const bytes = next();
        const { sending, answer } = post(gateway, bytes.length);
        sending.end(bytes);
        const told = await answer.catch(() => undefined);
        if (told?.status === 202) {
          accepted.push(told.json.id!);
          continue;
        }
        if (told) refused.push(told);
        await pause(20); // it is ending, or has ended
      }
    });
    while (accepted.length < 100) await pause(20);
    const bytes = next();
    const slow = post(gateway, bytes.length);
    slow.sending.write(bytes.subarray(0, 100));
    await pause(50); // its first bytes have come
    const asked = Date.now();
    gateway.signal('SIGTERM');
    while (refused.length < 20) await pause(5);
    t.match(await (await fetch(`${gateway.url}/health/ready`)).json(), { status: 503, code: 'GATEWAY_BUSY' }, 'it says that it is not ready');
    t.match(await (await fetch(`${gateway.url}/health/live`)).json(), { status: 'live' }, 'and that it lives');
    slow.sending.end(bytes.subarray(100));
    const finished = await slow.answer;
    t.equal(finished.status, 202, 'what was being received is taken');
    accepted.push(finished.json.id!);
    t.equal(await gateway.ended, 0);
    t.ok(Date.now() - asked < 20_000, `within its limit: ${Date.now() - asked} ms`);
    isOver = true;
    await Promise.all(load);
    t.ok(refused.every(({ status, retryAfter, json }) => status === 503 && Number(retryAfter) > 0 && /being stopped/.test(json.detail ?? '')), `${refused.length} were told when to come again`); // prettier-ignore

    const store = readStore(data);
    t.teardown(() => store.close());
    const missing: string[] = [];
    for (const id of accepted) if (!(await store.state(id))) missing.push(id);
    t.same(missing, [], `all ${accepted.length} that got a 202 are there`);
    const waiting = await store.queue();
    t.ok(waiting.every(({ state }) => state === 'ready'), 'what was given back is due again'); // prettier-ignore
    const evidence = openEvidence(data);
    t.equal(verifyStore(evidence).ok, true);
    evidence.close();

    const again = await serve(data);
    t.teardown(() => again.kill());
    const status = async () =>
      (await (await fetch(`${again.url}/v1/status`, { headers: { authorization: 'Bearer demo-operator' } })).json()) as { queue: unknown[] };
    while ((await status()).queue.length > 0) await pause(50);
    const seen = new Map<string, number>();
    for (let after = 0, size = 1; size > 0;) {
      const page = await fetch(`${again.url}/v1/inbox?after=${after}&limit=500`, { headers: { authorization: 'Bearer demo-customs' } });
      const { items } = (await page.json()) as { items: { message: string }[] };
      for (const { message } of items) seen.set(message, (seen.get(message) ?? 0) + 1);
      after += size = items.length;
    }
    t.same(accepted.filter((id) => seen.get(`${id}-1`) !== 1), [], 'each was delivered once'); // prettier-ignore
    again.signal('SIGTERM');
    t.equal(await again.ended, 0);
  },
);

t.test('who does not send on is not waited for longer than the limit, and a second signal ends at once', { timeout: 60_000 }, async (t) => {
  const [{ gateway }, { gateway: other }] = await Promise.all([started(t, 2), started(t, 60)]);
  const silent = post(gateway, 1_000);
  silent.sending.write('UNB+');
  const gone = silent.answer.then(
    () => 'answered',
    () => 'ended',
  );
  await pause(50);
  const asked = Date.now();
  gateway.signal('SIGTERM');
  t.equal(await gateway.ended, 0);
  t.ok(Date.now() - asked < 6_000, `${Date.now() - asked} ms`);
  t.equal(await gone, 'ended', 'nothing was promised to it');

  const held = post(other, 1_000);
  held.answer.catch(() => undefined);
  held.sending.write('UNB+');
  await pause(50);
  const twice = Date.now();
  other.signal('SIGTERM');
  while (!other.events.some(({ msg }) => msg === 'stopping')) await pause(5);
  other.signal('SIGTERM');
  t.equal(await other.ended, 143);
  t.ok(Date.now() - twice < 5_000);
});
