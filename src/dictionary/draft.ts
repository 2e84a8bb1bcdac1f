import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Place } from '../diagnostics/place.ts';
import type { Usage, ValueType } from './dictionary.ts';
import { widest } from './type.ts';

/** A row of a table while the dictionary is put together: a class, or an attribute of one. */
export interface Draft {
  readonly path: string;
  readonly name: string;
  readonly parent: Draft | undefined;
  attributes: Map<string, Draft>;
  here: boolean; // a class that stands only where it is said to: `like` does not take it along
  borrowed: boolean; // the attributes are those of another class as well: whoever changes them takes a copy
  readonly classes: Map<string, Draft>;
  type: ValueType | undefined; // undefined: a class
  place: Place | undefined;
  wco: string;
  aliases: string[];
  tded: string;
  usage: Usage[];
  extension: string;
  required: boolean;
  many: boolean;
  key: string[];
  refers: string;
  like: string;
  verified: boolean;
  sources: string[];
  title: string;
}

const deepest = 32; // levels of classes; a `like` that never ends is found by it

/** Adds what `row` says to what is known of the same path. */
export function merge(known: Draft, row: Draft, problem: (message: string) => void): void {
  for (const field of ['wco', 'refers', 'like', 'title'] as const) {
    if (row[field] && known[field] && row[field] !== known[field] && field !== 'title')
      return problem(`${field} \`${row[field]}\` of \`${row.path}\` is \`${known[field]}\` elsewhere`);
    known[field] ||= row[field];
  }
  if (row.key.length > 0 && known.key.length > 0 && row.key.join() !== known.key.join()) return problem(`\`${row.path}\` has another key elsewhere`);
  if (known.key.length === 0) known.key = row.key;
  if (known.type && row.type) {
    const type = widest(known.type, row.type);
    if (!type) return problem(`\`${row.path}\` is ${known.type.kind} elsewhere, not ${row.type.kind}`);
    known.type = type;
  }
  known.required &&= row.required;
  known.many ||= row.many;
  known.verified ||= row.verified;
  known.aliases = [...new Set([...known.aliases, ...row.aliases])];
  known.sources = [...new Set([...known.sources, ...row.sources])];
  known.usage = [...new Set([...known.usage, ...row.usage])];
  known.tded ||= row.tded;
  known.here &&= row.here;
  if (!row.extension) known.extension = ''; // what the model has is no agency's own
}

/** Copies what `like` names, then goes down: a copied class brings its own `like` with it. False where that never ends: there is nothing to go on with. */
export function expand(cls: Draft, roots: Map<string, Draft>, findings: Diagnostic[], depth: number): boolean {
  const problem = (message: string) => findings.push(finding('DICTIONARY_ROW', { message }, { rule: cls.place, actual: cls.path }));
  if (depth > deepest) {
    problem(`\`${cls.path}\` never ends: its \`like\` comes back to itself`);
    return false;
  }
  if (cls.like) {
    const alone = cls.like.endsWith('.*'); // the attributes without the classes
    const model = find(roots, alone ? cls.like.slice(0, -2) : cls.like);
    if (model && model !== cls && alone) copyAttributes(cls, model, roots, problem);
    else if (model && model !== cls) copy(cls, model, isBelow(cls, model) ? undefined : { from: model.path, to: cls.path }, problem);
    else problem(`\`${cls.path}\` is like \`${cls.like}\`, which is no other class`);
  }
  for (const child of cls.classes.values()) if (!expand(child, roots, findings, depth + 1)) return false;
  return true;
}

/** Those that the model has of its own, and those that it takes from another. */
function copyAttributes(into: Draft, from: Draft, roots: Map<string, Draft>, problem: (message: string) => void): void {
  const above = from.like ? find(roots, from.like.replace(/\.\*$/, '')) : undefined;
  if (above && above !== from && above !== into) copyAttributes(into, above, roots, problem);
  pasteAttributes(into, from, problem);
}

/** The attributes of a class that may be changed. */
function own(cls: Draft): Map<string, Draft> {
  if (!cls.borrowed) return cls.attributes;
  cls.borrowed = false;
  return (cls.attributes = new Map([...cls.attributes].map(([name, attribute]) => [name, { ...attribute, parent: cls, verified: false }])));
}

/** `moved`: what nests in itself inside the model nests in the copy inside the copy; else it would nest without end. */
function copy(into: Draft, from: Draft, moved: { readonly from: string; readonly to: string } | undefined, problem: (message: string) => void): void {
  const rebased = ({ like, path }: Draft): string => (moved && like && path.startsWith(`${like}/`) ? `${moved.to}${like.slice(moved.from.length)}` : like);
  // The identifier holds wherever the element stands; the position is ours, so it is not verified.
  const paste = (cls: Draft): Draft => {
    const path = `${into.path}/${cls.name}`;
    const made: Draft = { ...cls, path, like: rebased(cls), parent: into, attributes: new Map(), classes: new Map(), borrowed: false, verified: false };
    const known = into.classes.get(cls.name);
    if (known) merge(known, made, problem);
    else into.classes.set(cls.name, made);
    return known ?? made;
  };
  if (into.key.length === 0) into.key = from.key;
  if (into.attributes.size === 0) {
    into.attributes = from.attributes;
    into.borrowed = true;
  } else if (into.attributes !== from.attributes) pasteAttributes(into, from, problem);
  const mine = [...into.classes];
  const pasted: Draft[] = [];
  for (const child of from.classes.values()) {
    if (child.here || into === child || isBelow(into, child)) continue;
    const made = paste(child);
    pasted.push(made);
    copy(made, child, moved, problem);
  }
  // In the order of the model, then what is added here: else what a later table adds to a copy would change the order of what was there.
  into.classes.clear();
  for (const each of pasted) into.classes.set(each.name, each);
  for (const [name, each] of mine) into.classes.set(name, each);
}

function pasteAttributes(into: Draft, from: Draft, problem: (message: string) => void): void {
  for (const attribute of from.attributes.values()) {
    if (sameRow(into.attributes.get(attribute.name), attribute)) continue; // it came another way
    const attributes = own(into);
    const made: Draft = { ...attribute, path: `${into.path}.${attribute.name}`, parent: into, verified: false };
    const known = attributes.get(attribute.name);
    if (known) merge(known, made, problem);
    else attributes.set(attribute.name, made);
  }
}

/** Whether two drafts are copies of one row that nothing was added to. */
const sameRow = (a: Draft | undefined, b: Draft): boolean =>
  a !== undefined && a.type === b.type && a.sources === b.sources && a.aliases === b.aliases && a.required === b.required;

function isBelow(cls: Draft, above: Draft): boolean {
  for (let up = cls.parent; up; up = up.parent) if (up === above) return true;
  return false;
}

export function find(roots: Map<string, Draft>, path: string): Draft | undefined {
  let level = roots;
  let at: Draft | undefined;
  for (const step of path.split('/')) {
    at = level.get(step);
    if (!at) return undefined;
    level = at.classes;
  }
  return at;
}
