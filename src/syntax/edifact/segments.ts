import { atomKey, keyComponent, keyElement } from '../unit.ts';
import type { Requirement, SegmentDirectory, SegmentSyntax, ServiceUnits } from '../segmented.ts';
import { elementIds, elementKeys, elementPositions, type Directory, type ElementKeys } from './directory.ts';

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
export function edifactDirectory(directory: Directory): SegmentDirectory {
  return {
    name: directory.name,
    has: (tag) => directory.segments.has(tag),
    tags: () => [...directory.segments.keys()],
    ids: (tag) => elementIds(directory, tag),
    positions: (tag) =>
      elementPositions(directory, tag).map(({ id, key }) => {
        const part = directory.segments.get(tag)!.parts[keyElement(key) - 1]!;
        const inner = part.composite?.parts[keyComponent(key) - 1] ?? part;
        const { format, id: element } = elementKeys(directory, tag, id)!;
        const wanted = part.composite && inner.required && !part.required ? 'composite' : inner.required ? 'unit' : part.required ? 'some' : undefined;
        return { id, key, format, required: wanted, codes: () => [...(directory.codes(element)?.keys() ?? [])] };
      }),
    element(tag, id) {
      const found = elementKeys(directory, tag, id);
      return found && { keys: found.keys, format: found.format, required: requirementOf(tag, found) };
    },
    messages: () => directory.messageTypes,
    nodes: (message) => directory.message(message)?.nodes,
  };
}

/** What UNH must say is the writer's; a composite that a map adds to it has to be whole. */
function requirementOf(tag: string, { required, requiredInComposite, requiredComposite }: ElementKeys): Requirement | undefined {
  if (requiredInComposite && !required) return 'composite';
  if (tag === edifactSegments.service.header) return undefined;
  return required ? 'unit' : requiredComposite ? 'some' : undefined;
}
