import type { Email } from 'postal-mime';

/** A mail, as far as it matters: who sent it, and what it carries. */
export interface Letter {
  readonly id: string; // Message-ID, without brackets
  readonly from: string; // in lower case
  readonly subject: string;
  readonly payloads: readonly Payload[]; // the attachments; its text where it has none
  readonly report?: Report;
}

export interface Payload {
  readonly name: string;
  readonly media: string;
  readonly bytes: Uint8Array;
}

/** What a mail server says of a mail of ours (RFC 3464). */
export interface Report {
  readonly delivery: string; // of ours: the envelope's id, or the Message-ID of the mail it is about
  readonly action: 'delivered' | 'failed' | 'delayed' | 'other';
  readonly reason: string;
}

/** Reads a mail. It never throws for what stands in it: what is broken has less in it. */
export async function readLetter(source: Uint8Array): Promise<Letter> {
  const { default: PostalMime } = await import('postal-mime'); // and not by a gateway that has no mailbox
  const mail = await PostalMime.parse(Buffer.from(source), { attachmentEncoding: 'arraybuffer' });
  const report = reportOf(mail);
  const attached = mail.attachments
    .filter(({ mimeType, related }) => related !== true && !signatures.has(mimeType))
    .map(({ filename, mimeType, content }, i) => ({ name: filename ?? `part ${i + 1}`, media: mimeType, bytes: bytesOf(content) }));
  const text = (mail.text ?? '').replace(/\r?\n/g, '\r\n');
  const payloads = attached.length > 0 ? attached : text.trim() === '' ? [] : [{ name: mail.subject ?? '', media: 'text/plain', bytes: Buffer.from(text) }];
  return {
    id: (mail.messageId ?? '').replace(/[<>\s]/g, ''),
    from: (mail.from?.address ?? '').toLowerCase(),
    subject: mail.subject ?? '',
    payloads: payloads.filter(({ bytes }) => bytes.length > 0),
    ...(report && { report }),
  };
}

/** What mail programs add, and nobody sends as data. */
const signatures: ReadonlySet<string> = new Set(['application/pgp-signature', 'application/pkcs7-signature', 'application/x-pkcs7-signature', 'text/vcard']);

const bytesOf = (content: ArrayBuffer | Uint8Array | string): Uint8Array => (typeof content === 'string' ? Buffer.from(content) : new Uint8Array(content));

function reportOf({ attachments, headers }: Email): Report | undefined {
  const kind = headers.find(({ key }) => key === 'content-type')?.value ?? '';
  if (!/^multipart\/report\b/i.test(kind)) return undefined;
  const part = (pattern: RegExp): string =>
    attachments.filter(({ mimeType }) => pattern.test(mimeType)).map(({ content }) => Buffer.from(bytesOf(content)).toString('latin1'))[0] ?? ''; // prettier-ignore
  const status = part(/^message\/(?:global-)?delivery-status$/i);
  const original = part(/^(?:message\/(?:rfc822|global)(?:-headers)?|text\/rfc822-headers)$/i);
  const field = (text: string, name: string): string =>
    new RegExp(`^${name}:[ \\t]*((?:.*)(?:\\r?\\n[ \\t]+.*)*)`, 'im').exec(text)?.[1]?.replace(/\s+/g, ' ').trim() ?? '';
  const delivery = xtext(field(status, 'Original-Envelope-Id')) || /<([^@>]+)@/.exec(field(original, 'Message-ID'))?.[1] || '';
  const actions = [...status.matchAll(/^Action:[ \t]*(\w+)/gim)].map(([, word]) => word!.toLowerCase());
  if (delivery === '' || actions.length === 0) return undefined;
  const action = actions.includes('failed')
    ? 'failed'
    : actions.every((each) => taken.has(each))
      ? 'delivered'
      : actions.includes('delayed')
        ? 'delayed'
        : 'other';
  return {
    delivery,
    action,
    reason: [field(status, 'Status'), field(status, 'Diagnostic-Code')].filter((each) => each !== '').join(' ') || actions.join(', '),
  };
}

/** `relayed` goes to a server that says no more: nobody will be surer. */
const taken: ReadonlySet<string> = new Set(['delivered', 'relayed', 'expanded']);

/** RFC 3461, 4: `+2B` is `+`. */
const xtext = (text: string): string => text.replace(/\+([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
