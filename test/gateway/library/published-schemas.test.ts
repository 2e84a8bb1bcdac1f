import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { main } from '../../../src/cli/main.ts';
import { loadConfigurationFolder, openLibrary } from '../../../src/gateway/library/library.ts';
import { translate, type Output } from '../../../src/gateway/translation/translate.ts';
import { root, shared } from '../../root.ts';

// The schema that an agency publishes is named in its profile; its files are the user's, and what leaves for the agency is judged by it.

const skip = shared === undefined ? 'the published schemas are not beside the repository' : false;

/** A configuration whose customs has a profile of its own, with the schema's files or without. */
async function configured(t: Test, put: (folder: string) => void) {
  const profile = 'own-declaration';
  const folder = mkdtempSync(join(tmpdir(), 'portolan-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(join(root, 'samples/gateway'), folder, { recursive: true });
  const agency = join(folder, 'agencies/customs.yaml');
  writeFileSync(agency, readFileSync(agency, 'utf8').replace('profile: customs', `profile: ${profile}`));
  writeFileSync(join(folder, 'routes/arrivals.yaml'), 'routes: [{ route: all, to: [customs], policy: send }]\n');
  mkdirSync(join(folder, 'profiles/own'), { recursive: true });
  writeFileSync(
    join(folder, 'profiles/own/profile.yaml'),
    `profile: ${profile}\ntitle: Declaration as the office publishes it\nmap: wco/dec/3\ndialect: hmrc\nxsd: customs/wrapper_submit.xsd\n`,
  );
  put(join(folder, 'xsd', profile));
  const library = openLibrary({ root, maps: folder });
  await library.loadSchemas();
  const compiled = library.checkSchemas();
  const { configuration, findings } = loadConfigurationFolder(folder, library);
  if (!configuration) throw new Error(JSON.stringify(findings));
  const send = (bytes: Buffer): Output =>
    translate({ id: '01JD0000000000000000000001', partner: 'blue-anchor', receivedAt: '2026-11-21T08:30:00.000Z', bytes }, library, configuration)
      .interchanges[0]!.messages[0]!.outputs[0]!;
  return { folder, send, findings: [...compiled, ...findings].map(({ code }) => code).filter((code) => code.startsWith('XSD')) };
}

const declaration = readFileSync(join(root, 'mappings/un/cusdec/d04a/cases/import-two-items/input.edi'), 'latin1').replace(
  /(UNB\+[^+]*\+)[^+]*/,
  '$1BLUEANCHOR',
);
const published = join(shared ?? '', 'facts/wco-xsd/hmrc__customs-declarations/public/api/conf/3.0/schemas');

t.test('what the publisher accepts leaves, what it does not stays, with the place in the message that it came from', { skip }, async (t) => {
  const { folder, send, findings } = await configured(t, (folder) => cpSync(published, folder, { recursive: true }));
  t.same(findings, []);
  const good = send(Buffer.from(declaration, 'latin1'));
  t.same([good.fate, good.findings.filter(({ severity }) => severity === 'error')], ['deliver', []]);
  const bad = send(Buffer.from(declaration.replace('NAD+DT+DE1234567', 'NAD+DT+DE123456789012345678'), 'latin1'));
  t.equal(bad.fate, 'failed');
  const said = bad.findings.filter(({ code }) => code === 'XSD_INVALID');
  t.ok(said.length > 0, bad.findings.map(({ code }) => code).join(' '));
  t.match(said[0], { data: { xpath: /Declarant/ }, rule: { source: 'customs/wrapper_submit.xsd' }, cause: { data: { edi: { tag: 'NAD' } } } });

  const file = join(folder, 'declaration.edi');
  writeFileSync(file, declaration.replace('NAD+DT+DE1234567', 'NAD+DT+DE123456789012345678'), 'latin1');
  const converted = async (to: string) => {
    let told = '';
    const code = await main(['convert', file, '--to', to, '--config', folder], { out: () => undefined, tell: (text) => void (told += text) });
    return { code, told };
  };
  const { code, told } = await converted('own-declaration');
  t.equal(code, 1, 'so does a conversion for the profile');
  t.match(told, /error XSD_INVALID[^]*rule: customs\/wrapper_submit\.xsd[^]*because: .*DE123456789012345678.*segment 19 \(NAD\)/);
  t.equal((await converted('wco/dec/3/hmrc')).code, 0, 'its map alone asks what we know of the format');
});

t.test('files that are not there are told of, and judge nothing; a schema that cannot be used lets nothing leave', async (t) => {
  const without = await configured(t, () => undefined);
  t.same(without.findings, ['XSD_ABSENT']);
  t.equal(without.send(Buffer.from(declaration, 'latin1')).fate, 'deliver');
  const broken = await configured(t, (folder) => {
    mkdirSync(join(folder, 'customs'), { recursive: true });
    writeFileSync(
      join(folder, 'customs/wrapper_submit.xsd'),
      '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element type="nowhere"/></xs:schema>',
    );
  });
  t.same(broken.findings, ['XSD_SCHEMA']);
  const { fate, findings } = broken.send(Buffer.from(declaration, 'latin1'));
  t.same([fate, findings.some(({ code }) => code === 'XSD_SCHEMA')], ['failed', true]);
  let told = '';
  const code = await main(['serve', '--check', '--config', broken.folder], { out: () => undefined, tell: (text) => void (told += text) });
  t.equal(code, 1);
  t.match(told, /error XSD_SCHEMA\s+= schema customs\/wrapper_submit\.xsd cannot be used/, 'and is told before');
});
