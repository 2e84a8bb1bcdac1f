import { finding, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Agency } from '../../partners/agency.ts';
import type { ConfigFile } from '../../partners/config.ts';
import type { Profile } from '../../partners/profile.ts';
import { compileLoaded, type CompiledSchema, type SchemaFile } from '../../validation/xsd.ts';
import { isTestSide } from '../../partners/test-mode.ts';

/** The XML schemas that agencies publish: named in their profiles, their files as the configuration folder has them, below `xsd/<profile>/`. */
const folder = 'xsd/';

export const isPublished = ({ path }: ConfigFile): boolean => path.startsWith(folder);

const filesOf = (files: readonly ConfigFile[], profile: string): SchemaFile[] =>
  files.flatMap(({ path, text }) => (path.startsWith(`${folder}${profile}/`) ? [{ path: path.slice(`${folder}${profile}/`.length), text }] : []));

/** The schema of a profile, where it is there; one that cannot be used says why. */
export function compilePublished({ profile, xsd }: Profile, files: readonly ConfigFile[]): CompiledSchema | undefined {
  const own = filesOf(files, profile);
  return xsd === undefined || own.length === 0 ? undefined : compileLoaded(own, xsd);
}

/** Whose profile names a schema that is not there. */
export const missingSchemas = (agencies: readonly Agency[], profiles: readonly Profile[], files: readonly ConfigFile[]): readonly Diagnostic[] =>
  agencies.flatMap(({ id, profile }) => {
    const xsd = profiles.find((each) => each.profile === profile)?.xsd;
    const isThere = xsd === undefined || filesOf(files, profile).some(({ path }) => path === xsd);
    return isThere || isTestSide(id) ? [] : [finding('XSD_ABSENT', { agency: id, file: `${folder}${profile}/${xsd}` })];
  });
