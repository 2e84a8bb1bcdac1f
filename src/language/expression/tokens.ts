import type { ExpressionProblem } from './tree.ts';

export interface Token {
  readonly kind: 'text' | 'number' | 'name' | 'sign' | 'end';
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** Words of the grammar, which no name can be. */
export const keywords: ReadonlySet<string> = new Set(['and', 'or', 'not', 'in', 'present', 'if', 'then', 'else', 'true', 'false', 'coalesce']);

/** Names are letters, digits, `_` and `.`; a hyphen belongs to a name only in the two date functions, since elsewhere it subtracts. */
const shape = /(?<name>date-(?:add|diff)\b|[A-Za-z_][A-Za-z0-9_.]*)|(?<number>\d+(?:\.\d+)?)|(?<sign><=|>=|!=|[=<>+\-&*/(),])/y;

/** Cuts an expression into tokens. Texts stand in single or double quotes; the quote itself is written twice. */
export function tokenize(text: string, problems: ExpressionProblem[]): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text[at]!;
    if (/\s/.test(character)) at++;
    else if (character === "'" || character === '"') {
      const end = closing(text, at);
      if (end < 0) {
        problems.push({ message: `the text that begins with ${character} is not closed`, start: at, end: text.length });
        break;
      }
      tokens.push({ kind: 'text', value: text.slice(at + 1, end).replaceAll(character + character, character), start: at, end: end + 1 });
      at = end + 1;
    } else {
      shape.lastIndex = at;
      const match = shape.exec(text);
      if (!match) {
        problems.push({ message: `\`${character}\` means nothing here`, start: at, end: at + 1 });
        break;
      }
      const kind = match.groups!['name'] === undefined ? (match.groups!['number'] === undefined ? 'sign' : 'number') : 'name';
      tokens.push({ kind, value: match[0], start: at, end: at + match[0].length });
      at += match[0].length;
    }
  }
  tokens.push({ kind: 'end', value: '', start: text.length, end: text.length });
  return tokens;
}

/** The closing quote of the text that opens at `at`, or -1. */
function closing(text: string, at: number): number {
  for (let end = at + 1; end < text.length; end++) {
    if (text[end] !== text[at]) continue;
    if (text[end + 1] !== text[at]) return end;
    end++;
  }
  return -1;
}
