import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import t from 'tap';
import { oids } from '../../../src/channels/as2/algorithms.ts';
import { algorithm, context, der, derInteger, derOid, tags } from '../../../src/channels/as2/ber.ts';
import { compose, type Protection } from '../../../src/channels/as2/compose.ts';
import { open, payloadOf, type Opened } from '../../../src/channels/as2/open.ts';
import { canonical, decodeBody, partsOf, readEntity, readParameters } from '../../../src/channels/as2/mime.ts';
import { chooseMicalg, readHead, readName, writeName } from '../../../src/channels/as2/headers.ts';
import { readNotice } from '../../../src/channels/as2/mdn.ts';
import { signDetached } from '../../../src/channels/as2/signature.ts';
import { micOf } from '../../../src/channels/as2/slices.ts';
import { certificateOf, identityOf } from './pki.ts';
import { certificate, noon } from './sides.ts';

/** What integrity checks fail by in practice: each case is a message as some sender writes it. */
const b = '------=_Part_7';
const kind = { digest: 'sha256', pss: false } as const;

/** `multipart/signed` over `signed`, in whose place `sent` is sent. */
async function message(signed: string, sent = signed, end = '\r\n'): Promise<{ headers: Record<string, string>; body: Buffer }> {
  const signature = await signDetached([Buffer.from(signed, 'latin1')], identityOf(await certificate('Blue')), kind, noon);
  const lines = [
    `--${b}`,
    sent,
    `--${b}`,
    'Content-Type: application/pkcs7-signature; name=smime.p7s',
    'Content-Transfer-Encoding: base64',
    '',
    signature.toString('base64'),
    `--${b}--`,
    '',
  ];
  return {
    headers: { 'content-type': `multipart/signed; protocol="application/pkcs7-signature"; micalg=sha1; boundary="${b}"` },
    body: Buffer.from(lines.join(end), 'latin1'),
  };
}

async function opened({ headers, body }: { headers: Record<string, string>; body: Uint8Array }, more: object = {}): Promise<Opened> {
  const blue = await certificate('Blue');
  const quay = await certificate('Quay');
  return open(headers, body, { ours: [identityOf(quay)], theirs: [certificateOf(blue)], now: noon, limit: 1 << 20, ...more });
}

const cases: readonly { what: string; signed: string; sent?: string; end?: string; payload: string }[] = [
  { what: 'as the standard says', signed: 'Content-Type: application/edifact\r\n\r\nUNB\r\nUNZ\r\n', payload: 'UNB\r\nUNZ\r\n' },
  { what: 'no line break at the end', signed: 'Content-Type: application/edifact\r\n\r\nUNB', payload: 'UNB' },
  { what: 'several at the end', signed: 'Content-Type: text/plain\r\n\r\nUNB\r\n\r\n\r\n', payload: 'UNB\r\n\r\n\r\n' },
  {
    what: 'the line break before the delimiter was signed too',
    signed: 'Content-Type: text/plain\r\n\r\nUNB\r\n',
    sent: 'Content-Type: text/plain\r\n\r\nUNB',
    payload: 'UNB',
  },
  {
    what: 'the last line break was not signed',
    signed: 'Content-Type: text/plain\r\n\r\nUNB',
    sent: 'Content-Type: text/plain\r\n\r\nUNB\r\n',
    payload: 'UNB',
  },
  { what: 'LF sent, CRLF signed', signed: 'Content-Type: text/plain\r\n\r\nUNB\r\nUNZ', sent: 'Content-Type: text/plain\n\nUNB\nUNZ', payload: 'UNB\r\nUNZ' },
  { what: 'LF sent and signed, the whole message with LF', signed: 'Content-Type: text/plain\n\nUNB\nUNZ', end: '\n', payload: 'UNB\nUNZ' },
  {
    what: 'a folded field, in an unusual order, with unusual letters',
    signed: 'content-DISPOSITION: attachment;\r\n\tfilename="a b.edi"\r\nCONTENT-TYPE: Application/EDIFACT;\r\n   name=x\r\n\r\nUNB',
    payload: 'UNB',
  },
  { what: 'blanks at the ends of lines', signed: 'Content-Type: text/plain \r\n\r\nUNB  \r\n \t\r\n', payload: 'UNB  \r\n \t\r\n' },
  { what: 'no field at all', signed: '\r\nUNB', payload: 'UNB' },
  { what: 'base64', signed: 'Content-Type: application/edifact\r\nContent-Transfer-Encoding: base64\r\n\r\nVU5C\r\nVU5a\r\n', payload: 'UNBUNZ' },
  {
    what: 'quoted-printable',
    signed: 'Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nM=FCller =3D=20\r\n=\r\nUNZ',
    payload: 'M\xfcller = \r\nUNZ',
  },
  {
    what: 'binary, every byte',
    signed: `Content-Transfer-Encoding: binary\r\n\r\n${Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join('')}`,
    payload: Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join(''),
  },
  { what: 'lines that begin like the delimiter', signed: `Content-Type: text/plain\r\n\r\n--${b}x\r\n${b}\r\n--\r\n`, payload: `--${b}x\r\n${b}\r\n--\r\n` },
  { what: 'an empty payload', signed: 'Content-Type: text/plain\r\n\r\n', payload: '' },
];

t.test('whatever was signed is verified, and the integrity check is over just that', async (t) => {
  for (const { what, signed, sent, end, payload } of cases) {
    const made = await message(signed, sent, end);
    const result = await opened(made);
    t.ok(result.opened, `${what}: ${JSON.stringify('fault' in result ? result.fault : '')}`);
    if (!result.opened) continue;
    t.equal(Buffer.from(payloadOf(result.content)).toString('latin1'), payload, what);
    t.equal(await micOf('sha1', result.micOver), await micOf('sha1', [Buffer.from(signed, 'latin1')]), what);
  }
});

t.test('what was changed is not', async (t) => {
  const right = await message('Content-Type: text/plain\r\n\r\nUNB+1');
  const without = { ...right, body: Buffer.from(right.body.toString('latin1').replace('UNB+1', 'UNB+2'), 'latin1') };
  const header = { ...right, body: Buffer.from(right.body.toString('latin1').replace('text/plain', 'text/other'), 'latin1') };
  const cut = { ...right, body: right.body.subarray(0, -200) };
  const alone = { ...right, body: Buffer.from(`--${b}\r\nContent-Type: text/plain\r\n\r\nUNB+1\r\n--${b}--\r\n`) };
  const dispositionOf = async (made: typeof right, more = {}): Promise<unknown> => {
    const result = await opened(made, more);
    return result.opened || result.fault.disposition;
  };
  t.equal(await dispositionOf(right), true);
  t.equal(await dispositionOf(without), 'processed/error: integrity-check-failed', 'the content');
  t.equal(await dispositionOf(header), 'processed/error: integrity-check-failed', 'its header');
  t.equal(await dispositionOf(cut), 'processed/error: authentication-failed', 'the signature is cut short');
  t.equal(await dispositionOf(alone), 'processed/error: unexpected-processing-error', 'there is none');
  t.equal(await dispositionOf(right, { theirs: [certificateOf(await certificate('Quay'))] }), 'processed/error: authentication-failed', 'of somebody else');
  t.equal(await dispositionOf(right, { theirs: [] }), 'processed/error: authentication-failed', 'there is no certificate');
  t.equal(await dispositionOf(right, { now: Date.parse('2036-01-02') }), 'processed/error: authentication-failed', 'it has expired');
  t.equal(await dispositionOf(right, { now: Date.parse('2025-01-02') }), 'processed/error: authentication-failed', 'it is not valid yet');
});

t.test('over what the integrity check is made', async (t) => {
  const plain: Protection = { sign: undefined, encrypt: undefined, keyTransport: 'rsa', compress: undefined, encoding: 'binary' };
  const made = async (more: Partial<Protection>) => {
    const composed = await compose(
      { bytes: [Buffer.from('UNB')], media: 'text/plain' },
      { ...plain, ...more },
      { signer: identityOf(await certificate('Blue')), recipient: certificateOf(await certificate('Quay')), boundary: 'x', now: noon },
    );
    const headers = Object.fromEntries(composed.fields.map(([name, value]) => [name.toLowerCase(), value]));
    return { over: Buffer.concat(composed.micOver).toString('latin1'), result: await opened({ headers, body: Buffer.concat(composed.body) }) };
  };
  const header = 'Content-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\n\r\n';
  const expected = [
    { protection: {}, over: /^UNB$/ },
    { protection: { encrypt: 'aes128' }, over: new RegExp(`^${header}UNB$`) },
    { protection: { compress: 'before' }, over: new RegExp(`^${header}UNB$`) },
    { protection: { sign: kind }, over: new RegExp(`^${header}UNB$`) },
    { protection: { sign: kind, compress: 'after', encrypt: 'aes256' }, over: new RegExp(`^${header}UNB$`) },
    { protection: { sign: kind, compress: 'before' }, over: /^Content-Type: application\/pkcs7-mime; smime-type=compressed-data/ },
  ] as const;
  for (const { protection, over } of expected) {
    const { over: ours, result } = await made(protection);
    t.match(ours, over, JSON.stringify(protection));
    t.ok(result.opened);
    if (result.opened) t.equal(Buffer.concat(result.micOver).toString('latin1'), ours, 'both sides agree');
  }
});

t.test('what another implementation compressed', async (t) => {
  // CompressedData as asn1crypto 1.5.1 and zlib of Python write it; OpenSSL is usually built without
  const written =
    'MHUGCyqGSIb3DQEJEAEJoGYwZAIBADANBgsqhkiG9w0BCRADCDBQBgkqhkiG9w0BBwGgQwRBeJxzzs8rSc0r0Q2pLEi1UkgsKMjJTE4syczP009NyUxLTC7h5eLlCvVz0g7183e2MtZ21HZS5+VypqMuAJDsMas=';
  const part = "Content-Type: application/edifact\r\n\r\nUNB+UNOC:3+A+B'\r\n";
  const result = await opened({ headers: { 'content-type': 'application/pkcs7-mime; smime-type=compressed-data' }, body: Buffer.from(written, 'base64') });
  t.ok(result.opened && result.layers.compressed);
  if (result.opened) t.equal(Buffer.from(payloadOf(result.content)).toString(), part.repeat(3).slice(part.indexOf('UNB')));
});

t.test('what was compressed and is damaged', async (t) => {
  const part = Buffer.from("Content-Type: application/edifact\r\n\r\nUNB+UNOC:3+A+B'\r\n".repeat(20));
  const whole = deflateSync(part);
  const changed = (at: number): Buffer => Buffer.from(whole.map((byte, i) => (i === at ? byte ^ 0x21 : byte)));
  const inside = (...content: Buffer[]): Buffer => der(tags.sequence, derOid(oids.data), ...content);
  const packed = (info: Buffer, oid: string = oids.zlib): Buffer =>
    der(tags.sequence, derOid(oids.compressedData), der(context(0), der(tags.sequence, derInteger(0), algorithm(oid), info)));
  const stream = (octets: Buffer): Buffer => packed(inside(der(context(0), der(tags.octets, octets))));
  const cases: readonly { readonly what: string; readonly body: Buffer; readonly reason: RegExp | undefined }[] = [
    { what: 'as it should be', body: stream(whole), reason: undefined },
    { what: 'cut short', body: stream(whole.subarray(0, -9)), reason: /^unexpected end of file$/ },
    { what: 'a wrong checksum', body: stream(changed(whole.length - 1)), reason: /^incorrect data check$/ },
    { what: 'a byte of it changed', body: stream(changed(30)), reason: /^(?:invalid|incorrect) / },
    { what: 'deflate without a header', body: stream(deflateRawSync(part)), reason: /^(?:incorrect header check|unknown compression method)$/ },
    { what: 'gzip', body: stream(gzipSync(part)), reason: /^(?:incorrect header check|unknown compression method)$/ },
    { what: 'not compressed at all', body: stream(part), reason: /^(?:incorrect header check|unknown compression method)$/ },
    { what: 'nothing', body: stream(Buffer.alloc(0)), reason: /^unexpected end of file$/ },
    { what: 'without content', body: packed(inside()), reason: /there is no compressed content/ },
    { what: 'another algorithm', body: packed(inside(der(context(0), der(tags.octets, whole))), oids.data), reason: /^it is not compressed with ZLIB$/ },
    { what: 'its frame cut short', body: stream(whole).subarray(0, -9), reason: /is cut short/ },
  ];
  for (const { what, body, reason } of cases) {
    const result = await opened({ headers: { 'content-type': 'application/pkcs7-mime; smime-type=compressed-data' }, body });
    if (reason === undefined) t.ok(result.opened, what);
    else t.match(result, { opened: false, fault: { code: 'AS2_DECOMPRESSION', disposition: 'processed/error: decompression-failed', reason } }, what);
  }
});

t.test('a compression bomb is not unpacked to its end', async (t) => {
  const zeros = new Uint8Array(8 << 20);
  const protection: Protection = { sign: kind, encrypt: undefined, keyTransport: 'rsa', compress: 'after', encoding: 'binary' };
  const composed = await compose({ bytes: [zeros], media: 'text/plain' }, protection, {
    signer: identityOf(await certificate('Blue')),
    recipient: undefined,
    boundary: 'x',
    now: noon,
  });
  const headers = Object.fromEntries(composed.fields.map(([name, value]) => [name.toLowerCase(), value]));
  const body = Buffer.concat(composed.body);
  t.ok(body.length < 100_000);
  t.match(await opened({ headers, body }), {
    opened: false,
    fault: { code: 'AS2_DECOMPRESSION', disposition: 'processed/error: decompression-failed', reason: /more than 1048576 bytes/ },
  });
  t.match(await opened({ headers, body: body.subarray(0, 5000) }), { opened: false, fault: { disposition: 'processed/error: decompression-failed' } });
});

t.test('encrypted content without saying that it is base64, and with', async (t) => {
  const protection: Protection = { sign: undefined, encrypt: 'aes256', keyTransport: 'rsa', compress: undefined, encoding: 'base64' };
  const composed = await compose({ bytes: [Buffer.from('UNB')], media: 'text/plain' }, protection, {
    signer: undefined,
    recipient: certificateOf(await certificate('Quay')),
    boundary: 'x',
    now: noon,
  });
  const body = Buffer.concat(composed.body);
  for (const headers of [
    { 'content-type': 'application/x-pkcs7-mime', 'content-transfer-encoding': 'base64' },
    { 'content-type': 'application/pkcs7-mime; name="smime.p7m"' },
  ])
    t.match(await opened({ headers, body }), { opened: true });
});

t.test('names, and what a receipt is asked for', (t) => {
  for (const [written, name] of [
    ['BLUE', 'BLUE'],
    ['"BLUE ANCHOR"', 'BLUE ANCHOR'],
    [String.raw`"A \"B\" \\C"`, String.raw`A "B" \C`],
  ] as const) {
    t.equal(readName(written), name);
    t.equal(writeName(name), written);
  }
  const request = (options: string | undefined) => readHead({ 'disposition-notification-to': 'a@b', 'disposition-notification-options': options }).receipt!;
  t.equal(readHead({}).receipt, undefined, 'none is asked for');
  t.match(request(undefined), { signed: 'no', format: false, micalgs: [] });
  t.match(request('signed-receipt-protocol=required, pkcs7-signature; signed-receipt-micalg=required, sha1, md5'), {
    signed: 'required',
    format: true,
    micalgs: ['sha1', 'md5'],
    micalgRequired: true,
  });
  t.match(
    request('signed-receipt-micalg=optional,SHA256;signed-receipt-protocol=optional,pkcs7-signature;'),
    { signed: 'optional', format: true, micalgs: ['SHA256'] },
    'the other way round, with a semicolon at the end',
  );
  t.match(
    request('signed-receipt-protocol=pkcs7-signature; signed-receipt-micalg=sha-256'),
    { signed: 'optional', format: true, micalgs: ['sha-256'] },
    'without the importance',
  );
  const word = (): string => 'own';
  const choose = (options: string, signedWith?: 'sha256' | 'sha512') => chooseMicalg(request(options), signedWith, word);
  t.match(
    choose('signed-receipt-micalg=optional, sha1, sha-256', 'sha256'),
    { digest: 'sha256', word: 'sha-256' },
    'the one it was signed with, where it is asked for',
  );
  t.match(choose('signed-receipt-micalg=optional, rsa-md9, sha1', 'sha512'), { digest: 'sha1', word: 'sha1' }, 'the first that is known');
  t.equal(choose('signed-receipt-micalg=required, rsa-md9', 'sha256'), undefined, 'none is known, and one is required');
  t.match(choose('signed-receipt-micalg=optional, rsa-md9', 'sha256'), { digest: 'sha256', word: 'own' });
  t.match(choose(''), { digest: 'sha1' }, 'of a message that is not signed');
  t.end();
});

t.test('receipts as others write them', (t) => {
  const notice = (lines: string, encoding = '7bit') =>
    readNotice(
      readEntity(
        Buffer.from(
          `Content-Type: multipart/report; Report-Type="disposition-notification"; boundary=r\r\n\r\n--r\r\nContent-Type: text/plain\r\n\r\nYes.\r\n--r\r\nContent-Type: message/disposition-notification\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${lines}\r\n--r--\r\n`,
        ),
      ),
    );
  const positive =
    'Reporting-UA: x\r\nOriginal-Message-ID: <1@A>\r\nDisposition: automatic-action/MDN-sent-automatically; processed\r\nReceived-Content-MIC: abc=, sha1\r\n';
  t.match(notice(positive), { outcome: 'processed', modifier: '', originalMessageId: '<1@A>', mic: { value: 'abc=', word: 'sha1' }, text: 'Yes.' });
  t.match(notice(Buffer.from(positive).toString('base64'), 'base64'), { outcome: 'processed' }, 'in base64');
  t.match(notice(positive.replaceAll('\r\n', '\n')), { outcome: 'processed' }, 'with LF');
  const said = (disposition: string) => notice(`Disposition: ${disposition}`);
  t.match(said('automatic-action/MDN-sent-automatically; processed/Error:decryption-failed'), { outcome: 'error', modifier: 'decryption-failed' });
  t.match(said('automatic-action/MDN-sent-automatically;processed/warning: duplicate-document'), { outcome: 'warning', modifier: 'duplicate-document' });
  t.match(said('automatic-action/MDN-sent-automatically; failed/Failure: unsupported MIC-algorithms'), {
    outcome: 'error',
    modifier: 'unsupported MIC-algorithms',
  });
  t.match(said('automatic-action/MDN-sent-automatically; denied'), { outcome: 'error' });
  t.equal(notice('Reporting-UA: x'), undefined, 'without a disposition');
  t.equal(readNotice(readEntity(Buffer.from('Content-Type: text/plain\r\n\r\nprocessed'))), undefined);
  t.end();
});

t.test('MIME in pieces', (t) => {
  t.match(readParameters('Multipart/Signed; boundary="a;\\"b" ;MICALG=x;micalg=y; odd'), {
    value: 'multipart/signed',
    parameters: { boundary: 'a;"b', micalg: 'x' },
  });
  t.same(partsOf(Buffer.from('preamble\r\n--x\r\n1\r\n--x  \r\n2\r\n--x--\r\nepilogue'), 'x').map(String), ['1', '2']);
  t.same(partsOf(Buffer.from('--x\n1\n--x'), 'x').map(String), ['1'], 'cut short');
  t.same(partsOf(Buffer.from('--x\r\n\r\n--x--'), 'x').map(String), [''], 'an empty part');
  const same = Buffer.from('a\r\nb\rc');
  t.equal(canonical(same), same, 'nothing to do, nothing copied');
  t.equal(Buffer.from(canonical(Buffer.from('\na\n\nb\r\n'))).toString(), '\r\na\r\n\r\nb\r\n');
  t.equal(Buffer.from(decodeBody(Buffer.from('YQ = =\r\n'), 'BASE64')).toString(), 'a');
  t.end();
});
