/**
 * Patterns without backtracking: a subset of RE2 as a Thompson automaton whose states advance together, so that time is
 * (length of the text) × (size of the pattern) whatever the text.
 *
 *     letters   themselves          \d \w \s   digit, letter-digit-underscore, blank   [a-z] [^,;]   one of, none of
 *     .         any character       ( | )      alternatives                            * + ? {2} {2,5} {2,}
 */
export interface Matcher {
  /** Whether the whole text matches. */
  matches(text: string): boolean;
  /** The text with every match (leftmost, of these the longest) replaced. */
  replace(text: string, by: string): string;
}

/** Limits of a pattern: states of the automaton, and the count of a repetition. */
const maxStates = 400;
const maxRepeat = 100;

type Test = (character: string) => boolean;
type State =
  { readonly kind: 'take'; readonly test: Test; next: number } | { readonly kind: 'split'; next: number; other: number } | { readonly kind: 'accept' };
type Tree =
  | { readonly kind: 'one'; readonly test: Test }
  | { readonly kind: 'sequence' | 'either'; readonly parts: readonly Tree[] }
  | { readonly kind: 'repeat'; readonly of: Tree; readonly min: number; readonly max: number };

/** Compiles a pattern; a string says why it is none. */
export function compileMatcher(pattern: string): Matcher | string {
  const reader = new PatternReader(pattern);
  let tree: Tree;
  try {
    tree = reader.whole();
  } catch (error) {
    if (error instanceof PatternFault) return error.message;
    throw error;
  }
  const states: State[] = [{ kind: 'accept' }];
  const first = build(tree, 0, states);
  return states.length > maxStates ? `the pattern has ${states.length} states, at most ${maxStates} are allowed` : new Automaton(states, first);
}

/** Only thrown and caught in this file. */
class PatternFault extends Error {}

const digit: Test = (c) => c >= '0' && c <= '9';
const word: Test = (c) => digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c === '_';
const blank: Test = (c) => c === ' ' || (c >= '\t' && c <= '\r');
const classes: Readonly<Record<string, Test>> = { d: digit, w: word, s: blank, D: (c) => !digit(c), W: (c) => !word(c), S: (c) => !blank(c) };

class PatternReader {
  readonly #characters: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(pattern: string) {
    this.#characters = [...pattern];
  }

  whole(): Tree {
    const tree = this.#either();
    if (this.#at < this.#characters.length) throw new PatternFault('the pattern closes a group that it does not open');
    return tree;
  }

  #either(): Tree {
    const parts = [this.#sequence()];
    while (this.#skip('|')) parts.push(this.#sequence());
    return parts.length === 1 ? parts[0]! : { kind: 'either', parts };
  }

  #sequence(): Tree {
    const parts: Tree[] = [];
    for (let next = this.#peek(); next !== undefined && next !== '|' && next !== ')'; next = this.#peek()) parts.push(this.#repeated());
    return { kind: 'sequence', parts };
  }

  #repeated(): Tree {
    const of = this.#one();
    const [min, max] = this.#skip('*') ? [0, Infinity] : this.#skip('+') ? [1, Infinity] : this.#skip('?') ? [0, 1] : this.#skip('{') ? this.#counts() : [1, 1];
    if (['*', '+', '?', '{'].includes(this.#peek() ?? '')) throw new PatternFault('the pattern repeats a repetition; put the first in parentheses');
    return min === 1 && max === 1 ? of : { kind: 'repeat', of, min, max };
  }

  #counts(): readonly [number, number] {
    const rest = this.#characters.slice(this.#at, this.#at + 12).join('');
    const match = /^(\d{1,3})(,(\d{0,3}))?\}/.exec(rest);
    if (!match) throw new PatternFault('a count in a pattern looks like {2}, {2,5} or {2,}');
    this.#at += match[0].length;
    const min = Number(match[1]);
    const max = match[2] === undefined ? min : match[3] === '' ? Infinity : Number(match[3]);
    if (max < min || min > maxRepeat || (max !== Infinity && max > maxRepeat))
      throw new PatternFault(`a count in a pattern is at most ${maxRepeat} and does not fall`);
    return [min, max];
  }

  #one(): Tree {
    const character = this.#characters[this.#at++]!;
    switch (character) {
      case '(': {
        if (++this.#depth > 8) throw new PatternFault('the pattern nests groups deeper than 8');
        if (this.#skip('?')) throw new PatternFault('groups in a pattern are plain parentheses');
        const inside = this.#either();
        if (!this.#skip(')')) throw new PatternFault('the pattern opens a group that it does not close');
        this.#depth--;
        return inside;
      }
      case '.':
        return { kind: 'one', test: () => true };
      case '[':
        return { kind: 'one', test: this.#set() };
      case '\\':
        return { kind: 'one', test: this.#escape() };
      case '^':
      case '$':
        throw new PatternFault(`\`${character}\` is not needed: \`matches\` covers the whole text`);
      case '*':
      case '+':
      case '?':
      case '{':
        throw new PatternFault(`\`${character}\` has nothing before it to repeat`);
      default:
        return { kind: 'one', test: (c) => c === character };
    }
  }

  #escape(): Test {
    const character = this.#characters[this.#at++];
    if (character === undefined) throw new PatternFault('the pattern ends in a backslash');
    const known = classes[character];
    if (known) return known;
    if (word(character)) throw new PatternFault(`\`\\${character}\` is not known; \\d, \\w, \\s and their capitals are`);
    return (c) => c === character;
  }

  #set(): Test {
    const not = this.#skip('^');
    const tests: Test[] = [];
    while (!this.#skip(']')) {
      const from = this.#characters[this.#at];
      if (from === undefined) throw new PatternFault('the pattern opens a set with [ that it does not close');
      this.#at++;
      const to = this.#characters[this.#at] === '-' && this.#characters[this.#at + 1] !== ']' ? this.#characters[this.#at + 1] : undefined;
      if (from === '\\') tests.push(this.#escape());
      else if (to === undefined) tests.push((c) => c === from);
      else {
        this.#at += 2;
        if (to < from) throw new PatternFault(`the range ${from}-${to} runs backward`);
        tests.push((c) => c >= from && c <= to);
      }
    }
    if (tests.length === 0) throw new PatternFault('the pattern has an empty set []');
    return (c) => tests.some((test) => test(c)) !== not;
  }

  #peek(): string | undefined {
    return this.#characters[this.#at];
  }

  #skip(character: string): boolean {
    if (this.#characters[this.#at] !== character) return false;
    this.#at++;
    return true;
  }
}

/** Adds the states of `tree` that lead on to state `next`; returns the first. Stops adding when there are too many. */
function build(tree: Tree, next: number, states: State[]): number {
  if (states.length > maxStates) return next;
  switch (tree.kind) {
    case 'one':
      return states.push({ kind: 'take', test: tree.test, next }) - 1;
    case 'sequence':
      return tree.parts.reduceRight((following, part) => build(part, following, states), next);
    case 'either':
      return tree.parts.map((part) => build(part, next, states)).reduce((one, other) => states.push({ kind: 'split', next: one, other }) - 1);
    case 'repeat': {
      let following = next;
      if (tree.max === Infinity) {
        const loop: State = { kind: 'split', next, other: next };
        following = states.push(loop) - 1;
        loop.next = build(tree.of, following, states);
      } else {
        for (let i = tree.min; i < tree.max; i++) following = states.push({ kind: 'split', next: build(tree.of, following, states), other: next }) - 1;
      }
      for (let i = 0; i < tree.min; i++) following = build(tree.of, following, states);
      return following;
    }
  }
}

class Automaton implements Matcher {
  readonly #states: readonly State[];
  readonly #first: number;

  constructor(states: readonly State[], first: number) {
    this.#states = states;
    this.#first = first;
  }

  matches(text: string): boolean {
    const characters = [...text];
    return this.#longest(characters, 0) === characters.length;
  }

  replace(text: string, by: string): string {
    const characters = [...text];
    let result = '';
    for (let at = 0; at < characters.length;) {
      const end = this.#longest(characters, at);
      // An empty match replaces nothing: it would put text between any two characters.
      if (end > at) result += by;
      else result += characters[at]!;
      at = Math.max(end, at + 1);
    }
    return result;
  }

  /** The end of the longest match from `start`, or -1. */
  #longest(characters: readonly string[], start: number): number {
    let live = this.#closure([this.#first]);
    let end = live.has(0) ? start : -1;
    for (let at = start; at < characters.length && live.size > 0; at++) {
      const taken: number[] = [];
      for (const index of live) {
        const state = this.#states[index]!;
        if (state.kind === 'take' && state.test(characters[at]!)) taken.push(state.next);
      }
      live = this.#closure(taken);
      if (live.has(0)) end = at + 1;
    }
    return end;
  }

  #closure(from: number[]): ReadonlySet<number> {
    const reached = new Set<number>();
    for (let index = from.pop(); index !== undefined; index = from.pop()) {
      if (reached.has(index)) continue;
      reached.add(index);
      const state = this.#states[index]!;
      if (state.kind === 'split') from.push(state.next, state.other);
    }
    return reached;
  }
}
