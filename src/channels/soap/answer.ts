import type { Code } from '../../diagnostics/codes.ts';
import { xmlReader } from '../../syntax/xml/reader.ts';
import { namespaces } from './envelope.ts';

/** What an envelope says. */
export interface SoapAnswer {
  readonly fault?: { readonly code: string; readonly subcodes: readonly string[]; readonly reason: string };
  readonly texts: ReadonlyMap<string, readonly string[]>; // of leaves in the body, by their local names
}

/** Reads the answer; undefined where it is no envelope. `media` says whether it stands in the first of several parts. */
export function readAnswer(body: Buffer, media: string): SoapAnswer | undefined {
  const path: string[] = [];
  const texts = new Map<string, string[]>();
  const subcodes: string[] = [];
  let [isFault, isEnvelope, isBroken] = [false, false, false];
  let [code, reason] = ['', ''];
  const reader = xmlReader(
    {
      message: ({ namespace, type }) => void (isEnvelope = type === 'Envelope' && Object.values<string | undefined>(namespaces).includes(namespace)),
      unit(unit) {
        const name = unit.tag.slice(unit.tag.indexOf('}') + 1);
        if (unit.kind === 'close') return void path.pop();
        if (unit.kind === 'open') path.push(name);
        const at = unit.kind === 'open' ? path.slice(0, -1) : path;
        if (at.length === 2 && at[1] === 'Body' && name === 'Fault' && !unit.tag.startsWith('{')) isFault = true; // of the namespace of the envelope
        if (unit.kind === 'open' || at[1] !== 'Body') return;
        const text = textOf(unit).trim();
        texts.set(name, [...(texts.get(name) ?? []), text]);
        const inside = [...at.slice(3), name].join('/');
        if (inside === 'faultcode' || inside === 'Code/Value') code = text;
        else if (/^Code(?:\/Subcode)+\/Value$/.test(inside)) subcodes.push(local(text));
        else if (inside === 'faultstring' || (inside === 'Reason/Text' && reason === '')) reason = text;
      },
      finding: ({ severity }) => void (isBroken ||= severity === 'error' || severity === 'fatal'),
    },
    { whole: true },
  );
  reader.push(rootPart(body, media));
  reader.end();
  if (!isEnvelope || isBroken) return undefined;
  const [first, ...more] = local(code).split('.') as [string, ...string[]]; // SOAP 1.1, 4.4.1: `Client.Authentication`
  return { ...(isFault && { fault: { code: first, subcodes: [...more, ...subcodes], reason } }), texts };
}

const local = (name: string): string => name.slice(name.indexOf(':') + 1);

function textOf(unit: { readonly size: number; name(atom: number): string | undefined; text(atom: number): string }): string {
  let text = '';
  for (let i = 0; i < unit.size; i++) if (unit.name(i) === undefined) text += unit.text(i);
  return text;
}

/** The first part of a `multipart/related`, which is the envelope unless a `start` says otherwise; we take no other. */
function rootPart(body: Buffer, media: string): Buffer {
  const [, quoted, bare] = /^multipart\/related;.*?\bboundary=(?:"([^"]+)"|([^\s;]+))/is.exec(media) ?? [];
  const boundary = quoted ?? bare;
  if (boundary === undefined) return body;
  const head = body.indexOf('\r\n\r\n', body.indexOf(`--${boundary}`));
  const end = body.indexOf(`\r\n--${boundary}`, head);
  return head < 0 || end < 0 ? Buffer.alloc(0) : body.subarray(head + 4, end);
}

/** Who is to mend what a fault says (SOAP 1.2, 5.4.6; SOAP 1.1, 4.4.1). */
export function faultCode({ code, subcodes }: { readonly code: string; readonly subcodes: readonly string[] }): Code {
  if ([code, ...subcodes].some((one) => /^(?:Authentication|FailedAuthentication|FailedCheck|InvalidSecurity(?:Token)?|SecurityTokenUnavailable)$/.test(one)))
    return 'SEND_AUTH';
  if (code === 'Client' || code === 'Sender') return 'SEND_REFUSED';
  if (code === 'Server' || code === 'Receiver') return 'SEND_BUSY';
  return code === '' ? 'SEND_ANSWER' : 'SEND_SETTINGS'; // of another version, or it does not understand what we write around it
}
