import { finding, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Agency } from '../../partners/agency.ts';
import type { ConfigFile } from '../../partners/config.ts';
import type { Profile } from '../../partners/profile.ts';
import { compileSchema, type CompiledSchema, type SchemaFile } from '../../validation/xsd.ts';
import { isTestSide } from '../../partners/test-mode.ts';

/** The XML schemas that agencies publish: named in their profiles, their files as the configuration folder has them, below `xsd/<profile>/`. */
const folder = 'xsd/';

export const isPublished = ({ path }: ConfigFile): boolean => path.startsWith(folder);

const filesOf = (files: readonly ConfigFile[], profile: string): SchemaFile[] =>
  files.flatMap(({ path, text }) => (path.startsWith(`${folder}${profile}/`) ? [{ path: path.slice(`${folder}${profile}/`.length), text }] : []));

/** Compiles those that are there, each by the name of its profile; one that cannot be used says why. */
export async function compilePublished(profiles: readonly Profile[], files: readonly ConfigFile[]): Promise<ReadonlyMap<string, CompiledSchema>> {
  const made = new Map<string, CompiledSchema>();
  for (const { profile, xsd } of profiles) {
    const own = filesOf(files, profile);
    if (xsd !== undefined && own.length > 0) made.set(profile, await compileSchema(own, xsd));
  }
  return made;
}

/** Whose profile names a schema that is not there. */
export const missingSchemas = (agencies: readonly Agency[], profiles: readonly Profile[], files: readonly ConfigFile[]): readonly Diagnostic[] =>
  agencies.flatMap(({ id, profile }) => {
    const xsd = profiles.find((each) => each.profile === profile)?.xsd;
    const isThere = xsd === undefined || filesOf(files, profile).some(({ path }) => path === xsd);
    return isThere || isTestSide(id) ? [] : [finding('XSD_ABSENT', { agency: id, file: `${folder}${profile}/${xsd}` })];
  });
