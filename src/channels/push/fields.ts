/**
 * Structured fields (RFC 9651), as far as signatures and digests need them: a dictionary of byte sequences, of other bare
 * items, and of lists of strings with parameters.
 */
export type Bare = string | number | boolean | Buffer | { readonly token: string };
export type Parameters = ReadonlyMap<string, Bare>;

/** One member: an item, or the items of an inner list; `text` is the value exactly as it was sent, without the name. */
export interface Member {
  readonly value: Bare | undefined; // undefined: an inner list
  readonly items: readonly Item[];
  readonly parameters: Parameters;
  readonly text: string;
}
export interface Item {
  readonly value: Bare;
  readonly parameters: Parameters;
}

/** The members of a dictionary, the last of a name counts (RFC 9651, 4.2.2); undefined where it is none. */
export function readDictionary(text: string): ReadonlyMap<string, Member> | undefined {
  const members = new Map<string, Member>();
  let at = 0;

  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };

  function bare(): Bare | undefined {
    const string = take(/"(?:[ !#-[\]-~]|\\["\\])*"/y);
    if (string !== undefined) return string.slice(1, -1).replace(/\\(.)/g, '$1');
    const bytes = take(/:[A-Za-z0-9+/]*={0,2}:/y);
    if (bytes !== undefined) return Buffer.from(bytes, 'base64');
    const number = take(/-?[0-9]{1,15}(?:\.[0-9]{1,3})?/y);
    if (number !== undefined) return Number(number);
    const boolean = take(/\?[01]/y);
    if (boolean !== undefined) return boolean === '?1';
    const token = take(/[A-Za-z*][!#$%&'*+.^_`|~A-Za-z0-9:/-]*/y);
    return token === undefined ? undefined : { token };
  }

  function parameters(): Parameters | undefined {
    const found = new Map<string, Bare>();
    while (take(/; */y) !== undefined) {
      const name = take(key);
      const value = take(/=/y) === undefined ? true : bare();
      if (name === undefined || value === undefined) return undefined;
      found.set(name, value);
    }
    return found;
  }

  function item(): Item | undefined {
    const value = bare();
    const own = value === undefined ? undefined : parameters();
    return value === undefined || own === undefined ? undefined : { value, parameters: own };
  }

  function items(): readonly Item[] | undefined {
    const list: Item[] = [];
    for (;;) {
      take(/ */y);
      if (take(/\)/y) !== undefined) return list;
      const next = item();
      if (next === undefined || !/[ )]/.test(text[at] ?? '')) return undefined;
      list.push(next);
    }
  }

  function member(): Member | undefined {
    const start = at;
    if (take(/\(/y) !== undefined) {
      const list = items();
      const own = list && parameters();
      return list && own && { value: undefined, items: list, parameters: own, text: text.slice(start, at) };
    }
    const one = item();
    return one && { ...one, items: [], text: text.slice(start, at) };
  }

  take(/ */y);
  while (at < text.length) {
    const name = take(key);
    if (name === undefined) return undefined;
    const equals = take(/=/y) !== undefined;
    const own = equals ? undefined : parameters();
    const value = equals ? member() : own && { value: true, items: [], parameters: own, text: '' };
    if (value === undefined) return undefined;
    members.set(name, value);
    const end = take(/[ \t]*(?:,[ \t]*|$)/y);
    if (end === undefined || (at === text.length && end.includes(','))) return undefined; // no comma at the end
  }
  return members;
}

const key = /[a-z*][a-z0-9_.*-]*/y;

/** A string as structured fields write it; what they cannot hold (beyond printable ASCII) is refused. */
export function fieldString(text: string): string {
  if (!/^[ -~]*$/.test(text)) throw new Error(`\`${text}\` holds characters that a header cannot`);
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

export const fieldBytes = (bytes: Uint8Array): string => `:${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')}:`;
