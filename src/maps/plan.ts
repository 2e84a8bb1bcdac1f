import type { Place } from '../diagnostics/place.ts';
import type { Attribute, Dictionary, DictionaryClass } from '../dictionary/dictionary.ts';
import type { Actions } from './actions.ts';
import type { CompiledCodec } from './codecs/codec.ts';
import type { Otherwise } from './otherwise.ts';
import type { Standing } from './each.ts';
import type { Expression } from '../language/expression.ts';
import type { Requirement, ServiceUnits, WireFormat } from '../syntax/segmented.ts';
import type { Condition, Format } from './model.ts';

/**
 * A map, compiled: everything looked up, every name an index. One plan runs both ways.
 *
 * A group *instance* is one array of texts (the slots of the group, flattened) and one of origins. The syntax layer
 * fills texts; when the instance closes, codecs turn texts into facts and bindings put them into rows. Build goes back.
 */
export interface Plan {
  readonly name: string;
  readonly version: string;
  readonly title: string;
  readonly kind: 'message' | 'dialect';
  readonly law: 'none' | 'one-pass' | 'two-pass';
  readonly format: Format;
  readonly service: ServiceUnits | undefined; // of segmented formats
  readonly whole: boolean; // a unit that lacks what it must have cannot be written at all
  readonly match: readonly Condition[];
  readonly file: string;
  readonly hash: string; // 'sha256:…' over the hashes of all that was compiled in
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
  readonly dictionary: Dictionary;
  readonly groups: readonly GroupPlan[]; // by index, outer before inner; 0 is the message
  readonly each: ReadonlyMap<string, Standing>; // by tag: segments that stand for several
  readonly bindings: readonly BindingPlan[]; // by index, parents before children
  codePlace(table: string, code: string): Place | undefined; // where an entry of a code table stands
}

export interface GroupPlan {
  readonly index: number;
  readonly name: string;
  readonly parent: GroupPlan | undefined;
  readonly depth: number;
  readonly node: NodePlan | undefined; // the node that opens an instance; undefined for the message itself
  readonly nodes: NodePlan[]; // in order; inner groups are nodes too
  nodeCount: number; // nodes counted in an instance, those inside XML elements included
  readonly candidates: Map<string, NodePlan[]>; // by tag, in the order in which they are tried
  readonly slots: SlotPlan[];
  width: number; // number of texts of an instance
  readonly elements: ElementPlan[];
  readonly bindings: BindingPlan[]; // of this group, parents before children
  chain: readonly BindingPlan[]; // the repeating classes an instance is one row of, outermost first
}

export interface NodePlan {
  readonly index: number; // among the counted nodes of the frame it is matched in
  readonly kind: 'segment' | 'element' | 'group';
  readonly id: string;
  readonly path: string; // group path and id: what a dialect or `ignore` names
  readonly tag: string;
  readonly owner: GroupPlan; // the group whose slots it fills
  readonly opens: GroupPlan | undefined;
  readonly run: number; // nodes of one run may come in any order; runs come in theirs
  readonly choice: number;
  readonly min: number;
  readonly max: number;
  readonly selectors: readonly Constant[];
  readonly fixed: readonly Constant[];
  readonly binds: readonly BindPlan[];
  readonly actions: Actions; // atomKey → text index, or `action`
  readonly names: Map<string, number>; // XML attribute name → atomKey
  readonly ignored: boolean; // the whole unit
  readonly when: Expression | undefined;
  readonly peers: readonly NodePlan[]; // the nodes of its tag in its run, itself included: together they occur `together` times at most
  readonly together: number;
  readonly rivals: readonly NodePlan[]; // of its tag, and asked before it: what they would match must not be built here, as long as no later run was reached
  readonly nodes: readonly NodePlan[]; // XML children
  readonly place: Place;
}

export interface Constant {
  readonly key: number;
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly name: string | undefined; // XML attribute; `/tag` of a child
  readonly child?: string; // of a selector: the tag of the child element that says the text
  readonly id: string;
  readonly composite: boolean; // emitted only with data beside it
}

export interface BindPlan {
  readonly key: number;
  readonly name: string | undefined; // XML attribute
  readonly text: number; // index into the texts of an instance
  readonly id: string; // directory id, for findings
  readonly format: WireFormat | undefined;
  readonly required: Requirement | undefined;
}

export interface SlotPlan {
  readonly name: string;
  readonly first: number; // text index
  readonly count: number; // texts: 1, or the repetitions of a list
  readonly node: NodePlan;
  readonly place: Place;
  readonly use: Place | undefined; // of the part that it came out of, in the map
}

export interface ElementPlan {
  readonly name: string;
  readonly codec: CompiledCodec | undefined; // undefined: plain text of one slot
  readonly inputs: readonly ElementInput[]; // in the order the codec wants them
  readonly width: number | undefined; // of the first input on the wire
  readonly otherwise?: Otherwise | undefined; // what is written where no fact says it, and the message travels in an envelope
  readonly place: Place;
}

/** A text of this or an outer group, or something that the engine supplies. */
export type ElementInput = { readonly kind: 'text'; readonly group: GroupPlan; readonly text: number } | { readonly kind: 'ordinal' | 'total' | 'date' };

export interface BindingPlan {
  readonly index: number;
  readonly local: number; // among the bindings of its group
  readonly class: DictionaryClass;
  readonly group: GroupPlan;
  readonly parent: BindingPlan | undefined; // undefined: the root
  readonly attributes: readonly AttributePlan[];
  readonly carry: readonly { readonly name: string; readonly element: ElementPlan; readonly place: Place }[];
  readonly merge: 'none' | 'regroup' | 'embed';
  readonly key: readonly ElementPlan[]; // whose values, together, say which row an instance merges with
  readonly by: AttributePlan | undefined; // embed: the key attribute of the shared class
  readonly mode: { readonly element: ElementPlan; readonly values: ReadonlyMap<string, string> } | undefined;
  readonly primary: boolean; // an instance always has this row
  readonly rivals: readonly BindingPlan[]; // others of this class below the same parent: a row is written by one of them
  readonly place: Place;
}

export interface AttributePlan {
  readonly attribute: Attribute;
  readonly element: ElementPlan | undefined;
  readonly constant: string | undefined;
  readonly only: 'parse' | 'build' | undefined;
  readonly place: Place;
}
