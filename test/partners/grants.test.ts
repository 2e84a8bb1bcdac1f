import fc from 'fast-check';
import t from 'tap';
import { canonicalText } from '../../src/dictionary/json.ts';
import type { Rows } from '../../src/dictionary/rows.ts';
import { compileGrants, project } from '../../src/partners/grants.ts';
import { named } from '../../src/partners/paths.ts';
import { dictionary, findingsWith, rowsOf } from './fixture.ts';

const canonical = (rows: Rows): unknown => JSON.parse(canonicalText(rows));

t.test('what a pattern names', async (t) => {
  const paths = (text: string): string[] => named(text, dictionary).map(({ attribute }) => attribute.path);
  t.same(paths('Declaration.ID'), ['Declaration.ID'], 'one attribute');
  t.ok(paths('Declaration/Consignment/Consignee.*').includes('Declaration/Consignment/Consignee.Name'), 'every attribute of a class');
  t.notOk(paths('Declaration/Consignment/Consignee.*').includes('Declaration/Consignment/Consignee/Address.Line'), 'and of that class alone');
  t.ok(paths('Declaration/Consignment/Consignee/**').includes('Declaration/Consignment/Consignee/Address.Line'), 'a subtree');
  t.same(
    paths('Declaration/Consignment+/Consignee.Name').sort((a, b) => a.length - b.length),
    [
      'Declaration/Consignment/Consignee.Name',
      'Declaration/Consignment/Consignment/Consignee.Name',
      'Declaration/Consignment/Consignment/Consignment/Consignee.Name',
    ],
    'every level of a nest',
  );
  t.same(paths('Declaration/Consignment'), [], 'a class alone is no attribute');
  t.equal(
    paths('**').length,
    dictionary.classes.reduce((sum, { attributes }) => sum + attributes.length, 0),
  );
});

const manifest = () =>
  rowsOf({
    Declaration: [
      {
        ID: 'M1',
        TypeCode: '785',
        Carrier: [{ ID: 'SECRET-CARRIER' }],
        TransportEquipment: [{ ID: 'CONT1234567', Seal: [{ ID: 'SECRET-SEAL' }] }],
        Consignment: [
          {
            TotalGrossMassMeasure: '100',
            TransportContractDocument: [{ ID: 'BILL1' }],
            Consignor: [{ Name: 'SECRET-SHIPPER' }],
            Consignee: [{ Name: 'Receiver', Address: [{ CityName: 'Rotterdam' }] }],
          },
        ],
      },
    ],
  });

t.test('projection keeps what is granted and the rows it stands in, and nothing else', async (t) => {
  const rows = manifest();
  const before = canonical(rows);
  const grants = compileGrants(
    ['Declaration.ID', 'Declaration/Consignment+/TransportContractDocument.ID', 'Declaration/Consignment+/Consignee/**'],
    dictionary,
  );
  const projected = project(rows, grants);
  t.same(canonical(projected.rows), {
    $dictionary: `${dictionary.name}@${dictionary.version}`,
    Declaration: {
      ID: 'M1',
      Consignment: [{ TransportContractDocument: { ID: 'BILL1' }, Consignee: { Name: 'Receiver', Address: { CityName: 'Rotterdam' } } }],
    },
  });
  t.equal(projected.withheld, rows.countFacts() - 4);
  t.same(canonical(rows), before, 'the rows of the others are as they were');
  const [declaration] = projected.rows.roots();
  t.same(projected.rows.origin(declaration!, dictionary.attribute('Declaration.ID')!.slot)?.offset, 40, 'a fact still knows where it came from');
});

t.test('nothing is granted by default', async (t) => {
  const all = manifest();
  const bills = project(all, compileGrants(['Declaration/Consignment/**'], dictionary));
  t.same(Array.from({ length: bills.rows.size }, (_, row) => bills.rows.class(row).path), bills.sources.map((row) => all.class(row).path), 'each knows its source'); // prettier-ignore
  const { rows, withheld } = project(manifest(), compileGrants([], dictionary));
  t.equal(rows.size, 0);
  t.equal(withheld, manifest().countFacts());
});

t.test('private values of the sender’s format travel only where everything is granted', async (t) => {
  const rows = manifest();
  rows.carry(0, 'x/y/1', 'secret', 'SECRET-CARRY');
  t.equal(project(rows, compileGrants(['Declaration/**'], dictionary)).rows.carried.length, 0);
  t.equal(project(rows, compileGrants(['**'], dictionary)).rows.carried.length, 1);
});

t.test('for any set of grants: granted facts pass, all others are gone, and the sum is right', async (t) => {
  const all = named('Declaration/**', dictionary).map(({ attribute }) => attribute.path);
  const used = [
    'Declaration.ID',
    'Declaration.TypeCode',
    'Declaration/Carrier.ID',
    'Declaration/TransportEquipment.ID',
    'Declaration/TransportEquipment/Seal.ID',
  ];
  fc.assert(
    fc.property(fc.subarray([...used, ...all.slice(0, 20)]), (paths) => {
      const rows = manifest();
      const grants = compileGrants(paths, dictionary);
      const projected = project(rows, grants);
      for (let row = 0; row < projected.rows.size; row++)
        for (const { slot, path } of projected.rows.class(row).attributes)
          if (projected.rows.get(row, slot) !== undefined && !paths.includes(path)) return false;
      return projected.rows.countFacts() + projected.withheld === rows.countFacts();
    }),
    { numRuns: 100 },
  );
  t.pass('100 sets');
});

t.test('grants that cannot work are errors of the configuration', async (t) => {
  const path = 'agencies/port-health.yaml';
  const without = (line: string) => (text: string) => text.replace(`  - ${line}\n`, '');
  t.match(
    findingsWith(path, without('Declaration.ID')),
    [
      /^GRANT_WITHOUT_KEY agencies\/port-health.yaml:\d+:5 .*Declaration\.ID$/,
      /^GRANT_SHORT_OF_PROFILE agencies\/port-health.yaml:\d+:3 port-health \| Declaration.ID$/,
    ],
    'rows without the key of the row above, and a mandatory element',
  );
  t.match(
    findingsWith(path, (text) => text.replace('Consignee.Name', 'Consignee.Nmae')),
    [/^GRANT_UNKNOWN_PATH agencies\/port-health.yaml:\d+:5 Declaration\/Consignment\+\/Consignee.Nmae$/],
  );
  t.match(
    findingsWith(path, (text) => `${text}  - Declaration/Consignment+/ConsignmentItem/TransportEquipment.QuantityQuantity\n`),
    [/^GRANT_WITHOUT_KEY .*Declaration\/Consignment\/ConsignmentItem\/TransportEquipment\.ID, Declaration\/TransportEquipment\.ID/],
    'a reference without what it refers to',
  );
});

t.test('rows that were hung elsewhere after they were read are copied where they hang', async (t) => {
  const rows = rowsOf({ Declaration: [{ ID: 'M1' }] });
  const house = rows.add(dictionary.class('Declaration/Consignment/Consignment')!, -2);
  rows.set(house, dictionary.attribute('Declaration/Consignment/Consignment.TotalPackageQuantity')!.slot, '7');
  const master = rows.add(dictionary.class('Declaration/Consignment')!, 0);
  rows.attach(house, master);
  t.same(canonical(project(rows, compileGrants(['**'], dictionary)).rows), canonical(rows));
});
