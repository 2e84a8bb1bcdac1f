import type { MessageHeader } from './unit.ts';

/**
 * What the segmented syntaxes have in common, and what is asked of each: a message is a row of units without nesting, each a
 * tag and values at numbered places. What stands in which place, and in which order the units come, a directory says.
 */
export interface SegmentSyntax {
  /** The key under which a map says what its messages say of themselves: type, version, release, agency, association, as far as the syntax has them. */
  readonly header: string; // EDIFACT: 'S009'
  readonly service: ServiceUnits | undefined; // where units name and close a message
  readonly whole?: boolean; // a unit that lacks what it must have cannot be written at all
  /** What `match` of a map may ask of a message and of what stands around it, by its name in the standard. */
  readonly fields: Readonly<Record<string, (header: MessageHeader) => string | undefined>>;
}

/** The units that name and close a message: every build writes them anew. */
export interface ServiceUnits {
  readonly header: string; // 'UNH'
  readonly trailer: string | undefined; // 'UNT': all in it is derived
  readonly reference: number | undefined; // element of the header that holds the reference of the message: derived
  readonly identifier: ReadonlyMap<number, HeaderField>; // by atom key of the header: what says which message it is
  readonly by?: 'line'; // places count lines, and name fields (`EdiAddress`)
}

export type HeaderField = 'type' | 'version' | 'release' | 'agency' | 'association';

/** In the order of `header` in a map. */
export const headerFields: readonly HeaderField[] = ['type', 'version', 'release', 'agency', 'association'];

/** What a directory lets an element hold. Numbers count digits only (ISO 9735, 10; X12.6). */
export interface WireFormat {
  readonly type: 'a' | 'n' | 'an';
  readonly min: number;
  readonly max: number;
  /** Where kind and length do not say all: what a text must be, in words, whether it is, and one that is (`random` gives numbers in [0, 1)). */
  readonly form?: TextForm | undefined;
}

export interface TextForm {
  readonly words: string;
  fits(text: string): boolean;
  example(random: () => number): string;
  /** How a text that fits is read again, where that may be another: `12.5` with three implied decimals as `12.500`. */
  again?(text: string): string;
}

/** When a directory wants an element: always in its unit, always in its composite, or at least something of its composite. */
export type Requirement = 'unit' | 'composite' | 'some';

/** A directory of one version of a segmented syntax, as maps ask of it. */
export interface SegmentDirectory {
  readonly name: string;
  readonly coded?: boolean; // its texts are made of their bytes (EBCDIC, packed numbers): a byte may be another character than ASCII has for it
  has(tag: string): boolean;
  tags(): readonly string[];
  /** What may be written for the elements of a segment: suggested where an id is wrong. */
  ids(tag: string): readonly string[];
  /** Every position of a segment that may hold a text, in its order. */
  positions(tag: string): readonly Position[];
  /** Where an element stands in a segment: several keys where the directory repeats it. */
  element(tag: string, id: string): { readonly keys: readonly number[]; readonly format: WireFormat; readonly required: Requirement | undefined } | undefined;
  messages(): readonly string[];
  /** What a message is made of; undefined where the directory does not have it. */
  nodes(message: string): readonly MessageNode[] | undefined;
}

export interface Position {
  readonly id: string; // names it alone
  readonly key: number; // `atomKey`
  readonly format: WireFormat;
  readonly required: Requirement | undefined;
  /** The values that may stand there; none where there is no list. */
  codes(): readonly string[];
}

/** A place in a message: a segment, or a group, whose first node is its trigger segment. */
export interface MessageNode {
  readonly id: string; // segment tag, or 'SG5'
  readonly required: boolean;
  readonly repeat: number;
  readonly nodes?: readonly MessageNode[]; // groups only
}

/** The tags that a message is made of. */
export function tagsOf(directory: SegmentDirectory, message: string): ReadonlySet<string> | undefined {
  const tagsIn = (nodes: readonly MessageNode[]): string[] => nodes.flatMap((node) => (node.nodes ? tagsIn(node.nodes) : [node.id]));
  const nodes = directory.nodes(message);
  return nodes && new Set(tagsIn(nodes));
}
