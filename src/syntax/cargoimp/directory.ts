import type { MessageNode, SegmentDirectory, SegmentSyntax, WireFormat } from '../segmented.ts';
import { atomKey } from '../unit.ts';
import type { Grammar, Row } from './grammar.ts';
import { formatInWords, type Field, type Format, type FormatPart, type Token } from './pattern.ts';
import { fits } from './print.ts';

/** The tag of the line that says what message it is; its two fields are written by the writer. */
export const IDENTIFICATION = 'SMI';

/** Cargo-IMP as a segmented syntax: the identification line names a message, and nothing closes it. */
export const cargoImpSegments: SegmentSyntax = {
  header: IDENTIFICATION,
  whole: true,
  service: {
    header: IDENTIFICATION,
    trailer: undefined,
    reference: undefined,
    identifier: new Map([
      [atomKey(1, 1), 'type'],
      [atomKey(2, 1), 'version'],
    ]),
    by: 'line',
  },
  fields: {
    'heading.sender': (header) => header.interchange.sender,
    'heading.recipient': (header) => header.interchange.recipient,
  },
};

const identification: readonly Field[] = ['type', 'version'].map((name, at) => {
  return {
    name,
    index: at + 1,
    format: { text: '', parts: [{ kind: 'm', min: 1, max: 3 }], word: undefined, mayBeEmpty: true, check: undefined, slanted: false },
  };
});

/** A grammar as maps ask of it: units by their tag, fields by name or by number. */
export function grammarDirectory(grammar: Grammar): SegmentDirectory {
  const required = new Map<string, ReadonlySet<string>>();
  const visit = (rows: readonly Row[]): void => {
    for (const { tag, pattern, children } of rows) {
      const own = requiredIn(pattern.tokens);
      const before = required.get(tag);
      required.set(tag, before ? new Set([...before].filter((name) => own.has(name))) : own);
      visit(children);
    }
  };
  visit(grammar.rows);
  const fields = (tag: string): readonly Field[] => (tag === IDENTIFICATION ? identification : (grammar.units.get(tag) ?? []));
  const position = (tag: string, { name, index, format }: Field) => {
    return { id: name, key: atomKey(index, 1), format: wireFormat(format), required: required.get(tag)?.has(name) ? ('unit' as const) : undefined };
  };
  return {
    name: grammar.name,
    has: (tag) => fields(tag).length > 0 || grammar.units.has(tag),
    tags: () => [IDENTIFICATION, ...grammar.units.keys()],
    ids: (tag) => fields(tag).map(({ name }) => name),
    positions: (tag) => fields(tag).map((field) => ({ codes: () => wordsOf(field.format), ...position(tag, field) })),
    element(tag, id) {
      const field = fields(tag).find(({ name, index }) => name === id || String(index) === id);
      if (!field) return undefined;
      const { key, ...rest } = position(tag, field);
      return { keys: [key], ...rest };
    },
    messages: () => [grammar.type],
    nodes: (message) => (message === grammar.type ? [{ id: IDENTIFICATION, required: true, repeat: 1 }, ...nodesOf(grammar.rows)] : undefined),
  };
}

const nodesOf = (rows: readonly Row[]): MessageNode[] =>
  rows.map(({ tag, min, max, children }) => {
    const node = { id: tag, required: min > 0, repeat: max };
    return children.length === 0 ? node : { ...node, id: `${tag}…`, nodes: [{ id: tag, required: true, repeat: 1 }, ...nodesOf(children)] };
  });

/** The fields that a pattern cannot do without. */
function requiredIn(tokens: readonly Token[]): ReadonlySet<string> {
  return new Set(tokens.flatMap((token) => (token.kind === 'field' && !token.field.format.mayBeEmpty ? [token.field.name] : [])));
}

const wordsOf = ({ parts: [part, ...more] }: Format): readonly string[] => (part?.kind === 'words' && more.length === 0 ? part.words : []);

/** A format in the terms of all segmented syntaxes: what kind of characters, how many, and its form. */
function wireFormat(format: Format): WireFormat {
  const kinds = new Set(format.parts.map(({ kind }) => kind));
  const type =
    format.word !== undefined ? 'an' : [...kinds].every((kind) => kind === 'n' || kind === 'd') ? 'n' : kinds.size === 1 && kinds.has('a') ? 'a' : 'an';
  let min = 0;
  let max = 0;
  for (const part of format.parts) {
    const lengths = part.kind === 'words' ? part.words.map(({ length }) => length) : [part.min, part.max];
    min += Math.min(...lengths);
    max += Math.max(...lengths);
  }
  if (format.word !== undefined) max++; // letters and the point count
  const words = formatInWords({ ...format, mayBeEmpty: false });
  return {
    type,
    min,
    max,
    form: { words, fits: (text) => fits(format, text), example: (random) => withCheck(format, format.parts.map((part) => exampleOf(part, random)).join('')) },
  };
}

/** The same with the check digit that it should have. */
const withCheck = ({ check }: Format, text: string): string => (check ? `${text.slice(0, -1)}${Number(text.slice(-8, -1)) % 7}` : text);

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const alphabets = { a: letters, n: '123456789', m: `${letters}123456789`, t: letters, d: '123456789', l: letters } as const;

function exampleOf(part: FormatPart, random: () => number): string {
  const pick = (from: string | readonly string[]): string => from[Math.floor(random() * from.length)]!;
  if (part.kind === 'words') return pick(part.words);
  const length = Math.max(part.min, Math.min(part.max, 1 + Math.floor(random() * 12)));
  return Array.from({ length }, () => pick(alphabets[part.kind])).join('');
}
