// Makes schemas/wco/dm3.tsv from the tables of published WCO identifiers:
//
//   node bin/make-dictionary.mjs ../shared/facts/wco-dictionary [OUT]
//
// Where publications differ the dictionary holds the widest: the longest width, the laxest cardinality. The order is that of
// the first publication in `publications`, then what each later one adds, in its own order.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const publications = [
  ['dms-dec', 'HMRC WCO_DEC_2_DMS (WCO DM 3.6)'],
  ['dms-cancel', 'HMRC CANCEL'],
  ['dms-res', 'HMRC WCO_RES_2_DMS (WCO DM 3.6)'],
  ['dms-meta', 'HMRC DocumentMetaData_2_DMS'],
  ['nl-dms-dec', 'NL DMS.Declaration_1p30 (WCO DM based, EU Annex B mapping)'],
  ['nl-dms-add', 'NL DMS.AdditionalMessage_1p30 (WCO DM based, EU Annex B mapping)'],
  ['nl-dms-res', 'NL DMS.Response_1p30 (WCO DM based, EU Annex B mapping)'],
  ['nl-deco-dec', 'NL DECO.Declaration_2p00 (WCO DM based, EU Annex B mapping)'],
  ['nl-deco-add', 'NL DECO.AdditionalMessage_2p00 (WCO DM based, EU Annex B mapping)'],
  ['nl-deco-res', 'NL DECO.Response_2p00 (WCO DM based, EU Annex B mapping)'],
];
const columns = ['path', 'wco', 'aliases', 'type', 'card', 'key', 'refers', 'like', 'verified', 'source', 'title'];

const [, , folder, out = new URL('../schemas/wco/dm3.tsv', import.meta.url)] = process.argv;
if (!folder) {
  process.stderr.write('usage: node bin/make-dictionary.mjs FOLDER-OF-FACTS [OUT]\n');
  process.exit(2);
}
const table = (name) => {
  const [head, ...lines] = readFileSync(join(folder, name), 'utf8').split('\n').filter(Boolean);
  const names = head.split('\t');
  return lines.map((line) => Object.fromEntries(line.split('\t').map((cell, i) => [names[i], cell])));
};
const rows = table('wco_elements_by_xpath.tsv');
const sources = table('SOURCES.tsv');

// An extension of an agency is no fact of the data model; neither is anything below it.
const isExtension = (id) => id.startsWith('DMR');
const positions = []; // { key, path: [tags], row }
for (const [key, source] of publications) {
  const extensions = [];
  for (const row of rows.filter((r) => r.source === source && r.xpath.startsWith('/'))) {
    // The declaration and the response are roots of their own; the envelope is a third.
    const xpath = row.xpath.replace(/^\/MetaData(?=\/(Declaration|Response)(\/|$))/, '');
    if (isExtension(row.wco_id)) extensions.push(`${xpath}/`);
    else if (!extensions.some((prefix) => xpath.startsWith(prefix))) positions.push({ key, path: xpath.slice(1).split('/'), row });
  }
}

const lists = [
  [/3207/, 'iso/3166-1'],
  [/3229/, 'iso/3166-2'],
  [/6345/, 'iso/4217'],
  [/7065/, 'un/rec21'],
  [/^UN\/LOCODE/, 'un/locode'],
  [/^EDIFACT (?:codes )?\(?(\d{4})\)?/, 'un/$1'],
];
function listOf(remarks) {
  for (const [pattern, name] of lists) {
    const found = pattern.exec(remarks);
    if (found) return name.replace('$1', found[1]);
  }
  return '';
}

/** [kind, width, scale, list] of an attribute, from its XSD type and its representation (`an..35`, `n..16,3`). */
function typeOf(row) {
  const base = /(Amount|Measure|Quantity|Numeric|Indicator|DateTime|Code|ID|Text|BinaryObject)(?:Type)?$/.exec(row.xsd_type)?.[1];
  const [, width = '0', scale = '0'] = /(\d+)(?:,(\d+))?$/.exec(row.format) ?? [];
  const sized = (kind, list = '') => [kind, Number(width), Number(scale), list];
  switch (base) {
    case 'Amount':
      return sized('amount');
    case 'Measure':
      return sized('quantity');
    case 'Quantity':
      return sized(scale === '0' ? 'integer' : 'quantity');
    case 'Numeric':
      return sized(scale === '0' ? 'integer' : 'decimal');
    case 'Indicator':
      return ['indicator', 0, 0, ''];
    case 'DateTime':
      return ['datetime', 0, 0, ''];
    case 'Code':
      return sized('code', listOf(row.code_remarks));
    case 'ID':
      return sized('identifier');
    case 'Text':
      return width === '0' ? ['text', 512, 0, ''] : sized('text'); // no width published: the widest text of the same schema
    case 'BinaryObject':
      return ['text', 1_048_576, 0, '']; // base64; no width published
    default:
      throw new Error(`${row.xpath}: no type for ${row.xsd_type}`);
  }
}
const written = ([kind, width, scale, list]) =>
  kind === 'datetime' || kind === 'indicator'
    ? kind
    : kind === 'decimal' || kind === 'quantity' || kind === 'amount'
      ? `${kind}(${width},${scale})`
      : `${kind}(${width}${list ? `,${list}` : ''})`;

const entries = new Map(); // path → entry; a Map keeps first appearances in order
const classKeys = new Map(); // class path → publications that have it
function entry(path, isClass) {
  let found = entries.get(path);
  if (!found) entries.set(path, (found = { path, isClass, wco: '', title: '', many: false, type: undefined, keys: [], required: [] }));
  return found;
}
for (const { key, path, row } of positions) {
  const isAttribute = row.format !== '' || /Type$/.test(row.xsd_type);
  const classes = isAttribute ? path.slice(0, -1) : path;
  for (let depth = 1; depth <= classes.length; depth++) {
    const at = classes.slice(0, depth).join('/');
    const cls = entry(at, true);
    if (!cls.keys.includes(key)) cls.keys.push(key);
    if (!classKeys.has(at)) classKeys.set(at, cls.keys);
  }
  const made = isAttribute ? entry(`${classes.join('/')}.${path.at(-1)}`, false) : entries.get(path.join('/'));
  if (isAttribute) made.keys.push(key);
  if (row.wco_id && row.wco_id !== 'NA') made.wco ||= row.wco_id;
  made.title ||= row.wco_name === 'NA' ? '' : row.wco_name;
  if (row.max !== '1' && row.max !== '') made.many = true;
  if (row.min === '1') made.required.push(key);
  if (!isAttribute) continue;
  const type = typeOf(row);
  if (!made.type) made.type = type;
  else {
    const [kind, width, scale, list] = made.type;
    // A count of one publication may be a quantity with decimals in another: the wider kind holds both.
    const wider = kind === type[0] ? kind : [kind, type[0]].includes('quantity') ? 'quantity' : [kind, type[0]].includes('decimal') ? 'decimal' : undefined;
    if (!wider) throw new Error(`${made.path}: ${kind} and ${type[0]}`);
    made.type = [wider, Math.max(width, type[1]), Math.max(scale, type[2]), list || type[3]];
  }
}

const required = (made) => {
  const parent = made.isClass ? made.path.replace(/\/?[^/]*$/, '') : made.path.replace(/\.[^.]*$/, '');
  const all = classKeys.get(parent) ?? made.keys;
  return all.every((key) => made.required.includes(key));
};
const card = (made) => (made.many ? (required(made) ? '1..n' : '0..n') : required(made) ? '1' : '0..1');

// A class, its attributes, then its classes: the order of XML and of canonical JSON.
const lines = [];
function print(cls) {
  const row = (made, type) => [made.path, made.wco, '', type, card(made), '', '', '', 'yes', made.keys.join(' '), made.title].join('\t');
  lines.push(row(cls, 'class'));
  for (const made of entries.values()) if (!made.isClass && made.path.startsWith(`${cls.path}.`)) lines.push(row(made, written(made.type)));
  for (const made of entries.values())
    if (made.isClass && made.path.startsWith(`${cls.path}/`) && !made.path.slice(cls.path.length + 1).includes('/')) print(made);
}
for (const made of [...entries.values()].filter((e) => e.isClass && !e.path.includes('/'))) print(made);

const about = publications.map(([key, source]) => {
  const from = sources.find((s) => s.source === source);
  return `# source ${key}\t${source}\t${from.repository}\t${from.path.split('/').at(-1)}\t${from.commit}`;
});
const text = [
  '# dictionary wco-dm 3.0.0',
  '# Classes and attributes of the WCO Data Model 3, from published schemas: names, identifiers, representations, cardinalities; no definitions.',
  '# Made by bin/make-dictionary.mjs; do not edit. Columns and rules: README.md.',
  ...about,
  columns.join('\t'),
  ...lines,
  '',
].join('\n');
writeFileSync(out, text);
process.stdout.write(`${lines.length} rows\n`);
