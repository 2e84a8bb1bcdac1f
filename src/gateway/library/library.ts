import { createHash } from 'node:crypto';
import { finding, sentence, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Dictionary } from '../../dictionary/dictionary.ts';
import type { Rows } from '../../dictionary/rows.ts';
import type { YamlKind } from '../../language/file.ts';
import { buildCatalog, type Catalog } from '../../maps/catalog.ts';
import type { Plan } from '../../maps/plan.ts';
import type { Agency } from '../../partners/agency.ts';
import { configKinds, loadConfiguration, readProfiles, type ConfigFile, type ConfigSources, type Configuration } from '../../partners/config.ts';
import { compileGrants, type Grants } from '../../partners/grants.ts';
import { readChangeTables, type ChangeTable } from '../../partners/changes.ts';
import type { Profile } from '../../partners/profile.ts';
import { readScenarios, type ScenarioSet } from '../../partners/scenarios.ts';
import type { PartnerNames } from '../../partners/partner.ts';
import { mapsThatTell, readAnswerTables } from '../../replies/tables.ts';
import type { AnswerTable } from '../../replies/tell.ts';
import { readDocumentSets, type DocumentSet } from '../../validation/sets.ts';
import { checkFacts } from '../../validation/conformance.ts';
import type { CompiledSchema, XmlSchema } from '../../validation/xsd.ts';
import { demandsOf, readJudging, type Demands, type Judging } from '../translation/judging.ts';
import { configurationText, type ConfigurationText } from './configuration-text.ts';
import { readFolder, readPartnerFiles } from './folder.ts';
import { changeFiles, configSchemas, judgingFiles, judgingSources, profileFiles, rowSchemaFiles, scenarioFiles } from './judging-files.ts';
import { missingSchemas } from './published-schemas.ts';
import { dictionaryOf, isSameFiles } from './dictionary-files.ts';
import { below, readSources, type LibraryOptions, type Sources } from './sources.ts';
import { mapFilesOf, openTables, type ReadingTables } from './tables.ts';
import { openXmlSchemas } from './xml-schemas.ts';

/** Everything on the disk that decides what a message means, in memory: dictionary, directories, maps, schemas. */
export interface Library extends ReadingTables {
  readonly root: string;
  readonly sources: Sources; // every file it was made of: the same sources make the same library
  readonly dictionary: Dictionary;
  readonly catalog: Catalog;
  /** How answers are told in messages that keep their facts elsewhere. */
  readonly answers: readonly AnswerTable[];
  readonly changes: readonly ChangeTable[]; // what function codes mean for the documents that messages are about
  /** Which documents belong together, and what they must agree on. */
  readonly sets: readonly DocumentSet[];
  readonly scenarios: readonly ScenarioSet[]; // what new partners show first
  /** What is wrong with the dictionary, with what stands beside the maps, and with all maps: compiles them. Or, of `paths`, with what these files add. */
  check(paths?: readonly string[]): readonly Diagnostic[];
  readonly hash: string; // of all plans, rules and profiles
  /** The schema a map's output must be valid against. `loadSchemas` has been awaited before. */
  schema(plan: Plan): XmlSchema | undefined;
  /** The schema that an agency publishes, where its profile names one and it is there: what leaves for it is judged by that. */
  profileSchema(profile: string): CompiledSchema | undefined;
  /** Makes the XML schemas ready to be asked for; work that checks no XML does without. */
  loadSchemas(): Promise<void>;
  /** What is wrong with the XML schemas that agencies publish: compiles them. `loadSchemas` has been awaited before. */
  checkSchemas(): readonly Diagnostic[];
  /** What dictionary and code lists say against the facts. `received`: the day that codes are asked of where the document states none. */
  conforms(rows: Rows, received?: string): readonly Diagnostic[];
  grants(agency: Agency): Grants;
  readonly judging: Judging;
  readonly judgingFiles: readonly ConfigFile[]; // code lists, rules, profiles and their schemas, what changes mean
  readonly profiles: readonly Profile[];
  /** What a profile demands of the facts; of an agency's, of those that it may see. */
  demands(profile: string, agency?: Agency): Demands | undefined;
  /** The files that decide what a plan does: map, bases, parts, codes, dictionary, directory tables or schemas. */
  planFiles(name: string): readonly ConfigFile[];
  /** The bytes of a file of maps, rules or profiles, for excerpts. */
  file(path: string): Uint8Array | undefined;
}

/** The library `inForce`, or the one that was opened last, where nothing it is made of has changed. */
export function openLibrary(options: LibraryOptions, inForce?: Library): Library {
  const sources = readSources(options);
  if (inForce && isSame(inForce.sources, sources)) return inForce;
  if (!last || !isSame(last.sources, sources)) last = libraryOf(sources, inForce ?? last);
  return last;
}
let last: Library | undefined;

const isSame = (a: Sources, b: Sources): boolean => a.root === b.root && isSameFiles(a.files, b.files) && isSameFiles(a.beside ?? [], b.beside ?? []);

/** Reads no disk: whoever holds the same sources works by the same maps. Those that a former library has compiled are not compiled again. */
export function libraryOf(sources: Sources, former?: Library): Library {
  const { dictionary, findings } = dictionaryOf(below(sources, 'schemas/wco/', /^[^/]+\.tsv$/));
  if (!dictionary) throw new Error(`the dictionary cannot be read: ${findings.slice(0, 3).map(sentence).join('; ')} (${findings.length} findings)`);
  const tables = openTables(sources);
  const { layouts, segmented, documents } = tables;
  const mapFiles = mapFilesOf(sources);
  const catalog = buildCatalog(mapFiles, { dictionary, syntaxes: segmented, documents }, former?.catalog);
  let answers: ReturnType<typeof readAnswerTables> | undefined;
  const answersRead = () => (answers ??= readAnswerTables(below(sources, 'schemas/answers/'), configSchemas(sources), dictionary));
  let sets: ReturnType<typeof readDocumentSets> | undefined;
  const setsRead = () => (sets ??= readDocumentSets(below(sources, 'schemas/sets/'), configSchemas(sources), dictionary));
  let scenarios: ReturnType<typeof readScenarios> | undefined;
  const mapNames = () => catalog.maps.map(({ name }) => name);
  const scenariosRead = () => (scenarios ??= readScenarios(scenarioFiles(sources), configSchemas(sources), { dictionary, mapNames: mapNames() }));
  let changes: ReturnType<typeof readChangeTables> | undefined;
  const changesRead = () => (changes ??= readChangeTables(changeFiles(sources), configSchemas(sources), dictionary));
  // By agency and not by its name: a library outlives a change of what an agency may see.
  const grants = new WeakMap<Agency, Grants>();
  const demands = new WeakMap<Agency, Demands>();
  let judging: Judging | undefined;
  let profiles: ReturnType<typeof readProfiles> | undefined;
  let hash: string | undefined;
  const xml = openXmlSchemas(sources, () => library.profiles);
  const library: Library = {
    root: sources.root,
    sources,
    dictionary,
    catalog,
    get answers() {
      return answersRead().tables;
    },
    get sets() {
      return setsRead().sets;
    },
    get scenarios() {
      return scenariosRead().sets;
    },
    get changes() {
      return changesRead().tables;
    },
    check: (paths) => [
      ...findings,
      ...(paths ? [] : [answersRead, changesRead, setsRead].flatMap((read) => read().findings)),
      ...(paths && !below(sources, 'scenarios/').some(({ path }) => paths.includes(path)) ? [] : scenariosRead().findings),
      ...layouts.check(paths && formsOf(catalog, paths), paths),
      ...documents.check(paths && formsOf(catalog, paths)),
      ...(paths?.length === 0 ? [] : catalog.check(paths)),
    ],
    get hash() {
      return (hash ??= hashOfAll([...catalog.maps.map(({ planHash }) => planHash), ...library.judgingFiles.map(({ path, text }) => `${path}\0${text}`)]));
    },
    ...tables,
    schema: ({ format }) => (format.kind === 'nested' && format.family === 'xml' ? xml.of(format.namespace) : undefined),
    profileSchema: (profile) => xml.ofProfile(profile),
    loadSchemas: () => xml.load(),
    checkSchemas: () => xml.check(),
    conforms: (rows, received = '') => [...checkFacts(rows), ...library.judging.codes.checks.check(rows, received)],
    get judging() {
      return (judging ??= readJudging({ ...judgingSources(sources), dictionary }));
    },
    judgingFiles: judgingFiles(sources),
    get profiles() {
      return profilesRead().profiles;
    },
    demands(name, agency) {
      const profile = library.profiles.find((each) => each.profile === name);
      const known = (agency && demands.get(agency)) ?? (profile && demandsOf(profile, library.judging, agency && library.grants(agency)));
      if (known && agency) demands.set(agency, known);
      return known;
    },
    grants(agency) {
      const known = grants.get(agency) ?? compileGrants(agency.grants, dictionary);
      grants.set(agency, known);
      return known;
    },
    file(path) {
      const found = [...mapFiles, ...judgingFiles(sources), ...sources.files].find((file) => file.path === path);
      return found && Buffer.from(found.text);
    },
    planFiles(name) {
      const entry = catalog.maps.find((each) => each.name === name);
      if (!entry) return [];
      const own = new Set(entry.files);
      const { format } = entry;
      const read =
        format.kind === 'segmented'
          ? segmented[format.family].files(format.directory)
          : format.family === 'json'
            ? documents.files(format.root)
            : below(sources, 'schemas/wco/', /\.xsd$/);
      return [...mapFiles.filter(({ path }) => own.has(path)), ...below(sources, 'schemas/wco/', /^[^/]+\.tsv$/), ...read];
    },
  };
  const profilesRead = (): ReturnType<typeof readProfiles> => (profiles ??= readProfiles(profileSources(library)));
  return library;
}

/** The directories, layouts and schemas that the maps of these files are written for. */
const formsOf = ({ maps }: Catalog, paths: readonly string[]): readonly string[] =>
  maps.flatMap(({ file, format }) => (paths.includes(file) ? (format.kind === 'segmented' ? format.directory : format.root) : []));

const hashOfAll = (texts: readonly string[]): string => createHash('sha256').update(texts.join('\n')).digest('hex');

/** What configuration and profiles are checked against: the same value for the same library. */
function profileSources(library: Library): Omit<ConfigSources, 'files'> {
  const made = checkedAgainst.get(library) ?? makeProfileSources(library);
  checkedAgainst.set(library, made);
  return made;
}
const checkedAgainst = new WeakMap<Library, Omit<ConfigSources, 'files'>>();

function makeProfileSources(library: Library): Omit<ConfigSources, 'files'> {
  const { sources, dictionary, catalog, judging, grammars } = library;
  let telling: ReturnType<typeof mapsThatTell> | undefined;
  return {
    schemas: configSchemas(sources),
    profiles: profileFiles(sources),
    dictionary,
    mapNames: catalog.maps.map(({ name }) => name),
    tellingMaps: () => (telling ??= mapsThatTell(library.answers, catalog.maps)),
    deviationNames: grammars.deviations,
    ruleNames: judging.names,
    profileSchemas: rowSchemaFiles(sources).map(({ path }) => path),
  };
}

/** A configuration folder, checked against the library, and what is recorded when it changes. */
export interface LoadedFolder extends ConfigurationText {
  readonly configuration: Configuration | undefined;
  readonly findings: readonly Diagnostic[];
  readonly files: readonly ConfigFile[];
}

/** `kept`: partners that the store keeps beside those of the folder. */
export function loadConfigurationFolder(folder: string, library: Library, kept: readonly ConfigFile[] = []): LoadedFolder {
  const others = readFolder(folder, /^(gateway\.yaml|(agencies|routes|tariffs)\/.*\.ya?ml)$/);
  return loadConfigurationFiles([...others, ...readPartnerFiles(folder)], library, kept);
}

/** The same from files that were read before. */
export function loadConfigurationFiles(files: readonly ConfigFile[], library: Library, kept: readonly ConfigFile[] = []): LoadedFolder {
  const { configuration, findings, register } = loadConfiguration({ files, ...profileSources(library), kept });
  const agencies = configuration?.agencies ?? [];
  const unasked = agencies.flatMap((agency) => {
    if (agency.testOf !== undefined) return [];
    const rules = library.demands(agency.profile, agency)?.unasked ?? [];
    return rules.length === 0 ? [] : [finding('RULE_NOT_ASKED', { agency: agency.id, rules: rules.join(', ') })];
  });
  const missing = missingSchemas(agencies, library.profiles, library.sources.files);
  return { ...configurationText(files, register), configuration, findings: [...findings, ...unasked, ...missing], files };
}

/** What the text of a partner is checked by. */
export function partnerChecks(library: Library): { readonly kind: YamlKind; readonly names: PartnerNames } {
  const names = profileSources(library);
  return { kind: configKinds(names.schemas).get('partner')!, names };
}

/** The map that fills each profile, by the profile's name. */
export const readProfileMaps = ({ profiles }: Library): ReadonlyMap<string, string> => new Map(profiles.map(({ profile, map }) => [profile, map]));

/** What is wrong with a file of rules that is not in force. */
export const lintRules = ({ sources, dictionary }: Library, file: ConfigFile): readonly Diagnostic[] =>
  readJudging({ ...judgingSources(sources), codes: [], ownCodes: [], rowSchemas: [], rules: [file], dictionary }).check();
