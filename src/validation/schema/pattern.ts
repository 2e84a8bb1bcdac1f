const escapes: Readonly<Record<string, string>> = { n: '\\n', r: '\\r', t: '\\t', s: '[ \\t\\n\\r]', S: '[^ \\t\\n\\r]', d: '[0-9]' };
const escapesInClass: Readonly<Record<string, string>> = { n: '\\n', r: '\\r', t: '\\t', s: ' \\t\\n\\r', d: '0-9' };
const categories: Readonly<Record<string, string>> = { 'P{Z}': '[!-~\\u00a1-\\u024f]', 'p{IsBasicLatin}': '[\\0-\\x7f]' }; // as far as they are surely meant
const escapable = '\\|.-^?*+{}()[]';

/**
 * A pattern of XML Schema (part 2, appendix F) as an expression of the language, which matches no more than the pattern does: digits
 * are those of ASCII, `.` is no line end of any kind. Undefined where that cannot be promised: most categories (`\p{L}`), words, classes
 * taken from classes, what the two read differently (`^`, `$`), and where libxml2 is known to err.
 */
export function expressionOf(pattern: string): RegExp | undefined {
  let made = '';
  const atoms: Atom[] = [];
  const groups = [new Group()]; // those that are open, and the pattern itself
  let last: Group | undefined; // one that has just ended
  const take = (set: string, end: number): void => {
    made += set;
    atoms.push({ set, times: /^(?:[?*+]|\{[\d,]*\})?/.exec(pattern.slice(end))![0] });
    groups.at(-1)!.begins(set, pattern.slice(end, end + 3));
  };
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at]!;
    const before = last;
    last = undefined;
    if (character === '\\') {
      const next = pattern[at + 1] ?? '';
      const [category = ''] = /^[pP]\{\w+\}/.exec(pattern.slice(at + 1)) ?? [];
      const escape = next === '-' ? next : (categories[category] ?? escapes[next] ?? literal(next));
      if (escape === undefined) return undefined;
      at += Math.max(1, category.length);
      take(escape, at + 1);
    } else if (character === '[') {
      const found = classAt(pattern, at);
      if (!found) return undefined;
      at = found.end;
      take(found.made, at + 1);
    } else if ('^$]}'.includes(character) || (character === '(' && pattern[at + 1] === '?')) return undefined;
    else if (character === '{') {
      const [count] = /^\{\d{1,4}(,(\d{1,4})?)?\}/.exec(pattern.slice(at)) ?? [];
      if (count === undefined || '?*+{'.includes(pattern[at + count.length] ?? ' ')) return undefined;
      if (/^\{(0+,)?0+\}$/.test(count) || before?.varies) return undefined;
      for (const group of groups) group.counts = group.varies = true;
      made += count;
      at += count.length - 1;
    } else if ('?*+|()'.includes(character)) {
      if ('?*+'.includes(character) && '?*+{'.includes(pattern[at + 1] ?? ' ')) return undefined; // a lazy one here, nothing there
      if ('?*+|'.includes(character)) for (const group of groups) group.varies = true;
      if (character === '|') groups.at(-1)!.another();
      if (character === '(') {
        groups.at(-1)!.begins('', '');
        groups.push(new Group());
      } else if (character === ')') last = groups.pop();
      if (groups.length === 0 || last?.errs) return undefined;
      made += character;
    } else take(character, at + 1);
  }
  if (groups[0]!.errs || (atoms.some(isNegative) && !isClear(atoms, /[|(]/.test(pattern)))) return undefined;
  try {
    return new RegExp(`^(?:${made})$`, 'u');
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** A set of characters as it stands in a pattern, and how often one of it comes. */
interface Atom {
  readonly set: string;
  readonly times: string; // `?`, `{2}`
}

/** A set that says what is not in it. Libxml2 errs where one has characters with another that may stand in its place. */
const isNegative = ({ set }: Pick<Atom, 'set'>): boolean => set.startsWith('[^') || set === categories['P{Z}'];

/** Whether a pattern has no set beside `.` but one, or all follow one another and each character can be of one alone. */
function isClear(atoms: readonly Atom[], hasGroups: boolean): boolean {
  if (new Set(atoms.map(({ set }) => set).filter((set) => set !== '.')).size === 1) return true;
  if (hasGroups) return false;
  return atoms.every(({ set, times }, at) => {
    if (/^(\{\d+\})?$/.test(times)) return true;
    const necessary = atoms.findIndex((next, after) => after > at && !/^([?*]|\{0)/.test(next.times));
    return areApart([set, ...atoms.slice(at + 1, necessary < 0 ? atoms.length : necessary + 1).map((next) => next.set)]);
  });
}

/** What stands in brackets. libxml2 errs in some patterns that count what varies, or count in an alternative that begins like another. */
class Group {
  counts = false; // `{2}`
  varies = false; // `?`, `*`, `+`, `{2}`, `|`
  #chooses = false;
  #isBegun = false; // an alternative
  #beginnings: string[] = []; // sets, of which the next character is one
  #isClear = true; // those are all

  /** A set of characters stands next, or a group, which is none. `after`: what follows it. */
  begins(set: string, after: string): void {
    if (this.#isBegun) return;
    this.#isBegun = true;
    this.#beginnings.push(set);
    if (set === '' || (/^[?*{]/.test(after) && after !== '{1}')) this.#isClear = false;
  }

  another(): void {
    this.#isClear &&= this.#isBegun;
    this.#chooses = true;
    this.#isBegun = false;
  }

  get errs(): boolean {
    return this.counts && this.#chooses && !(this.#isBegun && this.#isClear && areApart(this.#beginnings));
  }
}

/** Whether no character is of two sets; what is not ASCII is not looked at. */
function areApart(sets: readonly string[]): boolean {
  const expressions = sets.map((set) => new RegExp(`^${set}$`, 'u'));
  for (let code = 0; code < 0x80; code++) if (expressions.filter((set) => set.test(String.fromCharCode(code))).length > 1) return false;
  return !sets.some((set) => /[^\0-\x7f]/.test(set)) && sets.filter((set) => isNegative({ set })).length < 2;
}

/** A class of characters, `[A-Z0-9]`, from its bracket to the one that ends it. */
function classAt(pattern: string, start: number): { readonly made: string; readonly end: number } | undefined {
  const isNegative = pattern[start + 1] === '^';
  let made = isNegative ? '[^' : '[';
  let before: 'nothing' | 'character' | 'range' | 'set' = 'nothing'; // what a hyphen would follow
  for (let at = start + (isNegative ? 2 : 1); at < pattern.length; at++) {
    const character = pattern[at]!;
    const next = pattern[at + 1] ?? '';
    if (character === ']') return before === 'nothing' ? undefined : { made: `${made}]`, end: at };
    if (character === '[' || character === '^') return undefined;
    if (character === '\\') {
      if (isNegative && next === 'd') return undefined; // there are more digits than those
      const escape = escapesInClass[next] ?? literal(next);
      if (escape === undefined) return undefined;
      made += escape;
      before = next === 's' || next === 'd' ? 'set' : 'character';
      at++;
    } else if (character === '-' && before !== 'nothing' && next !== ']') {
      const end = next === '\\' ? literal(pattern[at + 2] ?? '') : next;
      if (before !== 'character' || end === undefined || '[^-'.includes(end)) return undefined;
      made += `-${end}`;
      before = 'range';
      at += next === '\\' ? 2 : 1;
    } else {
      made += character === '-' ? '\\-' : character;
      before = 'character';
    }
  }
  return undefined;
}

/** A character that an escape stands for, escaped; undefined where it stands for more. */
const literal = (character: string): string | undefined => (character !== '' && escapable.includes(character) ? `\\${character}` : undefined);
