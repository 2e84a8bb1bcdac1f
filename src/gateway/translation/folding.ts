import { located } from './located.ts';
import { hasError, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import { fold, type Statement } from '../../dictionary/fold.ts';
import { readCanonical } from '../../dictionary/json.ts';
import { noFacts } from '../../maps/account.ts';
import type { Agency } from '../../partners/agency.ts';
import { aboutDocument, changeTable, entitiesOf, stateCode, statementOf } from '../../partners/changes.ts';
import type { Configuration } from '../../partners/config.ts';
import { senderOf } from '../../partners/config.ts';
import type { MessageHeader } from '../../syntax/unit.ts';
import type { Library } from '../library/library.ts';
import type { FoldRequest } from './fold-request.ts';
import { produceFor } from './pipeline.ts';
import { syntaxes } from './syntaxes.ts';
import type { Output } from './translate.ts';

/** A message about a document, as the store keeps it. */
export interface StoredMessage {
  readonly id: string;
  readonly map: string; // name, without version
  readonly canonical: Uint8Array;
  readonly waits: boolean; // it could not be applied when it came
}

export interface FoldInput {
  readonly request: FoldRequest;
  readonly partner: string;
  readonly header: MessageHeader;
  readonly before: readonly Diagnostic[]; // what was found in the message
  readonly messages: readonly StoredMessage[]; // about the document, in the order in which they came; the last is the one at hand
  readonly delivered: boolean; // the agency has the document already
  readonly reference: string; // 0020 of what is written
  readonly receivedAt: string;
}

/** A document as its messages leave it, in the form that the agency wants. Pure: the same messages give the same document. */
export function foldDocument(input: FoldInput, library: Library, configuration: Configuration): Output {
  const { request, messages, header, before, delivered } = input;
  const agency = configuration.agencies.find(({ id }) => id === request.delivery.agency)!;
  const own = messages.at(-1)!;
  const read = messages.flatMap((message): Statement[] => {
    const table = changeTable(library.changes, message.map);
    const { rows } = readCanonical(library.dictionary, Buffer.from(message.canonical).toString());
    const about = table && aboutDocument(rows, table, agency.changes!);
    const statement = about && statementOf(message.id, rows, about);
    return statement ? [statement] : [];
  });
  const table = changeTable(library.changes, request.map)!;
  const folded = fold(read, { entities: entitiesOf(table, library.dictionary) });
  const news = new Set([own.id, ...messages.filter(({ waits }) => waits).map(({ id }) => id)]); // what was said of the others was said when they came
  const found = folded.findings
    .filter(({ statement }) => news.has(statement))
    .map(({ statement, ...each }) => (statement === own.id ? each : withoutPlace(each)));
  const ownStatement = read.find(({ id }) => id === own.id);
  if (folded.state === 'waiting') return nothing(input, agency, library, 'waiting', found);
  if (folded.state === 'cancelled' && ownStatement?.meaning !== 'cancel') return nothing(input, agency, library, hasError(found) ? 'failed' : 'folded', found);
  const rows = folded.rows ?? ownStatement!.rows; // a cancellation goes out as it came
  const { original, replacement } = agency.changes?.as ?? {};
  if (folded.rows) stateCode(rows, table, delivered ? replacement : original);
  const partner = senderOf(configuration, input.partner)!;
  const context = { library, configuration, partner, spill: undefined, receivedAt: input.receivedAt, reference: input.reference };
  const output = produceFor(request.delivery, { header, rows, lost: request.lost }, before, context);
  const stated = new Set(folded.statedBy);
  return {
    ...located({ ...output, findings: [...found, ...output.findings] }, library),
    folds: folded.rows ? read.filter((_, index) => stated.has(index)).map(({ id }) => id) : [own.id],
    applied: messages.filter(({ id, waits }) => waits && id !== own.id && !folded.waiting.includes(id)).map(({ id }) => id),
  };
}

const withoutPlace = ({ data: _, ...each }: Diagnostic): Diagnostic => each; // it is one of another message

/** Nothing is delivered now: it waits, it is part of what was delivered, or it cannot be. */
function nothing({ request }: FoldInput, agency: Agency, library: Library, fate: Output['fate'], findings: readonly Diagnostic[]): Output {
  const plan = library.catalog.plan(agency.map)!;
  const { delivery } = request;
  const { media } = syntaxes[plan.format.family];
  return {
    agency: agency.id,
    map: `${plan.name}@${plan.version}`,
    plan: plan.hash,
    media,
    bytes: Buffer.alloc(0),
    reasons: delivery.reasons,
    facts: noFacts(),
    losses: [],
    findings,
    fate,
  };
}
