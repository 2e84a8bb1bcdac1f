import t from 'tap';
import type { Cipher, Digest } from '../../../src/channels/as2/algorithms.ts';
import { compose, type Protection } from '../../../src/channels/as2/compose.ts';
import { entity } from '../../../src/channels/as2/mime.ts';
import { open, payloadOf } from '../../../src/channels/as2/open.ts';
import { micOf } from '../../../src/channels/as2/slices.ts';
import { noOpenssl, openOpenssl } from './openssl.ts';
import { certificateOf, identityOf, makeCertificate } from './pki.ts';

/** What this channel writes is read by OpenSSL, and what OpenSSL writes is read here. */
const now = Date.parse('2027-06-01T12:00:00Z');
const payload = Buffer.from("UNB+UNOA:2+BLUE+QUAY+270601:1200+1'\r\nUNZ+0+1'\r\n");
const boundary = 'b-0123456789abcdef';
const plain: Protection = { sign: undefined, encrypt: undefined, keyTransport: 'rsa', compress: undefined, encoding: 'binary' };

t.test('with OpenSSL', { skip: noOpenssl ?? false }, async (t) => {
  const openssl = openOpenssl();
  t.teardown(() => openssl.close());
  const [us, them, curve] = [
    await makeCertificate({ name: 'Us' }),
    await makeCertificate({ name: 'Them' }),
    await makeCertificate({ name: 'Curve', kind: 'ec' }),
  ];
  const files = {
    'us.pem': us.certificate,
    'us.key': us.key,
    'them.pem': them.certificate,
    'them.key': them.key,
    'curve.pem': curve.certificate,
    'curve.key': curve.key,
  };

  const sent = async (protection: Partial<Protection>, signer = us): Promise<Buffer> => {
    const { fields, body } = await compose(
      { bytes: [payload], media: 'application/edifact', name: 'a.edi' },
      { ...plain, ...protection },
      { signer: identityOf(signer), recipient: certificateOf(them), boundary, now },
    );
    return Buffer.concat(entity(fields, body));
  };
  const inner = 'Content-Type: application/edifact\r\nContent-Transfer-Encoding: binary\r\nContent-Disposition: attachment; filename=a.edi\r\n\r\n';

  for (const digest of ['sha1', 'sha256', 'sha384', 'sha512'] as Digest[]) {
    for (const signer of [us, curve]) {
      t.test(`it verifies our signature: ${digest}, ${signer === us ? 'RSA' : 'ECDSA'}`, async (t) => {
        const content = openssl.cms(['-verify', '-in', 'm.eml', '-CAfile', signer === us ? 'us.pem' : 'curve.pem', '-purpose', 'any'], {
          ...files,
          'm.eml': await sent({ sign: { digest, pss: false } }, signer),
        });
        t.equal(content.toString(), inner + payload.toString());
      });
    }
  }

  t.test('it verifies our RSASSA-PSS', async (t) => {
    const message = await sent({ sign: { digest: 'sha384', pss: true } });
    t.equal(
      openssl.cms(['-verify', '-in', 'm.eml', '-CAfile', 'us.pem', '-purpose', 'any'], { ...files, 'm.eml': message }).toString(),
      inner + payload.toString(),
    );
  });

  for (const cipher of ['3des', 'aes128', 'aes192', 'aes256', 'aes128-gcm', 'aes256-gcm'] as Cipher[]) {
    for (const keyTransport of ['rsa', 'oaep'] as const) {
      t.test(`it decrypts ours: ${cipher}, ${keyTransport}`, async (t) => {
        const content = openssl.cms(['-decrypt', '-inform', 'SMIME', '-in', 'm.eml', '-recip', 'them.pem', '-inkey', 'them.key', '-binary'], {
          ...files,
          'm.eml': await sent({ encrypt: cipher, keyTransport, encoding: 'base64' }),
        });
        t.match(content.toString(), payload.toString('base64'));
      });
    }
  }

  const keys = { ours: [identityOf(them)], theirs: [certificateOf(us), certificateOf(curve)], now, limit: 1 << 20 };
  const fieldsOf = (message: Buffer): { headers: Record<string, string>; body: Buffer } => {
    const at =
      message.indexOf('\n\n') >= 0 && (message.indexOf('\r\n\r\n') < 0 || message.indexOf('\n\n') < message.indexOf('\r\n\r\n'))
        ? message.indexOf('\n\n') + 2
        : message.indexOf('\r\n\r\n') + 4;
    const lines = message
      .subarray(0, at)
      .toString()
      .replace(/\r?\n[ \t]+/g, ' ')
      .split(/\r?\n/)
      .filter((line) => line !== '');
    return {
      headers: Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()])),
      body: message.subarray(at),
    };
  };
  const part = `Content-Type: application/edifact\r\n\r\n${payload.toString()}`;

  const signings: readonly (readonly string[])[] = [
    ['-md', 'sha256'],
    ['-md', 'sha1'],
    ['-md', 'sha512', '-nodetach'],
    ['-md', 'sha384', '-keyid'],
    ['-md', 'sha256', '-noattr'],
    ['-md', 'sha256', '-nocerts'],
    ['-md', 'sha256', '-keyopt', 'rsa_padding_mode:pss'],
    ['-md', 'sha256', '-nodetach', '-stream'],
    ['-md', 'sha256', '-nosmimecap', '-crlfeol'],
  ];
  for (const arguments_ of signings) {
    t.test(`we verify its signature: ${arguments_.join(' ')}`, async (t) => {
      const message = openssl.cms(['-sign', '-binary', '-in', 'part', '-signer', 'us.pem', '-inkey', 'us.key', ...arguments_], { ...files, part });
      const { headers, body } = fieldsOf(message);
      const opened = await open(headers, body, keys);
      t.ok(opened.opened, JSON.stringify('fault' in opened ? opened.fault : ''));
      if (!opened.opened) return;
      t.same(Buffer.from(payloadOf(opened.content)), payload);
      t.equal(opened.media, 'application/edifact');
      t.equal(await micOf('sha256', opened.micOver), await micOf('sha256', [Buffer.from(part)]));
      const other = await open(headers, Buffer.from(body.toString('latin1').replace('QUAY', 'QUAZ'), 'latin1'), keys);
      if (!arguments_.includes('-nodetach')) t.equal(!other.opened && other.fault.disposition, 'processed/error: integrity-check-failed');
    });
  }
  t.test('we verify its ECDSA signature', async (t) => {
    const { headers, body } = fieldsOf(
      openssl.cms(['-sign', '-binary', '-in', 'part', '-signer', 'curve.pem', '-inkey', 'curve.key', '-md', 'sha384'], { ...files, part }),
    );
    t.ok((await open(headers, body, keys)).opened);
  });

  const encryptions: readonly (readonly string[])[] = [
    ['-aes-128-cbc'],
    ['-aes-256-cbc', '-stream', '-outform', 'DER'],
    ['-des3'],
    ['-aes-256-gcm', '-outform', 'DER'],
    ['-aes-128-gcm'],
    ['-aes-256-cbc', '-keyid'],
    ['-aes-256-cbc', '-keyopt', 'rsa_padding_mode:oaep', '-keyopt', 'rsa_oaep_md:sha256'],
    ['-aes-256-cbc', '-keyopt', 'rsa_padding_mode:oaep'],
  ];
  for (const arguments_ of encryptions) {
    t.test(`we decrypt its: ${arguments_.join(' ')}`, async (t) => {
      const message = openssl.cms(
        [
          '-encrypt',
          '-binary',
          '-in',
          'part',
          ...arguments_.filter((each) => !/^-key|^rsa_/.test(each)),
          '-recip',
          'them.pem',
          ...arguments_.filter((each) => /^-key|^rsa_/.test(each)),
        ],
        { ...files, part },
      );
      const { headers, body } =
        message[0] === 0x30 ? { headers: { 'content-type': 'application/pkcs7-mime; smime-type=enveloped-data' }, body: message } : fieldsOf(message);
      const opened = await open(headers, body, keys);
      t.ok(opened.opened, JSON.stringify('fault' in opened ? opened.fault : ''));
      if (opened.opened) t.same(Buffer.from(payloadOf(opened.content)), payload);
      const others = await open(headers, body, { ...keys, ours: [identityOf(us)] });
      t.equal(!others.opened && others.fault.disposition, 'processed/error: decryption-failed');
    });
  }
});
