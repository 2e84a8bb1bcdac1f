import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root } from '../root.ts';
import { row, type Row } from './measure.ts';

const connections = 64;
const milliseconds = 2_000;

/** Durable receipts a second at 64 connections, beside a bare group commit behind the same framework. Budget: at least 0.8 of it. */
export async function run(rounds: number): Promise<readonly Row[]> {
  const template = readFileSync(join(root, 'samples/forty-containers/input.edi'), 'latin1').replaceAll('BA0551001', '{n}');
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const bare = await measure('group-commit.js', '/', template);
    const ours = await measure('receiver.js', '/v1/interchanges', template);
    process.stderr.write(`receipt: ${Math.round(ours)}/s, bare group commit: ${Math.round(bare)}/s\n`);
    ratios.push(ours / bare);
  }
  return [row('durable receipt, 64 connections', 'Fastify with a bare group commit', 0.8, ratios)];
}

/** Starts a server of its own, loads it from another process, and ends both. */
export async function measure(server: string, path: string, body: string): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-bench-'));
  const child = spawn(process.execPath, [join(import.meta.dirname, server), join(folder, 'data')], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const port = await new Promise<string>((resolve) => createInterface({ input: child.stdout }).once('line', resolve));
    const head = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer demo-blue-anchor\r\ncontent-type: application/edifact\r\n`;
    const load = spawn(process.execPath, [join(import.meta.dirname, 'load.js'), port, String(connections), String(milliseconds)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    load.stdin.end(Buffer.from(`${head}\0${body}`, 'latin1'));
    let answer = '';
    for await (const chunk of load.stdout) answer += String(chunk);
    const { perSecond, refused } = JSON.parse(answer) as { perSecond: number; refused: number };
    if (refused > 0) throw new Error(`${refused} requests were refused by ${server}`);
    return perSecond;
  } finally {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}
