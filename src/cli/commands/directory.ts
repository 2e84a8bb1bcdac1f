import { didYouMean } from '../../diagnostics/suggest.ts';
import type { Directories } from '../../gateway/library/directories.ts';
import { readDirectories } from '../../gateway/library/tables.ts';
import {
  compareThing,
  lookUp,
  reading,
  searchDirectory,
  usesOf,
  type Change,
  type Found,
  type NodeView,
  type PartView,
  type Thing,
} from '../../syntax/edifact/compare.ts';
import { withService, type Directory } from '../../syntax/segments/directory.ts';
import { rangeText } from '../../syntax/edifact/range.ts';
import { table } from '../bench-command.ts';
import { configFolder, configOption } from '../options.ts';
import { UsageError, type Command, type ExitCode, type Io, type Options } from '../main.ts';
import { byVerb } from '../verbs.ts';
import { programFolder } from '../program.ts';
import { add } from './directory-add.ts';

export const directory: Command = {
  usage: 'portolan directory [show ID|codes ID|message TYPE|search TEXT|diff ID FROM TO|add FOLDER] [--in DIRECTORY] [--all] [--config DIR] [--json]',
  summary:
    'The UN/EDIFACT directories: which there are; what a message, segment, composite or data element is; what a coded element may be; where a text occurs; what became of an id from one directory to another. Without --in: in the newest directory that has it. `add` makes a directory of the files that the UN publishes, unpacked in FOLDER, and puts it into `directories/` of --config, or beside the shipped ones.',
  example: 'portolan directory show C507 --in D96B && portolan directory diff 3035 D95B D99B',
  options: { ...configOption, in: { type: 'string' }, all: { type: 'boolean' } },
  only: { in: ['show', 'codes', 'message', 'search'], all: ['diff', 'add'] },
  args: [0, 4],
  async run(io) {
    const [verb = 'list', ...names] = io.args;
    const does = byVerb(verbs, verb);
    if (names.length !== does.takes.length)
      throw new UsageError(`\`directory ${verb}\` takes ${does.takes.length === 0 ? 'nothing more' : does.takes.join(' ')}`);
    return does.run(io, names);
  },
};

interface Verb {
  readonly takes: readonly string[];
  run(io: Io, names: readonly string[]): ExitCode;
}

const directoriesFor = (options: Options): Directories => readDirectories({ root: programFolder, maps: configFolder(options) });
const isService = (name: string): boolean => name.startsWith('service-');

const verbs: Readonly<Record<string, Verb>> = {
  list: {
    takes: [],
    run({ options, out }) {
      const directories = directoriesFor(options);
      const rows = directories.names.map((name) => {
        const { messageTypes, segments, composites, elements } = named(directories, name);
        return { name, messages: messageTypes.length, segments: segments.size, composites: composites.size, elements: elements.size };
      });
      const lines = rows.map((row) => Object.values(row).map(String));
      print({ options, out }, { directories: rows }, () => table(['directory', 'messages', 'segments', 'composites', 'elements'], lines));
      return 0;
    },
  },

  show: {
    takes: ['ID'],
    run(io, [id = '']) {
      const directories = directoriesFor(io.options);
      const { name, found } = find(io.options, directories, id);
      const thing = view(directories, found, id);
      const readings = readingsOf(directories, id);
      const uses = usesOf(found, id);
      print(io, { directory: name, ...thing, usedIn: uses, readings }, () => {
        const others = thing.kind === 'message' ? readings.map((each) => ({ ...each, reading: '' })) : readings;
        return `${heading(thing, name)}${body(thing)}${uses.length === 0 ? '' : `\nused in ${uses.join(' ')}\n`}\n${columns(others.map((each) => [each.in, each.reading]))}`; // prettier-ignore
      });
      return 0;
    },
  },

  message: {
    takes: ['TYPE'],
    run(io, [type = '']) {
      const directories = directoriesFor(io.options);
      const { name, found } = find(io.options, directories, type, 'message');
      const thing = view(directories, found, type);
      print(io, { directory: name, ...thing }, () => `${heading(thing, name)}${body(thing)}`);
      return 0;
    },
  },

  codes: {
    takes: ['ID'],
    run(io, [id = '']) {
      const directories = directoriesFor(io.options);
      const { name, found } = find(io.options, directories, id, 'element');
      const element = lookUp(found, id)!;
      const codes = [...(found.codes(id) ?? [])].map(([code, text]) => ({ code, name: text }));
      print(io, { directory: name, ...element, codes }, () =>
        codes.length === 0 ? `${heading(element, name)}no code list in ${name}\n` : `${heading(element, name)}${columns(codes.map((each) => [each.code, each.name]))}`,
      ); // prettier-ignore
      return 0;
    },
  },

  search: {
    takes: ['TEXT'],
    run(io, [text = '']) {
      const directories = directoriesFor(io.options);
      const where = io.options['in'] === undefined ? directories.names : [String(io.options['in'])];
      const found = new Map<string, { each: Found; has: Set<string> }>();
      for (const name of where)
        for (const each of searchDirectory(named(directories, name), text)) {
          const key = `${each.kind} ${each.id} ${each.name}`;
          found.set(key, { each, has: (found.get(key)?.has ?? new Set()).add(name) });
        }
      const hits = [...found.values()].map(({ each, has }) => ({ ...each, in: rangeText(has, where) }));
      print(io, { text, found: hits }, () => (hits.length === 0 ? '' : columns(hits.map((each) => [each.kind, each.id, each.name, each.in])))); // prettier-ignore
      if (hits.length === 0) io.tell(`nothing is named so in ${where.length === 1 ? where[0]! : `any of ${where.length} directories`}\n`);
      return 0;
    },
  },

  diff: {
    takes: ['ID', 'FROM', 'TO'],
    run(io, [id = '', from = '', to = '']) {
      const directories = directoriesFor(io.options);
      const changes = compareThing(named(directories, from), named(directories, to), id);
      if (!changes) throw new UsageError(`neither ${from} nor ${to} has \`${id}\``);
      print(io, { id, from, to, changes }, () => changesText(changes, id, io.options['all'] === true));
      if (changes.length === 0) io.tell(`${id} is the same in ${from} and ${to}\n`);
      return 0;
    },
  },

  add: { takes: ['FOLDER'], run: add },
};

/** JSON, or text for people; of one and the same answer. */
function print({ options, out }: Pick<Io, 'options' | 'out'>, answer: unknown, text: () => string): void {
  out(options['json'] ? `${JSON.stringify(answer, null, 2)}\n` : text());
}

function named(directories: Directories, name: string): Directory {
  const found = directories.get(name);
  if (!found) throw new UsageError(`there is no directory \`${name}\`${didYouMean(name, directories.names)}`);
  return found;
}

/** The directory that was named, or the newest that has the id; service directories come last. */
function find(options: Options, directories: Directories, id: string, kind?: Thing['kind']): { readonly name: string; readonly found: Directory } {
  const stated = options['in'] as string | undefined;
  const newest = [...directories.names.filter((name) => !isService(name)).reverse(), ...directories.names.filter(isService).reverse()];
  const where = stated === undefined ? newest : [stated];
  for (const name of where) {
    const found = named(directories, name);
    const thing = lookUp(found, id);
    if (thing && (kind === undefined || thing.kind === kind)) return { name, found };
  }
  const { elements, composites, segments, messageTypes } = named(directories, where[0]!);
  const known = [...elements.keys(), ...composites.keys(), ...segments.keys(), ...messageTypes];
  throw new UsageError(
    `there is no ${kind ?? 'message, segment, composite or data element'} \`${id}\` in ${stated ?? 'any directory'}${didYouMean(id, known)}`,
  );
}

/** With the names of service segments. */
const view = (directories: Directories, found: Directory, id: string): Thing => lookUp(withService(found, directories.service('4')!), id)!;

/** What the directories say of an id, and which say so. */
function readingsOf(directories: Directories, id: string): readonly { readonly in: string; readonly reading: string }[] {
  const readings = new Map<string, Set<string>>();
  for (const name of directories.names) {
    const thing = lookUp(named(directories, name), id);
    if (!thing) continue;
    const text = reading(thing);
    readings.set(text, (readings.get(text) ?? new Set()).add(name));
  }
  const of = (has: ReadonlySet<string>): readonly string[] => directories.names.filter((name) => isService(name) === isService([...has][0]!));
  return [...readings].map(([text, has]) => ({ in: rangeText(has, of(has)), reading: text }));
}

const heading = (thing: Thing, name: string): string =>
  thing.kind === 'message' ? `${thing.id} ${thing.version} ${thing.agency}, ${name}\n` : `${thing.id} ${thing.name}, ${name}\n`;

function body(thing: Thing): string {
  if (thing.kind === 'element') return `${thing.format}${thing.codes === 0 ? '' : `, ${thing.codes} codes`}\n`;
  return columns(thing.kind === 'message' ? thing.nodes.flatMap((node) => nodeRows(node, '')) : thing.parts.flatMap((part) => partRows(part, '')));
}

/** A table without a head. */
const columns = ([first = [], ...rest]: readonly (readonly string[])[]): string => table(first, rest);

const partRows = (part: PartView, depth: string): string[][] => [
  [`${depth}${part.id}`, part.status, part.repeat > 1 ? String(part.repeat) : '', part.format ?? '', part.name],
  ...(part.parts ?? []).flatMap((inner) => partRows(inner, `${depth}  `)),
];

const nodeRows = (node: NodeView, depth: string): string[][] => [
  [`${depth}${node.id}`, node.status, String(node.repeat), node.name ?? ''],
  ...(node.nodes ?? []).flatMap((inner) => nodeRows(inner, `${depth}  `)),
];

const signs = { added: '+', removed: '-', changed: '~', renamed: '~' } as const;

/** New names and single code values are counted where something larger was asked for: there are hundreds of them. */
function changesText(changes: readonly Change[], id: string, all: boolean): string {
  const isCode = ({ what }: Change): boolean => /^\d{4} /.test(what);
  const folded = all || /^\d/.test(id) ? [] : changes.filter((each) => isCode(each) || each.change === 'renamed');
  const lines = changes.filter((each) => !folded.includes(each)).map((each) => {
    const texts = [each.before, each.after].filter((text) => text !== undefined);
    return `${signs[each.change]} ${each.what}${texts.length === 0 ? '' : `: ${texts.join(' → ')}`}\n`;
  }); // prettier-ignore
  const elements = [...new Set(folded.filter(isCode).map(({ what }) => what.slice(0, 4)))];
  const count = (element: string, change: Change['change']): number =>
    folded.filter((each) => each.change === change && each.what.startsWith(`${element} `)).length;
  const tally = elements.map(
    (element) => `~ codes of ${element}: ${count(element, 'added')} added, ${count(element, 'removed')} removed, ${count(element, 'renamed')} renamed\n`,
  );
  const renamed = folded.filter((each) => !isCode(each)).map(({ what }) => what);
  return [...lines, ...(renamed.length === 0 ? [] : [`~ other names alone: ${renamed.join(' ')}\n`]), ...tally].join('');
}
