import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Attribute, Dictionary, DictionaryClass } from '../dictionary/dictionary.ts';
import type { Rows, Value } from '../dictionary/rows.ts';
import { addDecimals, compareDecimals, isQuantity } from '../dictionary/value.ts';
import { readYaml, yamlKinds, type TextFile } from '../language/file.ts';

/** Documents that belong together: shipped in `schemas/sets`. */
export interface DocumentSet {
  readonly set: string;
  readonly title: string;
  readonly documents: Readonly<Record<string, DocumentKind>>;
  readonly needs: readonly (readonly string[])[];
  readonly agree: readonly Agreement[];
}

export interface DocumentKind {
  readonly title: string;
  readonly maps: readonly string[]; // a map, or all below it
  readonly at: readonly string[]; // class paths
  readonly key: string; // from the row
  readonly where?: Readonly<Record<string, readonly string[]>>;
  readonly by?: string;
}

export interface Agreement {
  readonly title: string;
  readonly facts: Readonly<Record<string, string>>; // by document, from the row
  readonly sum?: readonly string[];
}

/** What one row of a message says of one thing. */
export interface SetStatement {
  readonly set: DocumentSet;
  readonly document: string;
  readonly key: string;
  readonly by: string;
  readonly facts: readonly (Value | undefined)[]; // in the order of `agree`
}

/** Of which message, and when that came. */
export interface Told extends SetStatement {
  readonly message: string;
  readonly received: number; // ms since 1970
}

/** Whether all that belongs together has come, and says the same. */
export interface Standing {
  readonly set: string;
  readonly title: string;
  readonly key: string;
  readonly state: 'waiting' | 'complete' | 'contradictory';
  readonly documents: readonly { readonly document: string; readonly messages: readonly string[] }[];
  readonly waitingFor: readonly string[];
  readonly differing: readonly { readonly fact: string; readonly stated: readonly { readonly document: string; readonly value: string }[] }[];
}

/** The sets that are shipped, each checked against the dictionary. */
export function readDocumentSets(
  files: readonly TextFile[],
  schemas: readonly TextFile[],
  dictionary: Dictionary,
): { readonly sets: readonly DocumentSet[]; readonly findings: readonly Diagnostic[] } {
  const findings: Diagnostic[] = [];
  const kind = yamlKinds(schemas, ['sets']).get('sets')!;
  const sets = files.flatMap((file) => {
    const read = readYaml<DocumentSet>(file, kind, findings);
    if (!read) return [];
    const { documents, needs, agree } = read.value;
    const unknown = (what: string, name: string, ...keys: (string | number)[]): Diagnostic =>
      finding('CONFIG_UNKNOWN_NAME', { what, name }, { rule: read.at(...keys), actual: name });
    const paths = (document: string, path: string, ...keys: (string | number)[]): Diagnostic[] =>
      documents[document]!.at.flatMap((at) => {
        const cls = dictionary.class(at);
        return !cls || attributeAt(cls, path, dictionary) ? [] : [unknown('attribute', `${at} ${path}`, ...keys)];
      });
    const wrong = [
      ...Object.entries(documents).flatMap(([name, { at, key, where = {}, by }]) => [
        ...at.flatMap((path, i) => (dictionary.class(path) ? [] : [unknown('class', path, 'documents', name, 'at', i)])),
        ...paths(name, key, 'documents', name, 'key'),
        ...Object.keys(where).flatMap((path) => paths(name, path, 'documents', name, 'where', path)),
        ...(by === undefined ? [] : paths(name, by, 'documents', name, 'by')),
      ]),
      ...needs.flatMap((names, i) => names.flatMap((name, j) => (documents[name] ? [] : [unknown('document', name, 'needs', i, j)]))),
      ...agree.flatMap(({ facts }, i) =>
        Object.entries(facts).flatMap(([name, path]) =>
          documents[name] ? paths(name, path, 'agree', i, 'facts', name) : [unknown('document', name, 'agree', i, 'facts', name)],
        ),
      ),
    ];
    findings.push(...wrong);
    return wrong.length === 0 ? [read.value] : [];
  });
  return { sets, findings };
}

/** What a message says of the things that sets are about, by the name of its map. */
export function statementsOf(sets: readonly DocumentSet[], map: string, rows: Rows): SetStatement[] {
  return sets.flatMap((set) =>
    Object.entries(set.documents).flatMap(([document, kind]) => {
      if (!kind.maps.some((name) => map === name || map.startsWith(`${name}/`))) return [];
      const at = new Set(kind.at);
      const found: SetStatement[] = [];
      for (let row = 0; row < rows.size; row++) {
        if (rows.removed(row) || !at.has(rows.class(row).path)) continue;
        const key = textAt(rows, row, kind.key);
        const isMeant = Object.entries(kind.where ?? {}).every(([path, values]) => values.includes(textAt(rows, row, path)));
        if (key === '' || !isMeant) continue;
        const facts = set.agree.map(({ facts }) => (facts[document] === undefined ? undefined : valueAt(rows, row, facts[document])));
        found.push({ set, document, key, by: kind.by === undefined ? '' : textAt(rows, row, kind.by), facts });
      }
      return found;
    }),
  );
}

/** How a thing stands, by all that was told of it. */
export function standingOf(set: DocumentSet, key: string, all: readonly Told[]): Standing {
  const told = newest(all.filter((each) => each.set.set === set.set && each.key === key));
  const of = (document: string): readonly Told[] => told.filter((each) => each.document === document);
  const titleOf = (document: string): string => set.documents[document]!.title;
  const waitingFor = set.needs.flatMap((names) => (names.some((name) => of(name).length > 0) ? [] : [names.map(titleOf).join(' or ')]));
  const differing: Standing['differing'][number][] = [];
  set.agree.forEach(({ title, facts, sum = [] }, i) => {
    const names = Object.keys(facts);
    const single = names.filter((name) => !sum.includes(name)).flatMap((name) => of(name).flatMap(({ facts: stated }) => (stated[i] === undefined ? [] : [{ document: titleOf(name), value: stated[i] }]))); // prettier-ignore
    const parts = sum.flatMap((name) => {
      const total = totalOf(of(name).flatMap(({ facts: stated }) => stated[i] ?? []));
      return total === undefined ? [] : [{ name, document: titleOf(name), value: total }];
    });
    const [first] = single;
    if (!first) return;
    const more = parts.filter(({ value }) => (orderOf(value, first.value) ?? 0) > 0);
    const others = single.filter(({ value }) => (orderOf(value, first.value) ?? 0) !== 0);
    if (more.length + others.length > 0)
      differing.push({ fact: title, stated: distinct([first, ...others, ...more]).map(({ document, value }) => ({ document, value: shown(value) })) });
    for (const { name, value } of parts) {
      if ((orderOf(value, first.value) ?? 0) < 0) waitingFor.push(`${titleOf(name)}: ${title}, ${shown(value)} of ${shown(first.value)}`);
    }
  });
  const documents = Object.keys(set.documents).flatMap((document) => {
    const messages = [...new Set(of(document).map(({ message }) => message))];
    return messages.length === 0 ? [] : [{ document, messages }];
  });
  const state = differing.length > 0 ? 'contradictory' : waitingFor.length > 0 ? 'waiting' : 'complete';
  return { set: set.set, title: set.title, key, state, documents, waitingFor, differing };
}

/** Of documents of one kind that are not told apart the newest counts, with all its rows. */
function newest(told: readonly Told[]): readonly Told[] {
  const last = new Map<string, Told>();
  const identity = ({ document, by }: Told): string => `${document}\0${by}`;
  for (const each of told) {
    const known = last.get(identity(each));
    if (!known || each.received > known.received || (each.received === known.received && each.message > known.message)) last.set(identity(each), each);
  }
  return told.filter((each) => last.get(identity(each))!.message === each.message);
}

const distinct = (stated: readonly { readonly document: string; readonly value: Value }[]): typeof stated =>
  stated.filter((each, i) => stated.findIndex(({ document, value }) => document === each.document && shown(value) === shown(each.value)) === i);

const shown = (value: Value): string => (isQuantity(value) ? `${value.value} ${value.unit}`.trim() : value);

/** Below 0 where `a` is less than `b`; undefined where they cannot be compared: other units. Texts are the same or not. */
function orderOf(a: Value, b: Value): number | undefined {
  if (isQuantity(a) !== isQuantity(b)) return undefined;
  if (isQuantity(a) && isQuantity(b)) return a.unit === b.unit ? compareDecimals(a.value, b.value) : undefined;
  return compareDecimals(a as string, b as string) ?? (a === b ? 0 : 1);
}

/** Undefined where there is nothing, or where it cannot be added up. */
function totalOf(values: readonly Value[]): Value | undefined {
  return values.slice(1).reduce<Value | undefined>((sum, value) => {
    if (sum === undefined || isQuantity(sum) !== isQuantity(value)) return undefined;
    if (!isQuantity(sum) || !isQuantity(value)) return addDecimals(sum as string, value as string);
    const total = sum.unit === value.unit ? addDecimals(sum.value, value.value) : undefined;
    return total === undefined ? undefined : { value: total, unit: sum.unit };
  }, values[0]);
}

/** `../LoadingLocation.ID`: where to go from a row, and the attribute there. */
function stepsOf(path: string): { readonly classes: readonly string[]; readonly attribute: string } {
  const steps = path.split('/');
  const last = steps.pop()!;
  const dot = last.lastIndexOf('.');
  return { classes: dot < 0 ? steps : [...steps, last.slice(0, dot)], attribute: last.slice(dot + 1) };
}

function attributeAt(from: DictionaryClass, path: string, dictionary: Dictionary): Attribute | undefined {
  const { classes, attribute } = stepsOf(path);
  let cls: DictionaryClass | undefined = from;
  for (const step of classes) cls = step === '..' ? dictionary.class(cls?.path.replace(/\/?[^/]*$/, '') ?? '') : cls?.classes.find(({ name }) => name === step);
  return cls?.attributes.find(({ name }) => name === attribute);
}

function valueAt(rows: Rows, from: number, path: string): Value | undefined {
  const { classes, attribute } = stepsOf(path);
  let row = from;
  for (const step of classes) {
    if (row < 0) return undefined;
    const child = step === '..' ? undefined : rows.class(row).classes.find(({ name }) => name === step);
    row = step === '..' ? rows.parent(row) : child ? rows.firstOf(row, child) : -1;
  }
  const slot = row < 0 ? undefined : rows.class(row).attributes.find(({ name }) => name === attribute)?.slot;
  return slot === undefined ? undefined : rows.get(row, slot);
}

function textAt(rows: Rows, row: number, path: string): string {
  const value = valueAt(rows, row, path);
  return typeof value === 'string' ? value : '';
}
