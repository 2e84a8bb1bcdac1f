import { hasError, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Encoding } from '../syntax/charset.ts';
import { atoms } from '../syntax/segments/atoms.ts';
import { testIndicatorOf, type MessageGroup } from '../syntax/unit.ts';
import { x12Writer } from '../syntax/x12/writer.ts';
import type { Reach, ReplyOptions, Subject, SubjectMessage } from './subject.ts';
import { NOT_OF_GROUP, x12Fault, x12Places, type X12Fault } from './x12-codes.ts';

export interface FunctionalOptions extends ReplyOptions {
  readonly interchange: boolean; // TA1
  readonly groups: '997' | '999' | undefined;
  readonly charset?: Encoding | undefined; // UTF-8 unless said
}

type Segment = readonly [tag: string, ...elements: readonly (string | readonly string[])[]];
type Level = keyof X12Fault;

const [ACCEPTED, PARTLY, REJECTED] = ['A', 'P', 'R'];
const MOST_CODES = 5; // AK502 to AK506, AK905 to AK909
const MOST_ELEMENTS = 99; // AK4 below one AK3
const ENDED = '023'; // I18: improper end of file
const LONGEST_COPY = 99; // characters of AK404

/** What is never answered: acknowledgements of interchanges, and groups of acknowledgements. */
const isAnswer = ({ header: { type, group } }: SubjectMessage): boolean => type === 'TA1' || group?.type === 'FA';

/** Whether AK1 can name a group: by GS01, and by GS06, which is a number. */
const isNamed = ({ type = '', reference }: MessageGroup): boolean => type !== '' && /^\d+$/.test(reference);

const isNamedSet = ({ type, reference }: SubjectMessage['header']): boolean => type !== '' && reference !== undefined;

/** AK1 names a group by GS06; a set is named in it by ST01 and ST02, and one that has none makes its group suffer for it. */
export function functionalReach({ messages, findings }: Subject): Reach {
  const named = new Set(messages.flatMap(({ header: { group } }) => (group && isNamed(group) ? [group.index] : [])));
  const reached = [
    ...findings.filter((each) => hasError([each])).map(({ data }) => data?.edi?.ung),
    ...messages.filter(({ accepted, header }) => !accepted && !isNamedSet(header)).map(({ header }) => header.group?.index),
  ];
  const groups = new Set(reached.filter((group): group is number => group !== undefined && named.has(group)));
  return { whole: reached.some((group) => group === undefined || !named.has(group)), groups };
}

/**
 * The answer to an X12 interchange, as bytes: TA1 for the interchange, and 997 or 999 for each group, in one interchange of their own.
 * Undefined where there is nothing to answer: acknowledgements never are, and without sender and control number nobody could be addressed. Of an
 * interchange that TA1 rejects the groups are not answered.
 */
export function buildFunctional(subject: Subject, options: FunctionalOptions): Uint8Array | undefined {
  const { interchange } = subject;
  const messages = subject.messages.filter((each) => !isAnswer(each));
  if (subject.messages.length > 0 && messages.length === 0) return undefined;
  if (interchange.reference === undefined || interchange.sender === undefined || interchange.recipient === undefined) return undefined;
  const reach = functionalReach({ ...subject, messages });
  const groups = options.groups === undefined || (reach.whole && options.interchange) ? [] : groupsOf(messages);
  if (!options.interchange && groups.length === 0) return undefined;
  const versionFor = (group: MessageGroup | undefined): string => {
    const stated = /^\d{6}/.exec(group?.version ?? `${interchange.syntaxVersion ?? ''}0`)?.[0] ?? '004010';
    return options.groups === '999' && stated < '005010' ? '005010' : stated;
  };
  const [first] = messages.flatMap(({ header }) => header.group ?? []);
  let answered: MessageGroup | undefined; // by the set that is written
  const chunks: Uint8Array[] = [];
  const writer = x12Writer(
    { bytes: (chunk) => chunks.push(chunk), finding: () => undefined }, // what we echo is the subject's own text
    {
      version: versionFor(first),
      charset: options.charset,
      groupOf: (set) => (set === 'TA1' ? '' : 'FA'),
      around: () => ({
        sender: answered?.recipient ?? interchange.recipient!,
        recipient: answered?.sender ?? interchange.sender!,
        version: versionFor(answered),
      }),
      interchange: {
        sender: interchange.recipient,
        senderQualifier: interchange.recipientQualifier,
        recipient: interchange.sender,
        recipientQualifier: interchange.senderQualifier,
        preparedAt: preparedAt(options.time),
        reference: options.reference,
        testIndicator: testIndicatorOf(interchange),
      },
    },
  );
  const write = (type: string, segments: Iterable<Segment>): void => {
    writer.beginMessage({ type });
    for (const [tag, ...elements] of segments) writer.unit(tag, atoms(elements.map((each) => [each].flat())));
    writer.endMessage();
  };
  if (options.interchange) write('TA1', [ta1(subject, reach)]);
  // A copy is left out where it could not be the same.
  const copied = (text: string): boolean => text.length <= LONGEST_COPY && [...text].every((each) => !writer.unwritable?.(each, ''));
  for (const { group, members } of groups) {
    answered = group;
    const form: Form = { prefix: options.groups === '999' ? 'IK' : 'AK', late: versionFor(group) >= '005010', copied };
    write(options.groups!, groupSegments(group, members, subject.findings, reach, form));
  }
  writer.end();
  return Buffer.concat(chunks);
}

/** TA101 to TA105: which interchange, and what became of it. */
function ta1({ interchange: { reference: number = '', preparedAt = '' }, findings }: Subject, { whole }: Reach): Segment {
  const [date = '', time = ''] = preparedAt.split(':');
  const note = whole ? findings.filter((each) => hasError([each])).flatMap((each) => nameOf(each, 'interchange') || []) : [];
  const stated = [/^\d{6}$/.test(date) ? date : '000000', /^\d{4}$/.test(time) ? time : '0000'];
  return [
    'TA1',
    /^\d{1,9}$/.test(number) ? number.padStart(9, '0') : '000000000',
    ...stated,
    whole ? REJECTED! : ACCEPTED!,
    note.find((each) => each === ENDED) ?? note[0] ?? (whole ? '024' : '000'), // what ended too soon has other faults for that
  ];
}

interface Group {
  readonly group: MessageGroup;
  readonly members: readonly SubjectMessage[];
}

function groupsOf(messages: readonly SubjectMessage[]): readonly Group[] {
  const groups = new Map<number, Group & { members: SubjectMessage[] }>();
  for (const message of messages) {
    const { group } = message.header;
    if (!group || !isNamed(group)) continue;
    const known = groups.get(group.index);
    if (known) known.members.push(message);
    else groups.set(group.index, { group, members: [message] });
  }
  return [...groups.values()];
}

interface Form {
  readonly prefix: 'AK' | 'IK';
  readonly late: boolean; // from 005010 on AK1 and AK2 say the version, and AK4 the repetition
  readonly copied: (text: string) => boolean;
}

function* groupSegments(
  { index, type = '', reference, version = '' }: MessageGroup,
  members: readonly SubjectMessage[],
  findings: readonly Diagnostic[],
  { whole, groups }: Reach,
  form: Form,
): Generator<Segment> {
  // prettier-ignore
  yield ['AK1', type, reference, form.late ? version : ''];
  for (const member of members) if (isNamedSet(member.header)) yield* setSegments(member, form); // AK2 must name it
  const own = findings.filter((each) => hasError([each]) && each.data?.edi?.ung === index);
  const counted = own.find(({ code, args }) => code === 'X12_COUNT_MISMATCH' && args['segment'] === 'GE')?.args['stated'];
  const accepted = whole || groups.has(index) ? 0 : members.filter((each) => each.accepted).length;
  const action = accepted === members.length ? ACCEPTED! : accepted === 0 ? REJECTED! : PARTLY!;
  const included = counted !== undefined && /^\d{1,6}$/.test(counted) ? counted : String(members.length);
  yield ['AK9', action, included, String(members.length), String(accepted), ...namesOf(own, 'group')];
}

/** One set: its header, what is wrong in each segment, and its trailer. */
function* setSegments({ header, findings, accepted }: SubjectMessage, form: Form): Generator<Segment> {
  const errors = findings.filter((each) => hasError([each]));
  const inSegments = errors.filter(isInSegment);
  yield ['AK2', header.type, header.reference ?? '', form.late ? (header.association ?? '') : ''];
  for (const note of notesOf(inSegments)) yield* noteSegments(note, form);
  const names = namesOf(
    errors.filter((each) => !isInSegment(each)),
    'set',
    form.late,
  );
  const all = inSegments.length > 0 && !names.includes('5') ? [...names, '5'] : names;
  yield [`${form.prefix}5`, accepted ? ACCEPTED! : REJECTED!, ...(accepted ? [] : all.slice(0, MOST_CODES))];
}

/** Whether it is told of a segment: not of the header or trailer, and not of the set as a whole. */
function isInSegment({ code, data }: Diagnostic): boolean {
  const { segment, element } = x12Fault(code);
  const edi = data?.edi;
  if (!edi || (!edi.missing && (edi.tag === 'ST' || edi.tag === 'SE'))) return false;
  return segment !== undefined || (edi.element !== undefined && element !== undefined);
}

/** What AK3 is about: a segment, or a place where one is missing. */
interface Note {
  readonly tag: string;
  readonly position: number; // ST is 1; of what is missing where it should have stood
  readonly code: string; // 720
  readonly elements: readonly Diagnostic[];
}

const IN_ELEMENTS = '8';

function notesOf(errors: readonly Diagnostic[]): readonly Note[] {
  const notes = new Map<string, Note & { elements: Diagnostic[] }>();
  for (const each of errors) {
    const edi = each.data!.edi!;
    const isElement = edi.element !== undefined && x12Fault(each.code).element !== undefined;
    const tag = edi.missing ? (each.args['what'] ?? edi.tag) : edi.tag;
    const position = edi.segment + (edi.missing ? 1 : 0);
    const code = isElement ? IN_ELEMENTS : nameOf(each, 'segment');
    const key = `${position} ${code} ${edi.missing ? tag : ''}`;
    const note = notes.get(key) ?? { tag, position, code, elements: [] };
    notes.set(key, note);
    if (isElement && note.elements.length < MOST_ELEMENTS) note.elements.push(each);
  }
  return [...notes.values()].sort((a, b) => a.position - b.position);
}

/** AK3 with an AK4 for each element in which something is wrong. */
function* noteSegments({ tag, position, code, elements }: Note, { prefix, late, copied }: Form): Generator<Segment> {
  yield [`${prefix}3`, copied(tag) ? tag.slice(0, 3).padEnd(2) : '??', String(position), '', code];
  for (const { code, args, data, actual = args['value'] ?? '' } of elements) {
    const { element = 2, component, occurrence } = data?.edi ?? {};
    const name = code === 'X12_TOO_MANY_ELEMENTS' && component !== undefined && late ? '13' : (x12Fault(code).element ?? '');
    const id = /^\d+$/.test(args['id'] ?? '') ? args['id']! : '';
    const place = [String(element - 1), component === undefined ? '' : String(component), late && occurrence !== undefined ? String(occurrence) : ''];
    yield [`${prefix}4`, place, id, name, copied(actual) ? actual : ''];
  }
}

/** What a finding is called at a level; '' where it has no name there. */
function nameOf({ code, args, data }: Diagnostic, level: Level, late = false): string {
  if (late && level === 'set' && code === 'X12_GROUP_DIFFERS') return NOT_OF_GROUP;
  const { tag = '', element, missing } = data?.edi ?? {};
  const fault = x12Fault(code);
  const isValue = fault.element !== undefined && element !== undefined && !missing;
  const byPlace = isValue && levelOf(tag) === level ? x12Places[tag]?.[element - 2] : undefined;
  if (byPlace) return byPlace;
  const { [level]: name = '' } = fault;
  if (code !== 'X12_ENVELOPE_MISSING') return name;
  const { segment } = args;
  if (level === 'interchange') return segment === 'IEA' ? '023' : name;
  return segment === (level === 'group' ? 'GE' : 'SE') ? name : '';
}

/** At which level an element of a header or trailer has a name. */
const levelOf = (tag: string): Level => (/^I/.test(tag) ? 'interchange' : /^G/.test(tag) ? 'group' : 'set');

const namesOf = (findings: readonly Diagnostic[], level: Level, late = false): string[] =>
  [...new Set(findings.map((each) => nameOf(each, level, late)))].filter((name) => name !== '').slice(0, MOST_CODES);

/** ISA09 and ISA10. */
function preparedAt(time: string): string {
  const [date = '', clock = ''] = new Date(time).toISOString().split('T');
  return `${date.replaceAll('-', '')}:${clock.slice(0, 5).replace(':', '')}`;
}
