import { parentPort, workerData } from 'node:worker_threads';
import { library } from '../../maps/fixture.ts';
import { inputOf, kinds } from './damage.ts';
import { readInput } from './read.ts';

/** What the thread is asked, and what it says in the end. */
export interface Task {
  readonly seed: number;
  readonly first: number; // numbers of inputs: first, first + step, …
  readonly step: number;
  readonly kinds?: readonly string[] | undefined; // that are damaged, all of them unless told
  readonly progress: Int32Array; // how many were read: shared, so that whoever waits sees a hang; below 0: enough
}

export interface Outcome {
  readonly units: number;
  readonly parsed: number;
  readonly built: number;
  readonly slowest: number; // ms
  readonly slowestLarge: number; // ms, of those of a megabyte
  readonly inputs: Readonly<Record<string, number>>; // by kind
  readonly broken: readonly string[];
}

const buildEvery = 200; // writing in every target costs a hundred times what reading does
const { seed, first, step, kinds: among = kinds, progress } = workerData as Task;
await library().loadSchemas();

const sum = { units: 0, parsed: 0, built: 0, slowest: 0, slowestLarge: 0 };
const inputs: Record<string, number> = {};
const broken: string[] = [];
for (let number = first; broken.length < 5 && Atomics.load(progress, 1) === 0; number += step) {
  const input = inputOf(seed, number, among);
  const started = now();
  try {
    const way = readInput(input, number % buildEvery === 0);
    sum.units += way.units;
    sum.parsed += way.parsed;
    sum.built += way.built;
  } catch (error) {
    broken.push(`input ${number} of seed ${seed}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
  let took = since(started);
  for (let again = 0; took > 500 && again < 3; again++)
    took = Math.min(
      took,
      timed(() => readInput(input, false)),
    ); // it may be the machine
  if (took > 1_000) broken.push(`input ${number} of seed ${seed}: ${Math.round(took)} ms for ${input.bytes.length} bytes`);
  if (input.isLarge) sum.slowestLarge = Math.max(sum.slowestLarge, took);
  else sum.slowest = Math.max(sum.slowest, took);
  inputs[input.kind] = (inputs[input.kind] ?? 0) + 1;
  Atomics.add(progress, 0, 1);
}
parentPort!.postMessage({ ...sum, inputs, broken } satisfies Outcome);

interface Moment {
  readonly wall: number;
  readonly work: NodeJS.CpuUsage;
}

function now(): Moment {
  return { wall: performance.now(), work: process.cpuUsage() };
}

/** Milliseconds: what passed, or what this process worked, where others had the machine meanwhile. */
function since({ wall, work }: Moment): number {
  const { user, system } = process.cpuUsage(work);
  return Math.min(performance.now() - wall, (user + system) / 1_000);
}

function timed(work: () => void): number {
  const started = now();
  try {
    work();
  } catch {
    // told above
  }
  return since(started);
}
