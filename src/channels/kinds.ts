import { adapter } from './adapter/adapter.ts';
import { as2 } from './as2/as2.ts';
import type { ChannelKind } from './channel.ts';
import { folder } from './folder/folder.ts';
import { mail } from './mail/mail.ts';
import { http } from './push/push.ts';
import { sftp } from './sftp/sftp.ts';
import { soap } from './soap/soap.ts';

/** The channels there are, beside the mailbox, which is our own store: a line each. What each is told stands in `schemas/config/channel.schema.json`. */
export const kinds: readonly ChannelKind<never>[] = [
  http, // POST to an address of the party
  soap, // the same, in an envelope
  as2, // signed and receipted messages over HTTP (RFC 4130)
  folder, // files of a folder of this machine
  sftp, // files on a server of the party's
  mail, // mail by SMTP, mailboxes by IMAP
  adapter, // a program that speaks what we do not
];
