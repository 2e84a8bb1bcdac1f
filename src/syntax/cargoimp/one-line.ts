const identification = /^([A-Z]{3})\/(\d{1,3}) +(?=\S)/; // a blank where the line break belongs
const breakLost = / +(?=\d{3}-\d{8}|[A-Z]{3}\/)/g;

/** What a line says that begins like a message and goes on behind it: its type, its version, and how long that is with the blanks that follow. */
export interface OneLine {
  readonly type: string;
  readonly version: string;
  readonly length: number;
}

export function oneLine(text: string): OneLine | undefined {
  const found = identification.exec(text);
  return found ? { type: found[1]!, version: found[2]!, length: found[0].length } : undefined;
}

/** A line that stands in such a line behind its identification. */
export interface LineWithin {
  readonly start: number;
  readonly end: number; // of its text
  readonly next: number; // where the one after it begins
}

/**
 * The lines that follow the identification on its own line, as they are counted.
 *
 *     FSU/14 160-12345675HKGLHR/T3K75.0 RCS/14NOV1030/HKG
 *            1                          2
 */
export function* linesWithin(text: string, from: number): Generator<LineWithin> {
  let start = from;
  for (const match of text.slice(from).matchAll(breakLost)) {
    const end = from + match.index;
    yield { start, end, next: end + match[0].length };
    start = end + match[0].length;
  }
  yield { start, end: text.length, next: text.length };
}
