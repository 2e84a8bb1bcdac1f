import { sentence, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Rows } from '../../dictionary/rows.ts';
import type { FactAccount, Loss } from '../../maps/account.ts';
import type { Plan } from '../../maps/plan.ts';
import { finding } from '../../diagnostics/diagnostic.ts';
import { answerProfile } from '../../partners/agency.ts';
import type { Configuration } from '../../partners/config.ts';
import { project } from '../../partners/grants.ts';
import { partnerIndex } from '../../partners/identities.ts';
import { pointerOf, pointerText, resolvePointer, type Resolution } from '../../replies/pointers.ts';
import { positionOf } from '../../replies/position.ts';
import { tableFor } from '../../replies/tables.ts';
import { tell, type Told, type Untold } from '../../replies/tell.ts';
import type { AgreedCharsets } from '../../syntax/charset.ts';
import type { OutInterchange } from '../../syntax/unit.ts';
import { encodingFor } from '../translation/encoding.ts';
import { documentNumber } from '../outcome/business-keys.ts';
import type { Library } from '../library/library.ts';
import { lossesKept } from '../translation/pipeline.ts';
import { produce } from '../translation/produce.ts';
import type { ReadMessage } from '../translation/reading.ts';
import { readBytes } from '../translation/syntax.ts';

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
  const { rows } = answer.parsed;
  const grants = library.grants(agency);
  const document = question.parsed.rows;
  const shown = grants.everything ? undefined : project(document, grants);
  const seen = shown?.rows ?? document; // what the agency counted
  const pointed = resolveAll(rows, seen);
  const profile = answer.plan && answerProfile(agency, answer.plan.name);
  const { interchange, reference = '', type } = question.header;
  const number = documentNumber(document);
  const told: Told = {
    verdict: input.verdict,
    known: {
      reference: input.reference,
      list: profile?.list ?? '',
      agency: profile?.agency ?? '',
      interchange: interchange.reference ?? '',
      message: reference,
      type,
      document: number,
      subject: number || reference,
    },
    answered: question.header,
    map: plan.name,
    position(row) {
      const at = pointed.get(row)?.resolution.pointed;
      return at?.rows === seen ? positionOf(at) : undefined;
    },
    words(row) {
      const at = pointed.get(row);
      if (!at) return '';
      const place = this.position(row)?.words;
      return place === undefined ? at.pointer : `${place} (${at.pointer})`;
    },
    canWrite: writes(plan),
    asked: {
      rows: document, // its sender's own, whatever the agency may see of it
      row(each) {
        const at = pointed.get(each)?.resolution.pointed;
        return at?.rows === seen ? (shown?.sources[at.row] ?? at.row) : undefined;
      },
    },
  };
  // An answer that keeps its facts as a document does is told as it is.
  const table = rows.roots().some((root) => rows.class(root).name === 'Response') ? tableFor(library.answers, plan.name) : undefined;
  const { rows: toWrite, untold } = table ? tell(table, rows, told) : { rows, untold: [] };
  const made = produce(library, plan, toWrite, envelope(configuration, input, interchange.sender ?? ''), encodingFor(interchange, partner?.agreement));
  return {
    ...made,
    map: `${plan.name}@${plan.version}`,
    plan: plan.hash,
    facts: { ...made.facts, offered: made.facts.offered + untold.length, lost: made.facts.lost + untold.length },
    losses: [...made.losses, ...untold.map((each) => lossOf(each, plan))].slice(0, lossesKept),
    findings: [...[...pointed.values()].flatMap(({ resolution }) => resolution.finding ?? []), ...made.findings],
  };
}

interface ResolvedPointer {
  readonly pointer: string;
  readonly resolution: Resolution;
}

/** Every pointer of an answer, by the row that points: into the document that was sent, or into the answer itself. */
export function resolveAll(answer: Rows, document: Rows): ReadonlyMap<number, ResolvedPointer> {
  const pointed = new Map<number, ResolvedPointer>();
  for (let row = 0; row < answer.size; row++) {
    const steps = answer.removed(row) ? [] : pointerOf(answer, row);
    if (steps.length > 0) pointed.set(row, { pointer: pointerText(steps), resolution: resolvePointer(steps, [document, answer]) });
  }
  return pointed;
}

/** One message of an interchange, read with the map in force. */
function readOne(library: Library, { bytes, index }: OneMessage, charsets?: AgreedCharsets): ReadMessage | undefined {
  let found: ReadMessage | undefined;
  let count = 0;
  readBytes(library, bytes, { message: (message) => void (++count === index && (found = message)) }, { charsets, answers: true });
  return found;
}

/** Whether a map has a place for an attribute. */
function writes({ bindings }: Plan): (path: string) => boolean {
  const paths = new Set(bindings.flatMap(({ attributes }) => attributes.filter(({ only }) => only !== 'parse').map(({ attribute }) => attribute.path)));
  return (path) => paths.has(path);
}

function lossOf({ path, value }: Untold, { name }: Plan): Loss {
  const code = 'MAP_NO_ELEMENT';
  return { code, path, value, reason: sentence(finding(code, { path, map: name })) };
}

function envelope({ gateway }: Configuration, { reference, at }: ReplyInput, recipient: string): OutInterchange {
  const [date = '', time = ''] = at.split('T');
  const preparedAt = `${date.slice(2).replaceAll('-', '')}:${time.slice(0, 5).replace(':', '')}`;
  return { sender: gateway.identities[0] ?? 'PORTOLAN', recipient, preparedAt, reference };
}
