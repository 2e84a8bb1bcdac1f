import { finding, hasError, type Diagnostic } from '../diagnostics/diagnostic.ts';
import { didYouMean } from '../diagnostics/suggest.ts';
import type { Dictionary } from '../dictionary/dictionary.ts';
import type { MessageHeader } from '../syntax/unit.ts';
import { elementIds, elementKeys, type Directory, type MessageNode } from '../syntax/edifact/directory.ts';
import { compile, unknownKind } from './compile.ts';
import type { SegmentDirectory } from './compile-syntax.ts';
import { applyDialect } from './dialect.ts';
import { loadYaml, textAt, yamlPlace, type SourceFile, type YamlMap } from './load.ts';
import { Keys, Reporter, type CodesModel, type MapModel } from './model.ts';
import { noParts, readParts, type Parts } from './parts.ts';
import type { Plan } from './plan.ts';
import { readMap } from './read.ts';

export interface CatalogContext {
  readonly dictionary: Dictionary;
  /** A directory with the service segments that belong to it; undefined where there is none of that name. */
  directory(name: string): Directory | undefined;
  directoryHash(name: string): string;
}

export interface MapEntry {
  readonly name: string;
  readonly version: string;
  readonly kind: 'message' | 'dialect';
  readonly family: 'edifact' | 'xml';
  readonly title: string;
  readonly file: string;
  readonly planHash: string;
}

/** Every map that was found, compiled. A map with errors has findings and no plan; the others are not touched by it. */
export interface Catalog {
  readonly maps: readonly MapEntry[];
  readonly findings: readonly Diagnostic[];
  plan(name: string): Plan | undefined;
  /** The map for a message: of those whose header and conditions are met, the one with most conditions. */
  select(header: MessageHeader): Plan | undefined;
}

/** Reads, compiles and checks every file of the map language; `codes` and `parts` files are known to all maps. */
export function buildCatalog(files: readonly SourceFile[], context: CatalogContext): Catalog {
  const findings: Diagnostic[] = [];
  const loaded: { file: SourceFile; root: YamlMap; kind: string }[] = [];
  for (const file of files) {
    const read = loadYaml(file);
    findings.push(...read.findings);
    if (read.root) loaded.push({ file, root: read.root, kind: textAt(read.root, 'kind') ?? '' });
  }
  const reporter = new Reporter();
  const ofKind = (kind: string) => loaded.filter((each) => each.kind === kind);
  for (const { file, kind } of loaded) if (!['message', 'dialect', 'parts', 'codes', 'case'].includes(kind)) findings.push(unknownKind(file, kind));
  const codes = ofKind('codes').flatMap(({ root }) => readCodes(root, reporter));
  const parts = ofKind('parts').reduce<Parts>((outer, { root }) => {
    const keys = new Keys(root, 'a parts file', reporter);
    keys.get('kind');
    const made = readParts(keys.entries('parts'), outer, reporter);
    keys.done();
    return made;
  }, noParts);
  const shared = [...ofKind('codes'), ...ofKind('parts')].map(({ file }) => file);
  findings.push(...reporter.findings);

  const plans = new Map<string, Plan>();
  const models = new Map<string, { model: MapModel; files: readonly SourceFile[] }>();
  const add = (model: MapModel, own: readonly SourceFile[], readFindings: readonly Diagnostic[]): void => {
    findings.push(...readFindings);
    const twin = models.get(model.name);
    if (twin) findings.push(finding('MAP_DUPLICATE_NAME', { what: 'map', name: model.name }, { rule: yamlPlace(model.at) }));
    if (hasError(readFindings) || twin) return;
    models.set(model.name, { model, files: own });
    const compiled = compile(model, { ...context, directory: (name) => view(context.directory(name)), codes, files: [...own, ...shared] });
    findings.push(...compiled.findings);
    if (compiled.plan) plans.set(model.name, compiled.plan);
  };
  for (const { file, root } of ofKind('message')) {
    const own = new Reporter();
    add(readMap(root, file, parts, own), [file], own.findings);
  }
  // A dialect may extend a dialect, but no deeper (map language, 3.8): two rounds are enough.
  let waiting = ofKind('dialect');
  for (let round = 0; round < 2; round++) {
    waiting = waiting.filter(({ file, root }) => {
      const [name] = (textAt(root, 'extends') ?? '').split('@');
      const base = models.get(name ?? '');
      if (!base) return true;
      const own = new Reporter();
      add(applyDialect(base.model, root, file, own), [...base.files, file], own.findings);
      return false;
    });
  }
  const unmet = new Reporter();
  for (const { root } of waiting) unmet.report('MAP_NO_BASE', { name: textAt(root, 'extends') ?? '' }, root);
  findings.push(...unmet.findings);

  const list = [...plans.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const maps = list.map((plan): MapEntry => ({
    name: plan.name,
    version: plan.version,
    kind: plan.kind,
    family: plan.format.family,
    title: plan.title,
    file: plan.file,
    planHash: plan.hash,
  }));
  const bySpecificity = [...list].sort((a, b) => b.match.length - a.match.length);
  findings.push(...sameMessages(list));
  return {
    maps,
    findings: distinct(findings),
    plan: (name) => plans.get(name.replace(/@.*$/, '')),
    select: (header) => bySpecificity.find((plan) => reads(plan, header)),
  };
}

/** Two maps that read the same messages: none of them could be chosen for a reason. */
function sameMessages(plans: readonly Plan[]): Diagnostic[] {
  const seen = new Map<string, Plan>();
  return plans.flatMap((plan) => {
    const { format, match } = plan;
    const what = format.family === 'xml' ? [format.root, format.namespace] : format.header;
    const key = JSON.stringify([...what, ...match.map(({ field, value }) => `${field}=${value}`).sort()]);
    const twin = seen.get(key);
    seen.set(key, plan);
    return twin ? [finding('MAP_SAME_MESSAGES', { first: twin.name, second: plan.name }, { rule: { source: plan.file, start: 0, end: 1 } })] : [];
  });
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

function reads({ format, match }: Plan, header: MessageHeader): boolean {
  if (format.family === 'xml') {
    if (header.type !== format.root || header.namespace !== format.namespace) return false;
  } else {
    const stated = [header.type, header.version, header.release, header.agency, header.association];
    if (!format.header.every((value, i) => stated[i] === value)) return false;
  }
  return match.every(({ field, value }) => headerField(header, field) === value);
}

/** The header fields that `match` may name, by their place in the envelope. */
const headerFields: Readonly<Record<string, (header: MessageHeader) => string | undefined>> = {
  'UNH.S009.0065': (header) => header.type,
  'UNH.S009.0052': (header) => header.version,
  'UNH.S009.0054': (header) => header.release,
  'UNH.S009.0051': (header) => header.agency,
  'UNH.S009.0057': (header) => header.association,
  'UNB.S002.0004': (header) => header.interchange.sender,
  'UNB.S003.0010': (header) => header.interchange.recipient,
};

function headerField(header: MessageHeader, field: string): string | undefined {
  return headerFields[field]?.(header);
}

const tagsIn = (nodes: readonly MessageNode[]): string[] => nodes.flatMap((node) => (node.nodes ? tagsIn(node.nodes) : [node.id]));

/** The directory as the compiler asks of it. */
function view(directory: Directory | undefined): SegmentDirectory | undefined {
  if (!directory) return undefined;
  return {
    name: directory.name,
    has: (tag) => directory.segments.has(tag),
    tags: () => [...directory.segments.keys()],
    ids: (tag) => elementIds(directory, tag),
    messages: () => directory.messageTypes,
    tagsOf(name) {
      const message = directory.message(name);
      return message && new Set(tagsIn(message.nodes));
    },
    element(tag, id) {
      const found = elementKeys(directory, tag, id);
      if (!found) return undefined;
      const required = found.required ? 'unit' : found.requiredInComposite ? 'composite' : found.requiredComposite ? 'some' : undefined;
      return { keys: found.keys, format: found.format, required };
    },
  };
}
