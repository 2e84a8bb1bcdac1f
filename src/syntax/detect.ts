import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import { nestedSyntaxes, segmentedSyntaxes, type Syntax } from './unit.ts';

export type Detected = { readonly syntax: Syntax } | { readonly finding: Diagnostic };

/** So many first bytes are enough for `detectSyntax`; fewer, when the input is shorter. */
export const DETECT_BYTES = 4096;

/** What is read, and what is recognized and not read. */
type Mark = { readonly pattern: RegExp } & ({ readonly syntax: Syntax } | { readonly name: string; readonly remedy?: string });

/** In this order; patterns see the first bytes one character a byte, blanks and byte order mark left out at the front. */
const marks: readonly Mark[] = [
  { syntax: 'edifact', pattern: /^UN(A[^A-Za-z0-9]|B[^A-Za-z0-9\s]|[GH][+*@|^\-~#])/ },
  { syntax: 'xml', pattern: /^<(\?xml[\s?]|!--|!DOCTYPE|[A-Za-z_\x80-\xff])/ },
  { name: 'interactive EDIFACT (UIB)', pattern: /^UIB[^A-Za-z0-9\s]/, remedy: ', batch form (UNB)' },
  { syntax: 'x12', pattern: /^(ISA[^A-Za-z0-9\s]|GS[^A-Za-z0-9\s][A-Z]{2}[^A-Za-z0-9\s]|ST([^A-Za-z0-9\s])\d{3}\2)/ },
  { name: 'TRADACOMS', pattern: /^STX=/ },
  { name: 'HL7', pattern: /^MSH[|^]/ },
  { syntax: 'cargoimp', pattern: /^[A-Z]{3}(?:\/\d{1,3}[\r\n ]|[\r\n]+(?:[A-Z]{3}\/|\d{3}-\d{8}))/ }, // `ABC/1`, or `ABC` and on the next line an identifier or an air waybill
  { syntax: 'json', pattern: /^(\{\s*["}]|\[\s*[{\]])/ },
  { name: 'a ZIP archive', pattern: /^PK[\x03\x05]/, remedy: ', unpacked' },
  { name: 'gzip', pattern: /^\x1f\x8b/, remedy: '; send it uncompressed' },
  { name: 'a PDF document', pattern: /^%PDF-/ },
  { name: 'a signed or encrypted envelope (S/MIME)', pattern: /^(MIME-Version:|Content-Type: *(multipart|application\/(x-)?pkcs7))/i },
  { name: 'UTF-16 text', pattern: /^(\xff\xfe|\xfe\xff|[<U{[]\x00|\x00[<U{[])/, remedy: ' in UTF-8 or the declared character set' },
];

/** What is read. */
const read: readonly string[] = [...segmentedSyntaxes, ...nestedSyntaxes];

/** What nearly every interchange begins with, `UNA:` or `UNB+`: four bytes tell, and no more are looked at. */
function isPlain(first: Uint8Array): boolean {
  const separator = first[3] ?? 0;
  return first[0] === 0x55 && first[1] === 0x4e && (first[2] === 0x41 || first[2] === 0x42) && separator > 0x20 && separator < 0x30;
}

/** An interchange may follow a few lines of another transport (Type B, mail). */
const later = /(?:^|[^A-Za-z0-9])UN(?:A[^A-Za-z0-9]{5,6}\s{0,16}UNB|B[^A-Za-z0-9\s][A-Z]{4}[^A-Za-z0-9]\d)/;

/** Type B: priority and addresses, or the sections of a host link. */
const heading = /^[\x01\x02\s]*(?:Q[A-Z](?: +[A-Z0-9]{5,8})+[\r\n]|\.[A-Z0-9]{5,8}[ \r\n]|=(?:HEADER|PRIORITY|DESTINATION TYPE B|ORIGIN)[\r\n])/;

/** Tells by the first bytes which syntax this is, whatever its label says; else says what was looked for. */
export function detectSyntax(first: Uint8Array): Detected {
  if (isPlain(first)) return { syntax: 'edifact' };
  const bytes = Buffer.from(first.buffer, first.byteOffset, first.length);
  const text = bytes.toString('latin1', 0, DETECT_BYTES);
  const trimmed = text.replace(/^(?:\xef\xbb\xbf|[\s\0\x1a])+/, (lead) => (/^\0[<U{[]/.test(text) ? lead.slice(0, 0) : ''));
  if (trimmed === '') return { finding: finding('SYNTAX_EMPTY', {}, { data: place(first.length) }) };
  for (const mark of marks) {
    if (!mark.pattern.test(trimmed)) continue;
    if ('syntax' in mark) return { syntax: mark.syntax };
    const { name, remedy = '' } = mark;
    return { finding: finding('SYNTAX_UNSUPPORTED', { syntax: name, remedy }, { data: place(0), actual: name, expected: read }) };
  }
  if (later.test(trimmed)) return { syntax: 'edifact' };
  if (heading.test(trimmed)) return { syntax: 'cargoimp' };
  return { finding: finding('SYNTAX_UNKNOWN', { beginning: beginning(trimmed) }, { data: place(0), expected: read }) };
}

const place = (at: number): { source: string; start: number; end: number } => ({ source: '', start: at, end: at });

/** The first characters, or the first bytes where they are not text. */
function beginning(text: string): string {
  const first = text.slice(0, 16);
  return /^[\x20-\x7e\s]*$/.test(first)
    ? `\`${first.replace(/\s+/g, ' ').trim()}\``
    : `the bytes ${Buffer.from(first.slice(0, 8), 'latin1')
        .toString('hex')
        .replace(/..(?=.)/g, '$& ')}`;
}
