import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { isAlias, isMap, isPair, isScalar, isSeq, parseDocument, visit, type Document, type Node, type Pair } from 'yaml';
import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Place } from '../diagnostics/place.ts';
import type { Dictionary } from '../dictionary/dictionary.ts';
import { readAgency, type Agency, type AgencyFile, type Profile } from './agency.ts';
import { checkGrants } from './grants.ts';
import { limitsOf, type Limits } from './limits.ts';
import { unknownName, type Loaded } from './loaded.ts';
import { named } from './paths.ts';
import { durationMs, readKeys, readPartner, type KeyHash, type Partner, type PartnerFile } from './partner.ts';
import { checkRoutes, type Route, type RouteFile } from './routes.ts';

/** A file of the configuration folder, as text: reading the disk is the caller's business. */
export interface ConfigFile {
  readonly path: string; // relative to the folder, '/' separated
  readonly text: string;
}

export interface ConfigSources {
  readonly files: readonly ConfigFile[]; // gateway.yaml, partners/*.yaml, agencies/*.yaml, routes/*.yaml
  readonly schemas: readonly ConfigFile[]; // schemas/config/*.schema.json
  readonly profiles: readonly ConfigFile[]; // schemas/agencies/<name>/profile.yaml
  readonly dictionary: Dictionary;
  readonly mapNames: readonly string[]; // what profiles and routes may name
}

/** A person or program that runs the gateway. */
export interface Operator {
  readonly id: string;
  readonly keys: readonly KeyHash[];
}

export interface GatewaySettings {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly identities: readonly string[]; // UNB 0010 by which partners address us; empty: any
  readonly operators: readonly Operator[];
  readonly limits: Limits;
}

export interface Configuration {
  readonly gateway: GatewaySettings;
  readonly partners: readonly Partner[];
  readonly agencies: readonly Agency[];
  readonly profiles: readonly Profile[];
  readonly routes: readonly Route[];
}

interface GatewayFile {
  name: string;
  listen?: { host?: string; port?: number };
  identities?: string[];
  operators?: { id: string; keys: (string | { demo: string })[] }[];
  limits?: Parameters<typeof limitsOf>[0];
}

/** Reads and checks a configuration folder. `configuration` is undefined where any finding is an error. */
export function loadConfiguration(sources: ConfigSources): { readonly configuration: Configuration | undefined; readonly findings: readonly Diagnostic[] } {
  const findings: Diagnostic[] = [];
  const validators = compileSchemas(sources.schemas);
  const read = <T>(kind: string, files: readonly ConfigFile[]): Loaded<T>[] =>
    files.flatMap((file) => readFile<T>(file, validators.get(kind)!, findings) ?? []);
  const inFolder = (folder: string): ConfigFile[] => sources.files.filter((f) => f.path.startsWith(`${folder}/`) && /\.ya?ml$/.test(f.path));

  const gatewayFiles = sources.files.filter((f) => f.path === 'gateway.yaml');
  if (gatewayFiles.length === 0) findings.push(finding('CONFIG_FILE_MISSING', { file: 'gateway.yaml' }));
  const [gateway] = read<GatewayFile>('gateway', gatewayFiles);
  const profiles = read<Profile>('profile', sources.profiles);
  const partners = read<PartnerFile>('partner', inFolder('partners'));
  const agencies = read<AgencyFile>('agency', inFolder('agencies'));
  const routes = read<RouteFile>('routes', inFolder('routes'));

  const ids = [
    ...partners.map((f) => ({ id: f.value.partner, place: f.at('partner') })),
    ...agencies.map((f) => ({ id: f.value.agency, place: f.at('agency') })),
    ...(gateway?.value.operators ?? []).map((o, i) => ({ id: o.id, place: gateway!.at('operators', i, 'id') })),
  ];
  reportDuplicates('id', ids, findings);
  reportDuplicates(
    'sender identity',
    partners.flatMap((f) =>
      f.value.identities.map((x, i) => ({ id: x.qualifier === undefined ? x.id : `${x.id}:${x.qualifier}`, place: f.at('identities', i) })),
    ),
    findings,
  );

  const madeProfiles = profiles.map((f) => f.value);
  for (const f of profiles) {
    if (!sources.mapNames.includes(f.value.map)) findings.push(unknownName('map', f.value.map, f.at('map'), sources.mapNames));
    (f.value.requires ?? []).forEach((path, i) => {
      if (named(path, sources.dictionary).length === 0) findings.push(finding('GRANT_UNKNOWN_PATH', { path }, { rule: f.at('requires', i), actual: path }));
    });
  }
  const madeAgencies = agencies.flatMap((f) => readAgency(f, madeProfiles, findings) ?? []);
  for (const f of agencies) {
    const profile = madeProfiles.find((p) => p.profile === f.value.profile);
    findings.push(...checkGrants(f, profile?.requires ?? [], sources.dictionary));
  }
  findings.push(
    ...routes.flatMap((f) =>
      checkRoutes(f, {
        agencies: madeAgencies.map((a) => a.id),
        partners: partners.map((p) => p.value.partner),
        maps: sources.mapNames,
        dictionary: sources.dictionary,
      }),
    ),
  );
  const madePartners = partners.map((f) => readPartner(f, findings));
  const operators = (gateway?.value.operators ?? []).map((o, i) => ({
    id: o.id,
    keys: readKeys(o.keys, (k) => gateway!.at('operators', i, 'keys', k), findings),
  }));
  if (!gateway || findings.some((f) => f.severity === 'error' || f.severity === 'fatal')) return { configuration: undefined, findings };
  const settings: GatewaySettings = {
    name: gateway.value.name,
    host: gateway.value.listen?.host ?? '127.0.0.1',
    port: gateway.value.listen?.port ?? 8080,
    identities: gateway.value.identities ?? [],
    operators,
    limits: limitsOf(gateway.value.limits),
  };
  return {
    configuration: { gateway: settings, partners: madePartners, agencies: madeAgencies, profiles: madeProfiles, routes: routes.flatMap((f) => f.value.routes) },
    findings,
  };
}

/** The profiles that are shipped, for whoever converts without a configuration. */
export function readProfiles(
  profiles: readonly ConfigFile[],
  schemas: readonly ConfigFile[],
): { readonly profiles: readonly Profile[]; readonly findings: readonly Diagnostic[] } {
  const findings: Diagnostic[] = [];
  const validate = compileSchemas(schemas).get('profile')!;
  return { profiles: profiles.flatMap((file) => readFile<Profile>(file, validate, findings)?.value ?? []), findings };
}

/** What must become of a sample: `samples/<name>/expect.yaml`. */
export interface Expectation {
  readonly as: string; // the partner that sends it
  readonly outcome: 'accepted' | 'rejected' | 'problem';
  readonly deliveries?: readonly string[]; // agencies
  readonly losses?: number | readonly string[]; // of the message as it is read: how many, or their codes
  readonly findings?: readonly string[]; // codes, warnings and errors
  readonly answer?: 'contrl positive' | 'contrl negative' | 'none';
}

export function readExpectation(
  file: ConfigFile,
  schemas: readonly ConfigFile[],
): { readonly expectation: Expectation | undefined; readonly findings: readonly Diagnostic[] } {
  const findings: Diagnostic[] = [];
  return { expectation: readFile<Expectation>(file, compileSchemas(schemas).get('expectation')!, findings)?.value, findings };
}

function reportDuplicates(what: string, ids: readonly { id: string; place: Place }[], findings: Diagnostic[]): void {
  const seen = new Set<string>();
  for (const { id, place } of ids) {
    if (seen.has(id)) findings.push(finding('CONFIG_DUPLICATE', { what, id }, { rule: place, actual: id }));
    seen.add(id);
  }
}

function compileSchemas(schemas: readonly ConfigFile[]): Map<string, ValidateFunction> {
  const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
  ajv.addFormat('duration', (text: string) => durationMs(text) !== undefined);
  for (const { text } of schemas) ajv.addSchema(JSON.parse(text) as object);
  const compiled = new Map<string, ValidateFunction>();
  for (const kind of ['gateway', 'partner', 'agency', 'routes', 'profile', 'expectation']) {
    const validate = ajv.getSchema(`https://portolan.example/schemas/config/${kind}.schema.json`);
    if (!validate) throw new Error(`schemas/config/${kind}.schema.json is missing`);
    compiled.set(kind, validate as ValidateFunction);
  }
  return compiled;
}

/** YAML without anchors, aliases, tags and merge keys; then the JSON Schema of its kind. */
function readFile<T>(file: ConfigFile, validate: ValidateFunction, findings: Diagnostic[]): Loaded<T> | undefined {
  const before = findings.length;
  const document = parseDocument(file.text, { uniqueKeys: true, merge: false });
  const report = (message: string, start: number, end: number): number =>
    findings.push(finding('CONFIG_YAML', { message }, { rule: placeOf(file, start, end) }));
  for (const error of document.errors) report(error.message.split('\n')[0]!.replace(/ at line .*$/, ''), error.pos[0], error.pos[1]);
  visit(document, {
    Node(_, node) {
      const [start, end] = node.range ?? [0, 0];
      if (isAlias(node) || node.anchor) report('anchors and aliases are not allowed in the configuration', start, end);
      else if (node.tag && !node.tag.startsWith('tag:yaml.org,2002:')) report(`the tag \`${node.tag}\` is not allowed in the configuration`, start, end);
    },
  });
  if (findings.length > before) return undefined;
  const value: unknown = document.toJS();
  const loaded: Loaded<T> = { value: value as T, path: file.path, at: (...keys) => placeAt(file, document, keys.map(String), false) };
  if (validate(value)) return loaded;
  for (const error of clearest(validate.errors ?? [])) findings.push(schemaFinding(file, document, error));
  return undefined;
}

/** Of the branches of a union only the union's own finding is told: the branches would say the same thing twice. */
function clearest(errors: readonly ErrorObject[]): ErrorObject[] {
  const unions = errors.filter((e) => e.keyword === 'anyOf' || e.keyword === 'oneOf');
  return errors.filter((e) => !unions.some((u) => u !== e && e.schemaPath.startsWith(`${u.schemaPath}/`)));
}

function schemaFinding(file: ConfigFile, document: Document.Parsed, error: ErrorObject): Diagnostic {
  const keys = error.instancePath
    .split('/')
    .slice(1)
    .map((k) => k.replace(/~1/g, '/').replace(/~0/g, '~'));
  const params = error.params as Record<string, unknown>;
  const where = keys.length === 0 ? 'the file' : `\`${keys.join('.')}\``;
  if (error.keyword === 'additionalProperties') {
    const name = String(params['additionalProperty']);
    return finding('CONFIG_UNKNOWN_KEY', { key: name, where }, { rule: placeAt(file, document, [...keys, name], true), actual: name });
  }
  if (error.keyword === 'required') {
    const name = String(params['missingProperty']);
    return finding('CONFIG_KEY_MISSING', { key: name, where }, { rule: placeAt(file, document, keys, true), expected: [name] });
  }
  const allowed = params['allowedValues'];
  const expected = Array.isArray(allowed) ? allowed.map(String) : undefined;
  return finding('CONFIG_VALUE', { where, message: error.message ?? 'is not allowed' }, { rule: placeAt(file, document, keys, false), expected });
}

function placeAt(file: ConfigFile, document: Document.Parsed, keys: readonly string[], ofKey: boolean): Place {
  let node: Node | null = document.contents;
  let range = node?.range;
  keys.forEach((key, depth) => {
    const pair: Pair | undefined = isMap(node) ? node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === key) : undefined;
    const next = isSeq(node) ? (node.items[Number(key)] as Node | undefined) : (pair?.value as Node | undefined);
    if (ofKey && depth === keys.length - 1 && isScalar(pair?.key)) range = pair.key.range;
    else if (next?.range) range = next.range;
    node = next ?? null;
  });
  return placeOf(file, range?.[0] ?? 0, range?.[1] ?? 0);
}

/** From UTF-16 offsets in the text to bytes in the file. */
function placeOf(file: ConfigFile, start: number, end: number): Place {
  const from = Buffer.byteLength(file.text.slice(0, start));
  return { source: file.path, start: from, end: from + Buffer.byteLength(file.text.slice(start, end)) };
}
