import { createHash } from 'node:crypto';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { NestedFormat } from '../../maps/model.ts';
import type { ConfigFile } from '../../partners/config.ts';
import { readJsonSchema, type JsonSchema } from '../../syntax/json/schema.ts';

/** What JSON documents look like: the files of schemas/json, and what was added beside the maps of a configuration. Read when first asked for. */
export interface DocumentSchemas {
  readonly all: readonly JsonSchema[];
  get(name: string): JsonSchema | undefined;
  /** A schema decides how a document is written, so a plan depends on it. */
  hash(format: NestedFormat): string;
  files(name: string): readonly ConfigFile[];
  /** What is wrong with the files; of `names`, with these schemas. */
  check(names?: readonly string[]): readonly Diagnostic[];
}

const named = /^(?:schemas\/json|directories)\/(.+)\.schema\.json$/;

interface Entry {
  readonly name: string;
  readonly file: ConfigFile;
  readonly schema: JsonSchema | undefined;
  readonly findings: readonly Diagnostic[];
}

export function openDocumentSchemas(files: readonly ConfigFile[]): DocumentSchemas {
  let entries: readonly Entry[] | undefined;
  const read = (): readonly Entry[] =>
    (entries ??= files.flatMap((file) => {
      const name = named.exec(file.path)?.[1];
      return name === undefined ? [] : [{ name, file, ...readJsonSchema(name, file.text) }];
    }));
  const of = (name: string): readonly Entry[] => read().filter((each) => each.name === name);
  return {
    get all() {
      return read().flatMap(({ schema }) => schema ?? []);
    },
    get: (name) => of(name)[0]?.schema,
    hash({ family, root }) {
      const text = family === 'json' ? of(root)[0]?.file.text : undefined;
      return text === undefined ? '' : createHash('sha256').update(text).digest('hex');
    },
    files: (name) => of(name).map(({ file }) => file),
    check: (names) => read().flatMap(({ name, findings }) => (!names || names.includes(name) ? findings : [])),
  };
}
