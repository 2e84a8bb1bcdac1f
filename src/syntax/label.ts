import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Syntax } from './unit.ts';

/** What somebody says that bytes are: by a media type, by the name of a file, by what was agreed. The bytes decide all the same. */
export interface Label {
  readonly of: 'media type' | 'file name' | 'agreement';
  readonly text: string; // 'application/xml', 'manifest.xml'; of an agreement the syntaxes, with blanks between them
}

/** Media types and endings of file names that claim a syntax; `edi` and `txt` are used for more than one. */
const claims: Readonly<Record<string, readonly Syntax[]>> = {
  'application/edifact': ['edifact'],
  'application/edi-x12': ['x12'],
  'application/xml': ['xml'],
  'text/xml': ['xml'],
  'application/json': ['json'],
  'application/cargo-imp': ['cargoimp'],
  'text/csv': ['records'],
  edifact: ['edifact'],
  edi: ['edifact', 'x12'],
  x12: ['x12'],
  xml: ['xml'],
  json: ['json'],
  jsonl: ['json'],
  ndjson: ['json'],
  imp: ['cargoimp'],
  csv: ['records'],
};

/** The syntaxes that a label claims; none where it claims nothing (`application/octet-stream`, `manifest.txt`). */
export function claimed({ of, text }: Label): readonly Syntax[] {
  if (of === 'agreement') return text.split(' ') as Syntax[];
  const name = of === 'file name' ? (/\.([^./]+)$/.exec(text)?.[1] ?? '') : text.replace(/;.*$/s, '').trim();
  const known = claims[name.toLowerCase()];
  if (known || of === 'file name') return known ?? [];
  return /\+xml$/i.test(name) ? ['xml'] : /\+json$/i.test(name) ? ['json'] : [];
}

/** A label that disagrees with the bytes, both named. */
export function mislabelled(label: Label, syntax: Syntax, source = ''): Diagnostic | undefined {
  const says = claimed(label);
  if (says.length === 0 || says.includes(syntax)) return undefined;
  const args = { of: label.of, label: label.text, says: says.join(' or '), syntax };
  return finding('SYNTAX_LABEL', args, { data: { source, start: 0, end: 0 }, actual: syntax, expected: says });
}
