import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { unknownName, type Loaded } from '../language/loaded.ts';
import { readKeys, type KeyHash, type KeyText } from './partner.ts';

/** What an agency publishes about the message it wants: shipped in `schemas/agencies/<name>/profile.yaml`. */
export interface Profile {
  readonly profile: string;
  readonly title: string;
  readonly map: string; // the map that builds its message
  readonly requires?: readonly string[]; // attribute paths without which the agency cannot use a message
}

/** A party that receives. */
export interface Agency {
  readonly id: string;
  readonly name: string;
  readonly profile: string;
  readonly map: string;
  readonly grants: readonly string[];
  readonly keys: readonly KeyHash[];
  readonly channel: 'mailbox';
}

export interface AgencyFile {
  readonly agency: string;
  readonly name: string;
  readonly profile: string;
  readonly grants: readonly string[];
  readonly keys?: readonly KeyText[];
  readonly channel: 'mailbox';
}

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
  return { id: value.agency, name: value.name, profile: profile.profile, map: profile.map, grants: value.grants, keys, channel: value.channel };
}
