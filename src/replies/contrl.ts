import { codes } from '../diagnostics/codes.ts';
import { hasError, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { EdiAddress } from '../diagnostics/place.ts';
import { charsetOf, encode, type Encoding } from '../syntax/charset.ts';
import { edifactWriter } from '../syntax/edifact/writer.ts';
import { atoms } from '../syntax/segments/atoms.ts';
import { testIndicatorOf, type Interchange } from '../syntax/unit.ts';
import { unfit, unfitGroup, withoutRoom } from './room.ts';
import type { Reach, ReplyOptions, Subject, SubjectMessage } from './subject.ts';

export interface ContrlOptions extends ReplyOptions {
  /** Only receipt was asked for: a faultless interchange is answered by action 8, not 7. */
  readonly receiptOnly?: boolean;
  /** How the receiver wants it written; under the character set of its subject unless said. */
  readonly encoding?: { readonly identifier?: string; readonly charset?: Encoding; readonly service?: string } | undefined;
}

const ACKNOWLEDGED = '7';
const REJECTED = '4';
const RECEIVED = '8';
const NO_AGREEMENT = '17';
const TOO_MANY = '16';
const UNSPECIFIED = '18';
const SERVICE_CHARACTERS = '22';
const CHARACTER_SET = '46'; // syntax 4 only
const MORE_TYPES = '31'; // before syntax 4 only
const NO_SECURITY = '27'; // the same
const OUTSIDE = '33';

/** SG2 and UCD of the CONTRL structure, both generations: how many segments of a message, and elements of a segment, can be named. */
const MOST_SEGMENTS = 999;
const MOST_ELEMENTS = 99;

/** 0800 and S020, which name packages. */
const OF_PACKAGES = [[], []];

/** 0057, which need not be repeated. */
const MOST_ASSOCIATION = 6;

interface Fault {
  readonly code: string; // 0085
  readonly edi: EdiAddress | undefined;
  readonly more?: true; // stands for others of its kind, which were only counted
  readonly security?: string; // 0534 of the security that is meant, '' where it has none
}

type Segment = readonly [tag: string, elements: readonly (readonly string[])[]];

/** A group is named by UCF, a message by UCM. */
export function contrlReach({ interchange, messages, findings }: Subject): Reach {
  const four = isFour(interchange);
  const named = new Map(messages.map(({ header: { group } }) => [group?.index, group !== undefined && unfitGroup(group, four) === undefined]));
  const groups = new Set<number>();
  let whole = false;
  for (const each of findings) {
    const group = each.data?.edi?.ung;
    if (!hasError([each])) continue;
    if (group !== undefined && named.get(group)) groups.add(group);
    else whole = true;
  }
  const isNamed = ({ header }: SubjectMessage): boolean => groups.has(header.group?.index ?? 0) || unfit(header, four) === undefined; // with its group, or itself
  return { whole: whole || messages.some((each) => !each.accepted && !isNamed(each)), groups };
}

/**
 * The CONTRL for an interchange, as bytes: the UN D.3 message for syntax versions 1 to 3, the one of ISO 9735-4 for version 4, each in
 * the syntax and under the character set of its subject. Undefined where there is nothing to answer: CONTRL is never answered,
 * without sender and reference nobody could be addressed, and what has no room in UCI cannot be told there.
 *
 * UCI, UCF and UCM tell their first fault, UCS and UCD every one; where not all fits, code 18 stands at the end.
 */
export function buildContrl(subject: Subject, options: ContrlOptions): Uint8Array | undefined {
  const { interchange } = subject;
  const messages = subject.messages.filter(({ header }) => header.type !== 'CONTRL');
  if (subject.messages.length > 0 && messages.length === 0) return undefined;
  if (interchange.syntax !== 'edifact' || interchange.reference === undefined || interchange.sender === undefined || interchange.recipient === undefined)
    return undefined;
  if (withoutRoom(interchange)) return undefined;
  const four = isFour(interchange);
  const version = (/^[1-4]$/.test(interchange.syntaxVersion ?? '') ? interchange.syntaxVersion : '3') as '1' | '2' | '3' | '4';

  const chunks: Uint8Array[] = [];
  const writer = edifactWriter(
    { bytes: (chunk) => chunks.push(chunk), finding: () => undefined }, // what we echo is the subject's own text
    {
      syntaxIdentifier: options.encoding ? (options.encoding.identifier ?? 'UNOC') : labelFor(interchange, messages),
      charset: options.encoding?.charset,
      serviceString: options.encoding?.service,
      syntaxVersion: version,
      interchange: {
        sender: interchange.recipient,
        senderQualifier: interchange.recipientQualifier,
        recipient: interchange.sender,
        recipientQualifier: interchange.senderQualifier,
        preparedAt: preparedAt(options.time, four),
        reference: options.reference,
        testIndicator: testIndicatorOf(interchange),
      },
    },
  );
  writer.beginMessage({ type: 'CONTRL', version: four ? '4' : 'D', release: four ? '1' : '3', agency: 'UN', reference: '1' });
  for (const [tag, elements] of segments({ ...subject, messages }, options, four)) writer.unit(tag, atoms(elements));
  writer.endMessage();
  writer.end();
  return Buffer.concat(chunks);
}

function* segments(subject: Subject, options: ContrlOptions, four: boolean): Generator<Segment> {
  const { interchange, messages } = subject;
  const { whole, groups: rejected } = contrlReach(subject);
  const [inGroups, own] = partition(faultsOf(subject.findings, four), ({ edi }) => edi?.ung !== undefined && rejected.has(edi.ung));
  const faultless = !whole && rejected.size === 0 && messages.every(({ accepted }) => accepted);
  const action = whole ? REJECTED : faultless && options.receiptOnly ? RECEIVED : ACKNOWLEDGED;
  const sender = [interchange.sender ?? '', interchange.senderQualifier ?? ''];
  const recipient = [interchange.recipient ?? '', interchange.recipientQualifier ?? ''];
  const fault = whole ? (own[0] ?? inUnnamed(messages, four) ?? { code: UNSPECIFIED, edi: undefined }) : undefined;
  yield ['UCI', [[interchange.reference ?? ''], sender, recipient, [action], ...serviceFault(fault, four), ...securityFault(fault, four)]];
  if (whole) return;
  const groups = new Map<number, SubjectMessage[]>();
  for (const message of messages) {
    const { group } = message.header;
    const index = group?.index ?? 0;
    if (message.accepted && !rejected.has(index)) continue;
    const members = groups.get(index);
    if (members) members.push(message);
    else groups.set(index, [message]);
  }
  for (const message of groups.get(0) ?? []) yield* messageSegments(message, four);
  for (const [index, members] of groups) {
    const group = index === 0 ? undefined : members[0]?.header.group;
    if (!group) continue;
    const parties = [
      [group.sender ?? '', group.senderQualifier ?? ''],
      [group.recipient ?? '', group.recipientQualifier ?? ''],
    ];
    const isRejected = rejected.has(index);
    const first = isRejected ? inGroups.find(({ edi }) => edi?.ung === index) : undefined;
    yield ['UCF', [[group.reference], ...parties, [isRejected ? REJECTED : ACKNOWLEDGED], ...serviceFault(first, four), ...securityFault(first, four)]];
    if (!isRejected) for (const message of members) yield* messageSegments(message, four);
  }
}

/** What is wrong with the header of a message that UCM, or UCF of its group, could not name. */
function inUnnamed(messages: readonly SubjectMessage[], four: boolean): Fault | undefined {
  const unnamed = messages.find(({ header, accepted }) => !accepted && unfit(header, four) !== undefined);
  return unnamed && (faultsOf(unnamed.findings, four).find(isOfHeader) ?? unfit(unnamed.header, four));
}

const isOfHeader = ({ edi }: Fault): boolean => edi?.tag === 'UNH' && !edi.missing;

/** UCM, and for every fault below it a UCS, with a UCD for each element where the fault is in elements. */
function messageSegments({ header, findings, accepted }: SubjectMessage, four: boolean): Segment[] {
  const faults = faultsOf(findings, four);
  const [inService, inSegments] = partition(
    faults,
    ({ edi, security }) => !edi || security !== undefined || (!edi.missing && (edi.segment === 0 || edi.tag === 'UNH' || edi.tag === 'UNT')),
  );
  const fault = inService[0] ?? (inSegments.length > 0 ? undefined : { code: UNSPECIFIED, edi: undefined });
  const { type, version = '', release = '', agency = '', association = '' } = header;
  const identifier = [type, version, release, agency, association.length > MOST_ASSOCIATION ? '' : association];
  const [beyond, named] = partition(inSegments, ({ more }) => more === true);
  const bySegment = new Map<number, Fault[]>();
  for (const each of named) {
    const position = each.edi?.segment ?? 0;
    const known = bySegment.get(position);
    if (known) known.push(each);
    else bySegment.set(position, [each]);
  }
  const told = [...bySegment].sort(([a], [b]) => a - b).flatMap(([position, each]) => segmentFaults(position, each, four));
  const isCut = told.length > MOST_SEGMENTS || beyond.length > 0;
  const said = isCut ? told.slice(0, MOST_SEGMENTS - 1) : told;
  const rest = [told[said.length]?.position, ...beyond.map(({ edi }) => edi?.segment)].filter((position) => position !== undefined);
  return [
    [
      'UCM',
      [[header.reference ?? ''], identifier, [accepted ? ACKNOWLEDGED : REJECTED], ...serviceFault(fault, four), ...securityFault(fault, four, OF_PACKAGES)],
    ],
    ...said.flatMap(({ segments }) => segments),
    ...(isCut ? [['UCS', [[String(Math.min(...rest))], [UNSPECIFIED]]] as const] : []),
  ];
}

interface SegmentFault {
  readonly position: number; // 0096
  readonly segments: readonly Segment[];
}

/** At one position: each fault of the segment itself, its elements together, and that one is missing after it. */
function segmentFaults(position: number, faults: readonly Fault[], four: boolean): SegmentFault[] {
  const [after, at] = partition(faults, ({ edi }) => edi?.missing === true);
  const [inElements, ofSegment] = partition(at, ({ code, edi }) => edi?.element !== undefined && !(code === TOO_MANY && edi.id === undefined));
  const places = new Map<string, Fault>();
  for (const fault of inElements) {
    const place = elementPlace(fault.edi, four).join(':');
    if (!places.has(place)) places.set(place, fault);
  }
  const elements = [...places.values()].sort((a, b) => order(a.edi) - order(b.edi));
  const said = elements.length > MOST_ELEMENTS ? elements.slice(0, MOST_ELEMENTS - 1) : elements;
  const inside: Segment[] = said.map(({ code, edi }) => ['UCD', [[code], elementPlace(edi, four)]]);
  if (said.length < elements.length) inside.push(['UCD', [[UNSPECIFIED], elementPlace(elements[said.length]?.edi, four)]]);
  const itself = (own: readonly Fault[]): SegmentFault[] =>
    [...new Set(own.map(({ code }) => code))].map((code) => ({ position, segments: [['UCS', [[String(position)], [code]]]] }));
  return [...itself(ofSegment), ...(inside.length > 0 ? [{ position, segments: [['UCS', [[String(position)]]] as const, ...inside] }] : []), ...itself(after)];
}

/** Where an element stands in its segment: by element, then occurrence, then component. */
const order = (edi: EdiAddress | undefined): number => ((edi?.element ?? 0) * 1e6 + (edi?.occurrence ?? 1)) * 1e3 + (edi?.component ?? 0);

/** 0085, the service segment (0013, in syntax 4 0135, which knows no UNA), and the place in it. */
function serviceFault(fault: Fault | undefined, four: boolean): (readonly string[])[] {
  if (!fault) return [];
  const named = fault.edi && !fault.edi.missing && (four ? /^U(?:N[BEGHOPSTZ]|S[ACDHRTU])$/ : /^UN[ABEGHSTZ]$/).test(fault.edi.tag);
  const tag = named ? (fault.edi?.tag ?? '') : '';
  return [[fault.code], [tag], tag === '' ? [] : elementPlace(fault.edi, four)];
}

/** 0534 and 0138, in syntax 4: what the security is called, and which segment of it is meant; UCM has two elements before them. */
function securityFault(
  { security = '' }: Fault | undefined = { code: '', edi: undefined },
  four: boolean,
  before: readonly (readonly string[])[] = [],
): (readonly string[])[] {
  return four && security !== '' ? [...before, [security], ['1']] : [];
}

/** S011: 0098 counts the tag as 1, 0104 and 0136 from 1; 0136 came with syntax 4. */
function elementPlace(edi: EdiAddress | undefined, four: boolean): readonly string[] {
  if (edi?.element === undefined) return [];
  const component = edi.component === undefined ? '' : String(edi.component);
  return [String(edi.element), component, four && edi.occurrence !== undefined ? String(edi.occurrence) : ''];
}

/** What is to be told: errors, those of syntax first, and that there are more of a kind than were listed. */
function faultsOf(findings: readonly Diagnostic[], four: boolean): Fault[] {
  const errors = partition(
    findings.filter((each) => hasError([each])),
    ({ code }) => code !== 'MAP_NONE',
  ).flat();
  const kinds = new Set<string>(errors.map(({ code }) => code));
  return [
    ...errors.map((each): Fault => ({ code: codeOf(each, four), edi: addressOf(each), ...securityOf(each) })).filter(({ code }) => code !== ''),
    ...findings
      .filter(({ code, args, data }) => code === 'EDIFACT_MORE' && kinds.has(args['code'] ?? '') && data?.edi)
      .map(({ data }): Fault => ({ code: UNSPECIFIED, edi: data?.edi, more: true })),
  ];
}

/** A missing service segment is named itself, not the segment after which it should have stood; a message that nobody here reads by its S009. */
function addressOf({ code, args, data }: Diagnostic): EdiAddress | undefined {
  if (code === 'MAP_NONE') return { tag: 'UNH', segment: 1, element: 3 };
  const segment = args['segment'];
  if (code !== 'EDIFACT_ENVELOPE_MISSING' || segment === undefined) return data?.edi;
  const { ung } = data?.edi ?? {};
  return { tag: segment, segment: 0, ...(ung === undefined ? {} : { ung }) };
}

/** Security is named by its first segment, and that by what it calls itself. */
const securityOf = ({ code, args }: Diagnostic): Pick<Fault, 'security'> =>
  code === 'EDIFACT_SECURITY' ? { security: args['first']?.split(' ')[1] ?? '' } : {};

/** DE 0085. That a character set is not supported has a value of its own in syntax 4; a separator that nothing announced is not one that UNA announced wrongly. */
function codeOf({ code, args, data }: Diagnostic, four: boolean): string {
  if (code === 'MAP_NONE') return NO_AGREEMENT; // no fault of syntax
  if (code === 'EDIFACT_SECURITY' && !four) return NO_SECURITY;
  if (code === 'EDIFACT_OBJECT' && !four) return OUTSIDE;
  if (code === 'EDIFACT_GROUP_DIFFERS' && !four && data?.edi?.element === 2 && args['kinds'] !== '1') return MORE_TYPES;
  if (code === 'EDIFACT_SYNTAX_UNSUPPORTED' && four && data?.edi?.component !== 2) return CHARACTER_SET;
  return code === 'EDIFACT_SERVICE_CHAR' && data?.edi?.tag === 'UNB' ? SERVICE_CHARACTERS : codes[code].contrl;
}

const isFour = ({ syntaxVersion }: Interchange): boolean => syntaxVersion === '4';

/** The label of the subject where its parties and references can be written under it, else one that has the letters it used. */
function labelFor({ charset, syntaxVersion, sender = '', recipient = '', reference: own = '' }: Interchange, messages: readonly SubjectMessage[]): string {
  const named = messages.map(({ header: { reference = '', type, group } }) => [reference, type, group?.reference, group?.sender, group?.recipient].join(''));
  const echoed = [sender, recipient, own, ...named].join('');
  const declared = charsetOf(charset.declared, syntaxVersion ?? '');
  if (charset.declared !== '' && declared.known && encode(declared.encoding, echoed).ok) return charset.declared;
  return encode('iso-8859-1', echoed).ok ? 'UNOC' : 'UNOY';
}

/** DE 0017 and 0019: two digits of the year before syntax 4. */
function preparedAt(time: string, four: boolean): string {
  const [date = '', clock = ''] = new Date(time).toISOString().split('T');
  return `${date.replaceAll('-', '').slice(four ? 0 : 2)}:${clock.slice(0, 5).replace(':', '')}`;
}

function partition<T>(all: readonly T[], first: (item: T) => boolean): [T[], T[]] {
  return [all.filter(first), all.filter((item) => !first(item))];
}
