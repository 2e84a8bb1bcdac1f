import { isUtf8 } from 'node:buffer';

/** How the bytes of a document are to be read. */
export interface Prolog {
  readonly declared: string; // of the XML declaration, '' where it says nothing
  readonly detected: string;
  readonly latin1: boolean;
  readonly length: number; // bytes of byte order mark and XML declaration
}

export type PrologResult = Prolog | { readonly wait: true } | { readonly problem: string; readonly code: 'XML_CHARSET' | 'XML_SYNTAX'; readonly at: number };

const longest = 1024; // bytes of an XML declaration
// prettier-ignore
const declaration = /^<\?xml[\t\r\n ]+version[\t\r\n ]*=[\t\r\n ]*(?:"1\.\d+"|'1\.\d+')(?:[\t\r\n ]+encoding[\t\r\n ]*=[\t\r\n ]*(?:"([A-Za-z][\w.-]*)"|'([A-Za-z][\w.-]*)'))?(?:[\t\r\n ]+standalone[\t\r\n ]*=[\t\r\n ]*(?:"(?:yes|no)"|'(?:yes|no)'))?[\t\r\n ]*\?>/;
const supported: Readonly<Record<string, 'utf8' | 'latin1'>> = {
  'utf-8': 'utf8',
  utf8: 'utf8',
  'us-ascii': 'utf8',
  ascii: 'utf8',
  'iso-8859-1': 'latin1',
  latin1: 'latin1',
};

/** Byte order mark and XML declaration (XML 1.0, appendix F). `whole`: no more bytes will come. */
export function readProlog(bytes: Buffer, whole: boolean): PrologResult {
  if (bytes.length < 5 && !whole) return { wait: true };
  const mark = bytes.length >= 3 && bytes.readUIntBE(0, 3) === 0xefbbbf ? 3 : 0;
  const two = bytes.length >= 2 ? bytes.readUInt16BE(0) : 0;
  if (two === 0xfeff || two === 0xfffe || two === 0x003c || two === 0x3c00)
    return { code: 'XML_CHARSET', at: 0, problem: 'the document is UTF-16, which is not read here' };
  const head = bytes.toString('latin1', mark, Math.min(bytes.length, mark + longest));
  if (!'<?xml'.startsWith(head.slice(0, 5)) || (whole && head.length < 6)) return { declared: '', detected: 'UTF-8', latin1: false, length: mark };
  if (head.length < 6) return { wait: true };
  if (!/^<\?xml[\t\r\n ]/.test(head)) return { declared: '', detected: 'UTF-8', latin1: false, length: mark }; // <?xml-stylesheet …
  if (!head.includes('?>') && !whole && head.length < longest) return { wait: true };
  const found = declaration.exec(head);
  if (!found) return { code: 'XML_SYNTAX', at: mark, problem: 'the XML declaration is not of the form `<?xml version="1.0" encoding="UTF-8"?>`' };
  const declared = found[1] ?? found[2] ?? '';
  const charset = declared === '' ? 'utf8' : supported[declared.toLowerCase()];
  if (!charset) return { code: 'XML_CHARSET', at: mark, problem: `the document declares ${declared}, which is not read here` };
  if (mark > 0 && charset === 'latin1') return { code: 'XML_CHARSET', at: 0, problem: `the document declares ${declared} but begins with the mark of UTF-8` };
  return { declared, detected: charset === 'utf8' ? 'UTF-8' : 'ISO-8859-1', latin1: charset === 'latin1', length: mark + found[0].length };
}

/** Checks UTF-8 as it comes in; a character may be cut by the end of a chunk. */
export class Utf8Check {
  #open: Buffer = Buffer.alloc(0); // the begun character at the end of the chunk before

  /** Offset in `chunk` of the first character that is no UTF-8, negative where it began in an earlier chunk; undefined where all is well. */
  push(chunk: Buffer): number | undefined {
    const before = this.#open.length;
    if (before === 0 && isUtf8(chunk)) return undefined;
    const bytes = before === 0 ? chunk : Buffer.concat([this.#open, chunk]);
    const whole = bytes.length - begunAtEnd(bytes);
    if (isUtf8(bytes.subarray(0, whole))) {
      this.#open = Buffer.from(bytes.subarray(whole));
      return undefined;
    }
    return firstBad(bytes) - before;
  }

  /** How many bytes ago a character began that is not whole. */
  get begun(): number {
    return this.#open.length;
  }
}

/** How many bytes at the end begin a character and do not finish it. */
function begunAtEnd(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back ? back : 0;
  }
  return 0;
}

function firstBad(bytes: Buffer): number {
  let at = 0;
  while (at < bytes.length) {
    const lead = bytes[at]!;
    const length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead >= 0x80 && !isUtf8(bytes.subarray(at, at + length))) return at;
    at += length;
  }
  return at;
}
