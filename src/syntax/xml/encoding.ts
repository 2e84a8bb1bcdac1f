/** How the bytes of a document are to be read. */
export interface Prolog {
  readonly declared: string; // of the XML declaration, '' where it says nothing
  readonly detected: string;
  readonly latin1: boolean;
  readonly ascii: boolean; // nothing else was declared: other bytes are a fatal error (XML 1.0, 4.3.3)
  readonly length: number; // bytes of byte order mark and XML declaration
}

export type PrologResult = Prolog | { readonly wait: true } | { readonly problem: string; readonly code: 'XML_CHARSET' | 'XML_SYNTAX'; readonly at: number };

const longest = 1024; // bytes of an XML declaration
// prettier-ignore
const declaration = /^<\?xml[\t\r\n ]+version[\t\r\n ]*=[\t\r\n ]*(?:"1\.\d+"|'1\.\d+')(?:[\t\r\n ]+encoding[\t\r\n ]*=[\t\r\n ]*(?:"([A-Za-z][\w.-]*)"|'([A-Za-z][\w.-]*)'))?(?:[\t\r\n ]+standalone[\t\r\n ]*=[\t\r\n ]*(?:"(?:yes|no)"|'(?:yes|no)'))?[\t\r\n ]*\?>/;
type Supported = 'utf8' | 'latin1' | 'ascii';
const supported: Readonly<Record<string, Supported>> = {
  'utf-8': 'utf8',
  utf8: 'utf8',
  'us-ascii': 'ascii',
  ascii: 'ascii',
  'iso-8859-1': 'latin1',
  latin1: 'latin1',
};

const names: Readonly<Record<Supported, string>> = { utf8: 'UTF-8', latin1: 'ISO-8859-1', ascii: 'US-ASCII' };

const undeclared = (length: number): Prolog => ({ declared: '', detected: names.utf8, latin1: false, ascii: false, length });

/** Byte order mark and XML declaration (XML 1.0, appendix F). `whole`: no more bytes will come. */
export function readProlog(bytes: Buffer, whole: boolean): PrologResult {
  if (bytes.length < 5 && !whole) return { wait: true };
  const mark = bytes.length >= 3 && bytes.readUIntBE(0, 3) === 0xefbbbf ? 3 : 0;
  const two = bytes.length >= 2 ? bytes.readUInt16BE(0) : 0;
  if (two === 0xfeff || two === 0xfffe || two === 0x003c || two === 0x3c00)
    return { code: 'XML_CHARSET', at: 0, problem: 'the document is UTF-16, which is not read here' };
  const head = bytes.toString('latin1', mark, Math.min(bytes.length, mark + longest));
  if (!'<?xml'.startsWith(head.slice(0, 5)) || (whole && head.length < 6)) return undeclared(mark);
  if (head.length < 6) return { wait: true };
  if (!/^<\?xml[\t\r\n ]/.test(head)) return undeclared(mark); // <?xml-stylesheet …
  if (!head.includes('?>') && !whole && head.length < longest) return { wait: true };
  const found = declaration.exec(head);
  if (!found) return { code: 'XML_SYNTAX', at: mark, problem: 'the XML declaration is not of the form `<?xml version="1.0" encoding="UTF-8"?>`' };
  const declared = found[1] ?? found[2] ?? '';
  const charset = declared === '' ? 'utf8' : supported[declared.toLowerCase()];
  if (!charset) return { code: 'XML_CHARSET', at: mark, problem: `the document declares ${declared}, which is not read here` };
  if (mark > 0 && charset !== 'utf8') return { code: 'XML_CHARSET', at: 0, problem: `the document declares ${declared} but begins with the mark of UTF-8` };
  return { declared, detected: names[charset], latin1: charset === 'latin1', ascii: charset === 'ascii', length: mark + found[0].length };
}
