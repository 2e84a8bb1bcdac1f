import { fieldTitle, formatInWords, type Field, type Format, type FormatPart, type Pattern, type Token } from './pattern.ts';

/** What came of writing a unit by a pattern: its text, or why not. */
export type Printed = Written | Refused;

export interface Written {
  readonly text: string;
  readonly breaks: boolean; // the line ends with it
}

export interface Refused {
  readonly problem: string;
  readonly field: string;
}

/**
 * Writes the fields of a unit by a pattern: every field has to find its place, and every place that must be filled its field. `before` are the fields of the
 * unit that this one continues: what is inherited is what it was there.
 */
export function printUnit(pattern: Pattern, texts: ReadonlyMap<number, string>, continues: boolean, before?: ReadonlyMap<number, string>): Printed {
  for (const { index, name, format } of pattern.fields) {
    const text = texts.get(index);
    if (text !== undefined && !fits(format, text)) return { problem: `\`${text}\` is not ${formatInWords(format)}`, field: fieldTitle(name) };
  }
  const printer = new Printer(texts, continues, continues ? before : undefined);
  const text = printer.tokens(pattern.tokens);
  if (text === undefined) return { problem: 'it is not there', field: fieldTitle(printer.wanted?.name ?? '') };
  const left = [...texts.keys()].find((index) => !printer.used.has(index));
  if (left === undefined) return { text, breaks: printer.breaks };
  return { problem: 'it has no place beside the others', field: fieldTitle(pattern.fields.find(({ index }) => index === left)?.name ?? String(left)) };
}

class Printer {
  readonly #texts: ReadonlyMap<number, string>;
  readonly #continues: boolean;
  readonly #before: ReadonlyMap<number, string> | undefined;
  used = new Set<number>();
  breaks = false;
  wanted: Field | undefined;

  constructor(texts: ReadonlyMap<number, string>, continues: boolean, before: ReadonlyMap<number, string> | undefined) {
    this.#texts = texts;
    this.#continues = continues;
    this.#before = before;
  }

  tokens(tokens: readonly Token[]): string | undefined {
    let all = '';
    for (const token of tokens) {
      const text = this.#token(token);
      if (text === undefined) return undefined;
      all += text;
    }
    return all;
  }

  #token(token: Token): string | undefined {
    switch (token.kind) {
      case 'literal':
        return token.text;
      case 'identifier':
        return this.#continues ? '' : token.text;
      case 'break':
        this.breaks = true;
        return '';
      case 'field': {
        const text = this.#texts.get(token.field.index);
        if (text !== undefined) this.used.add(token.field.index);
        else if (!token.field.format.mayBeEmpty) this.wanted ??= token.field;
        return text ?? (token.field.format.mayBeEmpty ? '' : undefined);
      }
      case 'inherited': {
        const { index } = token.field;
        const text = this.#texts.get(index);
        if (!this.#before || text !== this.#before.get(index)) return undefined;
        if (text !== undefined) this.used.add(index);
        return '';
      }
      default:
        return this.#choice(token.branches);
    }
  }

  /** The first branch that states something; where none does, the one that can stand empty. */
  #choice(branches: readonly (readonly Token[])[]): string | undefined {
    let empty: string | undefined;
    for (const branch of branches) {
      const [used, breaks, wanted] = [new Set(this.used), this.breaks, this.wanted];
      const text = this.tokens(branch);
      if (text !== undefined) this.wanted = wanted;
      if (text !== undefined && this.used.size > used.size) return text;
      [this.used, this.breaks] = [used, breaks];
      if (branches.at(-1)!.length === 0) this.wanted = wanted;
      if (text !== undefined) empty = branch.length === 0 ? text : (empty ?? text);
    }
    return empty;
  }
}

/** Whether a text is what a format holds. */
export function fits({ parts, word }: Format, text: string): boolean {
  return text === word || fitsFrom(parts, 0, text);
}

const classes = { a: /^[A-Z]*$/, n: /^\d*$/, m: /^[A-Z0-9]*$/, t: /^[ -.0-~]*$/, d: /^\d*\.?\d*$/, l: /^[ -~]*$/ } as const;

function fitsFrom(parts: readonly FormatPart[], index: number, text: string): boolean {
  const part = parts[index];
  if (!part) return text === '';
  if (part.kind === 'words') return part.words.some((word) => text.startsWith(word) && fitsFrom(parts, index + 1, text.slice(word.length)));
  for (let length = text.length; length >= 1 || (length === 0 && part.min === 0); length--) {
    const piece = text.slice(0, length);
    const size = part.kind === 'd' ? piece.replace('.', '').length : length;
    if (size >= part.min && size <= part.max && classes[part.kind].test(piece) && fitsFrom(parts, index + 1, text.slice(length))) return true;
  }
  return false;
}
