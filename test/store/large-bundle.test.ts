import { spawnSync } from 'node:child_process';
import { mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openBundle, wholeView } from '../../src/store/bundle.ts';
import { openStore } from '../../src/store/open.ts';
import { root } from '../root.ts';
import { intakeOf, remove } from './damage.ts';

// Evidence of a small body and of a large one: made, and verified twice, each time by a process that says what it held.
const megabyte = 2 ** 20;
const large = 192 * megabyte;
const room = 96 * megabyte; // what it may cost more than a small one: pieces that are not collected yet

const folder = mkdtempSync(join(tmpdir(), 'portolan-large-'));
t.teardown(() => remove(folder));
const data = join(folder, 'data');
const store = openStore({ folder: data, origin: 'portolan.test/log' });
await store.commit(intakeOf('01A', Buffer.from('UNB+')));
await store.commit(intakeOf('01B', Buffer.alloc(large, 'UNB+UNOC:3+A+B+260101:0000+1')));
await store.close();

const program = join(import.meta.dirname, '..', 'portolan.js');
// Where the system tells it, of this program alone: what the process had before it became this program counts in maxRSS.
const tells = `data:text/javascript,import { readFileSync } from 'node:fs';
process.on('exit', () => {
  let held = process.resourceUsage().maxRSS;
  try { held = /VmHWM:\\s*(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]; } catch {}
  console.error('held', held);
});`;

/** What a process of a small heap had resident at most. */
function held(t: Test, ...args: readonly string[]): number {
  const { status, stderr } = spawnSync(process.execPath, ['--max-old-space-size=64', '--import', tells, ...args], { cwd: root, encoding: 'utf8' });
  t.equal(status, 0, args.slice(-3).join(' '), { stderr });
  return Number(/held (\d+)/.exec(stderr)?.[1]) * 1024;
}

t.test('a bundle is made and verified in memory that does not grow with its bodies', async (t) => {
  const [few, many] = [join(folder, 'small.zip'), join(folder, 'large.zip')];
  const ways: readonly { readonly what: string; readonly run: (id: string, file: string) => number }[] = [
    { what: 'export', run: (id, file) => held(t, program, 'evidence', 'export', id, '--data', data, '--out', file) },
    { what: 'verify', run: (_, file) => held(t, program, 'evidence', 'verify', file) },
    { what: 'the verifier that stands alone', run: (_, file) => held(t, join(root, 'bin', 'verify-bundle.mjs'), file) },
  ];
  for (const { what, run } of ways) {
    const [small, whole] = [run('01A', few), run('01B', many)];
    t.ok(whole < small + room, `${what}: ${Math.round(whole / megabyte)} MB, ${Math.round(small / megabyte)} MB for a small one`);
  }
  t.ok(statSync(many).size > large, 'the body is in it');
});

t.test('a bundle of many steps holds up nobody else, and one for which there is no room is refused before anything is proved', async (t) => {
  const store = openStore({ folder: join(folder, 'many') });
  const steps = (interchange: string, count: number): ReturnType<typeof store.commit> =>
    store.commit({ records: Array.from({ length: count }, (_, i) => ({ kind: 'translated', interchange, message: `${interchange}-${i + 1}` })) });
  await steps('01FEW', 400);
  let turns = 0;
  const ticking = setInterval(() => turns++, 0);
  await openBundle(store, '01FEW', wholeView('auditor'));
  clearInterval(ticking);
  t.ok(turns >= 5, `${turns} turns for others`);
  for (let i = 0; i < 5; i++) await steps('01MANY', 4_400);
  let proved = 0;
  const counting = Object.assign(Object.create(store) as typeof store, { receipt: () => t.fail(`step ${++proved} was proved`) });
  for (const name of ['size', 'checkpoint', 'timeline'] as const) Object.assign(counting, { [name]: store[name].bind(store) });
  await t.rejects(openBundle(counting, '01MANY', wholeView('auditor')), { code: 'EVIDENCE_TOO_LARGE' });
  await store.close();
});
