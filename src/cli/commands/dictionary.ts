import { didYouMean } from '../../diagnostics/suggest.ts';
import type { Dictionary } from '../../dictionary/dictionary.ts';
import { entries, entriesAt, search, type Entry } from '../../dictionary/entries.ts';
import { table } from '../bench-command.ts';
import { libraryFor } from '../library.ts';
import { configOption } from '../options.ts';
import { UsageError, type Command, type Io } from '../main.ts';
import { byVerb } from '../verbs.ts';

const listed = 40; // rows of a search, unless all are wanted

export const dictionary: Command = {
  usage: 'portolan dictionary [search TEXT | show PATH | export] [--all] [--json]',
  summary:
    'What facts are called: classes and attributes of the WCO Data Model with their ids, UN/TDED numbers, types and sources. `search` finds a name, a title or an id; `show` prints one class or attribute, and the code lists its values are held to; `export` prints every entry.',
  example: 'portolan dictionary search seal && portolan dictionary show Declaration/TransportEquipment/Seal',
  options: { ...configOption, all: { type: 'boolean' } },
  only: { all: ['search'] },
  args: [0, 2],
  async run(io) {
    const [verb, text, ...rest] = io.args;
    const { dictionary: loaded, judging } = libraryFor(io.options);
    if (verb === undefined) return summary(io, loaded);
    if (rest.length > 0 || (verb === 'export') !== (text === undefined))
      throw new UsageError(`\`${verb}\` takes ${verb === 'export' ? 'nothing' : 'one text or path'}`);
    const found = byVerb(verbs, verb);
    const lists = (path: string): readonly string[] => {
      const attribute = verb === 'show' ? loaded.attribute(path) : undefined;
      const cls = attribute && loaded.class(path.slice(0, path.lastIndexOf('.')));
      return cls ? judging.codes.checks.listsOf(cls, attribute).map(({ name }) => name) : [];
    };
    return print(
      io,
      found(loaded, text ?? '').map((each) => ({ ...each, lists: lists(each.path) })),
      verb === 'search' && io.options['all'] !== true ? listed : Infinity,
    );
  },
};

const verbs: Readonly<Record<string, (loaded: Dictionary, text: string) => readonly Entry[]>> = {
  search,
  show(loaded, path) {
    const found = entriesAt(loaded, path);
    if (found.length === 0) {
      const names = loaded.classes.flatMap((cls) => [cls.path, ...cls.attributes.map((attribute) => attribute.path)]);
      throw new UsageError(`there is no class or attribute \`${path}\`${didYouMean(path, names)}`);
    }
    return found;
  },
  export: (loaded) => [...entries(loaded)],
};

function summary({ options, out }: Io, { name, version, hash, roots, classes }: Dictionary): 0 {
  const attributes = classes.flatMap((cls) => cls.attributes);
  const all = [...classes, ...attributes];
  const facts = {
    name,
    version,
    hash,
    roots: roots.map((root) => root.name),
    classes: classes.length,
    attributes: attributes.length,
    verified: all.filter((each) => each.verified).length,
    extensions: Object.fromEntries(
      [...new Set(all.flatMap(({ extension }) => extension ?? []))].map((extension) => [extension, all.filter((each) => each.extension === extension).length]),
    ),
  };
  if (options['json']) out(`${JSON.stringify(facts, null, 2)}\n`);
  else {
    const rows = Object.entries(facts).map(([key, value]) => [key, typeof value === 'object' ? JSON.stringify(value) : String(value)]);
    out(table(['', ''], rows));
  }
  return 0;
}

function print({ options, out, tell }: Io, found: readonly (Entry & { readonly lists: readonly string[] })[], most: number): 0 | 1 {
  if (options['json']) out(`${JSON.stringify({ entries: found }, null, 2)}\n`);
  else {
    const rows = found
      .slice(0, most)
      .map((each) => [
        each.path,
        each.type,
        each.card,
        [each.wco, ...each.aliases.map((alias) => `(${alias})`)].join(' ').trim(),
        each.tded,
        each.usage.join(' '),
        [each.verified ? '' : 'unverified', each.extension === '' ? '' : `+${each.extension}`, ...each.lists.map((list) => `list ${list}`)]
          .filter(Boolean)
          .join(' '),
        each.title,
      ]);
    out(table(['path', 'type', 'card', 'WCO', 'TDED', 'usage', '', 'title'], rows));
    if (found.length > most) tell(`${found.length - most} more; --all lists them\n`);
  }
  return found.length > 0 ? 0 : 1;
}
