import type { Grammar, Row } from './grammar.ts';
import type { Field, Format, Token } from './pattern.ts';
import { atomKey } from '../unit.ts';

/** A grammar as the compiler of maps asks of it: units by their tag, fields by name or by number. */
export function grammarDirectory(grammar: Grammar) {
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
  const fields = (tag: string): readonly Field[] => grammar.units.get(tag) ?? [];
  return {
    name: grammar.name,
    has: (tag: string) => grammar.units.has(tag),
    tags: () => [...grammar.units.keys()],
    ids: (tag: string) => fields(tag).map(({ name }) => name),
    positions: (tag: string) => fields(tag).map(({ name, index }) => ({ id: name, key: atomKey(index, 1) })),
    messages: () => [grammar.type],
    tagsOf: (message: string) => (message === grammar.type ? new Set(grammar.units.keys()) : undefined),
    element(tag: string, id: string) {
      const field = fields(tag).find(({ name, index }) => name === id || String(index) === id);
      if (!field) return undefined;
      return {
        keys: [atomKey(field.index, 1)],
        format: wireFormat(field.format),
        required: required.get(tag)?.has(field.name) ? ('unit' as const) : undefined,
      };
    },
  };
}

/** The fields that a pattern cannot do without. */
function requiredIn(tokens: readonly Token[]): ReadonlySet<string> {
  return new Set(tokens.flatMap((token) => (token.kind === 'field' && !token.field.format.mayBeEmpty ? [token.field.name] : [])));
}

/** A format in the terms of EDIFACT: what kind of characters, and how many. */
function wireFormat({ parts }: Format): { readonly type: 'a' | 'n' | 'an'; readonly min: number; readonly max: number } {
  const kinds = new Set(parts.map(({ kind }) => kind));
  const type = [...kinds].every((kind) => kind === 'n' || kind === 'd') ? 'n' : kinds.size === 1 && kinds.has('a') ? 'a' : 'an';
  let min = 0;
  let max = 0;
  for (const part of parts) {
    const lengths = part.kind === 'words' ? part.words.map(({ length }) => length) : [part.min, part.max];
    min += Math.min(...lengths);
    max += Math.max(...lengths);
  }
  return { type, min, max };
}
