import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { sentence, type Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { lineColumn } from '../../src/diagnostics/place.ts';
import { readCanonical } from '../../src/dictionary/json.ts';
import { Rows } from '../../src/dictionary/rows.ts';
import { readYaml, yamlKinds, type TextFile } from '../../src/language/file.ts';
import { readRules, type Rule, type RuleFile } from '../../src/validation/rule.ts';
import { tryExamples } from '../../src/validation/rule-examples.ts';
import { RuleBook } from '../../src/validation/rules.ts';
import { dictionary } from '../partners/fixture.ts';
import { root } from '../root.ts';

const filesIn = (folder: string, ending: string): TextFile[] =>
  readdirSync(join(root, folder))
    .filter((path) => path.endsWith(ending))
    .map((path) => ({ path, text: readFileSync(join(root, folder, path), 'utf8') }));
const kind = yamlKinds(filesIn('schemas/config', '.json'), ['rules']).get('rules')!;

/** The rules of a file, and what is wrong with it: `line:column CODE sentence`. */
function read(file: TextFile): { readonly rules: readonly Rule[]; readonly wrong: readonly string[] } {
  const findings: Diagnostic[] = [];
  const loaded = readYaml<RuleFile>(file, kind, findings, { strings: true });
  const made = loaded && readRules(loaded, dictionary);
  const all = [...findings, ...(made?.findings ?? []), ...(made?.rules ?? []).flatMap((rule) => tryExamples(rule, dictionary))];
  const wrong = all.map((each) => {
    const { line, column } = lineColumn(Buffer.from(file.text), each.rule!.start);
    return `${line}:${column} ${each.code} ${sentence(each)}`;
  });
  return { rules: made?.rules ?? [], wrong };
}

const rule = (demand: string, examples = '[]'): string => `rules: own
title: Own
list:
  - rule: one
    for: Declaration/Consignment
    severity: error
    message: "{TransportContractDocument.ID} is wrong"
    zh-Hant: "{TransportContractDocument.ID}"
    source: own
${demand
  .split('\n')
  .map((line) => `    ${line}`)
  .join('\n')}
    examples: ${examples}
`;

const bill = (facts: object): object => ({ Consignment: [facts] });
const rowsOf = (declaration: object): Rows => {
  const { rows, findings } = readCanonical(dictionary, JSON.stringify({ $dictionary: `wco-dm@${dictionary.version}`, Declaration: declaration }));
  if (findings.length > 0) throw new Error(findings.map(sentence).join());
  return rows;
};

t.test('every rule that ships keeps its examples, and says where it comes from', async (t) => {
  for (const file of filesIn('schemas/rules', '.yaml')) {
    const { rules, wrong } = read(file);
    t.same(wrong, [], file.path);
    t.ok(rules.length > 0);
    t.same(
      rules.filter(({ text }) => /[A-Za-z]{4,} [a-z]{3,} [a-z]{2,}/.test(text['zh-Hant'])).map(({ id }) => id),
      [],
      'the Chinese message is Chinese',
    );
  }
});

t.test('what a rule demands', async (t) => {
  const item = (mass: string, unit = 'KGM'): object => ({ GoodsMeasure: { GrossMassMeasure: { value: mass, unit } } });
  const cases: [what: string, demand: string, declaration: object, accused: boolean][] = [
    ['a sum that agrees, whatever its spelling', 'assert: TotalPackageQuantity = sum(ConsignmentItem.Packaging, QuantityQuantity)', bill({ TotalPackageQuantity: '03', ConsignmentItem: [{ Packaging: [{ QuantityQuantity: '1' }, { QuantityQuantity: '2' }] }] }), false],
    ['a sum that does not', 'assert: TotalPackageQuantity = sum(ConsignmentItem.Packaging, QuantityQuantity)', bill({ TotalPackageQuantity: '4', ConsignmentItem: [{ Packaging: [{ QuantityQuantity: '1' }] }, { Packaging: [{ QuantityQuantity: '2' }] }] }), true],
    ['a sum over what is not all stated is missing, and accuses nobody', 'assert: TotalPackageQuantity = sum(ConsignmentItem.Packaging, QuantityQuantity)', bill({ TotalPackageQuantity: '4', ConsignmentItem: [{ Packaging: [{ TypeCode: 'CT' }] }] }), false],
    ['masses in different units', 'assert: TotalGrossMassMeasure.kg = sum(ConsignmentItem, GoodsMeasure.GrossMassMeasure.kg)', bill({ TotalGrossMassMeasure: { value: '1.5', unit: 'TNE' }, ConsignmentItem: [item('1000'), item('500000', 'GRM')] }), false],
    ['a unit that is no mass', 'assert: TotalGrossMassMeasure.kg = sum(ConsignmentItem, GoodsMeasure.GrossMassMeasure.kg)', bill({ TotalGrossMassMeasure: { value: '1.5', unit: 'MTQ' }, ConsignmentItem: [item('1000')] }), false],
    ['the unit itself', "assert: TotalGrossMassMeasure.unit = 'KGM'", bill({ TotalGrossMassMeasure: { value: '1.5', unit: 'TNE' } }), true],
    ['`when` is false', "when: TotalPackageQuantity > 9\nassert: present(Consignor.Name)", bill({ TotalPackageQuantity: '9' }), false],
    ['`when` is true', "when: TotalPackageQuantity > 9\nassert: present(Consignor.Name)", bill({ TotalPackageQuantity: '10' }), true],
    ['a name from the document', 'assert: not after(TransportContractDocument.IssueDateTime, Declaration.IssueDateTime)', { IssueDateTime: '2026-01-02T10:00Z', ...bill({ TransportContractDocument: { IssueDateTime: '2026-01-03' } }) }, true],
    ['a day is not after a time of that day', 'assert: not after(TransportContractDocument.IssueDateTime, Declaration.IssueDateTime)', { IssueDateTime: '2026-01-03T10:00', ...bill({ TransportContractDocument: { IssueDateTime: '2026-01-03' } }) }, false],
    ['inside a total, the row outside', 'assert: all(ConsignmentItem, GoodsMeasure.GrossMassMeasure <= here.TotalGrossMassMeasure)', bill({ TotalGrossMassMeasure: { value: '9', unit: 'KGM' }, ConsignmentItem: [item('8'), item('10')] }), true],
    ['once', 'unique: [TransportContractDocument.ID]', { Consignment: [{ TransportContractDocument: { ID: 'A' } }, { TransportContractDocument: { ID: 'B' } }] }, false],
    ['twice', 'unique: [TransportContractDocument.ID]', { Consignment: [{ TransportContractDocument: { ID: 'A' } }, { TransportContractDocument: { ID: 'A' } }] }, true],
    ['twice, but of two kinds', 'unique: [TransportContractDocument.ID, TransportContractDocument.TypeCode]', { Consignment: [{ TransportContractDocument: { ID: 'A', TypeCode: '705' } }, { TransportContractDocument: { ID: 'A', TypeCode: '740' } }] }, false],
    ['what a change deletes is not asked', 'assert: present(Consignor.Name)', bill({ $mode: 'delete', TransportContractDocument: { ID: 'A' } }), false],
    ['what a change deletes is not counted', 'assert: TotalPackageQuantity = count(ConsignmentItem)', bill({ TotalPackageQuantity: '1', ConsignmentItem: [{ SequenceNumeric: '1' }, { $mode: 'delete', SequenceNumeric: '2' }] }), false],
  ]; // prettier-ignore
  for (const [what, demand, declaration, accused] of cases) {
    const { rules, wrong } = read({ path: 'own.yaml', text: rule(demand) });
    t.match(wrong, [/has no example that passes/], `${what}: it is only short of examples`);
    const found = new RuleBook(rules).check(rowsOf(declaration));
    t.same(
      found.map(({ code }) => code),
      accused ? ['RULE_BROKEN'] : [],
      what,
    );
  }
});

t.test('what is wrong with a rule is told with line and column before any message comes', async (t) => {
  const cases: [what: string, text: string, wrong: RegExp][] = [
    ['a name', rule('assert: TotalGrosMassMeasure.kg > 0'), /^10:13 RULE_EXPRESSION own\/one: assert: there is no `TotalGrosMassMeasure` in Declaration\/Consignment, did you mean `TotalGrossMassMeasure`\?/],
    ['a name in the middle', rule('assert: present(Consignor.Name) and present(Consignorr.Name)'), /^10:49 RULE_EXPRESSION .*did you mean `Consignor`/],
    ['a class', rule('assert: present(Consignor.Name)').replace('for: Declaration/Consignment', 'for: Declaration/Consigment'), /^5:10 RULE_PATH own\/one: there is no class `Declaration\/Consigment`, did you mean `Declaration\/Consignment`/],
    ['a group', rule('assert: count(ConsignmentItems) > 0'), /RULE_EXPRESSION .*there is no `ConsignmentItems`.*did you mean `ConsignmentItem`/],
    ['what stands many times', rule("assert: ConsignmentItem.SequenceNumeric = '1'"), /RULE_EXPRESSION .*may stand many times.*any\(ConsignmentItem/],
    ['a text as a number', rule('assert: Consignor.Name + 1 = 2'), /RULE_EXPRESSION .*`\+` needs a number, this is a text/],
    ['a number beside a text', rule("assert: TotalPackageQuantity = 'many'"), /RULE_EXPRESSION .*a number is compared with the text/],
    ['a unit of what has none', rule("assert: TotalPackageQuantity.unit = 'KGM'"), /RULE_EXPRESSION .*TotalPackageQuantity has no `unit`/],
    ['no verdict', rule('assert: TotalPackageQuantity + 1'), /RULE_EXPRESSION .*says neither true nor false/],
    ['a name in the message', rule('assert: true').replace('"{TransportContractDocument.ID} is wrong"', '"{Document.ID}"'), /^7:14 RULE_EXPRESSION own\/one: message: there is no `Document`/],
    ['not above', rule('unique: [TransportContractDocument.ID]\nwithin: Response'), /RULE_EXPRESSION .*`Response` is not above Declaration\/Consignment/],
    ['a key', rule('asert: true'), /CONFIG_UNKNOWN_KEY/],
    ['nothing demanded', rule('when: true'), /^4:11 RULE_EXPRESSION own\/one: assert: a rule has either `assert` or `unique`/],
    ['an example that should pass', rule('assert: TotalPackageQuantity > 1', '[{ pass: { TotalPackageQuantity: "1" } }, { fail: { TotalPackageQuantity: "1" } }]'), /^11:24 RULE_EXAMPLE own\/one accuses an example that should pass: — is wrong/],
    ['an example that should fail', rule('assert: TotalPackageQuantity > 1', '[{ pass: {} }, { fail: { TotalPackageQuantity: "2" } }]'), /RULE_EXAMPLE own\/one does not accuse an example that should fail/],
    ['an example of nothing', rule('assert: TotalPackageQuantity > 1', '[{ pass: { Package: "2" } }, { fail: { TotalPackageQuantity: "0" } }]'), /RULE_EXAMPLE .*Package/],
  ]; // prettier-ignore
  for (const [what, text, wrong] of cases) {
    const found = read({ path: 'own.yaml', text }).wrong.filter((each) => !each.includes('has no example that passes'));
    t.match(found[0] ?? '', wrong, what);
  }
});

t.test('a finding has the places of all facts it rests on, and of the rule', async (t) => {
  const text = rule('values: { items: "sum(ConsignmentItem.Packaging, QuantityQuantity)" }\nassert: TotalPackageQuantity = items');
  const { rules } = read({ path: 'own.yaml', text });
  const rows = new Rows(dictionary);
  const row = (path: string, parent: number, facts: Record<string, [string, number]>): number => {
    const cls = dictionary.class(path)!;
    const made = rows.add(cls, parent);
    for (const [name, [value, segment]] of Object.entries(facts))
      rows.set(made, cls.attributes.find((each) => each.name === name)!.slot, value, rows.origins.add(segment, 0x10001, 'GID', segment * 10));
    return made;
  };
  const consignment = row('Declaration/Consignment', row('Declaration', -1, {}), { TotalPackageQuantity: ['9', 3] });
  for (let i = 0; i < 20; i++)
    row('Declaration/Consignment/ConsignmentItem/Packaging', row('Declaration/Consignment/ConsignmentItem', consignment, {}), {
      QuantityQuantity: ['1', 10 + i],
    });
  const [found] = new RuleBook(rules, () => 'warning').check(rows);
  t.match(found, { code: 'RULE_BROKEN', severity: 'warning', actual: '9', data: { start: 30, edi: { tag: 'GID', segment: 3, element: 2, component: 1 } } });
  t.same(lineColumn(Buffer.from(text), found!.rule!.start), { line: 11, column: 13 });
  t.same(
    found!.related!.map(({ data }) => data!.edi!.segment),
    [10, 11, 12, 13, 14],
    'the first of those that were added up',
  );
});

t.test('of one rule a hundred findings are listed, the rest counted; another rule is not hidden by them', async (t) => {
  const { rules } = read({ path: 'own.yaml', text: rule('assert: present(Consignor.Name)') });
  const second = read({ path: 'two.yaml', text: rule('assert: TotalPackageQuantity < 500').replace('rules: own', 'rules: two') });
  const book = new RuleBook([...rules, ...second.rules]);
  const rows = rowsOf({ Consignment: Array.from({ length: 501 }, (_, i) => ({ TotalPackageQuantity: String(i) })) });
  for (const round of ['once', 'and again: nothing is left of the message before'])
    t.same(
      book.check(rows).map(({ code, args }) => (code === 'RULE_BROKEN' ? args['rule'] : `${code} ${args['count']}`)),
      [...Array<string>(100).fill('own/one'), 'FINDINGS_MORE 401', 'two/one'],
      round,
    );
});
