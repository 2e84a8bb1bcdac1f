import type { Language } from './language.ts';

/**
 * Where something is: a span of bytes, and the address in the terms of its own format.
 *
 * Offsets are born in the scanner and never lost; line and column are derived late, when a finding is shown.
 */

/** An address in an EDIFACT or X12 message. All numbers are counted as the standard counts them. */
export interface EdiAddress {
  readonly by?: 'line'; // Cargo-IMP: `segment` counts lines, the line that says what message it is being 1, and `id` is the name of a field
  readonly message?: number; // ordinal of the message in the interchange, from 1
  readonly tag: string;
  readonly group?: string; // e.g. 'SG5'
  readonly ung?: number; // around messages: the functional group (UNG) it belongs to, its ordinal in the interchange, from 1
  readonly segment: number; // DE 0096: UNH is 1; 0 where the segment stands around messages (UNB, UNZ …)
  readonly element?: number; // DE 0098: the tag is 1, so the first data element is 2
  readonly component?: number; // DE 0104: from 1
  readonly occurrence?: number; // DE 0136: from 1, by repetition separator
  readonly id?: string; // directory id of the data element, e.g. '3207' or 'C517.3225'
  readonly missing?: true; // then the place is *after* the segment, not in it
}

export interface Place {
  readonly source: string; // file name, or '' where the message has none
  readonly start: number; // bytes, from 0
  readonly end: number; // bytes, exclusive
  readonly edi?: EdiAddress;
  readonly xpath?: string; // XML only
  readonly pointer?: string; // JSON only: RFC 6901, '' the document
  readonly record?: number; // record formats only, from 1
  readonly column?: string; // and what it is: 'M01', or a column of it: 'M01.weight'
  readonly at?: LineColumn; // of a file of ours that whoever looks may not have
}

/** Line and column, both from 1; the column counts bytes. */
export interface LineColumn {
  readonly line: number;
  readonly column: number;
}

/** The line and column of `offset` in `bytes`. LF, CR and CRLF each end a line. */
export const lineColumn = (bytes: Uint8Array, offset: number): LineColumn => lineColumns(bytes)(offset);

/** The same of many offsets: of those that ascend each goes on where the one before it was found. */
export function lineColumns(bytes: Uint8Array): (offset: number) => LineColumn {
  let [line, lineStart, at] = [1, 0, 0];
  return (offset) => {
    if (offset < at) [line, lineStart, at] = [1, 0, 0];
    for (const end = Math.min(offset, bytes.length); at < end; at++) {
      const byte = bytes[at];
      if (byte !== 0x0a && (byte !== 0x0d || bytes[at + 1] === 0x0a)) continue;
      line++;
      lineStart = at + 1;
    }
    return { line, column: offset - lineStart + 1 };
  };
}

/** Whether a place has an address beside its bytes. */
export const isAddressed = ({ edi, xpath, pointer, record }: Place): boolean =>
  edi !== undefined || xpath !== undefined || pointer !== undefined || record !== undefined;

/** A place in words: `segment 17 of message 1 (NAD), element 3207`, `after segment 4 …`, the XPath, or the JSON pointer. */
export function describePlace(place: Place, language: Language = 'en'): string {
  if (language === 'zh-Hant') return describeInChinese(place);
  const { edi } = place;
  if (edi) {
    const isLine = edi.by === 'line';
    const of = `${isLine ? 'line' : 'segment'} ${edi.segment}${edi.message === undefined ? '' : ` of message ${edi.message}`}`;
    const named = edi.segment === 0 ? edi.tag : edi.tag === '' ? of : `${of} (${edi.tag})`;
    const where = `${edi.missing ? 'after ' : ''}${named}`;
    const element = edi.id ?? (edi.element === undefined ? undefined : `${edi.element - 1}${edi.component === undefined ? '' : `.${edi.component}`}`);
    return element === undefined ? where : `${where}, ${isLine ? 'field' : 'element'} ${element}`;
  }
  if (place.xpath !== undefined) return place.xpath;
  if (place.pointer !== undefined) return place.pointer === '' ? 'the document' : place.pointer;
  if (place.record !== undefined) return `record ${place.record}${place.column === undefined ? '' : ` (${place.column})`}`;
  return `byte ${place.start}`;
}

/** `第 1 個訊息第 17 個區段（NAD），資料元 3207` */
function describeInChinese({ edi, xpath, pointer, record, start }: Place): string {
  if (edi) {
    const isLine = edi.by === 'line';
    const of = `${edi.message === undefined ? '' : `第 ${edi.message} 個訊息`}第 ${edi.segment} ${isLine ? '行' : '個區段'}`;
    const named = edi.segment === 0 ? edi.tag : edi.tag === '' ? of : `${of}（${edi.tag}）`;
    const where = `${named}${edi.missing ? '之後' : ''}`;
    const element = edi.id ?? (edi.element === undefined ? undefined : `${edi.element - 1}${edi.component === undefined ? '' : `.${edi.component}`}`);
    return element === undefined ? where : `${where}，${isLine ? '欄位' : '資料元'} ${element}`;
  }
  if (xpath !== undefined) return xpath;
  if (pointer !== undefined) return pointer === '' ? '文件' : pointer;
  return record === undefined ? `第 ${start} 個位元組` : `第 ${record} 筆記錄`;
}
