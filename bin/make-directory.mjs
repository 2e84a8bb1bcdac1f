#!/usr/bin/env node
// Makes the directory tables of schemas/edifact/un and schemas/edifact/service from machine-readable renderings of the published directories.
//
//   node bin/make-directory.mjs --xml MAPPING [--json FOLDER] --out schemas/edifact
//
// --xml   one folder a directory (D94B … D24A, Service_V1 … Service_V4) with segments.xml, codes.xml and messages/*.xml
// --json  a second rendering of some of them, FOLDER/D95B/{D95B.json,D95B_versions.json}: gives names as published; every fact is compared
//
// Only facts are taken: tags, ids, formats, status, repetition, structure, code values and short names. No definition text.
// Every directory becomes lines of text first. Lines that several directories have in common are written once, with the range in which they hold.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const options = {};
for (let i = 2; i < process.argv.length; i += 2) options[process.argv[i].replace(/^--/, '')] = process.argv[i + 1];
for (const needed of ['xml', 'out']) {
  if (options[needed] === undefined) {
    console.error(`--${needed} is missing; see the head of this file`);
    process.exit(2);
  }
}

const year = (name) => (Number(name.slice(1, 3)) + 50) % 100; // D94B before D00A
const byDate = (a, b) => year(a) - year(b) || (a < b ? -1 : 1);
const un = readdirSync(options.xml)
  .filter((name) => /^D\d\d[A-Z]$/.test(name))
  .sort(byDate);

/**
 * The service directories: the XML gives syntax versions, and the code lists stand beside the directories of the time. The JSON
 * mixes generations of them: it gives names and is compared with nothing.
 */
const services = {
  'service-1': { folder: 'Service_V1', codes: 'D95B/service_codes_v3.xml' },
  'service-2': { folder: 'Service_V2', codes: 'D95B/service_codes_v3.xml' },
  'service-3': { folder: 'Service_V3', codes: 'D95B/service_codes_v3.xml' },
  'service-4': { folder: 'Service_V4', codes: 'D16A/service_codes_v4.xml' },
};

// ── Reading ────────────────────────────────────────────────────────────────────────────────────────────────────────

const notes = new Map(); // what the sources leave open or say differently, and what was taken → the directories
const note = (directory, text) => notes.set(text, (notes.get(text) ?? new Set()).add(directory));

const unescape = (text) =>
  text.replace(/&(amp|lt|gt|quot|apos|#x?[0-9a-fA-F]+);/g, (_, name) =>
    name[0] === '#'
      ? String.fromCodePoint(name[1] === 'x' ? parseInt(name.slice(2), 16) : Number(name.slice(1)))
      : { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }[name],
  );

/** Start and end tags of a file, in order: enough for files that hold elements and attributes only, which is checked. */
function tags(path) {
  const text = readFileSync(path, 'utf8').replace(/<!--[\s\S]*?-->/g, '');
  const found = [];
  for (const [, close, name, attributes, empty] of text.matchAll(/<(\/?)(\w+)((?:\s+\w+="[^"]*")*)\s*(\/?)>/g)) {
    const values = {};
    for (const [, key, value] of attributes.matchAll(/(\w+)="([^"]*)"/g)) values[key] = unescape(value).replace(/\s+/g, ' ').trim();
    found.push({ open: close === '', close: close !== '' || empty !== '', name, values });
  }
  const opened = text.match(/<\w/g)?.length ?? 0;
  if (found.filter(({ open }) => open).length !== opened) throw new Error(`${path} holds tags that were not read`);
  return found;
}

const readJson = (name, suffix) => {
  const path = options.json === undefined ? '' : join(options.json, name, `${name}${suffix}.json`);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
};

// ── Names ──────────────────────────────────────────────────────────────────────────────────────────────────────────
// The XML has names without spaces and punctuation. They are replaced by the name as published: that of the same directory,
// or that of another one where id and letters are the same. Where there is neither, the name is taken apart at its capitals.

const published = new Map(); // directory → id → name
for (const name of new Set([...un, '3.0', '4.1'])) {
  const json = readJson(name, '');
  if (!json) continue;
  const names = new Map();
  const add = (id, text) => {
    const old = names.get(id);
    if (text && (old === undefined || old === old.toUpperCase())) names.set(id, text);
  };
  for (const [tag, segment] of Object.entries(json.Segments)) {
    add(tag, segment.Desc);
    for (const element of segment.Elements) {
      add(element.Id, element.Desc);
      for (const component of element.Components ?? []) add(component.Id, component.Desc);
    }
  }
  published.set(name, names);
}
const letters = (text) => text.replace(/[^A-Za-z0-9]/g, '').toLowerCase();
const spellings = (text) => [text, text.replaceAll('/', ' or '), text.split(/[-/(]/)[0]].map(letters); // as the XML may have it: whole, `/` as `or`, cut off
const elsewhere = new Map(); // id and letters → name, by the newest directory that has it
for (const names of published.values())
  for (const [id, text] of names)
    for (const [i, spelling] of spellings(text).entries()) {
      const key = `${id} ${spelling}`;
      const old = elsewhere.get(key);
      if (old === undefined || old.cut > i || (old.cut === i && text !== text.toUpperCase())) elsewhere.set(key, { text, cut: i });
    }

/** `partyNameFormatCoded` → `Party name format, coded`. */
const words = (camel) => {
  const spaced = camel
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace(/ ?,? coded$/, ', coded');
  return spaced[0].toUpperCase() + spaced.slice(1);
};
const sentence = (text) => (text === text.toUpperCase() ? text[0] + text.slice(1).toLowerCase() : text).replace(/\s+/g, ' ').trim();
const namer = (names) => (id, camel) => {
  const text = names?.get(id) ?? elsewhere.get(`${id} ${letters(camel)}`)?.text;
  return text === undefined ? words(camel) : sentence(text);
};

// ── One directory ──────────────────────────────────────────────────────────────────────────────────────────────────

/** Numbers by value, then letters. */
const byCode = (a, b) => {
  const [x, y] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  return x && y ? Number(a) - Number(b) || a.length - b.length : x !== y ? (x ? -1 : 1) : a < b ? -1 : a > b ? 1 : 0;
};
const byText = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const sorted = (map, order = byText) => [...map.entries()].sort(([a], [b]) => order(a, b));

function readSegments(name, path, nameOf) {
  const isService = name.startsWith('service'); // service segments have tags in U and belong to the service directories alone
  const [elements, composites, segments] = [new Map(), new Map(), new Map()];
  const set = (map, id, value) => {
    const old = map.get(id);
    if (old === undefined) map.set(id, value);
    else if (old !== value) throw new Error(`${name}: ${id} is defined twice: ${old} / ${value}`);
  };
  let [segment, composite, skip] = [undefined, undefined, false];
  for (const tag of tags(path)) {
    const { id, name: camel, required, type, length, maxlength, maxrepeat } = tag.values;
    if (tag.open && tag.name === 'segment') skip = !isService && id.startsWith('U');
    if (skip) continue;
    const mark = `${id}${required === 'true' ? '!' : ''}${maxrepeat && maxrepeat !== '1' ? `*${maxrepeat}` : ''}`;
    if (tag.open && tag.name === 'segment') segment = { id, parts: [], title: nameOf(id, camel) };
    else if (tag.open && tag.name === 'composite_data_element') {
      segment.parts.push(mark);
      composite = { id, parts: [], title: nameOf(id, camel) };
    } else if (tag.open && tag.name === 'data_element') {
      (composite ?? segment).parts.push(mark);
      set(elements, id, `${type}${length ?? `..${maxlength}`}\t${nameOf(id, camel)}`);
    }
    if (tag.close && tag.name === 'composite_data_element') {
      set(composites, composite.id, `${composite.parts.join(' ')}\t${composite.title}`);
      composite = undefined;
    } else if (tag.close && tag.name === 'segment') set(segments, segment.id, `${segment.parts.join(' ')}\t${segment.title}`);
  }
  return { elements, composites, segments };
}

/** Code lists by data element. Lists that stand there several times must agree; of those that do not, the reading of most is taken, and noted. */
function readCodes(name, path) {
  const copies = new Map();
  const twice = []; // [element, code, short name] of a code that its list has already
  let [element, list] = ['', undefined];
  for (const tag of tags(path)) {
    const { id, title, desc } = tag.values;
    if (tag.open && tag.name === 'data_element') {
      [element, list] = [id, new Map()];
      copies.set(id, [...(copies.get(id) ?? []), list]);
    } else if (tag.open && tag.name === 'code') {
      const text = title ?? desc; // the older directories have the short name as their only text
      if (list.has(id) && list.get(id) !== text) twice.push([element, id, text]);
      else list.set(id, text);
    }
  }
  const lists = Object.assign(new Map(), { twice });
  const doubled = [];
  for (const [element, all] of copies) {
    if (all.length > 1) doubled.push(element);
    const texts = all.map((each) => JSON.stringify(sorted(each)));
    const votes = (text) => texts.filter((other) => other === text).length;
    const most = [...texts].sort((a, b) => votes(b) - votes(a))[0];
    if (votes(most) < texts.length)
      note(
        name,
        `the code list of ${element} stands there ${texts.length} times and ${texts.length - votes(most)} of them differ: what ${votes(most)} say is taken`,
      );
    if (most !== '[]') lists.set(element, all[texts.indexOf(most)]);
  }
  if (doubled.length > 0) note(name, `${doubled.length} code lists stand there more than once`);
  return lists;
}

function readMessages(name, folder) {
  const messages = new Map();
  for (const file of readdirSync(folder).sort()) {
    const header = {};
    const lines = [];
    let depth = 0;
    for (const tag of tags(join(folder, file))) {
      const { id, value, required, maxrepeat } = tag.values;
      if (tag.name === 'data_element' && tag.open) header[id] = value;
      if (tag.open && (tag.name === 'segment' || tag.name === 'group'))
        lines.push(`${' '.repeat(depth)}${id}${required === 'true' ? '!' : ''}${maxrepeat && maxrepeat !== '1' ? ` ${maxrepeat}` : ''}`);
      if (tag.name === 'group') depth += tag.open ? 1 : -1;
    }
    const type = file.slice(0, 6).toUpperCase();
    const stated = ['0065', '0052', '0054', '0051'].map((id) => header[id]);
    if (header['0312'] !== undefined) {
      note(name, `${type} is an interactive message`);
      [stated[1], stated[2]] = [header['0312'], header['0316']];
    }
    const own = [type, ...(name.startsWith('service') ? stated.slice(1, 3) : [name.slice(0, 1), name.slice(1)]), 'UN'];
    if (stated.join() !== own.join())
      note(
        name,
        `${type} states ${stated.map((each) => each ?? 'nothing').join(' ')} as its identifier: type and directory are those of its file name and folder`,
      );
    if (lines.length === 0) note(name, `${type} has no structure`);
    if (lines.length > 0) messages.set(type, { header: own, lines });
  }
  return messages;
}

/** A directory as lines: what is the same in two directories is the same text. */
function read(name, folder, codesPath, json) {
  const { elements, composites, segments } = readSegments(name, join(folder, 'segments.xml'), namer(published.get(json)));
  const codes = readCodes(name, codesPath);
  const messages = readMessages(name, join(folder, 'messages'));
  return { name, elements, composites, segments, codes, messages };
}

/** What a directory says, as it is written where it stands alone: the text that its checksum is of. */
function plain({ elements, composites, segments, codes, messages }) {
  const rows = (map) => sorted(map).map(([id, text]) => `${id}\t${text}\n`);
  return [
    [...rows(elements), ...rows(composites), ...rows(segments)].join(''),
    sorted(messages).map(([, { header, lines }]) => `@${header.join(' ')}\n${lines.join('\n')}\n`).join(''),
    sorted(codes).map(([id, list]) => `@${id}\n${sorted(list, byCode).map(([code, text]) => `${code}\t${text}\n`).join('')}`).join(''),
  ];
} // prettier-ignore

// ── The second rendering ───────────────────────────────────────────────────────────────────────────────────────────
// The XML has lost things: components whose names have a hyphen or a comma, sixth digits of repetitions, an X in front of some codes.
// The JSON shows where, for the directories it has. What is known to be lost is put back, and every such place is noted:
//
//   1. the JSON has what the XML lacks, and otherwise they agree: the JSON is taken, in every directory where the XML reads the same;
//   2. between two such directories: what both neighbors have was there in between, and what is lost inside of a composite shows.
//
// Where the two contradict each other in another way the XML is taken, and that is noted too.

const bare = (parts) => parts.replaceAll('!', '').split(' ').filter(Boolean);
/** Whether everything of `some` stands in `all`, in order. */
const within = (some, all) => {
  let at = 0;
  for (const each of all) if (some[at] === each) at++;
  return at === some.length;
};
const startsWith = (all, some) => some.every((each, i) => all[i] === each);
/** The longest sequence that stands in both. */
function common(a, b) {
  const table = Array.from({ length: a.length + 1 }, () => Array(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--) table[i][j] = a[i] === b[j] ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1]);
  const found = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;)
    if (a[i] === b[j]) [found[found.length], i, j] = [a[i], i + 1, j + 1];
    else if (table[i + 1][j] >= table[i][j + 1]) i++;
    else j++;
  return found;
}

const [partsOf, titleOf] = [(line) => line.split('\t')[0], (line) => line.split('\t')[1]];

/** What the JSON says, in the terms of the tables. Its names are read already. */
function second(name) {
  const [tables, structures] = [readJson(name, ''), readJson(name, '_versions')];
  if (!tables) return undefined;
  const made = { elements: new Map(), composites: new Map(), segments: new Map(), codes: new Map(), messages: new Map() };
  const marks = (list) => list.map((each) => each.Id + (each.Required ? '!' : '')).join(' ');
  const element = ({ Id, DataType, MinLength, MaxLength, Length, QualifierRef }) => {
    const [min, max] = [MinLength || (Length ?? 0), MaxLength ?? Length];
    if (DataType !== undefined) made.elements.set(Id, `${DataType.toLowerCase()}${min === max ? max : `..${max}`}`);
    if (QualifierRef && tables.Qualifiers[QualifierRef]) made.codes.set(Id, new Map(Object.entries(tables.Qualifiers[QualifierRef])));
  };
  for (const [tag, segment] of Object.entries(tables.Segments)) {
    if (tag.startsWith('U')) continue;
    made.segments.set(tag, marks(segment.Elements));
    for (const each of segment.Elements) {
      if (each.Components) {
        made.composites.set(each.Id, marks(each.Components));
        each.Components.forEach(element);
      } else element(each);
    }
  }
  for (const { DocumentType, TransactionSet } of Object.values(structures.DocumentTypes)) {
    let groups = 0;
    const lines = (nodes, depth) =>
      nodes.flatMap(({ Id, Min = 1, Max = 1, Loop }) => {
        const id = Loop ? `SG${++groups}` : Id;
        return [`${' '.repeat(depth)}${id}${Min > 0 ? '!' : ''}${Max > 1 ? ` ${Max}` : ''}`, ...(Loop ? lines(Loop, depth + 1) : [])];
      });
    made.messages.set(DocumentType, lines(TransactionSet, 0));
  }
  return made;
}

/** Whether a structure is another one with nodes left out, and repetitions cut to five digits. */
function isCut(mine, full) {
  let at = 0;
  for (const line of full) {
    if (mine[at] === line || (/ \d{6,}$/.test(line) && mine[at] === line.replace(/( \d{5})\d+$/, '$1'))) at++;
  }
  return at === mine.length;
}

/** Rule 1. Compares every fact of the directories that the JSON has, and carries what was lost to those where the XML reads the same. */
function putBack(directories) {
  for (const directory of directories) {
    const json = second(directory.name);
    if (!json) continue;
    let compared = 0;
    let differ = 0;
    const open = (text, count = 1) => {
      differ += count;
      note(directory.name, `the two renderings differ in ${text}`);
    };
    for (const kind of ['elements', 'composites', 'segments', 'codes', 'messages']) for (const [id] of json[kind]) compared += kind === 'codes' ? directory.codes.get(id)?.size ?? 0 : 1; // prettier-ignore

    const carry = (kind, id, from, to) => {
      differ++;
      for (const other of directories) {
        const line = other[kind].get(id);
        if (line === undefined || partsOf(line).replace(/\*\d+/g, '') !== from) continue;
        other[kind].set(id, `${to}\t${titleOf(line)}`);
        note(other.name, `${id}: \`${from}\` → \`${to}\`, as ${directory.name} has it in the second rendering`);
      }
    };
    for (const kind of ['composites', 'segments'])
      for (const [id, other] of json[kind]) {
        const line = directory[kind].get(id);
        const mine = line && partsOf(line).replace(/\*\d+/g, '');
        if (mine === other) continue;
        if (mine !== undefined && within(mine.split(' '), other.split(' '))) carry(kind, id, mine, other);
        else open(`${id}: \`${mine ?? 'nothing'}\` / \`${other}\``);
      }
    for (const [id, other] of json.elements) {
      const line = directory.elements.get(id);
      const mine = line && partsOf(line);
      if (mine === undefined) {
        differ++;
        directory.elements.set(id, `${other}\t${namer(published.get(directory.name))(id, published.get(directory.name).get(id))}`);
        note(directory.name, `${id}: nothing → \`${other}\`, as the second rendering has it`);
      } else if (mine !== other) {
        if (mine.replace('..', '') === other) carry('elements', id, mine, other);
        else open(`${id}: \`${mine}\` / \`${other}\``);
      }
    }
    for (const [id, other] of json.codes) {
      const mine = directory.codes.get(id);
      if (!mine) {
        if (other.size === 0) continue;
        differ++;
        directory.codes.set(id, other);
        note(directory.name, `the code list of ${id}: none → ${other.size} codes, as the second rendering has it`);
        continue;
      }
      const again = directory.codes.twice.filter(([element, code, text]) => element === id && other.get(`X${code}`) === text);
      for (const [, code, text] of again)
        for (const each of directories) {
          if (!each.codes.twice.some((one) => one.join() === [id, code, text].join())) continue;
          each.codes.get(id).set(`X${code}`, text);
          each.codes.twice = each.codes.twice.filter((one) => one.join() !== [id, code, text].join());
          note(each.name, `code \`${code}\` of ${id} (${text}) → \`X${code}\`, as ${directory.name} has it in the second rendering`);
        }
      const whole = (code) => (mine.has(code) && !other.has(code) && other.has(`X${code}`) && !mine.has(`X${code}`) ? `X${code}` : undefined);
      for (const code of [...mine.keys()]) {
        const to = whole(code);
        if (to === undefined) continue;
        differ++;
        const text = mine.get(code);
        for (const each of directories) {
          const list = each.codes.get(id);
          if (list?.get(code) !== text || list.has(to)) continue;
          list.delete(code);
          list.set(to, text);
          note(each.name, `code \`${code}\` of ${id} (${text}) → \`${to}\`, as ${directory.name} has it in the second rendering`);
        }
      }
      for (const [what, codes] of [['first', [...mine.keys()].filter((code) => !other.has(code))], ['second', [...other.keys()].filter((code) => !mine.has(code))]])
        if (codes.length > 0) open(`codes of ${id}: only in the ${what} \`${codes.join(' ')}\``, codes.length); // prettier-ignore
    }
    for (const [type, full] of json.messages) {
      const own = directory.messages.get(type);
      if (own?.lines.join('\n') === full.join('\n')) continue;
      const cut = own && isCut(own.lines.map((line) => line.replace(/SG\d+/, 'SG')), full.map((line) => line.replace(/SG\d+/, 'SG'))); // prettier-ignore
      if (!cut) open(`the structure of ${type}`);
      else {
        differ++;
        const from = own.lines.join('\n');
        for (const other of directories) {
          const message = other.messages.get(type);
          if (message?.lines.join('\n') !== from) continue;
          message.lines = full;
          const lost = full.length - own.lines.length;
          note(other.name, `${type}: ${lost > 0 ? `${lost} places, and ` : ''}the repetitions of more than five digits, as ${directory.name} has them in the second rendering`);
        } // prettier-ignore
      }
    }
    note(directory.name, `compared with the second rendering in ${compared} facts: ${differ} differ`);
  }
}

/** Rule 2. A directory between two that were compared. */
function bridge(directories) {
  const checked = directories.map(({ name }) => published.has(name));
  for (const [i, directory] of directories.entries()) {
    const [before, after] = [directories.findLast((_, j) => j < i && checked[j]), directories.find((_, j) => j > i && checked[j])];
    if (checked[i] || !before || !after) continue;
    for (const kind of ['composites', 'segments'])
      for (const [id, line] of directory[kind]) {
        const mine = partsOf(line);
        const [older, newer] = [before, after].map((each) => each[kind].get(id)).map((each) => each && partsOf(each));
        if (mine === older || mine === newer) continue;
        const both = older === undefined || newer === undefined ? [] : common(bare(older), bare(newer));
        const held = [older, newer].filter((each) => each !== undefined && within(bare(mine), bare(each)) && within(both, bare(each)));
        const full = held.sort((a, b) => a.length - b.length)[0];
        if (full === undefined) continue; // it has something that neither has: a state of its own
        const inside = !startsWith(bare(full), bare(mine));
        const lost = !within(both, bare(mine));
        if (bare(full).join() === bare(mine).join() ? older !== newer : !inside && !lost) {
          if (kind === 'composites') note(directory.name, `${id} reads \`${mine}\`, between \`${older ?? 'nothing'}\` of ${before.name} and \`${newer ?? 'nothing'}\` of ${after.name}: taken as it reads`);
          continue;
        } // prettier-ignore
        directory[kind].set(id, `${full}\t${titleOf(line)}`);
        note(
          directory.name,
          `${id}: \`${mine}\` → \`${full}\`, between \`${older ?? 'nothing'}\` of ${before.name} and \`${newer ?? 'nothing'}\` of ${after.name}`,
        );
      }
  }
}

/** Elements that are named again need their format: that of the nearest directories on both sides, which must agree, or of the only one. */
function defineElements(directories) {
  for (const [i, directory] of directories.entries()) {
    const used = new Set([...directory.composites.values(), ...directory.segments.values()].flatMap((line) => partsOf(line).replace(/\*\d+/g, '').replaceAll('!', '').split(' '))); // prettier-ignore
    for (const id of used) {
      if (!/^\d/.test(id) || directory.elements.has(id)) continue;
      const found = [directories.findLast((each, j) => j < i && each.elements.has(id)), directories.find((each, j) => j > i && each.elements.has(id))].filter(Boolean);
      const [older, newer] = [found[0], found.at(-1)].map((each) => partsOf(each.elements.get(id)));
      const names = found.length > 1 ? 'the nearest directories on both sides' : 'the nearest directory';
      directory.elements.set(id, found.at(-1).elements.get(id));
      if (older === newer) note(directory.name, `${id}: nothing → \`${newer}\`, as ${names} have it`);
      else note(directory.name, `${id} has no format; ${names} have \`${older}\` and \`${newer}\`: the newer is taken`);
    } // prettier-ignore
  }
}

// ── Writing ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Which of the names: '' all, `D95B..D96B D98A..`: from the first to the last named, open to an end of the list. */
function range(has, names) {
  const runs = [];
  names.forEach((name, i) => {
    if (!has.has(name)) return;
    const last = runs.at(-1);
    if (last && last[1] === i - 1) last[1] = i;
    else runs.push([i, i]);
  });
  if (runs.length === 1 && runs[0][0] === 0 && runs[0][1] === names.length - 1) return '';
  const text = ([from, to]) => (from === to ? names[from] : `${from === 0 ? '' : names[from]}..${to === names.length - 1 ? '' : names[to]}`);
  return `\t${runs.map(text).join(' ')}`;
}

/** Lines of all directories with the range of each, in the order of ids, then of the directories. */
function merge(directories, rowsOf, order) {
  const names = directories.map(({ name }) => name);
  const ids = new Map(); // id → text → names
  for (const directory of directories)
    for (const [id, text] of rowsOf(directory)) {
      const texts = ids.get(id) ?? new Map();
      ids.set(id, texts.set(text, (texts.get(text) ?? new Set()).add(directory.name)));
    }
  return sorted(ids, order).flatMap(([id, texts]) => [...texts].map(([text, has]) => ({ id, text, range: range(has, names) })));
}

const sha256 = (text) => createHash('sha256').update(text).digest('hex');

function write(folder, title, directories) {
  const names = directories.map(({ name }) => name);
  const head = `# ${title}. Facts only (ids, formats, status, repetition, code values, short names), as published by UN/ECE;
# read from php-edifact/edifact-mapping at c875cda0 and, where it has them, compared with the rendering of hellooops/vscode-edi-support.
# Made by bin/make-directory.mjs; do not edit. The last field of a line, where there is one, is the range of directories in which it holds.
`;
  const row = ({ id, text, range }) => `${id}\t${text}${range}\n`;
  const codeIds = [...new Set(directories.flatMap(({ codes }) => [...codes.keys()]))].sort();
  const files = {
    'segments.txt':
      '# id, then format (elements) or parts (composites, segments; ! mandatory, *n may repeat n times), then name; separated by tabs\n' +
      ['elements', 'composites', 'segments'].flatMap((kind) => merge(directories, (directory) => directory[kind]).map(row)).join(''),
    'codes.txt':
      '# @data element, then its values: code, tab, short name\n' +
      codeIds.map((id) => `@${id}\n${merge(directories, ({ codes }) => codes.get(id) ?? [], byCode).map(row).join('')}`).join(''),
    'messages.txt':
      '# @type version release agency (= that of the directory), then segments and groups, indented by group: ! mandatory, then the number of repetitions where above 1\n' +
      merge(directories, ({ name, messages }) =>
        [...messages].map(([type, { header, lines }]) => [type, JSON.stringify([header.map((part) => (part === name.slice(1) ? '=' : part)).join(' '), lines])]),
      )
        .map(({ text, range }) => [JSON.parse(text), range])
        .map(([[header, lines], range]) => `@${header}${range}\n${lines.join('\n')}\n`)
        .join(''),
  }; // prettier-ignore
  mkdirSync(join(options.out, folder), { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(options.out, folder, file), head + text);
  const index =
    '# the tables with the SHA-256 of each, then the directories in order with the SHA-256 of what each says when it stands alone (segments, messages, codes)\n' +
    Object.entries(files).map(([file, text]) => `${file}\t${sha256(head + text)}\n`).join('') +
    directories.map((directory) => `${directory.name}\t${sha256(plain(directory).join('\0'))}\n`).join(''); // prettier-ignore
  writeFileSync(join(options.out, folder, 'index.txt'), head.replace(/The last field.*$/m, '').replace(/ $/m, '') + index);
  console.error(`${folder}: ${names[0]} to ${names.at(-1)}, ${names.length} directories`);
}

const directories = un.map((name) => read(name, join(options.xml, name), join(options.xml, name, 'codes.xml'), name));
const service = Object.entries(services).map(([name, { folder, codes }]) => read(name, join(options.xml, folder), join(options.xml, codes)));
putBack(directories);
bridge(directories);
defineElements(directories);
for (const { name, codes } of directories)
  for (const [element, code, text] of codes.twice) note(name, `code ${code} stands twice in the list of ${element}; not taken: \`${text}\``);
write('un', `UN/EDIFACT directories ${un[0]} to ${un.at(-1)}`, directories);
write('service', 'UN/EDIFACT service directories, syntax versions 1 to 4 (ISO 9735, CONTRL of D.3)', service);

const page = [
  '# What the sources leave open',
  '',
  'Made by `bin/make-directory.mjs`; do not edit. The facts were read from one rendering of all directories (the XML) and compared with a second one of D95B, D96B, D01B and D16A. This is where the two differ, where one of them says a thing twice or not at all, and what was taken. The rules stand in the script. In directories that were not compared a repetition of exactly five digits may have lost a sixth; that is said of none of them. Neither rendering says how often a data element or composite may be repeated within a segment, as some may from D.97A on: once is taken, unless the segment lists it several times.',
  '',
  '| directories | |',
  '| --- | --- |',
  ...[...notes].map(([text, has]) => `| ${has.values().next().value.startsWith('service') ? [...has].join(' ') : range(has, un).trim() || 'all'} | ${text.replaceAll('|', '\\|')} |`),
  '',
].join('\n'); // prettier-ignore
writeFileSync(join(options.out, 'NOTES.md'), page);
console.error(`${notes.size} notes`);
