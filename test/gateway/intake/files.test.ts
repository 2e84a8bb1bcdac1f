import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { root } from '../../root.ts';
import { temporaryFolder, until } from '../../channels/surroundings.ts';
import { keyPair, missing, openSshServer, sftp, type KeyPair } from '../../channels/sftp/openssh.ts';
import { loadConfigurationFolder } from '../../../src/gateway/library/library.ts';
import { library, sample, startGateway } from '../../web/fixture.ts';

/** A block of a room's page, as an operator copies it. */
function block(page: string, name: string): string {
  const text = readFileSync(join(root, page), 'utf8');
  const found = new RegExp(`<!-- ${name} -->\\n\`\`\`yaml\\n([^]*?)\`\`\``).exec(text)?.[1];
  if (found === undefined) throw new Error(`${page} has no block ${name}`);
  return found;
}

const sftpPage = 'src/channels/sftp/README.md';
const folderPage = 'src/channels/folder/README.md';

const nowhere = { certificate: { file: '/nowhere' } };
/** An exchange that cannot be opened, which is told when its turn has come. */
const unreadable = { us: { name: 'A', keys: [{ ...nowhere, key: { file: '/nowhere' } }] }, partner: { name: 'B', certificates: [nowhere] } };

interface TimelineView {
  readonly state: string;
  readonly agencies?: Readonly<Record<string, string>>;
  readonly timeline: readonly { readonly kind: string; readonly party?: string; readonly detail?: unknown }[];
}

t.test("a carrier and an agency with OpenSSH's sftp", { skip: missing('sftp', 'ssh-keygen') }, async (t) => {
  const folder = temporaryFolder(t);
  const [host, carrier, customs] = ['host', 'carrier', 'customs'].map((name) => keyPair(folder, name)) as [KeyPair, KeyPair, KeyPair];
  const gateway = await startGateway(t, (config) => {
    appendFileSync(join(config, 'gateway.yaml'), block(sftpPage, 'gateway.yaml').replace('2222', '0').replace('/etc/portolan/host_ed25519', host.file));
    const party = block(sftpPage, 'partner');
    appendFileSync(join(config, 'partners/blue-anchor.yaml'), party.replace('ssh-ed25519 AAAA… acme', carrier.publicKey));
    appendFileSync(join(config, 'agencies/customs.yaml'), party.replace('acme\n', 'customs\n').replace('ssh-ed25519 AAAA… acme', customs.publicKey));
    appendFileSync(join(config, 'partners/quay-net.yaml'), `\narrivals: [{ as2: ${JSON.stringify(unreadable)} }]\n`);
  });
  const told = gateway.events.map(({ event }) => event).filter((event) => /^(channel not opened|sftp listens)$/.test(event));
  t.same(told, ['channel not opened', 'sftp listens'], 'nobody is asked who he is before all who may come are known');
  const { port } = gateway.events.find(({ event }) => event === 'sftp listens') as unknown as { port: number };
  const as = (user: string, key: KeyPair): string[] => ['-P', String(port), '-i', key.file, '-o', 'IdentitiesOnly=yes', '-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'LogLevel=ERROR', `${user}@127.0.0.1`]; // prettier-ignore
  const names = async (user: string, key: KeyPair): Promise<string[]> =>
    [...(await sftp(as(user, key), ['ls -1 out'])).out.matchAll(/out\/(\d{10}-\S+)/g)].map(([, name]) => name!);

  writeFileSync(join(folder, 'manifest.edi'), sample('two-bills'));
  const put = await sftp(as('acme', carrier), ['put manifest.edi in/manifest.edi'], folder);
  t.equal(put.status, 0, put.out);

  let waiting: string[] = [];
  await until('the agency has something', async () => (waiting = await names('customs', customs)).length > 0);
  t.match(waiting, [/^0000000001-.*\.xml$/]);
  const fetched = await sftp(as('customs', customs), [`get out/${waiting[0]} declaration.xml`, `rm out/${waiting[0]}`], folder);
  t.equal(fetched.status, 0, fetched.out);
  t.match(readFileSync(join(folder, 'declaration.xml'), 'utf8'), /<(\w+:)?Declaration\b/);
  t.same(await names('customs', customs), [], 'what is removed is acknowledged');

  await until('the carrier has its answer', async () => (waiting = await names('acme', carrier)).length > 0);
  const answered = await sftp(as('acme', carrier), [`get out/${waiting[0]} answer.edi`, `rm out/${waiting[0]}`], folder);
  t.equal(answered.status, 0, answered.out);
  t.match(readFileSync(join(folder, 'answer.edi'), 'latin1'), /UNH\+[^']*\+CONTRL/);

  const box = await gateway.call('customs', 'GET', '/v1/inbox');
  t.type(box.json.items[0].receipted, 'string', 'the mailbox over HTTP says the same');
  const id = String(box.json.items[0].message);
  const view = (await gateway.call('operator', 'GET', `/v1/messages/${id}`)).json as TimelineView;
  const kinds = view.timeline.map(({ kind, party }) => `${kind} ${party ?? ''}`.trim());
  t.ok(kinds.includes('read customs') && kinds.includes('delivered customs'), kinds.join(', '));
  const steps = await gateway.gateway.store.timeline(id.split('-')[0]!);
  t.match(
    JSON.stringify(steps.find(({ record }) => record?.kind === 'received')?.record),
    /"sftp".*manifest\.edi|manifest\.edi.*"sftp"/,
    'how it came is in the log',
  );

  const again = await sftp(as('acme', carrier), ['put manifest.edi in/again.edi'], folder);
  t.equal(again.status, 0, 'the same bytes again are the same interchange');
  t.same(await names('customs', customs), []);
  writeFileSync(join(folder, 'nonsense'), 'nonsense');
  const refused = await sftp(as('acme', carrier), ['put nonsense in/nonsense.edi'], folder);
  t.equal(refused.status, 1, 'what nobody could answer is refused while its sender waits');
});

t.test('a party that comes by SFTP to a gateway that serves no files is told when the configuration is read', (t) => {
  const config = temporaryFolder(t);
  cpSync(join(root, 'samples/gateway'), config, { recursive: true });
  appendFileSync(join(config, 'partners/blue-anchor.yaml'), block(sftpPage, 'partner').replace('AAAA… acme', 'AAAAC3Nz'));
  const missing = (): unknown[] => loadConfigurationFolder(config, library).findings.filter(({ code }) => code === 'CONFIG_KEY_MISSING');
  t.match(missing(), [{ args: { where: 'gateway.yaml', key: 'sftp' }, severity: 'error' }]);
  appendFileSync(join(config, 'gateway.yaml'), block(sftpPage, 'gateway.yaml'));
  t.same(missing(), []);
  t.end();
});

t.test('from folder to folder', async (t) => {
  const [incoming, outgoing] = [temporaryFolder(t), temporaryFolder(t)];
  const gateway = await startGateway(t, (config) => {
    appendFileSync(join(config, 'partners/blue-anchor.yaml'), block(folderPage, 'partner').replace('/var/spool/acme/in', incoming));
    const agency = join(config, 'agencies/customs.yaml');
    writeFileSync(agency, readFileSync(agency, 'utf8').replace(/^channel:.*$/m, block(folderPage, 'agency').replace('/var/spool/customs/in', outgoing)));
  });
  writeFileSync(join(incoming, 'manifest.tmp'), sample('two-bills'));
  renameSync(join(incoming, 'manifest.tmp'), join(incoming, 'manifest.edi'));
  await until('the declaration is there', () => readdirSync(outgoing).some((name) => !name.startsWith('.')));
  const [file] = readdirSync(outgoing);
  t.match(file, /\.xml$/);
  t.match(readFileSync(join(outgoing, file!), 'utf8'), /<(\w+:)?Declaration\b/);
  await until('the file is done', () => existsSync(join(incoming, 'done', 'manifest.edi')));
  const receipt = JSON.parse(readFileSync(join(incoming, 'done', 'manifest.edi.receipt.json'), 'utf8')) as { readonly index?: number };
  t.type(receipt.index, 'number', 'the receipt is that of the log');
  const id = String((await gateway.call('operator', 'GET', '/v1/messages')).json.items[0].id);
  await until('it is delivered', async () => (await gateway.gateway.store.state(id))?.agencies['customs'] === 'delivered');
  writeFileSync(join(incoming, 'nonsense.edi'), 'nonsense');
  const refusal = join(incoming, 'refused', 'nonsense.edi.findings.txt');
  await until('nonsense is refused', () => existsSync(refusal) && readFileSync(refusal, 'utf8') !== '');
  t.match(readFileSync(refusal, 'utf8'), /^REFUSED {2}nonsense\.edi\n\n[A-Z_]+: /);
});

t.test("to and from OpenSSH's server", { skip: missing('sshd', 'sftp-server', 'ssh-keygen') }, async (t) => {
  const server = await openSshServer(t);
  for (const name of ['in', 'out']) mkdirSync(join(server.home, name));
  const settings = block(sftpPage, 'client')
    .replace('sftp.partner.example', `${server.host}\n    port: ${server.port}`)
    .replace('user: portolan', `user: ${server.user}`)
    .replace('SHA256:…', server.hostKeys[0]!.fingerprint)
    .replace('/etc/portolan/id_ed25519', server.client.file);
  await startGateway(t, (config) => {
    const agency = join(config, 'agencies/customs.yaml');
    writeFileSync(agency, readFileSync(agency, 'utf8').replace(/^channel:.*$/m, settings));
    const fetching = settings
      .replace(/^channel:\n {2}/, 'arrivals:\n  - ')
      .replace(/^ {4}/gm, '      ')
      .replace('folder: in', 'folder: out\n      every: 0.2');
    appendFileSync(join(config, 'partners/blue-anchor.yaml'), fetching);
  });
  writeFileSync(join(server.home, 'out', 'manifest.edi'), sample('two-bills'));
  await until('the declaration is there', () => readdirSync(join(server.home, 'in')).some((name) => name.endsWith('.xml')));
  await until('the manifest is gone', () => readdirSync(join(server.home, 'out')).length === 0);
  t.pass('fetched from one folder, put into the other');
});
