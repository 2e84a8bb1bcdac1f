import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Place } from '../diagnostics/place.ts';
import type { Code } from '../diagnostics/codes.ts';
import type { NestedSyntax, SegmentedSyntax } from '../syntax/unit.ts';
import { yamlPlace, type SourceFile, type Yaml, type YamlMap, type YamlScalar } from './load.ts';

/**
 * What a map file says, after its parts were substituted and before anything was looked up.
 * Three layers: `syntax` (where things are), `elements` (what the text means), `business` (which canonical thing it is).
 */
export interface MapModel {
  readonly file: SourceFile;
  readonly name: string; // 'un/…/d95b'
  readonly kind: 'message' | 'dialect';
  readonly version: string;
  readonly title: string;
  readonly dictionary: string;
  readonly law: 'none' | 'one-pass' | 'two-pass';
  readonly format: Format;
  readonly match: readonly Condition[]; // how the router recognises it
  readonly extends: string | undefined; // 'un/…/d95b@1.0.0'
  readonly syntax: GroupModel;
  readonly elements: Map<string, ElementModel>;
  readonly business: ClassModel;
  readonly ignore: readonly IgnoreModel[];
  readonly regulated: boolean; // an agency judges what is written: only verified facts, and those that are listed
  readonly unverified: readonly YamlScalar[]; // paths of the dictionary, or `Class/Path/*`
  readonly codes: readonly CodesModel[];
  readonly at: Yaml;
}

/** Two kinds of messages: rows of segments, whose groups the map knows, and documents, whose elements nest. */
export type Format = SegmentedFormat | NestedFormat;

export interface SegmentedFormat {
  readonly kind: 'segmented';
  readonly family: SegmentedSyntax;
  readonly directory: string;
  readonly message: string;
  readonly header: readonly string[]; // what the message says of itself: type, version, release, agency, association, as far as it does
  readonly headerName: string; // where it stands, by the name of the syntax: 'S009'
}

export interface NestedFormat {
  readonly kind: 'nested';
  readonly family: NestedSyntax;
  readonly root: string; // path to the element that says what the document is: 'MetaData/dec:Declaration'; of JSON the name of its schema
  readonly namespace: string; // of the document element; '' for none
  readonly namespaces: Readonly<Record<string, string>>; // by the prefix that this map uses
  readonly prefix: string; // with which the document element alone is written, as what stands below it is of no namespace; '' where all share one
  readonly blanks: 'keep' | 'collapse'; // around the text of an element; XML Schema has both kinds of types
  readonly selection: 'header' | 'name'; // `name`: read with this map only where somebody names it
}

/** `UNH.S009.0057: LOT10`: a header field and the text it must have. */
export interface Condition {
  readonly field: string;
  readonly value: string;
}

export interface Occurs {
  readonly min: number;
  readonly max: number; // Infinity for `n`
}

/** One piece of a unit: the directory id as written, or `text`, or `@attribute`. */
export interface Reference {
  readonly id: string; // 'C507.2380', '1004', 'C108.4440[*]', 'text', '@unitCode'
  readonly value: string; // constant, or slot name
  readonly at: Yaml;
}

export interface NodeModel {
  readonly kind: 'segment' | 'element' | 'group';
  readonly id: string; // tag and qualifiers, or group name: identity for dialects
  readonly tag: string; // '' for a group without a node of its own
  readonly group: string | undefined; // the group this node opens
  readonly ifThere: boolean; // only where the message has such a segment
  readonly occurs: Occurs;
  readonly selectors: readonly Reference[];
  readonly fixed: readonly Reference[];
  readonly binds: readonly Reference[];
  readonly each?: YamlScalar | undefined; // a segment that says this several times stands for as many
  readonly when: YamlScalar | undefined;
  readonly choice: number; // alternatives of one `choice` share a number; 0: none
  readonly nodes: readonly NodeModel[];
  readonly at: Yaml;
}
export interface GroupModel extends NodeModel {
  readonly group: string;
}

export interface ElementModel {
  readonly name: string;
  readonly at: Yaml; // the declaration: the codec with its options
}

export interface AttributeModel {
  readonly name: string;
  readonly slot: string | undefined;
  readonly constant: string | undefined;
  readonly only: 'parse' | 'build' | undefined;
  readonly at: Yaml; // the name
  readonly slotAt: Yaml;
}

export interface ClassModel {
  readonly name: string; // last name of the class path, or 'Carry'
  readonly per: string; // group name
  readonly attributes: readonly AttributeModel[];
  readonly carry: readonly { readonly name: string; readonly slot: string; readonly at: Yaml }[];
  readonly regroup: readonly string[]; // attributes whose values say that two instances share the row
  readonly embed: { readonly of: string; readonly by: string } | undefined;
  readonly mode: { readonly slot: string; readonly values: ReadonlyMap<string, string>; readonly at: Yaml } | undefined;
  readonly classes: readonly ClassModel[];
  readonly at: Yaml;
}

export interface IgnoreModel {
  readonly target: string; // 'EQD/8249', 'conveyance/TDT[8051=20]/8228', or an XML path
  readonly why: string;
  readonly at: Yaml;
}

/** A code table as written; compiled by `codecs/table.ts`. */
export interface CodesModel {
  readonly name: string;
  readonly declaration: Yaml;
}

/** Collects findings while a file is read. */
export class Reporter {
  readonly findings: Diagnostic[] = [];
  report(code: Code, args: Readonly<Record<string, string>>, at: Yaml | undefined): void {
    this.reportAt(code, args, at && yamlPlace(at));
  }
  reportAt(code: Code, args: Readonly<Record<string, string>>, rule: Place | undefined): void {
    this.findings.push(finding(code, args, { rule }));
  }
}

/** Reads the keys of a mapping and reports those nobody asked for. */
export class Keys {
  readonly map: YamlMap;
  readonly #reporter: Reporter;
  readonly #what: string;
  readonly #seen = new Set<string>();

  constructor(node: Yaml | undefined, what: string, reporter: Reporter) {
    this.#reporter = reporter;
    this.#what = what;
    if (node?.kind === 'map') this.map = node;
    else {
      if (node) reporter.report('MAP_SHAPE', { message: `${what} is a mapping` }, node);
      const file = node?.file ?? { path: '', text: '' };
      this.map = { kind: 'map', entries: [], file, start: node?.start ?? 0, end: node?.end ?? 0 };
    }
  }

  has(key: string): boolean {
    return this.map.entries.some((entry) => entry.key.text === key);
  }
  get(key: string): Yaml | undefined {
    this.#seen.add(key);
    return this.map.entries.find((entry) => entry.key.text === key)?.value;
  }
  scalar(key: string): YamlScalar | undefined {
    const value = this.get(key);
    if (value && value.kind !== 'scalar') {
      this.#reporter.report('MAP_SHAPE', { message: `\`${key}\` of ${this.#what} is one value` }, value);
      return undefined;
    }
    return value;
  }
  text(key: string): string | undefined {
    return this.scalar(key)?.text;
  }
  required(key: string): string {
    const value = this.scalar(key);
    if (value === undefined || value.text === '') this.#reporter.report('MAP_SHAPE', { message: `${this.#what} needs \`${key}\`` }, this.map);
    return value?.text ?? '';
  }
  oneOf<const T extends readonly string[]>(key: string, allowed: T, otherwise: T[number]): T[number] {
    const value = this.scalar(key);
    if (!value) return otherwise;
    if (allowed.includes(value.text)) return value.text;
    this.#reporter.report('MAP_SHAPE', { message: `\`${key}\` is one of ${allowed.join(', ')}` }, value);
    return otherwise;
  }
  list(key: string): readonly Yaml[] {
    const value = this.get(key);
    if (!value) return [];
    if (value.kind === 'list') return value.items;
    this.#reporter.report('MAP_SHAPE', { message: `\`${key}\` of ${this.#what} is a list` }, value);
    return [];
  }
  entries(key: string): readonly { key: YamlScalar; value: Yaml }[] {
    const value = this.get(key);
    if (!value) return [];
    if (value.kind === 'map') return value.entries;
    this.#reporter.report('MAP_SHAPE', { message: `\`${key}\` of ${this.#what} is a mapping` }, value);
    return [];
  }
  /** Reports every key that was not read. */
  done(): void {
    for (const { key } of this.map.entries) {
      if (!this.#seen.has(key.text)) {
        this.#reporter.report('MAP_SHAPE', { message: `${this.#what} has no key \`${key.text}\`; its keys are ${[...this.#seen].join(', ')}` }, key);
      }
    }
  }
}

/** What nobody would read: a column without a slot (`{ sailing, ship: ship }`), and what a group says of the unit that its first node is. */
export function checkNode(keys: Keys, binds: readonly Reference[], group: string | undefined, reporter: Reporter): void {
  for (const { id, value, at } of binds) if (value === '') reporter.report('MAP_SHAPE', { message: `\`${id}\` names no slot: write \`${id}: name\`` }, at);
  if (group === undefined) return;
  for (const key of ['bind', 'fixed', 'each', 'when'])
    if (keys.has(key))
      reporter.report('MAP_SHAPE', { message: `\`${key}\` of the group \`${group}\` stands at its first node, which opens it` }, keys.get(key));
}

/** The forms of an entry of `restrict`. */
export const restrictions =
  '`{ at: NODE, occurs: 0..1 }`, `{ remove: NODE }`, `{ at: elements/NAME, text: { max: 35 } }` or `{ at: codes/NAME, only: [A, B] }`';
