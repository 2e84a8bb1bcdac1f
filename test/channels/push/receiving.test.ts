import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { HttpSettings } from '../../../src/channels/push/exchange.ts';
import { http } from '../../../src/channels/push/push.ts';
import { root } from '../../root.ts';
import { never, parcelOf, surroundings } from './fixture.ts';

t.test('the receiver of RECEIVING.md, run as it stands there', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-receiving-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const page = readFileSync(join(root, 'src/channels/push/RECEIVING.md'), 'utf8');
  const [, script] = /<!-- file receive\.mjs -->\n```js\n(.*?)```/s.exec(page)!;
  const [van, agency, stranger] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')];
  const secret = ({ privateKey }: typeof van): string => privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  const open = ({ publicKey }: typeof van): string => publicKey.export({ type: 'spki', format: 'pem' }) as string;
  const files = { 'receive.mjs': script!, 'van.pem': open(van), 'own.pem': secret(agency) };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);

  const receiver = spawn(process.execPath, ['receive.mjs', '0', 'van.pem', 'own.pem'], {
    cwd: folder,
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(async () => {
    receiver.kill();
    await once(receiver, 'exit');
  });
  const [said] = (await once(receiver.stdout, 'data')) as [Buffer];
  const url = `http://127.0.0.1:${said.toString().trim()}/in?site=BER`;

  const settings = (key: string): HttpSettings => ({
    url,
    signature: { id: 'van', algorithm: 'ed25519', key: { env: key } },
    receipt: { required: true, keys: [{ id: 'ours', algorithm: 'ed25519', key: { env: 'AGENCY' } }] },
  });
  const surrounding = { ...surroundings({ VAN: secret(van), STRANGER: secret(stranger), AGENCY: open(agency) }), now: Date.now };
  const send = async (key: string, content: string) => {
    const channel = http.outgoing!(settings(key), 'de', surrounding);
    t.teardown(() => channel.close());
    return channel.send(parcelOf(content), never);
  };
  t.match(await send('VAN', '<a/>'), { state: 'delivered', detail: { signer: 'ours' }, proof: { grade: 'A', bytes: /"before":false,"bytes":4/ } });
  t.match(await send('VAN', '<a/>'), { state: 'delivered', proof: { bytes: /"before":true/ } }, 'the same delivery again');
  t.match(await send('STRANGER', '<a/>'), { state: 'failed', code: 'SEND_AUTH', reason: /the signature does not match/ });
  const late = http.outgoing!(settings('VAN'), 'de', { ...surrounding, now: () => Date.now() - 400_000 });
  t.teardown(() => late.close());
  t.match(await late.send(parcelOf('<a/>'), never), { state: 'failed', code: 'SEND_AUTH', reason: /too long ago/ });
});
