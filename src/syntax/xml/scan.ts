import { isName, same, standsAt, type XmlName } from './names.ts';
import { BLANK, GREATER, ILLEGAL, kinds, LESS, longestReference, nameEnd, reference, skipBlanks, TEXT } from './characters.ts';
import { illegal, syntax, tooMuch, type Fail, type STOP } from './faults.ts';
import type { Input } from './input.ts';

const HYPHEN = 0x2d;

/** What a scan function returns where its construct is not whole yet; `STOP` where reading has ended with a finding. */
export const WAIT = -1;

/**
 * The end of a reference.
 *
 *     KUDAN &amp; CO
 *           ^
 */
export function scanReference(bytes: Buffer, at: number, end: number, fail: Fail): number {
  const stop = Math.min(end, at + longestReference);
  let semicolon = at + 1;
  while (semicolon < stop && bytes[semicolon] !== 0x3b && bytes[semicolon] !== LESS && kinds[bytes[semicolon]!] !== BLANK) semicolon++;
  if (semicolon === end && end < at + longestReference) return WAIT;
  if (semicolon === stop || bytes[semicolon] !== 0x3b) return syntax(fail, '`&` begins a reference that has no `;`', at);
  const name = bytes.toString('latin1', at + 1, semicolon);
  return reference(name) === undefined ? fail('XML_ENTITY', { name }, at) : semicolon + 1;
}

/** The end of the blanks before or after the document element: only they stand there between comments and instructions. */
export function scanOutside(bytes: Buffer, at: number, end: number, fail: Fail): number {
  const next = skipBlanks(bytes, at, end);
  if (next === end || bytes[next] === LESS) return next;
  return kinds[bytes[next]!] === ILLEGAL ? illegal(fail, bytes, next) : syntax(fail, 'text stands outside the document element', next);
}

/**
 * The end of a comment, a CDATA section or an instruction, of `limit` bytes at most. A document type declaration is refused.
 *
 *     <!-- … -->   <![CDATA[ … ]]>   <?target … ?>   <!DOCTYPE …
 *     ^            ^                 ^               ^
 */
export function scanSection({ bytes, view, end }: Input, at: number, inElement: boolean, limit: number, fail: Fail): number {
  const comment = plainCommentEnd(bytes, view, at, end);
  if (comment > 0 && comment - at <= limit) return comment;
  const head = bytes.toString('latin1', at, Math.min(end, at + 9));
  if (head.startsWith('<?')) return scanInstruction(bytes, at, end, limit, fail);
  if (head.startsWith('<!--')) {
    const close = bytes.indexOf('--', at + 4, 'latin1');
    if (close < 0 || close + 2 >= end) return WAIT;
    return bytes[close + 2] === GREATER ? closed(bytes, at, close, close + 3, limit, fail) : syntax(fail, '`--` stands in a comment', close);
  }
  if (head.startsWith('<![CDATA[')) {
    if (!inElement) return syntax(fail, 'a CDATA section stands outside the document element', at);
    const close = bytes.indexOf(']]>', at + 9, 'latin1');
    return close < 0 || close + 2 >= end ? WAIT : closed(bytes, at, close, close + 3, limit, fail);
  }
  if ('<!--'.startsWith(head) || '<![CDATA['.startsWith(head) || (head.length < 9 && '<!DOCTYPE'.startsWith(head))) return WAIT;
  return head === '<!DOCTYPE' ? fail('XML_DOCTYPE', {}, at) : syntax(fail, '`<!` begins neither a comment nor a CDATA section', at);
}

/** The end of a comment, where one is whole and nothing in it is to be told, as nearly all are; else 0. */
function plainCommentEnd(bytes: Buffer, view: DataView, at: number, end: number): number {
  if (at + 6 >= end || bytes[at + 1] !== 0x21 || bytes[at + 2] !== HYPHEN || bytes[at + 3] !== HYPHEN) return 0;
  for (let next = at + 4; next + 2 < end; next++) {
    while (next + 3 < end && !holdsHyphenOrControl(view.getInt32(next))) next += 4;
    const byte = bytes[next]!;
    if (byte === HYPHEN && bytes[next + 1] === HYPHEN) return bytes[next + 2] === GREATER ? next + 3 : 0;
    if (byte < 0x20 && kinds[byte] === ILLEGAL) return 0;
  }
  return 0;
}

/** Whether one of four bytes is a hyphen or a control character: to look at each takes three times as long. */
function holdsHyphenOrControl(word: number): boolean {
  const hyphens = word ^ 0x2d2d2d2d;
  return ((((word - 0x20202020) & ~word) | ((hyphens - 0x01010101) & ~hyphens)) & 0x80808080) !== 0;
}

function scanInstruction(bytes: Buffer, at: number, end: number, limit: number, fail: Fail): number {
  const close = bytes.indexOf('?>', at + 2, 'latin1');
  if (close < 0 || close + 1 >= end) return WAIT;
  const stop = nameEnd(bytes, at + 2, close);
  const target = bytes.toString('utf8', at + 2, stop);
  if (!isName(target) || (stop < close && kinds[bytes[stop]!] !== BLANK)) return syntax(fail, '`<?` begins no instruction', at);
  if (target.toLowerCase() === 'xml') return syntax(fail, 'the XML declaration stands only at the start', at);
  return closed(bytes, at, close, close + 2, limit, fail);
}

/**
 * The end of a text in which there is nothing to look into: at the `<` behind it; `start` where there is no such text.
 *
 *     <ID>42</ID>
 *         ^ ^
 */
export function plainTextEnd(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && kinds[bytes[at]!] === TEXT) at++;
  if (at > start) while (at < end && (kinds[bytes[at]!] === TEXT || bytes[at] === 0x20)) at++;
  return at < end && bytes[at] === LESS ? at : start;
}

/** The end of the end tag of `open` as nearly all are: `</`, the name, `>`; 0 where something else stands there. */
export function plainEndTag(bytes: Buffer, view: DataView, at: number, end: number, open: XmlName): number {
  const stop = at + 2 + open.bytes.length;
  return stop < end && bytes[stop] === GREATER && bytes[at + 1] === 0x2f && bytes[at] === LESS && standsAt(open, view, at + 2) ? stop + 1 : 0;
}

/**
 * The end of the end tag of the element `open`.
 *
 *     </ID >
 *     ^
 */
export function scanEndTag(bytes: Buffer, view: DataView, at: number, end: number, open: XmlName | undefined, fail: Fail): number {
  const plain = open ? plainEndTag(bytes, view, at, end, open) : 0;
  if (plain > 0) return plain;
  const nameStop = nameEnd(bytes, at + 2, end);
  const close = skipBlanks(bytes, nameStop, end);
  if (close >= end) return WAIT;
  if (!open || !same(open.bytes, bytes, at + 2, nameStop)) {
    return syntax(fail, `\`</${bytes.toString('utf8', at + 2, nameStop)}>\` closes nothing${open ? `, \`${open.text}\` is open` : ''}`, at);
  }
  return bytes[close] === GREATER ? close + 1 : syntax(fail, `\`</${open.text}\` is not followed by \`>\``, close);
}

/** Such a construct holds anything but control characters. */
function closed(bytes: Buffer, at: number, close: number, after: number, limit: number, fail: Fail): number {
  for (let i = at; i < close; i++) if (kinds[bytes[i]!] === ILLEGAL) return illegal(fail, bytes, i);
  return after - at > limit ? sectionTooLong(limit, at, fail) : after;
}

export const sectionTooLong = (limit: number, at: number, fail: Fail): typeof STOP =>
  tooMuch(fail, 'textBytes', limit, `a comment, a section or an instruction has more than ${limit} bytes`, at + limit);
