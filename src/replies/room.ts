import type { EdiAddress } from '../diagnostics/place.ts';
import type { Interchange, MessageGroup, MessageHeader } from '../syntax/unit.ts';

// What a CONTRL gives back of its subject by name. What is missing there, or too long for it, would make a CONTRL that is none.

/** What UCI repeats of an interchange, with the room that it has there. */
const uci = [
  ['reference', 'reference', '0020', 14],
  ['sender', 'sender', '0004', 35],
  ['senderQualifier', 'sender', '0007', 4],
  ['recipient', 'recipient', '0010', 35],
  ['recipientQualifier', 'recipient', '0007', 4],
] as const;

/** A value of an interchange that is too long to be repeated; '' where it is missing. */
export interface NoRoom {
  readonly part: 'reference' | 'sender' | 'recipient';
  readonly id: string;
  readonly max: number;
  readonly value: string;
}

/**
 * What of an interchange has no room in UCI, or is missing though UCI names it by that. Then no valid CONTRL can say which interchange it is
 * about, and its sender is to be told otherwise (CONTRL D.3, 1.3.4; ISO 9735-4, errors in data elements that are copied).
 */
export function withoutRoom(interchange: Interchange): NoRoom | undefined {
  for (const [name, part, id, max] of uci) {
    const value = interchange[name] ?? '';
    if (Array.from(value).length > max || (part === 'reference' && value === '')) return { part, id, max, value };
  }
  return undefined;
}

const MISSING = '13'; // DE 0085
const TOO_LONG = '39';

/** What keeps UCM or UCF from naming something: DE 0085, and where it stands in the header. */
export interface Unfit {
  readonly code: string;
  readonly edi: EdiAddress;
}

/** What names a message or a group, where it stands in their header, and the room that it has in UCM and UCF. */
interface Name {
  readonly value: string | undefined;
  readonly element: number; // 0098
  readonly component?: number; // 0104
  readonly max: number;
  readonly mandatory: boolean;
}

/** UCM names a message by 0062 and S009, whose first four components are mandatory; UCF a group by 0048, S006 and S007, the latter two mandatory before syntax 4. */
export function unfit({ reference, type, version, release, agency, group }: MessageHeader, four: boolean): Unfit | undefined {
  const mandatory = true;
  const names: Name[] = [
    { value: reference, element: 2, max: 14, mandatory },
    { value: type, element: 3, component: 1, max: 6, mandatory },
    { value: version, element: 3, component: 2, max: 3, mandatory },
    { value: release, element: 3, component: 3, max: 3, mandatory },
    { value: agency, element: 3, component: 4, max: four ? 3 : 2, mandatory },
  ];
  return firstUnfit('UNH', names) ?? (group && unfitGroup(group, four));
}

export function unfitGroup({ reference, sender, senderQualifier, recipient, recipientQualifier }: MessageGroup, four: boolean): Unfit | undefined {
  const names: Name[] = [
    { value: sender, element: 3, component: 1, max: 35, mandatory: !four },
    { value: senderQualifier, element: 3, component: 2, max: 4, mandatory: false },
    { value: recipient, element: 4, component: 1, max: 35, mandatory: !four },
    { value: recipientQualifier, element: 4, component: 2, max: 4, mandatory: false },
    { value: reference, element: 6, max: 14, mandatory: true },
  ];
  return firstUnfit('UNG', names);
}

/** What is missing or has no room. */
function firstUnfit(tag: 'UNH' | 'UNG', names: readonly Name[]): Unfit | undefined {
  for (const { value = '', element, component, max, mandatory } of names) {
    const code = value === '' && mandatory ? MISSING : value.length > max && Array.from(value).length > max ? TOO_LONG : ''; // characters, not UTF-16 units
    if (code !== '') return { code, edi: { tag, segment: tag === 'UNH' ? 1 : 0, element, ...(component === undefined ? {} : { component }) } };
  }
  return undefined;
}
