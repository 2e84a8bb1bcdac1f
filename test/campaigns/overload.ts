import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../root.ts';
import type { CampaignOptions, CampaignResult } from './run.ts';
import { Client } from './serving/client.ts';
import { pause, serve, type Serving } from './serving/process.ts';

const connections = 64; // of the measurement
const most = 512; // of the overload: so many requests can be under way
const tick = 10; // ms
const flat = 1.25; // the last third of the time may have so many times the memory of the first

/**
 * Measures what the gateway takes, then offers it twice as much: memory stays flat, and whatever is not taken is told when to
 * come again. When it is over the gateway takes what comes, as before.
 */
export async function run({ seconds, seed }: CampaignOptions, measured = 10): Promise<CampaignResult> {
  const data = mkdtempSync(join(tmpdir(), 'portolan-overload-'));
  const gateway = await serve(data);
  const next = requests(seed);
  try {
    const rate = await capacity(gateway, next, measured);
    const before = await settled(gateway);
    const { answers, offered, waited, memory } = await offer(gateway, next, rate * 2, seconds);
    const third = Math.max(1, Math.floor(memory.length / 3));
    const [first, last] = [median(memory.slice(0, third)), median(memory.slice(-third))];
    const taken = answers.get('202') ?? 0;
    const told = [...answers].filter(([what]) => what !== '202');
    const untold = told.filter(([what]) => !what.includes('retry-after')).reduce((sum, [, count]) => sum + count, 0);
    const recovered = await recovers(gateway, next);
    const wrong = [
      ...(untold > 0 ? [`${untold} were refused without being told when to come again: ${told.map(([what, count]) => `${count} × ${what}`).join(', ')}`] : []),
      ...(last > first * flat ? [`memory grew from ${Math.round(first)} to ${Math.round(last)} MB`] : []),
      ...(taken === 0 ? ['nothing was taken'] : []),
      ...(recovered === undefined ? [] : [recovered]),
    ];
    for (const each of wrong) console.error(each);
    const figure =
      `${Math.round(rate)} a second were measured; of ${offered} at ${Math.round(offered / Math.max(seconds, 1))} a second ${taken} were taken, ` +
      `${told.map(([what, count]) => `${count} × ${what}`).join(', ') || 'none refused'}, ${waited} not sent since ${most} were waiting; ` +
      `memory ${Math.round(before)} MB before, ${Math.round(first)} in the first third, ${Math.round(last)} in the last, ${Math.round(Math.max(...memory))} at most; ` +
      `${wrong.length} wrong`;
    return { figure, ok: wrong.length === 0 };
  } finally {
    await gateway.kill(); // what waits for translation would take longer than anyone wants to wait
    rmSync(data, { recursive: true, force: true });
  }
}

/** The same small interchange, each time under a reference of its own. */
function requests(seed: number): () => Buffer {
  const template = readFileSync(join(root, 'samples/two-bills/input.edi'), 'latin1');
  let number = 0;
  return () => {
    const body = template.replaceAll('BA0438001', `L${seed}N${String(++number).padStart(8, '0')}`.slice(0, 14));
    return Buffer.from(
      `POST /v1/interchanges HTTP/1.1\r\nhost: x\r\nauthorization: Bearer demo-blue-anchor\r\ncontent-length: ${Buffer.byteLength(body, 'latin1')}\r\n\r\n${body}`,
      'latin1',
    );
  };
}

/** Receipts a second, with each connection sending the next when the last one was answered. */
async function capacity({ port }: Serving, next: () => Buffer, seconds: number): Promise<number> {
  const client = new Client(port, connections);
  await client.send(next()); // what is loaded when it is first asked for is no part of the measure
  let taken = 0;
  let end = Infinity;
  const one = async (): Promise<void> => {
    while (performance.now() < end) if ((await client.send(next()))?.status === 202) taken++;
  };
  const all = Array.from({ length: connections }, one);
  await pause(seconds * 300); // to be warm
  const [before, started] = [taken, performance.now()];
  await pause(seconds * 700);
  const rate = ((taken - before) / (performance.now() - started)) * 1_000;
  end = 0;
  await Promise.all(all);
  client.close();
  return rate;
}

/** The memory once all threads have begun: they do so when something waits, and what each holds is no growth. */
async function settled(gateway: Serving): Promise<number> {
  let [before, steady] = [await gateway.memory(), 0];
  for (let looks = 0; looks < 40 && steady < 3; looks++) {
    await pause(500);
    const now = await gateway.memory();
    steady = now < before * 1.03 ? steady + 1 : 0;
    before = now;
  }
  return before;
}

interface Offered {
  readonly answers: ReadonlyMap<string, number>;
  readonly offered: number;
  readonly waited: number;
  readonly memory: readonly number[];
}

/** Sends so many a second, whether they are answered or not. */
async function offer(gateway: Serving, next: () => Buffer, rate: number, seconds: number): Promise<Offered> {
  const client = new Client(gateway.port, most);
  const answers = new Map<string, number>();
  const memory: number[] = [];
  const under = new Set<Promise<void>>();
  const started = performance.now();
  let offered = 0;
  let waited = 0;
  let sampled = started;
  for (let now = started; now - started < seconds * 1_000; now = performance.now()) {
    for (const due = ((now - started) / 1_000) * rate; offered < due; offered++) {
      const sent = client.send(next());
      if (!sent) {
        waited++;
        continue;
      }
      const one: Promise<void> = sent.then(({ status, retryAfter }) => {
        const what = status === 202 || retryAfter === undefined ? String(status) : `${status} with retry-after`;
        answers.set(what, (answers.get(what) ?? 0) + 1);
        under.delete(one);
      });
      under.add(one);
    }
    if (now - sampled > Math.min(1_000, seconds * 50)) {
      sampled = now;
      under.add(gateway.memory().then((megabytes) => void memory.push(megabytes)));
    }
    await pause(tick);
  }
  await Promise.all(under);
  client.close();
  return { answers, offered, waited, memory };
}

/** Whether the gateway takes what comes again: when it says so, and not much later. */
async function recovers({ port }: Serving, next: () => Buffer): Promise<string | undefined> {
  const client = new Client(port, 1);
  try {
    for (let tries = 0; tries < 60; tries++) {
      const { status, retryAfter } = await client.send(next())!;
      if (status === 202) return undefined;
      await pause(Number(retryAfter ?? 1) * 1_000);
    }
    return 'it took nothing more';
  } finally {
    client.close();
  }
}

const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0;
