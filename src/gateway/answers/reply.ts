import { located } from '../translation/located.ts';
import type { Code } from '../../diagnostics/codes.ts';
import { finding, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import { separators } from '../../syntax/x12/directory.ts';
import type { FactAccount, Loss } from '../../maps/account.ts';
import { answerProfile } from '../../partners/agency.ts';
import type { Configuration } from '../../partners/config.ts';
import { project } from '../../partners/grants.ts';
import { partnerIndex } from '../../partners/identities.ts';
import { isTestSide } from '../../partners/test-mode.ts';
import type { Rows } from '../../dictionary/rows.ts';
import type { OutEncoding } from '../../partners/partner.ts';
import type { AgreedCharsets } from '../../syntax/charset.ts';
import { testIndicatorOf, type Interchange, type OutInterchange } from '../../syntax/unit.ts';
import { encodingFor } from '../translation/encoding.ts';
import type { Library } from '../library/library.ts';
import { lossesKept } from '../translation/pipeline.ts';
import { produce } from '../translation/produce.ts';
import type { ReadMessage } from '../translation/reading.ts';
import { readBytes } from '../translation/syntax.ts';
import { toldBy } from './telling.ts';

/** One message of an interchange that was read before. */
export interface OneMessage {
  readonly bytes: Uint8Array; // of the interchange
  readonly index: number; // of the message in it, from 1
}

/** An agency's answer, and the message that it answers. */
export interface ReplyInput {
  readonly agency: string;
  readonly partner: string; // who sent the message
  readonly answer: OneMessage;
  readonly question: OneMessage;
  readonly verdict: string; // `none` where the answer decides nothing
  readonly reference: string; // 0020 of what is written
  readonly at: string; // ISO 8601
}

/** The answer in the form that its receiver agreed on. */
export interface Reply {
  readonly map: string;
  readonly plan: string;
  readonly media: string;
  readonly bytes: Uint8Array;
  readonly facts: FactAccount;
  readonly losses: readonly Loss[];
  readonly findings: readonly Diagnostic[];
}

/** Writes an answer for the sender of the message that it answers; undefined where nothing was agreed. Pure: the same answer and message give the same reply. */
export function reply(input: ReplyInput, library: Library, configuration: Configuration): Reply | undefined {
  const partner = partnerIndex(configuration.partners).byId.get(input.partner);
  const agency = configuration.agencies.find(({ id }) => id === input.agency);
  const plan = partner?.agreement.answers === undefined ? undefined : library.catalog.plan(partner.agreement.answers);
  const answer = readOne(library, input.answer);
  const question = readOne(library, input.question, partner?.agreement.charsets);
  if (!plan || !agency || !answer?.parsed || !question?.parsed) return undefined;
  const { header } = question;
  const grants = library.grants(agency);
  const document = question.parsed.rows;
  const { interchange } = header;
  const written = (rows: Rows, encoding = encodingFor(interchange, partner?.agreement)): Reply => {
    const told = toldBy(library, plan, {
      answer: rows,
      question: { header, rows: document },
      seen: grants.everything ? undefined : project(document, grants),
      profile: answer.plan && answerProfile(agency, answer.plan.name),
      verdict: input.verdict,
      reference: input.reference,
    });
    const made = produce(library, plan, told.rows, envelope(configuration, input, interchange), encoding);
    const all = { losses: [...made.losses, ...told.losses].slice(0, lossesKept), findings: [...told.findings, ...made.findings] };
    return {
      ...made,
      map: `${plan.name}@${plan.version}`,
      plan: plan.hash,
      facts: { ...made.facts, offered: made.facts.offered + told.losses.length, lost: made.facts.lost + told.losses.length },
      ...located(all, library),
    };
  };
  return whatCanBeTold(answer.parsed.rows, written, partner?.agreement.encoding, plan.format.family === 'x12');
}

type Write = (rows: Rows, encoding?: OutEncoding) => Reply;

/**
 * Its sender is told all that a form has room and letters for: that a message was rejected must not be kept from it because something of
 * the reason does not fit. Letters that the charset of the message has not are written in that of all letters, unless another was agreed;
 * separators of X12 are blanks; of more errors than may stand in an answer the last says how many follow. What was done about it is a
 * warning.
 */
function whatCanBeTold(answer: Rows, write: Write, agreed: OutEncoding | undefined, isX12: boolean): Reply {
  const blanked = isX12 ? withoutSeparators(answer) : [];
  const first = write(answer);
  const errorOf = (code: Code): Diagnostic | undefined => first.findings.find((each) => each.code === code && each.severity === 'error');
  const [letter, tooMany] = [errorOf('EDIFACT_UNENCODABLE'), errorOf('MAP_TOO_MANY')];
  const isCut = tooMany !== undefined && shorten(answer, Number(tooMany.args['max']));
  const told = (letter && !agreed) || isCut ? write(answer, letter ? (agreed ?? allLetters) : agreed) : first;
  return { ...told, findings: [...blanked, ...(isCut ? [tooMany] : []).map(warning), ...told.findings] };
}

const warning = (each: Diagnostic): Diagnostic => ({ ...each, severity: 'warning' });

const allLetters: OutEncoding = { identifier: 'UNOY' };

/** Blanks in the texts of an answer where X12 would see the end of an element; what is told of it. */
function withoutSeparators(answer: Rows): readonly Diagnostic[] {
  const found = new Map<string, Diagnostic>();
  for (let row = 0; row < answer.size; row++) {
    const texts = answer.removed(row) ? [] : answer.class(row).attributes.filter(({ name }) => name.endsWith('Description'));
    for (const { slot, path } of texts) {
      const text = answer.get(row, slot);
      const [character] = typeof text === 'string' ? [...text].filter((each) => separators.includes(each)) : [];
      if (character === undefined) continue;
      answer.set(row, slot, [...(text as string)].map((each) => (separators.includes(each) ? ' ' : each)).join(''));
      found.set(path, warning(finding('X12_UNENCODABLE', { tag: path, character })));
    }
  }
  return [...found.values()];
}

/** Leaves so many errors in an answer, the last of which says how many it stands for; whether there were more. */
function shorten(answer: Rows, most: number): boolean {
  const errors = Array.from({ length: answer.size }, (_, row) => row).filter((row) => !answer.removed(row) && answer.class(row).path === 'Response/Error');
  const last = errors[most - 1];
  if (last === undefined || errors.length <= most) return false;
  for (const row of errors.slice(most)) answer.remove(row);
  for (let child = answer.firstChild(last); child >= 0; child = answer.nextSibling(child)) if (!answer.removed(child)) answer.remove(child);
  const slot = answer.class(last).attributes.find(({ name }) => name === 'Description')?.slot;
  if (slot !== undefined) answer.set(last, slot, `${errors.length - most + 1} more`);
  return true;
}

/** One message of an interchange, read with the map in force. */
function readOne(library: Library, { bytes, index }: OneMessage, charsets?: AgreedCharsets): ReadMessage | undefined {
  let found: ReadMessage | undefined;
  let count = 0;
  readBytes(library, bytes, { message: (message) => void (++count === index && (found = message)) }, { charsets, answers: true });
  return found;
}

/** It goes back to who sent the message, from whom it was sent to. What a test side answers is a test, also where the interchange did not say that it was one. */
function envelope({ gateway }: Configuration, { agency, reference, at }: ReplyInput, interchange: Interchange): OutInterchange {
  const [date = '', time = ''] = at.split('T');
  const preparedAt = `${date.slice(2).replaceAll('-', '')}:${time.slice(0, 5).replace(':', '')}`;
  const testIndicator = testIndicatorOf(interchange) ?? (isTestSide(agency) ? '1' : undefined);
  const { sender = '', senderQualifier, recipient, recipientQualifier } = interchange;
  const from = recipient === undefined ? { sender: gateway.identities[0] ?? 'PORTOLAN' } : { sender: recipient, senderQualifier: recipientQualifier };
  return { ...from, recipient: sender, recipientQualifier: senderQualifier, preparedAt, reference, testIndicator };
}
