import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { sourceOf } from '../../src/store/verify-archive.ts';
import { verifyBundle } from '../../src/store/verify.ts';
import { root } from '../root.ts';
import { flipBundle, flipStore, numbers, remove, sampleBundle, sampleStore, verifyFolder } from './damage.ts';

const seed = Number(process.env['SEED'] ?? 20_260_101);

const folder = await sampleStore();
t.teardown(() => remove(folder));
const bundle = await sampleBundle(folder);

t.test('a sound store verifies, and says what it looked at', (t) => {
  const report = verifyFolder(folder);
  t.match(report, { ok: true, origin: 'portolan.test/log', sealed: true, erased: 1 });
  t.equal(report.records, report.entries);
  t.ok(report.contents > 100 && report.checkpoints > 20, `${report.contents} contents, ${report.checkpoints} checkpoints`);
  t.end();
});

t.test('each of 200 flipped bits of a store is found and named', (t) => {
  const draw = numbers(seed);
  const missed = Array.from({ length: 200 }, () => flipStore(folder, draw)).filter(({ names, found }) => !found.some((line) => names.test(line)));
  t.same(missed, [], `seed ${seed}`);
  t.match(verifyFolder(folder), { ok: true }, 'and back as it was, it verifies');
  t.end();
});

t.test('each of 200 flipped bits of a bundle is found and named', (t) => {
  const draw = numbers(seed);
  const missed = Array.from({ length: 200 }, () => flipBundle(bundle, draw)).filter(({ names, found }) => !found.some((line) => names.test(line)));
  t.same(missed, [], `seed ${seed}`);
  t.end();
});

t.test('the stand-alone verifier needs an empty folder, Node and the bundle', (t) => {
  const empty = mkdtempSync(join(tmpdir(), 'portolan-alone-'));
  t.teardown(() => remove(empty));
  writeFileSync(join(empty, 'evidence.zip'), bundle.bytes);
  copyFileSync(join(root, 'bin', 'verify-bundle.mjs'), join(empty, 'verify.mjs'));
  t.same(readdirSync(empty).sort(), ['evidence.zip', 'verify.mjs']);
  const run = (file: string, ...more: string[]): ReturnType<typeof spawnSync> =>
    spawnSync(process.execPath, ['verify.mjs', file, ...more], { cwd: empty, encoding: 'utf8', env: {} });
  t.match(run('evidence.zip'), { status: 0, stdout: /Evidence of 01J5.*Everything holds\./s });
  t.match(run('evidence.zip', bundle.key), { status: 0, stdout: /the key you gave/ });
  t.match(run('evidence.zip', bundle.key.replace('portolan.test', 'other.test')), { status: 1 });
  t.match(run('--help'), { status: 2 });
  const draw = numbers(seed + 1);
  const missed = Array.from({ length: 40 }, () => flipBundle(bundle, draw)).flatMap(({ what, file, found, flipped }) => {
    writeFileSync(join(empty, 'flipped.zip'), flipped);
    const { status, stdout, stderr } = run('flipped.zip');
    const agree = status === 1 && found.length > 0; // the two verifiers share no line
    return agree && String(stdout).includes(file) ? [] : [{ what, file, stdout, stderr }];
  });
  t.same(missed, [], `seed ${seed}`);
  t.end();
});

const unzip = spawnSync('unzip', ['-v']).error === undefined;

t.test('the verifier that travels in the bundle serves as its README says', { skip: !unzip && 'there is no unzip here' }, (t) => {
  const { steps, subject, ok } = verifyBundle(sourceOf(bundle.bytes), bundle.key);
  t.match({ steps: steps.length, subject, ok }, { steps: 3, subject: '01J5', ok: true });
  const empty = mkdtempSync(join(tmpdir(), 'portolan-alone-'));
  t.teardown(() => remove(empty));
  writeFileSync(join(empty, 'evidence.zip'), bundle.bytes);
  execFileSync('unzip', ['-q', 'evidence.zip', 'verify.mjs', 'README.txt'], { cwd: empty });
  t.match(spawnSync(process.execPath, ['verify.mjs', 'evidence.zip'], { cwd: empty, encoding: 'utf8' }), { status: 0 });
  t.end();
});
