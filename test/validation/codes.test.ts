import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readCodeLists } from '../../src/dictionary/codelist.ts';
import { readCanonical } from '../../src/dictionary/json.ts';
import { CodeChecks } from '../../src/validation/codes.ts';
import { dictionary } from '../partners/fixture.ts';
import { root } from '../root.ts';

const shipped = readdirSync(join(root, 'schemas/codes')).map((path) => ({ path, text: readFileSync(join(root, 'schemas/codes', path), 'utf8') }));
const checks = new CodeChecks(dictionary, readCodeLists(shipped.filter(({ path }) => path.endsWith('.tsv'))).lists);

const told = (declaration: object, received = '2026-06-01T10:00:00Z'): readonly string[] => {
  const { rows, findings } = readCanonical(dictionary, JSON.stringify({ $dictionary: `wco-dm@${dictionary.version}`, Declaration: declaration }));
  if (findings.length > 0) throw new Error(JSON.stringify(findings));
  return checks.check(rows, received).map(({ code, args }) => `${code} ${args['path']} ${args['code']} ${args['reason']}`);
};

t.test('codes, units and currencies are held to their lists, on the day of the document', async (t) => {
  const consignment = (facts: object): object => ({ Consignment: [facts] });
  const cases: [what: string, declaration: object, wrong: string[]][] = [
    ['a country', consignment({ Consignee: { Address: { CountryCode: 'NL' } } }), []],
    ['no country', consignment({ Consignee: { Address: { CountryCode: 'DX' } } }), ['CONFORM_CODE Declaration/Consignment/Consignee/Address.CountryCode DX is not in iso/3166-1']],
    ['a unit', consignment({ TotalGrossMassMeasure: { value: '1', unit: 'KGM' } }), []],
    ['no unit', consignment({ TotalGrossMassMeasure: { value: '1', unit: 'KILO' } }), ['CONFORM_CODE Declaration/Consignment.TotalGrossMassMeasure KILO has not the form of a code of un/rec20']],
    ['a unit that is not stated', consignment({ TotalGrossMassMeasure: { value: '1', unit: '' } }), []],
    ['a currency', { InvoiceAmount: { value: '1', unit: 'EUX' } }, ['CONFORM_CODE Declaration.InvoiceAmount EUX is not in iso/4217']],
    ['a size where the row says that it is one of ISO', { TransportEquipment: [{ CharacteristicCode: '4_G1', CharacteristicListCode: '102' }] }, ['CONFORM_CODE Declaration/TransportEquipment.CharacteristicCode 4_G1 has not the form of a code of iso/6346-types']],
    ['and where it says something else', { TransportEquipment: [{ CharacteristicCode: '4_G1', CharacteristicListCode: '130' }] }, []],
    ['valid on the date of the document', { IssueDateTime: '2009-05-01', ...consignment({ Consignee: { Address: { CountryCode: 'AN' } } }) }, []],
    ['not valid on the date of receipt', consignment({ Consignee: { Address: { CountryCode: 'AN' } } }), ['CONFORM_CODE Declaration/Consignment/Consignee/Address.CountryCode AN was a code of iso/3166-1 until 2010-12-15 (2026-06-01 is asked)']],
    ['a list of UN/EDIFACT is asked by directory, not here', { FunctionCode: '99' }, []],
  ]; // prettier-ignore
  for (const [what, declaration, wrong] of cases) t.same(told(declaration), wrong, what);
  t.same(
    checks
      .listsOf(dictionary.class('Declaration/Consignment/LoadingLocation')!, dictionary.attribute('Declaration/Consignment/LoadingLocation.ID')!)
      .map(({ name }) => name),
    ['un/locode'],
  );
});
