import fc from 'fast-check';
import t from 'tap';
import { content, der, elementAt, elementsOf, octetsOf } from '../../../src/channels/as2/ber.ts';
import { compose, type Protection } from '../../../src/channels/as2/compose.ts';
import { readHead } from '../../../src/channels/as2/headers.ts';
import { judge } from '../../../src/channels/as2/judge.ts';
import { readNotice } from '../../../src/channels/as2/mdn.ts';
import { multipart, partsOf, readEntity, readParameters } from '../../../src/channels/as2/mime.ts';
import { open, payloadOf, type Opened } from '../../../src/channels/as2/open.ts';
import { micOf } from '../../../src/channels/as2/slices.ts';
import type { Identity } from '../../../src/channels/as2/certificates.ts';
import { identityOf } from './pki.ts';
import { certificate, noon } from './sides.ts';

const protection = fc.record<Protection>({
  sign: fc.option(fc.record({ digest: fc.constantFrom('sha1' as const, 'sha256' as const, 'sha512' as const), pss: fc.boolean() }), { nil: undefined }),
  encrypt: fc.option(fc.constantFrom('aes128' as const, 'aes256' as const, 'aes256-gcm' as const, '3des' as const), { nil: undefined }),
  keyTransport: fc.constantFrom('rsa' as const, 'oaep' as const),
  compress: fc.option(fc.constantFrom('before' as const, 'after' as const), { nil: undefined }),
  encoding: fc.constantFrom('binary' as const, 'base64' as const),
});
const lines = fc
  .array(fc.constantFrom('\r\n', '\n', '\r', '--x', '--', ' ', 'UNB+1', '=', '\0'), { maxLength: 30 })
  .map((parts) => Buffer.from(parts.join(''), 'latin1'));
const payload = fc.oneof(
  lines,
  fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
);

const [blue, quay] = await Promise.all([certificate('Blue'), certificate('Quay')]).then((both) => both.map((each) => identityOf(each)) as [Identity, Identity]);

const made = async (bytes: Uint8Array, agreed: Protection) => {
  const composed = await compose({ bytes: [bytes], media: 'application/octet-stream' }, agreed, { signer: blue, recipient: quay, boundary: 'x', now: noon });
  return { composed, headers: Object.fromEntries(composed.fields.map(([name, value]) => [name.toLowerCase(), value])), body: Buffer.concat(composed.body) };
};
const opened = async (headers: Record<string, string>, body: Uint8Array): Promise<Opened> =>
  open(headers, body, { ours: [quay], theirs: [blue], now: noon, limit: 1 << 16 });

t.test('whatever the bytes, they arrive as they were, and both sides agree on the integrity check', async (t) => {
  await fc.assert(
    fc.asyncProperty(payload, protection, async (bytes, agreed) => {
      fc.pre(!bytes.includes('--x')); // a boundary of ours is random
      const { composed, headers, body } = await made(bytes, agreed);
      const result = await opened(headers, body);
      if (!result.opened) throw new Error(JSON.stringify(result.fault));
      if (Buffer.compare(payloadOf(result.content), bytes) !== 0) throw new Error('other bytes');
      if ((await micOf('sha256', result.micOver)) !== (await micOf('sha256', composed.micOver))) throw new Error('another integrity check');
      if ((result.layers.signature !== undefined) !== (agreed.sign !== undefined)) throw new Error('another signature');
    }),
    { numRuns: 60 },
  );
  t.pass('the property held'); // it throws where it does not
});

t.test('whatever is changed on the way, nothing throws, and what is signed is never taken changed', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      payload,
      protection,
      fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.constantFrom('set', 'cut', 'insert', 'repeat')), { minLength: 1, maxLength: 4 }),
      async (bytes, agreed, changes) => {
        const { headers, body } = await made(bytes, agreed);
        let changed = body;
        for (const [place, byte, how] of changes) {
          const at = place % Math.max(1, changed.length);
          if (how === 'set') changed[at] = byte;
          if (how === 'cut') changed = changed.subarray(0, at);
          if (how === 'insert') changed = Buffer.concat([changed.subarray(0, at), Buffer.of(byte), changed.subarray(at)]);
          if (how === 'repeat') changed = Buffer.concat([changed, changed.subarray(at)]);
        }
        const result = await opened(headers, changed);
        if (
          result.opened &&
          result.layers.signature &&
          ![bytes, Buffer.from(bytes.toString('latin1').replace(/\r?\n$/, ''), 'latin1')].some((same) => same.equals(payloadOf(result.content)))
        ) {
          const canonical = Buffer.from(bytes.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1'); // a transport may end lines as it likes
          if (!canonical.equals(payloadOf(result.content))) throw new Error('changed, and taken as signed');
        }
      },
    ),
    { numRuns: 150 },
  );
  t.pass('the property held'); // it throws where it does not
});

t.test('no header, no body, no receipt of any form throws', async (t) => {
  const word = fc.constantFrom(
    'multipart/signed',
    'application/pkcs7-mime',
    'boundary=',
    'x',
    '"',
    ';',
    '\\',
    '=',
    ',',
    'smime-type=',
    'enveloped-data',
    'multipart/report',
    'report-type=disposition-notification',
    '--x',
    '\r\n',
    '\n',
    ':',
    'Disposition',
    'processed',
    '/',
    'signed-receipt-micalg',
    '\u00ff',
    '(',
    '__proto__',
  );
  const text = fc.array(word, { maxLength: 12 }).map((words) => words.join(' '));
  const tight = fc.array(word, { maxLength: 12 }).map((words) => words.join(''));
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(text, tight),
      fc.oneof(
        text,
        tight,
        fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
      ),
      async (header, body) => {
        const bytes = Buffer.from(body, 'latin1');
        const result = await opened({ 'content-type': header }, bytes);
        await judge(result, { messageId: '<1@A>', signed: true, mic: () => Promise.resolve('x') });
        readNotice(readEntity(Buffer.from(`Content-Type: ${header}\r\n\r\n${body}`, 'latin1')));
        readHead({ 'as2-from': header, 'as2-to': body, 'disposition-notification-to': 'x', 'disposition-notification-options': body });
        readParameters(body);
      },
    ),
    { numRuns: 300 },
  );
  t.pass('the property held'); // it throws where it does not
});

t.test('parts and elements are what they were made of', async (t) => {
  fc.assert(
    fc.property(fc.array(lines.filter((bytes) => !bytes.includes('--x'))), (parts) => {
      const read = partsOf(Buffer.concat(multipart('x', parts.map((part) => [part]))), 'x'); // prettier-ignore
      if (read.length !== parts.length || read.some((part, i) => Buffer.compare(part, parts[i]!) !== 0)) throw new Error('other parts');
    }),
    { numRuns: 200 },
  );
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (strings) => {
      const indefinite = Buffer.concat([Buffer.of(0x24, 0x80), ...strings.map((bytes) => der(4, bytes)), Buffer.of(0, 0)]);
      const definite = der(0x24, ...strings.map((bytes) => der(4, bytes)));
      for (const bytes of [indefinite, definite]) {
        const element = elementAt(bytes, 0);
        if (element.next !== bytes.length) throw new Error('not to its end');
        if (!Buffer.concat(octetsOf(bytes, element)).equals(Buffer.concat(strings))) throw new Error('other octets');
        if (elementsOf(bytes, element).some((each, i) => Buffer.compare(content(bytes, each), strings[i]!) !== 0)) throw new Error('other elements');
      }
    }),
    { numRuns: 100 },
  );
  t.pass('the property held'); // it throws where it does not
});
