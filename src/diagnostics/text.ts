import { excerptOf, type Excerpt } from './excerpt.ts';
import { hasError, type Diagnostic } from './diagnostic.ts';
import { fold, type Fold } from './fold.ts';
import { hintIn, sentenceIn, wordsOf, type Language } from './language.ts';
import { describePlace, isAddressed, lineColumn, type Place } from './place.ts';

/** Findings for the terminal: where, the excerpt with a caret, what is wrong, which rule says so, what to do. */
export interface TextOptions {
  /** The bytes of a source by its name; without them a finding has no line, column and excerpt. */
  readonly bytes?: (source: string) => Uint8Array | undefined;
  /** How many findings are shown; 20 unless told. */
  readonly limit?: number;
  /** By which option all are seen; `--json` unless told. */
  readonly how?: string;
  /** English unless told. */
  readonly language?: Language | undefined;
  /** What hinders before what does not; by place unless told. */
  readonly errorsFirst?: boolean;
}

/** All findings, sorted by place, those of one cause as one unless all are wanted, and a line that counts them. */
export function renderFindings(findings: readonly Diagnostic[], options: TextOptions = {}): string {
  const limit = options.limit ?? 20;
  const words = wordsOf(options.language);
  const sorted = options.errorsFirst ? errorsFirst(findings) : sortByPlace(findings);
  const folds = limit === Infinity ? sorted.map((first): Fold => ({ first, count: 1, others: [] })) : fold(sorted);
  const blocks = folds.slice(0, limit).map((each) => renderFold(each, options));
  const more = folds.slice(limit).reduce((sum, { count }) => sum + count, 0);
  if (more > 0) blocks.push(`${words.more(more, options.how ?? '--json')}\n`);
  return [...blocks, `${words.counts(count(folds, ['fatal', 'error', 'bug']), count(folds, ['warning']))}\n`].join('\n');
}

/** One finding, with a line break at the end. */
export const renderFinding = (diagnostic: Diagnostic, options: TextOptions = {}): string => renderFold({ first: diagnostic, count: 1, others: [] }, options);

const places = 3; // beside the first

function renderFold({ first: diagnostic, count, others }: Fold, options: TextOptions): string {
  const { language } = options;
  const words = wordsOf(language);
  const place = diagnostic.data ?? diagnostic.rule;
  const bytes = place && options.bytes?.(place.source);
  const excerpt = place && bytes && excerptOf(place, bytes);
  const lines = [`${diagnostic.severity} ${diagnostic.code}${place ? `  ${address(place, options)}` : ''}`];
  // In a message the caret's label says where, in the standard's terms; in a file of ours line and column have said that.
  const located = place !== undefined && isAddressed(place);
  const said = sentenceIn(diagnostic, language);
  const margin = excerpt?.margin.length ?? 2;
  const note = (text: string): number => lines.push(`${' '.repeat(margin + 1)}= ${text}`);
  if (excerpt) {
    lines.push(...drawn(excerpt, located ? describePlace(place, language) : said));
    if (located) note(said);
  } else {
    if (located) note(`${words.at}${describePlace(place, language)}`);
    note(said);
  }
  if (diagnostic.data && diagnostic.rule)
    note(`${words.rule}${address(diagnostic.rule, options)}${diagnostic.args['path'] === undefined ? '' : `  →  ${diagnostic.args['path']}`}`);
  const { expected, cause, related = [] } = diagnostic;
  if (expected && expected.length > 0)
    note(`${words.expected}${expected.slice(0, 8).join(', ')}${expected.length > 8 ? words.andMore(expected.length - 8) : ''}`);
  if (cause) note(`${words.because}${sentenceIn(cause, language)}${cause.data ? ` (${describePlace(cause.data, language)})` : ''}`);
  for (const each of related) note(`${words.with}${sentenceIn(each, language)}${each.data ? ` (${describePlace(each.data, language)})` : ''}`);
  if (count > 1) {
    const also = others.slice(0, places).flatMap(({ data }) => (data ? [describePlace(data, language)] : []));
    note(words.times(count, `${also.join('; ')}${also.length > 0 && others.length > places ? ' …' : ''}`));
  }
  note(`${words.hint}${hintIn(diagnostic, language)}`);
  note(`${words.see}src/diagnostics/CODES.md#${diagnostic.code.toLowerCase()}`);
  return `${lines.join('\n')}\n`;
}

/** By source, then by offset; what has no place comes first, since it concerns the whole. */
export function sortByPlace(findings: readonly Diagnostic[]): readonly Diagnostic[] {
  const key = (each: Diagnostic): Place | undefined => each.data ?? each.rule;
  return [...findings].sort((a, b) => {
    const [one, other] = [key(a), key(b)];
    if (!one || !other) return Number(one !== undefined) - Number(other !== undefined);
    return one.source === other.source ? one.start - other.start : one.source < other.source ? -1 : 1;
  });
}

/** What hinders, by place, and then the rest, by place. */
export function errorsFirst(findings: readonly Diagnostic[]): readonly Diagnostic[] {
  const hinders = (each: Diagnostic): boolean => hasError([each]);
  return [...sortByPlace(findings.filter(hinders)), ...sortByPlace(findings.filter((each) => !hinders(each)))];
}

/** `file:line:column`; without the bytes `file`, with the offset where there is one to tell. */
function address(place: Place, options: TextOptions): string {
  const name = place.source === '' ? 'message' : place.source;
  const bytes = options.bytes?.(place.source);
  if (!bytes) return place.start > 0 ? `${name} (byte ${place.start})` : name;
  const { line, column } = lineColumn(bytes, place.start);
  return `${name}:${line}:${column}`;
}

/**
 *      │
 *   17 │ NAD+CZ+++ACME GMBH'
 *      │     ^^ label
 *      │
 */
function drawn({ margin, text, before, width }: Excerpt, label: string): readonly string[] {
  const blank = `${' '.repeat(margin.length)} │`;
  return [blank, `${margin} │ ${text}`, `${blank} ${' '.repeat(before)}${'^'.repeat(width)} ${label}`, blank];
}

const count = (folds: readonly Fold[], severities: readonly string[]): number =>
  folds.reduce((sum, { first, count: n }) => sum + (severities.includes(first.severity) ? n : 0), 0);
