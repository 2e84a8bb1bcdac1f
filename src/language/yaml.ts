import { createRequire } from 'node:module';
import type { Node } from 'yaml';
import type { Place } from '../diagnostics/place.ts';
import type { TextFile } from './file.ts';
import { readPlainYaml } from './plain-yaml.ts';

/** What a YAML file says, with positions: every scalar is a text. Who wants numbers asks `valueOf`. */
export type Yaml = YamlScalar | YamlList | YamlMap;
export interface Positioned {
  readonly file: TextFile;
  readonly start: number; // UTF-16 offset in `file.text`
  readonly end: number;
  readonly via?: Positioned; // where a part was used, when this node came out of a part
}
export interface YamlScalar extends Positioned {
  readonly kind: 'scalar';
  readonly text: string;
}
export interface YamlList extends Positioned {
  readonly kind: 'list';
  readonly items: readonly Yaml[];
}
export interface YamlMap extends Positioned {
  readonly kind: 'map';
  readonly entries: readonly YamlEntry[];
}
export interface YamlEntry {
  readonly key: YamlScalar;
  readonly value: Yaml;
}

/** What stands against a file: that it is no YAML, or that it has what neither maps nor configurations may have. */
export interface YamlFault {
  readonly what: 'syntax' | 'alias' | 'anchor' | 'tag' | 'merge key';
  readonly message: string; // of the syntax; else the tag
  readonly start: number;
  readonly end: number;
}

export interface ReadYaml {
  readonly root: Yaml | undefined; // undefined where the file is empty
  readonly faults: readonly YamlFault[];
}

export function parseYaml(file: TextFile): ReadYaml {
  const root = readPlainYaml(file);
  return root ? { root, faults: [] } : readAnyYaml(file);
}

const require = createRequire(import.meta.url);

/** By the package, which is loaded when a file needs it: few do. */
export function readAnyYaml(file: TextFile): ReadYaml {
  const { CST, isAlias, isMap, isScalar, isSeq, parseDocument, visit } = require('yaml') as typeof import('yaml');
  const faults: YamlFault[] = [];
  const document = parseDocument(file.text, { schema: 'failsafe', uniqueKeys: true, keepSourceTokens: true, merge: false });
  // What follows the first fault of the syntax follows from it: one missing quote was 500 findings.
  const first = document.errors.find(({ code }) => code !== 'DUPLICATE_KEY');
  for (const { code, message, pos } of first ? [first] : document.errors) {
    const start = pos[0];
    const key = /^"?([\w.-]+)/.exec(file.text.slice(start))?.[1] ?? '';
    const end = Math.max(pos[1], start + (code === 'DUPLICATE_KEY' ? Math.max(key.length, 1) : 1));
    const plain = message.split('\n')[0]!.replace(/ at line .*$/, '');
    faults.push({ what: 'syntax', message: code === 'DUPLICATE_KEY' ? `the key \`${key}\` stands twice` : inWords(plain), start, end });
  }
  if (faults.length > 0) return { root: undefined, faults };
  visit(document, {
    Node(_, node) {
      const [start, , end] = node.range ?? [0, 0, 0];
      const report = (what: YamlFault['what'], message = ''): number => faults.push({ what, message, start, end });
      if (isAlias(node)) report('alias');
      else if (node.anchor) report('anchor');
      else if (node.tag) report('tag', node.tag);
      if (isScalar(node) && node.value === '<<') report('merge key');
    },
  });

  const empty = (at: number): YamlScalar => ({ kind: 'scalar', text: '', file, start: at, end: at });
  const convert = (node: Node | null): Yaml | undefined => {
    if (!node) return undefined;
    const [start, end] = node.range ?? [0, 0];
    if (isScalar(node)) {
      const source = node.srcToken && CST.isScalar(node.srcToken) ? node.srcToken.source.length : end - start;
      return { kind: 'scalar', text: String(node.value ?? ''), file, start, end: Math.max(start + source, start) };
    }
    if (isSeq(node)) {
      const items = node.items.map((item) => convert(item as Node) ?? empty(end));
      return { kind: 'list', items, file, start, end: node.flow ? end : (items.at(-1)?.end ?? end) };
    }
    if (!isMap(node)) return undefined;
    const entries = node.items.map((pair) => ({ key: convert(pair.key as Node) as YamlScalar, value: convert(pair.value as Node | null) ?? empty(end) }));
    return { kind: 'map', entries, file, start, end: node.flow ? end : (entries.at(-1)?.value.end ?? end) };
  };
  return { root: convert(document.contents), faults };
}

/** What the package says, for who has never seen its terms. */
const words: readonly (readonly [said: RegExp, meant: string])[] = [
  [/^Flow map .* end with a }$/, 'a `{` before this is not closed: a `}` is missing, or a comma'],
  [/^Flow sequence .* end with a ]$/, 'a `[` before this is not closed: a `]` is missing, or a comma'],
  [/^Missing closing (['"])quote$/, 'a text that begins with `$1` is not closed: a `$1` is missing'],
  [/^Tabs are not allowed/, 'the line begins with a tab: only blanks may stand there'],
  [/^Unexpected flow-(seq|map)-start at node end$/, 'a text with brackets or braces in it stands in quotes, all of it: `"DTM[2005=137]"`'],
  [
    /implicit (map )?keys?\b|^All (mapping|collection) items must start at the same column|^Nested mappings are not allowed/i,
    'the line does not begin below those that it belongs to, or a `: ` in a text has no quotes around it',
  ],
];

function inWords(message: string): string {
  for (const [said, meant] of words) {
    const found = said.exec(message);
    if (found) return meant.replaceAll('$1', found[1] ?? '');
  }
  return message;
}

/** The place of a node, in bytes of its file. */
export function yamlPlace({ file, start, end }: Positioned): Place {
  if (isAscii(file)) return { source: file.path, start, end };
  const from = Buffer.byteLength(file.text.slice(0, start));
  return { source: file.path, start: from, end: from + Buffer.byteLength(file.text.slice(start, end)) };
}

/** Then its characters are its bytes, and a place costs nothing: a map has thousands. */
function isAscii(file: TextFile): boolean {
  let known = ascii.get(file);
  if (known === undefined) ascii.set(file, (known = Buffer.byteLength(file.text) === file.text.length));
  return known;
}
const ascii = new WeakMap<TextFile, boolean>();

/** What a node says in the terms of JSON: scalars without quotes may be numbers, truth values and null (the core schema, YAML 1.2.2, 10.3.2), or are all texts. */
export function valueOf(node: Yaml, strings = false): unknown {
  if (node.kind === 'scalar') return strings ? node.text : scalarValue(node);
  if (node.kind === 'list') return node.items.map((item) => valueOf(item, strings));
  const made: Record<string, unknown> = {};
  for (const { key, value } of node.entries) {
    const name = nameOf(key, strings);
    const said = valueOf(value, strings);
    if (name in made)
      Object.defineProperty(made, name, { value: said, writable: true, enumerable: true, configurable: true }); // what every object has
    else made[name] = said;
  }
  return made;
}

/** A key as the name of a property. */
export const nameOf = (key: YamlScalar, strings = false): string => (strings ? key.text : String(scalarValue(key) ?? ''));

function scalarValue({ text, file, start }: YamlScalar): string | number | boolean | null {
  const isPlain = !/["'|>]/.test(file.text.charAt(start));
  if (!isPlain || !/^(?:[-+.\d~]|[nN][uU]|[tT][rR]|[fF][aA]|$)/.test(text)) return text;
  if (/^(?:~|[Nn]ull|NULL)?$/.test(text)) return null;
  if (/^(?:[Tt]rue|TRUE|[Ff]alse|FALSE)$/.test(text)) return /^t/i.test(text);
  if (/^[-+]?\d+$/.test(text)) return Number(text);
  if (/^0o[0-7]+$/.test(text) || /^0x[\da-fA-F]+$/.test(text)) return Number(text);
  if (/^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(text)) return Number(text);
  if (/^(?:[-+]?\.(?:inf|Inf|INF)|\.nan|\.NaN|\.NAN)$/.test(text)) return /n$/i.test(text) ? NaN : text.startsWith('-') ? -Infinity : Infinity;
  return text;
}
