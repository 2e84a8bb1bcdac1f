import type { SegmentDirectory, SegmentSyntax, WireFormat } from '../segmented.ts';
import { atomKey, keyComponent, keyElement } from '../unit.ts';
import { segmentDirectory, type Directory } from '../segments/directory.ts';

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

const reserved = /[*^>~\0-\x1f\x7f]/;

/** Whether a text holds what ends it: a separator, or a control character, which others use as one. */
export const holdsSeparator = (text: string): boolean => reserved.test(text);

/** A text cannot hold a separator: nothing releases it. */
const held = (format: WireFormat): WireFormat =>
  format.type === 'n'
    ? format
    : {
        ...format,
        form: {
          words: `free of the separators \`${separators}\``,
          fits: (text) => !holdsSeparator(text),
          example: (random) => Array.from({ length: Math.max(format.min, Math.min(format.max, 1 + Math.floor(random() * 12))) }, () => String.fromCharCode(65 + Math.floor(random() * 26))).join(''), // prettier-ignore
        },
      };

const reference = /^(\d\d)(?:\.\.(\d\d)|\.(\d))?$/;

/**
 * The tables of a version as maps ask of them. An element is named by its place, as X12 itself does: `02` is N102 in N1; `04.1` the
 * first component of the fourth; `03..04[*]` a text that goes on from the third to the fourth.
 */
export const x12Directory = (directory: Directory): SegmentDirectory =>
  segmentDirectory(directory, {
    id(tag, element, component) {
      const place = String(element).padStart(2, '0');
      return directory.segments.get(tag)?.parts[element - 1]?.composite ? `${place}.${component}` : place;
    },
    element(tag, id, positions) {
      const [, place = '', last = place, component = '1'] = reference.exec(id) ?? [];
      const found = positions.filter(
        ({ key }) => keyComponent(key) === Number(component) && keyElement(key) >= Number(place) && keyElement(key) <= Number(last),
      );
      const [first] = found;
      if (place === '' || !first || found.length <= Number(last) - Number(place)) return undefined;
      return { keys: found.map(({ key }) => key), format: first.format, required: tag === 'ST' ? undefined : first.required };
    },
    format: held,
  });
