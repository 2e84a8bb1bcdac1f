import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { main } from '../../src/cli/main.ts';
import { differences, replyDifferences } from '../../src/cli/samples.ts';
import { root } from '../root.ts';

const folder = mkdtempSync(join(tmpdir(), 'portolan-start-'));
const data = join(folder, 'data');
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

async function portolan(...args: readonly string[]): Promise<{ code: number; out: string; told: string }> {
  const out: string[] = [];
  const told: string[] = [];
  const code = await main(args, { out: (text) => void out.push(Buffer.from(text).toString()), tell: (text) => void told.push(text) });
  return { code, out: out.join(''), told: told.join('') };
}

t.test('every sample ends as its file says', { timeout: 60_000 }, async (t) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, '../../src/cli/start.js'), '--once', '--data', data], {
    cwd: root,
    encoding: 'utf8',
  });
  t.equal(status, 0, 'exit 0', { stdout, stderr });
  t.match(stdout, /every sample ended as its file says\n$/);
  t.match(
    stdout,
    /customs answers; for it the message is rejected\n[\s\S]*ERP\+2:2:1\+CNT:32'/,
    'an answer reaches the sender, with the place in its own message',
  );
  t.ok(stdout.split('as expected').length > 6, 'at least six of them');
});

t.test('and again, when all of it was sent before', { timeout: 60_000 }, async (t) => {
  const { status, stdout } = spawnSync(process.execPath, [join(import.meta.dirname, '../../src/cli/start.js'), '--once', '--data', data], {
    cwd: root,
    encoding: 'utf8',
  });
  t.match([status, stdout], [0, /received before as [\s\S]*every sample ended as its file says\n$/]);
});

t.test('a fate that differs is told', async (t) => {
  const fate = { outcome: 'accepted', deliveries: ['customs'], losses: ['A', 'A'], findings: ['X'], answer: 'none', receipt: 1 } as const;
  t.same(differences({ as: 'a', outcome: 'accepted', deliveries: ['customs'], losses: 2, findings: ['X'], answer: 'none' }, fate), []);
  t.same(differences({ as: 'a', outcome: 'accepted', losses: ['A'] }, fate), [], 'what is not said is not compared');
  t.equal(differences({ as: 'a', outcome: 'rejected', deliveries: [], losses: 0, findings: [], answer: 'contrl positive' }, fate).length, 5);
});

t.test('an answer that does something else is told', async (t) => {
  const expected = { as: 'customs', file: 'answer.xml', becomes: 'rejected', reads: ['BGM+963', 'ERC+7'] };
  t.same(replyDifferences(expected, { state: 'rejected', text: "BGM+963+R1'ERC+7'" }), []);
  t.equal(replyDifferences(expected, { state: 'accepted', text: "BGM+961+R1'" }).length, 3);
});

t.test('the operator’s bench, read beside the data folder', async (t) => {
  t.match(await portolan('status', '--data', data), { code: 0, out: /the queue is empty/ });
  const found = JSON.parse((await portolan('messages', '--reference', 'BALUHAM2609001-A', '--data', data, '--json')).out);
  t.match(
    found,
    { items: [{ state: 'sent', partner: 'blue-anchor', type: 'CUSCAR', agencies: { customs: 'sent', 'port-health': 'sent' } }], next: null },
    'a bill finds its message',
  );
  t.match((await portolan('messages', '--state', 'rejected', '--data', data)).out, /quay-net .*rejected/);
  t.match(await portolan('partners', '--data', data), { code: 0, out: /^blue-anchor .*\nquay-net /m });
  const [rejected] = JSON.parse((await portolan('messages', '--state', 'rejected', '--partner', 'blue-anchor', '--data', data, '--json')).out).items as {
    id: string;
  }[];
  t.match(
    (await portolan('show', rejected!.id, '--data', data)).out,
    /findings\n.*\(.*segment 1[45] of message 1 \(\w+\)\)[\s\S]*losses.*\n.*\(segment \d+/,
    'with places',
  );
  const { id, interchange } = found.items[0] as { id: string; interchange: string };
  t.match(await portolan('show', id, '--data', data), { code: 0, out: /customs +sent +wco\/cri\/3[\s\S]*received[\s\S]*translated[\s\S]*sent/ });
  t.match(JSON.parse((await portolan('show', interchange, '--data', data, '--json')).out), { id: interchange, state: 'processed', messages: [{ id }] });
  const absent = '01JD8Z6Q0000000000000000AB-1';
  t.equal((await portolan('show', absent, '--data', data)).code, 1);
  t.match(await portolan('evidence', 'export', absent, '--out', join(folder, 'absent.zip'), '--data', data), { code: 1, told: /EVIDENCE_NOTHING/ });

  const bundle = join(folder, 'evidence.zip');
  t.equal((await portolan('evidence', 'export', id, '--out', bundle, '--data', data)).code, 0);
  t.ok(existsSync(bundle));
  t.match(await portolan('evidence', 'verify', bundle), { code: 0, out: /^verified: / });
  const bytes = readFileSync(bundle);
  bytes[bytes.length >> 1]! ^= 1;
  const broken = join(folder, 'broken.zip');
  writeFileSync(broken, bytes);
  t.match(await portolan('evidence', 'verify', broken), { code: 1, out: /^NOT in order/ });
  t.match(await portolan('verify', '--data', data), { code: 0, out: /: verified: / });
});

t.test('the scripts of package.json, asked wrongly', async (t) => {
  const cases: readonly (readonly [script: string, args: readonly string[], told: RegExp])[] = [
    ['src/cli/start.js', ['--onse'], /Unknown option '--onse'[\s\S]*npm start -- \[--once\]/],
    ['test/campaigns/run.js', ['nothing'], /there is no campaign `nothing`\nusage: .*\blaws\b/],
    ['test/campaigns/run.js', ['laws', '--seconds', 'many'], /--seconds is a whole number, not `many`/],
    ['test/campaigns/run.js', ['laws', '--sekonds', '1'], /Unknown option '--sekonds'/],
    ['test/bench/run.js', ['--only', 'nothing'], /there is no stage nothing: .*\bscanner\b/],
    ['test/bench/run.js', ['--rounds', '0'], /--rounds is a whole number/],
  ];
  for (const [script, args, told] of cases) {
    const { status, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, '../..', script), ...args], { cwd: root, encoding: 'utf8' });
    t.match([status, stderr], [2, told], `${script} ${args.join(' ')}`);
  }
});

t.test('where no gateway answers', async (t) => {
  const other = createServer((_, response) => response.end('<html>welcome</html>')).listen(0, '127.0.0.1');
  t.teardown(() => other.close());
  await new Promise((resolve) => other.once('listening', resolve));
  const at = ['--url', `http://127.0.0.1:${(other.address() as AddressInfo).port}`, '--key', 'k'];
  for (const command of [['status'], ['partners', 'list'], ['replay', '01JD8Z6Q0000000000000000AB-1'], ['repair', 'list']])
    t.match(await portolan(...command, ...at), { code: 1, told: /CLI_UNREACHABLE[\s\S]*speaks no JSON/ }, `${command.join(' ')}: but something else`);
  t.match(await portolan('status', '--url', 'http://127.0.0.1:9', '--key', 'k'), { code: 1, told: /CLI_UNREACHABLE/ });
  t.match(await portolan('status'), { code: 2, told: /--key/ });
});
