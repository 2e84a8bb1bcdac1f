import type { Row } from './grammar.ts';
import { fieldTitle, formatInWords, type Field, type FormatPart, type Pattern, type Token } from './pattern.ts';
import { after, findStep, skippedBy, type Position, type Step } from './walker.ts';

/** A unit as it was found in a line. */
export interface Piece {
  readonly row: Row;
  readonly start: number; // in the line
  end: number;
  readonly spans: readonly Span[];
  readonly inherited: readonly Field[]; // not written: as in the unit before it
  readonly skipped: readonly Row[]; // required rows that should have stood before it
  readonly continues: boolean;
  readonly deviation: string; // its name, '' where the row is written as the standard says
  readonly inside: boolean; // stands inside a line though it begins one
}

export interface Span {
  readonly field: Field;
  readonly start: number;
  readonly end: number;
  readonly wrong: boolean; // not as its format says
}

export interface LineResult {
  readonly pieces: readonly Piece[];
  readonly to: Position;
  readonly end: number; // of what was understood; the whole line where all was
  readonly furthest: number; // where it went wrong
  readonly expected: () => readonly string[]; // what could have stood there, in words
}

/** How much a line may be at odds with the grammar: not at all · in ways that were seen before · in its line breaks · in the form of its fields. */
export type Leniency = 'strict' | 'deviations' | 'breaks' | 'loose';

const STEPS = 2_000; // tokens tried at one look at a line: those of real messages take a hundred, the oddest of them a thousand

/**
 * How much may be tried in vain: tokens for a start, and one more for every four bytes that are read. What is odd from beginning to end would otherwise take a
 * hundred times as long as a message does; from then on its lines are looked at once. What is understood, as it should be or with a
 * deviation, costs nothing.
 */
export class Patience {
  #left = 200_000;

  read(bytes: number): void {
    this.#left = Math.min(this.#left + (bytes >> 2), 2_000_000);
  }

  spend(steps: number): void {
    this.#left -= steps;
  }

  get isOver(): boolean {
    return this.#left <= 0;
  }
}

/**
 * Finds the units of one line: the way through the grammar, from where reading stands, on which the whole line is read. Of several ways the
 * nearest is taken. A line is short, so ways are tried and left; how many is bounded.
 */
export function readLine(text: string, from: Position, identifiers: ReadonlySet<string>, patience: Patience): LineResult {
  let best: LineResult | undefined;
  let spent = 0;
  for (const leniency of ['strict', 'deviations', 'breaks', 'loose'] as const) {
    if (best && patience.isOver) return best;
    const attempt = new Attempt(text, leniency, identifiers);
    const result = attempt.read(from);
    spent += attempt.steps;
    const isWhole = result.end === text.length;
    if (isWhole && (leniency === 'strict' || leniency === 'deviations')) return result;
    if (isWhole || leniency === 'loose') patience.spend(spent);
    if (isWhole) return result;
    if (!best || result.end > best.end || (result.end === best.end && result.furthest > best.furthest)) best = result;
  }
  return best!;
}

/** Whether a unit stands at the beginning of a line. */
export const beginsLine = ({ begins }: Pattern, continues: boolean): boolean => begins === 'always' || (begins === 'first' && !continues);

class Attempt {
  readonly #text: string;
  readonly #identifier: string; // that the line begins with
  readonly #leniency: Leniency;
  readonly #pieces: Piece[] = [];
  #spans: Span[] = [];
  #inherited: Field[] = [];
  readonly #mayJoin: boolean; // what begins a line may stand inside one
  #left = STEPS;
  #best: { readonly pieces: readonly Piece[]; readonly to: Position; readonly end: number } | undefined;
  #furthest = 0;
  #expected: { readonly row: Row; readonly what: string | Field }[] = [];

  constructor(text: string, leniency: Leniency, identifiers: ReadonlySet<string>) {
    this.#text = text;
    const word = /^[A-Z]{3}(?=\/|$)/.exec(text)?.[0] ?? '';
    this.#identifier = identifiers.has(word) ? word : '';
    this.#leniency = leniency;
    this.#mayJoin = leniency === 'breaks' || leniency === 'loose';
  }

  /** How much was tried. */
  get steps(): number {
    return STEPS - this.#left;
  }

  read(from: Position): LineResult {
    this.#next(0, from);
    const { pieces, to, end } = this.#best ?? { pieces: [], to: from, end: 0 };
    return { pieces, to, end, furthest: this.#furthest, expected: () => wordsOf(this.#expected) };
  }

  /** Reads on at `at`, where reading stands at `position`; true where the whole line is read. */
  #next(at: number, position: Position): boolean {
    if (!this.#best || at > this.#best.end) this.#best = { pieces: [...this.#pieces], to: position, end: at };
    if (at === this.#text.length) return true;
    return findStep(position, (step) => this.#takes(step, at)) !== undefined;
  }

  #takes(step: Step, at: number): boolean {
    const { row, continues } = step;
    if (row.raw) return at === 0 && (step.skipped === undefined || this.#leniency === 'loose') && this.#raw(step);
    if (at > 0 && beginsLine(row.pattern, continues) && (!this.#mayJoin || this.#text[at] !== '/')) return false;
    if (this.#piece(at, step, row.pattern, '')) return true;
    if (this.#leniency === 'strict') return false;
    return row.deviations.some(({ name, pattern }) => this.#mayBe(at, pattern) && this.#piece(at, step, pattern, name));
  }

  /** A line that says what it is, is nothing else. */
  #mayBe(at: number, { identifier }: Pattern): boolean {
    return at > 0 || this.#identifier === '' || this.#identifier === identifier;
  }

  #piece(at: number, step: Step, pattern: Pattern, deviation: string): boolean {
    const { row, continues } = step;
    if (this.#isElse(at, pattern, row, continues)) return false;
    const [outer, outerInherited] = [this.#spans, this.#inherited];
    const spans: Span[] = (this.#spans = []);
    const inherited: Field[] = (this.#inherited = []);
    const read = this.#tokens(pattern.tokens, 0, at, continues, row, (end) => {
      if (end === at) return false;
      const inside = at > 0 && beginsLine(pattern, continues);
      this.#pieces.push({ row, start: at, end, spans: [...spans], inherited: [...inherited], skipped: skippedBy(step), continues, deviation, inside });
      if (this.#next(end, after(step))) return true;
      this.#pieces.pop();
      [this.#spans, this.#inherited] = [spans, inherited];
      return false;
    });
    [this.#spans, this.#inherited] = [outer, outerInherited];
    return read;
  }

  /** Whether a row is not the one at hand already by its first characters: most are not, and are left here. */
  #isElse(at: number, { tokens: [first] }: Pattern, row: Row, continues: boolean): boolean {
    if (first?.kind === 'literal' || (first?.kind === 'identifier' && !continues)) {
      if (this.#text.startsWith(first.text, at)) return false;
      this.#left--;
      this.#stuck(at, row, first.text);
      return true;
    }
    if (first?.kind !== 'field' || at > 0) return false;
    const { parts, word, mayBeEmpty } = first.field.format;
    const [part] = parts;
    if (part?.kind !== 'words' || word !== undefined || mayBeEmpty || part.words.some((each) => this.#text.startsWith(each))) return false;
    this.#left--;
    this.#stuck(at, row, first.field);
    return true;
  }

  #raw(step: Step): boolean {
    const { row, continues } = step;
    const end = this.#text.length;
    const field = row.pattern.fields[0]!;
    this.#pieces.push({
      row,
      start: 0,
      end,
      spans: [{ field, start: 0, end, wrong: false }],
      inherited: [],
      skipped: skippedBy(step),
      continues,
      deviation: '',
      inside: false,
    });
    return this.#next(end, after(step));
  }

  #tokens(tokens: readonly Token[], index: number, at: number, continues: boolean, row: Row, then: (end: number) => boolean): boolean {
    if (--this.#left <= 0) return false;
    const token = tokens[index];
    if (!token) return then(at);
    const on = (end: number): boolean => this.#tokens(tokens, index + 1, end, continues, row, then);
    switch (token.kind) {
      case 'literal':
        return this.#literal(token.text, at, row, on);
      case 'identifier':
        return (continues && on(at)) || this.#literal(token.text, at, row, on);
      case 'field':
        return this.#field(token.field, at, row, on);
      case 'inherited': {
        if (!continues) return false;
        this.#inherited.push(token.field);
        if (on(at)) return true;
        this.#inherited.pop();
        return false;
      }
      case 'break':
        return (at === this.#text.length || this.#mayJoin) && on(at);
      default:
        return token.branches.some((branch) => this.#tokens(branch, 0, at, continues, row, on));
    }
  }

  #literal(literal: string, at: number, row: Row, on: (end: number) => boolean): boolean {
    if (this.#text.startsWith(literal, at)) return on(at + literal.length);
    this.#stuck(at, row, literal);
    return false;
  }

  #field(field: Field, at: number, row: Row, on: (end: number) => boolean): boolean {
    const keep = (end: number, wrong: boolean): boolean => {
      const count = this.#spans.length;
      if (end > at) this.#spans.push({ field, start: at, end, wrong });
      if (on(end)) return true;
      this.#spans.length = count;
      return false;
    };
    if (this.#parts(field.format.parts, 0, at, (end) => keep(end, false))) return true;
    const { word, mayBeEmpty } = field.format;
    if (word !== undefined && this.#text.startsWith(word, at) && keep(at + word.length, false)) return true;
    if (mayBeEmpty && keep(at, false)) return true;
    this.#stuck(at, row, field);
    const isWord = field.format.parts.some(({ kind }) => kind === 'words') && field.format.parts.length === 1;
    if (this.#leniency !== 'loose' || at === 0 || isWord) return false; // what a line is, must be certain
    const slant = this.#text.indexOf('/', at);
    const end = slant < 0 ? this.#text.length : slant;
    return end > at && keep(end, true);
  }

  /** The parts of a format one after the other, each as long as it can be first. */
  #parts(parts: readonly FormatPart[], index: number, at: number, then: (end: number) => boolean): boolean {
    const part = parts[index];
    if (!part) return then(at);
    if (--this.#left <= 0) return false;
    if (part.kind === 'words') return part.words.some((word) => this.#text.startsWith(word, at) && this.#parts(parts, index + 1, at + word.length, then));
    const longest = runOf(part, this.#text, at);
    if (part.kind === 't') return longest >= part.min && this.#parts(parts, index + 1, at + longest, then);
    for (let length = longest; length >= part.min; length--) if (this.#parts(parts, index + 1, at + length, then)) return true;
    return false;
  }

  #stuck(at: number, row: Row, what: string | Field): void {
    if (at < this.#furthest) return;
    if (at > this.#furthest) this.#expected = [];
    this.#furthest = at;
    if (this.#expected.length < 24) this.#expected.push({ row, what });
  }
}

/** A dozen of what could have stood somewhere. */
function wordsOf(expected: readonly { readonly row: Row; readonly what: string | Field }[]): readonly string[] {
  const words = new Set<string>();
  for (const { row, what } of expected) if (words.size < 12) words.add(wordFor(row, what));
  return [...words];
}

/** Said once for each place of the grammar: in a file that is odd from beginning to end every line is told what could have stood there. */
function wordFor(row: Row, what: string | Field): string {
  let words = wordsByRow.get(row);
  if (!words) wordsByRow.set(row, (words = new Map()));
  let word = words.get(what);
  if (word === undefined) {
    if (typeof what === 'string') word = what === row.pattern.identifier ? row.tag : `\`${what}\` of ${row.tag}`;
    else word = `${fieldTitle(what.name)} of ${row.tag} (${formatInWords(what.format)})`;
    words.set(what, word);
  }
  return word;
}
const wordsByRow = new WeakMap<Row, Map<string | Field, string>>();

const classes = { a: /[A-Z]/, n: /\d/, m: /[A-Z0-9]/, t: /[^/]/, d: /[\d.]/, l: /./ } as const;

/** How many characters a part could take; of text all up to the next slant, or none where that is too long. */
function runOf({ kind, max }: Extract<FormatPart, { readonly max: number }>, text: string, at: number): number {
  let end = at;
  if (kind === 't') {
    while (end < text.length && text[end] !== '/') end++;
    return end - at > max ? -1 : end - at;
  }
  let digits = 0;
  let points = 0;
  for (; end < text.length && classes[kind].test(text[end]!); end++) {
    if (kind === 'd' && text[end] === '.') {
      if (++points > 1) break; // it does not count
    } else if (++digits > max) break;
  }
  return end - at;
}
