import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import t, { type Test } from 'tap';
import { readLetter } from '../../../src/channels/mail/letter.ts';
import { mailOutgoing, type MailOutgoing } from '../../../src/channels/mail/outgoing.ts';
import { parcelOf, patience, surroundingsIn, temporaryFolder } from '../surroundings.ts';

interface Post {
  readonly settings: MailOutgoing;
  readonly mails: { readonly source: Buffer; readonly to: string[]; readonly dsn: unknown }[];
}

/** A mail server that takes everything, unless its options say otherwise. */
async function post(t: Test, options: SMTPServerOptions = {}, more: Partial<MailOutgoing> = {}): Promise<Post> {
  const mails: Post['mails'] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onData: (stream, { envelope }, done) =>
      void buffer(stream).then((source) => {
        mails.push({ source, to: envelope.rcptTo.map(({ address }) => address), dsn: (envelope as { dsn?: unknown }).dsn });
        done();
      }),
    ...options,
  });
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  t.teardown(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const { port } = server.server.address() as AddressInfo;
  const settings = { smtp: { host: '127.0.0.1', port, tls: 'none' as const }, from: 'edi@portolan.example', to: ['edi@quay.example'], ...more };
  return { settings, mails };
}

const passwords = { RIGHT: 'right\n', WRONG: 'wrong' };
const send = (t: Test, settings: MailOutgoing, ...parcel: Parameters<typeof parcelOf>) =>
  mailOutgoing(settings, 'acme', surroundingsIn(temporaryFolder(t), passwords)).send(parcelOf(...parcel), patience());

t.test('an attachment is the very bytes, under an id that stays', async (t) => {
  const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, i) => i % 256));
  const { settings, mails } = await post(t, {}, { subject: '{kind} {filename}' });
  for (let attempt = 1; attempt <= 2; attempt++)
    t.match(await send(t, settings, bytes, { attempt, media: 'application/octet-stream', filename: 'a.bin' }), {
      state: 'delivered',
      detail: { response: /^250/ },
    });
  const letters = await Promise.all(mails.map(({ source }) => readLetter(source)));
  t.equal(mails.length, 2);
  t.same(mails[0]!.to, ['edi@quay.example']);
  for (const { id, subject, payloads } of letters) {
    t.equal(id, '01JDELIVERY-1@portolan.example');
    t.equal(subject, 'message a.bin');
    t.ok(bytes.equals(Buffer.from(payloads[0]!.bytes)));
    t.match(payloads[0], { name: 'a.bin', media: 'application/octet-stream' });
  }
});

t.test('a text is the mail itself; what is no text is not sent so', async (t) => {
  const { settings, mails } = await post(t, {}, { as: 'text' });
  const typeB = 'QU LHRCSBA\r\n.TPEFMCI 211200\r\nFWB/16\r\n160-12345675TPELHR/T1K100\r\n.Ü\r\n';
  t.match(await send(t, settings, typeB), { state: 'delivered' });
  t.match(await readLetter(mails[0]!.source), { payloads: [{ media: 'text/plain', bytes: Buffer.from(typeB) }] });
  t.match(await send(t, settings, Buffer.from([0xff, 0x00])), { state: 'failed', code: 'SEND_CONTENT' });
  t.equal(mails.length, 1);
});

t.test('where the last server is to say that it has it, that is still to come', async (t) => {
  const { settings, mails } = await post(t, { hideDSN: false }, { receipt: 'server' });
  t.match(await send(t, settings, 'a'), { state: 'sent' });
  t.match(mails, [{ dsn: { ret: 'HDRS', envid: '01JDELIVERY-1' } }]);
  const without = await post(t, { hideDSN: true }, { receipt: 'server' });
  t.match(await send(t, without.settings, 'a'), { state: 'delivered' }, 'unless the server knows of no such wish');
});

t.test('what a mail server says', async (t) => {
  const refusing = (responseCode: number, text: string): Error => Object.assign(new Error(text), { responseCode });
  const cases: readonly [string, SMTPServerOptions, Partial<MailOutgoing>, object][] = [
    ['it is full at present', { onRcptTo: (_, __, done) => done(refusing(452, '4.2.2 mailbox full')) }, {}, { code: 'SEND_BUSY', reason: /mailbox full/ }],
    ['nobody is there', { onRcptTo: (_, __, done) => done(refusing(550, '5.1.1 no such user')) }, {}, { code: 'SEND_ADDRESS', reason: /no such user/ }],
    [
      'only one of two is there',
      { onRcptTo: ({ address }, _, done) => done(address.startsWith('b') ? refusing(550, '5.1.1 no such user') : null) },
      { to: ['a@quay.example', 'b@quay.example'] },
      { code: 'SEND_ADDRESS', reason: /^b@quay.example/ },
    ],
    [
      'it does not want it',
      { onData: (stream, _, done) => void stream.resume().on('end', () => done(refusing(554, '5.7.1 no'))) },
      {},
      { code: 'SEND_REFUSED', reason: /5\.7\.1/ },
    ],
  ];
  for (const [name, options, more, expected] of cases) {
    const { settings } = await post(t, options, more);
    t.match(await send(t, settings, 'a'), { state: 'failed', ...expected }, name);
  }
});

t.test('a server that does not upgrade to TLS, and one whose certificate nobody knows, are told nothing', async (t) => {
  const { settings, mails } = await post(t);
  t.match(await send(t, { ...settings, smtp: { ...settings.smtp, tls: 'upgraded' } }, 'a'), { state: 'failed', code: 'SEND_TLS' });
  const upgrading = await post(t, { disabledCommands: [] });
  t.match(await send(t, { ...upgrading.settings, smtp: { ...upgrading.settings.smtp, tls: 'upgraded' } }, 'a'), { state: 'failed', code: /^SEND_TLS/ });
  t.same([...mails, ...upgrading.mails], []);
});

t.test('user and password', async (t) => {
  const options: SMTPServerOptions = {
    authOptional: false,
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _, done) => (username === 'us' && password === 'right' ? done(null, { user: username }) : done(new Error('no'))),
  };
  const { settings, mails } = await post(t, options);
  const as = (name: string): MailOutgoing => ({ ...settings, smtp: { ...settings.smtp, user: 'us', password: { env: name } } });
  t.match(await send(t, as('RIGHT'), 'a'), { state: 'delivered' });
  t.match(await send(t, as('WRONG'), 'a'), { state: 'failed', code: 'SEND_AUTH' });
  t.match(await send(t, as('NOTHING'), 'a'), { state: 'failed', code: 'SEND_SETTINGS' });
  t.equal(mails.length, 1);
});

t.test('nobody listens, and a server that says nothing', async (t) => {
  const { settings } = await post(t);
  t.match(await send(t, { ...settings, smtp: { ...settings.smtp, port: 1 } }, 'a'), { state: 'failed', code: 'SEND_UNREACHABLE' });
  const silent = await post(t, { onConnect: () => undefined });
  const outgoing = mailOutgoing(silent.settings, 'acme', surroundingsIn(temporaryFolder(t)));
  t.match(await outgoing.send(parcelOf('a'), AbortSignal.timeout(300)), { state: 'failed', code: 'SEND_TIMEOUT' });
});
