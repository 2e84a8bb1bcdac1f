import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { root } from './root.ts';

// What runs the tests: nothing that goes wrong in a file may pass for success.

const folder = mkdtempSync(join(tmpdir(), 'portolan-tests-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const tap = import.meta.resolve('tap');
const url = (path: string): string => JSON.stringify(pathToFileURL(join(root, path)).href);

const cases: readonly { readonly what: string; readonly text: string; readonly last: string; readonly says?: RegExp }[] = [
  { what: 'two assertions', text: "t.ok(true); t.test('inner', async (t) => t.ok(true));", last: '2 passed, 0 failed' },
  { what: 'one that fails', text: 't.ok(true); t.equal(1, 2, "one is two");', last: '1 passed, 1 failed', says: /not ok 2 - one is two\n[^]*-2\n +\+1/ },
  { what: 'a failure below', text: "t.test('inner', async (t) => t.ok(false, 'deep'));", last: '0 passed, 2 failed', says: /not ok 1 - deep/ },
  { what: 'one that is skipped', text: "t.ok(true); t.test('inner', { skip: 'no server' }, async () => {});", last: '1 passed, 0 failed, 1 skipped', says: /# SKIP no server/ }, // prettier-ignore
  { what: 'an end before the end', text: "t.ok(true); t.test('inner', async (t) => { t.ok(true); process.reallyExit(0); });", last: '2 passed, 1 failed', says: /ended before its end/ }, // prettier-ignore
  { what: 'an error', text: "t.ok(true); throw new Error('broken');", last: '1 passed, 1 failed', says: /broken/ },
  { what: 'a process that is killed', text: "t.ok(true); process.kill(process.pid, 'SIGKILL');", last: '1 passed, 1 failed', says: /ended with SIGKILL/ },
  { what: 'no test at all', text: '', last: '0 passed, 1 failed', says: /tested nothing/ },
];

let made = 0;
/** Runs files of these texts as the tests are run. */
function run(texts: readonly string[], seconds = 100): { readonly status: number | null; readonly last: string; readonly told: string } {
  const files = texts.map((text) => {
    const file = join(folder, `${made++}.test.mjs`);
    writeFileSync(file, `import t from ${JSON.stringify(tap)};\n${text}\n`);
    return file;
  });
  const program = `import { runTests } from ${url('bin/tests.mjs')}; process.exitCode = await runTests(process.cwd(), ${JSON.stringify(files)}, { seconds: ${seconds} });`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  return { status, last: stdout.trim(), told: stderr };
}

for (const { what, text, last, says = /^ok 1 / } of cases)
  t.test(what, async (t) => {
    const ended = run([text]);
    t.equal(ended.last, last, what);
    t.match(ended.told, says, 'what is told');
    t.equal(ended.status, / 0 failed/.test(last) && !last.startsWith('0') ? 0 : 1);
  });

t.test('of files that share a process each answers for itself, and none is forgotten', async (t) => {
  const fine = "t.equal(1, 1); t.test('inner', async (t) => t.ok(true)); t.teardown(() => t.comment('torn down'));";
  const falls = "t.test('inner', async (t) => { t.ok(true); process.abort(); });";
  const { last, told, status } = run([fine, fine, "t.equal(1, 2, 'one is two')", '', falls, fine, fine, fine, fine, fine]);
  t.equal(last, '15 passed, 3 failed');
  t.match(told, /^not ok \d+ - \S+ # time=\d+ms\n {4}not ok 1 - one is two$/m);
  t.match(told, /^not ok \d+ - \S+ # time=\d+ms\n {2}tested nothing$/m);
  t.match(told, /^not ok \d+ - \S+ # time=\d+ms\n {2}ended with SIGABRT$/m);
  t.equal(told.match(/^ok /gm)?.length, 7);
  t.equal(status, 1);
});

t.test('a file that hangs is named, and those after it are run', async (t) => {
  const hangs = "t.test('inner', async (t) => { t.ok(true); await new Promise((resolve) => setTimeout(resolve, 3_000)); });";
  const { last, told } = run(['t.ok(true);', hangs, 't.ok(true);', 't.ok(true);'], 1);
  t.match(told, /^not ok \d+ - \S+ # time=\d+ms\n +not ok 2 - timeout!\n/m);
  t.match(last, /^4 passed, \d failed$/);
  t.equal(told.match(/^ok /gm)?.length, 3);
});

t.test('what is about the disk makes its folders there; what others make in memory is removed with them', async (t) => {
  mkdirSync(join(folder, 'store'));
  const [ofDisk, other] = [join(folder, 'store', 'disk.test.mjs'), join(folder, 'other.test.mjs')];
  const told = (file: string): string => `${file}.folder`;
  for (const file of [ofDisk, other])
    writeFileSync(
      file,
      `import fs from 'node:fs';
      import os from 'node:os';
      import t from ${JSON.stringify(tap)};
      const made = fs.mkdtempSync(os.tmpdir() + '/left-');
      fs.writeFileSync(${JSON.stringify(told(file))}, made);
      t.ok(fs.existsSync(made));`,
    );
  const program = `import { runTests } from ${url('bin/tests.mjs')}; process.exitCode = await runTests(process.cwd(), ${JSON.stringify([ofDisk, other])});`;
  const { TMPDIR: _, ...env } = process.env;
  const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { env, encoding: 'utf8' });
  t.equal(status, 0);
  const [onDisk, elsewhere] = [ofDisk, other].map((file) => readFileSync(told(file), 'utf8'));
  t.notMatch(onDisk, /^\/dev\/shm\//);
  t.equal(existsSync(elsewhere!), !elsewhere!.startsWith('/dev/shm/'), elsewhere!);
  for (const made of [onDisk!, elsewhere!]) rmSync(made, { recursive: true, force: true });
});

t.test('files of all maps begin before what is compiled for this machine is there, and the others when it is', async (t) => {
  const [first, there] = [join(folder, 'first'), join(folder, 'there')].map((path) => JSON.stringify(path));
  mkdirSync(join(folder, 'maps'));
  const files = [
    { path: join(folder, 'maps', 'mutation.test.mjs'), text: `fs.writeFileSync(${first}, ''); t.notOk(fs.existsSync(${there}));` },
    { path: join(folder, 'needs.test.mjs'), text: `t.ok(fs.existsSync(${there}));` },
  ];
  for (const { path, text } of files) writeFileSync(path, `import fs from 'node:fs';\nimport t from ${JSON.stringify(tap)};\n${text}\n`);
  const program = `
    import fs from 'node:fs';
    import { setTimeout } from 'node:timers/promises';
    import { runTests } from ${url('bin/tests.mjs')};
    const native = (async () => {
      for (let i = 0; i < 400 && !fs.existsSync(${first}); i++) await setTimeout(50);
      await setTimeout(500);
      fs.writeFileSync(${there}, '');
    })();
    await runTests(process.cwd(), ${JSON.stringify(files.map(({ path }) => path))}, { native });`;
  t.equal(spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' }).stdout.trim(), '2 passed, 0 failed');
});
