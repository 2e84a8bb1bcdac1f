import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { codes } from '../../../src/diagnostics/codes.ts';
import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import { yamlKinds } from '../../../src/language/file.ts';
import { readLayout } from '../../../src/maps/layout.ts';
import type { Layout } from '../../../src/syntax/records/layout.ts';
import { recordReader, type RecordReaderOptions } from '../../../src/syntax/records/reader.ts';
import { root } from '../../root.ts';

const schema = readFileSync(join(root, 'schemas/config/layout.schema.json'), 'utf8');
const kind = yamlKinds([{ path: 'layout.schema.json', text: schema }], ['layout']).get('layout')!;

export const readLayoutText = (text: string): ReturnType<typeof readLayout> => readLayout({ path: 'layout.yaml', text }, kind);

/** The layout of a text that has no faults. */
export function layoutOf(text: string): Layout {
  const { layout, findings } = readLayoutText(text);
  if (!layout) throw new Error(findings.map(({ code, args, rule }) => `${code} ${JSON.stringify(args)} at ${rule?.start}`).join('\n'));
  return layout;
}

/** A file as one line an event: what a reader hands out, in order. */
export function events(layout: Layout, bytes: Uint8Array | string, cuts: readonly number[] = [], options: RecordReaderOptions = {}): readonly string[] {
  const all = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes);
  const told: string[] = [];
  const reader = recordReader(
    layout,
    {
      interchange: ({ sender, recipient, reference }) => void told.push(`interchange ${[sender, recipient, reference].map((each) => each ?? '-').join(' ')}`),
      message: ({ reference }) => void told.push(`message ${reference ?? '-'}`),
      unit(unit) {
        const atoms = Array.from({ length: unit.size }, (_, i) => `${unit.place(i).column?.split('.')[1] ?? ''}=${unit.text(i)}`);
        for (let i = 0; i < unit.size; i++) if (unit.starts[i]! < unit.start || unit.ends[i]! > unit.end) told.push('a span out of range');
        told.push(`${unit.position} ${unit.tag} ${atoms.join(' ')}`);
      },
      messageEnd: () => void told.push('message end'),
      interchangeEnd: () => void told.push('interchange end'),
      finding: (each: Diagnostic) =>
        void told.push(
          `${each.code} ${each.data?.start}-${each.data?.end} ${Object.values(each.args).join(' ')}${each.severity === codes[each.code].severity ? '' : ` ${each.severity}`}`,
        ),
    },
    options,
  );
  let from = 0;
  for (const to of [...cuts, all.length]) {
    const lent = Buffer.from(all.subarray(from, to));
    reader.push(lent);
    lent.fill(0x2a); // whose it is may write there again
    from = to;
  }
  reader.end();
  return told;
}
