import { located } from '../translation/located.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
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
import { produce, type Produced } from '../translation/produce.ts';
import type { ReadMessage } from '../translation/reading.ts';
import { readBytes } from '../translation/syntax.ts';
import { writerFor } from '../translation/syntaxes.ts';
import { allLetters, inLetters, legible, warning } from './legible.ts';
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
  const around = envelope(configuration, input, interchange);
  const agreed = partner?.agreement.encoding;
  const written = (rows: Rows, encoding?: OutEncoding): Written => {
    const told = toldBy(library, plan, {
      answer: rows,
      question: { header, rows: document },
      seen: grants.everything ? undefined : project(document, grants),
      profile: answer.plan && answerProfile(agency, answer.plan.name),
      verdict: input.verdict,
      reference: input.reference,
    });
    const { unwritten, ...made } = produce(library, plan, told.rows, around, encoding);
    const all = { losses: [...made.losses, ...told.losses].slice(0, lossesKept), findings: [...told.findings, ...made.findings] };
    return {
      ...made,
      map: `${plan.name}@${plan.version}`,
      plan: plan.hash,
      facts: { ...made.facts, offered: made.facts.offered + told.losses.length, lost: made.facts.lost + told.losses.length },
      ...located(all, library),
      unwritten,
    };
  };
  const { rows } = answer.parsed;
  const nowhere = { bytes: () => undefined, finding: () => undefined };
  const blanked = legible(rows, writerFor(library, plan.format, nowhere, around, allLetters(agreed)));
  const otherwise = encodingFor(interchange, partner?.agreement ?? {}, plan.format.family);
  return whatCanBeTold(rows, blanked, () => inLetters((encoding) => written(rows, encoding), agreed, otherwise));
}

/** An answer, and what of it the writer could not write as it is. */
type Written = Reply & Pick<Produced, 'unwritten'>;

/**
 * Its sender is told all that a form has room and letters for: that a message was rejected must not be kept from it because something of
 * the reason does not fit. Letters that the charset of the message has not are written in that of all letters, unless another was agreed;
 * what no text can hold there is a blank (`legible.ts`); of more errors than may stand in an answer the last says how many follow. What was done about it is a
 * warning.
 */
function whatCanBeTold(answer: Rows, blanked: readonly Diagnostic[], write: () => Written): Reply {
  const first = write();
  const tooMany = first.findings.find(({ code, severity }) => code === 'MAP_TOO_MANY' && severity === 'error');
  const isCut = tooMany !== undefined && shorten(answer, Number(tooMany.args['max']));
  const { unwritten: _, ...told } = isCut ? write() : first;
  return { ...told, findings: [...blanked, ...(isCut ? [tooMany] : []).map(warning), ...told.findings] };
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
