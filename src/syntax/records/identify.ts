import { encode } from '../charset.ts';
import type { Layout, RecordLayout } from './layout.ts';
import type { RecordUnit } from './record-unit.ts';

/** Tells which record this is: of those whose marks are all there, the one with most bytes of them. */
export function recogniser({ records, encoding, form }: Layout): (unit: RecordUnit) => RecordLayout | undefined {
  const lengthOf = ({ marks }: RecordLayout): number => marks.reduce((sum, { text }) => sum + text.length, 0);
  const ranked = [...records].sort((a, b) => lengthOf(b) - lengthOf(a));
  if (form.kind === 'delimited') return (unit) => ranked.find(({ marks }) => marks.every(({ at, text }) => unit.raw(at, 0).trim() === text));
  const coded = ranked.map((record) => ({ record, marks: record.marks.map(({ at, text }) => ({ at, bytes: bytesOf(text) })) }));
  function bytesOf(text: string): Uint8Array {
    const encoded = encode(encoding, text);
    if (!encoded.ok) throw new RangeError(`${encoding} has no ${encoded.character}`); // layouts are checked when they are read
    return encoded.bytes;
  }
  return ({ bytes, start, end }) => {
    for (const { record, marks } of coded) {
      let met = true;
      for (let m = 0; met && m < marks.length; m++) {
        const { at, bytes: mark } = marks[m] as { at: number; bytes: Uint8Array };
        met = start + at + mark.length <= end;
        for (let i = 0; met && i < mark.length; i++) met = bytes[start + at + i] === mark[i];
      }
      if (met) return record;
    }
    return undefined;
  };
}
