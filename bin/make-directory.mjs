#!/usr/bin/env node
// Makes the compact directory tables of schemas/edifact/<DIRECTORY>/ from two machine-readable renderings of the published directories.
//
//   node bin/make-directory.mjs --name D95B --title "UN/EDIFACT directory D.95B" --xml MAPPING/D95B [--codes FILE] [--names D95B.json] --out schemas/edifact/D95B
//
// --xml    folder with segments.xml, codes.xml (or --codes) and messages/*.xml
// --names  JSON rendering of the same directory: gives the names as published, and is compared with the XML fact by fact
//
// Only facts are taken: tags, ids, formats, status, repetition, structure, code values and short names. No definition text.
import { mkdirSync, readdirSync, readFileSync, writeFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';

const options = {};
for (let i = 2; i < process.argv.length; i += 2) options[process.argv[i].replace(/^--/, '')] = process.argv[i + 1];
for (const needed of ['name', 'title', 'xml', 'out']) {
  if (options[needed] === undefined) {
    console.error(`--${needed} is missing; see the head of this file`);
    process.exit(2);
  }
}

const unescape = (text) =>
  text.replace(/&(amp|lt|gt|quot|apos|#x?[0-9a-fA-F]+);/g, (_, name) =>
    name[0] === '#'
      ? String.fromCodePoint(name[1] === 'x' ? parseInt(name.slice(2), 16) : Number(name.slice(1)))
      : { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }[name],
  );

/** Start and end tags of a document, in order: enough for files that hold elements and attributes only. */
function* tags(text) {
  for (const [, close, name, attributes, empty] of text.replace(/<!--[\s\S]*?-->/g, '').matchAll(/<(\/?)(\w+)((?:\s+\w+="[^"]*")*)\s*(\/?)>/g)) {
    const values = {};
    for (const [, key, value] of attributes.matchAll(/(\w+)="([^"]*)"/g)) values[key] = unescape(value);
    yield { open: close === '', close: close !== '' || empty !== '', name, values };
  }
}

/** `partyNameFormatCoded` → `Party name format, coded`; used where no published name is at hand. */
const words = (camel) => {
  const spaced = camel
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace(/ ?,? coded$/, ', coded');
  return spaced[0].toUpperCase() + spaced.slice(1);
};
const sentence = (text) => (text === text.toUpperCase() ? text[0] + text.slice(1).toLowerCase() : text).replace(/\s+/g, ' ').trim();

const published = new Map(); // id → name as published
const other = new Map(); // fact → value, of the second rendering
if (options.names !== undefined) {
  const json = JSON.parse(readFileSync(options.names, 'utf8'));
  const format = (e) => `${e.DataType.toLowerCase()} ${e.MinLength || (e.Length ?? 0)} ${e.MaxLength ?? e.Length}`;
  const name = (id, text) => {
    const old = published.get(id);
    if (text && (old === undefined || old === old.toUpperCase())) published.set(id, text);
  };
  for (const [tag, segment] of Object.entries(json.Segments)) {
    name(tag, segment.Desc);
    other.set(`segment ${tag}`, segment.Elements.map((e) => e.Id + (e.Required ? '!' : '')).join(' '));
    for (const element of segment.Elements) {
      name(element.Id, element.Desc);
      if (element.Components) {
        other.set(`composite ${element.Id}`, element.Components.map((c) => c.Id + (c.Required ? '!' : '')).join(' '));
        for (const component of element.Components) {
          name(component.Id, component.Desc);
          other.set(`element ${component.Id}`, format(component));
        }
      } else other.set(`element ${element.Id}`, format(element));
    }
  }
}
const nameOf = (id, camel) => (published.has(id) ? sentence(published.get(id)) : words(camel));

const elements = new Map();
const composites = new Map();
const segments = new Map();
const set = (map, id, value) => {
  const old = map.get(id);
  if (old !== undefined && old !== value) throw new Error(`${id} is defined twice: ${old} / ${value}`);
  map.set(id, value);
};
let parts;
let inner;
let title;
const service = options.name.startsWith('service'); // service segments have tags in U and belong to the service directories alone
let skip = false;
for (const tag of tags(readFileSync(join(options.xml, 'segments.xml'), 'utf8'))) {
  if (tag.open && tag.name === 'segment') skip = !service && tag.values.id.startsWith('U');
  if (skip) continue;
  const { id, name, required, type, length, maxlength, maxrepeat } = tag.values;
  const mark = `${id}${required === 'true' ? '!' : ''}${maxrepeat && maxrepeat !== '1' ? `*${maxrepeat}` : ''}`;
  if (tag.open && tag.name === 'segment') [parts, title] = [Object.assign([], { id }), nameOf(id, name)];
  else if (tag.open && tag.name === 'composite_data_element') {
    parts.push(mark);
    inner = Object.assign([], { id, title: nameOf(id, name) });
  } else if (tag.open && tag.name === 'data_element') {
    (inner ?? parts).push(mark);
    set(elements, id, `${id}\t${type}${length ?? `..${maxlength}`}\t${nameOf(id, name)}`);
  } else if (tag.close && tag.name === 'composite_data_element') {
    set(composites, inner.id, `${inner.id}\t${inner.join(' ')}\t${inner.title}`);
    inner = undefined;
  } else if (tag.close && tag.name === 'segment') set(segments, parts.id, `${parts.id}\t${parts.join(' ')}\t${title}`);
}

if (options.names !== undefined) {
  const own = new Map();
  for (const line of segments.values()) own.set(`segment ${line.split('\t')[0]}`, line.split('\t')[1].replace(/\*\d+/g, ''));
  for (const line of composites.values()) own.set(`composite ${line.split('\t')[0]}`, line.split('\t')[1]);
  for (const line of elements.values()) {
    const [id, format] = line.split('\t');
    const [, type, exact, max] = /^(an|a|n)(?:(\d+)|\.\.(\d+))$/.exec(format);
    own.set(`element ${id}`, `${type} ${exact ?? 0} ${exact ?? max}`);
  }
  let differ = 0;
  for (const [fact, value] of other) {
    const mine = own.get(fact);
    if (mine === undefined || mine === value) continue;
    differ++;
    console.error(`the two renderings differ in ${fact}: ${mine} / ${value}`);
  }
  console.error(`${options.name}: ${other.size} facts compared, ${differ} differ`);
}

const codesFile = options.codes ?? join(options.xml, 'codes.xml');
const codes = [];
let codeCount = 0;
if (existsSync(codesFile)) {
  for (const tag of tags(readFileSync(codesFile, 'utf8'))) {
    if (!tag.open) continue;
    if (tag.name === 'data_element') codes.push(`@${tag.values.id}`);
    else if (tag.name === 'code') {
      codeCount++;
      codes.push(`${tag.values.id}\t${(tag.values.title ?? tag.values.desc).replace(/\s+/g, ' ').trim()}`);
    }
  }
}

const messages = [];
let messageCount = 0;
for (const file of readdirSync(join(options.xml, 'messages')).sort()) {
  const header = {};
  const lines = [];
  let depth = 0;
  for (const tag of tags(readFileSync(join(options.xml, 'messages', file), 'utf8'))) {
    const { id, value, required, maxrepeat } = tag.values;
    if (tag.name === 'data_element' && tag.open) header[id] = value;
    if (tag.open && (tag.name === 'segment' || tag.name === 'group'))
      lines.push(`${' '.repeat(depth)}${id}${required === 'true' ? '!' : ''}${maxrepeat && maxrepeat !== '1' ? ` ${maxrepeat}` : ''}`);
    if (tag.name === 'group') depth += tag.open ? 1 : -1;
  }
  messageCount++;
  messages.push(`@${header['0065']} ${header['0052']} ${header['0054']} ${header['0051']}`, ...lines);
}

const source = `# ${options.title}. Facts only (ids, formats, status, repetition, code values, short names), as published by UN/ECE${options.publication ?? ''};
# read from php-edifact/edifact-mapping at c875cda0${options.names === undefined ? '' : ' and compared with the rendering of hellooops/vscode-edi-support'}. Made by bin/make-directory.mjs; do not edit.
`;
mkdirSync(options.out, { recursive: true });
const write = (file, head, lines) => writeFileSync(join(options.out, file), `${source}${head}${lines.join('\n')}\n`);
write('segments.txt', '# id, then format (elements) or parts (composites, segments; ! mandatory, *n may repeat n times), then name; separated by tabs\n', [
  ...[...elements.values()].sort(),
  ...[...composites.values()].sort(),
  ...[...segments.values()].sort(),
]);
if (codes.length > 0) write('codes.txt', '# @data element, then its values: code, tab, short name\n', codes);
write(
  'messages.txt',
  '# @type version release agency, then its segments and groups, indented by group: ! mandatory, then the number of repetitions where above 1\n',
  messages,
);
console.error(
  `${options.name}: ${elements.size} elements, ${composites.size} composites, ${segments.size} segments, ${codeCount} codes, ${messageCount} messages`,
);
