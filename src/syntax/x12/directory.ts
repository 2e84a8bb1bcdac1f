import type { SegmentDirectory, SegmentSyntax } from '../segmented.ts';
import { atomKey } from '../unit.ts';
import type { Directory } from '../edifact/directory.ts';

/** ANSI X12 as a segmented syntax: ST01 and GS08 say what a transaction set is, SE closes it. */
export const x12Segments: SegmentSyntax = {
  header: 'ST',
  service: {
    header: 'ST',
    trailer: 'SE',
    reference: 2,
    identifier: new Map([
      [atomKey(1, 1), 'type'],
      [atomKey(3, 1), 'association'],
    ]),
  },
  fields: {
    ST01: (header) => header.type,
    ST03: (header) => header.association,
    GS01: (header) => header.group?.type,
    GS02: (header) => header.group?.sender,
    GS03: (header) => header.group?.recipient,
    GS08: (header) => header.group?.version,
    ISA06: (header) => header.interchange.sender,
    ISA08: (header) => header.interchange.recipient,
  },
};

const reference = /^(\d\d)(?:\.(\d))?$/;

/**
 * The tables of a version as maps ask of them. An element is named by its place, as X12 itself does: `02` is N102 in N1; `04.1` the
 * first component of the fourth.
 */
export function x12Directory(directory: Directory): SegmentDirectory {
  const partsOf = (tag: string): Directory['segments'] extends ReadonlyMap<string, infer S> ? (S extends { parts: infer P } ? P : never) : never =>
    directory.segments.get(tag)?.parts ?? [];
  const positions: SegmentDirectory['positions'] = (tag) =>
    partsOf(tag).flatMap((part, at) => {
      const id = String(at + 1).padStart(2, '0');
      const codes = (element: string) => (): readonly string[] => [...(directory.codes(element)?.keys() ?? [])];
      if (!part.composite)
        return [{ id, key: atomKey(at + 1, 1), format: part.element.format, required: part.required ? ('unit' as const) : undefined, codes: codes(part.id) }];
      return part.composite.parts.map(({ id: element, required, element: { format } }, inner) => ({
        id: `${id}.${inner + 1}`,
        key: atomKey(at + 1, inner + 1),
        format,
        required: required ? (part.required ? ('unit' as const) : ('composite' as const)) : part.required ? ('some' as const) : undefined,
        codes: codes(element),
      }));
    });
  return {
    name: directory.name,
    has: (tag) => directory.segments.has(tag),
    tags: () => [...directory.segments.keys()],
    ids: (tag) => positions(tag).map(({ id }) => id),
    positions,
    element(tag, id) {
      const [, place = '', component = '1'] = reference.exec(id) ?? [];
      const key = atomKey(Number(place), Number(component));
      const found = place === '' ? undefined : positions(tag).find((each) => each.key === key);
      return found && { keys: [key], format: found.format, required: tag === 'ST' ? undefined : found.required };
    },
    messages: () => directory.messageTypes,
    nodes: (message) => directory.message(message)?.nodes,
  };
}
