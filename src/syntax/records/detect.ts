import { isUtf8 } from '../charset.ts';
import { Cutter } from './cutter.ts';
import { recogniser } from './identify.ts';
import type { Layout } from './layout.ts';
import { RecordUnit } from './record-unit.ts';

/**
 * The layouts in which the first bytes of a file make sense: its first record is known by its marks and is not too long, or its header has
 * the names of the columns that must be there. Of headers the one that names nothing else is the better. Layouts without a mark and
 * without a header say nothing of themselves.
 */
export function layoutsOf(first: Uint8Array, layouts: readonly Layout[]): readonly Layout[] {
  const fits = layouts.map((layout) => ({ layout, fit: fitOf(layout, first) }));
  const best = Math.max(...fits.map(({ fit }) => fit), 0);
  return best === 0 ? [] : fits.filter(({ fit }) => fit === best).map(({ layout }) => layout);
}

const longest = 1 << 16; // bytes of a first record

/** 0 not at all, 1 whole; of a header that names other columns too, the share of those that are known, which is above a half. */
function fitOf(layout: Layout, first: Uint8Array): number {
  const unit = new RecordUnit(layout, '');
  let verdict: number | undefined;
  const isRecord = (): boolean => {
    const plan = recogniser(layout)(unit);
    const { record } = plan;
    if (!record || record.marks.length === 0) return false;
    if (layout.interchange.header !== undefined && record.tag !== layout.interchange.header) return false;
    if (layout.interchange.header === undefined && layout.message.from !== undefined && record.tag !== layout.message.from) return false;
    if (layout.form.kind === 'fixed' && layout.form.width > 0 && unit.end - unit.start > layout.form.width) return false;
    unit.tabulate(plan);
    for (let atom = 0; atom < unit.size; atom++) if (typeof unit.read(atom) !== 'string') return false;
    return layout.encoding !== 'utf-8' || isUtf8(unit.bytes, unit.start, unit.end);
  };
  const headed = layout.form.kind === 'delimited' && layout.form.header === 'required';
  const cutter = new Cutter(
    layout,
    longest,
    (bytes, cut, base) => {
      if (verdict !== undefined) return;
      unit.take(bytes, cut, base);
      if (!unit.isBlank) verdict = headed ? headingFit(layout, unit) : Number(isRecord());
    },
    () => (verdict = 0),
  );
  cutter.push(first.subarray(0, longest + 2)); // a record and its line end
  if (verdict === undefined) cutter.finish();
  return verdict ?? 0;
}

function headingFit({ records }: Layout, unit: RecordUnit): number {
  const names = Array.from({ length: unit.fields }, (_, field) => unit.raw(field, 0).trim().toLowerCase());
  const columns = records[0]?.columns ?? [];
  const headings = new Set(columns.map(({ heading }) => heading.toLowerCase()));
  if (columns.some(({ required, heading }) => required && !names.includes(heading.toLowerCase()))) return 0;
  const share = names.filter((name) => headings.has(name)).length / names.length;
  return share > 0.5 ? share : 0;
}
