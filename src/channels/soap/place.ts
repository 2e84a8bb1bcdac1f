import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { sentence } from '../../diagnostics/diagnostic.ts';
import { xmlReader } from '../../syntax/xml/reader.ts';
import type { Payload } from '../push/exchange.ts';
import type { Envelope } from './envelope.ts';

type Chunks = () => AsyncIterable<Uint8Array>;

/** What may be said of the content that keeps it out of an envelope. */
export class Unplaceable extends Error {}

/** The envelope around the document, as the body of a request. `root` is the media type of the envelope alone. */
export async function place(
  envelope: Envelope,
  document: { readonly media: string; readonly size: number; readonly chunks: Chunks },
  root: string,
  contentId: string,
): Promise<Payload> {
  const { before, after, placing } = envelope;
  if (placing === 'mtom' || placing === 'swa') return related(before, document, placing, root, contentId);
  const { size, chunks } = placing === 'base64' ? inBase64(document) : await inline(document.chunks);
  return { media: root, size: before.length + size + after.length, chunks: () => joined(before, chunks, after) };
}

async function* joined(before: Uint8Array, chunks: Chunks, after: Uint8Array): AsyncIterable<Uint8Array> {
  yield before;
  yield* chunks();
  yield after;
}

/** Whole groups of three bytes, so that the pieces are one text. */
function inBase64({ size, chunks }: { readonly size: number; readonly chunks: Chunks }): { readonly size: number; readonly chunks: Chunks } {
  return {
    size: 4 * Math.ceil(size / 3),
    async *chunks() {
      let rest = Buffer.alloc(0);
      for await (const chunk of chunks()) {
        const bytes = Buffer.concat([rest, chunk]);
        const whole = bytes.length - (bytes.length % 3);
        rest = bytes.subarray(whole);
        if (whole > 0) yield Buffer.from(bytes.subarray(0, whole).toString('base64'), 'latin1');
      }
      if (rest.length > 0) yield Buffer.from(rest.toString('base64'), 'latin1');
    },
  };
}

/**
 * The document element without what stands before it, and closed to the namespace of the envelope: where it says nothing of a default
 * namespace, it is told that it has none. The reader makes sure that it is one whole element, and nothing that would end ours.
 */
async function inline(chunks: Chunks): Promise<{ readonly size: number; readonly chunks: Chunks }> {
  const faults: Diagnostic[] = [];
  const starts: number[] = []; // of the document element, once it is known
  let charset = '';
  let size = 0;
  const reader = xmlReader(
    {
      interchange: (interchange) => void (charset = interchange.charset.detected),
      unit: (unit) => void (starts.length === 0 && starts.push(unit.base + unit.start)),
      finding: (finding) => void (finding.severity === 'error' || finding.severity === 'fatal' ? faults.push(finding) : undefined),
    },
    { whole: true },
  );
  for await (const chunk of chunks()) {
    size += chunk.length;
    reader.push(chunk);
  }
  reader.end();
  const [start] = starts;
  if (faults[0] || start === undefined)
    throw new Unplaceable(`it is no XML that could stand in an envelope: ${faults[0] ? sentence(faults[0]) : 'there is no element'}`);
  if (!/^utf-?8$/i.test(charset)) throw new Unplaceable(`it is in ${charset}, and the envelope in UTF-8: agree on Base64 or an attachment`);

  const head = await upTo(chunks, start);
  const opening = /^<[^\s/>]+(?:[^>"']|"[^"]*"|'[^']*')*>/.exec(head.toString('latin1'))?.[0];
  if (opening === undefined) throw new Unplaceable('its first tag is too long for an envelope');
  const open = /\sxmlns\s*=/.test(opening.replace(/"[^"]*"|'[^']*'/g, '')) ? '' : ' xmlns=""';
  const name = /^<[^\s/>]+/.exec(opening)![0].length;
  return { size: size - start + open.length, chunks: () => spliced(chunks, start, start + name, open) };
}

const longest = 65_536; // bytes of a first tag

async function upTo(chunks: Chunks, start: number): Promise<Buffer> {
  const kept: Uint8Array[] = [];
  let at = 0;
  for await (const chunk of chunks()) {
    if (at + chunk.length > start) kept.push(chunk.subarray(Math.max(0, start - at)));
    at += chunk.length;
    if (at > start + longest) break;
  }
  return Buffer.concat(kept);
}

/** The bytes from `start` on, with `text` put in at `at`. */
async function* spliced(chunks: Chunks, start: number, at: number, text: string): AsyncIterable<Uint8Array> {
  let offset = 0;
  for await (const chunk of chunks()) {
    const end = offset + chunk.length;
    const piece = (from: number, to: number): Uint8Array => chunk.subarray(Math.max(from, offset) - offset, Math.max(Math.min(to, end), offset) - offset);
    if (end > start && offset < at) yield piece(start, at);
    if (text !== '' && offset < at && at <= end) yield Buffer.from(text);
    if (end > at) yield piece(at, end);
    offset = end;
  }
}

/** Envelope and document as two parts (RFC 2387): XOP for `mtom`, plain for `swa`. */
function related(
  envelope: Buffer,
  document: { readonly media: string; readonly size: number; readonly chunks: Chunks },
  placing: 'mtom' | 'swa',
  root: string,
  contentId: string,
): Payload {
  const boundary = `=_${contentId}`;
  const [bare] = root.split(';') as [string];
  const type = placing === 'mtom' ? 'application/xop+xml' : bare;
  const part = placing === 'mtom' ? `application/xop+xml; charset=UTF-8; type="${bare}"` : root;
  const before = Buffer.concat([
    Buffer.from(`--${boundary}\r\nContent-Type: ${part}\r\nContent-Transfer-Encoding: 8bit\r\nContent-ID: <envelope>\r\n\r\n`),
    envelope,
    Buffer.from(`\r\n--${boundary}\r\nContent-Type: ${document.media}\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <${contentId}>\r\n\r\n`),
  ]);
  const after = Buffer.from(`\r\n--${boundary}--\r\n`);
  const action = /;\s*action="[^"]*"/.exec(root)?.[0] ?? '';
  const info = placing === 'mtom' ? `; start-info="${bare}"${action}` : '';
  return {
    media: `multipart/related; boundary="${boundary}"; type="${type}"; start="<envelope>"${info}`,
    size: before.length + document.size + after.length,
    chunks: () => joined(before, document.chunks, after),
  };
}
