import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { certificateFindings } from '../../../src/channels/as2/settings.ts';
import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import { sentence } from '../../../src/diagnostics/diagnostic.ts';
import { readYaml, yamlKinds } from '../../../src/language/file.ts';
import { root } from '../../root.ts';
import { certificate, noon } from './sides.ts';

const folder = join(root, 'schemas/config');
const schemas = readdirSync(folder).map((name) => ({ path: name, text: readFileSync(join(folder, name), 'utf8') }));
const partner = yamlKinds(schemas, ['partner'], { duration: () => true }).get('partner')!;

function faults(text: string): readonly Diagnostic[] {
  const findings: Diagnostic[] = [];
  readYaml({ path: 'partners/quay.yaml', text: `partner: quay\nname: Quay\nidentities: [{ id: QUAY }]\n${text}` }, partner, findings);
  return findings;
}

t.test('what stands under `as2`', (t) => {
  const [page] = /channel:\n(?:(?:arrivals:| ).*\n)+/.exec(readFileSync(join(root, 'src/channels/as2/README.md'), 'utf8'))!;
  t.same(faults(page), [], 'the example of the README');
  const us = 'us: { name: A, keys: [{ certificate: { file: a.pem }, key: { env: A } }] }';
  const them = 'partner: { name: "B B", certificates: [] }';
  const right = [
    `url: "https://b.example/as2", ${us}, ${them}`,
    `url: "http://b.example/", ${us}, ${them}, sign: none, encrypt: 3des, keyTransport: oaep, compress: before, receipt: { wanted: asynchronous, url: "https://a.example/as2" }`,
  ];
  for (const settings of right) t.same(faults(`channel: { as2: { ${settings} } }\n`), [], settings);
  const wrong = [
    `url: "https://b.example/as2", ${us}`,
    `url: "https://b.example/as2", ${us}, ${them}, sign: md5`,
    `url: "https://b.example/as2", ${us}, ${them}, receipt: { wanted: asynchronous }`,
    `url: "https://b.example/as2", us: { name: A, keys: [{ certificate: { file: a.pem }, key: "-----BEGIN PRIVATE KEY-----" }] }, ${them}`,
    `url: "https://b.example/as2", us: { name: A, keys: [{ certificate: { file: a.pem }, key: { env: A }, from: tomorrow }] }, ${them}`,
  ];
  for (const settings of wrong) t.ok(faults(`channel: { as2: { ${settings} } }\n`).length > 0, settings);
  t.end();
});

t.test('certificates that end, and who must act', async (t) => {
  const ends = await certificate({ name: 'Ends', until: '2027-06-20' });
  const ended = await certificate({ name: 'Ended', until: '2027-05-20' });
  const next = await certificate({ name: 'Next', from: '2027-06-01' });
  const late = await certificate({ name: 'Late', from: '2027-07-01' });
  const of = (...certificates: { certificate: string }[]): string[] =>
    certificateFindings(
      'quay',
      { us: { name: 'US', keys: [] }, partner: { name: 'QUAY', certificates: certificates.map(({ certificate }) => ({ certificate })) } },
      () => Buffer.alloc(0),
      noon,
      30,
    ).map((each) => `${each.code} ${sentence(each)}`);
  t.same(of(ends), ['AS2_CERTIFICATE_ENDS the certificate CN=Ends of quay ends on 2027-06-20, and none takes its place']);
  t.same(of(ended), ['AS2_CERTIFICATE_ENDED the certificate CN=Ended of quay ended on 2027-05-20, and none took its place']);
  t.same(of(ends, next), [], 'followed in time');
  t.same(of(ends, late).length, 1, 'followed too late');
  t.same(of(next), [], 'ends in years');
});
