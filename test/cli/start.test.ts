import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
  const { id, interchange } = found.items[0] as { id: string; interchange: string };
  t.match(await portolan('show', id, '--data', data), { code: 0, out: /customs +sent +wco\/cri\/3[\s\S]*received[\s\S]*translated[\s\S]*sent/ });
  t.match(JSON.parse((await portolan('show', interchange, '--data', data, '--json')).out), { id: interchange, state: 'processed', messages: [{ id }] });
  t.equal((await portolan('show', '01JD8Z6Q0000000000000000AB-1', '--data', data)).code, 1);

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

t.test('where no gateway answers', async (t) => {
  t.match(await portolan('status', '--url', 'http://127.0.0.1:9', '--key', 'k'), { code: 1, told: /CLI_UNREACHABLE/ });
  t.match(await portolan('status'), { code: 2, told: /--key/ });
});
