import type { Value } from '../../dictionary/rows.ts';
import type { Precision } from '../../language/moment.ts';

/**
 * Layer 2: what the text of an element means. A codec is its documentation, its examples, and a two-way pair.
 *
 * One file a codec. `compile` gets the codec's argument exactly as it stands in the YAML (every scalar is a string)
 * and the context, and returns the pair, or the sentences that say what is wrong with the argument.
 */
export interface Codec {
  readonly name: string; // 'decimal', 'datetime', 'codes', …
  readonly doc: string; // one paragraph for analysts
  /** Executed by a test and printed in the documentation. `args` is YAML text of the argument. */
  readonly examples: readonly CodecExample[];
  compile(args: CodecArgument, context: CodecContext): CompiledCodec | { readonly problems: readonly string[] };
}

export type CodecArgument = string | readonly CodecArgument[] | { readonly [key: string]: CodecArgument };

export interface CodecExample {
  readonly args: string; // YAML, e.g. '{ scale: 3 }'
  readonly wire: readonly string[]; // the texts of the inputs of the codec (one for most)
  readonly value?: Value; // what they mean; absent where the wire is refused, or carries no fact
  readonly refused?: string; // words of the reason
  readonly prints?: readonly string[]; // what build writes, where it is not `wire`
}

export interface CodecContext {
  /** The element being declared; it is the first input unless the codec is virtual (`join`, `first-of`, `day-near`). */
  readonly slot: string;
  /** Names of slots in whose text this codec may look besides its own (`by:`, `unit:`, `join:`, expressions). */
  readonly slots: ReadonlySet<string>;
  /** How many texts the slot has, where it is bound to more than one (`C108.4440[*]`). */
  readonly pieces?: number | undefined;
  /** How long the format lets each of them be, where it says so. */
  readonly width?: number | undefined;
  /** A code table by name, compiled; undefined where no table has the name. */
  table(name: string): CodeTable | undefined;
}

/** A code table of the map language, both ways. */
export interface CodeTable {
  readonly name: string;
  toCanonical(wire: string, on?: string): string | undefined; // `on`: ISO date for validity windows
  toWire(canonical: string, on?: string): string | undefined;
  /** Whether any entry has a validity window; only then does `on` matter. */
  readonly dated: boolean;
  readonly unknown: 'error' | 'report' | 'carry';
  readonly pairs: readonly (readonly [wire: string, canonical: string])[];
  /** Every entry, with the ways it goes. */
  readonly entries: readonly { readonly wire: string; readonly canonical: string; readonly reads: boolean; readonly writes: boolean }[];
  readonly problems: readonly string[]; // not a bijection, …
  readonly faults: readonly string[]; // those of its shape
}

/**
 * The compiled pair. A codec reads `inputs` (slot names; the first is the element's own slot unless virtual)
 * and yields one canonical value; `print` is the inverse and yields one text per input; undefined there means
 * that this codec says nothing of that slot. Three inputs are no slots but supplied by the engine:
 * `#ordinal` (of the group instance a counter stands in, from 1), `#total` (the counted or summed total), `#date` (ISO, of the message).
 */
export interface CompiledCodec {
  readonly inputs: readonly string[] | undefined; // undefined: only the element's own slot
  /** Never throws. `texts` are the texts of the inputs, undefined where the wire has none. */
  parse(texts: readonly (string | undefined)[]): Parsed;
  /**
   * The first look at the text of the first input, and at that of the second where it is there and no further one is: the value that
   * `parse` gives, where nothing is to be said of it. Undefined says nothing: `parse` decides. Most texts need no other look. Where a
   * codec has it, and is no list, there is no value without the first text.
   */
  glance?(text: string, beside: string | undefined): Value | undefined;
  /** Never throws. */
  /**
   * Never throws. `width` is the widest text the wire element holds (EDIFACT: digits, the sign and mark apart).
   * For a derived codec `value` is the ordinal or total to be stated; for `local` and `const` it is ignored.
   * `others` are texts that stand in the inputs already, where the codec must look at them (`day-near`, `expr`).
   */
  print(value: Value, width: number | undefined, others?: readonly (string | undefined)[]): Printed;
  /** What values survive print∘parse: for generators and lint. */
  readonly domain: Domain;
  /** 'exact': print∘parse = id on the wire; 'quotient': on a declared canonical form; 'lossy': reported. */
  readonly lossless: 'exact' | 'quotient' | 'lossy';
  /** One-way codecs; undefined means both. */
  readonly only?: 'parse' | 'build';
  /** The texts of `parse` and `print` are all occurrences of the own slot, in order (`lines`). */
  readonly list?: true;
  /** What the codec does not know travels beside the row for the same format (`unknown: carry`). */
  readonly keepsUnknown?: true;
  /** The table it looks codes up in. */
  readonly table?: CodeTable;
  /** The inputs are alternatives for one fact (`first-of`): those that state something else were not read. */
  readonly alternatives?: true;
  /** `derived`: verified and regenerated, no fact · `local`: no canonical home · `fixed`: a constant. Absent: a fact. */
  readonly fate?: 'derived' | 'local' | 'fixed';
  /** What is written where the row states nothing: the place of the instance among its siblings, or a word. It is no fact of the row's. */
  readonly supplies?: 'ordinal' | 'word';
  /** The word that says that there is nothing (`amount: { none: … }`). */
  readonly word?: string;
  /** Of `counter`, `count` (a group) and `sum` (an element): what the engine has to count. */
  readonly derives?: { readonly kind: 'counter' | 'count' | 'sum'; readonly of: string };
}

/** `fixed`: a word that states nothing, and is written anew. */
export type Parsed = { readonly ok: true; readonly value: Value | undefined; readonly note?: string; readonly fixed?: true } | Refused;
export type Printed = { readonly ok: true; readonly texts: readonly (string | undefined)[]; readonly note?: string } | Refused;

/** `unknown`: the policy of the code table, where a code is not in it. */
export interface Refused {
  readonly ok: false;
  readonly reason: string;
  readonly unknown?: 'error' | 'report' | 'carry';
}

/** What canonical values a codec can write, for the generators of the law suite and for lint against the dictionary. */
export type Domain =
  | { readonly kind: 'text'; readonly max?: number; readonly pattern?: RegExp }
  | { readonly kind: 'integer'; readonly digits?: number }
  | { readonly kind: 'decimal'; readonly digits?: number; readonly scale?: number }
  | { readonly kind: 'quantity'; readonly units?: readonly string[]; readonly scale?: number }
  | { readonly kind: 'datetime'; readonly formats: readonly string[]; readonly precisions: readonly Precision[] }
  | { readonly kind: 'codes'; readonly values: readonly string[] };
