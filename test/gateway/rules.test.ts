import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { root } from '../root.ts';
import { loadConfigurationFolder } from '../../src/gateway/library/library.ts';
import type { Agency } from '../../src/partners/agency.ts';
import { library, startGateway } from '../web/fixture.ts';

/** Two bills, three containers; the first total and the second container number are made wrong. Places are those of this text. */
const manifest = readFileSync(join(root, 'samples/two-bills/input.edi'), 'latin1');
const wrong = manifest.replace("CNT+7:21940:KGM'", "CNT+7:21950:KGM'").replaceAll('BLAU4482140', 'BLAU4482141');

interface Found {
  readonly code: string;
  readonly severity: string;
  readonly message: string;
  readonly source: { readonly message: number; readonly segment: number; readonly tag: string; readonly offset: number };
  readonly rule: { readonly file: string };
  readonly actual: string;
  readonly related?: readonly Found[];
}

interface Outcome {
  readonly agency: string;
  readonly state: string;
  readonly findings: readonly Found[];
}

t.test('a manifest that breaks rules of one agency is held from it alone, and the sender reads why and where', async (t) => {
  const gateway = await startGateway(t);
  const { status, json } = await gateway.send('blue-anchor', wrong);
  t.equal(status, 202);
  const { json: message } = await gateway.call('blue-anchor', 'GET', `/v1/messages/${json.id}-1`);
  t.match(message.agencies, { customs: 'failed', 'port-health': 'sent' }, 'the same total is a warning to the one and an error to the other');
  const [customs, health] = ['customs', 'port-health'].map((agency) => (message.outcomes as Outcome[]).find((each) => each.agency === agency)!);

  const total = customs!.findings.find(({ message: said }) => said.startsWith('cargo-report/gross-mass-total'))!;
  t.match(total, {
    code: 'RULE_BROKEN',
    severity: 'error',
    actual: '21950 KGM',
    message: /The total gross mass 21950 KGM of bill BALUHAM2609001-A is not the sum of its goods items, 21940 kg$/,
    source: { message: 1, segment: 18, tag: 'CNT' },
    rule: { file: 'schemas/rules/cargo-report.yaml' },
  });
  t.equal(wrong.slice(total.source.offset).slice(0, 5), '21950', 'the very bytes');
  t.match(total.related, [{ message: /GrossMassMeasure is `21940 KGM`/, source: { message: 1, segment: 26, tag: 'MEA' } }], 'and the goods item beside it');

  const digits = customs!.findings.filter(({ message: said }) => said.startsWith('transport/container-check-digit'));
  t.match(
    digits.find(({ source }) => source.tag === 'EQD'),
    { severity: 'error', actual: 'BLAU4482141', source: { message: 1, segment: 11, tag: 'EQD' } },
  );
  t.ok(digits.every(({ source }) => wrong.slice(source.offset).startsWith('BLAU4482141')));

  t.same(
    health!.findings.map(({ code, severity }) => `${code} ${severity}`),
    ['RULE_BROKEN warning'],
    'port health looks at goods, not at containers',
  );
  const inbox = await gateway.call('customs', 'GET', '/v1/inbox');
  t.same(inbox.json.items, []);
  const asAgency = await gateway.call('port-health', 'GET', `/v1/messages/${json.id}-1`);
  t.notMatch(asAgency.body, /gross-mass-total|21950/, 'what the sender is told is not for the recipient');
});

t.test('a rule of the configuration folder is asked from its reload on; one that is wrong is refused; either is told', async (t) => {
  let folder = '';
  const gateway = await startGateway(t, (config) => (folder = config));
  mkdirSync(join(folder, 'rules'));
  mkdirSync(join(folder, 'profiles/strict'), { recursive: true });
  const profile = readFileSync(join(root, 'schemas/agencies/customs/profile.yaml'), 'utf8');
  writeFileSync(join(folder, 'profiles/strict/profile.yaml'), profile.replace('profile: customs', 'profile: strict').replace(/^rules: .*$/m, 'rules: [own]'));
  const agency = join(folder, 'agencies/customs.yaml');
  writeFileSync(agency, readFileSync(agency, 'utf8').replace('profile: customs', 'profile: strict'));
  const stateOf = async (reference: string): Promise<string> => {
    const { json } = await gateway.send('blue-anchor', manifest.replaceAll('BA0438001', reference).replaceAll('M0438', reference));
    return (await gateway.call('operator', 'GET', `/v1/messages/${json.id}-1`)).json.agencies.customs as string;
  };
  writeFileSync(join(folder, 'rules/own.yaml'), own('WESER TRADER').replace('assert: Name', 'assert: Nam'));
  t.notOk(await gateway.reload());
  t.match(gateway.events, [{ event: 'configuration refused', code: 'RULE_EXPRESSION', file: 'rules/own.yaml' }], 'a name that nothing has, told once');
  t.equal(await stateOf('R1'), 'sent', 'what was in force stays in force');
  writeFileSync(join(folder, 'rules/own.yaml'), own('WESER TRADER'));
  mkdirSync(join(folder, 'codes/un'), { recursive: true });
  writeFileSync(join(folder, 'codes/un/locode.csv'), 'code,name\nDEHAM,Hamburg\n');
  t.ok(await gateway.reload());
  t.match(gateway.events.at(-1), { event: 'codes replaced', list: 'un/locode', added: 1, removed: 0, changed: 0 });
  t.equal(await stateOf('R2'), 'failed');
  const { json } = await gateway.send('blue-anchor', manifest.replaceAll('BA0438001', 'R3').replaceAll('M0438', 'R3'));
  const { json: message } = await gateway.call('operator', 'GET', `/v1/messages/${json.id}-1`);
  const places = (message.findings as Found[]).filter(({ code }) => code === 'CONFORM_CODE');
  t.match(places, [{ actual: 'NLRTM', source: { segment: 21, tag: 'LOC' } }], 'the new table is asked from here on');
  const records = (await gateway.gateway.store.timeline('config')).map(({ record }) => (record?.detail as { readonly judging: string }).judging);
  t.equal(new Set(records).size, 2, 'the change is an entry with the hash of the rules');
});

t.test('what an agency may see is what its file says now, also where the library is the same as before', async (t) => {
  const folder = t.testdir();
  cpSync(join(root, 'samples/gateway'), folder, { recursive: true });
  const customs = (): Agency => loadConfigurationFolder(folder, library).configuration!.agencies.find(({ id }) => id === 'customs')!;
  t.ok(library.grants(customs()).everything);
  t.same(library.demands('customs', customs())!.unasked, []);
  const file = join(folder, 'agencies/customs.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('"**"', 'Declaration/**'));
  const less = library.grants(customs());
  t.notOk(less.everything);
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace(
      'Declaration/**',
      '"Declaration.*"\n  - "Declaration/Consignment+.*"\n  - "Declaration/Consignment+/TransportContractDocument.ID"\n  - "Declaration/Consignment+/ConsignmentItem.SequenceNumeric"',
    ),
  );
  const { findings } = loadConfigurationFolder(folder, library);
  t.match(
    findings.find(({ code }) => code === 'RULE_NOT_ASKED'),
    { severity: 'warning', args: { agency: 'customs', rules: /transport\/container-check-digit/ } },
    'a rule about what it may not see is not asked, and the operator is told',
  );
});

const own = (name: string): string => `rules: own
title: Own
list:
  - rule: ship
    for: Declaration/BorderTransportMeans
    severity: error
    message: "The ship {Name} is not ours"
    zh-Hant: "船舶 {Name} 不符"
    source: own
    assert: Name = '${name}'
    examples: [{ pass: { Name: ${name} } }, { fail: { Name: OTHER } }]
`;
