import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { searchForm } from '../../src/gateway/outcome/business-keys.ts';
import { firstIdAt } from '../../src/gateway/ids.ts';
import { makeKeys, readKeys } from '../../src/store/keys.ts';
import { readStore } from '../../src/store/open.ts';
import { indexHash, places, pooled, Sealer } from '../../src/store/seal.ts';
import { databaseFile, openDatabase, type Db } from '../../src/store/sqlite.ts';
import type { ReadStore, Search } from '../../src/store/store.ts';
import { Writes } from '../../src/store/writes.ts';
import { numbers } from '../store/damage.ts';
import type { CampaignOptions, CampaignResult } from './run.ts';

/*
 * One container among so many stored messages (`--count`; a million unless said). The rows are those of the store, written by its
 * own statements and sealed with its own keys, but without the log's signature and without waiting for the disk: it is
 * searching that is measured, not receiving. Contents are short, so that ten million messages fit on a small disk; keys, states,
 * outcomes and records are as long as in earnest. Cold: the system was told to forget the file, and a new connection asks.
 */
const start = Date.UTC(2026, 0, 1);
const partners = 2_000;
const types = ['CUSCAR', 'IFTMIN', 'FWB', 'FHL', '309', 'DEC'];
const owners = 400;
const agencies = ['customs', 'port-health', 'coast-guard'];

const pad = (n: number, size: number): string => String(n).padStart(size, '0');
const idOf = (n: number): string => `${firstIdAt(start + n * 2_000)}${pad(n, 16)}`;
const containerOf = (n: number): string => {
  const owner = (n * 7919) % owners;
  const letter = (at: number): string => String.fromCharCode(65 + (at % 26));
  return `${letter(owner)}${letter(owner / 26)}${letter(owner / 5)}U${pad((n * 104_729) % 10_000_000, 7)}`;
};
const partnerOf = (n: number): number => Math.floor(partners * (((n * 48_271) % 2_147_483_647) / 2_147_483_647) ** 3); // few send much
const stateOf = (n: number): string => (n % 211 === 0 ? 'rejected' : n % 97 === 0 ? 'held' : 'translated');
const detail = Buffer.from(
  JSON.stringify({ index: 1, reference: 'R', map: 'un/cuscar/d95b@1.0.0', findings: [], losses: [], outputs: [], text: 'x'.repeat(400) }),
);

/** The keys of a message as business-keys.ts makes them of a bill in a container: [number of path, text]. */
const keysOf = (n: number): readonly (readonly [path: number, text: string])[] => [
  [0, `IC${n}`],
  [0, `M${n}`],
  [1, `CARGO-${n}`],
  [2, `CARGO${n}`],
  [3, `${pad(n % 1_000, 3)}${pad(n, 8)}`],
  [4, pad(n % 1_000, 3)],
  [5, containerOf(n)],
  [6, containerOf(n).slice(0, 4)],
  [7, `UCR${n}`],
  [8, `26NL${pad(n, 14)}`],
];
const paths: readonly (readonly [kind: string, path: string, part: string])[] = [
  ['reference', '', 'value'],
  ['document', 'Declaration.ID', 'value'],
  ['document', 'Declaration.ID', 'form'],
  ['bill', 'Declaration/Consignment/TransportContractDocument.ID', 'value'],
  ['bill', 'Declaration/Consignment/TransportContractDocument.ID', 'prefix'],
  ['container', 'Declaration/Consignment/TransportEquipment.ID', 'value'],
  ['container', 'Declaration/Consignment/TransportEquipment.ID', 'prefix'],
  ['ucr', 'Declaration/Consignment/UCR.TraderAssignedReferenceID', 'value'],
  ['document', 'Declaration/PreviousDocument.ID', 'value'],
];

const batchSize = 100_000;

function fill(folder: string, count: number): void {
  makeKeys(folder, 'portolan.test/search', randomBytes);
  const keys = readKeys(folder);
  const db = openDatabase(folder);
  db.prepare("insert into meta (name, value) values ('log.vkey', ?)").run(keys.log.verifierKey);
  for (const pragma of ['journal_mode = off', 'synchronous = off', 'cache_size = -2000000', 'secure_delete = off']) db.pragma(pragma);
  const writes = new Writes(db);
  const random = pooled(randomBytes);
  const sealer = new Sealer(keys.content, random);
  const body = Buffer.alloc(200, 'x');
  const sealed = sealer.seal('x', body); // nobody opens it
  let index = 0;
  for (let first = 0; first < count; first += batchSize) {
    const hashed: Parameters<Writes['addKeys']>[0] extends Iterable<infer Key> ? Key[] : never = [];
    writes.begin.run();
    for (let n = first; n < Math.min(first + batchSize, count); n++) {
      const interchange = idOf(n);
      const message = `${interchange}-1`;
      const of = { interchange, partner: `partner-${partnerOf(n)}`, grade: 'B', received: start + n * 2_000 } as const;
      const salt = random(32);
      writes.addContent({ no: writes.nextContent(), owner: interchange, stage: 'original', media: 'application/edifact', size: body.length, salt, commitment: salt, sealed: [sealed], bytes: body }); // prettier-ignore
      writes.entry.run(index++, Buffer.alloc(110, '{'), interchange, salt, sealed);
      writes.entry.run(index++, Buffer.alloc(110, '{'), message, salt, sealed);
      const sent = Object.fromEntries(agencies.slice(0, (n % 3) + 1).map((agency) => [agency, n % 53 === 0 ? 'failed' : 'delivered']));
      writes.changeState({ ...of, id: interchange, state: 'processed', type: 'edifact' }, null, of.received);
      writes.changeState({ ...of, id: message, state: stateOf(n), type: types[n % types.length]!, agencies: sent }, sealer.seal(places.detail(message), detail), of.received); // prettier-ignore
      for (const [no, text] of keysOf(n)) {
        const [kind, path, part] = paths[Math.min(no, paths.length - 1)]!;
        hashed.push({ hash: indexHash(keys.index, 'business', text), message, kind, path, part });
      }
    }
    // In the order of the tree, so that a page is written once for many keys; what comes of it is the same rows.
    writes.addKeys(hashed.sort((a, b) => Buffer.compare(a.hash, b.hash)));
    writes.commit.run();
    if ((first / batchSize) % 10 === 9) process.stderr.write(`${first + batchSize} messages\n`);
  }
  db.close();
}

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

export async function run({ seconds, seed, count = 1_000_000 }: CampaignOptions): Promise<CampaignResult> {
  const draw = numbers(seed);
  const folder = mkdtempSync(join(tmpdir(), 'portolan-campaign-search-'));
  try {
    const began = performance.now();
    fill(folder, count);
    const file = databaseFile(folder);
    process.stderr.write(`${count} messages written in ${((performance.now() - began) / 1000).toFixed(0)} s\n${sizes(folder, count)}`);
    const any = (): number => draw(count);
    const containers = function* (least: number, ms: number): Generator<Search & { readonly n: number }> {
      const end = performance.now() + ms;
      for (let i = 0; i < least || performance.now() < end; i++) {
        const n = any();
        yield { reference: searchForm(`${containerOf(n).slice(0, 4)} ${containerOf(n).slice(4).toLowerCase()}`), n, limit: 50 } as Search & { n: number };
      }
    };
    const has = (query: Search, ids: readonly string[]): boolean => ids.includes(`${idOf((query as { n: number }).n)}-1`);
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
        const at = start + draw(Math.max(1, (count * 2_000) / day)) * day;
        return { since: at, from: firstIdAt(at) };
      };
      const table: readonly (readonly [string, () => Search])[] = [
        ['prefix', () => ({ reference: containerOf(any()).slice(0, 4) })],
        ['prefix + partner', () => ({ reference: containerOf(any()).slice(0, 4), partner: `partner-${partnerOf(any())}` })],
        [
          'partner + state + since + reference',
          () => ({ ...since(), partner: `partner-${partnerOf(any())}`, state: 'rejected', reference: containerOf(any()) }),
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
    return { figure: `one container among ${count} messages: warm ${shown(warm)}; cold ${shown(cold)}; ${perMessage(file, count)} bytes a message (seed ${seed}, load ${loadavg()[0]!.toFixed(1)})`, ok }; // prettier-ignore
  } finally {
    rmSync(folder, { recursive: true, force: true });
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
