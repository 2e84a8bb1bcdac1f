import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEvidence } from '../../src/store/evidence-source.ts';
import { verifyStore } from '../../src/store/verify-store.ts';
import { root } from '../root.ts';
import type { CampaignOptions, CampaignResult } from './run.ts';
import { pause, serve } from './serving/process.ts';

const senders = 6;
const pace = 40; // ms between two interchanges of a sender: what is accepted must also be worked off before the check ends

/** Numbers from a seed, between 0 and 1. */
function seeded(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) >>> 0;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
}

/**
 * SIGKILL at random during load, again and again; then: every interchange that got a 202 is there once, with its outcome and
 * its evidence, its deliveries are in the mailboxes once, and the store verifies.
 */
export async function run({ seconds, seed, count: kills = 20 }: CampaignOptions): Promise<CampaignResult> {
  const data = mkdtempSync(join(tmpdir(), 'portolan-kill-'));
  const random = seeded(seed);
  const template = readFileSync(join(root, 'samples/two-bills/input.edi'), 'latin1');
  const accepted = new Map<string, string>(); // reference → id, as the 202 said
  const wrong: string[] = [];
  let number = 0;
  let running = await serve(data);
  let done = false;

  /** Sends one interchange until it gets its 202, over as many crashes as there are: the same bytes are the same interchange. */
  const send = async (): Promise<void> => {
    const reference = `K${String(++number).padStart(9, '0')}`;
    const body = template.replaceAll('BA0438001', reference);
    for (;;) {
      try {
        const response = await fetch(`${running.url}/v1/interchanges`, { method: 'POST', headers: { authorization: 'Bearer demo-blue-anchor' }, body });
        const answer = (await response.json()) as { id: string };
        if (response.status === 202) {
          accepted.set(reference, answer.id);
          return;
        }
        if (response.status !== 503) wrong.push(`${reference}: ${response.status} ${JSON.stringify(answer).slice(0, 200)}`);
        if (response.status !== 503) return;
      } catch {
        // the connection broke: nobody knows whether it was stored, so it is sent again
      }
      await pause(20);
      if (done) return;
    }
  };
  const load = Array.from({ length: senders }, async () => {
    while (!done) {
      await send();
      await pause(pace);
    }
  });

  const until = Date.now() + seconds * 1000;
  let killed = 0;
  while (killed < kills || Date.now() < until) {
    await pause(50 + random() * 900);
    await running.kill();
    killed++;
    running = await serve(data);
  }
  done = true;
  await Promise.all(load);

  wrong.push(...(await check(running.url, accepted)));
  await running.stop();
  const evidence = openEvidence(data);
  const verified = verifyStore(evidence);
  evidence.close();
  if (!verified.ok) wrong.push(`the store does not verify: ${verified.findings.map(({ code }) => code).join(', ')}`);
  rmSync(data, { recursive: true, force: true });
  for (const each of wrong.slice(0, 20)) process.stderr.write(`${each}\n`);
  return {
    figure: `${killed} kills, ${accepted.size} interchanges accepted, ${verified.entries} entries, ${wrong.length} wrong`,
    ok: wrong.length === 0 && accepted.size > 0,
  };
}

/** Everything that was promised, looked up from outside. */
async function check(url: string, accepted: ReadonlyMap<string, string>): Promise<string[]> {
  const wrong: string[] = [];
  const get = async <T>(path: string, key: string): Promise<T> =>
    (await (await fetch(url + path, { headers: { authorization: `Bearer ${key}` } })).json()) as T;
  for (let waited = 0; ; waited++) {
    const { queue } = await get<{ queue: readonly { state: string; count: number }[] }>('/v1/status', 'demo-operator');
    if (queue.length === 0) break;
    if (waited > 600) return [`the queue does not empty: ${JSON.stringify(queue)}`];
    await pause(100);
  }
  const ids = new Set(accepted.values());
  if (ids.size !== accepted.size) wrong.push(`${accepted.size} references have ${ids.size} ids`);
  for (const [reference, id] of accepted) {
    const found = await get<{ items: readonly { id: string }[] }>(`/v1/messages?reference=${reference}`, 'demo-operator');
    if (found.items.length !== 1 || found.items[0]!.id !== `${id}-1`)
      wrong.push(`${reference}: found as ${found.items.map((each) => each.id).join(', ') || 'nothing'}, accepted as ${id}`);
  }
  for (const agency of ['customs', 'port-health']) {
    const seen = new Map<string, number>();
    for (let after = 0; ;) {
      const page = await get<{ items: readonly { number: number; message: string }[]; next: number }>(`/v1/inbox?after=${after}&limit=500`, `demo-${agency}`);
      if (page.items.length === 0) break;
      for (const { number, message } of page.items) {
        if (number !== ++after) wrong.push(`${agency}: number ${number} after ${after - 1}`);
        seen.set(message, (seen.get(message) ?? 0) + 1);
      }
    }
    for (const [message, count] of seen) if (count > 1) wrong.push(`${agency}: ${message} was delivered ${count} times`);
    for (const id of ids) if (!seen.has(`${id}-1`)) wrong.push(`${agency}: ${id}-1 was not delivered`);
  }
  const sample = [...ids].filter((_, i) => i % Math.ceil(ids.size / 50) === 0);
  for (const id of sample) {
    const view = await get<{ state: string; timeline: readonly { kind: string }[] }>(`/v1/interchanges/${id}`, 'demo-operator');
    const kinds = view.timeline.map(({ kind }) => kind);
    for (const [kind, count] of [
      ['received', 1],
      ['sent', 2],
    ] as const) {
      const found = kinds.filter((each) => each === kind).length;
      if (found !== count) wrong.push(`${id}: ${found} entries of ${kind}, expected ${count}`);
    }
    if (view.state !== 'processed') wrong.push(`${id}: ${view.state}`);
  }
  return wrong;
}
