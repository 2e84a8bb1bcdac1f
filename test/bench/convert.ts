import { execFile } from 'node:child_process';
import { createWriteStream, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../root.ts';
import { cuscar } from './generate.ts';
import { row, type Row } from './measure.ts';

const bills = 100_000;
const perMessage = 5_000;
const limit = 200; // MB resident

/**
 * A manifest of 100,000 bills in messages of 5,000, from EDIFACT to one XML document each, by the command itself: what
 * the process ever held. XML Schema apart. The command runs under a small program that tells its peak.
 */
export async function run(rounds: number): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-bench-'));
  try {
    const file = join(folder, 'manifest.edi');
    const out = createWriteStream(file);
    for (const chunk of cuscar({ bills, perMessage })) if (!out.write(chunk)) await once(out, 'drain');
    out.end();
    await once(out, 'finish');
    const peaks: number[] = [];
    for (let round = 0; round < Math.min(rounds, 3); round++) {
      const target = join(folder, `out-${round}`);
      peaks.push(await peak([file, target]));
      const made = readdirSync(target).length;
      if (made !== bills / perMessage) throw new Error(`${made} documents were written, not ${bills / perMessage}`);
      rmSync(target, { recursive: true });
    }
    return [
      row(
        `convert ${bills} bills, peak resident`,
        `${limit} MB`,
        1,
        peaks.map((mb) => mb / limit),
        'lower',
      ),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs the command in a process of its own; its peak resident size in MB. */
async function peak([file, target]: readonly string[]): Promise<number> {
  const program = `
    import { main } from ${JSON.stringify(join(root, 'dist/src/cli/main.js'))};
    const code = await main(['convert', ${JSON.stringify(file)}, '--to', 'wco/cri/3', '--no-check', '--out', ${JSON.stringify(`${target}/`)}]);
    if (code !== 0) throw new Error('convert ended with ' + code);
    process.stdout.write(String(process.resourceUsage().maxRSS));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { maxBuffer: 1 << 20 });
  return Number(/(\d+)$/.exec(stdout)![1]) / 1024;
}
