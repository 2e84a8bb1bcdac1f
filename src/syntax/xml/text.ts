import { reference } from './characters.ts';

/** Whether a text stands for itself, as content and as the value of an attribute: ASCII, without references, sections and line ends. */
export function isPlain(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte < 0x20 || byte >= 0x80 || byte === 0x26 || byte === 0x3c) return false;
  }
  return true;
}

/** The decoded text of a span: references resolved, line ends one `\n` (XML 1.0, 2.11), comments and instructions left out. */
export function decodeContent(bytes: Buffer, start: number, end: number, latin1: boolean): string {
  const slice = (from: number, to: number): string => bytes.toString(latin1 ? 'latin1' : 'utf8', from, to);
  for (let at = start; ; at++) {
    if (at >= end) return slice(start, end); // most texts: nothing to resolve
    const byte = bytes[at]!;
    if (byte === 0x26 || byte === 0x3c || byte === 0x0d) break;
  }
  let text = '';
  let at = start;
  while (at < end) {
    let run = at;
    while (run < end && bytes[run] !== 0x26 && bytes[run] !== 0x3c) run++;
    text += lines(slice(at, run));
    at = run;
    if (at >= end) break;
    if (bytes[at] === 0x26) {
      const semicolon = bytes.indexOf(0x3b, at);
      text += reference(bytes.toString('latin1', at + 1, semicolon)) ?? '';
      at = semicolon + 1;
    } else if (bytes[at + 1] === 0x3f) at = bytes.indexOf('?>', at + 2, 'latin1') + 2;
    else if (bytes[at + 2] === 0x2d) at = bytes.indexOf('-->', at + 4, 'latin1') + 3;
    else {
      const close = bytes.indexOf(']]>', at + 9, 'latin1'); // <![CDATA[
      text += lines(slice(at + 9, close));
      at = close + 3;
    }
  }
  return text;
}

/** The decoded value of an attribute: references resolved, every stated blank a space (XML 1.0, 3.3.3). */
export function decodeAttribute(bytes: Buffer, start: number, end: number, latin1: boolean): string {
  const raw = bytes.toString(latin1 ? 'latin1' : 'utf8', start, end);
  const blanks = /[\t\n\r]/.test(raw) ? raw.replace(/\r\n|[\t\n\r]/g, ' ') : raw;
  return blanks.includes('&') ? blanks.replace(/&([^;]*);/g, (_, name: string) => reference(name) ?? '') : blanks;
}

const lines = (text: string): string => (text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text);
