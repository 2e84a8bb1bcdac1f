import { located } from '../translation/located.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { FactAccount, Loss } from '../../maps/account.ts';
import { answerProfile } from '../../partners/agency.ts';
import type { Configuration } from '../../partners/config.ts';
import { project } from '../../partners/grants.ts';
import { partnerIndex } from '../../partners/identities.ts';
import { isTestSide } from '../../partners/test-mode.ts';
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
  const { rows, losses, findings } = toldBy(library, plan, {
    answer: answer.parsed.rows,
    question: { header, rows: document },
    seen: grants.everything ? undefined : project(document, grants),
    profile: answer.plan && answerProfile(agency, answer.plan.name),
    verdict: input.verdict,
    reference: input.reference,
  });
  const { interchange } = header;
  const made = produce(library, plan, rows, envelope(configuration, input, interchange), encodingFor(interchange, partner?.agreement));
  const all = { losses: [...made.losses, ...losses].slice(0, lossesKept), findings: [...findings, ...made.findings] };
  return {
    ...made,
    map: `${plan.name}@${plan.version}`,
    plan: plan.hash,
    facts: { ...made.facts, offered: made.facts.offered + losses.length, lost: made.facts.lost + losses.length },
    ...located(all, library),
  };
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
