import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { loadConfigurationFolder } from '../../../src/gateway/library/library.ts';
import type { WorkerSources } from '../../../src/gateway/translation/threads.ts';
import { inlineTranslator, TranslatorPool } from '../../../src/gateway/translation/translator.ts';
import { root } from '../../root.ts';
import { library } from '../../web/fixture.ts';

const config = join(root, 'samples/gateway');
const inForce = (folder: string) => ({ sources: library.sources, configuration: loadConfigurationFolder(folder, library).configuration! });
const input = (bytes: Uint8Array) => ({ id: '01JD0000000000000000000000', partner: 'blue-anchor', receivedAt: '2026-09-14T10:00:00.000Z', bytes });
const sample = readFileSync(join(root, 'samples/two-bills/input.edi'));

t.test('a thread gives what this thread gives: translating is a pure function', async (t) => {
  await library.loadSchemas();
  const here = await inlineTranslator(library, loadConfigurationFolder(config, library).configuration!).translate(input(sample));
  const pool = new TranslatorPool(inForce(config), 1);
  t.teardown(() => pool.close());
  const [there, again] = await Promise.all([pool.translate(input(sample)), pool.translate(input(sample))]);
  t.same(plain(there), plain(here));
  t.same(plain(again), plain(here), 'and the same again');
});

t.test('an interchange that brings a thread down is the only one that suffers', async (t) => {
  const pool = new TranslatorPool(inForce(config), 1, { limit: 3_000 });
  t.teardown(() => pool.close());
  const [fallen, after] = await Promise.allSettled([pool.translate(input(sampleOf(120_000))), pool.translate(input(sample))]);
  t.match(fallen, { status: 'rejected', reason: { message: 'translating took more than 3 s' } }, 'time is bounded');
  t.match(after, { status: 'fulfilled', value: { interchanges: [{ messages: [{ state: 'translated' }] }] } }, 'the next one goes on in a new thread');
});

t.test('another thread is started when something waits: what is small is done while something large is', async (t) => {
  const pool = new TranslatorPool(inForce(config), 2);
  t.teardown(() => pool.abandon());
  const large = pool.translate(input(sampleOf(120_000))).then(
    () => 'large',
    () => 'abandoned',
  );
  t.equal(await Promise.race([large, pool.translate(input(sample)).then(() => 'small')]), 'small');
});

t.test('a thread that starts later translates by what is in force, whatever lies on the disk by then', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(config, folder, { recursive: true });
  const routes = join(folder, 'routes/arrivals.yaml');
  const texts = inForce(folder);
  writeFileSync(routes, readFileSync(routes, 'utf8').replace('country: [NL]', 'country: [BE]')); // Antwerp would go to port health too
  const agenciesBy = async (inForce: WorkerSources): Promise<string[]> => {
    const pool = new TranslatorPool(inForce, 1);
    t.teardown(() => pool.close());
    const { interchanges } = await pool.translate(input(readFileSync(join(root, 'samples/latin-1/input.edi'))));
    return interchanges.flatMap(({ messages }) => messages.flatMap(({ outputs }) => outputs.map(({ agency }) => agency)));
  };
  t.same(await agenciesBy(texts), ['customs'], 'nobody put the change in force');
  t.same(await agenciesBy(inForce(folder)), ['customs', 'port-health'], 'now somebody did');
});

/** The sample with so many items. */
function sampleOf(items: number): Buffer {
  const text = sample.toString('latin1');
  const item = /GID\+1\+480[\s\S]*?CST[^']*'\r?\n/.exec(text)![0];
  return Buffer.from(text.replace(item, Array.from({ length: items }, (_, i) => item.replace('GID+1+', `GID+${i + 1}+`)).join('')), 'latin1');
}

/** Without the difference between a Buffer and the Uint8Array that a thread hands over, and without members that are undefined. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([name, each]) => (each === undefined ? [] : [[name, plain(each)]])));
}
