import t, { type Test } from 'tap';
import type { Taken } from '../../../src/channels/channel.ts';
import { isFrom, mailIncoming, type MailIncoming } from '../../../src/channels/mail/incoming.ts';
import { book, surroundingsIn, temporaryFolder, texts, until, type Book, type Told } from '../surroundings.ts';
import { dovecot, noDovecot, type MailboxServer } from './dovecot.ts';

const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');

/** A mail with attachments, as mail programs write it. */
const mailOf = (id: string, attachments: Readonly<Record<string, string>>, from = 'Quay <EDI@quay.example>'): string =>
  [
    `From: ${from}`,
    'To: edi@portolan.example',
    `Message-ID: <${id}@quay.example>`,
    'Subject: manifests',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="--x"',
    '',
    '----x',
    'Content-Type: text/plain',
    '',
    'Good morning, see attached.',
    ...Object.entries(attachments).flatMap(([name, content]) => [
      '----x',
      `Content-Type: application/edifact; name="${name}"`,
      `Content-Disposition: attachment; filename="${name}"`,
      'Content-Transfer-Encoding: base64',
      '',
      base64(content),
    ]),
    '----x--',
    '',
  ].join('\r\n');

const textMail = (id: string, text: string, from = 'a@b.example'): string =>
  `From: ${from}\r\nMessage-ID: <${id}@b.example>\r\nSubject: FWB\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n${text}`;

interface Fetched {
  readonly book: Book;
  readonly told: readonly Told[];
  readonly close: () => Promise<void>;
}

async function open(t: Test, server: MailboxServer, more: Partial<MailIncoming> = {}): Promise<Fetched> {
  const surroundings = surroundingsIn(temporaryFolder(t), { RIGHT: server.password, WRONG: 'wrong' });
  const pages = book();
  const imap = { host: '127.0.0.1', port: server.port, tls: 'none', user: server.user, password: { env: 'RIGHT' } } as const;
  const incoming = await mailIncoming({ imap, from: ['@quay.example', 'a@b.example'], every: 0.3, ...more }, 'acme', surroundings, pages.take);
  t.teardown(() => incoming.close());
  return { book: pages, told: surroundings.told, close: () => incoming.close() };
}

t.test("mails of Dovecot's mailbox", { skip: noDovecot }, async (t) => {
  const server = await dovecot(t);

  t.test('each attachment is an arrival, and a mail without any is its text; taken mails are moved', async (t) => {
    server.put(mailOf('one', { 'a.edi': "UNB+1'\xe9", 'b.edi': "UNB+2'" }));
    const { book, close } = await open(t, server);
    await book.count(2);
    server.put(textMail('two', 'FWB/16\r\n160-1\r\n'));
    await book.count(3);
    await until('all are moved', () => server.mails('Taken').length === 2 && server.mails().length === 0);
    await close();
    t.same(texts(book), ["UNB+1'\xe9", "UNB+2'", 'FWB/16\r\n160-1\r\n']);
    t.match(book.arrivals, [
      { channel: 'mail', party: 'acme', grade: 'D', name: 'a.edi', media: 'application/edifact', key: 'one@quay.example#1' },
      { name: 'b.edi', key: 'one@quay.example#2' },
      { name: 'FWB', key: 'two@b.example#1' },
    ]);
  });

  t.test('what is of others, empty or too large is put aside and told', async (t) => {
    server.put(mailOf('three', { 'a.edi': 'x' }, 'Somebody <x@elsewhere.example>'));
    server.put(textMail('four', '\r\n'));
    server.put(textMail('five', 'x'.repeat(5_000)));
    const { book, told, close } = await open(t, server, { largest: 4_000 });
    await until('all are moved', () => server.mails('Refused').length === 3 && server.mails().length === 0);
    await close();
    t.same(book.arrivals, []);
    t.same(new Set(told.map(({ code }) => code)), new Set(['FETCH_SENDER', 'FETCH_EMPTY', 'FETCH_TOO_LARGE']));
  });

  t.test('what cannot be taken at present comes again, what is refused is put aside, and the rest of its mail is taken', async (t) => {
    const full: Taken = { taken: false, code: 'GATEWAY_BUSY', reason: 'later', retryAfter: 1 };
    const bad: Taken = { taken: false, code: 'SYNTAX_UNKNOWN', reason: 'no message' };
    const before = server.mails('Refused').length;
    server.put(mailOf('six', { 'a.edi': 'first', 'b.edi': 'bad', 'c.edi': 'last' }));
    const { book, told, close } = await open(t, server, { every: 60 });
    book.instead.push(full);
    await until('it waits', () => told.some(({ event }) => event === 'mail waits'));
    book.instead.push(...([undefined, bad] as unknown as Taken[]));
    await until('it is put aside', () => server.mails('Refused').length === before + 1);
    await close();
    t.same(texts(book), ['first', 'last']);
    t.match(told.at(-1), { event: 'mail refused', code: 'SYNTAX_UNKNOWN', reason: 'b.edi: no message' });
  });

  t.test('a server that goes away is told once, and read again when it is back', async (t) => {
    const { book, told, close } = await open(t, server);
    await until('it is connected', () => server.mails().length === 0);
    await server.stop();
    await until('it is told', () => told.some(({ event }) => event === 'mailbox cannot be read'));
    await server.start();
    server.put(textMail('seven', 'again'));
    await book.count(1);
    await until('it is moved', () => server.mails().length === 0);
    await close();
    t.same(told.filter(({ event }) => event === 'mailbox cannot be read').length, 1);
  });

  t.test('a wrong password', async (t) => {
    const imap = { host: '127.0.0.1', port: server.port, tls: 'none', user: 'acme', password: { env: 'WRONG' } } as const;
    const { told, close } = await open(t, server, { imap });
    await until('it is told', () => told.length > 0);
    await close();
    t.match(told[0], { code: 'FETCH_FOLDER', reason: /^SEND_AUTH/ });
  });

  t.test('what mail servers say of mails of ours settles their deliveries', async (t) => {
    const status = (delivery: string, action: string): string =>
      [
        'From: MAILER-DAEMON@quay.example',
        `Message-ID: <${delivery}-${action}@quay.example>`,
        'MIME-Version: 1.0',
        'Content-Type: multipart/report; report-type=delivery-status; boundary=y',
        '',
        '--y',
        'Content-Type: text/plain',
        '',
        'This is the mail system.',
        '--y',
        'Content-Type: message/delivery-status',
        '',
        'Reporting-MTA: dns; mx.quay.example',
        `Original-Envelope-Id: ${delivery}`,
        '',
        'Final-Recipient: rfc822; edi@quay.example',
        `Action: ${action}`,
        action === 'failed' ? 'Status: 5.1.1' : 'Status: 2.0.0',
        'Diagnostic-Code: smtp; what the',
        '  server said',
        '--y--',
        '',
      ].join('\r\n');
    for (const each of ['delivered', 'relayed', 'failed', 'delayed']) server.put(status(`01J-${each}`, each));
    const { book, close } = await open(t, server);
    await book.count(3);
    await until('all are moved', () => server.mails().length === 0);
    await close();
    const said = book.arrivals.map(({ about }) => about!).sort((a, b) => (a.delivery < b.delivery ? -1 : 1));
    t.match(said, [
      {
        delivery: '01J-delivered',
        handed: { state: 'delivered', proof: { media: 'message/rfc822', grade: 'D' }, detail: { said: '2.0.0 smtp; what the server said' } },
      },
      { delivery: '01J-failed', handed: { state: 'failed', code: 'SEND_REFUSED', reason: '5.1.1 smtp; what the server said' } },
      { delivery: '01J-relayed', handed: { state: 'delivered' } },
    ]);
  });
});

t.test('who is meant by an address', (t) => {
  t.ok(isFrom(['A@b.example'], 'a@b.example'));
  t.notOk(isFrom(['a@b.example'], 'aa@b.example'));
  t.ok(isFrom(['@b.example'], 'x@b.example'));
  t.notOk(isFrom(['@b.example'], 'x@evilb.example'));
  t.notOk(isFrom(['@b.example'], ''));
  t.end();
});
