import type { Attribute, Dictionary, DictionaryClass } from './dictionary.ts';
import { writeType } from './type.ts';

/** An entry of the dictionary as plain values: for people, for export, for a search. */
export interface Entry {
  readonly path: string;
  readonly title: string;
  readonly type: string; // 'class', or the written form of a type
  readonly card: '1' | '0..1' | '1..n' | '0..n';
  readonly wco: string; // '' where none is known
  readonly aliases: readonly string[];
  readonly tded: string;
  readonly usage: readonly string[];
  readonly verified: boolean;
  readonly extension: string; // '' where it is of the model
  readonly key: readonly string[]; // of a class
  readonly source: string;
}

const classEntry = (cls: DictionaryClass): Entry => ({
  path: cls.path,
  title: cls.title,
  type: 'class',
  card: cls.many ? (cls.required ? '1..n' : '0..n') : cls.required ? '1' : '0..1',
  wco: cls.wco ?? '',
  aliases: cls.aliases,
  tded: '',
  usage: cls.usage,
  verified: cls.verified,
  extension: cls.extension ?? '',
  key: cls.key,
  source: cls.source,
});

const attributeEntry = (attribute: Attribute): Entry => ({
  path: attribute.path,
  title: attribute.title,
  type: writeType(attribute.type),
  card: attribute.required ? '1' : '0..1',
  wco: attribute.wco ?? '',
  aliases: attribute.aliases,
  tded: attribute.tded ?? '',
  usage: attribute.usage,
  verified: attribute.verified,
  extension: attribute.extension ?? '',
  key: [],
  source: attribute.source,
});

/** Every class, each followed by its attributes, in the order of the dictionary. */
export function* entries(dictionary: Dictionary): Generator<Entry> {
  for (const cls of dictionary.classes) {
    yield classEntry(cls);
    for (const attribute of cls.attributes) yield attributeEntry(attribute);
  }
}

/** A class with its attributes and the classes below it, or one attribute; nothing where the path leads nowhere. */
export function entriesAt(dictionary: Dictionary, path: string): readonly Entry[] {
  const attribute = dictionary.attribute(path);
  if (attribute) return [attributeEntry(attribute)];
  const cls = dictionary.class(path);
  return cls ? [classEntry(cls), ...cls.attributes.map(attributeEntry), ...cls.classes.map(classEntry)] : [];
}

/** Entries whose id, number, name or title has the text: an id or a number that is the text alone first, then what is verified, then the nearest to the root. */
export function search(dictionary: Dictionary, text: string): readonly Entry[] {
  const wanted = text.toLowerCase();
  const exact: Entry[] = [];
  const others: Entry[] = [];
  for (const entry of entries(dictionary)) {
    if ([entry.wco, entry.tded, ...entry.aliases].some((id) => id.toLowerCase() === wanted)) exact.push(entry);
    else if (
      entry.path
        .slice(entry.path.search(/[^/.]*$/))
        .toLowerCase()
        .includes(wanted) ||
      entry.title.toLowerCase().includes(wanted)
    )
      others.push(entry);
  }
  return [...exact.sort(nearer), ...others.sort(nearer)];
}

const nearer = (a: Entry, b: Entry): number => Number(b.verified) - Number(a.verified) || a.path.split(/[/.]/).length - b.path.split(/[/.]/).length;
