import { isUtf8 } from '../charset.ts';
import { Cutter } from './cutter.ts';
import { recogniser } from './identify.ts';
import type { Layout } from './layout.ts';
import { RecordUnit } from './record-unit.ts';

/**
 * The layouts in which the first bytes of a file make sense: its first record is known by its marks and is not too long, or the names of
 * all columns that must be there stand in its header. Layouts without a mark and without a header say nothing of themselves.
 */
export function layoutsOf(first: Uint8Array, layouts: readonly Layout[]): readonly Layout[] {
  return layouts.filter((layout) => makesSense(layout, first));
}

function makesSense(layout: Layout, first: Uint8Array): boolean {
  const unit = new RecordUnit(layout, '');
  let verdict: boolean | undefined;
  const judge = (): boolean => {
    if (layout.form.kind === 'delimited' && layout.form.header === 'required') return isHeading(layout, unit);
    const record = recogniser(layout)(unit);
    if (!record || record.marks.length === 0) return false;
    if (layout.interchange.header !== undefined && record.tag !== layout.interchange.header) return false;
    if (layout.interchange.header === undefined && layout.message.from !== undefined && record.tag !== layout.message.from) return false;
    if (layout.form.kind === 'fixed' && layout.form.width > 0 && unit.end - unit.start > layout.form.width) return false;
    unit.tabulate(record);
    for (let atom = 0; atom < unit.size; atom++) if (typeof unit.read(atom) !== 'string') return false;
    return layout.encoding !== 'utf-8' || isUtf8(unit.bytes, unit.start, unit.end);
  };
  const cutter = new Cutter(
    layout,
    1 << 16,
    (bytes, cut, base) => {
      if (verdict !== undefined) return;
      unit.take(bytes, cut, base);
      if (!unit.isBlank) verdict = judge();
    },
    () => (verdict = false),
  );
  cutter.push(first);
  if (verdict === undefined) cutter.finish();
  return verdict ?? false;
}

function isHeading({ records }: Layout, unit: RecordUnit): boolean {
  const names = new Set(Array.from({ length: unit.fields }, (_, field) => unit.raw(field, 0).trim().toLowerCase()));
  const columns = records[0]?.columns ?? [];
  return columns.length > 0 && columns.every(({ required, heading }) => !required || names.has(heading.toLowerCase()));
}
