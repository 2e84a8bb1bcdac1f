import type { Handed, Outgoing, Parcel, Surroundings } from '../channel.ts';
import { networkFault, settingsFault, stopped, type Fault } from '../faults.ts';
import { connectionOf, type MailServer } from './server.ts';

export interface MailOutgoing {
  readonly smtp: MailServer;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject?: string; // with {delivery}, {message}, {kind}, {filename}
  readonly as?: 'attachment' | 'text'; // text: it is the mail, as Type B expects
  readonly receipt?: 'none' | 'server'; // server: the last mail server is to say that it has it (RFC 3461)
}

const patience = { connectionTimeout: 30_000, greetingTimeout: 30_000, socketTimeout: 120_000 }; // ms

/** Mails each parcel. The mail has the same Message-ID at every attempt, by which its receiver knows a repetition. */
export function mailOutgoing(settings: MailOutgoing, _party: string, surroundings: Surroundings): Outgoing {
  return {
    async send(parcel, signal) {
      let mail: ReturnType<typeof mailOf>;
      let transport: Awaited<ReturnType<typeof transportOf>>;
      try {
        transport = await transportOf(settings.smtp, surroundings);
      } catch (error) {
        return { state: 'failed', ...settingsFault(error) };
      }
      const bytes = Buffer.from(await parcel.bytes());
      if ((settings.as ?? 'attachment') === 'text' && !isText(bytes))
        return { state: 'failed', code: 'SEND_CONTENT', reason: 'it is no text of ASCII or UTF-8, so it can only be attached' };
      try {
        mail = mailOf(settings, parcel, bytes);
        const { accepted, rejected, response, ehlo = [] } = await transport.sendMail({ ...mail, signal });
        if (rejected.length > 0)
          return { state: 'failed', code: 'SEND_ADDRESS', reason: `${rejected.join(', ')} not accepted, though ${accepted.join(', ')} was` };
        const isToCome = settings.receipt === 'server' && ehlo.some((line) => /^DSN\b/i.test(line)); // where it is not offered nobody will be surer
        return { state: isToCome ? 'sent' : 'delivered', detail: { response, id: mail.messageId } } satisfies Handed;
      } catch (error) {
        return { state: 'failed', ...(signal.aborted ? stopped(signal) : smtpFault(error)) };
      } finally {
        transport.close();
      }
    },
    close: () => Promise.resolve(),
  };
}

async function transportOf(server: MailServer, surroundings: Surroundings) {
  const connection = connectionOf(server, { tls: 465, plain: 587 }, surroundings);
  const { createTransport } = await import('nodemailer'); // and not by a gateway that sends no mail
  return createTransport({
    ...connection,
    ...patience,
    requireTLS: server.tls === 'upgraded',
    ignoreTLS: server.tls === 'none',
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

function mailOf({ from, to, subject = '{filename}', as = 'attachment', receipt }: MailOutgoing, parcel: Parcel, bytes: Buffer) {
  const { delivery, message, kind, filename, media } = parcel;
  const said: Readonly<Record<string, string>> = { delivery, message: message ?? '', kind, filename };
  return {
    from,
    to: [...to],
    messageId: `<${delivery}@${domainOf(from)}>`,
    subject: subject.replace(/\{(\w+)\}/g, (_, name: string) => said[name] ?? ''),
    headers: { 'Portolan-Delivery': delivery, 'Auto-Submitted': 'auto-generated' }, // RFC 3834: no out-of-office answers
    ...(as === 'text' ? { text: bytes.toString('utf8') } : { text: '', attachments: [{ filename, content: bytes, contentType: media }] }),
    ...(receipt === 'server' ? { dsn: { id: delivery, return: 'headers' as const, notify: ['success', 'failure'], recipient: `rfc822;${from}` } } : {}),
  };
}

const domainOf = (address: string): string => /@([^\s>]+)/.exec(address)?.[1] ?? 'localhost';

function isText(bytes: Buffer): boolean {
  try {
    return !/[\0-\x08\x0e-\x1f]/.test(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return false;
  }
}

/** What an SMTP server said (RFC 5321, 4.2; RFC 3463), or why it could not be asked. */
export function smtpFault(error: unknown): Fault {
  const {
    code = '',
    responseCode = 0,
    command = '',
    response,
    message,
  } = error as { code?: string; responseCode?: number; command?: string; response?: string; message: string };
  const reason = response ?? message;
  if (code === 'EAUTH' || responseCode === 530 || responseCode === 535)
    return { code: responseCode >= 400 && responseCode < 500 ? 'SEND_BUSY' : 'SEND_AUTH', reason };
  if (code === 'ETLS' || command === 'STARTTLS') return { code: 'SEND_TLS', reason };
  if (responseCode >= 400 && responseCode < 500) return { code: 'SEND_BUSY', reason };
  if (code === 'EENVELOPE' && responseCode >= 500) return { code: 'SEND_ADDRESS', reason };
  if (responseCode >= 500) return { code: 'SEND_REFUSED', reason };
  const { originalCode } = error as { originalCode?: string }; // of Node, below the library's own
  const known = networkFault(originalCode === undefined ? error : Object.assign(new Error(reason), { code: originalCode }));
  if (known) return known;
  if (code === 'EDNS') return { code: 'SEND_UNREACHABLE', reason };
  return { code: 'SEND_INTERRUPTED', reason };
}
