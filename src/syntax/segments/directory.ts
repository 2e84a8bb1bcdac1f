import type { MessageNode, Position, Requirement, SegmentDirectory, WireFormat } from '../segmented.ts';
import { atomKey } from '../unit.ts';

/** A directory, UN/EDIFACT or X12: data elements, composites, segments, code lists and message structures. `tables.ts` reads it from text. */
export interface Directory {
  readonly name: string; // 'D95B'
  readonly elements: ReadonlyMap<string, ElementDefinition>;
  readonly composites: ReadonlyMap<string, CompositeDefinition>;
  readonly segments: ReadonlyMap<string, SegmentDefinition>;
  /** The values of a data element with their short names; undefined where the directory lists none. */
  codes(element: string): ReadonlyMap<string, string> | undefined;
  /** The structure of a message type; undefined where the directory has none. */
  message(type: string): MessageDefinition | undefined;
  readonly messageTypes: readonly string[];
  /** The data elements that have a code list. */
  readonly codedElements: readonly string[];
}

export interface ElementDefinition {
  readonly id: string; // '3207'
  readonly name: string;
  readonly format: WireFormat; // `an..35` is type an, 0 to 35 characters
}

export interface CompositeDefinition {
  readonly id: string; // 'C080'
  readonly name: string;
  readonly parts: readonly ElementPart[];
}

/** A component of a composite, or a stand-alone data element of a segment. */
export interface ElementPart {
  readonly id: string;
  readonly required: boolean;
  readonly repeat: number; // syntax 4, by repetition separator
  readonly element: ElementDefinition;
  readonly composite?: undefined;
}

export interface CompositePart {
  readonly id: string;
  readonly required: boolean;
  readonly repeat: number;
  readonly element?: undefined;
  readonly composite: CompositeDefinition;
}

export interface SegmentDefinition {
  readonly tag: string;
  readonly name: string;
  readonly parts: readonly (ElementPart | CompositePart)[];
}

export interface MessageDefinition {
  readonly type: string; // 0065
  readonly version: string; // 'D'
  readonly release: string; // '95B'
  readonly agency: string; // 'UN'; X12: the functional identifier of the group it is sent in
  readonly others?: readonly string[]; // X12: further ones that it may be sent under
  readonly nodes: readonly MessageNode[];
}

/**
 * A message directory together with the service directory of its syntax version, so that UNH, UNS and UNT are known too.
 * What the message directory defines goes before.
 */
export function withService(directory: Directory, service: Directory): Directory {
  return {
    name: directory.name,
    elements: new Map([...service.elements, ...directory.elements]),
    composites: new Map([...service.composites, ...directory.composites]),
    segments: new Map([...service.segments, ...directory.segments]),
    codes: (element) => directory.codes(element) ?? service.codes(element),
    message: (type) => directory.message(type) ?? service.message(type),
    get messageTypes() {
      return [...directory.messageTypes, ...service.messageTypes];
    },
    get codedElements() {
      return [...new Set([...service.codedElements, ...directory.codedElements])];
    },
  };
}

/** How a syntax calls what its directories define. */
export interface Naming {
  /** The name of a position alone. */
  id(tag: string, element: number, component: number): string;
  /** What a name means, of the positions of its segment; `element` of `SegmentDirectory`. */
  element(tag: string, id: string, positions: readonly Position[]): ReturnType<SegmentDirectory['element']>;
  /** Where not every position is suggested by its own name. */
  ids?(tag: string): readonly string[];
  /** What a text must be beyond its kind and length. */
  format?(format: WireFormat): WireFormat;
}

/** A directory as maps ask of it. */
export function segmentDirectory(directory: Directory, { id, ids, element, format = (each) => each }: Naming): SegmentDirectory {
  const known = new Map<string, readonly Position[]>();
  const positions = (tag: string): readonly Position[] => {
    const found = known.get(tag) ?? made(tag);
    known.set(tag, found);
    return found;
  };
  const made = (tag: string): readonly Position[] =>
    (directory.segments.get(tag)?.parts ?? []).flatMap((part, at) =>
      (part.composite ? part.composite.parts : [part]).map((inner, below) => ({
        id: id(tag, at + 1, below + 1),
        key: atomKey(at + 1, below + 1),
        format: format(inner.element.format),
        required: requirement(part, inner),
        codes: () => [...(directory.codes(inner.id)?.keys() ?? [])],
      })),
    );
  const meanings = new Map<string, ReturnType<SegmentDirectory['element']>>(); // by tag and name
  const meaning = (tag: string, name: string): ReturnType<SegmentDirectory['element']> => {
    const key = `${tag} ${name}`;
    if (!meanings.has(key)) meanings.set(key, element(tag, name, positions(tag)));
    return meanings.get(key);
  };
  return {
    name: directory.name,
    has: (tag) => directory.segments.has(tag),
    tags: () => [...directory.segments.keys()],
    ids: ids ?? ((tag) => positions(tag).map((each) => each.id)),
    positions,
    element: meaning,
    messages: () => directory.messageTypes,
    nodes: (message) => directory.message(message)?.nodes,
  };
}

function requirement(part: ElementPart | CompositePart, inner: ElementPart): Requirement | undefined {
  if (inner.required) return part.required ? 'unit' : 'composite';
  return part.required ? 'some' : undefined;
}
