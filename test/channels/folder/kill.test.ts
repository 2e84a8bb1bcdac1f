import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { temporaryFolder, until } from '../surroundings.ts';

const taker = fileURLToPath(new URL('taker.js', import.meta.url));
const kills = Number(process.env['PORTOLAN_KILLS'] ?? 4); // more in a campaign
const files = 40; // written before each kill

t.test(`killed ${kills} times while files come: nothing is lost, nothing is taken twice`, async (t) => {
  const folder = temporaryFolder(t);
  const [path, data, store] = ['in', 'data', 'store'].map((name) => join(folder, name)) as [string, string, string];
  for (const each of [path, data, store]) mkdirSync(each);
  let child: ChildProcess | undefined;
  t.teardown(() => child?.kill('SIGKILL'));
  const written: string[] = [];
  let seed = Number(process.env['PORTOLAN_SEED'] ?? Date.now() % 2 ** 31);
  t.comment(`seed ${seed}`);
  const chance = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  for (let kill = 0; kill < kills; kill++) {
    for (let i = 0; i < files; i++) {
      const content = `file ${written.length}`;
      writeFileSync(join(path, `x.tmp`), content);
      renameSync(join(path, 'x.tmp'), join(path, `f${written.length}.edi`));
      writeFileSync(join(path, `f${written.length}.edi.ok`), '');
      written.push(content);
    }
    const env = { ...process.env };
    delete env['NODE_OPTIONS']; // what the test runner loads is none of its business
    child = spawn(process.execPath, [taker, path, data, store], { stdio: ['ignore', 'pipe', 'inherit'], env });
    // It falls after so many files, in the middle of the next.
    let left = 1 + Math.floor(chance() * files);
    const exit = once(child, 'exit');
    for await (const chunk of child.stdout!) {
      left -= String(chunk).split('\n').length - 1;
      if (left <= 0) break;
    }
    child.kill('SIGKILL');
    await exit;
  }
  const env = { ...process.env };
  delete env['NODE_OPTIONS'];
  child = spawn(process.execPath, [taker, path, data, store], { stdio: ['ignore', 'ignore', 'inherit'], env });
  const done = join(path, 'done');
  await until('all are done', () => readdirSync(done).filter((name) => name.endsWith('.edi')).length === written.length, 60_000);
  const taken = readdirSync(store).filter((name) => !name.endsWith('.tmp')).map((name) => readFileSync(join(store, name), 'utf8')); // prettier-ignore
  t.same(taken.sort(), written.sort(), 'each exactly once in the store');
  t.same(readdirSync(path).filter((name) => name.startsWith('f')), [], 'and nothing is left in the folder, no companion either'); // prettier-ignore
});
