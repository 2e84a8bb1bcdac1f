/**
 * How a line of a Cargo-IMP message is put together, as a grammar states it:
 *
 *   <RTD>/{line:n1..2}[/P{pieces:n1..4}][/{weight-unit:a1}{weight:d1..7}]
 *
 * | written | means |
 * | --- | --- |
 * | `/P` | these characters |
 * | `<RTD>` | the line identifier: begins a line where the first of several stands, and is left out where the next one continues; `<>` only begins the line |
 * | `^` first of all | every one begins a line |
 * | `{name:format}` | a field |
 * | `{^name}` | a field that is not written: it is what it was in the unit before, of the same tag, which this one continues |
 * | `[ … ]` | there or not |
 * | `( … │ … )` | one of these |
 * | `;` | here the line ends |
 *
 * Formats: `a` letters, `n` digits, `m` letters and digits, `t` text without slants, `l` a line with them, `d` digits with a decimal point that is not
 * counted; each with its length, `3` or `1..35`. Formats may follow each other (`n2a3n2`), with a hyphen between (`n3-n8`), or in a deviation with a
 * slant, which is not read as part of the field (`m2/n3..4`);
 * `=NVD,NCV` is one of these words, `d1..12|NVD` a number or this word. `?` at the end: the field may be empty. `!mod7`: the last of the last eight digits is the
 * remainder of the seven before it by 7.
 */
export interface Field {
  readonly name: string; // 'weight-unit'
  readonly index: number; // in its unit, from 1
  readonly format: Format;
}

export interface Format {
  readonly text: string; // as written: what a finding says was expected
  readonly parts: readonly FormatPart[];
  readonly word: string | undefined; // that may stand in place of them
  readonly mayBeEmpty: boolean;
  readonly check: 'mod7' | undefined;
  readonly slanted: boolean; // slants between its parts do not belong to its text
}

export type FormatPart =
  | { readonly kind: 'a' | 'n' | 'm' | 't' | 'd' | 'l'; readonly min: number; readonly max: number }
  | { readonly kind: 'words'; readonly words: readonly string[] };

export type Token =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'identifier'; readonly text: string }
  | { readonly kind: 'field'; readonly field: Field }
  | { readonly kind: 'inherited'; readonly field: Field }
  | { readonly kind: 'break' }
  | { readonly kind: 'choice'; readonly branches: readonly (readonly Token[])[] }; // an optional part has an empty last branch

export interface Pattern {
  readonly tokens: readonly Token[];
  readonly fields: readonly Field[];
  readonly begins: 'always' | 'first' | 'never'; // a line
  readonly identifier: string; // '' where it has none
}

/** Reads a pattern; throws where it is none, since grammars are our own data and a test reads them all. */
export function readPattern(text: string): Pattern {
  const always = text.startsWith('^');
  let at = always ? 1 : 0;
  const fail = (what: string): never => {
    throw new Error(`pattern \`${text}\`: ${what} at ${at}`);
  };
  const fields: Field[] = [];
  for (const [, name = '', format = ''] of text.matchAll(/\{([^^:}]+):([^}]*)\}/g))
    if (!fields.some((each) => each.name === name)) fields.push({ name, index: fields.length + 1, format: readFormat(format, fail) });
  const until = (close: string): string => {
    const end = text.indexOf(close, at);
    if (end < 0) fail(`\`${close}\` is missing`);
    const inner = text.slice(at + 1, end);
    at = end + 1;
    return inner;
  };
  const sequence = (closers: string): Token[] => {
    const tokens: Token[] = [];
    let literal = '';
    const flush = (): void => {
      if (literal !== '') tokens.push({ kind: 'literal', text: literal });
      literal = '';
    };
    while (at < text.length && !closers.includes(text[at]!)) {
      const character = text[at]!;
      if ('{<[(;'.includes(character)) flush();
      if (character === '{') {
        const [, inherited, name] = /^(\^?)([^:]*)/.exec(until('}'))!;
        const field = fields.find((each) => each.name === name) ?? fail(`no field \`${name}\``);
        tokens.push({ kind: inherited === '' ? 'field' : 'inherited', field });
      } else if (character === ';') {
        tokens.push({ kind: 'break' });
        at++;
      } else if (character === '<') tokens.push({ kind: 'identifier', text: until('>') });
      else if (character === '[' || character === '(') {
        const closer = character === '[' ? ']' : ')';
        const branches: Token[][] = [];
        do {
          at++;
          branches.push(sequence(`|${closer}`));
        } while (text[at] === '|');
        if (text[at] !== closer) fail(`\`${closer}\` is missing`);
        at++;
        if (character === '[') branches.push([]);
        tokens.push({ kind: 'choice', branches });
      } else {
        literal += character;
        at++;
      }
    }
    flush();
    return tokens;
  };
  const tokens = sequence('');
  const [first] = tokens;
  const literal = first?.kind === 'literal' ? (/^[A-Z]{3}(?=$|\/)/.exec(first.text)?.[0] ?? '') : '';
  const begins = always || literal !== '' ? 'always' : first?.kind === 'identifier' ? 'first' : 'never';
  const word = first?.kind === 'field' && first.field.format.parts[0]?.kind === 'words' ? first.field.format.parts[0].words[0]! : literal;
  return { tokens, fields, begins, identifier: first?.kind === 'identifier' ? first.text.replace('/', '') : word };
}

function readFormat(text: string, fail: (what: string) => never): Format {
  const check = text.endsWith('!mod7') ? 'mod7' : undefined;
  const bare = check ? text.slice(0, -5) : text;
  const mayBeEmpty = bare.endsWith('?');
  const [body = '', word] = (mayBeEmpty ? bare.slice(0, -1) : bare).split('|');
  const parts: FormatPart[] = [];
  if (body.startsWith('=')) parts.push({ kind: 'words', words: body.slice(1).split(',') });
  else {
    const piece = /([anmtdl])(\d+)(?:\.\.(\d+))?|[-/]/y;
    while (piece.lastIndex < body.length) {
      const match = piece.exec(body);
      if (!match) return fail(`\`${text}\` is no format`);
      const kind = match[1] as 'a' | undefined;
      parts.push(kind ? { kind, min: Number(match[2]), max: Number(match[3] ?? match[2]) } : { kind: 'words', words: [match[0]] });
    }
  }
  if (parts.length === 0) fail(`\`${text}\` is no format`);
  return { text: body, parts, word, mayBeEmpty, check, slanted: !body.startsWith('=') && body.includes('/') };
}

/** The check digit of an air waybill: the serial number is seven digits and their remainder by 7. */
export function checkDigitHolds(text: string): boolean {
  const digits = text.slice(-8);
  return !/^\d{8}$/.test(digits) || Number(digits.slice(0, 7)) % 7 === Number(digits[7]);
}

const words: Readonly<Record<string, string>> = { a: 'letters', n: 'digits', m: 'letters and digits', t: 'characters', d: 'digits', l: 'characters' };

/** A format in words: `1 to 35 characters`, `8 digits`. */
export function formatInWords({ parts, word, mayBeEmpty }: Format): string {
  const said = parts.map((part) => {
    if (part.kind === 'words') return part.words.map((word) => `\`${word}\``).join(' or ');
    const length = part.min === part.max ? String(part.max) : `${part.min} to ${part.max}`;
    return `${length} ${words[part.kind]}${part.kind === 'd' ? ', with a point or without' : ''}`;
  });
  return `${said.join(', ')}${word === undefined ? '' : `, or \`${word}\``}${mayBeEmpty ? ', or nothing' : ''}`;
}

/** `weight-unit` as people say it. */
export const fieldTitle = (name: string): string => name.replaceAll('-', ' ');
