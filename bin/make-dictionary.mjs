// Makes schemas/wco/dm3.tsv and schemas/wco/extension-nl.tsv from the tables of published WCO identifiers, and from the published
// schemas beside them (../wco-xsd) what each element is used for:
//
//   node bin/make-dictionary.mjs ../shared/facts/wco-dictionary [OUT-FOLDER]
//
// Where publications differ the dictionary holds the widest: the longest width, the laxest cardinality. The order is that of
// the first publication in `publications`, then what each later one adds, in its own order. What an agency added to the model is
// no fact of the model: it stands in a table of its own, with all below it.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

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
const columns = ['path', 'wco', 'aliases', 'tded', 'type', 'card', 'key', 'refers', 'like', 'usage', 'verified', 'source', 'title'];

const [, , folder, out = fileURLToPath(new URL('../schemas/wco', import.meta.url))] = process.argv;
if (!folder) {
  process.stderr.write('usage: node bin/make-dictionary.mjs FOLDER-OF-FACTS [OUT-FOLDER]\n');
  process.exit(2);
}
const facts = (name) => {
  const [head, ...lines] = readFileSync(join(folder, name), 'utf8').split('\n').filter(Boolean);
  const names = head.split('\t');
  return lines.map((line) => Object.fromEntries(line.split('\t').map((cell, i) => [names[i], cell])));
};
const rows = facts('wco_elements_by_xpath.tsv');
const sources = facts('SOURCES.tsv');

// What each element of a published schema is used for: import, export, cargo report (import, export), conveyance report, transit, response.
const usages = [
  ['IM', 'WCOUsageDeclarationIM'],
  ['EX', 'WCOUsageDeclarationEX'],
  ['CRI', 'WCOUsageDeclarationCRI'],
  ['CRE', 'WCOUsageDeclarationCRE'],
  ['CONV', 'WCOUsageDeclarationCONV'],
  ['TRT', 'WCOUsageDeclarationTRT'],
  ['RES', 'WCOUsage_Response'],
];
/** xpath → the usages its annotation names. A type of its own at the top (`Declaration`) has the name of its element. */
function usagesOf(from) {
  const text = readFileSync(join(folder, '../wco-xsd', from.repository.replace('/', '__'), from.path), 'utf8');
  const found = new Map();
  const open = [];
  for (const [, end, element, name, empty, tag] of text.matchAll(
    /<(\/?)xs:(element|complexType)\b(?:\s+(?:name|ref)="([^"]*)")?[^>]*?(\/?)>|<(WCOUsage\w+)>X</g,
  )) {
    if (tag) {
      const usage = usages.find(([, each]) => each === tag)?.[0];
      const at = `/${open.filter(Boolean).join('/')}`;
      if (usage) found.set(at, [...(found.get(at) ?? []), usage]);
    } else if (end) open.pop();
    else if (!empty) open.push(element === 'element' || open.length === 0 ? (name ?? '') : '');
  }
  return found;
}

// An extension of an agency is no fact of the data model; neither is anything below it.
const isExtension = (id) => id.startsWith('DMR');
const positions = []; // { key, path: [tags], row, usage, extension }
for (const [key, source] of publications) {
  const used = key.startsWith('dms-') ? usagesOf(sources.find((each) => each.source === source)) : new Map();
  const extensions = [];
  for (const row of rows.filter((r) => r.source === source && r.xpath.startsWith('/'))) {
    // The declaration and the response are roots of their own; the envelope is a third.
    const xpath = row.xpath.replace(/^\/MetaData(?=\/(Declaration|Response)(\/|$))/, '');
    if (isExtension(row.wco_id)) extensions.push(xpath);
    const extension = extensions.some((each) => xpath === each || xpath.startsWith(`${each}/`));
    positions.push({ key, path: xpath.slice(1).split('/'), row, usage: used.get(xpath) ?? [], extension });
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
  if (!found)
    entries.set(
      path,
      (found = { path, isClass, wco: '', tded: '', title: '', many: false, type: undefined, usage: new Set(), keys: [], required: [], extension: true }),
    );
  return found;
}
for (const { key, path, row, usage, extension } of positions) {
  const isAttribute = row.format !== '' || /Type$/.test(row.xsd_type);
  const classes = isAttribute ? path.slice(0, -1) : path;
  for (let depth = 1; depth <= classes.length; depth++) {
    const at = classes.slice(0, depth).join('/');
    const cls = entry(at, true);
    if (!extension) cls.extension = false;
    if (!cls.keys.includes(key)) cls.keys.push(key);
    if (!classKeys.has(at)) classKeys.set(at, cls.keys);
  }
  const made = isAttribute ? entry(`${classes.join('/')}.${path.at(-1)}`, false) : entries.get(path.join('/'));
  if (isAttribute) made.keys.push(key);
  if (!extension) made.extension = false;
  if (row.wco_id && row.wco_id !== 'NA' && !isExtension(row.wco_id)) made.wco ||= row.wco_id;
  if (/^\d{4}$/.test(row.tded_uid)) made.tded ||= row.tded_uid;
  for (const each of usage) made.usage.add(each);
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
function table(head, which) {
  const lines = [];
  const row = (made, type) => {
    const used = usages.map(([usage]) => usage).filter((usage) => made.usage.has(usage));
    const cells = [made.path, made.wco, '', made.tded, type, card(made), '', '', '', used.join(' '), 'yes', made.keys.join(' '), made.title];
    if (which(made)) lines.push(cells.join('\t'));
  };
  const print = (cls) => {
    row(cls, 'class');
    for (const made of entries.values()) if (!made.isClass && made.path.startsWith(`${cls.path}.`)) row(made, written(made.type));
    for (const made of entries.values())
      if (made.isClass && made.path.startsWith(`${cls.path}/`) && !made.path.slice(cls.path.length + 1).includes('/')) print(made);
  };
  for (const made of [...entries.values()].filter((e) => e.isClass && !e.path.includes('/'))) print(made);
  const cited = publications.filter(([key]) => lines.some((line) => line.split('\t')[11].split(' ').includes(key)));
  const about = cited.map(([key, source]) => {
    const from = sources.find((s) => s.source === source);
    return `# source ${key}\t${source}\t${from.repository}\t${from.path.split('/').at(-1)}\t${from.commit}`;
  });
  return {
    count: lines.length,
    text: [...head, '# Made by bin/make-dictionary.mjs; do not edit. Columns and rules: README.md.', ...about, columns.join('\t'), ...lines, ''].join('\n'),
  };
}
const tables = {
  'dm3.tsv': table(
    [
      '# dictionary wco-dm 3.0.0',
      '# Classes and attributes of the WCO Data Model 3, from published schemas: names, identifiers, representations, cardinalities; no definitions.',
    ],
    (made) => !made.extension,
  ),
  'extension-nl.tsv': table(
    ['# extension nl', '# What Dutch customs added to the WCO Data Model for DMS 1.30 and DECO 2.00: not facts of the model.'],
    (made) => made.extension,
  ),
};
for (const [name, { count, text }] of Object.entries(tables)) {
  writeFileSync(join(out, name), text);
  process.stdout.write(`${name}: ${count} rows\n`);
}
