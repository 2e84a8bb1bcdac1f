import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { CampaignOptions, CampaignResult } from './run.ts';
import { kinds } from './fuzz/damage.ts';
import type { Outcome, Task } from './fuzz/thread.ts';

const patience = 10_000; // ms of work without a finished input: it hangs. Not of waiting: others may have the machine

/**
 * Damaged samples through detection, scanner, structure, XML reader and maps, and some through the writers too: no exception, every
 * span in range, every atom and fact with a fate, no hang, and no megabyte that takes more than a second. What breaks is told with
 * its seed and number, by which it can be had again.
 */
export async function run({ seconds, seed, count = 0, only }: CampaignOptions): Promise<CampaignResult> {
  if (only !== undefined && !kinds.includes(only)) throw new Error(`--only: ${kinds.join(', ')}`);
  const threads = Math.max(1, availableParallelism() - 1);
  const started = performance.now();
  const done = await Promise.all(
    Array.from({ length: threads }, (_, i) =>
      thread({ seed, first: i, step: threads, kinds: only === undefined ? undefined : [only] }, seconds, count / threads),
    ),
  );
  const total = (of: (each: Outcome) => number): number => done.reduce((sum, { outcome }) => sum + of(outcome), 0);
  const most = (of: (each: Outcome) => number): number => Math.round(Math.max(...done.map(({ outcome }) => of(outcome))));
  const byKind = (kind: string): string[] => {
    const count = total(({ inputs }) => inputs[kind] ?? 0);
    return count === 0 ? [] : [`${count} ${kind}`];
  };
  const inputs = done.reduce((sum, each) => sum + each.inputs, 0);
  const broken = done.flatMap(({ outcome }) => outcome.broken);
  for (const each of broken) console.error(each);
  const rate = Math.round(inputs / ((performance.now() - started) / 1_000));
  const figure =
    `${inputs} damaged inputs (${kinds.flatMap((kind) => byKind(kind)).join(', ')}; ${rate} a second), ${total(({ units }) => units)} units, ${total(({ parsed }) => parsed)} messages through maps, ` +
    `${total(({ built }) => built)} documents written; slowest ${most(({ slowest }) => slowest)} ms, of 1 MB ${most(({ slowestLarge }) => slowestLarge)} ms; ` +
    `${broken.length} broken (seed ${seed})`;
  return { figure, ok: broken.length === 0 && inputs > 0 };
}

/** Runs until the time is up and so many were read; ends a thread that hangs. */
function thread(task: Omit<Task, 'progress'>, seconds: number, count: number): Promise<{ readonly inputs: number; readonly outcome: Outcome }> {
  const progress = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(new URL('./fuzz/thread.js', import.meta.url), { workerData: { ...task, progress } satisfies Task });
  let [seen, seenAt] = [0, worked()];
  const end = performance.now() + seconds * 1_000;
  return new Promise((resolve, reject) => {
    const nothing: Outcome = { units: 0, parsed: 0, built: 0, slowest: 0, slowestLarge: 0, inputs: {}, broken: [] };
    const finish = (outcome: Outcome): void => {
      clearInterval(watch);
      resolve({ inputs: Atomics.load(progress, 0), outcome });
    };
    const watch = setInterval(() => {
      const now = performance.now();
      const inputs = Atomics.load(progress, 0);
      if (inputs > seen) [seen, seenAt] = [inputs, worked()];
      if (now > end && inputs >= count) Atomics.store(progress, 1, 1);
      if (worked() - seenAt < patience * task.step) return; // all threads work
      void worker.terminate();
      finish({ ...nothing, broken: [`input ${task.first + inputs * task.step} of seed ${task.seed} does not end`] });
    }, 50);
    worker.once('message', finish);
    worker.once('error', reject);
  });
}

/** Milliseconds of work of this process. */
function worked(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
