import { lineColumn, type Place } from './place.ts';

/** What is shown of a source around a place: one segment, or one line, and where the caret stands under it. */
export interface Excerpt {
  readonly margin: string; // ordinal of the segment in its message, or number of the line
  readonly text: string;
  readonly before: number; // columns before the caret
  readonly width: number; // carets
}

/** As many columns as are shown; the caret stays in sight. */
const columns = 100;

/**
 * The excerpt for a place. An interchange without line breaks is one line, so of EDI the segment is shown, with its ordinal
 * in the margin. What is missing is marked after the last character of the segment that it should follow.
 */
export function excerptOf(place: Place, bytes: Uint8Array): Excerpt | undefined {
  const start = Math.min(place.start, bytes.length);
  const end = Math.min(Math.max(place.end, start), bytes.length);
  // What is missing has a place after a segment: that segment is the one that ends there.
  const [from, to] = !place.edi
    ? lineAround(bytes, start)
    : place.edi.missing
      ? segmentAround(bytes, Math.max(0, end - 1), end)
      : segmentAround(bytes, start, end);
  if (to <= from) return undefined;
  const ordinal = place.edi ? place.edi.segment || '' : lineColumn(bytes, start).line; // segments around messages have none
  const margin = String(ordinal).padStart(2);
  if (place.edi?.missing) return windowed(bytes, from, to, to, to, margin);
  return windowed(bytes, from, to, Math.max(start, from), Math.min(end, to), margin);
}

function lineAround(bytes: Uint8Array, at: number): readonly [number, number] {
  const breaks = (index: number): boolean => bytes[index] === 0x0a || bytes[index] === 0x0d;
  let from = at;
  let to = at;
  while (from > 0 && !breaks(from - 1)) from--;
  while (to < bytes.length && !breaks(to)) to++;
  return [from, to];
}

/** From after the terminator (and line break) before the place to the terminator after it, which belongs to the segment. */
function segmentAround(bytes: Uint8Array, start: number, end: number): readonly [number, number] {
  const { terminator, release } = serviceCharacters(bytes, start);
  const ends = (index: number): boolean => {
    if (bytes[index] !== terminator) return false;
    let releases = 0;
    while (index - releases > 0 && bytes[index - 1 - releases] === release && release !== 0x20) releases++;
    return releases % 2 === 0;
  };
  let from = start;
  // A place may begin at the very terminator, or cover the whole segment with it: then the terminator before it is looked for.
  while (from > 0 && !ends(from - 1)) from--;
  while (from < end && (bytes[from] === 0x0a || bytes[from] === 0x0d || bytes[from] === 0x20)) from++;
  let to = Math.max(end, start + 1);
  if (!ends(to - 1)) while (to < bytes.length && !ends(to)) to++;
  if (to < bytes.length && ends(to)) to++;
  return [from, Math.min(to, bytes.length)];
}

/** Of the nearest UNA before the place: its fourth and sixth character; ISO 9735's defaults where there is none. */
function serviceCharacters(bytes: Uint8Array, before: number): { readonly terminator: number; readonly release: number } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = buffer.lastIndexOf('UNA', before); at >= 0; at = at === 0 ? -1 : buffer.lastIndexOf('UNA', at - 1)) {
    if (/^\s*UNB/.test(buffer.toString('latin1', at + 9, at + 16))) return { terminator: bytes[at + 8]!, release: bytes[at + 6]! };
  }
  return { terminator: 0x27, release: 0x3f };
}

function windowed(bytes: Uint8Array, from: number, to: number, start: number, end: number, margin: string): Excerpt {
  // A line may be a megabyte long: only what could be shown is decoded.
  const left = Math.max(from, start - columns * 4);
  const right = Math.min(to, Math.max(end, start) + columns * 4);
  let head = left === from ? decoded(bytes, left, start) : `…${decoded(bytes, left, start)}`;
  const marked = decoded(bytes, start, Math.min(end, right));
  let tail = decoded(bytes, Math.min(end, right), right);
  const half = Math.floor(columns / 2);
  if (shownWidth(head) + shownWidth(marked) + shownWidth(tail) > columns) {
    if (shownWidth(head) > half) head = `…${last(head, half - 1)}`;
    const room = Math.max(10, columns - shownWidth(head) - Math.min(shownWidth(marked), half));
    if (shownWidth(tail) > room) tail = `${first(tail, room - 1)}…`;
  }
  const shown = shownWidth(marked) > half ? `${first(marked, half - 1)}…` : marked;
  return { margin, text: `${head}${shown}${tail}`.trimEnd(), before: shownWidth(head), width: Math.max(1, shownWidth(shown)) };
}

/** UTF-8 where the bytes are that, else one character a byte; controls become a visible dot, so that columns hold. */
function decoded(bytes: Uint8Array, from: number, to: number): string {
  const slice = bytes.subarray(from, Math.max(from, to));
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(slice);
  } catch {
    text = Buffer.from(slice.buffer, slice.byteOffset, slice.length).toString('latin1');
  }
  return text.replace(/\t/g, ' ').replace(/[\u0000-\u001f\u007f-\u009f\ufeff]/g, '·');
}

/** Columns in a terminal: ideographs and their like take two. */
function shownWidth(text: string): number {
  let width = 0;
  for (const character of text)
    width += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{3fffd}]/u.test(character) ? 2 : 1;
  return width;
}

const first = (text: string, count: number): string => [...text].slice(0, count).join('');
const last = (text: string, count: number): string => [...text].slice(-count).join('');
