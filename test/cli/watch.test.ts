import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { watchFolder } from '../../src/cli/watch.ts';

/** A folder with a folder in it, beside others that may take its place; `next` resolves at the next change that is told, and fails after so many milliseconds. */
function watched(t: Test): { readonly home: string; readonly folder: string; next(ms: number): Promise<void> } {
  const home = mkdtempSync(join(tmpdir(), 'watch-'));
  const folder = join(home, 'config');
  make(folder, 'first');
  let told = 0;
  let seen = 0;
  const end = watchFolder(folder, () => void told++);
  t.teardown(() => {
    end();
    rmSync(home, { recursive: true });
  });
  const next = async (ms: number): Promise<void> => {
    for (const until = performance.now() + ms; told === seen && performance.now() < until;) await new Promise((resolve) => setTimeout(resolve, 20));
    t.ok(told > seen, `within ${ms} ms`);
    seen = told;
  };
  return { home, folder, next };
}

function make(folder: string, text: string): void {
  mkdirSync(join(folder, 'partners'), { recursive: true });
  writeFileSync(join(folder, 'partners/one.yaml'), text);
}

const soon = 1_500; // a look of the slow kind comes after 30 s

t.test('a file that is written, and a folder with it', async (t) => {
  const { folder, next } = watched(t);
  writeFileSync(join(folder, 'partners/two.yaml'), 'two');
  await next(soon);
  mkdirSync(join(folder, 'routes'));
  writeFileSync(join(folder, 'routes/all.yaml'), 'all');
  await next(soon);
});

t.test('another folder that is moved to its place is watched from then on', async (t) => {
  for (const part of ['', 'partners']) {
    const { home, folder, next } = watched(t);
    const place = join(folder, part);
    make(join(home, 'new'), 'second');
    renameSync(place, join(home, 'old'));
    renameSync(join(home, 'new', part), place);
    await next(soon);
    writeFileSync(join(folder, 'partners/one.yaml'), 'third, and in the new one');
    await next(soon);
  }
});

t.test('a link to a folder that is turned to another', async (t) => {
  const { folder, home, next } = watched(t);
  make(join(home, 'other'), 'second');
  const link = join(folder, 'partners');
  rmSync(link, { recursive: true });
  await next(soon);
  renameSync(folder, join(home, 'real'));
  symlinkSync(join(home, 'other'), folder);
  await next(5_000);
  unlinkSync(folder);
  symlinkSync(join(home, 'real'), folder);
  await next(5_000);
});

t.test('a folder that was away is seen when it is back', async (t) => {
  const { folder, home, next } = watched(t);
  renameSync(folder, join(home, 'away'));
  await next(soon);
  renameSync(join(home, 'away'), folder);
  await next(5_000);
  writeFileSync(join(folder, 'partners/one.yaml'), 'and is watched again');
  await next(soon);
});
