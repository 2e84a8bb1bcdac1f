import { hasError, type Diagnostic } from '../diagnostics/diagnostic.ts';
import { didYouMean } from '../diagnostics/suggest.ts';
import type { Dictionary } from '../dictionary/dictionary.ts';
import type { MessageHeader } from '../syntax/unit.ts';
import { checkTable } from './check.ts';
import { compile, planHash, tableOf, unknownKind, type CompileContext, type HashContext, type MapSyntaxes } from './compile.ts';
import { applyDialect } from './dialect.ts';
import type { Head } from './head.ts';
import { readHeads, type Listed } from './heads.ts';
import { at, loadYaml, yamlPlace, type SourceFile, type YamlMap } from './load.ts';
import { Keys, Reporter, type CodesModel, type Format, type MapModel } from './model.ts';
import { noParts, readParts, type Parts } from './parts.ts';
import type { Plan } from './plan.ts';
import { readMap } from './read.ts';

export interface CatalogContext {
  readonly dictionary: Dictionary;
  readonly syntaxes: MapSyntaxes;
  readonly documents?: CompileContext['documents'];
}

export interface MapEntry {
  readonly name: string;
  readonly version: string;
  readonly kind: 'message' | 'dialect';
  readonly family: Format['family'];
  readonly title: string;
  readonly file: string;
  readonly planHash: string;
  readonly format: Format;
  readonly files: readonly string[]; // the map and its bases, and what is shared
}

/** Every map that was found. A map is compiled when it is first asked for; one with errors has findings and no plan, and does not touch the others. */
export interface Catalog {
  readonly maps: readonly MapEntry[];
  plan(name: string): Plan | undefined;
  /** The map for a message: of those whose header and conditions are met, the one with most conditions. */
  select(header: MessageHeader): Plan | undefined;
  /** The maps that would read a message, but are chosen by their name alone. */
  named(header: MessageHeader): readonly string[];
  /** The map that would read a message, were it in order. */
  broken(header: MessageHeader): string | undefined;
  /** What is wrong with these files, or with all: with the maps that they are, in whichever file it stands, and with what others find in them. */
  check(paths?: readonly string[]): readonly Diagnostic[];
}

/** What reading one map came to. What it is compiled to is made when it is wanted: a dialect needs no more of its base than what was read. */
interface Made {
  readonly model: MapModel | undefined;
  readonly compiled: () => { readonly plan: Plan | undefined; readonly findings: readonly Diagnostic[] };
}

/** A map that was compiled, and what was said of it. */
interface Compiled {
  readonly model: MapModel;
  readonly plan: Plan;
  readonly findings: readonly Diagnostic[];
}
const compiledMaps = new WeakMap<Catalog, ReadonlyMap<string, Compiled>>();

/**
 * Reads the heads of all files of the map language; `codes` and `parts` files are known to all maps. What a former catalog
 * has compiled is taken from it, where nothing that it depends on has changed.
 */
export function buildCatalog(files: readonly SourceFile[], context: CatalogContext, former?: Catalog): Catalog {
  const before = former && compiledMaps.get(former);
  const compiledHere = new Map<string, Compiled>();
  const { heads, listed, findings, first, named } = readHeads(files, context.syntaxes);
  const strange = heads.filter(({ kind }) => !['message', 'dialect', 'parts', 'codes', 'case'].includes(kind));
  const found = [...findings, ...strange.map(({ file, kind }) => unknownKind(file, kind))];
  const shared = once(() => readShared(heads.filter(({ kind }) => kind === 'codes' || kind === 'parts')));
  const ofTables = once(() => shared().codes.flatMap((each) => checkTable(tableOf(each), yamlPlace(each.declaration))));
  const sharedFiles = heads.flatMap(({ kind, file }) => (kind === 'codes' || kind === 'parts' ? [file] : []));

  const made = new Map<string, Made>();
  const make = (name: string): Made | undefined => {
    const each = listed.get(name);
    if (each && !made.has(name)) made.set(name, compileOne(each));
    return made.get(name);
  };
  const planOf = ({ head }: Listed): Plan | undefined => make(head.name)?.compiled().plan;
  const hasPlan = (listed: Listed): boolean => planOf(listed) !== undefined;
  /** What stands against a map; where its base cannot be read, that is what is wrong. */
  const findingsOf = (name: string): readonly Diagnostic[] => {
    const base = listed.get(name)?.head.extends ?? '';
    return [...(listed.has(base) && !make(base)?.model ? findingsOf(base) : []), ...(make(name)?.compiled().findings ?? [])];
  };
  const compileOne = ({ head, format, files: own }: Listed): Made => {
    const known = before?.get(head.name);
    const all = [...own, ...sharedFiles];
    if (known && isUnchanged(known.plan, format, { ...context, files: all })) {
      compiledHere.set(head.name, known);
      return { model: known.model, compiled: () => known };
    }
    const reporter = new Reporter();
    const read = loadYaml(head.file);
    const base = head.kind === 'dialect' ? make(head.extends ?? '') : undefined;
    const unreadable = (findings: readonly Diagnostic[]): Made => ({ model: undefined, compiled: () => ({ plan: undefined, findings }) });
    if (!read.root || (head.kind === 'dialect' && !base?.model)) return unreadable(read.findings);
    const { parts, codes } = shared();
    const model = base?.model ? applyDialect(base.model, read.root, head.file, parts, reporter) : readMap(read.root, head.file, parts, reporter);
    const [, made] = model.extends?.split('@') ?? [];
    if (base?.model && made !== undefined && made !== base.model.version)
      reporter.report('MAP_BASE_VERSION', { stated: model.extends!, found: base.model.version }, at(read.root, 'extends'));
    if (hasError(reporter.findings)) return unreadable(reporter.findings);
    const compiled = once(() => {
      const { plan, findings } = compile(model, { ...context, codes, files: all });
      const made = { model, plan, findings: [...reporter.findings, ...findings] };
      if (plan) compiledHere.set(head.name, { ...made, plan });
      return made;
    });
    return { model, compiled };
  };

  const maps = [...listed.values()].map(({ head, format, files: own }): MapEntry => {
    const hash = once(() => planHash(format, { ...context, files: [...own, ...sharedFiles] }).hash);
    return {
      name: head.name,
      version: head.version,
      kind: head.kind as MapEntry['kind'],
      family: format.family,
      title: head.title ?? listed.get(head.extends ?? '')?.head.title ?? head.name,
      file: head.file.path,
      format,
      files: [...own, ...sharedFiles].map(({ path }) => path),
      get planHash() {
        return hash();
      },
    };
  });
  const catalog: Catalog = {
    maps,
    plan: (name) => make(name.replace(/@.*$/, ''))?.compiled().plan,
    select(header) {
      const listed = first(header, hasPlan);
      return listed && planOf(listed);
    },
    named,
    broken: (header) => first(header, (listed) => !hasPlan(listed))?.head.name,
    check(paths) {
      if (!paths) return distinct([...found, ...shared().findings, ...ofTables(), ...maps.flatMap(({ name }) => findingsOf(name))]);
      const asked = new Set(paths);
      const own = maps.filter(({ file }) => asked.has(file));
      const theirs = new Set([...paths, ...own.flatMap(({ files }) => files)]);
      const others = sharedFiles.some(({ path }) => asked.has(path)) ? maps.filter(({ file }) => !asked.has(file)) : [];
      const standing = [...found, ...shared().findings, ...ofTables()].filter(({ rule }) => theirs.has(rule?.source ?? ''));
      const foundByOthers = others.flatMap(({ name }) => findingsOf(name)).filter(({ rule }) => asked.has(rule?.source ?? ''));
      return distinct([...standing, ...own.flatMap(({ name }) => findingsOf(name)), ...foundByOthers]);
    },
  };
  compiledMaps.set(catalog, compiledHere);
  return catalog;
}

/** Whether a plan would come out as it is: of the same files, by their names and by what they say, and of the same objects of the dictionary. */
function isUnchanged(plan: Plan, format: Format, context: HashContext): boolean {
  const { hash, files } = planHash(format, context);
  return plan.hash === hash && plan.dictionary === context.dictionary && files.every(({ path }, i) => path === plan.files[i]?.path);
}

/** What every map may use: code tables, and parts. */
function readShared(heads: readonly Head[]): { readonly codes: readonly CodesModel[]; readonly parts: Parts; readonly findings: readonly Diagnostic[] } {
  const reporter = new Reporter();
  const unread: Diagnostic[] = [];
  const codes: CodesModel[] = [];
  let parts = noParts;
  for (const { file, kind } of heads) {
    const { root, findings } = loadYaml(file);
    unread.push(...findings);
    if (!root) continue;
    if (kind === 'codes') codes.push(...readCodes(root, reporter));
    else parts = readPartsFile(root, parts, reporter);
  }
  return { codes, parts, findings: [...unread, ...reporter.findings] };
}

function readPartsFile(root: YamlMap, outer: Parts, reporter: Reporter): Parts {
  const keys = new Keys(root, 'a parts file', reporter);
  for (const key of ['kind', 'title', 'source']) keys.get(key);
  const made = readParts(keys.entries('parts'), outer, reporter);
  keys.done();
  return made;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** What stands in a part is read once for every use; it is told once. */
function distinct(findings: readonly Diagnostic[]): Diagnostic[] {
  const told = new Map(findings.map((each) => [JSON.stringify([each.code, each.rule, each.args]), each]));
  return [...told.values()];
}

/** The suggestion for a map name that is not there. */
export function suggestMap(catalog: Catalog, name: string): string {
  return didYouMean(
    name,
    catalog.maps.map((each) => each.name),
  );
}

function readCodes(root: YamlMap, reporter: Reporter): CodesModel[] {
  const keys = new Keys(root, 'a codes file', reporter);
  keys.get('kind');
  const made = keys.entries('codes').map(({ key, value }): CodesModel => ({ name: key.text, declaration: value }));
  keys.get('source');
  keys.done();
  return made;
}
