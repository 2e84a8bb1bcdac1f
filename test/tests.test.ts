import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
  { what: 'no test at all', text: '', last: '0 passed, 1 failed', says: /ended before its end/ },
];

for (const [i, { what, text, last, says = /^ok 1 / }] of cases.entries())
  t.test(what, async (t) => {
    const file = join(folder, `${i}.test.mjs`);
    writeFileSync(file, `import t from ${JSON.stringify(tap)};\n${text}\n`);
    const run = `import { runTests } from ${url('bin/tests.mjs')}; process.exitCode = await runTests(process.cwd(), [${JSON.stringify(file)}]);`;
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', run], { encoding: 'utf8' });
    t.equal(stdout.trim(), last, what);
    t.match(stderr, says, 'what is told');
    t.equal(status, / 0 failed/.test(last) && !last.startsWith('0') ? 0 : 1);
  });
