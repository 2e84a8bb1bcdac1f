import type { TextFile } from './file.ts';
import type { Yaml, YamlEntry, YamlList, YamlMap, YamlScalar } from './yaml.ts';

/**
 * Reads what nearly every file keeps to: blocks and flow collections of scalars that end in the line in which they begin. Undefined where
 * something else stands, right or wrong: then the YAML package reads the whole file, and says what is amiss. It reads these the same, a hundred
 * times slower (YAML 1.2.2, chapters 7 and 8; test/language/yaml.test.ts compares the two).
 */
export function readPlainYaml(file: TextFile): YamlMap | undefined {
  if (unusual.test(file.text)) return undefined;
  const reader = new Reader(file);
  try {
    return reader.document();
  } catch (error) {
    if (error === other) return undefined;
    throw error;
  }
}

/** Tabs, other line ends than LF, a byte order mark, directives, several documents. */
const unusual = /[\t\r\ufeff]|^(?:%|---|\.\.\.)/m;
const other = new Error('something that is left to the package');

const [newline, space, quote, hash, apostrophe, comma, minus, colon, question] = [0x0a, 0x20, 0x22, 0x23, 0x27, 0x2c, 0x2d, 0x3a, 0x3f] as const;
const [openList, backslash, closeList, openMap, closeMap] = [0x5b, 0x5c, 0x5d, 0x7b, 0x7d] as const;
const longestKey = 1024; // characters

/** By character: whether no plain scalar begins with it, and whether it ends one within a flow collection. */
const [indicators, flowIndicators] = [',[]{}#&*!|>\'"%@`', ',[]{}'].map((list) => {
  const table = new Uint8Array(128);
  for (const each of list) table[each.charCodeAt(0)] = 1;
  return table;
}) as [Uint8Array, Uint8Array];

class Reader {
  readonly #file: TextFile;
  readonly #text: string;
  #at = 0;
  #lineStart = 0;

  constructor(file: TextFile) {
    this.#file = file;
    this.#text = file.text;
  }

  document(): YamlMap {
    this.#nextLine();
    if (this.#column() !== 0) throw other;
    const root = this.#block(-1);
    if (root.kind !== 'map' || this.#at < this.#text.length) throw other;
    return root;
  }

  /** A collection that begins here, or a scalar; what belongs to it is indented by more than `outer`. Ends at the next thing that is said. */
  #block(outer: number): Yaml {
    const code = this.#code();
    if (code === minus && this.#isBlank(1)) return this.#list();
    if (code === openList || code === openMap) {
      const flow = this.#flow(outer);
      this.#endOfLine();
      return flow;
    }
    const scalar = this.#scalar(false);
    if (this.#code() === colon && this.#isBlank(1)) return this.#map(scalar);
    this.#endOfLine();
    return scalar;
  }

  #map(first: YamlScalar): YamlMap {
    const indent = first.start - this.#lineStart;
    const entries: YamlEntry[] = [];
    for (let key = first; ; key = this.#scalar(false)) {
      if (this.#code() !== colon || !this.#isBlank(1) || key.end - key.start > longestKey) throw other;
      this.#at++;
      this.#spaces();
      let value: Yaml;
      if (!this.#isLineDone()) {
        if (this.#code() === minus && this.#isBlank(1)) throw other;
        value = this.#block(indent);
        if (value.kind === 'map' && this.#text.charCodeAt(value.start) !== openMap) throw other; // a key in the line of another
      } else {
        this.#endOfLine();
        if (this.#column() < indent || (this.#column() === indent && !(this.#code() === minus && this.#isBlank(1)))) throw other; // nothing is said
        value = this.#block(indent);
      }
      entries.push({ key, value });
      if (this.#column() < indent || this.#at === this.#text.length) break;
      if (this.#column() > indent) throw other;
    }
    refuseTwice(entries);
    return { kind: 'map', entries, file: this.#file, start: first.start, end: entries.at(-1)!.value.end };
  }

  #list(): YamlList {
    const start = this.#at;
    const indent = this.#column();
    const items: Yaml[] = [];
    for (;;) {
      this.#at++;
      this.#spaces();
      if (this.#isLineDone()) {
        this.#endOfLine();
        if (this.#column() <= indent) throw other; // nothing is said
      }
      items.push(this.#block(indent));
      if (this.#column() < indent || this.#at === this.#text.length) break;
      if (this.#column() > indent) throw other;
      if (this.#code() !== minus || !this.#isBlank(1)) break; // a list that stands as far out as the key it belongs to
    }
    return { kind: 'list', items, file: this.#file, start, end: items.at(-1)!.end };
  }

  #flow(outer: number): Yaml {
    const start = this.#at;
    const isMap = this.#code() === openMap;
    const close = isMap ? closeMap : closeList;
    const items: Yaml[] = [];
    const entries: YamlEntry[] = [];
    this.#at++;
    for (;;) {
      this.#flowSpace(outer);
      if (this.#code() === close) break;
      const item = this.#flowNode(outer);
      this.#flowSpace(outer);
      if (!isMap) items.push(item);
      else {
        if (item.kind !== 'scalar' || this.#code() !== colon || !this.#isBlank(1) || item.end !== this.#at || item.end - item.start > longestKey) throw other;
        this.#at++;
        this.#flowSpace(outer);
        entries.push({ key: item, value: this.#flowNode(outer) });
        this.#flowSpace(outer);
      }
      if (this.#code() === comma) this.#at++;
      else if (this.#code() !== close) throw other;
    }
    const end = ++this.#at;
    refuseTwice(entries);
    const file = this.#file;
    return isMap ? { kind: 'map', entries, file, start, end } : { kind: 'list', items, file, start, end };
  }

  #flowNode(outer: number): Yaml {
    const code = this.#code();
    return code === openList || code === openMap ? this.#flow(outer) : this.#scalar(true);
  }

  #scalar(isFlow: boolean): YamlScalar {
    const start = this.#at;
    const code = this.#code();
    const text = code === apostrophe ? this.#single() : code === quote ? this.#double() : this.#plain(isFlow);
    if (text === '<<') throw other;
    return { kind: 'scalar', text, file: this.#file, start, end: this.#at };
  }

  #plain(isFlow: boolean): string {
    const text = this.#text;
    const start = this.#at;
    const first = this.#code();
    if (indicators[first] === 1) throw other;
    const isMark = first === minus || first === question || first === colon;
    if (isMark && (this.#isBlank(1) || (isFlow && (first !== minus || flowIndicators[text.charCodeAt(start + 1)] === 1)))) throw other;
    let at = start;
    let end = start;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === newline) break;
      if (code === space) {
        if (text.charCodeAt(at + 1) === hash) break;
        continue;
      }
      if (isFlow && flowIndicators[code] === 1) break;
      if (code === colon && (isBlank(text.charCodeAt(at + 1)) || (isFlow && flowIndicators[text.charCodeAt(at + 1)] === 1))) break;
      end = at + 1;
    }
    if (end === start) throw other;
    this.#at = end;
    return text.slice(start, end);
  }

  #single(): string {
    const text = this.#text;
    const start = this.#at + 1;
    for (let at = start; ; at++) {
      const code = text.charCodeAt(at);
      if (code === newline || at >= text.length) throw other;
      if (code !== apostrophe) continue;
      if (text.charCodeAt(at + 1) === apostrophe) at++;
      else {
        this.#at = at + 1;
        return text.slice(start, at).replaceAll("''", "'");
      }
    }
  }

  #double(): string {
    const text = this.#text;
    const start = this.#at + 1;
    for (let at = start; ; at++) {
      const code = text.charCodeAt(at);
      if (code === newline || code === backslash || at >= text.length) throw other;
      if (code !== quote) continue;
      this.#at = at + 1;
      return text.slice(start, at);
    }
  }

  #code(): number {
    return this.#text.charCodeAt(this.#at);
  }

  #column(): number {
    return this.#at - this.#lineStart;
  }

  #isBlank(after: number): boolean {
    return isBlank(this.#text.charCodeAt(this.#at + after));
  }

  #spaces(): void {
    while (this.#code() === space) this.#at++;
  }

  /** Whether nothing more is said in this line: what begins with `#` is a comment where a space stands before it. */
  #isLineDone(): boolean {
    const code = this.#code();
    return code === newline || this.#at >= this.#text.length || (code === hash && this.#text.charCodeAt(this.#at - 1) === space);
  }

  /** After what was said there may be a comment; then what is said next, in another line. */
  #endOfLine(): void {
    this.#spaces();
    if (!this.#isLineDone()) throw other;
    this.#toLineEnd();
    this.#nextLine();
  }

  #toLineEnd(): void {
    const end = this.#text.indexOf('\n', this.#at);
    this.#at = end < 0 ? this.#text.length : end;
  }

  /** From the end of a line, or the beginning of the file, to the first thing that is said after it. */
  #nextLine(): void {
    for (;;) {
      if (this.#code() === newline) this.#lineStart = ++this.#at;
      else if (this.#code() === space) this.#at++;
      else if (this.#code() === hash) this.#toLineEnd();
      else break;
    }
    if (this.#at >= this.#text.length) this.#lineStart = this.#at;
  }

  /** What stands between the parts of a flow collection; a line of it stands further in than what it belongs to. */
  #flowSpace(outer: number): void {
    for (;;) {
      const code = this.#code();
      if (code === space) this.#at++;
      else if (code === newline) this.#lineStart = ++this.#at;
      else if (code === hash && isBlank(this.#text.charCodeAt(this.#at - 1))) this.#toLineEnd();
      else break;
    }
    if (this.#at >= this.#text.length || this.#column() <= outer) throw other;
  }
}

const isBlank = (code: number): boolean => code === space || code === newline || Number.isNaN(code);

/** A key may be there once. */
function refuseTwice(entries: readonly YamlEntry[]): void {
  if (entries.length < 2) return;
  if (entries.length > 8) {
    if (new Set(entries.map(({ key }) => key.text)).size < entries.length) throw other;
    return;
  }
  for (let i = 1; i < entries.length; i++) for (let j = 0; j < i; j++) if (entries[i]!.key.text === entries[j]!.key.text) throw other;
}
