import type { Position, SegmentDirectory, SegmentSyntax, WireFormat } from '../segmented.ts';
import { atomKey, keyComponent, keyElement } from '../unit.ts';
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

/** What stands between elements, repetitions, components and segments in what is written (`writer.ts`). */
export const separators = '*^>~';

/** A text cannot hold a separator: nothing releases it. */
const held = (format: WireFormat): WireFormat =>
  format.type === 'n'
    ? format
    : {
        ...format,
        form: {
          words: `free of the separators \`${separators}\``,
          fits: (text) => !/[*^>~\0-\x1f\x7f]/.test(text),
          example: (random) => Array.from({ length: Math.max(format.min, Math.min(format.max, 1 + Math.floor(random() * 12))) }, () => String.fromCharCode(65 + Math.floor(random() * 26))).join(''), // prettier-ignore
        },
      };

const reference = /^(\d\d)(?:\.\.(\d\d)|\.(\d))?$/;

/**
 * The tables of a version as maps ask of them. An element is named by its place, as X12 itself does: `02` is N102 in N1; `04.1` the
 * first component of the fourth; `03..04[*]` a text that goes on from the third to the fourth.
 */
export function x12Directory(directory: Directory): SegmentDirectory {
  const partsOf = (tag: string): Directory['segments'] extends ReadonlyMap<string, infer S> ? (S extends { parts: infer P } ? P : never) : never =>
    directory.segments.get(tag)?.parts ?? [];
  const known = new Map<string, readonly Position[]>();
  const positions = (tag: string): readonly Position[] => {
    const found = known.get(tag) ?? made(tag);
    known.set(tag, found);
    return found;
  };
  const made = (tag: string): readonly Position[] =>
    partsOf(tag).flatMap((part, at) => {
      const id = String(at + 1).padStart(2, '0');
      const codes = (element: string) => (): readonly string[] => [...(directory.codes(element)?.keys() ?? [])];
      if (!part.composite)
        return [
          { id, key: atomKey(at + 1, 1), format: held(part.element.format), required: part.required ? ('unit' as const) : undefined, codes: codes(part.id) },
        ];
      return part.composite.parts.map(({ id: element, required, element: { format } }, inner) => ({
        id: `${id}.${inner + 1}`,
        key: atomKey(at + 1, inner + 1),
        format: held(format),
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
      const [, place = '', last = place, component = '1'] = reference.exec(id) ?? [];
      const found = positions(tag).filter(
        ({ key }) => keyComponent(key) === Number(component) && keyElement(key) >= Number(place) && keyElement(key) <= Number(last),
      );
      const [first] = found;
      if (place === '' || !first || found.length <= Number(last) - Number(place)) return undefined;
      return { keys: found.map(({ key }) => key), format: first.format, required: tag === 'ST' ? undefined : first.required };
    },
    messages: () => directory.messageTypes,
    nodes: (message) => directory.message(message)?.nodes,
  };
}
