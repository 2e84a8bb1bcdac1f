import type { ChannelKind } from '../channel.ts';
import { mailIncoming, type MailIncoming } from './incoming.ts';
import { mailOutgoing, type MailOutgoing } from './outgoing.ts';

/** Mail: sent by SMTP (RFC 5321), fetched by IMAP (RFC 9051). Type B and Cargo-IMP still travel so. */
export const mail: ChannelKind<MailOutgoing & MailIncoming> = { kind: 'mail', outgoing: mailOutgoing, incoming: mailIncoming };
