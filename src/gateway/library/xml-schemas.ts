import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Profile } from '../../partners/profile.ts';
import { compileLoaded, load, type CompiledSchema, type XmlSchema } from '../../validation/xsd.ts';
import { compilePublished, isPublished } from './published-schemas.ts';
import { below, type Sources } from './sources.ts';

/** The XML schemas of a library. Each is compiled when it is first asked for: most work is judged by one of them, or by none. */
export interface XmlSchemas {
  /** Of the format whose documents have this target namespace. */
  of(namespace: string): XmlSchema | undefined;
  ofProfile(profile: string): CompiledSchema | undefined;
  /** Before any of them is asked for. */
  load(): Promise<void>;
  /** Compiles those that agencies publish: what is wrong with them. Ours the tests have compiled. */
  check(): readonly Diagnostic[];
}

const folder = 'schemas/wco/';

export function openXmlSchemas(sources: Sources, profiles: () => readonly Profile[]): XmlSchemas {
  const files = below(sources, folder, /\.xsd$/).map(({ path, text }) => ({ path: path.slice(folder.length), text }));
  const mains = new Map<string, string>(); // path by target namespace
  for (const { path, text } of files) {
    const namespace = /\btargetNamespace="([^"]*)"/.exec(text)?.[1];
    if (namespace !== undefined && !mains.has(namespace)) mains.set(namespace, path);
  }
  const hasPublished = sources.files.some(isPublished); // else nobody asks what the profiles say
  const ours = known((namespace) => {
    const main = mains.get(namespace);
    return main === undefined ? undefined : compileLoaded(files, main);
  });
  const published = known((name) => {
    const profile = hasPublished ? profiles().find(({ profile }) => profile === name) : undefined;
    return profile && compilePublished(profile, sources.files);
  });
  let isLoaded = false;
  return {
    of: (namespace) => (isLoaded ? ours(namespace)?.schema : undefined),
    ofProfile: (profile) => (isLoaded ? published(profile) : undefined),
    async load() {
      await load();
      isLoaded = true;
    },
    check: () => (hasPublished ? profiles().flatMap(({ profile }) => published(profile)?.findings ?? []) : []),
  };
}

/** What was made for a name is not made again. */
function known<T>(make: (name: string) => T): (name: string) => T {
  const made = new Map<string, T>();
  return (name) => {
    if (!made.has(name)) made.set(name, make(name));
    return made.get(name)!;
  };
}
