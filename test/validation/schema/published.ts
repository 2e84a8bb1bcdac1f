import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, shared } from '../../root.ts';
import { compileSchema, type SchemaFile } from '../../../src/validation/xsd.ts';
import { judge } from './judge.ts';

/** A published schema with the documents at hand that it allows. */
export interface Published {
  readonly path: string;
  readonly files: readonly SchemaFile[];
  readonly judge: (bytes: Uint8Array) => boolean; // libxml2 finds nothing
  readonly documents: readonly Buffer[];
}

const publishers: readonly string[] = [
  'hmrc__customs-declarations/public/api/conf/3.0/schemas',
  'hmrc__transit-movements-validator/conf/v3_0/xsd',
  'hmrc__import-control-entry-declaration-store/conf/xsds',
  'hmrc__customs-inventory-linking-exports/public/api/conf/2.0/schemas',
  'hmrc__customs-inventory-linking-imports/public/api/conf/2.0/schemas',
];

const below = (folder: string, ending: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending))
    .sort();

/** Those beside the repository, and our own. */
export async function publishedSchemas(): Promise<readonly Published[]> {
  const folders = [join(root, 'schemas/wco'), ...publishers.map((publisher) => join(shared!, 'facts/wco-xsd', publisher))];
  const documents = [join(shared!, 'corpus'), join(root, 'mappings')].flatMap((folder) => below(folder, '.xml').map((path) => documentOf(join(folder, path))));
  const found: Published[] = [];
  for (const folder of folders) {
    const files = below(folder, '.xsd').map((path) => ({ path, text: readFileSync(join(folder, path)) }));
    const declared = new Set(files.flatMap(({ text }) => [...text.toString().matchAll(/element name="([^"]+)"/g)].map(([, name]) => name!)));
    for (const { path } of files) {
      const own = documents.filter(({ type }) => declared.has(type));
      if (own.length === 0) continue;
      const { schema } = await compileSchema(files, path);
      if (!schema) continue;
      const allows = judge(schema);
      const allowed = own.map(({ bytes }) => bytes).filter(allows);
      if (allowed.length > 0) found.push({ path, files, judge: allows, documents: allowed });
    }
  }
  return found;
}

function documentOf(path: string): { readonly bytes: Buffer; readonly type: string } {
  const bytes = readFileSync(path);
  return { bytes, type: /<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)/.exec(bytes.toString('latin1'))?.[1] ?? '' };
}
