import { createHash } from 'node:crypto';
import { finding, hasError, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Place } from '../diagnostics/place.ts';
import type { Dictionary } from '../dictionary/dictionary.ts';
import { didYouMean } from '../diagnostics/suggest.ts';
import { checkPlan } from './check.ts';
import type { CodecArgument, CodeTable } from './codecs/codec.ts';
import { compileTable } from './codecs/table.ts';
import { compileBusiness, compileElements } from './compile-business.ts';
import type { JsonSchema } from '../syntax/json/schema.ts';
import type { SegmentDirectory, SegmentSyntax } from '../syntax/segmented.ts';
import type { SegmentedSyntax } from '../syntax/unit.ts';
import { compileEach } from './each.ts';
import { compileSyntax } from './compile-syntax.ts';
import { at, plain, yamlPlace, type SourceFile, type Yaml } from './load.ts';
import { Reporter, type CodesModel, type Format, type MapModel, type NestedFormat } from './model.ts';
import type { Plan } from './plan.ts';
import { checkVerified } from './verified.ts';
import { settle } from './settle.ts';

/** The version of the language: part of every plan's hash. */
export const languageVersion = '1';

/** A segmented syntax with its directories. */
export interface MapSyntax extends SegmentSyntax {
  /** A directory with the service segments that belong to it; undefined where there is none of that name. */
  directory(name: string): SegmentDirectory | undefined;
  directoryHash(name: string): string;
}
export type MapSyntaxes = Readonly<Record<SegmentedSyntax, MapSyntax>>;

/** The schemas of documents that say where what stands, and of which kind it is: a map is read and written by them. */
export interface DocumentTypes {
  get(name: string): JsonSchema | undefined;
  /** Of the schema of a format; '' where it only judges what is written. */
  hash(format: NestedFormat): string;
}

export interface CompileContext {
  readonly dictionary: Dictionary;
  readonly syntaxes: MapSyntaxes;
  readonly codes: readonly CodesModel[]; // of `codes` files: known to every map
  readonly files: readonly SourceFile[]; // what the model was read from: the map, its base, parts and code files
  readonly documents?: DocumentTypes | undefined;
}

/**
 * Compiles a model to a plan. Without a plan there is at least one error among the findings; warnings do not stop it.
 * The hash covers everything the plan depends on: files, dictionary, directory and the version of the language.
 */
export function compile(written: MapModel, context: CompileContext): { plan: Plan | undefined; findings: readonly Diagnostic[] } {
  const reporter = new Reporter();
  const { dictionary } = context;
  const { format } = written;
  const syntax = format.kind === 'segmented' ? context.syntaxes[format.family] : undefined;
  const directory = format.kind === 'segmented' ? syntax?.directory(format.directory) : undefined;
  const schema = format.family === 'json' ? context.documents?.get(format.root) : undefined;
  const model = settle(written, directory);
  const [name, version] = model.dictionary.split('@');
  if (name !== dictionary.name || (version !== undefined && dictionary.version !== version && !dictionary.version.startsWith(`${version}.`))) {
    reporter.report('MAP_DICTIONARY', { stated: model.dictionary, loaded: `${dictionary.name}@${dictionary.version}` }, keyOf(model, 'dictionary'));
  }
  const lacking = format.kind === 'segmented' ? !directory : format.family === 'json' && !schema;
  const named = format.kind === 'segmented' ? format.directory : format.root;
  if (lacking)
    reporter.report(
      'MAP_SHAPE',
      { message: `there is no \`${named}\` that could be used in schemas/${format.family} or among the \`directories/\` of the configuration` },
      keyOf(model, 'format'),
    );
  if (format.kind === 'segmented' && syntax && format.headerName !== syntax.header) {
    const needed = `\`header: { ${syntax.header}: [ … ] }\`, what ${syntax.header} says in the messages it is for`;
    const message = format.headerName === '' ? `\`format\` has no ${needed}` : `\`${format.headerName}\` is not where ${format.family} says it: ${needed}`;
    reporter.report('MAP_SHAPE', { message }, keyOf(model, 'format'));
  }

  const asked = Object.keys(syntax?.fields ?? {}); // by whoever chooses among maps; another name is never met
  for (const { field } of syntax ? model.match : [])
    if (!asked.includes(field))
      reporter.report(
        'MAP_SHAPE',
        { message: `\`match\` asks for ${asked.join(', ')}; not for \`${field}\`${didYouMean(field, asked)}` },
        keyOf(model, 'match'),
      );

  const declared = [...model.codes, ...context.codes.filter((each) => !model.codes.some((own) => own.name === each.name))];
  const tables = new Map<string, CodeTable>(declared.map((each) => [each.name, tableOf(each)]));
  const each = compileEach(model.syntax.nodes, directory, reporter);
  const { groups, slots } = compileSyntax(model, { directory, schema }, reporter);
  const elements = compileElements(model, groups, slots, tables, reporter);
  const bindings = compileBusiness(model, groups, elements, dictionary, reporter);
  checkVerified(model, bindings, reporter);
  for (const declaration of model.elements.values()) {
    if (!slots.has(declaration.name) && elements.get(declaration.name)?.element.inputs.length === 0) {
      reporter.report('MAP_UNKNOWN_SLOT', { name: declaration.name, suggestion: didYouMean(declaration.name, slots.keys()) }, declaration.at);
    }
  }
  const own = model.codes.map((each) => tables.get(each.name)!);
  const used = new Set([...elements.values()].map(({ element }) => element.codec?.table?.name));
  for (const { name: table, declaration } of model.kind === 'message' && !hasError(reporter.findings) ? model.codes : [])
    if (!used.has(table)) reporter.report('MAP_UNUSED', { what: 'code table', name: table }, declaration);
  const place = (table: string) => {
    const found = declared.find((each) => each.name === table);
    return found && yamlPlace(found.declaration);
  };
  const findings = [...reporter.findings, ...(hasError(reporter.findings) ? [] : checkPlan(groups, own, directory, place))];
  if (hasError(findings)) return { plan: undefined, findings };

  const { hash, files } = planHash(format, context);
  const plan: Plan = {
    name: model.name,
    version: model.version,
    title: model.title,
    kind: model.kind,
    law: model.law,
    format,
    service: syntax?.service,
    whole: syntax?.whole ?? false,
    match: model.match,
    file: model.file.path,
    hash,
    files,
    dictionary,
    groups,
    each,
    bindings,
    codePlace: (table, code) => codePlace(declared.find((each) => each.name === table)?.declaration, code),
  };
  return { plan, findings };
}

/** The value of a key of the file, where it stands there. */
const keyOf = ({ at: root }: MapModel, key: string): Yaml => (root.kind === 'map' && at(root, key)) || root;

/** What is shared by all maps is made once. */
export function tableOf(codes: CodesModel): CodeTable {
  const table = madeTables.get(codes) ?? compileTable(codes.name, plain(codes.declaration) as CodecArgument);
  madeTables.set(codes, table);
  return table;
}
const madeTables = new WeakMap<CodesModel, CodeTable>();

/** Where an entry of a code table stands: by its code on the wire, or in `build-only` by the other. */
function codePlace(declaration: Yaml | undefined, code: string): Place | undefined {
  if (declaration?.kind !== 'map') return undefined;
  for (const key of ['pairs', 'values', 'parse-only', 'build-only']) {
    const list = at(declaration, key);
    const keys = list?.kind === 'map' ? list.entries.map((entry) => entry.key) : list?.kind === 'list' ? list.items : [];
    const found = keys.find((each) => each.kind === 'scalar' && each.text === code);
    if (found) return yamlPlace(found);
  }
  return undefined;
}

/** What the hash of a plan is made of; known before the plan is. */
export type HashContext = Pick<CompileContext, 'dictionary' | 'syntaxes' | 'files' | 'documents'>;

export function planHash(format: Format, { dictionary, syntaxes, files, documents }: HashContext): { readonly hash: string; readonly files: Plan['files'] } {
  const hashed = files.map((file) => ({ path: file.path, sha256: hashOf(file) })).sort((a, b) => (a.path < b.path ? -1 : 1));
  const parts = [
    ...hashed.map((file) => file.sha256),
    dictionary.hash,
    format.kind === 'segmented' ? syntaxes[format.family].directoryHash(format.directory) : (documents?.hash(format) ?? ''),
    languageVersion,
  ];
  return { hash: `sha256:${sha256(parts.sort().join('\n'))}`, files: hashed };
}

/** Parts and code files are in the hash of every map. */
function hashOf(file: SourceFile): string {
  const hash = hashes.get(file) ?? sha256(file.text);
  hashes.set(file, hash);
  return hash;
}
const hashes = new WeakMap<SourceFile, string>();

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A finding for a file that could not be read as any kind of the language. */
export function unknownKind(file: SourceFile, kind: string): Diagnostic {
  return finding(
    'MAP_SHAPE',
    { message: kind === '' ? 'a file says its `kind`: message, dialect, parts or codes' : `\`kind: ${kind}\` is none of message, dialect, parts, codes` },
    { rule: { source: file.path, start: 0, end: 1 } },
  );
}
