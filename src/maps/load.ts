import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Place } from '../diagnostics/place.ts';
import type { TextFile } from '../language/file.ts';
import { parseYaml, yamlPlace, type Positioned, type Yaml, type YamlFault, type YamlMap, type YamlScalar } from '../language/yaml.ts';

/** A file of the map language, as text. Reading the disk is the caller's business. */
export type SourceFile = TextFile;

/** YAML with positions, and nothing else: every scalar is a string (FAILSAFE), so `NO` is a country and `017` keeps its zero. */
export { yamlPlace, type Yaml, type YamlEntry, type YamlList, type YamlMap, type YamlScalar } from '../language/yaml.ts';

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
  const { root, faults } = parseYaml(file);
  const told = faults.map(({ what, message, start, end }) => [refused[what](message), start, end] as const);
  if (told.length === 0 && root?.kind !== 'map') told.push(['a map file is a mapping with a `kind`', 0, Math.min(1, file.text.length)]);
  const findings = told.map(([message, start, end]) => finding('MAP_YAML', { message }, { rule: yamlPlace({ file, start, end }) }));
  return { root: findings.length === 0 && root?.kind === 'map' ? root : undefined, findings };
}

const refused: Readonly<Record<YamlFault['what'], (message: string) => string>> = {
  syntax: (message) => message,
  alias: () => 'an alias is not allowed in a map; write the value, or make a part of it',
  anchor: () => 'an anchor is not allowed in a map; make a part of it',
  tag: (tag) => `the tag \`${tag}\` is not allowed in a map`,
  'merge key': () => 'a merge key is not allowed in a map; make a part of it',
};

/** Where a node stands, and where the map uses the part that it came out of, if it did. */
export function placedAt(node: Positioned): { readonly place: Place; readonly use: Place | undefined } {
  let { via } = node;
  while (via?.via) ({ via } = via);
  return { place: yamlPlace(node), use: via && yamlPlace(via) };
}

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
