import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { searchForm } from '../../src/gateway/outcome/business-keys.ts';
import { firstIdAt } from '../../src/gateway/ids.ts';
import { readStore } from '../../src/store/open.ts';
import { databaseFile, openDatabase, type Db } from '../../src/store/sqlite.ts';
import type { Search } from '../../src/store/state.ts';
import type { ReadStore } from '../../src/store/store.ts';
import { numbers } from '../store/damage.ts';
import type { CampaignOptions, CampaignResult } from './run.ts';
import { fill } from './searching/fill.ts';
import { agencies, containerOf, containersOf, idOf, partnerOf, receivedAt, types } from './searching/messages.ts';

/*
 * One container among so many stored messages (`--count`; a million unless said), which lie in the store as its own commits write
 * them. With `--dir` the store is kept: what is there already is not made again. Cold: the system was told to forget the file, and a new
 * connection asks.
 */

interface Times {
  readonly median: number;
  readonly p99: number;
  readonly cpu: number; // p99 of the CPU time
}

const rounded = (ms: number): string => (ms < 10 ? ms.toFixed(2) : ms.toFixed(0));
const shown = ({ median, p99, cpu }: Times): string => `median ${rounded(median)} ms, p99 ${rounded(p99)} ms (CPU ${rounded(cpu)} ms)`;

const at = (times: readonly number[], part: number): number => times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * part))]!;

/** How long a query takes from the question to the answer, over many. */
async function measure(store: ReadStore, queries: Iterable<Search>, isRight: (query: Search, ids: readonly string[]) => boolean): Promise<Times> {
  const times: number[] = [];
  const cpu: number[] = [];
  for (const query of queries) {
    const began = performance.now();
    const used = process.cpuUsage();
    const { items } = await store.search(query);
    times.push(performance.now() - began);
    const { user, system } = process.cpuUsage(used);
    cpu.push((user + system) / 1_000);
    if (!isRight(query, items.map(({ id }) => id))) throw new Error(`wrong answer to ${JSON.stringify(query)}`); // prettier-ignore
  }
  return { median: at(times, 0.5), p99: at(times, 0.99), cpu: at(cpu, 0.99) };
}

/** Makes the system forget what it keeps of a file in memory. */
const forget = (file: string): boolean =>
  spawnSync('sync', [file]).status === 0 && spawnSync('dd', [`if=${file}`, 'iflag=nocache', 'count=0'], { stdio: 'ignore' }).status === 0;

export async function run({ seconds, seed, count = 1_000_000, dir }: CampaignOptions): Promise<CampaignResult> {
  const draw = numbers(seed);
  const folder = dir ?? mkdtempSync(join(tmpdir(), 'portolan-campaign-search-'));
  try {
    mkdirSync(folder, { recursive: true });
    const took = await fill(folder, count);
    const file = databaseFile(folder);
    process.stderr.write(`${count} messages written in ${took.toFixed(0)} s\n${sizes(folder, count)}`);
    const read = await asked(folder, (store) =>
      readSome(
        store,
        Array.from({ length: 20 }, () => draw(count)),
      ),
    );
    const any = (): number => draw(count);
    const containers = function* (least: number, ms: number): Generator<Search & { readonly n: number }> {
      const end = performance.now() + ms;
      for (let i = 0; i < least || performance.now() < end; i++) {
        const n = any();
        const container = containerOf(n, draw(containersOf));
        yield { reference: searchForm(`${container.slice(0, 4)} ${container.slice(4).toLowerCase()}`), n, limit: 50 } as Search & { n: number };
      }
    };
    const has = (query: Search, ids: readonly string[]): boolean => ids.includes(idOf((query as { n: number }).n));
    const isCold = forget(file);
    const cold = await asked(folder, (store) => measure(store, containers(200, 0), has));
    const warm = await asked(folder, async (store) => {
      await measure(store, containers(500, 0), has);
      return measure(store, containers(1_000, seconds * 1_000), has);
    });
    const others = await asked(folder, async (store) => {
      const lines: string[] = [];
      const day = 86_400_000;
      const some = (of: () => Search): Search[] => Array.from({ length: 50 }, of);
      const since = (): Pick<Search, 'since' | 'from'> => {
        const at = receivedAt(0) + draw(Math.max(1, (receivedAt(count) - receivedAt(0)) / day)) * day;
        return { since: at, from: firstIdAt(at) };
      };
      const table: readonly (readonly [string, () => Search])[] = [
        ['prefix', () => ({ reference: containerOf(any(), 0).slice(0, 4) })],
        ['prefix + partner', () => ({ reference: containerOf(any(), 0).slice(0, 4), partner: `partner-${partnerOf(any())}` })],
        [
          'partner + state + since + reference',
          () => ({ ...since(), partner: `partner-${partnerOf(any())}`, state: 'rejected', reference: containerOf(any(), 0) }),
        ],
        ['partner + state + since', () => ({ ...since(), partner: `partner-${partnerOf(any())}`, state: 'rejected' })],
        ['partner + type + state', () => ({ partner: `partner-${partnerOf(any())}`, type: types[draw(types.length)]!, state: 'held' })],
        ['agency + state', () => ({ agency: agencies[draw(3)]!, state: 'failed' })],
        ['agency + state + partner', () => ({ agency: agencies[draw(3)]!, state: 'failed', partner: `partner-${partnerOf(any())}` })],
        ['state + type', () => ({ state: 'held', type: types[draw(types.length)]! })],
        ['nothing at all', () => ({})],
      ];
      for (const [name, of] of table) lines.push(`  ${name}: ${shown(await measure(store, some(of), () => true))}\n`);
      return lines.join('');
    });
    process.stderr.write(`cold${isCold ? '' : ' (the system could not be made to forget)'}: ${shown(cold)}\nwarm: ${shown(warm)}\nother conditions\n${others}`);
    const ok = warm.median < 10 && warm.cpu < 50; // others may use the machine too
    return { figure: `one container among ${count} messages: warm ${shown(warm)}; cold ${shown(cold)}; ${perMessage(file, count)} bytes a message; ${read} opened again (seed ${seed}, load ${loadavg()[0]!.toFixed(1)})`, ok }; // prettier-ignore
  } finally {
    if (dir === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

async function asked<T>(folder: string, ask: (store: ReadStore) => Promise<T>): Promise<T> {
  const store = readStore(folder);
  try {
    return await ask(store);
  } finally {
    await store.close();
  }
}

/** Reads what some messages say: what was written can be opened, and is about the containers by which it is found. */
async function readSome(store: ReadStore, numbers: readonly number[]): Promise<number> {
  for (const n of numbers) {
    const content = await store.content({ owner: idOf(n), stage: 'canonical' });
    if (!content || !Buffer.from(content).toString().includes(containerOf(n, 0))) throw new Error(`message ${idOf(n)} says something else`);
    if ((await store.last(idOf(n)))?.record?.kind !== 'translated') throw new Error(`message ${idOf(n)} has no record`);
  }
  return numbers.length;
}

const perMessage = (file: string, count: number): number => Math.round(statSync(file).size / count);

/** What lies on the disk for a message, by table and index. */
function sizes(folder: string, count: number): string {
  const db: Db = openDatabase(folder);
  try {
    const rows = db.prepare('select name, sum(pgsize) as bytes from dbstat where aggregate = true group by name having bytes > 100000 order by bytes desc').all() as { readonly name: string; readonly bytes: number }[]; // prettier-ignore
    const keys = (db.prepare('select count(*) from key_of').pluck().get() as number) / count;
    const bytes = rows.filter(({ name }) => name === 'key_of' || name === 'keyed').reduce((sum, row) => sum + row.bytes, 0);
    return `${rows.map(({ name, bytes }) => `  ${name}: ${(bytes / count).toFixed(0)} bytes a message\n`).join('')}  a key, of which a message has ${keys.toFixed(1)}: ${(bytes / count / keys).toFixed(0)} bytes\n`;
  } finally {
    db.close();
  }
}
