import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readBytes } from '../../src/gateway/translation/syntax.ts';
import { library } from '../maps/fixture.ts';
import { shared } from '../root.ts';

const folder = shared === undefined ? '' : join(shared, 'corpus/fixed-width');

/** Every list of parcels that other people wrote: the map that reads it, its parcels, and that nothing of it is lost. */
const lists: readonly [file: string, map: string, parcels: number][] = [
  ['manifiesto_ejemplo_airgo.csv', 'records/courier/h7', 27],
  ['plantilla_manifiesto_h7.csv', 'records/courier/h7', 2],
  ['manifiesto_prueba_n337.csv', 'records/courier/h7-carrier', 5],
];

t.test(
  'lists of parcels are known by their headings, and nothing of them is lost',
  { skip: existsSync(folder) ? false : 'the corpus is not here' },
  async (t) => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.csv'));
    t.equal(files.length, lists.length);
    for (const [name, map, parcels] of lists) {
      const file = files.find((each) => each.endsWith(name))!;
      let read = 0;
      const outside = readBytes(library(), readFileSync(join(folder, file)), {
        message({ plan, parsed, findings }) {
          read++;
          t.equal(plan?.name, map, name);
          t.same([parsed?.account.lost, parsed?.account.ignored], [0, 0], `${name}: nothing is lost`);
          t.same(
            findings.filter(({ severity }) => severity === 'error'),
            [],
            name,
          );
          t.equal(
            [...Array(parsed?.rows.size ?? 0).keys()].filter((row) => parsed?.rows.class(row).path === 'Declaration/Consignment').length,
            parcels,
            `${name}: its parcels`,
          );
        },
      });
      t.same(outside, [], name);
      t.equal(read, 1, `${name} is one message`);
    }
  },
);

/** The other files of the folder: what is said of them, and why no map reads them. */
const others: readonly [file: RegExp, said: string, why: string][] = [
  [/test_catair\.py/, 'SYNTAX_UNKNOWN', 'records of an entry into a free zone, none of the listed manifests: no layout is guessed'],
  [/dummymessage\.txt/, 'SYNTAX_UNKNOWN', 'five words'],
  [/x122xml\/x12\//, 'MAP_NONE', 'transaction sets of payments and health care, in X12 and not in records'],
];

t.test('the other files are recognized for what they are', { skip: existsSync(folder) ? false : 'the corpus is not here' }, (t) => {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => /\.\w+$/.test(file) && !file.endsWith('.csv'));
  t.equal(files.filter((file) => /\.txt$/.test(file)).length, 10);
  for (const file of files.filter((each) => /\.txt$/.test(each))) {
    const [, said, why] = others.find(([pattern]) => pattern.test(file)) ?? [];
    const codes = new Set<string>();
    const outside = readBytes(library(), readFileSync(join(folder, file)), { message: ({ findings }) => findings.forEach(({ code }) => codes.add(code)) });
    for (const { code } of outside) codes.add(code);
    t.ok(said !== undefined && codes.has(said), `${file}: ${why ?? 'nobody listed it'}`);
  }
  t.end();
});
