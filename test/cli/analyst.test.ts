import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { main } from '../../src/cli/main.ts';
import { root } from '../root.ts';

// What an analyst reads who made a mistake in the files of the tutorial (mappings/README.md).

async function run(...args: string[]): Promise<{ code: number; told: string }> {
  let told = '';
  const code = await main(args, { out: () => undefined, tell: (text) => void (told += text) });
  return { code, told };
}

/** The configuration folder of the tutorial, with one text changed; its path. */
function tutorial(folder: string, file = '', from = '', to = ''): string {
  for (const [, path = '', text = ''] of readFileSync(join(root, 'mappings/README.md'), 'utf8').matchAll(/<!-- file (\S+) -->\n```\w*\n([^]*?)```/g)) {
    const at = join(folder, path);
    mkdirSync(dirname(at), { recursive: true });
    if (path === file && !text.includes(from)) throw new Error(`${file} does not say ${from}`);
    writeFileSync(at, path === file ? text.replace(from, to) : text);
  }
  return join(folder, 'my');
}

t.test('the layout that a map is written for is checked with it', async (t) => {
  const config = tutorial(t.testdir(), 'my/directories/ferry.yaml', 'port: 30-34', 'port: 30-36');
  const { code, told } = await run('map', 'lint', 'ferry/list', '--config', config);
  t.equal(code, 1);
  t.match(told, /CONFIG_VALUE {2}directories\/ferry\.yaml:13:\d+\n/, 'with its line');
  t.match(told, /`H\.day` overlaps `port`/);
  t.match(told, /there is no `ferry\/list` that could be used in schemas\/records or among the `directories\/` of the configuration/);
  t.match((await run('map', 'lint', 'wco/cri/3', '--config', config)).told, /in order/, 'and with no other');
  t.match(await run('map', 'lint', join(config, 'directories/ferry.yaml'), '--config', config), { code: 1, told: /overlaps/ }, 'or by itself');
});

t.test('a key that a column has not is named, though a column may be a text as well', async (t) => {
  const config = tutorial(t.testdir(), 'my/directories/ferry.yaml', 'sailing: { at: 2-9,', 'sailing: { at: 2-9, name: Sailing,');
  const { told } = await run('map', 'lint', 'ferry/list', '--config', config);
  t.match(told, /CONFIG_UNKNOWN_KEY[^]*`records\.H\.columns\.sailing` has no key `name`/);
  t.notMatch(told, /must be string|in anyOf/);
});

t.test('so is the schema of a map of JSON, and a member that it has not is told as one', async (t) => {
  const map = readFileSync(join(root, 'mappings/json/house-manifest/1/map.yaml'), 'utf8').replace(/^map: .*/m, 'map: parcel/list');
  const schema = readFileSync(join(root, 'schemas/json/house-manifest-1.schema.json'), 'utf8').replace('"house-manifest"', '"parcels"');
  const linted = (name: string, text: string): ReturnType<typeof run> => {
    const files = {
      maps: { 'map.yaml': map.replace('schema: house-manifest-1', 'schema: parcels').replaceAll('house-manifest]', 'parcels]') },
      directories: {},
    };
    return run('map', 'lint', 'parcel/list', '--config', t.testdir({ ...files, directories: { [name]: text } }));
  };
  t.match(await linted('parcels.schema.json', schema), { code: 0, told: /in order/ });
  t.match(await linted('parcels.schema.json', schema.replace('"string"', '"strung"')), { code: 1, told: /JSON_SCHEMA[^]*schema parcels cannot be used/ });
  t.match(await linted('parcels.schema.json', schema.replaceAll('"journey"', '"voyage"')), {
    code: 1,
    told: /`journey` is no member of `transport` in the schema parcels/,
  });
});

/** One slip each, and the one finding that comes of it: code, line, words. */
const slips: readonly (readonly [slip: string, from: string, to: string, told: RegExp])[] = [
  ['a quote that is missing', 'const: "785"', 'const: "785', /MAP_YAML .*:28:\d+[^]*a text that begins with `"` is not closed/],
  ['a brace that is missing', 'day: day } }', 'day: day }', /MAP_YAML .*:13:[^]*a `\{` before this is not closed/],
  ['a tag with qualifiers and no quotes', 'segment: T,', 'segment: T[goods=X],', /MAP_YAML .*:17:[^]*stands in quotes, all of it/],
  ['a line too far out', '    - segment: E', '   - segment: E', /MAP_YAML .*:18:[^]*does not begin below those that it belongs to/],
  ['a tab', '  weight: { q', '\tweight: { q', /MAP_YAML .*:22:1[^]*begins with a tab/],
  ['an attribute twice', 'DepartureDateTime: day', 'Name: day', /MAP_YAML .*:32:[^]*the key `Name` stands twice/],
  ['a column without a slot', 'sailing: sailing, ship', 'sailing, ship', /MAP_SHAPE .*:12:29[^]*`sailing` names no slot: write `sailing: name`/],
  [
    'a condition where no node would see it',
    'group: goods,',
    'group: goods, when: "ship = \'A\'",',
    /MAP_SHAPE .*:17:[^]*`when` of the group `goods` stands at its first node/,
  ],
  ['a name that begins so', 'TotalGrossMassMeasure: weight', 'TotalGrossMass: weight', /:41:[^]*did you mean `TotalGrossMassMeasure`/],
  ['a class in the place of another', 'class: Consignor,', 'class: Commodity,', /:44:[^]*it stands below \S+\/ConsignmentItem/],
  ['a class as an attribute', 'Name: sender }', 'Name: sender, Address: port }', /:44:[^]*it is a class, and stands under `classes`/],
  ['a year as others write it', 'datetime: CCYYMMDD', 'datetime: YYYYMMDD', /:21:[^]*a year of four digits is written `CCYY`/],
  ['a codec that begins so', '{ datetime: CC', '{ date: CC', /:21:[^]*there is no codec `date`, did you mean `datetime`/],
  ['a layout that is not there', 'layout: ferry/list }', 'layout: ferry/lists }', /MAP_SHAPE .*:7:9[^]*there is no `ferry\/lists`/],
  ['another dictionary', 'wco-dm@3', 'wco-dm@4', /MAP_DICTIONARY .*:5:13/],
  [
    'a key that nothing binds',
    '[TransportContractDocument.ID]',
    '[TransportContractDocument.TypeCode]',
    /MAP_SHAPE .*:34:[^]*the key `TransportContractDocument.TypeCode` of Declaration\/Consignment is no attribute that this map gives a slot/,
  ],
  [
    'a value that is made, and could not be written',
    'packages: { integer: true }',
    'packages: { integer: true }\n  twice: { expr: { parse: "weight * 2", build: value } }',
    /MAP_UNKNOWN_SLOT .*:24:[^]*nothing binds `twice`, and its codec would write a text of its own there/,
  ],
  ['a kind of file that is none', 'kind: message', 'kind: mesage', /MAP_SHAPE .*:1:1[^]*`kind: mesage` is none of message, dialect/],
];

t.test('one slip is one finding, at its line, in words that an analyst knows', async (t) => {
  for (const [slip, from, to, told] of slips) {
    const said = await run('map', 'lint', 'ferry/list', '--config', tutorial(t.testdir(), 'my/maps/ferry/map.yaml', from, to));
    t.equal(said.code, 1, slip);
    t.match(said.told, told, slip);
    t.match(said.told, /^1 error, 0 warnings$/m, `${slip}: once`);
  }
});

t.test('a code table says how it is written, in a map and in a file of its own', async (t) => {
  const config = tutorial(t.testdir());
  const linted = async (codes: string): Promise<string> => {
    writeFileSync(join(config, 'maps/codes.yaml'), `kind: codes\ncodes:\n  own-ports: ${codes}\n`);
    return (await run('map', 'lint', 'ferry/list', '--config', config)).told;
  };
  t.match(
    await linted('{ ROT: NLRTM, FXT: GBFXT }'),
    /MAP_SHAPE {2}maps\/codes.yaml:3:14[^]*`own-ports`: its codes stand below `pairs`, as in `pairs: { ROT: NLRTM }`/,
  );
  t.match(await linted('{ pairs: { ROT: NLRTM, RTM: NLRTM } }'), /MAP_NO_INVERSE {2}maps\/codes.yaml:3:14[^]*`ROT` and `RTM` both mean `NLRTM`/);
  t.match(await linted('{ pairs: { ROT: NLRTM, FXT: GBFXT } }'), /in order/);
});

t.test('a map that is not in order is not said to be absent', async (t) => {
  const config = tutorial(t.testdir(), 'my/maps/ferry/map.yaml', 'day: { datetime: CCYYMMDD }', 'day: { integer: true }');
  t.match((await run('map', 'lint', 'ferry/list', '--config', config)).told, /MAP_TYPE[^]*`day` cannot be .*DepartureDateTime/);
  const input = join(config, 'maps/ferry/cases/one-sailing/input.txt');
  const says = /the map `ferry\/list` is not in order.*`portolan map lint ferry\/list` says why/;
  t.match((await run('convert', input, '--from', 'ferry/list', '--to', 'canonical', '--config', config)).told, says);
  t.match((await run('map', 'test', 'ferry/list', '--config', config)).told, says);
  t.match(
    (await run('convert', input, '--to', 'canonical', '--config', config)).told,
    /`ferry\/list` would, but is not in order: `portolan map lint ferry\/list` says why/,
  );
});
