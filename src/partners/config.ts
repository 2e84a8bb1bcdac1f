import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Place } from '../diagnostics/place.ts';
import type { Dictionary } from '../dictionary/dictionary.ts';
import { asSender, nameOfAgency, readAgency, type Agency, type AgencyFile } from './agency.ts';
import { readProfile, type Profile, type ProfileFile, type ProfileNames } from './profile.ts';
import { checkGrants } from './grants.ts';
import { limitsOf, type Limits } from './limits.ts';
import { readYaml, yamlKinds, type TextFile, type YamlKind } from '../language/file.ts';
import { unknownName, type Loaded } from '../language/loaded.ts';
import { durationMs } from './duration.ts';
import { isWindow, isZone } from './hours.ts';
import { partnerIndex } from './identities.ts';
import { readKeys, type KeyHash, type Partner, type TellingMaps } from './partner.ts';
import { checkUnique, readRegister, type Registered, type Taken } from './register.ts';
import type { RetentionText } from './retention.ts';
import { testSide } from './test-mode.ts';
import { readWebhook, type Webhook, type WebhookText } from './webhooks.ts';
import { checkRoutes, type Route, type RouteFile } from './routes.ts';
import { readTariffs, type Tariff } from './tariffs.ts';

/** A file of the configuration folder. */
export type ConfigFile = TextFile;

export interface ConfigSources {
  readonly files: readonly ConfigFile[]; // gateway.yaml, partners/*.yaml, agencies/*.yaml, routes/*.yaml, tariffs/*.yaml
  readonly schemas: readonly ConfigFile[]; // schemas/config/*.schema.json
  readonly profiles: readonly ConfigFile[]; // schemas/agencies/<name>/profile.yaml
  readonly dictionary: Dictionary;
  readonly mapNames: readonly string[]; // what profiles and routes may name
  readonly tellingMaps: () => TellingMaps; // those of them by which errors are reported, and XML documents acknowledged
  readonly deviationNames: readonly string[]; // what partners may name
  readonly ruleNames: readonly string[]; // what profiles may name: set/rule
  readonly profileSchemas: readonly string[]; // paths of the schemas that profiles may name
  readonly kept?: readonly ConfigFile[]; // partners that the store keeps, beside those of the folder
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
  readonly retention?: RetentionText;
  readonly alerts: readonly Webhook[];
  readonly sftp?: SftpSettings;
}

/** The server of files: none unless said. */
export interface SftpSettings {
  readonly host: string;
  readonly port: number;
  readonly hostKeys: readonly ({ readonly env: string } | { readonly file: string })[]; // private keys, one of each kind
}

export interface Configuration {
  readonly gateway: GatewaySettings;
  readonly partners: readonly Partner[];
  readonly agencies: readonly Agency[];
  readonly profiles: readonly Profile[];
  readonly routes: readonly Route[];
  readonly tariffs: readonly Tariff[];
}

interface GatewayFile {
  name: string;
  retention?: RetentionText;
  alerts?: WebhookText[];
  listen?: { host?: string; port?: number };
  identities?: string[];
  operators?: { id: string; keys: (string | { demo: string })[] }[];
  limits?: Parameters<typeof limitsOf>[0];
  sftp?: { listen?: { host?: string; port?: number }; hostKeys: SftpSettings['hostKeys'] };
}

/** A configuration folder as it was read. */
export interface LoadedConfiguration {
  readonly configuration: Configuration | undefined; // where no finding is an error
  readonly findings: readonly Diagnostic[];
  readonly register: readonly Registered[]; // of its partners
}

/** Reads and checks a configuration folder. */
export function loadConfiguration(sources: ConfigSources): LoadedConfiguration {
  const findings: Diagnostic[] = [];
  const validators = configKinds(sources.schemas);
  const read = <T>(kind: string, files: readonly ConfigFile[]): Loaded<T>[] =>
    files.flatMap((file) => readYaml<T>(file, validators.get(kind)!, findings) ?? []);
  const inFolder = (folder: string): ConfigFile[] => sources.files.filter((f) => f.path.startsWith(`${folder}/`) && /\.ya?ml$/.test(f.path));

  const gatewayFiles = sources.files.filter((f) => f.path === 'gateway.yaml');
  if (gatewayFiles.length === 0) findings.push(finding('CONFIG_FILE_MISSING', { file: 'gateway.yaml' }));
  const [gateway] = read<GatewayFile>('gateway', gatewayFiles);
  const profiles = read<ProfileFile>('profile', sources.profiles);
  const register = [
    ...readRegister(inFolder('partners'), 'folder', validators.get('partner')!, sources, findings),
    ...readRegister(sources.kept ?? [], 'store', validators.get('partner')!, sources, findings),
  ];
  const agencies = read<AgencyFile>('agency', inFolder('agencies'));
  const routes = read<RouteFile>('routes', inFolder('routes'));
  const tariffs = readTariffs(read<Tariff>('tariff', inFolder('tariffs')), new Set(register.map(({ partner }) => partner.id)), findings);

  const operators = (gateway?.value.operators ?? []).map((o, i) => ({
    id: o.id,
    keys: readKeys(o.keys, (k) => gateway!.at('operators', i, 'keys', k), findings),
  }));
  const madeProfiles = profiles.map((f) => readProfile(f, namesOf(sources), findings));
  const readAgencies = agencies.map((f) => ({ file: f, agency: readAgency(f, madeProfiles, findings) }));
  const madeAgencies = readAgencies.flatMap(({ agency }) => agency ?? []);
  findings.push(
    ...checkUnique(register, [
      ...readAgencies.flatMap(({ file, agency }) => {
        const place = (): Place => file.at('agency');
        return agency ? [agency, testSide(agency)].map((each) => ({ ...takenBy(each), place })) : [{ id: file.value.agency, place }];
      }),
      ...operators.map((each, i) => ({ ...each, place: () => gateway!.at('operators', i, 'id') })),
    ]),
  );
  for (const f of agencies) {
    const profile = madeProfiles.find((p) => p.profile === f.value.profile);
    findings.push(...checkGrants(f, profile?.requires ?? [], sources.dictionary));
    const { answeredBy } = f.value;
    const others = agencies.map((each) => each.value.agency).filter((id) => id !== f.value.agency);
    if (answeredBy !== undefined && !others.includes(answeredBy)) findings.push(unknownName('agency', answeredBy, f.at('answeredBy'), others));
  }
  findings.push(
    ...routes.flatMap((f) =>
      checkRoutes(f, {
        agencies: agencies.map(({ value }) => value.agency), // also those with a fault, which is told where it is
        partners: register.map(({ partner }) => partner.id),
        maps: sources.mapNames,
        dictionary: sources.dictionary,
      }),
    ),
  );
  const counts = { partners: register.length, agencies: agencies.length, routes: routes.reduce((sum, { value }) => sum + value.routes.length, 0) };
  for (const each of needed) if (gateway && counts[each.folder] === 0) findings.push(finding('CONFIG_NONE', each));
  const isServed = [...register.map(({ partner }) => partner), ...madeAgencies].some(({ arrivals }) => arrivals?.some(({ kind }) => kind === 'sftpServer'));
  if (gateway && isServed && !gateway.value.sftp)
    findings.push(finding('CONFIG_KEY_MISSING', { where: 'gateway.yaml', key: 'sftp' }, { rule: gateway.at(), expected: ['sftp'] }));
  const webhooks = gateway?.value.alerts ?? [];
  for (const [i, { id }] of webhooks.entries())
    if (webhooks.findIndex((each) => each.id === id) < i)
      findings.push(finding('CONFIG_DUPLICATE', { what: 'webhook', id }, { rule: gateway!.at('alerts', i, 'id'), actual: id }));
  if (!gateway || findings.some((f) => f.severity === 'error' || f.severity === 'fatal')) return { configuration: undefined, findings, register };
  const settings: GatewaySettings = {
    name: gateway.value.name,
    host: gateway.value.listen?.host ?? '127.0.0.1',
    port: gateway.value.listen?.port ?? 8080,
    identities: gateway.value.identities ?? [],
    operators,
    limits: limitsOf(gateway.value.limits),
    alerts: webhooks.map(readWebhook),
    ...(gateway.value.retention && { retention: gateway.value.retention }),
    ...(gateway.value.sftp && {
      sftp: { host: gateway.value.sftp.listen?.host ?? '127.0.0.1', port: gateway.value.sftp.listen?.port ?? 2222, hostKeys: gateway.value.sftp.hostKeys },
    }),
  };
  return {
    configuration: {
      gateway: settings,
      partners: register.map(({ partner }) => partner),
      agencies: [...madeAgencies, ...madeAgencies.map(testSide)],
      profiles: madeProfiles,
      routes: routes.flatMap((f) => f.value.routes),
      tariffs,
    },
    findings,
    register,
  };
}

/** Without which a gateway runs, and does not do what it is there for. */
const needed = [
  { folder: 'partners', what: 'partners', so: 'nobody may send', whatZh: '夥伴', soZh: '無人可發送' },
  { folder: 'agencies', what: 'agencies', so: 'nobody receives documents', whatZh: '機關', soZh: '無人接收文件' },
  { folder: 'routes', what: 'routes', so: 'no document goes to anybody', whatZh: '路由', soZh: '任何文件皆不送出' },
] as const;

/** What an agency has that nobody else may. */
export const takenBy = ({ id, keys }: Agency): Taken => ({ id, keys, sendsAs: nameOfAgency(id) });

/** Who sends: a partner, or an agency that answers. */
export const senderOf = ({ partners, agencies }: Configuration, id: string): Partner | undefined =>
  partnerIndex(partners).byId.get(id) ?? agencies.filter((agency) => agency.id === id).map(asSender)[0];

/** The profiles there are, for whoever judges or converts without a configuration. */
export function readProfiles(sources: Omit<ConfigSources, 'files'>): { readonly profiles: readonly Profile[]; readonly findings: readonly Diagnostic[] } {
  const findings: Diagnostic[] = [];
  const kind = configKinds(sources.schemas).get('profile')!;
  const files = sources.profiles.flatMap((file) => readYaml<ProfileFile>(file, kind, findings) ?? []);
  return { profiles: files.map((file) => readProfile(file, namesOf(sources), findings)), findings };
}

const namesOf = ({ mapNames, ruleNames, profileSchemas, dictionary }: Omit<ConfigSources, 'files'>): ProfileNames => ({
  maps: mapNames,
  rules: ruleNames,
  schemas: profileSchemas,
  dictionary,
});

/** What must become of a sample: `samples/<name>/expect.yaml`. */
export interface Expectation {
  readonly as: string; // the partner that sends it
  readonly outcome: 'accepted' | 'rejected' | 'problem';
  readonly deliveries?: readonly string[]; // agencies
  readonly losses?: number | readonly string[]; // of the message as it is read: how many, or their codes
  readonly findings?: readonly string[]; // codes, warnings and errors
  readonly answer?: 'contrl positive' | 'contrl negative' | 'none';
  readonly replies?: readonly ExpectedReply[];
}

/** What an agency answers, and what follows from it. */
export interface ExpectedReply {
  readonly as: string;
  readonly file: string; // beside the expectation
  readonly becomes: string; // the state of the message for this agency
  readonly reads?: readonly string[]; // what stands in the answer in the sender's mailbox
}

export function readExpectation(
  file: ConfigFile,
  schemas: readonly ConfigFile[],
): { readonly expectation: Expectation | undefined; readonly findings: readonly Diagnostic[] } {
  const findings: Diagnostic[] = [];
  return { expectation: readYaml<Expectation>(file, configKinds(schemas).get('expectation')!, findings)?.value, findings };
}

const formats = { duration: (text: string): boolean => durationMs(text) !== undefined, 'service-window': isWindow, 'time-zone': isZone };
/** The kinds of file of a configuration folder. */
export const configKinds = (schemas: readonly ConfigFile[]): ReadonlyMap<string, YamlKind> =>
  yamlKinds(schemas, ['gateway', 'partner', 'agency', 'routes', 'tariff', 'profile', 'expectation'], formats);
