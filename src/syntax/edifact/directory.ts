import type { MessageNode, WireFormat } from '../segmented.ts';
import { atomKey } from '../unit.ts';

/** A UN/EDIFACT directory: data elements, composites, segments, code lists and message structures. `tables.ts` reads it from text. */
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
  readonly agency: string; // 'UN'
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

/** Where a directory id stands in a segment. */
export interface ElementKeys {
  /** One atom key per position: several where a component or composite is listed more than once (C108.4440 in FTX: five). */
  readonly keys: readonly number[];
  readonly id: string; // '4440'
  readonly name: string;
  readonly format: WireFormat;
  readonly required: boolean; // of the first position, its composite's status included
  readonly requiredInComposite: boolean; // of the component, wherever its composite is used
  readonly requiredComposite: boolean; // the composite must be there, whatever of it
  readonly repeat: number; // by repetition separator (syntax 4), else 1
}

const reference = /^(?:([A-Z]\d{3})(?:\[(\d+)\])?\.)?(\d{4})(?:\[(\d+|\*)\])?$/;

/**
 * Resolves what analysts write to atom keys: `1004` a stand-alone element, `C507.2380` a component, `C108.4440[2]` the second
 * of its positions, `C213[2].7065` the component of the second such composite, `C108.4440[*]` all positions (as without brackets).
 * Undefined where the segment has no such element.
 */
export function elementKeys(directory: Directory, tag: string, id: string): ElementKeys | undefined {
  const match = reference.exec(id);
  const segment = directory.segments.get(tag);
  if (!match || !segment) return undefined;
  const [, composite, compositeOrdinal, element = '', ordinal] = match;
  const found: { key: number; part: ElementPart; required: boolean; requiredInComposite: boolean; requiredComposite: boolean; repeat: number }[] = [];
  let seen = 0;
  segment.parts.forEach((part, index) => {
    if (composite === undefined) {
      if (part.element && part.id === element)
        found.push({ key: atomKey(index + 1, 1), part, required: part.required, requiredInComposite: false, requiredComposite: false, repeat: part.repeat });
    } else if (part.composite?.id === composite) {
      seen++;
      if (compositeOrdinal !== undefined && Number(compositeOrdinal) !== seen) return;
      part.composite.parts.forEach((component, at) => {
        if (component.id === element)
          found.push({
            key: atomKey(index + 1, at + 1),
            part: component,
            required: part.required && component.required,
            requiredInComposite: component.required,
            requiredComposite: part.required,
            repeat: part.repeat,
          });
      });
    }
  });
  const chosen = ordinal === undefined || ordinal === '*' ? found : found.slice(Number(ordinal) - 1, Number(ordinal));
  const first = chosen[0];
  if (!first || ordinal === '0' || compositeOrdinal === '0') return undefined;
  const { id: elementId, name, format } = first.part.element;
  return {
    keys: chosen.map(({ key }) => key),
    id: elementId,
    name,
    format,
    required: first.required,
    requiredInComposite: first.requiredInComposite,
    requiredComposite: first.requiredComposite,
    repeat: first.repeat,
  };
}

/** Every id that `elementKeys` knows in a segment, in the order of the segment: what a message about a wrong id may suggest. */
export function elementIds(directory: Directory, tag: string): string[] {
  const ids = new Set<string>();
  for (const part of directory.segments.get(tag)?.parts ?? []) {
    if (part.composite) for (const component of part.composite.parts) ids.add(`${part.id}.${component.id}`);
    else ids.add(part.id);
  }
  return [...ids];
}

/** Every position of a segment that may hold a text, in its order, by the id that names it alone and its atom key. */
export function elementPositions(directory: Directory, tag: string): readonly { readonly id: string; readonly key: number }[] {
  const parts = directory.segments.get(tag)?.parts ?? [];
  return parts.flatMap(({ composite }, element) =>
    Array.from({ length: composite?.parts.length ?? 1 }, (_, component) => ({
      id: elementId(directory, tag, element + 1, component + 1)!,
      key: atomKey(element + 1, component + 1),
    })),
  );
}

/** The directory id of an atom key: `3207`, `C108.4440`, `C108.4440[2]`; undefined where the segment has no such position. */
export function elementId(directory: Directory, tag: string, element: number, component: number): string | undefined {
  const segment = directory.segments.get(tag);
  const part = segment?.parts[element - 1];
  if (!segment || !part) return undefined;
  const before = segment.parts.slice(0, element - 1).filter((other) => other.id === part.id).length;
  const again = segment.parts.some((other, index) => other.id === part.id && index !== element - 1);
  if (!part.composite) return component > 1 ? undefined : again ? `${part.id}[${before + 1}]` : part.id;
  const inner = part.composite.parts[component - 1];
  if (!inner) return undefined;
  const same = part.composite.parts.flatMap((other, index) => (other.id === inner.id ? [index] : []));
  return `${part.id}${again ? `[${before + 1}]` : ''}.${inner.id}${same.length > 1 ? `[${same.indexOf(component - 1) + 1}]` : ''}`;
}
