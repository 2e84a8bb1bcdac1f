import { createHash } from 'node:crypto';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { yamlKinds } from '../../language/file.ts';
import { readLayout } from '../../maps/layout.ts';
import type { ConfigFile } from '../../partners/config.ts';
import type { Layout } from '../../syntax/records/layout.ts';

/** The layouts of records at hand: those of schemas/records, and what was added beside the maps of a configuration. Read when first asked for. */
export interface Layouts {
  readonly all: readonly Layout[];
  get(name: string): Layout | undefined;
  hash(name: string): string;
  files(name: string): readonly ConfigFile[];
  /** What is wrong with the files; of `names` and `paths`, with these layouts or files. */
  check(names?: readonly string[], paths?: readonly string[]): readonly Diagnostic[];
}

/** The files of layouts that a library holds. */
export const isLayoutFile = /^(?:schemas\/records|directories)\/.*\.yaml$/;

/** Whether a file calls itself one of them: one that is not in order does, too. */
const isOf = ({ text }: ConfigFile, names: readonly string[]): boolean => names.includes(/^layout:[ \t]*["']?([^\s"']+)/m.exec(text)?.[1] ?? '');

interface Entry {
  readonly file: ConfigFile;
  readonly layout: Layout | undefined;
  readonly findings: readonly Diagnostic[];
}

export function openLayouts(files: readonly ConfigFile[]): Layouts {
  let entries: readonly Entry[] | undefined;
  const read = (): readonly Entry[] => (entries ??= readAll(files));
  const entry = (name: string): Entry | undefined => read().find(({ layout }) => layout?.name === name);
  return {
    get all() {
      return read().flatMap(({ layout }) => layout ?? []);
    },
    get: (name) => entry(name)?.layout,
    hash: (name) =>
      createHash('sha256')
        .update(entry(name)?.file.text ?? '')
        .digest('hex'),
    files: (name) => read().flatMap(({ file, layout }) => (layout?.name === name ? [file] : [])),
    check: (names, paths) => read().flatMap(({ file, findings }) => (!names || isOf(file, names) || paths?.includes(file.path) ? findings : [])),
  };
}

function readAll(files: readonly ConfigFile[]): readonly Entry[] {
  const own = files.filter(({ path }) => isLayoutFile.test(path));
  if (own.length === 0) return [];
  const schema = files.filter(({ path }) => path === 'schemas/config/layout.schema.json');
  const kind = yamlKinds(schema, ['layout']).get('layout')!;
  return own.map((file) => ({ file, ...readLayout(file, kind) }));
}
