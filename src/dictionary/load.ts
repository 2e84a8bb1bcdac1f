import { createHash } from 'node:crypto';
import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Place } from '../diagnostics/place.ts';
import type { Attribute, Dictionary, DictionaryClass, Usage } from './dictionary.ts';
import { expand, find, merge, type Draft } from './draft.ts';
import { parseType } from './type.ts';

/**
 * The dictionary from its tables (`schemas/wco/*.tsv`; columns and rules in the README there).
 *
 * Files add to each other, in the order given: where two rows speak of one path the widest type, the laxest cardinality and
 * the union of aliases stand. `like` then copies a class: its attributes and classes, but never the copy into itself.
 */
export interface DictionaryFile {
  readonly path: string;
  readonly text: string;
}

const columns = ['path', 'wco', 'aliases', 'tded', 'type', 'card', 'key', 'refers', 'like', 'usage', 'verified', 'source', 'title'];
const cards = new Set(['1', '0..1', '1..n', '0..n']);
const classPath = /^[A-Z]\w*(\/[A-Z]\w*)*$/;
const attributeName = /^[A-Z]\w*$/;

/** Loads the dictionary; without findings that are errors there is one. */
export function loadDictionary(files: readonly DictionaryFile[]): { readonly dictionary?: Dictionary; readonly findings: readonly Diagnostic[] } {
  const findings: Diagnostic[] = [];
  const roots = new Map<string, Draft>();
  const names: { name: string; version: string }[] = [];
  for (const file of files) readFile(file, roots, names, findings);
  if (names.length !== 1) findings.push(finding('DICTIONARY_NAME', { count: String(names.length) }));
  for (const root of roots.values()) if (!expand(root, roots, findings, 1)) break;
  for (const root of roots.values()) checkReferences(root, roots, findings);
  const name = names[0];
  if (findings.length > 0 || !name) return { findings };
  const hashes = files.map((file) => createHash('sha256').update(file.text).digest('hex')).sort();
  return { dictionary: freeze(name.name, name.version, createHash('sha256').update(hashes.join('\n')).digest('hex'), roots), findings };
}

function readFile(file: DictionaryFile, roots: Map<string, Draft>, names: { name: string; version: string }[], findings: Diagnostic[]): void {
  let start = 0;
  let headed = false;
  const sources = new Set<string>();
  let extension = '';
  let here = false;
  for (const line of file.text.split('\n')) {
    const place: Place = { source: file.path, start, end: start + Buffer.byteLength(line) };
    start = place.end + 1;
    if (line === '') continue;
    if (line.startsWith('#')) {
      const [, name, version] = /^# dictionary (\S+) (\S+)$/.exec(line) ?? [];
      if (name && version) names.push({ name, version });
      here ||= line === '# here';
      extension ||= /^# extension ([\w-]+)$/.exec(line)?.[1] ?? '';
      const [, source] = /^# source ([\w-]+)\t/.exec(line) ?? [];
      if (source) sources.add(source);
      continue;
    }
    const cells = line.split('\t');
    const problem = (message: string) => findings.push(finding('DICTIONARY_ROW', { message }, { rule: place, actual: cells[0] }));
    if (!headed) {
      headed = true;
      if (cells.join() !== columns.join()) problem(`the first row names the columns: ${columns.join(', ')}`);
      continue;
    }
    if (cells.length !== columns.length) {
      problem(`a row has ${columns.length} columns, here are ${cells.length}`);
      continue;
    }
    readRow(cells, place, roots, { sources, extension, here }, problem);
  }
}

function readRow(
  cells: readonly string[],
  place: Place,
  roots: Map<string, Draft>,
  { sources, extension, here }: { readonly sources: ReadonlySet<string>; readonly extension: string; readonly here: boolean },
  problem: (message: string) => void,
): void {
  const [path = '', wco = '', aliases = '', tded = '', stated = '', card = '', key = '', refers = '', like = '', usage = '', verified = '', ...rest] = cells;
  const [source = '', title = ''] = rest;
  const isClass = stated === 'class';
  const dot = path.lastIndexOf('.');
  const owner = dot < 0 ? path : path.slice(0, dot);
  if (!classPath.test(owner) || isClass !== dot < 0 || (!isClass && !attributeName.test(path.slice(dot + 1))))
    return problem(`\`${path}\` is no path of ${isClass ? 'a class' : 'an attribute'}`);
  const type = isClass ? undefined : parseType(stated);
  if (!isClass && !type) return problem(`\`${stated}\` is no type`);
  if (!cards.has(card) || (!isClass && card.endsWith('n'))) return problem(`\`${card}\` is no cardinality here`);
  if (!['yes', 'unverified', ''].includes(verified)) return problem(`\`${verified}\`: verified is yes, unverified or empty`);
  const used = words(usage);
  const strange = used.find((word) => !isUsage(word));
  if (strange) return problem(`\`${strange}\` is no usage; they are ${[...usages].join(', ')}`);
  const cited = words(source);
  const unknown = cited.find((name) => !sources.has(name));
  if (unknown) return problem(`source \`${unknown}\` is not named at the top of the file`);

  const slash = owner.lastIndexOf('/');
  const parent = isClass ? find(roots, owner.slice(0, Math.max(slash, 0))) : find(roots, owner);
  if (!parent && (!isClass || slash >= 0)) return problem(`the class above \`${path}\` has no row before this one`);
  const siblings = isClass ? (parent?.classes ?? roots) : parent!.attributes;
  const name = isClass ? owner.slice(slash + 1) : path.slice(dot + 1);
  const row: Draft = {
    path,
    name,
    parent,
    type,
    place,
    wco,
    tded,
    refers,
    like,
    title,
    extension,
    here,
    usage: used.filter(isUsage),
    attributes: new Map(),
    borrowed: false,
    classes: new Map(),
    aliases: words(aliases),
    key: words(key),
    sources: cited,
    required: card.startsWith('1'),
    many: card.endsWith('n'),
    verified: verified === 'yes',
  };
  const known = siblings.get(name);
  if (!known) siblings.set(name, row);
  else merge(known, row, problem);
}

function checkReferences(cls: Draft, roots: Map<string, Draft>, findings: Diagnostic[]): void {
  const problem = (message: string) => findings.push(finding('DICTIONARY_ROW', { message }, { rule: cls.place, actual: cls.path }));
  for (const part of cls.key) {
    const steps = part.split(/[/.]/);
    let at: Draft | undefined = cls;
    for (const step of steps.slice(0, -1)) at = at?.classes.get(step)?.many === false ? at.classes.get(step) : undefined;
    if (!at?.attributes.has(steps.at(-1)!)) problem(`key \`${part}\` of \`${cls.path}\` is no attribute of it, nor of a class that stands in it once`);
  }
  const target = cls.refers ? find(roots, cls.refers) : undefined;
  if (cls.refers && (!target || target.key.length === 0)) problem(`\`${cls.path}\` refers to \`${cls.refers}\`, which is no class with a key`);
  for (const child of cls.classes.values()) checkReferences(child, roots, findings);
}

function freeze(name: string, version: string, hash: string, roots: Map<string, Draft>): Dictionary {
  const classes: DictionaryClass[] = [];
  const byPath = new Map<string, DictionaryClass>();
  const make = (draft: Draft, parent: DictionaryClass | undefined): DictionaryClass => {
    const children: DictionaryClass[] = [];
    const cls = Object.freeze(new LoadedClass(draft, classes.length, parent, children));
    classes.push(cls);
    byPath.set(cls.path, cls);
    for (const child of draft.classes.values()) children.push(make(child, cls));
    Object.freeze(children);
    return cls;
  };
  const top = [...roots.values()].map((root) => make(root, undefined));
  return Object.freeze({
    name,
    version,
    hash,
    classes: Object.freeze(classes),
    roots: Object.freeze(top),
    class: (path: string) => byPath.get(path),
    attribute(path: string) {
      const dot = path.lastIndexOf('.');
      return byPath.get(path.slice(0, dot))?.attributes.find((each) => each.name === path.slice(dot + 1));
    },
  });
}

/** All classes have one shape, and so have all attributes: every fact of every message asks one of them something. */
class LoadedClass implements DictionaryClass {
  readonly index: number;
  readonly name: string;
  readonly path: string;
  readonly parent: DictionaryClass | undefined;
  readonly many: boolean;
  readonly required: boolean;
  readonly key: readonly string[];
  readonly refers: string | undefined;
  readonly wco: string | undefined;
  readonly aliases: readonly string[];
  readonly usage: readonly Usage[];
  readonly extension: string | undefined;
  readonly verified: boolean;
  readonly source: string;
  readonly title: string;
  readonly classes: readonly DictionaryClass[];
  readonly #draft: Draft;
  #attributes: readonly Attribute[] | undefined;

  constructor(draft: Draft, index: number, parent: DictionaryClass | undefined, classes: readonly DictionaryClass[]) {
    this.index = index;
    this.name = draft.name;
    this.path = draft.path;
    this.parent = parent;
    this.many = draft.many;
    this.required = draft.required;
    this.key = Object.freeze(draft.key);
    this.refers = draft.refers || undefined;
    this.wco = draft.wco || undefined;
    this.aliases = Object.freeze(draft.aliases.map(plain));
    this.usage = Object.freeze(draft.usage);
    this.extension = draft.extension || undefined;
    this.verified = draft.verified;
    this.source = draft.sources.join(' ');
    this.title = draft.title;
    this.classes = classes;
    this.#draft = draft;
  }

  /** Made when somebody asks: of all classes a map speaks of a few hundred. */
  get attributes(): readonly Attribute[] {
    return this.#attributes ?? this.#makeAttributes();
  }

  // A function of its own: with the closure in it the getter would ask for memory at each call, and every row calls it.
  #makeAttributes(): readonly Attribute[] {
    return (this.#attributes = Object.freeze([...this.#draft.attributes.values()].map((each, slot) => makeAttribute(each, slot, this.#draft))));
  }
}

function makeAttribute(draft: Draft, slot: number, cls: Draft): Attribute {
  return Object.freeze({
    slot,
    name: draft.name,
    path: `${cls.path}.${draft.name}`,
    type: Object.freeze(draft.type!),
    required: draft.required,
    wco: draft.wco || undefined,
    aliases: Object.freeze(draft.aliases.map(plain)),
    tded: draft.tded || undefined,
    usage: Object.freeze(draft.usage),
    extension: draft.extension || undefined,
    verified: draft.verified && !cls.borrowed,
    source: draft.sources.join(' '),
    title: draft.title,
  });
}

const usages: ReadonlySet<string> = new Set<Usage>(['IM', 'EX', 'CRI', 'CRE', 'CONV', 'TRT', 'RES']);
const isUsage = (word: string): word is Usage => usages.has(word);
const words = (cell: string): string[] => cell.split(' ').filter((word) => word !== '');
const plain = (alias: string): string => alias.replace(/^\?/, ''); // `?`: found in one publication only
