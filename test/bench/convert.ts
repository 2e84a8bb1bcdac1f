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

/** What is converted, and how. */
interface Case {
  readonly bills: number;
  readonly perMessage: number;
  readonly check: boolean; // against the XML Schema
}

/**
 * What the command holds at most while it converts manifests from EDIFACT to one XML document for each message. Resident
 * memory is no matter of how busy the machine is, so that one round says as much as five.
 *
 * With `large` also ten times as many bills, and all bills in one message, beside a quarter of them: its facts wait outside
 * the memory, so that it must not grow with them. (A directory allows fewer of some segments in one message: that is said of it,
 * and it is converted.)
 */
export async function run(rounds: number, { large = false }: { readonly large?: boolean } = {}): Promise<Row[]> {
  const usual = await peaks({ bills, perMessage, check: false }, Math.min(rounds, 3));
  const rows = [
    row(
      `convert ${bills} bills, peak resident`,
      `${limit} MB`,
      1,
      usual.map((mb) => mb / limit),
      'lower',
    ),
  ];
  // 37 MB of XML. Beside the facts that have room in memory (64 MB) there is what libxml2 holds of one window.
  const [checked] = await peaks({ bills: 20_000, perMessage: 20_000, check: true }, 1);
  rows.push(row('convert 20000 bills in one message past XML Schema, peak resident', `${2 * limit} MB`, 1, [checked! / (2 * limit)], 'lower'));
  if (!large) return rows;
  const [ten] = await peaks({ bills: bills * 10, perMessage, check: false }, 1);
  rows.push(row(`convert ${bills * 10} bills, peak resident`, `${bills} bills`, 1.2, [ten! / usual[0]!], 'lower'));
  const [quarter] = await peaks({ bills: bills / 4, perMessage: bills / 4, check: false }, 1);
  const [one] = await peaks({ bills, perMessage: bills, check: false }, 1);
  rows.push(row(`convert ${bills} bills in one message, peak resident`, `${bills / 4} in one`, 1.2, [one! / quarter!], 'lower'));
  return rows;
}

async function peaks({ bills: total, perMessage: each, check }: Case, rounds: number): Promise<number[]> {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-bench-'));
  try {
    const file = join(folder, 'manifest.edi');
    const out = createWriteStream(file);
    for (const chunk of cuscar({ bills: total, perMessage: each })) if (!out.write(chunk)) await once(out, 'drain');
    out.end();
    await once(out, 'finish');
    const found: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const target = join(folder, `out-${round}`);
      found.push(await peak([file, '--to', 'wco/cri/3', ...(check ? [] : ['--no-check']), '--out', `${target}/`]));
      const made = readdirSync(target).length;
      if (made !== Math.ceil(total / each)) throw new Error(`${made} documents were written, not ${Math.ceil(total / each)}`);
      rmSync(target, { recursive: true });
    }
    return found;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs the command in a process of its own; its peak resident size in MB. */
async function peak(args: readonly string[]): Promise<number> {
  const program = `
    import { main } from ${JSON.stringify(join(root, 'dist/src/cli/main.js'))};
    const code = await main(['convert', ...${JSON.stringify(args)}]);
    if (code > 1) throw new Error('convert ended with ' + code);
    process.stdout.write(String(process.resourceUsage().maxRSS));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { maxBuffer: 1 << 20 });
  return Number(/(\d+)$/.exec(stdout)![1]) / 1024;
}
