import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Dictionary } from '../../src/dictionary/dictionary.ts';
import { loadDictionary } from '../../src/dictionary/load.ts';
import { Rows } from '../../src/dictionary/rows.ts';
import { loadConfiguration, type ConfigFile, type ConfigSources } from '../../src/partners/config.ts';
import { lineColumn, type Place } from '../../src/diagnostics/place.ts';
import { root } from '../root.ts';

export const dictionary: Dictionary = (() => {
  const folder = join(root, 'schemas/wco');
  const files = readdirSync(folder).filter((name) => name.endsWith('.tsv'));
  return loadDictionary(files.map((path) => ({ path, text: readFileSync(join(folder, path), 'utf8') }))).dictionary!;
})();

const read = (folder: string, ending: RegExp): ConfigFile[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => ending.test(path))
    .map((path) => ({ path, text: readFileSync(join(root, folder, path), 'utf8') }));

export const sample: ConfigSources = {
  files: read('samples/gateway', /\.yaml$/),
  schemas: read('schemas/config', /\.json$/),
  profiles: read('schemas/agencies', /profile\.yaml$/),
  dictionary,
  tellingMaps: () => ({ errors: ['un/aperak/d96a', 'x12/824/4010'], notices: ['iata/xfnm/3'] }),
  deviationNames: ['slants-between-fields'],
  mapNames: read('mappings', /map\.yaml$/).flatMap(({ text }) => /^map: (\S+)$/m.exec(text)?.[1] ?? []),
  ruleNames: read('schemas/rules', /\.yaml$/).flatMap(({ path, text }) =>
    [...text.matchAll(/^ {2}- rule: (\S+)$/gm)].map(([, rule]) => `${path.slice(0, -'.yaml'.length)}/${rule}`),
  ),
  profileSchemas: read('schemas/agencies', /schema\.yaml$/).map(({ path }) => path),
};

/** The findings of the sample configuration with one file changed: `CODE file:line:column args`. */
export function findingsWith(path: string, change: (text: string) => string): string[] {
  const files = sample.files.some((file) => file.path === path) ? sample.files : [...sample.files, { path, text: '' }];
  const changed = files.map((file) => (file.path === path ? { path, text: change(file.text) } : file));
  const where = (place: Place | undefined): string => {
    const text = changed.find((file) => file.path === place?.source)?.text;
    if (!place || text === undefined) return '-';
    const { line, column } = lineColumn(Buffer.from(text), place.start);
    return `${place.source}:${line}:${column}`;
  };
  return loadConfiguration({ ...sample, files: changed })
    .findings.filter(({ severity }) => severity === 'error')
    .map(({ code, args, rule }) => `${code} ${where(rule)} ${Object.values(args).join(' | ')}`);
}

/** Rows from a plain drawing: `{ 'Declaration': [{ ID: '1', Consignment: [{…}] }] }`. Classes are capitalized keys with lists. */
export type Drawing = { readonly [name: string]: string | readonly Drawing[] };
export function rowsOf(drawing: Drawing): Rows {
  const rows = new Rows(dictionary);
  const add = (parentPath: string, parent: number, node: Drawing): void => {
    for (const [name, value] of Object.entries(node)) {
      if (typeof value === 'string') {
        const attribute = dictionary.attribute(`${parentPath}.${name}`)!;
        rows.set(parent, attribute.slot, attribute.type.kind === 'quantity' ? { value, unit: 'KGM' } : value, rows.origins.add(3, 0x10001, '', 40));
        continue;
      }
      const path = parentPath === '' ? name : `${parentPath}/${name}`;
      for (const child of value) add(path, rows.add(dictionary.class(path)!, parent), child);
    }
  };
  add('', -1, drawing);
  return rows;
}
