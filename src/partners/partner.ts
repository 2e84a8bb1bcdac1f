import { hash } from 'node:crypto';
import { codes, type Code, type Severity } from '../diagnostics/codes.ts';
import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Place } from '../diagnostics/place.ts';
import type { AgreedCharsets, Encoding } from '../syntax/charset.ts';
import type { Interchange } from '../syntax/unit.ts';
import { unknownName, type Loaded } from '../language/loaded.ts';
import type { Dictionary } from '../dictionary/dictionary.ts';
import type { Envelope } from './identities.ts';
import type { RetentionText } from './retention.ts';
import { readChannels, type ChannelFields, type Channels } from './delivery.ts';
import { durationMs } from './duration.ts';
import { readCertificates, type Certificate, type CertificateText } from './certificates.ts';
import { named } from './paths.ts';
import type { Quota } from './quotas.ts';
import type { Trader } from './traders.ts';
import { checkDeviations, judgeDeviation, type Deviation, type Occasion } from './deviations.ts';

/** SHA-256 of an API key, in hex. Keys are random and long, so that a plain hash cannot be reversed by guessing. */
export interface KeyHash {
  readonly sha256: string;
  readonly demo: boolean; // its text is public: printed in the sample configuration
  readonly test?: true; // whoever uses it is in test mode
}

/** How a partner calls itself in envelopes: in UNB 0004 and, where it matters, 0007; in ISA06 and ISA05; as AS2-From; as a Type B address. */
export interface Identity {
  readonly id: string;
  readonly qualifier?: string; // absent: any
  readonly in?: Envelope | readonly Envelope[]; // absent: in any envelope
  readonly test?: boolean; // whoever calls itself so is in test mode
}

/** How interchanges are written, where it is not UNOC in what UNOC means. */
export interface OutEncoding {
  readonly identifier?: string; // UNB 0001
  readonly charset?: Encoding; // what the receiver reads it as; what the identifier means unless said
  readonly service?: string; // the six characters of UNA; those of the syntax unless said
}

/** What was agreed with a partner beyond the standard. */
export interface Agreement {
  readonly contrl: 'always' | 'on-request' | 'never'; // on request: UNB 0031 is 1
  readonly tolerance: Readonly<Partial<Record<Code, Severity>>>;
  readonly duplicateWindow: number; // milliseconds within which a reference, and content, must not come twice; 0: for ever
  readonly resubmission?: 'mark' | 'hold' | 'refuse'; // what becomes of the same content under a new reference; marked where absent
  readonly charsets?: AgreedCharsets; // what its syntax identifiers really mean
  readonly encoding?: OutEncoding; // how what answers it is written; as it writes itself unless said
  readonly syntaxes?: readonly string[]; // what it said that it sends; what is something else is told
  readonly repair?: 'never'; // its messages are only relayed: no operator sends an edited copy of one
  readonly quota?: Quota; // what it may send at most
  readonly ordered?: boolean; // what it sends is translated and delivered in the order received, one interchange after the other
  readonly answers?: string; // the map by which the answers of agencies are written for it
  readonly errors?: readonly ErrorReport[]; // errors of content are reported so, each in its own syntax; what is told of the syntax is then about the syntax alone
  readonly notice?: Notice; // how XML documents are acknowledged; absent: no answer
  readonly sequence?: SequenceAgreement; // its references are counted, and gaps told
  readonly relay?: readonly RelayRule[]; // what is handed on as it came
  readonly accepts?: readonly string[]; // from which partners it takes what is handed on so
  readonly x12?: X12Agreement;
  readonly deviations?: readonly Deviation[]; // what it writes otherwise than the standard says
  readonly fna?: 'errors' | 'always'; // Cargo-IMP: FNA for what is rejected; always: FMA for what is accepted too; absent: no answer
}

/** How X12 is acknowledged: the interchange by TA1, each of its groups by 997 or 999. */
export interface X12Agreement {
  readonly interchange?: 'always' | 'on-request' | 'never'; // on request, and where nothing is said: ISA14 is 1
  readonly groups?: '997' | '999'; // nothing in X12 asks for it: absent, groups are not acknowledged
}

/** How errors of content are reported: by which map, and under which codes of the partner's community (9321). */
export interface ErrorReport {
  readonly map: string;
  readonly list?: string; // 1131
  readonly agency?: string; // 3055
  readonly codes: { readonly other: string } & Readonly<Record<string, string>>; // by our code; `other` for those that are not named
}

/** How the interchange references of a partner run: numbers, or what ends with one. */
export interface SequenceAgreement {
  readonly step?: number; // 1 unless said
  readonly wrap?: number; // the highest: after it they begin again
  readonly grace?: string; // how long a gap may be open before it is told; 15m unless said
}

/** To whom a body goes as it came, byte for byte: what nothing here reads, or everything. */
export interface RelayRule {
  readonly to: string; // a partner or an agency
  readonly recipient?: string; // that the envelope names (UNB 0010, ISA08); absent: any, and what has no envelope
  readonly only?: boolean; // also what could be read
}

/** By which map it is told what became of an XML document, and whether also of those that are accepted. */
export interface Notice {
  readonly map: string;
  readonly when: 'errors' | 'always';
  readonly codes?: ErrorReport['codes'];
}

/** A party that sends: a carrier, a trader, a network that relays for them. */
export interface Partner extends Partial<Channels> {
  readonly id: string;
  readonly name: string;
  readonly keys: readonly KeyHash[];
  readonly certificates: readonly Certificate[];
  readonly identities: readonly Identity[];
  readonly test?: boolean; // nothing it sends reaches an agency's production
  readonly sendsFor?: readonly Trader[]; // a network: whose documents it may send
  readonly declarants?: readonly string[]; // as whom its own documents may name it; absent: whatever they state
  readonly declared?: readonly string[]; // the attributes that say whose a document is
  readonly agreement: Agreement;
  readonly class?: string; // by which figures are told
  readonly retention?: RetentionText; // where it is another than the gateway's
}

export interface PartnerFile extends ChannelFields {
  readonly class?: string;
  readonly retention?: RetentionText;
  readonly test?: boolean;
  readonly 'sends-for'?: readonly Trader[];
  readonly declarants?: readonly string[];
  readonly declared?: readonly string[];
  readonly partner: string;
  readonly name: string;
  readonly keys?: readonly KeyText[];
  readonly certificates?: readonly CertificateText[];
  readonly identities: readonly Identity[];
  readonly agreement?: {
    readonly contrl?: Agreement['contrl'];
    readonly tolerance?: Readonly<Record<string, Severity>>;
    readonly duplicates?: { readonly window?: string; readonly content?: Agreement['resubmission'] };
    readonly charsets?: AgreedCharsets;
    readonly encoding?: OutEncoding;
    readonly syntaxes?: readonly string[];
    readonly ordered?: boolean;
    readonly repair?: 'never';
    readonly quota?: Quota;
    readonly answers?: string;
    readonly errors?: ErrorReport | readonly ErrorReport[];
    readonly notice?: Notice;
    readonly sequence?: SequenceAgreement;
    readonly relay?: readonly RelayRule[];
    readonly accepts?: readonly string[];
    readonly x12?: X12Agreement;
    readonly fna?: Agreement['fna'];
    readonly deviations?: readonly Deviation[];
  };
}

/** `sha256:…`, or a demonstration key in clear; `test`: for test mode. */
export type KeyText = string | { readonly demo: string; readonly test?: boolean } | { readonly key: string; readonly test?: boolean };

export const hashKey = (key: string): string => hash('sha256', key, 'hex');

export function readKeys(keys: readonly KeyText[], at: (index: number) => Place, findings: Diagnostic[]): KeyHash[] {
  return keys.map((key, i) => {
    if (typeof key === 'string') return { sha256: key.slice('sha256:'.length), demo: false };
    const test = key.test === true ? { test: true as const } : {};
    if ('key' in key) return { sha256: key.key.slice('sha256:'.length), demo: false, ...test };
    findings.push(finding('CONFIG_DEMO_KEY', { key: key.demo }, { rule: at(i) }));
    return { sha256: hashKey(key.demo), demo: true, ...test };
  });
}

/** Names of maps: those by which errors are reported, and those by which XML documents are acknowledged. */
export interface TellingMaps {
  readonly errors: readonly string[];
  readonly notices: readonly string[];
}

/** What a partner may name. */
export interface PartnerNames {
  readonly mapNames: readonly string[];
  readonly tellingMaps: () => TellingMaps; // found when a partner names one: few do
  readonly deviationNames: readonly string[];
  readonly dictionary: Dictionary;
}

export function readPartner(file: Loaded<PartnerFile>, { mapNames, tellingMaps, deviationNames, dictionary }: PartnerNames, findings: Diagnostic[]): Partner {
  const { value } = file;
  const { answers, notice } = value.agreement ?? {};
  const reports: readonly ErrorReport[] = [value.agreement?.errors ?? []].flat();
  const reportAt = (i: number): readonly (string | number)[] => ['agreement', 'errors', ...(Array.isArray(value.agreement?.errors) ? [i] : [])];
  if (answers !== undefined && !mapNames.includes(answers)) findings.push(unknownName('map', answers, file.at('agreement', 'answers'), mapNames));
  for (const [at, told] of [...reports.map((each, i) => [reportAt(i), each] as const), ...(notice ? [[['agreement', 'notice'], notice] as const] : [])]) {
    const names = tellingMaps()[told === notice ? 'notices' : 'errors'];
    if (!names.includes(told.map))
      findings.push(unknownName(told === notice ? 'map of notices' : 'map that reports errors', told.map, file.at(...at, 'map'), names));
    for (const code of Object.keys(told.codes ?? {}))
      if (code !== 'other' && !Object.hasOwn(codes, code))
        findings.push(finding('CONFIG_UNKNOWN_NAME', { what: 'code', name: code }, { rule: file.at(...at, 'codes', code), actual: code }));
  }
  value.declared?.forEach((path, i) => {
    if (named(path, dictionary).length === 0) findings.push(finding('GRANT_UNKNOWN_PATH', { path }, { rule: file.at('declared', i), actual: path }));
  });
  findings.push(...checkDeviations(file, value.agreement?.deviations ?? [], deviationNames));
  const tolerance: Partial<Record<Code, Severity>> = {};
  for (const [code, severity] of Object.entries(value.agreement?.tolerance ?? {})) {
    if (Object.hasOwn(codes, code)) tolerance[code as Code] = severity;
    else findings.push(finding('CONFIG_UNKNOWN_NAME', { what: 'code', name: code }, { rule: file.at('agreement', 'tolerance', code), actual: code }));
  }
  return {
    id: value.partner,
    name: value.name,
    keys: readKeys(value.keys ?? [], (i) => file.at('keys', i), findings),
    certificates: readCertificates(value.certificates ?? [], (i) => file.at('certificates', i), findings),
    identities: value.identities,
    ...readChannels(value),
    ...(value.test === true && { test: true }),
    ...(value.class !== undefined && { class: value.class }),
    ...(value.retention && { retention: value.retention }),
    ...(value['sends-for'] && { sendsFor: value['sends-for'] }),
    ...(value.declarants && { declarants: value.declarants }),
    ...(value.declared && { declared: value.declared }),
    agreement: {
      contrl: value.agreement?.contrl ?? 'on-request',
      tolerance,
      duplicateWindow: durationMs(value.agreement?.duplicates?.window ?? '0d') ?? 0,
      ...(value.agreement?.duplicates?.content && { resubmission: value.agreement.duplicates.content }),
      ordered: value.agreement?.ordered ?? false,
      ...(value.agreement?.repair && { repair: value.agreement.repair }),
      ...(value.agreement?.quota && { quota: value.agreement.quota }),
      ...(value.agreement?.syntaxes ? { syntaxes: value.agreement.syntaxes } : {}),
      ...(value.agreement?.x12 && { x12: value.agreement.x12 }),
      ...(value.agreement?.fna && { fna: value.agreement.fna }),
      ...(value.agreement?.deviations && { deviations: value.agreement.deviations }),
      ...(answers === undefined ? {} : { answers }),
      ...(reports.length > 0 && { errors: reports }),
      ...(notice && { notice }),
      ...(value.agreement?.sequence && { sequence: value.agreement.sequence }),
      ...(value.agreement?.relay && { relay: value.agreement.relay }),
      ...(value.agreement?.accepts && { accepts: value.agreement.accepts }),
      ...(value.agreement?.charsets && { charsets: value.agreement.charsets }),
      ...(value.agreement?.encoding && { encoding: value.agreement.encoding }),
    },
  };
}

/** A finding as this partner's agreement weighs it. A defect of ours and a fatal finding are not a matter of agreement. What it names and does not refuse is marked. */
export function weigh(found: Diagnostic, agreement: Agreement, occasion?: Occasion): Diagnostic {
  const diagnostic = occasion && agreement.deviations ? judgeDeviation(found, agreement.deviations, occasion) : found;
  const severity = agreement.tolerance[diagnostic.code];
  if (severity === undefined || diagnostic.severity === 'fatal' || diagnostic.severity === 'bug') return diagnostic;
  return { ...diagnostic, severity, ...(severity === 'error' || severity === 'fatal' ? {} : { tolerated: true }) };
}

/** Whether an acknowledgement of the interchange itself is owed: CONTRL, or TA1. Other syntaxes have none. */
export function owesAcknowledgement({ contrl, x12 }: Agreement, { syntax, acknowledgementRequest }: Interchange): boolean {
  const when = syntax === 'edifact' ? contrl : syntax === 'x12' ? (x12?.interchange ?? 'on-request') : 'never';
  return when === 'always' || (when === 'on-request' && acknowledgementRequest === '1');
}
