import type { Identity } from './certificates.ts';
import { signed, type Mime } from './compose.ts';
import { decodeBody, entity, fieldOf, multipart, partsOf, readEntity, readParameters, type Entity } from './mime.ts';
import type { SignatureKind } from './signature.ts';
import { joined } from './slices.ts';

/** What became of a message, as its sender is told (RFC 8098, RFC 4130, 7.4). */
export interface Notice {
  readonly originalMessageId: string;
  readonly recipient: string; // the AS2 name of who got it
  readonly disposition: string; // `processed`, `processed/error: decryption-failed` …
  readonly mic: { readonly value: string; readonly word: string } | undefined;
  readonly text: string; // for people
}

/** A receipt, signed where a signer is given. */
export async function writeNotice(
  notice: Notice,
  { software, boundary, now }: { software: string; boundary: string; now: number },
  signing: { readonly signer: Identity; readonly kind: SignatureKind } | undefined,
): Promise<Mime> {
  const { originalMessageId, recipient, disposition, mic, text } = notice;
  const lines: (readonly [string, string])[] = [
    ['Reporting-UA', software],
    ['Original-Recipient', `rfc822; ${recipient}`],
    ['Final-Recipient', `rfc822; ${recipient}`],
    ['Original-Message-ID', originalMessageId],
    ['Disposition', `automatic-action/MDN-sent-automatically; ${disposition}`],
    ...(mic ? [['Received-Content-MIC', `${mic.value}, ${mic.word}`] as const] : []),
  ];
  const part = (media: string, body: readonly Uint8Array[]): Uint8Array[] => entity([['Content-Type', media], ['Content-Transfer-Encoding', '7bit']], body); // prettier-ignore
  const report: Mime = {
    fields: [['Content-Type', `multipart/report; report-type=disposition-notification; boundary="${boundary}-report"`]],
    body: multipart(`${boundary}-report`, [
      part('text/plain; charset=us-ascii', [Buffer.from(`${ascii(text)}\r\n`)]),
      part('message/disposition-notification', [Buffer.from(lines.map(([name, value]) => `${name}: ${ascii(value)}\r\n`).join(''), 'latin1')]),
    ]),
  };
  return signing ? signed(report, signing.kind, signing.signer, boundary, now) : report;
}

/** One line of ASCII: what came from outside may break nothing. */
const ascii = (text: string): string => text.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 900);

/** What a receipt says. */
export interface Receipt {
  readonly originalMessageId: string | undefined;
  readonly outcome: 'processed' | 'warning' | 'error';
  readonly modifier: string; // `authentication-failed`, `duplicate-document` …; '' where there is none
  readonly mic: { readonly value: string; readonly word: string } | undefined;
  readonly text: string; // for people, what there is of it
}

export const isReport = (content: Entity): boolean => {
  const { value, parameters } = readParameters(fieldOf(content, 'content-type') ?? '');
  return (
    value === 'message/disposition-notification' ||
    (value === 'multipart/report' && (parameters['report-type'] ?? '').toLowerCase() === 'disposition-notification')
  );
};

/** Undefined where it is none. */
export function readNotice(content: Entity): Receipt | undefined {
  if (!isReport(content)) return undefined;
  const { value, parameters } = readParameters(fieldOf(content, 'content-type') ?? '');
  const parts = value === 'multipart/report' ? partsOf(content.body, parameters['boundary'] ?? '').map(readEntity) : [content];
  const bodyOf = (part: Entity | undefined): Uint8Array => (part ? decodeBody(part.body, fieldOf(part, 'content-transfer-encoding')) : new Uint8Array());
  const notice = parts.find((part) => readParameters(fieldOf(part, 'content-type') ?? '').value === 'message/disposition-notification');
  const said = readEntity(joined([bodyOf(notice), Buffer.from('\r\n\r\n')].filter(({ length }) => length > 0) as Uint8Array[]));
  const disposition = fieldOf(said, 'disposition');
  if (disposition === undefined) return undefined;
  const [, status = ''] = /^[^;]*;\s*(.*)$/s.exec(disposition) ?? [];
  const [, type = '', kind = '', modifier = ''] = /^\s*([a-z-]+)\s*(?:\/\s*([a-z-]+)\s*(?::\s*(.*))?)?$/is.exec(status) ?? [];
  const [micValue = '', micWord = ''] = (fieldOf(said, 'received-content-mic') ?? '').split(',').map((word) => word.trim());
  const text = parts.find((part) => part !== notice);
  return {
    originalMessageId: fieldOf(said, 'original-message-id'),
    outcome: !/^processed$/i.test(type) ? 'error' : kind === '' ? 'processed' : /^warning$/i.test(kind) ? 'warning' : 'error',
    modifier: modifier.trim(),
    mic: micValue === '' ? undefined : { value: micValue.replace(/\s/g, ''), word: micWord },
    text: Buffer.from(bodyOf(text)).toString('latin1', 0, 500).trim(),
  };
}
