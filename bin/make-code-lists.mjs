// Makes schemas/codes/*.tsv of published code lists: codes, short names and dates of validity, no definitions.
//
//   node bin/make-code-lists.mjs ISO_CODES UNECE
//
// ISO_CODES: the folder of JSON files of the Debian package iso-codes (/usr/share/iso-codes/json), UNECE: the unpacked npm
// package un-ece-recommendation. What is about a list rather than in it (its form, where it is used) is written here.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [isoFolder, uneceFolder] = process.argv.slice(2);
if (!isoFolder || !uneceFolder) {
  console.error('usage: node bin/make-code-lists.mjs ISO_CODES UNECE');
  process.exit(2);
}
const root = join(import.meta.dirname, '..');
const iso = (name) => JSON.parse(readFileSync(join(isoFolder, `iso_${name}.json`), 'utf8'))[name];
const unece = async (path) => Object.values(await import(pathToFileURL(join(uneceFolder, 'dist/esm', path, 'index.js')).href))[0];
const isoSource = (file) => `Debian package iso-codes 4.15.0, ${file}; the package is LGPL-2.1-or-later, what is taken are facts of the standard`;
const uneceSource = 'npm package un-ece-recommendation 0.1.1 (MIT)';

function write(name, head, rows) {
  const lines = Object.entries({ list: name, ...head }).flatMap(([key, value]) => (Array.isArray(value) ? value : [value]).map((each) => `# ${key} ${each}`));
  const sorted = [...new Map(rows.map((row) => [row.code, row])).values()].sort((a, b) => (a.code < b.code ? -1 : 1));
  const table = sorted.map(({ code, name: title, from = '', until = '' }) => [code, title.replace(/\s+/g, ' '), from, until].join('\t').trimEnd());
  writeFileSync(join(root, 'schemas/codes', `${name.replace('/', '-')}.tsv`), [...lines, 'code\tname\tfrom\tuntil', ...table, ''].join('\n'));
  console.log(`${name}: ${sorted.length}`);
}

const countries = iso('3166-1');
const names = new Set(countries.flatMap((each) => [each.alpha_2, each.alpha_3]));
// A code that was given to another country since is that country's.
const withdrawn = iso('3166-3').flatMap((each) =>
  [each.alpha_2, each.alpha_3].filter((code) => !names.has(code)).map((code) => ({ code, name: each.name, until: each.withdrawal_date })),
);
write(
  'iso/3166-1',
  {
    title: 'Countries, two and three letters',
    source: isoSource('iso_3166-1.json and, for what was withdrawn, iso_3166-3.json'),
    form: '[A-Z]{2,3}',
    open: 'AA|Q[M-Z]|X[A-Z]|ZZ|AA[A-Z]|Q[M-Z][A-Z]|X[A-Z]{2}|ZZ[A-Z]',
  },
  [...withdrawn, ...countries.flatMap((each) => [each.alpha_2, each.alpha_3].map((code) => ({ code, name: each.common_name ?? each.name })))],
);
write(
  'iso/3166-2',
  { title: 'Country subdivisions', source: isoSource('iso_3166-2.json'), form: '[A-Z]{2}-[A-Z0-9]{1,3}', only: '.*-.*' },
  iso('3166-2').map(({ code, name }) => ({ code, name })),
);
write(
  'iso/4217',
  { title: 'Currencies', source: isoSource('iso_4217.json'), form: '[A-Z]{3}', amounts: 'all' },
  iso('4217').map(({ alpha_3, name }) => ({ code: alpha_3, name })),
);
write(
  'un/rec20',
  { title: 'Units of measure, UN/ECE Recommendation 20', source: `${uneceSource}, its revisions 1 to 3`, form: '[A-Z0-9]{2,3}', quantities: 'all' },
  [...(await unece('20/1')), ...(await unece('20/2')), ...(await unece('20/3'))].filter(({ code }) => !/^X[0-9A-Z]{2}$/.test(code)),
);
write(
  'un/rec21',
  {
    title: 'Packages, UN/ECE Recommendation 21',
    source: `${uneceSource}, its revisions 2 and 3; codes without the X that it puts before them`,
    form: '[A-Z0-9]{2}',
  },
  [...(await unece('21/2')), ...(await unece('21/3'))].map(({ code, name }) => ({ code: code.replace(/^X/, ''), name })),
);
const unsourced = 'none that may be shipped: the form alone is checked until a table is loaded';
write('un/rec24', { title: 'Trade and transport status, UN/ECE Recommendation 24', source: unsourced, form: '[0-9]{1,3}' }, []);
write('un/rec28', { title: 'Types of means of transport, UN/ECE Recommendation 28', source: unsourced, form: '[0-9]{1,4}[A-Z]?' }, []);
write(
  'un/locode',
  { title: 'Places, UN/LOCODE', source: unsourced, form: '[A-Z]{2}[A-Z2-9]{3}', use: ['**/LoadingLocation.ID', '**/UnloadingLocation.ID'] },
  [],
);
write(
  'wco/hs',
  {
    title: 'Commodities, Harmonized System and national codes that begin with it',
    source: unsourced,
    form: '(0[1-9]|[1-8][0-9]|9[0-9])[0-9]{2,12}',
    use: ['**/Classification.ID where IdentificationTypeCode HS TSP 122'],
  },
  [],
);
write(
  'iso/6346-types',
  {
    title: 'Sizes and types of containers, ISO 6346',
    source: unsourced,
    form: '[1-4A-HK-NP][0-9C-FL-NP][A-Z0-9]{2}',
    use: ['**/TransportEquipment.CharacteristicCode where CharacteristicListCode 102'],
  },
  [],
);
