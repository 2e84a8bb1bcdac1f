import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../root.ts';
import { row, type Row } from './measure.ts';

const limit = 600; // ms

/**
 * What an analyst waits for at every command: a cold start, the files of the house read, a small manifest looked at. Processor time of
 * the process from its start on: what else runs on the machine does not count. Budget: 0.6 s.
 */
export function run(rounds: number): Row[] {
  const program = `
    import { main } from ${JSON.stringify(join(root, 'dist/src/cli/main.js'))};
    process.exitCode = await main(['inspect', ${JSON.stringify(join(root, 'samples/two-bills/input.edi'))}, '--json']);
    const { user, system } = process.cpuUsage();
    process.stderr.write('\\n' + (user + system) / 1000);`;
  const took = Array.from({ length: rounds + 1 }, () => {
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`inspect ended with ${status}`);
    return Number(stderr.slice(stderr.lastIndexOf('\n')));
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
