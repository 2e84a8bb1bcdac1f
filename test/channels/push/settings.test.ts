import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import { readYaml, yamlKinds } from '../../../src/language/file.ts';
import { durationMs } from '../../../src/partners/duration.ts';
import { root } from '../../root.ts';

const folder = join(root, 'schemas/config');
const schemas = readdirSync(folder).map((name) => ({ path: name, text: readFileSync(join(folder, name), 'utf8') }));
const agency = yamlKinds(schemas, ['agency'], { duration: (text) => durationMs(text) !== undefined }).get('agency')!;

function faults(channel: string, arrivals = ''): readonly Diagnostic[] {
  const findings: Diagnostic[] = [];
  readYaml({ path: 'agencies/de.yaml', text: `agency: de\nname: DE\nprofile: de\ngrants: ["**"]\nchannel: ${channel}\n${arrivals}` }, agency, findings);
  return findings;
}

t.test('what stands under `http`', (t) => {
  const [page] = /channel:\n(?: {2}.*\n)+/.exec(readFileSync(join(root, 'src/channels/push/README.md'), 'utf8'))!;
  t.same(faults(page.slice('channel:'.length)), [], 'the example of the README');
  const key = '{ id: k, algorithm: ed25519, key: { env: K } }';
  const right = [
    '{ http: { url: "https://a.example" } }',
    '{ http: { url: "http://10.0.0.1:8080/in?site=1", auth: { basic: { user: u, password: { env: P } } } } }',
    `{ http: { url: "https://a.example/", tls: { authorities: [{ file: ca.pem }], certificate: { file: c }, key: { file: k }, name: b }, receipt: { keys: [${key}] } } }`,
    '{ http: { url: "https://a.example/", redirects: ["https://b.example"], headers: { X-Site: BER }, timeouts: { connect: 5 } } }',
  ];
  for (const channel of right) t.same(faults(channel), [], channel);
  const wrong = [
    '{ http: {} }',
    '{ http: { url: "ftp://a.example" } }',
    '{ http: { url: "https://user:secret@a.example" } }',
    '{ http: { url: "https://a.example", auth: { bearer: secret } } }',
    '{ http: { url: "https://a.example", tls: { certificate: { file: c } } } }',
    '{ http: { url: "https://a.example", tls: { rejectUnauthorized: false } } }',
    '{ http: { url: "https://a.example", signature: { id: k, algorithm: none, key: { env: K } } } }',
    '{ http: { url: "https://a.example", headers: { Content-Type: x } } }',
    '{ http: { url: "https://a.example", headers: { Authorization: x } } }',
    '{ http: { url: "https://a.example", redirects: ["https://b.example/path"] } }',
    '{ http: { url: "https://a.example", timeouts: { answer: 0 } } }',
  ];
  for (const channel of wrong) t.not(faults(channel).length, 0, channel);
  t.end();
});

t.test('what stands under `soap`', (t) => {
  const [page] = /channel:\n(?: {2}.*\n)+/.exec(readFileSync(join(root, 'src/channels/soap/README.md'), 'utf8'))!;
  t.same(faults(page.slice('channel:'.length)), [], 'the example of the README');
  const soap = (body: string): string => `{ soap: { url: "https://a.example", body: ${body} } }`;
  for (const body of [
    'document',
    '[{ element: A, namespace: "urn:a", document: mtom }]',
    '[{ element: A, children: [{ element: B }, { element: C, value: "{time}" }] }]',
  ])
    t.same(faults(soap(body)), [], body);
  for (const body of ['[]', 'other', '[{ element: "a b" }]', '[{ element: A, value: "{other}" }]', '[{ element: A, value: a, document: inline }]'])
    t.not(faults(soap(body)).length, 0, body);
  t.end();
});

t.test('what stands under `adapter`', (t) => {
  const [page, http] = [...readFileSync(join(root, 'src/channels/adapter/CONTRACT.md'), 'utf8').matchAll(/```yaml\nchannel:(\n.*?)```/gs)].map(
    ([, text]) => text!,
  );
  t.same(faults(page!), [], 'the example of the contract, with arrivals');
  t.same(faults(http!), [], 'and over HTTP');
  const wrong = [
    '{ adapter: {} }',
    '{ adapter: { command: [] } }',
    '{ adapter: { command: "node x" } }',
    '{ adapter: { command: [x], url: "https://a.example" } }',
    '{ adapter: { command: [x], secrets: { key: value } } }',
  ];
  for (const channel of wrong) t.not(faults(channel).length, 0, channel);
  t.not(faults('mailbox', 'arrivals: [{ adapter: { url: "https://a.example" } }]').length, 0, 'over HTTP it comes to our own port');
  t.end();
});
