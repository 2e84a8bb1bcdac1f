import { atomKey } from '../unit.ts';
import type { Requirement, SegmentDirectory, SegmentSyntax, ServiceUnits, WireFormat } from '../segmented.ts';
import { segmentDirectory, type Directory, type ElementPart } from '../segments/directory.ts';

/** UN/EDIFACT as a segmented syntax: UNH names a message by S009, UNT closes it. */
export const edifactSegments: SegmentSyntax & { readonly service: ServiceUnits } = {
  header: 'S009',
  service: {
    header: 'UNH',
    trailer: 'UNT',
    reference: 1,
    identifier: new Map([
      [atomKey(2, 1), 'type'],
      [atomKey(2, 2), 'version'],
      [atomKey(2, 3), 'release'],
      [atomKey(2, 4), 'agency'],
      [atomKey(2, 5), 'association'],
    ]),
  },
  fields: {
    'UNH.S009.0065': (header) => header.type,
    'UNH.S009.0052': (header) => header.version,
    'UNH.S009.0054': (header) => header.release,
    'UNH.S009.0051': (header) => header.agency,
    'UNH.S009.0057': (header) => header.association,
    'UNB.S002.0004': (header) => header.interchange.sender,
    'UNB.S003.0010': (header) => header.interchange.recipient,
  },
};

/** A UN/EDIFACT directory as maps ask of it. */
export const edifactDirectory = (directory: Directory): SegmentDirectory =>
  segmentDirectory(directory, {
    id: (tag, element, component) => elementId(directory, tag, element, component)!,
    ids: (tag) => elementIds(directory, tag),
    element(tag, id) {
      const found = elementKeys(directory, tag, id);
      return found && { keys: found.keys, format: found.format, required: requirementOf(tag, found) };
    },
  });

/** What UNH must say is the writer's; a composite that a map adds to it has to be whole. */
function requirementOf(tag: string, { required, requiredInComposite, requiredComposite }: ElementKeys): Requirement | undefined {
  if (requiredInComposite && !required) return 'composite';
  if (tag === edifactSegments.service.header) return undefined;
  return required ? 'unit' : requiredComposite ? 'some' : undefined;
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

const reference = /^(?:([A-Z]\d{3})(?:\[(\d+)\])?\.)?(\d[\dA-Z]\d\d)(?:\[(\d+|\*)\])?$/;

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
