import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../root.ts';
import { row, type Row } from './measure.ts';

const limit = 600; // ms

/** What an analyst waits for at every command: a cold start, the files of the house read, a small manifest looked at. Budget: 0.6 s. */
export function run(rounds: number): Row[] {
  const took = Array.from({ length: rounds + 1 }, () => {
    const start = performance.now();
    const { status } = spawnSync(process.execPath, [join(root, 'bin/portolan'), 'inspect', join(root, 'samples/two-bills/input.edi'), '--json']);
    if (status !== 0) throw new Error(`inspect ended with ${status}`);
    return performance.now() - start;
  }).slice(1); // the first fills the cache of the disk
  return [
    row(
      'portolan inspect, cold',
      `${limit} ms`,
      1,
      took.map((ms) => ms / limit),
      'lower',
    ),
  ];
}
