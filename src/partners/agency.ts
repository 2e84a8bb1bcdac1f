import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import { unknownName, type Loaded } from '../language/loaded.ts';
import type { ChangeProfile } from './changes.ts';
import type { AnswerProfile, Profile } from './profile.ts';
import { readChannels, type ChannelFields, type Channels } from './delivery.ts';
import { readKeys, type KeyHash, type KeyText, type OutEncoding, type Partner } from './partner.ts';

/** A party that receives. */
export interface Agency extends Channels {
  readonly id: string;
  readonly name: string;
  readonly profile: string;
  readonly map: string;
  readonly answers: readonly AnswerProfile[];
  readonly answeredBy?: string; // the agency that answers in its place, over its own channel and under its own keys
  readonly grants: readonly string[];
  readonly keys: readonly KeyHash[];
  readonly encoding?: OutEncoding;
  readonly changes?: ChangeProfile;
  readonly accepts?: readonly string[]; // from which partners it takes what is handed on as it came
  readonly test: Channels & { readonly keys: readonly KeyHash[] }; // where messages in test mode go
  readonly testOf?: string; // it is the test side of that agency
}

export interface AgencyFile extends ChannelFields {
  readonly agency: string;
  readonly name: string;
  readonly profile: string;
  readonly answeredBy?: string;
  readonly grants: readonly string[];
  readonly keys?: readonly KeyText[];
  readonly accepts?: readonly string[];
  readonly encoding?: OutEncoding;
  readonly test?: ChannelFields & { readonly keys?: readonly KeyText[] };
}

/** What is made for an agency is kept and asked for by its id, beside these: by one of them it would be shown what is not its own. */
const otherStages = /^(original|canonical|report|detail|edited|difference|replay|(contrl|acknowledgement|errors)(-\d+)?|(answer|proof)(-.*)?)$/;

export function readAgency(file: Loaded<AgencyFile>, profiles: readonly Profile[], findings: Diagnostic[]): Agency | undefined {
  const { value } = file;
  const profile = profiles.find((p) => p.profile === value.profile);
  const keys = readKeys(value.keys ?? [], (i) => file.at('keys', i), findings);
  if (!profile) {
    findings.push(
      unknownName(
        'profile',
        value.profile,
        file.at('profile'),
        profiles.map((p) => p.profile),
      ),
    );
    return undefined;
  }
  if (otherStages.test(value.agency))
    findings.push(
      finding('CONFIG_VALUE', { where: '`agency`', message: 'is the name of something else that is kept of each message' }, { rule: file.at('agency') }),
    );
  const { map, answers, changes } = profile;
  const { agency: id, name, grants, encoding, accepts, answeredBy } = value;
  const test = { ...readChannels(value.test ?? {}), keys: readKeys(value.test?.keys ?? [], (i) => file.at('test', 'keys', i), findings) };
  return {
    id,
    name,
    profile: profile.profile,
    map,
    answers,
    ...(answeredBy !== undefined && { answeredBy }),
    grants,
    keys,
    ...readChannels(value),
    ...(encoding && { encoding }),
    ...(changes && { changes }),
    ...(accepts && { accepts }),
    test,
  };
}

/** How an agency is called in the envelopes (0010) of what we send to it, and calls itself in what it answers. */
export const nameOfAgency = (agency: string): string => agency.toUpperCase();

/** An agency as one who sends: it sends answers, under the name by which we address it. */
export const asSender = ({ id, name, keys }: Agency): Partner => ({
  id,
  name,
  keys,
  certificates: [],
  identities: [{ id: nameOfAgency(id) }],
  agreement: { contrl: 'on-request', tolerance: {}, duplicateWindow: 0 },
});

/** How the agency answers with messages of a map; undefined where it does not. */
export const answerProfile = ({ answers }: Pick<Agency, 'answers'>, map: string): AnswerProfile | undefined =>
  answers.find(({ maps }) => maps.some((name) => map === name || map.startsWith(`${name}/`)));

/** An agency for which an answer may be, and how it is read for it. */
export interface Answering {
  readonly agency: string;
  readonly profile: AnswerProfile;
}

/** Of the agency that sends a message of a map, and of those for which it answers: each that is answered so. None: it is no answer. */
export const answering = (agencies: readonly Agency[], { id }: Agency, map: string): Answering[] =>
  agencies.flatMap((agency) => {
    const profile = agency.id === id || agency.answeredBy === id ? answerProfile(agency, map) : undefined;
    return profile ? [{ agency: agency.id, profile }] : [];
  });
