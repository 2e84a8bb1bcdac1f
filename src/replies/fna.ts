import { hasError, sentence, type Diagnostic } from '../diagnostics/diagnostic.ts';
import { fold } from '../diagnostics/fold.ts';
import type { Grammars } from '../syntax/cargoimp/grammar.ts';
import { linesWithin, oneLine } from '../syntax/cargoimp/one-line.ts';
import { cargoImpWriter } from '../syntax/cargoimp/writer.ts';
import { atomKey, type OutAtoms } from '../syntax/unit.ts';
import type { Subject, SubjectMessage } from './subject.ts';

export interface FnaOptions {
  readonly grammars: Grammars;
  readonly time: string; // ISO 8601, UTC
  /** What is accepted is told too (FMA), not what is rejected alone (FNA). */
  readonly always?: boolean;
}

/** Rejection and acknowledgement as they were seen: the one with a version, the other without. */
const rejection = { type: 'FNA', version: '1' } as const;
const acknowledgement = { type: 'FMA' } as const;
const answers: ReadonlySet<string> = new Set(['FNA', 'FMA']);

const WIDTH = 65; // characters of a reason
const mostCauses = 20; // that are told one by one
const mostLines = 2_000; // of a message that are repeated
const LONGEST = 512; // characters of a line that is repeated: no reader of answers takes more

/**
 * Answers to messages of Cargo-IMP, one for each, as bytes: FNA with the reasons and the message as it was received, FMA with the message alone;
 * behind a Type B heading where the subject had one that can be turned round. Undefined where there is nothing to tell: answers are
 * never answered.
 *
 * A reason begins with our own code and the line, so that a telephone call can begin with it; the sentence follows in the
 * characters of the network.
 */
export function buildFna({ interchange, messages, findings }: Subject, { grammars, time, always = false }: FnaOptions): Uint8Array | undefined {
  if (interchange.syntax !== 'cargoimp') return undefined;
  const isRejected = ({ accepted }: SubjectMessage): boolean => !accepted || hasError(findings);
  const told = messages.filter((each) => !answers.has(each.header.type) && (always || isRejected(each)));
  const nothingRead = messages.length === 0 && hasError(findings);
  if (told.length === 0 && !nothingRead) return undefined;
  const { sender = '', recipient = '' } = interchange;
  const chunks: Uint8Array[] = [];
  const wrong: Diagnostic[] = [];
  const writer = cargoImpWriter(
    { bytes: (chunk) => chunks.push(chunk), finding: (each) => wrong.push(each) },
    { grammars, interchange: { sender: recipient, recipient: sender, preparedAt: preparedAt(time), reference: '' } },
  );
  const write = (header: { type: string; version?: string }, reasons: readonly string[], lines: readonly string[]): void => {
    writer.beginMessage(header);
    for (const reason of reasons) writer.unit('ACK', atom(reason));
    for (const line of lines) writer.repeat(line);
    writer.endMessage();
  };
  if (nothingRead) write(rejection, reasonsOf(findings), []);
  for (const message of told) {
    const lines = linesOf(message);
    const repeated = lines.slice(0, mostLines).map((line) => line.slice(0, LONGEST));
    const cut = [
      ...(repeated.length < lines.length ? [`THE FIRST ${mostLines} OF ${lines.length} LINES FOLLOW`] : []),
      ...(lines.some((line) => line.length > LONGEST) ? [`LINES ARE CUT AFTER ${LONGEST} CHARACTERS`] : []),
    ];
    if (isRejected(message)) write(rejection, [...reasonsOf([...findings, ...message.findings]), ...cut], repeated);
    else write(acknowledgement, ['MESSAGE ACCEPTED', ...cut], repeated);
  }
  writer.end();
  if (wrong.length > 0) throw new Error(`an answer could not be written: ${wrong.map(sentence).join('; ')}`);
  return Buffer.concat(chunks);
}

/** The errors, those of one cause together, each as lines of the answer. */
function reasonsOf(findings: readonly Diagnostic[]): string[] {
  const causes = fold(findings.filter((each) => hasError([each])));
  const lines = causes.slice(0, mostCauses).flatMap(({ first, count }) => {
    const often = count === 1 ? '' : ` ${count} TIMES`;
    return [`${first.code}${whereOf(first)}${often}`, sentence(first)].flatMap(inLines);
  });
  if (causes.length > mostCauses) lines.push(`AND ${causes.length - mostCauses} MORE`);
  return lines.length > 0 ? lines : ['MESSAGE REJECTED'];
}

function whereOf({ data }: Diagnostic): string {
  const edi = data?.edi;
  if (!edi || edi.segment === 0) return '';
  return ` ${edi.missing ? 'AFTER ' : ''}LINE ${edi.segment}${edi.tag === '' ? '' : ` ${edi.tag}`}`;
}

/** A sentence in the characters of a line: capitals, digits, blanks, points and hyphens; at blanks into as many lines as it needs. */
function inLines(text: string): string[] {
  const words = text
    .normalize('NFD')
    .toUpperCase()
    .replaceAll('_', '-')
    .replace(/[`'\u0300-\u036f]/g, '')
    .replace(/[^A-Z0-9.-]+/g, ' ')
    .trim()
    .split(' ')
    .flatMap((word) => word.match(new RegExp(`.{1,${WIDTH}}`, 'g')) ?? []);
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** The message as it was received, line by line: bytes as they are, without control characters and empty lines, which would end the answer. */
function linesOf({ bytes = new Uint8Array() }: SubjectMessage): string[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const [first = '', ...others] = text.split(/[\x00-\x1f]+/).filter((line) => line.trim() !== '');
  return first === '' ? others : [...firstLines(first), ...others];
}

/** Where breaks were lost behind the identification each line has its own, as it is counted in the reasons: others know by the identification what comes back. */
function firstLines(text: string): string[] {
  const found = oneLine(text);
  if (!found) return [text];
  return [text.slice(0, found.length).trimEnd(), ...Array.from(linesWithin(text, found.length), ({ start, end }) => text.slice(start, end))];
}

/** 'CCYYMMDD:HHMM' of a moment; a heading has two digits of the year less. */
const preparedAt = (time: string): string => `${time.slice(2, 10).replaceAll('-', '')}:${time.slice(11, 16).replace(':', '')}`;

const atom = (text: string): OutAtoms => ({ size: 1, keys: [atomKey(1, 1)], repetitions: [0], names: [undefined], texts: [text], facts: [-1] });
