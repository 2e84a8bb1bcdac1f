import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { dovecot } from '../../channels/mail/dovecot.ts';
import { readLetter } from '../../../src/channels/mail/letter.ts';
import { acknowledged, persistently, type Party, type World } from './world.ts';

/** Mails to a mailbox from which the gateway fetches by IMAP, and gets mails by SMTP; what was taken lies in `Taken`, once. */
export async function mail(world: World): Promise<Party> {
  const box = await dovecot(world);
  const post = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onData: (stream, _, said) =>
      void buffer(stream)
        .then(readLetter)
        .then(({ id, payloads }) => {
          const content = Buffer.from(payloads[0]!.bytes).toString('latin1');
          world.got('mail', acknowledged(content), id, content);
          said();
        })
        .catch(said), // the gateway fell in the middle of it
  });
  post.on('error', () => undefined); // the gateway fell in the middle
  post.listen(0, '127.0.0.1');
  await once(post.server, 'listening');
  world.teardown(() => new Promise<void>((resolve) => post.close(resolve)));
  writeFileSync(join(world.folder, 'mail-password'), box.password, { mode: 0o600 });
  const { port } = post.server.address() as AddressInfo;
  const password = { file: join(world.folder, 'mail-password') };
  const idOf = (reference: string): string => `<${reference}@mail.example>`;
  return {
    id: 'mail',
    channel: { mail: { smtp: { host: '127.0.0.1', port, tls: 'none' }, from: 'edi@portolan.example', to: ['edi@mail.example'] } },
    arrivals: [{ mail: { imap: { host: '127.0.0.1', port: box.port, tls: 'none', user: box.user, password }, from: ['@mail.example'], every: 0.5 } }],
    async send(reference, bytes) {
      const name = box.put(letter(idOf(reference), reference, bytes));
      await persistently(world, reference, () => Promise.resolve(!box.names().some((each) => each.startsWith(name)) || undefined));
      return undefined;
    },
    *faults(references) {
      const taken = box.mails('Taken').map((each) => /^Message-ID: (.*?)\r?$/im.exec(each)?.[1]);
      for (const reference of references) {
        const times = taken.filter((id) => id === idOf(reference)).length;
        if (times !== 1) yield `mail: ${reference} lies ${times} times among what was taken`;
      }
      for (const folder of ['INBOX', 'Refused']) if (box.mails(folder).length > 0) yield `mail: ${box.mails(folder).length} mails are in ${folder}`;
    },
  };
}

/** A mail with one attachment. */
const letter = (id: string, reference: string, bytes: Buffer): string =>
  [
    'From: edi@mail.example',
    'To: edi@portolan.example',
    `Subject: ${reference}`,
    `Message-ID: ${id}`,
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=part',
    '',
    '--part',
    `Content-Type: application/edifact; name=${reference}.edi`,
    `Content-Disposition: attachment; filename=${reference}.edi`,
    'Content-Transfer-Encoding: base64',
    '',
    bytes.toString('base64').replace(/.{76}/g, '$&\n'),
    '--part--',
    '',
  ].join('\n');
