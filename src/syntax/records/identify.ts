import { encode } from '../charset.ts';
import type { Layout, RecordLayout } from './layout.ts';
import { recordPlans, type RecordPlan } from './plan.ts';
import type { RecordUnit } from './record-unit.ts';

/** Tells which record this is: of those whose marks are all there, the one with most bytes of them. */
export function recogniser(layout: Layout): (unit: RecordUnit) => RecordPlan {
  const { encoding, form } = layout;
  const unknown = recordPlans(layout).at(-1)!;
  const lengthOf = ({ marks }: RecordLayout): number => marks.reduce((sum, { text }) => sum + text.length, 0);
  const ranked = recordPlans(layout)
    .flatMap((plan) => (plan.record ? [{ plan, marks: plan.record.marks, length: lengthOf(plan.record) }] : []))
    .sort((a, b) => b.length - a.length);
  if (form.kind === 'delimited') return (unit) => ranked.find(({ marks }) => marks.every(({ at, text }) => unit.raw(at, 0).trim() === text))?.plan ?? unknown;
  const coded = ranked.map(({ plan, marks }) => ({ plan, marks: marks.map(({ at, text }) => ({ at, bytes: bytesOf(text) })) }));
  function bytesOf(text: string): Uint8Array {
    const encoded = encode(encoding, text);
    if (!encoded.ok) throw new RangeError(`${encoding} has no ${encoded.character}`); // layouts are checked when they are read
    return encoded.bytes;
  }
  // Where all are known by what stands at one place, its first byte leaves few.
  const at = coded[0]?.marks[0]?.at ?? 0;
  const byFirst = coded.every(({ marks: [mark] }) => mark?.at === at && mark.bytes.length > 0);
  const found = Array.from({ length: byFirst ? 256 : 1 }, (_, byte) => coded.filter(({ marks: [mark] }) => !byFirst || mark?.bytes[0] === byte));
  return ({ bytes, start, end }) => {
    const candidates = found[byFirst ? bytes[Math.min(start + at, bytes.length - 1)]! : 0]!;
    for (let c = 0; c < candidates.length; c++) {
      const { plan, marks } = candidates[c]!;
      let met = true;
      for (let m = 0; met && m < marks.length; m++) {
        const { at, bytes: mark } = marks[m]!;
        met = start + at + mark.length <= end;
        for (let i = 0; met && i < mark.length; i++) met = bytes[start + at + i] === mark[i];
      }
      if (met) return plan;
    }
    return unknown;
  };
}
