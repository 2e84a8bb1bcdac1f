import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { main } from '../../src/cli/main.ts';
import { root } from '../root.ts';

const program = join(import.meta.dirname, '..', 'portolan.js');
const folder = mkdtempSync(join(tmpdir(), 'portolan-cli-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly told: string;
}

async function portolan(...args: readonly string[]): Promise<Ran> {
  const out: string[] = [];
  const told: string[] = [];
  const code = await main(args, { out: (text) => void out.push(Buffer.from(text).toString('latin1')), tell: (text) => void told.push(text) });
  return { code, out: out.join(''), told: told.join('') };
}

/** As a process of its own, with something on its standard input. */
function spawned(input: Buffer, ...args: readonly string[]): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { cwd: root, encoding: 'utf8', input });
  return { code: status, out: stdout, told: stderr };
}

process.chdir(root);
const two = 'samples/two-bills/input.edi';

t.test('inspect', async (t) => {
  const { code, out } = await portolan('inspect', two, '--json');
  t.equal(code, 0);
  t.match(JSON.parse(out), {
    syntax: 'edifact',
    version: '3',
    charset: { declared: 'UNOC', detected: 'ascii' },
    envelope: { sender: 'BLUEANCHOR', recipient: 'PORTOLAN', reference: 'BA0438001', acknowledgementRequest: '1' },
    messages: [{ index: 1, type: 'CUSCAR', version: 'D:95B', directory: 'D95B', reference: 'M0438', map: 'un/cuscar/d95b' }],
    findings: [],
  });
  t.match((await portolan('inspect', 'samples/cargo-report-xml/input.xml', '--json')).out, '"map": "wco/cri/3"');
  t.match(await portolan('inspect', two), { code: 0, out: /CUSCAR .*un\/cuscar\/d95b/ }, 'for people');
  t.match(spawned(readFileSync(join(root, two)), 'inspect', '-', '--format', 'json'), { code: 0, out: /"CUSCAR"/ }, 'standard input');
  t.equal((await portolan('inspect', 'samples/not-ours/input.xml')).code, 1, 'a DOCTYPE is a finding');
  const begun = spawned(Buffer.from("UNA:+.?*'\n"), 'inspect', '-', '--json');
  t.match(begun, { code: 1 });
  t.match(JSON.parse(begun.out), { messages: [], findings: [{ code: 'GATEWAY_NO_MESSAGE' }] }, 'nothing stands in it yet');
});

t.test('convert, with an account that adds up', async (t) => {
  const [out, report] = [join(folder, 'two.xml'), join(folder, 'report.json')];
  t.equal((await portolan('convert', two, '--to', 'wco/cri/3', '--out', out, '--report', report)).code, 0);
  t.match(readFileSync(out, 'utf8'), /<Declaration xmlns="urn:wco:datamodel:WCO:CRI:1">/);
  const { atoms, facts, losses, ...rest } = JSON.parse(readFileSync(report, 'utf8'));
  t.match(rest, {
    source: { map: 'un/cuscar/d95b@1.0.0', plan: /^sha256:/, bytes: 1489, charset: 'UNOC' },
    target: { map: 'wco/cri/3@1.0.0', bytes: readFileSync(out).length },
    messages: 1,
    findings: [],
  });
  t.equal(atoms.total, atoms.bound + atoms.selector + atoms.fixed + atoms.derived + atoms.ignored + atoms.lost);
  t.equal(facts.offered, facts.written + facts.constant + facts.lost);
  t.equal(losses.length, atoms.lost + facts.lost);

  const back = await portolan('convert', out, '--to', 'un/cuscar/d95b');
  t.match(back.out, /^UNB\+.*CNI\+1\+BALUHAM2609001'RFF\+BM:BALUHAM2609001-A'/s, 'and back');
  const canonical = async (file: string): Promise<unknown> => JSON.parse((await portolan('convert', file, '--to', 'canonical')).out);
  const again = join(folder, 'again.edi');
  writeFileSync(again, back.out, 'latin1');
  t.same(comparable(await canonical(again)), comparable(await canonical(two)), 'with the same facts');
});

/** Format-private values have no place in another format, and containers come back in the order of the items they hold. */
function comparable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(comparable).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([name, each]) => (name === '$carry' ? [] : [[name, comparable(each)]])));
}

t.test('where a conversion writes', async (t) => {
  const many = join(folder, 'many.edi');
  const text = readFileSync(join(root, two), 'latin1');
  const message = /UNH.*UNT[^']*'/s.exec(text)![0];
  writeFileSync(
    many,
    text.replace(message, `${message}${message.replaceAll('M0438', 'M0439').replaceAll('BAL26-0438', 'BAL26-0439')}`).replace('UNZ+1', 'UNZ+2'),
  );
  t.equal((await portolan('convert', many, '--to', 'wco/cri/3', '--out', `${join(folder, 'docs')}/`)).code, 0);
  t.same(readdirSync(join(folder, 'docs')).sort(), ['000001.xml', '000002.xml'], 'a folder: one document each');
  const single = await portolan('convert', many, '--to', 'wco/cri/3', '--out', join(folder, 'single.xml'));
  t.match(single, { code: 1, told: /CLI_ONE_DOCUMENT/ }, 'a file of XML takes one');
  const report = join(folder, 'canonical.json');
  const { out } = await portolan('convert', two, '--to', 'canonical', '--report', report);
  const { target, facts } = JSON.parse(readFileSync(report, 'utf8'));
  t.match(target, { map: 'canonical', plan: /^sha256:[0-9a-f]{64}$/ });
  const carried = [...out.matchAll(/"\$carry":\{"[^"]*":\{([^}]*)\}/g)].reduce((sum, [, values]) => sum + values!.split('":"').length - 1, 0);
  const [bare, bareReport] = [join(folder, 'bare.json'), join(folder, 'bare-report.json')];
  writeFileSync(
    bare,
    JSON.stringify(JSON.parse(out), (name, value: unknown) => (name === '$carry' ? undefined : value)),
  );
  await portolan('convert', bare, '--from', 'canonical', '--to', 'canonical', '--report', bareReport);
  const without = JSON.parse(readFileSync(bareReport, 'utf8'));
  t.same([facts.offered, facts.written], Array(2).fill(without.facts.offered + carried), 'format-private values are written too');
  t.ok(carried > 0);
  const lines = (await portolan('convert', many, '--to', 'canonical')).out.trim().split('\n');
  t.equal(lines.length, 2, 'canonical: one document a line');
  t.match((await portolan('convert', many, '--to', 'un/cuscar/d95b')).out, /UNZ\+2\+BA0438001'$/, 'EDIFACT: one interchange');
  const json = join(folder, 'facts.json');
  writeFileSync(json, lines.join('\n'));
  t.match((await portolan('convert', json, '--from', 'canonical', '--to', 'un/cuscar/d95b')).out, /UNZ\+2\+1'$/, 'and from canonical');
  t.equal((await portolan('convert', two, '--to', 'port-health', '--out', join(folder, 'profile.xml'))).code, 0, 'a profile names its map');
  const again = await portolan('convert', many, '--to', 'wco/cri/3', '--out', `${join(folder, 'docs')}/`);
  t.match(again, { code: 2, told: /docs` is not empty/ }, 'documents of a former run do not stand among the new ones');
  const faults: readonly (readonly [args: readonly string[], named: string])[] = [
    [[two, '--out', join(folder, 'a.edi'), '--trace', join(folder, 'nowhere/t')], join(folder, 'nowhere/t')],
    [[two, '--out', join(folder, 'a.edi'), '--report', join(folder, 'nowhere/r')], join(folder, 'nowhere/r')],
    [[two, '--out', join(folder, 'nowhere/a.edi')], join(folder, 'nowhere/a.edi')],
    [[two, '--out', join(folder, 'docs')], `${join(folder, 'docs')}: it is a folder`],
    [['samples', '--out', join(folder, 'a.edi'), '--report', join(folder, 'r.json')], 'samples: it is a folder'],
  ];
  for (const [args, named] of faults) {
    const { code, told } = await portolan('convert', ...args, '--to', 'un/cuscar/d95b');
    t.equal(code, 2, args.join(' '));
    t.ok(told.includes(named) && !told.includes('.part'), `names ${named}`, { told });
  }
  t.notOk(existsSync(join(folder, 'a.edi')) || existsSync(join(folder, 'r.json')), 'nothing is written');
  t.notOk(
    readdirSync(folder).some((name) => name.endsWith('.part')),
    'nothing half is left',
  );
});

t.test('the envelope of what is written', async (t) => {
  const waybill = 'mappings/iata/fwb/16/cases/direct-shipment/input.imp';
  const stated = ['--sender', 'HKGFMCX', '--recipient', 'LHRFMBA', '--reference', 'M1', '--prepared', '2026-11-15T10:30:00Z'];
  const { out } = await portolan('convert', waybill, '--to', 'iata/xfwb/3', ...stated);
  for (const part of ['<ID xmlns="iata:datamodel:3">M1</ID>', '>2026-11-15T10:30:00</IssueDateTime>', '>HKGFMCX</PrimaryID>', '>LHRFMBA</PrimaryID>'])
    t.ok(out.includes(part), `the header of the document says ${part}`);
  t.match((await portolan('convert', waybill, '--to', 'iata/fwb/16', ...stated)).out, /^QU LHRFMBA\r\n\.HKGFMCX 151030\r\nFWB\/16/);
  t.match((await portolan('convert', two, '--to', 'un/cuscar/d95b', ...stated)).out, /UNB\+UNOC:3\+HKGFMCX\+LHRFMBA\+261115:1030\+M1/);
  t.match(
    (await portolan('convert', two, '--to', 'un/cuscar/d95b', '--recipient', 'CUSTOMS')).out,
    /\+BLUEANCHOR[^+]*\+CUSTOMS\+.*\+BA0438001/,
    'what is not stated is that of the source',
  );
  t.notMatch(
    (await portolan('convert', waybill, '--to', 'iata/xfwb/3')).out,
    /SENDER|SenderParty|IssueDateTime/,
    'and where it has none, a header is not made up',
  );
  t.match(await portolan('convert', waybill, '--to', 'iata/xfwb/3', '--prepared', '2026-02-30T10:30'), { code: 2, told: /no time/ });
});

t.test('an answer in the light of what it answers', async (t) => {
  const [answer, original] = ['samples/rejected-by-customs/answer.xml', 'samples/rejected-by-customs/input.edi'];
  const report = join(folder, 'answer.json');
  const told = await portolan('convert', answer, '--answers', original, '--to', 'un/cusres/d95b', '--report', report);
  t.equal(told.code, 0);
  t.match(told.out, /UNB\+UNOC:3\+PORTOLAN\+BLUEANCHOR\+/, 'back to who sent it, from who received it');
  t.match(told.out, /BGM\+963\+R0461\+27'.*ERP\+2:2:1'ERC\+CDS12014:ZZZ:ZZZ'RFF\+ACW:M0461'/, 'what it decides, where in the message, and which');
  const { atoms, facts } = JSON.parse(readFileSync(report, 'utf8'));
  t.equal(atoms.total, atoms.bound + atoms.selector + atoms.fixed + atoms.derived + atoms.ignored + atoms.lost);
  t.equal(facts.offered, facts.written + facts.constant + facts.lost);

  // The manifest in X12 that comes back with remarks where the answer points: 355.
  const manifest = 'test/cases/x12-accepted/input.x12';
  const rejection = join(folder, 'rejection.xml');
  const named = readFileSync(answer, 'utf8').replace(/<FunctionalReferenceID>BAL\S+\s+<ID>\w+<\/ID>/, '<ID>BA0438</ID>');
  writeFileSync(rejection, named.replace('<SequenceNumeric>2<', '<SequenceNumeric>1<'));
  const remarks = await portolan('convert', rejection, '--answers', manifest, '--to', 'x12/355/4010', '--reference', '17');
  t.equal(remarks.code, 0, remarks.told);
  const segments = remarks.out.split('~').map((each) => each.trim());
  t.ok(
    segments.some((each) => /^M10\*BLUE\*.*\*BA0438\*/.test(each)),
    'the manifest it was sent with',
  );
  const bill = segments.findIndex((each) => each.startsWith('M11*'));
  t.match(segments[bill + 1], /^K1\*CDS12014 Gross mass is not pla\*usible/, 'a remark behind the bill that the answer points at');
  t.match(segments[0], /\*000000017\*/, 'under the number that was given');

  const other = await portolan('convert', answer, '--answers', two, '--to', 'un/cusres/d95b');
  t.match(other, { code: 1, told: /CLI_ANSWERS_NONE\n.*two-bills\/input.edi has no message that goes by `26NL0000000000461` or `BAL26-0461-RTM`/ });
  t.notMatch(other.out, /BGM/);
  t.match(await portolan('convert', answer, '--answers', 'no-such-file', '--to', 'un/cusres/d95b'), { code: 2 });
  const hollow = join(folder, 'no-message.edi');
  writeFileSync(hollow, "UNB+UNOA:1+A+B+990101:0000+1'UNZ+0+1'");
  t.equal((await portolan('convert', answer, '--answers', hollow, '--to', 'un/cusres/d95b')).code, 1);
});

t.test('an answer goes back in the envelope of the message that it is about', async (t) => {
  const [answer, original] = ['samples/rejected-by-customs/answer.xml', readFileSync('samples/rejected-by-customs/input.edi', 'latin1')];
  const write = (name: string, text: string): string => (writeFileSync(join(folder, name), text, 'latin1'), join(folder, name));
  const renamed = (text: string): string => text.replaceAll('BLUEANCHOR', 'REDSAIL').replaceAll('0461', '0462').replace("++++1'", "++++1++1'");
  const both = write('two-senders.edi', `${renamed(original)}${original}`);
  const told = await portolan('convert', answer, '--answers', both, '--to', 'un/cusres/d95b');
  t.equal(told.code, 0, told.told);
  t.match(told.out, /UNB\+UNOC:3\+PORTOLAN\+BLUEANCHOR\+/, 'whichever message of the file that is');

  const first = readFileSync(answer, 'utf8');
  const [body] = /<Response[^]*<\/Response>/.exec(first)!;
  const two = write('two-answers.xml', first.replace(body, `${body}${body.replaceAll('0461', '0462')}`));
  const refused = await portolan('convert', two, '--answers', both, '--to', 'un/cusres/d95b');
  t.match(refused, { code: 1, told: /CLI_ONE_ENVELOPE\n[^]*PORTOLAN to REDSAIL[^]*--out DIR\// }, 'one file has one envelope');
  t.match(refused.out, /UNB\+UNOC:3\+PORTOLAN\+BLUEANCHOR\+/);
  t.equal(refused.out.split('UNH+').length, 2, 'and nobody is sent what is for another');
  const out = join(folder, 'answers');
  t.equal((await portolan('convert', two, '--answers', both, '--to', 'un/cusres/d95b', '--out', `${out}/`)).code, 0);
  t.match(readFileSync(join(out, '000001.edi'), 'latin1'), /UNB\+UNOC:3\+PORTOLAN\+BLUEANCHOR\+700101:0000\+1'/);
  t.match(readFileSync(join(out, '000002.edi'), 'latin1'), /UNB\+UNOC:3\+PORTOLAN\+REDSAIL\+700101:0000\+1\+{6}1'/, 'a test is answered as a test');
});

t.test('an original that is not in order is told, under its name', async (t) => {
  const [answer, sent] = ['samples/rejected-by-customs/answer.xml', readFileSync('samples/rejected-by-customs/input.edi', 'latin1')];
  const [original, report] = [join(folder, 'original.edi'), join(folder, 'of-original.json')];
  const cases: readonly (readonly [what: string, text: string, code: number, told: RegExp])[] = [
    ['a wrong count', sent.replace('UNT+50+', 'UNT+99+'), 0, /warning EDIFACT_COUNT_MISMATCH +\S*original\.edi:51:5/],
    ['half of it', sent.slice(0, sent.indexOf('CNI+2')), 1, /error EDIFACT_\w+ +\S*original\.edi:/],
  ];
  for (const [what, text, code, words] of cases) {
    writeFileSync(original, text, 'latin1');
    const told = await portolan('convert', answer, '--answers', original, '--to', 'un/cusres/d95b', '--report', report);
    t.match(told, { code, told: words }, what);
    const { findings } = JSON.parse(readFileSync(report, 'utf8')) as { findings: { source?: { file: string; line: number } }[] };
    t.match(findings[0], { source: { file: original, line: Number } }, `${what}: the report says where`);
  }
});

t.test('policies', async (t) => {
  const lossy = 'samples/una-and-repetition/input.edi';
  const clean = join(folder, 'clean.xml');
  t.equal(
    (await portolan('convert', 'samples/cargo-report-xml/input.xml', '--to', 'wco/cri/3', '--out', clean, '--policy', 'fail')).code,
    0,
    'nothing lost: nothing refused',
  );
  t.ok(existsSync(clean));
  const held = join(folder, 'held.xml');
  t.match(await portolan('convert', lossy, '--to', 'wco/cri/3', '--out', held, '--policy', 'hold'), { code: 1, told: /CLI_HELD/ });
  t.ok(existsSync(`${held}.held`) && !existsSync(held), 'hold: beside, not there');
  const failed = join(folder, 'failed.xml');
  t.equal((await portolan('convert', lossy, '--to', 'wco/cri/3', '--out', failed, '--policy', 'fail')).code, 1);
  t.notOk(existsSync(failed) || existsSync(`${failed}.held`), 'fail: nothing');
  t.match(await portolan('convert', lossy, '--to', 'wco/cri/3', '--policy', 'fail'), { code: 1, out: /^$/ }, 'fail: standard output stays empty');
  t.match(await portolan('convert', lossy, '--to', 'wco/cri/3', '--policy', 'hold'), { code: 2, out: /^$/, told: /--out/ }, 'standard output cannot be held');
});

t.test('validate', async (t) => {
  t.equal((await portolan('validate', two)).code, 0);
  t.match(await portolan('validate', 'samples/wrong-structure/input.edi'), {
    code: 1,
    told: /EDIFACT_SEGMENT_MISSING\s+samples\/wrong-structure\/input.edi:\d+:\d+/,
  });
  const { code, out } = await portolan('validate', 'samples/wrong-count/input.edi', '--json');
  t.equal(code, 0, 'a warning is no error');
  t.match(JSON.parse(out), { findings: [{ code: 'EDIFACT_COUNT_MISMATCH', severity: 'warning', source: { line: 23, column: 5, segment: 22, tag: 'UNT' } }] });
  const hollow = join(folder, 'hollow.edi');
  for (const text of ["UNB+UNOA:2+A+B+260914:0930+1'UNZ+0+1'", "UNA:+.? '"]) {
    writeFileSync(hollow, text);
    t.match(await portolan('validate', hollow), { code: 1, told: /error [\s\S]*1 error/ }, `without a message: ${text}`);
    t.equal((await portolan('convert', hollow, '--to', 'canonical')).code, 1);
  }
  t.equal((await portolan('validate', 'samples/cargo-report-xml/input.xml', '--profile', 'port-health')).code, 0);
});

t.test('map', async (t) => {
  t.match(await portolan('map', 'list'), { code: 0, out: /un\/cuscar\/d95b\/lot10/ });
  t.match(await portolan('map', 'lint', '--format', 'github'), { code: 0 });
  t.match(await portolan('map', 'test', 'wco/cri/3'), { code: 0, told: /0 differ/ });
  const config = join(folder, 'config');
  writeFileSync(join(folder, 'x'), '');
  spawnSync('cp', ['-r', join(root, 'samples/gateway'), config]);
  spawnSync('mkdir', ['-p', join(config, 'maps/x')]);
  writeFileSync(
    join(config, 'maps/x/map.yaml'),
    'map: x/y/1\nkind: message\nversion: 1.0.0\ntitle: X\ndictionary: wco-dm@3\nlaw: none\nformat: { family: xml, root: X, namespace: "urn:x" }\nsyntax:\n  group: message\n  xml: X\n  nodes: [ { xml: ID, bind: id } ]\nbusiness: { class: Declaration, per: message, attrs: { Identity: id } }\n',
  );
  t.match(
    await portolan('map', 'lint', '--config', config),
    { code: 1, told: /MAP_UNKNOWN_ATTRIBUTE\s+maps\/x\/map.yaml:12:\d+/ },
    'with file, line and column',
  );
});

t.test('what a map keeps, reaches and cannot hold', async (t) => {
  const laws = JSON.parse((await portolan('map', 'laws', 'wco/cri/3', '--runs', '20', '--seed', '3', '--json')).out);
  t.match(laws.maps, [{ map: 'wco/cri/3', runs: 20, seed: 3, tried: { conservation: 20 }, counterexample: null }]);
  t.match(await portolan('map', 'laws', 'wco/cri/3', '--runs', '20'), { code: 0, told: /wco\/cri\/3 +20 .*every law held/ });
  const coverage = JSON.parse((await portolan('map', 'coverage', 'wco/cri/3', '--json')).out);
  t.match(coverage.maps, [{ map: 'wco/cri/3', never: [], random: { read: { of: Number }, written: { of: Number } } }]);
  t.equal((await portolan('map', 'coverage', 'wco/cri/3', '--runs', '1')).code, 1, 'one message does not reach all');
  const forecast = JSON.parse((await portolan('map', 'forecast', 'un/cuscar/d95b', 'wco/cri/3', '--json')).out);
  t.match(forecast, { from: 'un/cuscar/d95b', to: 'wco/cri/3', facts: Number, whole: Number });
  t.match(forecast.losses[0], { path: String, certain: Boolean, from: /^mappings\/.*:\d+:\d+$/ });
  t.match(await portolan('map', 'forecast', 'un/cuscar/d95b', 'wco/cri/3'), { code: 0, out: /lost whenever stated\n.*has no element for it/ });
  for (const wrong of [['laws', '--runs', 'x'], ['laws', 'no/such/map'], ['forecast', 'wco/cri/3']]) t.equal((await portolan('map', ...wrong)).code, 2, wrong.join(' ')); // prettier-ignore
});

t.test('a map that is no part of the library yet', async (t) => {
  const config = join(folder, 'own');
  const map = join(config, 'maps/x/map.yaml');
  mkdirSync(join(config, 'maps/x/cases/one'), { recursive: true });
  const wrong = 'map: x/own/1\nkind: message\nversion: 1.0.0\ntitle: X\ndictionary: wco-dm@3\nlaw: none\nformat: { family: xml, root: X, namespace: "urn:own" }\nsyntax:\n  group: message\n  xml: X\n  nodes: [ { xml: ID, bind: id } ]\nbusiness: { class: Declaration, per: message, attrs: { Identity: id } }\n'; // prettier-ignore
  const file = join(folder, 'wrong.yaml');
  writeFileSync(file, wrong);
  const linted = await portolan('map', 'lint', file);
  t.match(linted, { code: 1, told: /MAP_UNKNOWN_ATTRIBUTE\s+\S*wrong.yaml:12:\d+/ }, 'a file beside the maps is read');
  t.notMatch(linted.told, 'in order', 'what has errors is not in order');
  t.match(await portolan('map', 'lint', 'mappings/wco/cri/3/map.yaml'), { code: 0, told: /in order/ }, 'a file of a shipped map is that map');

  const [parts, dialect] = [join(config, 'maps/parts.yaml'), join(config, 'maps/x/own/map.yaml')];
  mkdirSync(join(config, 'maps/x/own'));
  writeFileSync(dialect, 'map: x/own/1/local\nkind: dialect\nversion: 1.0.0\ntitle: X\nextends: x/own/1@1.0.0\nmatch: { X/ID: LOCAL }\n');
  writeFileSync(map, wrong.replace('{ xml: ID, bind: id }', '{ use: own-id }').replace('Identity', 'ID'));
  const part = 'kind: parts\nparts:\n  own-id:\n    nodes: [ { xml: ID, bind: id } ]\n';
  writeFileSync(parts, part.replace('id }', 'id, occurs: many }'));
  for (const name of ['x/own/1', 'x/own/1/local', 'maps/parts.yaml'])
    t.match(
      await portolan('map', 'lint', '--config', config, name),
      { code: 1, told: /MAP_\w+\s+maps\/parts.yaml:4:\d+/ },
      `an error in what it shares: ${name}`,
    );
  t.match(await portolan('map', 'lint', '--config', config, 'wco/cri/3'), { code: 0, told: /in order/ }, 'which is no matter of a map without it');
  writeFileSync(parts, part);
  t.match(await portolan('map', 'lint', '--config', config, 'x/own/1/local'), { code: 0, told: /in order/ });
  for (const path of [parts, dialect]) rmSync(path);

  writeFileSync(map, wrong.replace('Identity', 'ID'));
  t.match(await portolan('map', 'lint', '--config', config), { code: 0, told: /in order/ });
  writeFileSync(join(config, 'maps/x/cases/one/input.xml'), '<X xmlns="urn:own"><ID>A1</ID></X>');
  writeFileSync(join(config, 'maps/x/cases/one/case.yaml'), 'kind: case\npurpose: One value.\nmap: x/own/1\nto: canonical\n');
  writeFileSync(join(config, 'maps/x/cases/one/canonical.json'), '{ "Declaration": { "ID": "B2" } }\n');
  const first = await portolan('map', 'test', '--config', config, 'x/own/1');
  t.match(first, { code: 1, told: /canonical.json differs/ }, 'its cases are found');
  t.match(await portolan('map', 'test', '--config', config, 'x/own/1', '--update'), { code: 0, told: /1 were written anew/ });
  t.match(await portolan('map', 'test', '--config', config, 'x/own/1'), { code: 0, told: /1 cases, 0 differ\n/ });
  t.match(await portolan('map', 'test', '--config', config, join(config, 'maps/x/cases/one')), { code: 0, told: /1 cases, 0 differ\n/ }, 'one folder');
  const input = join(config, 'maps/x/cases/one/input.xml');
  t.match((await portolan('inspect', input, '--config', config, '--json')).out, '"map": "x/own/1"');
  t.equal((await portolan('validate', input, '--config', config)).code, 0);
  t.match((await portolan('convert', input, '--config', config, '--to', 'canonical')).out, 'A1');
});

t.test('serve --check', async (t) => {
  const checked = await portolan('serve', '--config', 'samples/gateway', '--check');
  t.match(checked, { code: 0, told: /in order/ });
  t.notMatch(checked.told, /MAP_|^info /m, 'what ships is the analyst’s');
  t.match(await portolan('serve', '--config', 'samples/gateway', '--check', '--all'), { code: 0, told: /^info MAP_NARROWS/m });
  t.match(
    await portolan('serve', '--config', 'samples/gateway', '--host', '0.0.0.0', '--check'),
    { code: 1, told: /CONFIG_DEMO_KEY_EXPOSED/ },
    'public keys stay on this machine',
  );
  t.match(await portolan('serve', '--config', folder, '--check'), { code: 1, told: /CONFIG_FILE_MISSING/ });
  const bare = join(folder, 'bare');
  mkdirSync(bare);
  writeFileSync(join(bare, 'gateway.yaml'), 'name: Bare\n');
  const empty = JSON.parse((await portolan('serve', '--config', bare, '--check', '--json')).out).findings as { code: string; message: string }[];
  t.match(
    empty.filter(({ code }) => code === 'CONFIG_NONE').map(({ message }) => message),
    [/no partners: nobody may send/, /no agencies/, /no routes: no document goes to anybody/],
    'what is not there is told, and what that means',
  );
  const broken = join(folder, 'broken');
  cpSync(join(root, 'samples/gateway'), broken, { recursive: true });
  appendFileSync(join(broken, 'gateway.yaml'), 'colour: blue\n');
  const lines = readFileSync(join(broken, 'gateway.yaml'), 'utf8').split('\n').length - 1;
  const { code, out } = await portolan('serve', '--config', broken, '--check', '--json');
  const [first, second] = JSON.parse(out).findings;
  t.equal(code, 1);
  t.match(
    first,
    { code: 'CONFIG_UNKNOWN_KEY', severity: 'error', message: /colour/, rule: { file: 'gateway.yaml', line: lines, column: 1 } },
    'the error first, and where',
  );
  t.match(second, { code: 'CONFIG_DEMO_KEY', severity: 'warning', rule: { line: Number, column: Number } });
});

t.test('wrong usage is told and ends with 2', async (t) => {
  for (const args of [
    ['nothing'],
    ['help', 'nothing'],
    ['inspect'],
    ['convert', two, '--to', 'canonical', '--json'],
    ['convert', two, '--to', 'canonical', '--from', 'iata/fwb/16'],
    ['convert', two, '--to', 'canonical', '--report', '-'],
    ['convert', two, '--to', 'canonical', '--out', join(folder, 'same'), '--report', `${folder}/./same`],
    ['convert', two, '--to', 'canonical', '--report', join(folder, 'same'), '--trace', join(folder, 'same')],
    ['status', '--data', folder, '--url', 'http://127.0.0.1:9'],
    ['status', '--data', folder, '--key', 'k'],
    ['repair', 'list', '--with', two, '--key', 'k'],
    ['repair', 'list', '--note', 'x', '--key', 'k'],
    ['repair', 'list', '1', '--key', 'k'],
    ['repair', 'approve', '1', '--with', two, '--key', 'k'],
    ['evidence', 'verify', 'samples'],
    ['backup', '--data', folder, '--out', two],
    ['backup', '--data', folder, '--out', join(folder, 'nowhere/backup.db')],
    ['restore', 'no-such-file', '--data', folder],
    ['restore', '-', '--data', join(folder, 'new')],
    ['messages', '--data', folder, '--since', '1'],
    ['map', 'list', '--update'],
    ['map', 'test', 'wco/cri/3', '--runs', '3'],
    ['map', 'list', '--format', 'github'],
    ['dictionary', 'export', '--all'],
    ['directory', 'diff', '3035', 'D95B', 'D99B', '--in', 'D96B'],
    ['partners', 'propose', two, '--dry-run', '--key', 'k'], // which would have been proposed
    ['partners', 'list', 'blue-anchor', '--key', 'k'],
    ['onboarding', 'list', '--reason', 'x', '--key', 'k'],
    ['volumes', 'tolerate', '--from', '2026-11-01', '--to', '2026-11-30', '--key', 'k'],
    ['retention', 'lift', 'x', '--dry-run', '--key', 'k'],
    ['invoice', 'verify', two, '--data', folder],
    ['invoice', 'verify', 'package.json', '--data', folder],
    ['invoice', '--month', '2026-11', '--partner', 'x', '--out', join(folder, 'same'), '--json', '--key', 'k'],
    ['channel', 'check', '--settings', two, '--', 'true'],
    ['inspect', two, 'more'],
    ['convert', two],
    ['convert', two, '--to', 'no/such/map'],
    ['convert', two, '--to', 'wco/cri/3', '--policy', 'maybe'],
    ['convert', two, '--to', 'canonical', '--answers', two],
    ['convert', '-', '--to', 'un/cusres/d95b', '--answers', '-'],
    ['convert', two, '--to', 'canonical', '--sender', 'A'],
    ['inspect', two, '--frobnicate'],
    ['inspect', 'no-such-file'],
    ['status', '--data', join(folder, 'nowhere')],
    ['map', 'dance'],
    ...['map', 'rules', 'dictionary', 'directory', 'partners', 'onboarding', 'retention'].map((name) => [name, 'constructor', 'x']), // the name of what every object has
    ['messages', '--data', folder, '--limit', 'abc'],
    ['messages', '--data', folder, '--limit', '0'],
    ['messages', '--data', folder, '--limit', '501'],
    ['messages', '--data', folder, '--limit', '1.5'],
    ['messages', '--data', folder, '--state', 'gone'],
    ['messages', '--data', folder, '--cursor', 'x'],
    ['map', 'lint', 'no/such/map'],
    ['map', 'test', 'no/such/map'],
    ['map', 'lint', '--config', join(folder, 'nowhere')],
    ['convert', two, '--to', 'wco/cri/3', '--config', join(folder, 'nowhere')],
    ['validate', two, '--format', 'xml'],
    ['serve', '--port', 'http'],
    ['serve', '--all'],
    ['serve', '--config', join(folder, 'nowhere'), '--check'],
  ])
    // prettier-ignore
    t.match(await portolan(...args), { code: 2, told: /= hint: / }, args.join(' '));
  t.notOk(existsSync(join(folder, 'same')));
  t.match((await portolan('inspct')).told, 'did you mean `inspect`?');
  t.match((await portolan('convert', two, '--to', 'wco/cri/4')).told, 'did you mean `wco/cri/3`?');
  t.match(await portolan(), { code: 2, out: '', told: /^usage: portolan COMMAND/ });
});

t.test('standard input and output', async (t) => {
  const noBundle = spawned(readFileSync(join(root, two)), 'evidence', 'verify', '-', '--json');
  t.match([noBundle.code, JSON.parse(noBundle.out)], [1, { ok: false, findings: [{ code: 'EVIDENCE_NOT_A_BUNDLE' }] }]);
  const full = spawnSync('sh', ['-c', 'unset NODE_OPTIONS; exec "$0" "$@" > /dev/full', process.execPath, program, 'inspect', two], {
    cwd: root,
    encoding: 'utf8',
  });
  t.match(full, { status: 2, stderr: /CLI_FILE\s+= standard output: the disk is full/ }, 'what cannot be written is told');
});

t.test('every command has help with an example', async (t) => {
  t.same(await portolan('help', 'inspect'), await portolan('inspect', '--help'));
  t.same(await portolan('-h'), await portolan('--help'));
  for (const name of ['inspect', 'convert', 'validate', 'map', 'serve', 'status', 'messages', 'show', 'volumes', 'invoice', 'repair', 'evidence', 'verify'])
    t.match(await portolan(name, '--help'), { code: 0, out: /usage: portolan [\s\S]*example:\n {2}portolan / }, name);
});
