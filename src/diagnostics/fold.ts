import type { Code } from './codes.ts';
import type { Diagnostic } from './diagnostic.ts';

/** Findings of one cause: the first of them, and how many there are. */
export interface Fold {
  readonly first: Diagnostic;
  readonly count: number;
  readonly others: readonly Diagnostic[]; // after the first, in their order; fewer than `count` says where some were only counted
}

/** A few of one cause are shown one by one: each has a place of its own. */
const apart = 3;

/** How findings that were only counted are told: which code, and how many more. */
const counted: readonly Code[] = ['FINDINGS_MORE', 'EDIFACT_MORE', 'X12_MORE'];

/**
 * Folds findings by their cause, in the order in which each cause is first met: one fault that a message repeats in four hundred
 * segments is one line and a number. The cause is the code with what it is about: the same kind of place, or the same rule.
 */
export function fold(findings: readonly Diagnostic[]): readonly Fold[] {
  const byCause = new Map<string, Diagnostic[]>();
  const more = new Map<string, Diagnostic[]>();
  for (const each of findings) {
    const [into, key] = counted.includes(each.code) ? [more, each.args['code'] ?? ''] : [byCause, causeOf(each)];
    const known = into.get(key);
    if (known) known.push(each);
    else into.set(key, [each]);
  }
  const folds: Fold[] = [];
  for (const causes of byCause.values()) {
    const [first, ...others] = causes as [Diagnostic, ...Diagnostic[]];
    const unlisted = [...byCause.values()].some((other) => other !== causes && other[0]!.code === first.code) ? [] : (more.get(first.code) ?? []);
    if (unlisted.length > 0) more.delete(first.code);
    const count = causes.length + unlisted.reduce((sum, each) => sum + Number(each.args['count'] ?? 0), 0);
    if (count <= apart && unlisted.length === 0) folds.push(...causes.map((each) => ({ first: each, count: 1, others: [] })));
    else folds.push({ first, count, others });
  }
  return [...folds, ...[...more.values()].flat().map((first) => ({ first, count: 1, others: [] }))];
}

function causeOf({ code, severity, data, rule, args }: Diagnostic): string {
  const edi = data?.edi;
  const element = edi?.id ?? (edi?.element === undefined ? '' : `${edi.element}:${edi.component ?? ''}`);
  const path = data?.xpath?.replace(/\[\d+\]/g, '') ?? data?.pointer?.replace(/\/\d+(?=\/|$)/g, '/*') ?? '';
  const about = edi || path !== '' || rule ? '' : JSON.stringify(args);
  return [code, severity, edi?.tag ?? '', element, path, rule ? `${rule.source}:${rule.start}` : '', args['path'] ?? '', about].join('\0');
}
