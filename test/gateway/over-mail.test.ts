import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import t, { type Test } from 'tap';
import { readLetter } from '../../src/channels/mail/letter.ts';
import { makeCertificate } from '../channels/as2/pki.ts';
import { dovecot, noDovecot } from '../channels/mail/dovecot.ts';
import { until } from '../channels/surroundings.ts';
import { sample, startGateway } from '../web/fixture.ts';

interface Mailed {
  readonly delivery: string;
  readonly content: string;
  readonly secure: boolean;
  readonly dsn: unknown;
}

/** The mail server of the line, which takes nothing unless the line is encrypted. */
async function post(t: Test, { certificate, key }: { readonly certificate: string; readonly key: string }) {
  const mails: Mailed[] = [];
  const server = new SMTPServer({
    authOptional: true,
    hideDSN: false,
    logger: false,
    cert: certificate,
    key,
    onMailFrom: (_, session, done) => done(session.secure ? null : Object.assign(new Error('5.7.0 STARTTLS first'), { responseCode: 530 })),
    onData: (stream, { envelope, secure }, done) =>
      void buffer(stream)
        .then(readLetter)
        .then(({ id, payloads }) => {
          const content = Buffer.from(payloads[0]!.bytes).toString('latin1');
          mails.push({ delivery: id.split('@')[0]!, content, secure, dsn: (envelope as { dsn?: unknown }).dsn });
          done();
        }),
  });
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  t.teardown(() => new Promise<void>((resolve) => server.close(resolve)));
  return { mails, port: (server.server.address() as AddressInfo).port };
}

const fields = (more: Readonly<Record<string, string>>): string => Object.entries({ 'MIME-Version': '1.0', ...more }).map(([name, value]) => `${name}: ${value}`).join('\n'); // prettier-ignore

const manifest = (reference: string, from = 'edi@blue.example'): string =>
  `${fields({ From: from, 'Message-ID': `<${reference}@blue.example>`, Subject: reference, 'Content-Type': 'application/edifact; name=m.edi', 'Content-Disposition': 'attachment; filename=m.edi', 'Content-Transfer-Encoding': 'base64' })}\n\n${Buffer.from(sample('two-bills').toString('latin1').replaceAll(/BA0438001|BAL26-0438-RTM/g, reference), 'latin1').toString('base64').replace(/.{76}/g, '$&\n')}\n`; // prettier-ignore

/** What a mail server says of a mail (RFC 3464). */
const report = (delivery: string, action: 'delivered' | 'failed'): string =>
  `${fields({ From: 'MAILER-DAEMON@blue.example', 'Message-ID': `<${action}-${delivery}@blue.example>`, 'Content-Type': 'multipart/report; report-type=delivery-status; boundary=part' })}\n\n--part\nContent-Type: text/plain\n\nThis is the mail system.\n--part\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.blue.example\nOriginal-Envelope-Id: ${delivery}\n\nFinal-Recipient: rfc822; edi@blue.example\nAction: ${action}\nStatus: ${action === 'failed' ? '5.1.1' : '2.0.0'}\n\n--part--\n`; // prettier-ignore

t.test('a line that has nothing but mail', { skip: noDovecot }, async (t) => {
  const box = await dovecot(t);
  const made = await makeCertificate({ name: 'localhost' });
  const { mails, port } = await post(t, made);
  const gateway = await startGateway(t, (config) => {
    const at = (name: string, text: string): { readonly file: string } => {
      writeFileSync(join(config, name), text);
      return { file: join(config, name) };
    };
    const imap = { host: '127.0.0.1', port: box.port, tls: 'none', user: box.user, password: at('password', `${box.password}\n`) };
    const smtp = { host: 'localhost', port, tls: 'upgraded', authority: at('authority.pem', made.certificate) };
    const partner = join(config, 'partners/blue-anchor.yaml');
    const channel = { mail: { smtp, from: 'edi@portolan.example', to: ['edi@blue.example'], receipt: 'server' } };
    const arrivals = [{ mail: { imap, from: ['@blue.example'], every: 0.2 } }];
    const text = readFileSync(partner, 'utf8').replace('contrl: on-request', 'contrl: always');
    writeFileSync(partner, `${text}\nchannel: ${JSON.stringify(channel)}\narrivals: ${JSON.stringify(arrivals)}\n`);
  });
  const steps = async (interchange: string): Promise<string[]> =>
    (await gateway.gateway.store.timeline(interchange)).flatMap(({ record }) =>
      record?.party === 'blue-anchor' ? [`${record.kind} ${record.grade ?? ''}`.trim()] : [],
    );
  const sent = (): number => gateway.events.filter(({ event, channel }) => event === 'sent' && channel === 'mail').length;

  t.test('what it mails is taken once and answered by mail, over TLS that is demanded', async (t) => {
    for (let times = 1; times <= 2; times++) {
      box.put(manifest('M1'));
      await until('it is taken', () => box.mails('Taken').length === times && box.mails().length === 0);
    }
    await until('it is answered', () => mails.length > 0);
    t.match(mails, [{ secure: true, content: /UCI\+M1\+.*UNT/s, dsn: { envid: mails[0]!.delivery } }]);
    t.match((await gateway.call('operator', 'GET', '/v1/messages?reference=M1')).json, { items: { length: 1 } });
  });

  t.test('what its mail server says settles the delivery, with the mail as the proof', async (t) => {
    const { delivery } = mails[0]!;
    const interchange = delivery.slice(0, 26);
    await until('it is handed over', () => sent() > 0);
    t.same(
      (await steps(interchange)).filter((step) => /^(sent|delivered)/.test(step)),
      ['sent'],
    );
    for (let times = 1; times <= 2; times++) box.put(report(delivery, 'delivered').replace('Message-ID: <', `Message-ID: <${times}-`));
    await until('both are read', () => box.mails('Taken').length === 4);
    t.same(
      (await steps(interchange)).filter((step) => /^(sent|delivered)/.test(step)),
      ['sent', 'delivered D'],
      'once, however often it is said',
    );
    const proof = (await gateway.gateway.store.timeline(interchange)).find(
      ({ record }) => record?.kind === 'delivered' && record.party === 'blue-anchor',
    )!.record!;
    t.match(Buffer.from((await gateway.gateway.store.content(proof.content!))!).toString(), /Original-Envelope-Id/);
  });

  t.test('what could not be delivered waits for a person', async (t) => {
    box.put(manifest('M2'));
    await until('it is answered', () => mails.length === 2 && sent() === 2);
    box.put(report(mails[1]!.delivery, 'failed'));
    await until('it is told', () => gateway.events.some(({ event, code }) => event === 'delivery failed' && code === 'SEND_REFUSED'));
    const { concerns } = (await gateway.call('operator', 'GET', '/v1/status')).json as { readonly concerns: readonly object[] };
    t.match(concerns.filter((each) => (each as { code: string }).code === 'SEND_REFUSED'), [{ count: 1 }]); // prettier-ignore
  });

  t.test('a bounce that says nothing a program reads, and the mail of a stranger, lie in `Refused` and are told', async (t) => {
    box.put(
      `${fields({ From: 'MAILER-DAEMON@elsewhere.example', 'Message-ID': '<b@elsewhere.example>', Subject: 'Undeliverable' })}\n\nYour mail could not be delivered.\n`,
    );
    box.put(manifest('M3', 'edi@elsewhere.example'));
    await until('they are put aside', () => box.mails('Refused').length === 2 && box.mails().length === 0);
    const refused = gateway.events.filter(({ event }) => event === 'mail refused');
    t.match(refused, [
      { code: 'FETCH_SENDER', party: 'blue-anchor', subject: 'Undeliverable', reason: 'mailer-daemon@elsewhere.example' },
      { code: 'FETCH_SENDER', subject: 'M3' },
    ]);
    t.match((await gateway.call('operator', 'GET', '/v1/messages?reference=M3')).json, { items: { length: 0 } });
  });
});
