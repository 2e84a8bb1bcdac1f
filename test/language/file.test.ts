import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import t from 'tap';
import { yamlKinds } from '../../src/language/file.ts';
import { root } from '../root.ts';

// A program that starts takes its own schemas for what they are; here they are judged.

const folder = join(root, 'schemas/config');
const schemas = readdirSync(folder).map((path) => ({ path, text: readFileSync(join(folder, path), 'utf8') }));
const kinds = schemas.map(({ path }) => path.replace('.schema.json', '')).filter((kind) => kind !== 'common');

t.test('the schemas of the configuration are JSON Schemas, without a keyword or a format that is not known', async (t) => {
  const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });
  ajv.addFormat('duration', true);
  for (const { path, text } of schemas) t.ok(ajv.validateSchema(JSON.parse(text) as object), `${path}: ${ajv.errorsText()}`);
  for (const [kind, validate] of yamlKinds(schemas, kinds)) t.type(validate(), 'function', kind);
});

t.test('a kind that has no schema', async (t) => {
  t.throws(() => yamlKinds(schemas, ['nobody']), /nobody\.schema\.json is missing/);
});

t.test('the same schemas are compiled once', async (t) => {
  const again = schemas.map(({ path, text }) => ({ path, text: `${text}` }));
  t.equal(yamlKinds(again, ['rules']).get('rules')!(), yamlKinds(schemas, ['rules']).get('rules')!());
});
