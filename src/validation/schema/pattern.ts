import { KnownErrors } from './pattern-errors.ts';

const escapes: Readonly<Record<string, string>> = { n: '\\n', r: '\\r', t: '\\t', s: '[ \\t\\n\\r]', S: '[^ \\t\\n\\r]', d: '[0-9]' };
const escapesInClass: Readonly<Record<string, string>> = { n: '\\n', r: '\\r', t: '\\t', s: ' \\t\\n\\r', d: '0-9' };
const categories: Readonly<Record<string, string>> = { 'P{Z}': '[!-~\\u00a1-\\u024f]', 'p{IsBasicLatin}': '[\\0-\\x7f]' }; // as far as they are surely meant
const escapable = '\\|.-^?*+{}()[]';

/**
 * A pattern of XML Schema (part 2, appendix F) as an expression of the language, which matches no more than the pattern does: digits
 * are those of ASCII, `.` is no line end of any kind. Undefined where that cannot be promised: most categories (`\p{L}`), words, classes
 * taken from classes, what the two read differently (`^`, `$`), and where libxml2 is known to err (`pattern-errors.ts`).
 */
export function expressionOf(pattern: string): RegExp | undefined {
  let made = '';
  let depth = 0;
  const errors = new KnownErrors(pattern);
  const take = (set: string, end: number, isNegative = set.startsWith('[^')): void => {
    made += set;
    errors.set({ set, isNegative }, end);
  };
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at]!;
    if (character === '\\') {
      const next = pattern[at + 1] ?? '';
      const [category = ''] = /^[pP]\{\w+\}/.exec(pattern.slice(at + 1)) ?? [];
      const escape = next === '-' ? next : (categories[category] ?? escapes[next] ?? literal(next));
      if (escape === undefined) return undefined;
      at += Math.max(1, category.length);
      take(escape, at + 1, category.startsWith('P') || escape.startsWith('[^'));
    } else if (character === '[') {
      const found = classAt(pattern, at);
      if (!found) return undefined;
      at = found.end;
      take(found.made, at + 1);
    } else if ('^$]}'.includes(character) || (character === '(' && pattern[at + 1] === '?')) return undefined;
    else if (character === '{') {
      const [count] = /^\{\d{1,4}(,(\d{1,4})?)?\}/.exec(pattern.slice(at)) ?? [];
      if (count === undefined || '?*+{'.includes(pattern[at + count.length] ?? ' ')) return undefined;
      errors.count(count);
      made += count;
      at += count.length - 1;
    } else if ('?*+|()'.includes(character)) {
      if ('?*+'.includes(character) && '?*+{'.includes(pattern[at + 1] ?? ' ')) return undefined; // a lazy one here, nothing there
      if (character === '(') depth++;
      if (character === ')' && --depth < 0) return undefined;
      errors.sign(character);
      made += character;
    } else take(character, at + 1);
  }
  if (errors.any) return undefined;
  try {
    return new RegExp(`^(?:${made})$`, 'u');
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
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
