import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Driven } from './harness.ts';
import { protocol, type Said } from './frames.ts';

export interface ConformanceOptions {
  readonly command: readonly string[];
  readonly settings: object; // of the adapter under test
  readonly peer?: object; // of a second one, to which what the first is handed arrives: the two are told of each other in their settings
  readonly patience?: number; // ms that an outcome may take; 30,000 unless said
  readonly startPatience?: number; // ms until it is ready; 30,000 unless said
  readonly large?: number; // bytes of the large body; 50 MB unless said
}

export type Verdict = { readonly name: string; readonly says: string } & (
  | { readonly verdict: 'held'; readonly ms: number }
  | { readonly verdict: 'failed'; readonly reason: string }
  | { readonly verdict: 'skipped'; readonly reason: string }
);

interface Bench {
  readonly adapter: Driven;
  readonly peer: Driven | undefined;
  readonly patience: number;
  readonly startPatience: number;
  readonly large: number;
}

interface Case {
  readonly name: string;
  readonly says: string; // what must hold
  readonly needsPeer?: true;
  run(bench: Bench): Promise<void>;
}

const fresh = (): string => `check-${randomBytes(8).toString('hex')}`;
const text = (words: string): Buffer => Buffer.from(`QU BERTOXH\r\n.FRATOXH 211200\r\n${words} ${randomBytes(4).toString('hex').toUpperCase()}\r\n`);

function mustBe(said: Said, ...states: readonly Said['state'][]): void {
  if (!states.includes(said.state))
    throw new Error(`the outcome is \`${said.state}\` (${said.failure ?? ''} ${said.reason ?? ''}), not ${states.join(' or ')}`);
}

/** One hand-over to its end: the outcome is good, and where there is a peer the same bytes arrive there. */
async function handOver({ adapter, peer, patience }: Bench, bytes: Buffer, delivery = fresh(), attempt = 1): Promise<void> {
  const from = peer?.said.length;
  const before = adapter.said.length;
  await adapter.deliver(delivery, bytes, { attempt });
  mustBe(await adapter.outcome(delivery, patience, before), 'delivered', 'sent');
  await peer?.arrival(bytes, patience, from);
}

/** What every adapter must do, whatever it speaks on its other side. */
export const cases: readonly Case[] = [
  {
    name: 'hand-over',
    says: 'what it is handed is delivered, and arrives byte for byte',
    run: (bench) => handOver(bench, text('HAND OVER')),
  },
  {
    name: 'any bytes',
    says: 'bytes are bytes: nothing is changed that is no text',
    run: (bench) => handOver(bench, Buffer.from([...Array(256).keys(), 0x0d, 0x0a, 0x00])),
  },
  {
    name: 'repeat',
    says: 'the same delivery, told again under another attempt, has an outcome again, of that attempt where it says of which',
    async run(bench) {
      const [delivery, bytes] = [fresh(), text('REPEAT')];
      await handOver(bench, bytes, delivery, 1);
      const before = bench.adapter.said.length;
      await bench.adapter.deliver(delivery, bytes, { attempt: 2 });
      const said = await bench.adapter.outcome(delivery, bench.patience, before);
      mustBe(said, 'delivered', 'sent');
      if (said.attempt !== undefined && said.attempt !== 2) throw new Error(`it says that it was attempt ${said.attempt}, which was 2`);
    },
  },
  {
    name: 'several at once',
    says: 'each of several deliveries has an outcome of its own',
    async run({ adapter, patience }) {
      const deliveries = Array.from({ length: 5 }, fresh);
      await Promise.all(deliveries.map((delivery) => adapter.deliver(delivery, text('SEVERAL'))));
      for (const delivery of deliveries) mustBe(await adapter.outcome(delivery, patience), 'delivered', 'sent');
    },
  },
  {
    name: 'body in a file',
    says: 'a body that does not stand in the frame is read from the folder, and the file is left to the gateway',
    run: async (bench) => {
      const bytes = Buffer.alloc(65_537, 'A');
      const delivery = fresh();
      await bench.adapter.deliver(delivery, bytes);
      const said = await bench.adapter.outcome(delivery, bench.patience);
      mustBe(said, 'delivered', 'sent', 'failed');
      if (said.state === 'failed' && said.failure !== 'content') throw new Error(`${said.failure ?? ''}: ${said.reason ?? ''}`);
    },
  },
  {
    name: 'large body',
    says: 'a body of 50 MB is delivered, or refused as `content`: it neither ends nor silences the adapter',
    async run(bench) {
      const [delivery, bytes] = [fresh(), Buffer.alloc(bench.large, 'MB')];
      const from = bench.peer?.said.length;
      await bench.adapter.deliver(delivery, bytes);
      const said = await bench.adapter.outcome(delivery, 4 * bench.patience);
      if (said.state !== 'failed') await bench.peer?.arrival(bytes, 4 * bench.patience, from);
      else if (said.failure !== 'content' || !said.reason) throw new Error(`it failed as \`${said.failure ?? ''}\`: ${said.reason ?? 'without a reason'}`);
      await handOver(bench, text('AFTER LARGE'));
    },
  },
  {
    name: 'bytes that are not as stated',
    says: 'a body whose hash is another is not handed over: it fails as `content`',
    async run({ adapter, peer, patience }) {
      const [delivery, bytes] = [fresh(), text('NOT AS STATED')];
      const from = peer?.said.length ?? 0;
      await adapter.deliver(delivery, bytes, { sha256: '0'.repeat(64) });
      const said = await adapter.outcome(delivery, patience);
      mustBe(said, 'failed');
      if (said.failure !== 'content') throw new Error(`it failed as \`${said.failure ?? ''}\``);
      if (peer?.said.slice(from).some(({ type }) => type === 'arrival')) throw new Error('it was handed over all the same');
    },
  },
  {
    name: 'malformed frames',
    says: 'a line that is no frame is answered with `error`, one of a later version passed over; it goes on',
    async run(bench) {
      const before = bench.adapter.said.length;
      bench.adapter.write('{"type":"deliver"');
      await bench.adapter.hear('error', () => true, bench.patience, before);
      const second = bench.adapter.said.length;
      bench.adapter.write('{"type":"deliver"}');
      await bench.adapter.hear('error', () => true, bench.patience, second);
      bench.adapter.write('{"type":"weather","wind":"north"}');
      await handOver(bench, text('AFTER MALFORMED'));
    },
  },
  {
    name: 'slow answer',
    says: 'while the gateway has not taken an arrival, its sender is not told that it is delivered',
    needsPeer: true,
    async run({ adapter, peer, patience }) {
      const [delivery, bytes] = [fresh(), text('SLOW')];
      peer!.takes = 'never';
      const [from, before] = [peer!.said.length, adapter.said.length];
      await adapter.deliver(delivery, bytes);
      const { key } = await peer!.arrival(bytes, patience, from);
      await new Promise((resolve) => setTimeout(resolve, 500));
      const early = adapter.said.slice(before).find((frame) => frame.type === 'outcome' && frame.delivery === delivery);
      if (early?.type === 'outcome' && early.state === 'delivered') throw new Error('it was said to be delivered before the other gateway had it');
      peer!.takes = 'at once';
      peer!.take(key);
      mustBe(await adapter.outcome(delivery, patience, before), 'delivered', 'sent');
    },
  },
  {
    name: 'arrival repeated',
    says: 'what the gateway did not take before the adapter fell arrives again, and once more under the same key where it is sent again',
    needsPeer: true,
    async run({ adapter, peer, patience, startPatience }) {
      const [delivery, bytes] = [fresh(), text('ARRIVAL REPEATED')];
      peer!.takes = 'never';
      const [before, arrived] = [adapter.said.length, peer!.said.length];
      await adapter.deliver(delivery, bytes);
      const { key } = await peer!.arrival(bytes, patience, arrived);
      await peer!.kill();
      peer!.takes = 'at once';
      const from = peer!.said.length;
      await peer!.start(startPatience);
      const first = await adapter.outcome(delivery, patience, before);
      if (first.state !== 'failed') return void (await peer!.arrival(bytes, patience, from)); // it had kept it
      const again = adapter.said.length;
      await adapter.deliver(delivery, bytes, { attempt: 2 });
      mustBe(await adapter.outcome(delivery, patience, again), 'delivered', 'sent');
      const { key: second } = await peer!.arrival(bytes, patience, from);
      if (second !== key) throw new Error('the same transmission came under another key');
    },
  },
  {
    name: 'crash in the middle',
    says: 'after it was killed it starts again, and what it left unanswered is delivered when it is told again',
    async run(bench) {
      const [delivery, bytes] = [fresh(), text('CRASH')];
      const from = bench.peer?.said.length;
      await bench.adapter.deliver(delivery, bytes);
      await bench.adapter.kill();
      await bench.adapter.start(bench.startPatience);
      const before = bench.adapter.said.length;
      await bench.adapter.deliver(delivery, bytes);
      mustBe(await bench.adapter.outcome(delivery, bench.patience, before), 'delivered', 'sent');
      await bench.peer?.arrival(bytes, bench.patience, from);
    },
  },
  {
    name: 'stop',
    says: 'told to stop, it answers what is under way and ends with code 0',
    async run({ adapter, patience, startPatience }) {
      const delivery = fresh();
      await adapter.deliver(delivery, text('STOP'));
      const how = await adapter.stop(patience);
      if (how !== 'with code 0') throw new Error(how === undefined ? 'it went on running' : `it ended ${how}`);
      if (!adapter.said.some((frame) => frame.type === 'outcome' && frame.delivery === delivery)) throw new Error('what was under way had no outcome');
      await adapter.start(startPatience);
    },
  },
];

/** Runs every case, one after the other, and says of each what became of it. */
export async function* conformance(options: ConformanceOptions): AsyncGenerator<Verdict> {
  const { command, settings, peer: peerSettings, patience = 30_000, startPatience = 30_000, large = 50_000_000 } = options;
  const folder = mkdtempSync(join(tmpdir(), 'portolan-channel-'));
  const driven = (of: object, party: string): Driven => new Driven(command, of, mkdtempSync(join(folder, `${party}-`)), party);
  const adapter = driven(settings, 'tested');
  const peer = peerSettings && driven(peerSettings, 'peer');
  const start = { name: 'start', says: `it says \`ready\` for ${protocol}` };
  try {
    const began = Date.now();
    try {
      await peer?.start(startPatience);
      const ready = await adapter.start(startPatience);
      if (ready.protocol !== protocol) throw new Error(`it speaks ${ready.protocol}`);
      yield { ...start, verdict: 'held', ms: Date.now() - began };
    } catch (error) {
      yield { ...start, verdict: 'failed', reason: reasonOf(error) };
      return;
    }
    for (const one of cases) yield await judge(one, { adapter, peer, patience, startPatience, large });
  } finally {
    await Promise.all([adapter.clean(), peer?.clean()]);
    await rm(folder, { recursive: true, force: true });
  }
}

async function judge({ name, says, needsPeer, run }: Case, bench: Bench): Promise<Verdict> {
  const { adapter, peer, startPatience } = bench;
  if (needsPeer && !peer) return { name, says, verdict: 'skipped', reason: 'nothing arrives where there is no second adapter: give its settings with --peer' };
  const began = Date.now();
  try {
    adapter.faults.length = 0;
    if (!adapter.isRunning) await adapter.start(startPatience); // the case before it may have ended it
    if (peer && !peer.isRunning) await peer.start(startPatience);
    await run(bench);
    return { name, says, verdict: 'held', ms: Date.now() - began };
  } catch (error) {
    return { name, says, verdict: 'failed', reason: reasonOf(error) };
  } finally {
    if (peer) peer.takes = 'at once';
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
