import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { main } from '../../src/cli/main.ts';
import { root } from '../root.ts';

async function run(...args: string[]): Promise<{ code: number; out: string; told: string }> {
  let out = '';
  let told = '';
  const code = await main(args, { out: (text) => void (out += String(text)), tell: (text) => void (told += text) });
  return { code, out, told };
}

t.test('the bench of rules', async (t) => {
  t.match((await run('rules', 'list', 'transport')).out, /^transport\/container-check-digit +error +\*\*\/TransportEquipment /m);
  t.match(JSON.parse((await run('rules', 'show', 'transport/container-check-digit', '--json')).out), { source: /ISO 6346/, assert: 'iso6346(ID)' });
  const tested = await run('rules', 'test');
  t.equal(tested.code, 0);
  t.match(tested.told, /^\d+ rules, \d+ examples$/m);
  const unknown = await run('rules', 'show', 'transport/container-checkdigit');
  t.equal(unknown.code, 2);
  t.match(unknown.told, /did you mean `transport\/container-check-digit`/);
  const file = join(t.testdir(), 'own.yaml');
  writeFileSync(file, readFileSync(join(root, 'schemas/rules/transport.yaml'), 'utf8').replace('iso6346(ID)', 'iso6436(ID)'));
  const linted = await run('rules', 'lint', file);
  t.equal(linted.code, 1);
  t.match(linted.told, /own\.yaml:11:13[^]*there is no function `iso6436`, did you mean `iso6346`/);
});

t.test('validate --profile, and convert to a profile, ask its rules, and print both places', async (t) => {
  const file = join(t.testdir(), 'wrong.edi');
  writeFileSync(file, readFileSync(join(root, 'samples/two-bills/input.edi'), 'latin1').replace('CNT+7:21940:KGM', 'CNT+7:21950:KGM'), 'latin1');
  const { code, told } = await run('validate', file, '--profile', 'customs');
  t.equal(code, 1);
  t.match(told, /error RULE_BROKEN {2}\S+wrong\.edi:\d+:\d+/);
  t.match(told, /segment 18 of message 1 \(CNT\)/);
  t.match(told, /rule: schemas\/rules\/cargo-report\.yaml:\d+:\d+/);
  t.match(told, /with: .*GrossMassMeasure is `21940 KGM` \(segment 26 of message 1 \(MEA\)/);
  const converted = await run('convert', file, '--to', 'customs');
  t.equal(converted.code, 1, 'a conversion for the profile asks them too');
  t.match(converted.told, /error RULE_BROKEN {2}\S+wrong\.edi:\d+:\d+[^]*rule: schemas\/rules\/cargo-report\.yaml:\d+:\d+/);
  t.equal((await run('convert', file, '--to', 'wco/cri/3')).code, 0, 'a map alone asks no rules');
  t.match((await run('validate', file, '--profile', 'custom')).told, /there is no profile `custom`, did you mean `customs`/);
});

t.test('what the code of a finding means, as `status` and alerts advise to ask', async (t) => {
  t.match(await run('codes', 'SEND_UNREACHABLE'), { code: 0, out: /^error SEND_UNREACHABLE\n.*\{party\}[^]*hint: [^]*who acts: agency; again: backoff\n/ });
  const known = { code: 'SEND_UNREACHABLE', severity: 'error', actor: 'agency', retry: 'backoff', title: String, hint: String };
  t.match(JSON.parse((await run('codes', 'SEND_UNREACHABLE', '--json')).out), known);
  t.match(await run('codes', 'SEND_UNREACHABL'), { code: 2, told: /there is no code `SEND_UNREACHABL`, did you mean `SEND_UNREACHABLE`/ });
  t.match(await run('codes', 'SEND_UNREACHABLE', 'more'), { code: 2, told: /one argument too many/ });
});

t.test('code lists are printed, searched, and tried before they are taken', async (t) => {
  t.match((await run('codes')).out, /^un\/locode +0 +by its form alone/m);
  t.match((await run('codes', 'search', 'iso/3166-1', 'netherlands')).out, /^AN +2010-12-15 +Netherlands Antilles$/m);
  const folder = t.testdir();
  const file = join(folder, 'places.csv');
  writeFileSync(file, 'code,name\nNLRTM,Rotterdam\n');
  t.match((await run('codes', 'diff', 'un/locode', file)).out, /^1 added\n.*\nNLRTM +Rotterdam\n0 removed\n0 changed\n$/);
  writeFileSync(file, 'code,name\nNL RTM,Rotterdam\n');
  const wrong = await run('codes', 'diff', 'un/locode', file);
  t.equal(wrong.code, 1);
  t.match(wrong.told, /places\.csv:2:1[^]*`NL RTM` is no code/);
  mkdirSync(join(folder, 'codes/un'), { recursive: true });
  writeFileSync(join(folder, 'codes/un/locode.csv'), 'code,name\nDEHAM,Hamburg\n');
  const { code, told } = await run('validate', 'samples/two-bills/input.edi', '--config', folder);
  t.equal(code, 0, 'a code that is in no list is a warning');
  t.match(told, /UnloadingLocation\.ID: `NLRTM` is not in un\/locode/);
  t.notMatch(told, /DEHAM/);
  t.match((await run('dictionary', 'show', 'Declaration/Consignment/UnloadingLocation.ID')).out, /list un\/locode/);
});
