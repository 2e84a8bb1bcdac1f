import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root } from '../root.ts';
import { row, type Row } from './measure.ts';
import { stageCosts } from './stages.ts';

const connections = 64;
const milliseconds = 2_000;

/**
 * Durable receipts a second at 64 connections, beside a bare group commit behind the same framework: at least 0.8 of it; with 99 of
 * 100 answered within 100 ms. The parts are processor time of one receipt: of all the process, and of each step; what is over is HTTP
 * and the way between the threads. For comparison, what the bare one costs in all.
 */
export async function run(rounds: number): Promise<readonly Row[]> {
  const template = readFileSync(join(root, 'samples/forty-containers/input.edi'), 'latin1').replaceAll('BA0551001', '{n}');
  const all: { readonly bare: Load; readonly ours: Load }[] = [];
  for (let round = 0; round < rounds; round++) {
    const bare = await load('group-commit.js', '/', template);
    const ours = await load('receiver.js', '/v1/interchanges', template);
    process.stderr.write(`receipt: ${said(ours)}; bare group commit: ${said(bare)}\n`);
    all.push({ bare, ours });
  }
  const steps = await stageCosts(template);
  const total = median(all.map(({ ours }) => ours.microseconds));
  const known = Object.values(steps).reduce((sum, step) => sum + step, 0);
  const microseconds = { ...steps, 'HTTP and threads': total - known, total, 'bare group commit': median(all.map(({ bare }) => bare.microseconds)) };
  const told = Object.entries(microseconds).map(([step, cost]) => `${step} ${cost.toFixed(0)}`);
  process.stderr.write(`one receipt, µs of processor time: ${told.join(' · ')}\n`);
  const ratios = all.map(({ bare, ours }) => ours.perSecond / bare.perSecond);
  const slowest = all.map(({ ours }) => ours.p99 / 100);
  return [
    { ...row('durable receipt, 64 connections', 'Fastify with a bare group commit', 0.8, ratios), microseconds },
    row('durable receipt, 99 of 100', '100 ms', 1, slowest, 'lower'),
  ];
}

/** What a load came to. */
interface Load {
  readonly perSecond: number;
  readonly p99: number; // ms until the answer
  readonly microseconds: number; // processor time of the server for one answer
}

const said = ({ perSecond, p99, microseconds }: Load): string => `${perSecond.toFixed(0)}/s, p99 ${p99.toFixed(0)} ms, ${microseconds.toFixed(0)} µs`;

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;

/** Answers a second. */
export async function measure(server: string, path: string, body: string): Promise<number> {
  return (await load(server, path, body)).perSecond;
}

/** Starts a server of its own, loads it from another process, and ends both. */
async function load(server: string, path: string, body: string): Promise<Load> {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-bench-'));
  const child = spawn(process.execPath, [join(import.meta.dirname, server), join(folder, 'data')], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const told = lines(child.stdout);
    const port = await told();
    const spent = async (): Promise<number> => {
      child.stdin.write('\n');
      return Number(await told());
    };
    const head = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer demo-blue-anchor\r\ncontent-type: application/edifact\r\n`;
    const loader = spawn(process.execPath, [join(import.meta.dirname, 'load.js'), port, String(connections), String(milliseconds)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    loader.stdin.end(Buffer.from(`${head}\0${body}`, 'latin1'));
    const answer = lines(loader.stdout);
    await answer(); // it is warm, and measures from now on
    const before = await spent();
    const { perSecond, answered, p99, refused } = JSON.parse(await answer()) as { perSecond: number; answered: number; p99: number; refused: number };
    const microseconds = ((await spent()) - before) / answered;
    if (refused > 0) throw new Error(`${refused} requests were refused by ${server}`);
    return { perSecond, p99, microseconds };
  } finally {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The next line, each time it is called. */
function lines(input: NodeJS.ReadableStream): () => Promise<string> {
  const each = createInterface({ input })[Symbol.asyncIterator]();
  return async () => String((await each.next()).value);
}
