import { CST, LineCounter, parseDocument, visit, isAlias, isMap, isScalar, isSeq, type Document, type Node } from 'yaml';
import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Place } from '../diagnostics/place.ts';

/** A file of the map language, as text. Reading the disk is the caller's business. */
export interface SourceFile {
  readonly path: string; // relative to the folder of maps, '/' separated
  readonly text: string;
}

/** YAML with positions, and nothing else: every scalar is a string (FAILSAFE), so `NO` is a country and `017` keeps its zero. */
export type Yaml = YamlScalar | YamlList | YamlMap;
interface Positioned {
  readonly file: SourceFile;
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

/** The place of a YAML node, in bytes of its file. */
export function yamlPlace(at: Positioned): Place {
  const { file, start, end } = at;
  if (isAscii(file)) return { source: file.path, start, end };
  const from = Buffer.byteLength(file.text.slice(0, start));
  return { source: file.path, start: from, end: from + Buffer.byteLength(file.text.slice(start, end)) };
}

/** Then its characters are its bytes, and a place costs nothing: a map has thousands. */
function isAscii(file: SourceFile): boolean {
  let known = ascii.get(file);
  if (known === undefined) ascii.set(file, (known = Buffer.byteLength(file.text) === file.text.length));
  return known;
}
const ascii = new WeakMap<SourceFile, boolean>();

export interface LoadedYaml {
  readonly root: YamlMap | undefined;
  readonly findings: readonly Diagnostic[];
}

const loaded = new WeakMap<SourceFile, LoadedYaml>();

/** What a YAML file says. It is read once: a map that is compiled again after a change shares what did not change. */
export function loadYaml(file: SourceFile): LoadedYaml {
  let made = loaded.get(file);
  if (!made) loaded.set(file, (made = readYaml(file)));
  return made;
}

/** Anchors, aliases, merge keys, tags and duplicate keys are findings: reuse is by `parts` only. */
function readYaml(file: SourceFile): LoadedYaml {
  const findings: Diagnostic[] = [];
  const report = (message: string, start: number, end: number): void => {
    findings.push(finding('MAP_YAML', { message }, { rule: yamlPlace({ file, start, end }) }));
  };
  const document: Document.Parsed = parseDocument(file.text, {
    schema: 'failsafe',
    uniqueKeys: true,
    keepSourceTokens: true,
    lineCounter: new LineCounter(),
    merge: false,
  });
  for (const error of document.errors)
    report(error.message.split('\n')[0]!.replace(/ at line .*$/, ''), error.pos[0], Math.max(error.pos[1], error.pos[0] + 1));
  if (document.errors.length > 0) return { root: undefined, findings };
  visit(document, {
    Node(_, node) {
      const [start, , end] = node.range ?? [0, 0, 0];
      if (isAlias(node)) report('an alias is not allowed in a map; write the value, or make a part of it', start, end);
      else if (node.anchor) report('an anchor is not allowed in a map; make a part of it', start, end);
      else if (node.tag && !node.tag.startsWith('tag:yaml.org,2002:')) report(`the tag \`${node.tag}\` is not allowed in a map`, start, end);
      if (isScalar(node) && node.value === '<<') report('a merge key is not allowed in a map; make a part of it', start, end);
    },
  });
  if (findings.length > 0) return { root: undefined, findings };
  const root = convert(document.contents, file);
  if (root?.kind !== 'map') {
    report('a map file is a mapping with a `kind`', 0, Math.min(1, file.text.length));
    return { root: undefined, findings };
  }
  return { root, findings };
}

function convert(node: Node | null, file: SourceFile): Yaml | undefined {
  if (!node) return undefined;
  const [start, end] = node.range ?? [0, 0];
  if (isScalar(node)) {
    const source = node.srcToken && CST.isScalar(node.srcToken) ? node.srcToken.source.length : end - start;
    return { kind: 'scalar', text: String(node.value ?? ''), file, start, end: Math.max(start + source, start) };
  }
  if (isSeq(node)) return { kind: 'list', items: node.items.map((item) => convert(item as Node, file) ?? emptyScalar(file, end)), file, start, end };
  if (isMap(node)) {
    const entries = node.items.map((pair) => ({
      key: convert(pair.key as Node, file) as YamlScalar,
      value: convert(pair.value as Node | null, file) ?? emptyScalar(file, end),
    }));
    return { kind: 'map', entries, file, start, end };
  }
  return undefined;
}

const emptyScalar = (file: SourceFile, at: number): YamlScalar => ({ kind: 'scalar', text: '', file, start: at, end: at });

/** The value of a key, or undefined. */
export function at(map: YamlMap, key: string): Yaml | undefined {
  return map.entries.find((entry) => entry.key.text === key)?.value;
}

/** The text of a key's scalar, or undefined. */
export function textAt(map: YamlMap, key: string): string | undefined {
  const value = at(map, key);
  return value?.kind === 'scalar' ? value.text : undefined;
}

/** The node as plain strings, lists and objects: the form in which codecs get their argument. */
export type Plain = string | readonly Plain[] | { readonly [key: string]: Plain };
export function plain(node: Yaml): Plain {
  if (node.kind === 'scalar') return node.text;
  if (node.kind === 'list') return node.items.map(plain);
  return Object.fromEntries(node.entries.map((entry) => [entry.key.text, plain(entry.value)]));
}

/** A copy of the node with `$name` replaced in every scalar; its positions remember where the part was used. */
export function substitute(node: Yaml, args: ReadonlyMap<string, string>, via: Positioned): Yaml {
  if (node.kind === 'scalar') return substituted(node, args, via);
  const { file, start, end } = node;
  if (node.kind === 'list') return { kind: 'list', items: node.items.map((item) => substitute(item, args, via)), file, start, end, via };
  const entries = node.entries.map(({ key, value }) => ({ key: substituted(key, args, via), value: substitute(value, args, via) }));
  return { kind: 'map', entries, file, start, end, via };
}

function substituted({ text, file, start, end }: YamlScalar, args: ReadonlyMap<string, string>, via: Positioned): YamlScalar {
  const replaced = text.includes('$') ? text.replace(/\$([A-Za-z]\w*)/g, (whole, name: string) => args.get(name) ?? whole) : text;
  return { kind: 'scalar', text: replaced, file, start, end, via };
}
