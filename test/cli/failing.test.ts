import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { main } from '../../src/cli/main.ts';
import { openGateway } from '../../src/cli/running.ts';
import { loadConfigurationFolder } from '../../src/gateway/library/library.ts';
import { library } from '../library.ts';
import { root } from '../root.ts';

// Whoever reads `--json` reads one document, also where there is no answer: what a gateway says instead, or the finding that ended the command.

process.chdir(root);
const folder = mkdtempSync(join(tmpdir(), 'portolan-failing-'));
const data = join(folder, 'data');
const config = join(root, 'samples/gateway');
const running = await openGateway({ library, loaded: loadConfigurationFolder(config, library), config, data, report: () => undefined, workers: 0 });
await running.app.listen({ port: 0, host: '127.0.0.1' });
t.teardown(async () => {
  await running.close();
  rmSync(folder, { recursive: true, force: true });
});

const asking = ['--url', `http://127.0.0.1:${(running.app.server.address() as AddressInfo).port}`, '--key', 'demo-operator'];
const wrongKey = [...asking.slice(0, 3), 'no-such-key'];
const nobody = ['--url', 'http://127.0.0.1:1', '--key', 'k'];
const beside = ['--data', data];
const two = 'samples/two-bills/input.edi';
const unknown = '01JD8Z6Q0000000000000000AB';

/** Each command that fails, with its exit code and the code that its document has, in its findings or as a problem. */
const rows: readonly (readonly [args: readonly string[], exit: number, code: string])[] = [
  [['show', unknown, ...asking], 1, 'WEB_NOT_FOUND'],
  [['show', unknown, ...beside], 1, 'WEB_NOT_FOUND'],
  [['show', `${unknown}-1`, '--sets', ...beside], 1, 'WEB_NOT_FOUND'],
  [['partners', 'show', 'nobody', ...asking], 1, 'WEB_NOT_FOUND'],
  [['partners', 'show', 'nobody', ...beside], 1, 'WEB_NOT_FOUND'],
  [['partners', 'change', '7', ...beside], 1, 'WEB_NOT_FOUND'],
  [['evidence', 'export', unknown, '--out', join(folder, 'x.zip'), ...asking], 1, 'WEB_NOT_FOUND'],
  [['evidence', 'export', unknown, '--out', join(folder, 'x.zip'), ...beside], 1, 'EVIDENCE_NOTHING'],
  ...['status', 'messages', 'overdue', 'sequence', 'partners list', 'partners changes', 'retention holds', 'onboarding list', 'repair list'].flatMap((name) => [
    [[...name.split(' '), ...wrongKey], 1, 'WEB_KEY_UNKNOWN'] as const,
    [[...name.split(' '), ...nobody], 1, 'CLI_UNREACHABLE'] as const,
    [[...name.split(' '), '--url', 'nonsense', '--key', 'k'], 2, 'CLI_USAGE'] as const,
    [[...name.split(' '), '--url', 'ftp://127.0.0.1', '--key', 'k'], 2, 'CLI_USAGE'] as const,
  ]),
  [['replay', '--all', '--code', 'X', ...wrongKey], 1, 'WEB_KEY_UNKNOWN'],
  [['replay', `${unknown}-1`, ...nobody], 1, 'CLI_UNREACHABLE'],
  [['repair', `${unknown}-1`, '--with', two, ...asking], 1, 'WEB_NOT_FOUND'],
  [['partners', 'list', ...asking, ...beside], 2, 'CLI_USAGE'],
  [['status', '--data', join(folder, 'nowhere')], 2, 'STORE_ABSENT'],
  [['verify', '--data', join(folder, 'nowhere')], 2, 'STORE_ABSENT'],
  [['inspect', 'no-such-file'], 2, 'CLI_FILE'],
  [['inspect', two, '--frobnicate'], 2, 'CLI_USAGE'],
  [['validate', two, '--profile', 'nobody'], 2, 'CLI_USAGE'],
  [['directory', 'show', 'NOPE'], 2, 'CLI_USAGE'],
  [['nothing'], 2, 'CLI_USAGE'],
];

t.test('a command that fails prints one document all the same', async (t) => {
  for (const [args, exit, code] of rows) {
    const out: string[] = [];
    const told: string[] = [];
    const ended = await main([...args, '--json'], { out: (text) => void out.push(String(text)), tell: (text) => void told.push(text) });
    const { findings = [], ...problem } = JSON.parse(out.join('')) as { code?: string; findings?: readonly { code: string }[] };
    t.same([ended, problem.code ?? findings[0]?.code], [exit, code], args.join(' '));
    t.not(told.join(''), '', 'people are told too');
  }
});

t.test('what was replayed before the gateway went away is told', async (t) => {
  let asked = 0;
  const server = createServer((request, response) => {
    asked++;
    if (asked === 3) return void request.socket.destroy();
    const ids = { items: [{ id: `${unknown}-1` }, { id: `${unknown}-2` }], next: null };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(asked === 1 ? ids : { replayed: 'translation', attempt: 2 }));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  t.teardown(() => server.close());
  const out: string[] = [];
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ended = await main(['replay', '--all', '--code', 'X', '--url', url, '--key', 'k', '--json'], {
    out: (text) => void out.push(String(text)),
    tell: () => undefined,
  });
  t.same([ended, JSON.parse(out.join(''))], [1, [{ replayed: 'translation', attempt: 2, id: `${unknown}-1` }]]);
});
