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
