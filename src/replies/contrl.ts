import { codes } from '../diagnostics/codes.ts';
import { hasError, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { EdiAddress } from '../diagnostics/place.ts';
import { charsetOf, encode } from '../syntax/charset.ts';
import { atoms, edifactWriter } from '../syntax/edifact/writer.ts';
import type { Interchange, MessageGroup, MessageHeader } from '../syntax/unit.ts';

/** What a CONTRL answers: an interchange, and what became of it. Only findings of severity error and above are reported. */
export interface ContrlSubject {
  readonly interchange: Interchange;
  readonly messages: readonly SubjectMessage[];
  readonly findings: readonly Diagnostic[]; // of the interchange itself
  /** Whether the interchange as a whole is accepted; unless said, when none of its own findings is an error. */
  readonly accepted?: boolean;
}

export interface SubjectMessage {
  readonly header: MessageHeader;
  readonly findings: readonly Diagnostic[];
  readonly accepted: boolean;
}

export interface ContrlOptions {
  readonly reference: string; // 0020 of the answer, at most 14 characters
  readonly time: string; // ISO 8601, UTC
  /** Only receipt was asked for: a faultless interchange is answered by action 8, not 7. */
  readonly receiptOnly?: boolean;
}

const ACKNOWLEDGED = '7';
const REJECTED = '4';
const RECEIVED = '8';
const UNSPECIFIED = '18';

/** SG2 and UCD of the CONTRL structure, both generations: how many segments of a message, and elements of a segment, can be named. */
const MOST_SEGMENTS = 999;
const MOST_ELEMENTS = 99;

interface Fault {
  readonly code: string; // 0085
  readonly edi: EdiAddress | undefined;
}

type Segment = readonly [tag: string, elements: readonly (readonly string[])[]];

/**
 * The CONTRL for an interchange, as bytes: the UN D.3 message for syntax versions 1 to 3, the one of ISO 9735-4 for version 4, each in
 * the syntax and under the character set of its subject. Undefined where there is nothing to answer: CONTRL is never answered,
 * and without sender and reference nobody could be addressed.
 *
 * Each level is reported once, by its first fault; where not all fits, code 18 stands at the end.
 */
export function buildContrl(subject: ContrlSubject, options: ContrlOptions): Uint8Array | undefined {
  const { interchange } = subject;
  const messages = subject.messages.filter(({ header }) => header.type !== 'CONTRL');
  if (subject.messages.length > 0 && messages.length === 0) return undefined;
  if (interchange.syntax !== 'edifact' || interchange.reference === undefined || interchange.sender === undefined || interchange.recipient === undefined)
    return undefined;
  const four = interchange.syntaxVersion === '4';
  const version = (/^[1-4]$/.test(interchange.syntaxVersion ?? '') ? interchange.syntaxVersion : '3') as '1' | '2' | '3' | '4';

  const chunks: Uint8Array[] = [];
  const writer = edifactWriter(
    { bytes: (chunk) => chunks.push(chunk), finding: () => undefined }, // what we echo is the subject's own text
    {
      syntaxIdentifier: labelFor(interchange),
      syntaxVersion: version,
      interchange: {
        sender: interchange.recipient,
        senderQualifier: interchange.recipientQualifier,
        recipient: interchange.sender,
        recipientQualifier: interchange.senderQualifier,
        preparedAt: preparedAt(options.time, four),
        reference: options.reference,
        testIndicator: interchange.testIndicator,
      },
    },
  );
  writer.beginMessage({ type: 'CONTRL', version: four ? '4' : 'D', release: four ? '1' : '3', agency: 'UN', reference: '1' });
  for (const [tag, elements] of segments(subject, messages, options, four)) writer.unit(tag, atoms(elements));
  writer.endMessage();
  writer.end();
  return Buffer.concat(chunks);
}

function* segments(subject: ContrlSubject, messages: readonly SubjectMessage[], options: ContrlOptions, four: boolean): Generator<Segment> {
  const { interchange } = subject;
  const [inGroups, own] = partition(faultsOf(subject.findings, four), ({ edi }) => edi?.tag === 'UNG' || edi?.tag === 'UNE');
  const unnamed = messages.some(({ header }) => !isNamed(header)); // a message that UCM could not name rejects the whole
  const rejected = unnamed || !(subject.accepted ?? !hasError(subject.findings));
  const faultless = !rejected && own.length === 0 && messages.every(({ accepted }) => accepted);
  const action = rejected ? REJECTED : faultless && options.receiptOnly ? RECEIVED : ACKNOWLEDGED;
  const fault =
    own[0] ?? (rejected ? (inGroups[0] ?? { code: unnamed ? '13' : UNSPECIFIED, edi: unnamed ? { tag: 'UNH', segment: 1 } : undefined }) : undefined);
  const parties = [
    [interchange.sender ?? '', interchange.senderQualifier ?? ''],
    [interchange.recipient ?? '', interchange.recipientQualifier ?? ''],
  ];
  yield ['UCI', [[interchange.reference ?? ''], ...parties, [action], ...serviceFault(fault, four)]];
  if (rejected) return;
  const reported = messages.filter(({ accepted, findings }) => !accepted || faultsOf(findings, four).length > 0);
  const groups = new Map<MessageGroup | undefined, SubjectMessage[]>([[undefined, []]]);
  for (const message of reported) {
    const { group } = message.header;
    const named = group?.reference && group.sender && group.recipient ? group : undefined; // what UCF must name
    const members = groups.get(named);
    if (members) members.push(message);
    else groups.set(named, [message]);
  }
  for (const [group, members] of groups) {
    if (group) {
      const identification = [
        [group.sender ?? '', group.senderQualifier ?? ''],
        [group.recipient ?? '', group.recipientQualifier ?? ''],
      ];
      yield ['UCF', [[group.reference], ...identification, [ACKNOWLEDGED]]];
    }
    yield* members.flatMap((message) => messageSegments(message, four));
  }
}

/** UCM, and a UCS with its UCDs for each segment that is at fault. */
function messageSegments({ header, findings, accepted }: SubjectMessage, four: boolean): Segment[] {
  const faults = faultsOf(findings, four);
  const [inService, inSegments] = partition(faults, ({ edi }) => !edi || (!edi.missing && (edi.segment === 0 || edi.tag === 'UNH' || edi.tag === 'UNT')));
  const fault = inService[0] ?? (accepted || inSegments.length > 0 ? undefined : { code: UNSPECIFIED, edi: undefined });
  const identifier = [header.type, header.version ?? '', header.release ?? '', header.agency ?? '', header.association ?? ''];
  const bySegment = new Map<number, Fault[]>();
  for (const each of inSegments) {
    const position = each.edi?.segment ?? 0;
    const known = bySegment.get(position);
    if (known) known.push(each);
    else bySegment.set(position, [each]);
  }
  const positions = [...bySegment.keys()].sort((a, b) => a - b);
  const said = positions.length > MOST_SEGMENTS ? positions.slice(0, MOST_SEGMENTS - 1) : positions;
  const written: Segment[] = [['UCM', [[header.reference ?? ''], identifier, [accepted ? ACKNOWLEDGED : REJECTED], ...serviceFault(fault, four)]]];
  for (const position of said) written.push(...segmentFaults(position, bySegment.get(position) ?? [], four));
  if (said.length < positions.length) written.push(['UCS', [[String(positions[said.length])], [UNSPECIFIED]]]);
  return written;
}

/** UCS carries a code only for the segment itself; UCD carries those of its elements. */
function segmentFaults(position: number, faults: readonly Fault[], four: boolean): Segment[] {
  const [inElements, ofSegment] = partition(faults, ({ code, edi }) => edi?.element !== undefined && !edi.missing && !(code === '16' && edi.id === undefined));
  const places = new Map<string, Fault>();
  for (const fault of inElements) {
    const place = elementPlace(fault.edi, four).join(':');
    if (!places.has(place)) places.set(place, fault);
  }
  const elements = [...places.values()];
  const said = elements.length > MOST_ELEMENTS ? elements.slice(0, MOST_ELEMENTS - 1) : elements;
  const written: Segment[] = [['UCS', [[String(position)], [ofSegment[0]?.code ?? '']]]];
  for (const { code, edi } of said) written.push(['UCD', [[code], elementPlace(edi, four)]]);
  if (said.length < elements.length) written.push(['UCD', [[UNSPECIFIED], elementPlace(elements[said.length]?.edi, four)]]);
  return written;
}

/** 0085, the service segment (0013, in syntax 4 0135, which knows no UNA), and the place in it. */
function serviceFault(fault: Fault | undefined, four: boolean): (readonly string[])[] {
  if (!fault) return [];
  const named = fault.edi && /^UN[A-Z]$/.test(fault.edi.tag) && !fault.edi.missing && !(four && fault.edi.tag === 'UNA');
  const tag = named ? (fault.edi?.tag ?? '') : '';
  return [[fault.code], [tag], tag === '' ? [] : elementPlace(fault.edi, four)];
}

/** S011: 0098 counts the tag as 1, 0104 and 0136 from 1; 0136 came with syntax 4. */
function elementPlace(edi: EdiAddress | undefined, four: boolean): readonly string[] {
  if (edi?.element === undefined) return [];
  const component = edi.component === undefined ? '' : String(edi.component);
  return [String(edi.element), component, four && edi.occurrence !== undefined ? String(edi.occurrence) : ''];
}

function faultsOf(findings: readonly Diagnostic[], four: boolean): Fault[] {
  return findings
    .filter((each) => hasError([each]))
    .flatMap((each) => {
      const code = codeOf(each, four);
      return code === '' ? [] : [{ code, edi: addressOf(each) }];
    });
}

/** A missing service segment is named itself, not the segment after which it should have stood. */
function addressOf({ code, args, data }: Diagnostic): EdiAddress | undefined {
  const segment = args['segment'];
  return code === 'EDIFACT_ENVELOPE_MISSING' && segment !== undefined ? { tag: segment, segment: 0 } : data?.edi;
}

/** DE 0085, of which both generations know 2, 7 and 12 to 43; that a character set is not supported has a value of its own in syntax 4. */
function codeOf({ code, data }: Diagnostic, four: boolean): string {
  return four && code === 'EDIFACT_SYNTAX_UNSUPPORTED' && data?.edi?.component !== 2 ? '46' : codes[code].contrl;
}

/** UCM names a message by 0062 and S009, whose first four components are mandatory. */
const isNamed = ({ reference, type, version, release, agency }: MessageHeader): boolean =>
  [reference, type, version, release, agency].every((value) => value !== undefined && value !== '');

/** The label of the subject where its parties can be written under it, else one that has the letters it used. */
function labelFor({ charset, syntaxVersion, sender = '', recipient = '' }: Interchange): string {
  const declared = charsetOf(charset.declared, syntaxVersion ?? '');
  if (charset.declared !== '' && declared.known && encode(declared.encoding, sender + recipient).ok) return charset.declared;
  return encode('iso-8859-1', sender + recipient).ok ? 'UNOC' : 'UNOY';
}

/** DE 0017 and 0019: two digits of the year before syntax 4. */
function preparedAt(time: string, four: boolean): string {
  const [date = '', clock = ''] = new Date(time).toISOString().split('T');
  return `${date.replaceAll('-', '').slice(four ? 0 : 2)}:${clock.slice(0, 5).replace(':', '')}`;
}

function partition<T>(all: readonly T[], first: (item: T) => boolean): [T[], T[]] {
  return [all.filter(first), all.filter((item) => !first(item))];
}
