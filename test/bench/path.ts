import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { loadConfigurationFolder, openLibrary, type Library } from '../../src/gateway/library/library.ts';
import { canonicalBytes } from '../../src/gateway/translation/pipeline.ts';
import { checkDocument, produce } from '../../src/gateway/translation/produce.ts';
import type { ReadMessage } from '../../src/gateway/translation/reading.ts';
import { AnyReader } from '../../src/gateway/translation/any-reader.ts';
import { readBytes } from '../../src/gateway/translation/syntax.ts';
import { translate } from '../../src/gateway/translation/translate.ts';
import { project } from '../../src/partners/grants.ts';
import { root } from '../root.ts';
import { cuscar } from './generate.ts';
import { measure } from './http.ts';
import { row, time, type Row } from './measure.ts';

/** A manifest of 2 KB from a partner of the sample configuration, unloaded where both agencies want it. */
const template = Buffer.concat([...cuscar({ bills: 4, perMessage: 4 })])
  .toString('latin1')
  .replace('CARRIER:ZZZ+CUSTOMS:ZZZ', 'BLUEANCHOR+PORTOLAN')
  .replaceAll(/SRC-000001|DOCREFM0000001/g, '{n}') // each is a document of its own
  .replaceAll(/LOC\+11\+[A-Z]{5}/g, 'LOC+11+NLRTM');
const connections = 64;
const messages = 1_200; // of a round
const warmUp = 3_600; // before it: two threads that translate are warm after so many
const agencies = 2;
const patience = 30_000; // ms in which nothing more comes

/**
 * Manifests a second through the whole path: received, read, checked, mapped, cut to what each of two agencies may see, built, valid
 * against the schema, recorded, and in both mailboxes. Beside a bare group commit of the same bytes, at 64 connections. Budget: 0.08.
 */
export async function run(rounds: number): Promise<readonly Row[]> {
  const costs = await stageCosts();
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const bare = await measure('group-commit.js', '/', template);
    const ours = await wholePath();
    process.stderr.write(`whole path: ${Math.round(ours)}/s, bare group commit: ${Math.round(bare)}/s\n`);
    ratios.push(ours / bare);
  }
  return [{ ...row('the whole path for two agencies with XSD', 'Fastify with a bare group commit', 0.08, ratios), microseconds: costs }];
}

/** From the first request to the last document in a mailbox, by a gateway in a process of its own. */
async function wholePath(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-bench-'));
  const child = spawn(process.execPath, [join(import.meta.dirname, 'path-gateway.js'), join(folder, 'data')], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<string> => String((await lines.next()).value);
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  try {
    const port = Number(await line());
    const through = async (first: number, count: number, expected: number): Promise<number> => {
      await Promise.all(Array.from({ length: count }, (_, i) => post(agent, port, first + i)));
      for (let [before, since] = [0, performance.now()]; ;) {
        child.stdin.write('\n');
        const [sent = 0, processor = 0] = (await line()).split(' ').map(Number);
        if (sent >= expected) return processor;
        if (sent > before) [before, since] = [sent, performance.now()];
        if (performance.now() - since > patience) throw new Error(`${expected} documents are expected in the mailboxes, and ${sent} have come`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    const before = await through(0, warmUp, warmUp * agencies);
    const started = performance.now();
    const after = await through(warmUp, messages, (warmUp + messages) * agencies);
    process.stderr.write(`${String(Math.round((after - before) / messages)).padStart(8)} µs  the whole path, all threads\n`);
    return messages / ((performance.now() - started) / 1_000);
  } finally {
    agent.destroy();
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

function post(agent: Agent, port: number, number: number): Promise<void> {
  const body = Buffer.from(template.replaceAll('{n}', `P${String(number).padStart(9, '0')}`), 'latin1');
  const headers = { authorization: 'Bearer demo-blue-anchor', 'content-type': 'application/edifact', 'content-length': body.length };
  return new Promise((resolve, reject) => {
    const sending = request({ agent, port, host: '127.0.0.1', path: '/v1/interchanges', method: 'POST', headers }, (answer) => {
      answer.resume();
      answer.on('end', () => (answer.statusCode === 202 ? resolve() : reject(new Error(`a manifest was answered ${answer.statusCode}`))));
    });
    sending.on('error', reject);
    sending.end(body);
  });
}

/** Processor time of each stage of translating this manifest, in microseconds; receipt, records and mailboxes are stages of their own. */
async function stageCosts(): Promise<Readonly<Record<string, number>>> {
  const library = openLibrary({ root });
  await library.loadSchemas();
  const configuration = loadConfigurationFolder(join(root, 'samples/gateway'), library).configuration!;
  const bytes = Buffer.from(template.replaceAll('{n}', 'P000000001'), 'latin1');
  const message = readOne(library, bytes);
  const { rows } = message.parsed!;
  const outputs = configuration.agencies.map((agency) => ({
    grants: library.grants(agency),
    plan: library.catalog.plan(agency.map)!,
    rows: project(rows, library.grants(agency)).rows,
  }));
  const interchange = { sender: 'A', recipient: 'B', preparedAt: '261120:0852', reference: '1' };
  const documents = outputs.map(({ plan, rows }) => ({ plan, bytes: produce(library, plan, rows, interchange).bytes }));
  const input = { id: '01JZZZZZZZZZZZZZZZZZZZZZZZ', partner: 'blue-anchor', receivedAt: '2026-11-20T08:52:00Z', bytes };
  const stages: Readonly<Record<string, () => unknown>> = {
    'units, checked': () => {
      const reader = new AnyReader(library, { unit: () => undefined });
      reader.push(bytes);
      reader.end();
    },
    'units and rows': () => readOne(library, bytes),
    'rows judged': () => library.conforms(rows),
    'canonical JSON': () => canonicalBytes(rows),
    'rows cut for both agencies': () => outputs.map(({ grants }) => project(rows, grants)),
    'both documents built, written and valid': () => outputs.map(({ plan, rows }) => produce(library, plan, rows, interchange)),
    'of which valid against the schema': () => documents.map(({ plan, bytes }) => checkDocument(library, plan, bytes)),
    'translation as a whole': () => translate(input, library, configuration),
  };
  const costs: Record<string, number> = {};
  for (const [name, work] of Object.entries(stages)) {
    const times = 300;
    const many = (): void => {
      for (let i = 0; i < times; i++) work();
    };
    many(); // warm-up
    costs[name] = Math.round(time(many) / times);
    process.stderr.write(`${String(costs[name]).padStart(8)} µs  ${name}\n`);
  }
  return costs;
}

function readOne(library: Library, bytes: Uint8Array): ReadMessage {
  let found: ReadMessage | undefined;
  readBytes(library, bytes, { message: (message) => void (found = message) });
  if (!found?.parsed) throw new Error('the manifest was not read');
  return found;
}
