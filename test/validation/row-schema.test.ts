import t from 'tap';
import { sentence, type Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { lineColumn } from '../../src/diagnostics/place.ts';
import { readCanonical } from '../../src/dictionary/json.ts';
import { readYaml, yamlKinds } from '../../src/language/file.ts';
import { compileRowSchema, type RowSchemaFile } from '../../src/validation/row-schema.ts';
import { dictionary, sample } from '../partners/fixture.ts';

const kind = yamlKinds(sample.schemas, ['profile-schema']).get('profile-schema')!;

function compile(classes: string): { readonly wrong: readonly string[]; told(declaration: object): readonly string[] } {
  const text = `title: Own\nsource: own\nclasses:\n${classes.replace(/^/gm, '  ')}\n`;
  const where = ({ rule, code, ...rest }: Diagnostic): string => {
    const { line, column } = lineColumn(Buffer.from(text), rule!.start);
    return `${line}:${column} ${code} ${sentence({ code, ...rest })}`;
  };
  const findings: Diagnostic[] = [];
  const { schema, findings: more } = compileRowSchema(readYaml<RowSchemaFile>({ path: 'schema.yaml', text }, kind, findings)!, dictionary);
  return {
    wrong: [...findings, ...more].map(where),
    told(declaration) {
      const { rows } = readCanonical(dictionary, JSON.stringify({ $dictionary: `wco-dm@${dictionary.version}`, Declaration: declaration }));
      return schema.check(rows).map(where);
    },
  };
}

t.test('rows are held to JSON Schema, and each finding has the line that demands it', async (t) => {
  const cases: [what: string, classes: string, declaration: object, told: string[]][] = [
    ['what is missing', 'Declaration: { required: [FunctionCode] }', { ID: 'A' }, ['4:28 CONFORM_PROFILE Declaration.FunctionCode: is missing']],
    ['what is one of few', 'Declaration:\n  properties:\n    FunctionCode: { enum: ["9"] }', { FunctionCode: '1' }, ['6:29 CONFORM_PROFILE Declaration.FunctionCode: must be equal to one of the allowed values']],
    ['how often a class stands', 'Declaration: { properties: { Consignment: { maxItems: 1 } } }', { Consignment: [{}, {}] }, ['4:57 CONFORM_PROFILE Declaration/Consignment: must NOT have more than 1 items']],
    ['a measure is value and unit', 'Declaration/Consignment+: { properties: { TotalGrossMassMeasure: { properties: { unit: { const: KGM } } } } }', { Consignment: [{ TotalGrossMassMeasure: { value: '1', unit: 'TNE' } }] }, ['4:99 CONFORM_PROFILE Declaration/Consignment.TotalGrossMassMeasure: must be equal to constant']],
    ['at every level', 'Declaration/Consignment+: { required: [TotalPackageQuantity] }', { Consignment: [{ TotalPackageQuantity: '1', Consignment: [{}] }] }, ['4:41 CONFORM_PROFILE Declaration/Consignment/Consignment.TotalPackageQuantity: is missing']],
    ['under a condition', 'Declaration: { if: { required: [ID] }, then: { required: [TypeCode] } }', { ID: 'A' }, ['4:60 CONFORM_PROFILE Declaration.TypeCode: is missing']],
    ['all is well', 'Declaration: { required: [ID] }', { ID: 'A' }, []],
  ]; // prettier-ignore
  for (const [what, classes, declaration, told] of cases) {
    const compiled = compile(classes);
    t.same(compiled.wrong, [], what);
    t.same(compiled.told(declaration), told, what);
  }
});

t.test('names that the dictionary does not know, and what is no JSON Schema', async (t) => {
  const cases: [classes: string, wrong: RegExp][] = [
    ['Declaration: { required: [FunctionCod] }', /^4:29 RULE_EXPRESSION .*there is no `FunctionCod` in Declaration, did you mean `FunctionCode`\?/],
    ['Declaration: { properties: { Idd: { maxLength: 3 } } }', /^4:\d+ RULE_EXPRESSION .*there is no `Idd`/],
    ['Declaratio: { required: [ID] }', /^4:\d+ RULE_PATH .*there is no class `Declaratio`, did you mean `Declaration`/],
    ['Declaration: { properties: { ID: { maxLength: long } } }', /^4:\d+ RULE_EXPRESSION /],
  ]; // prettier-ignore
  for (const [classes, wrong] of cases) t.match(compile(classes).wrong[0] ?? '', wrong);
});
