import { finding, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Configuration } from '../../partners/config.ts';
import type { Partner, RelayRule } from '../../partners/partner.ts';
import { testSideOf } from '../../partners/test-mode.ts';
import type { Batch, BusinessKey, ContentId, Json } from '../../store/store.ts';
import type { MessageHeader } from '../../syntax/unit.ts';
import { isAcknowledgement } from '../answers/answer.ts';
import { canonicalMap } from '../translation/canonical.ts';
import { messageState } from '../outcome/fates.ts';
import { deliverJob, laneOf, messageId } from '../outcome/jobs.ts';
import { saidMode, type Mode } from './mode.ts';
import type { Library } from '../library/library.ts';
import type { MessageDetail } from '../outcome/outcome.ts';
import type { AnnouncedMessage } from './intake.ts';
import type { Envelope } from '../translation/syntax.ts';

/** Whether a message is read here: by a map, as canonical JSON, or for what it acknowledges. */
function isRead({ catalog, segmented }: Library, header: MessageHeader): boolean {
  if (header.type === canonicalMap || catalog.select(header)) return true;
  const { syntax } = header.interchange;
  return (syntax === 'edifact' || syntax === 'x12') && isAcknowledgement(segmented[syntax].of(header), header);
}

/**
 * By which rule of the sender's agreement a body is handed on as it is: the first one whose recipient it names, or that asks for none, and that is
 * about everything or about what nothing here reads. What is read in part is no matter of relay.
 */
export function relayRule({ agreement }: Partner, { interchanges: [first], messages }: Envelope, library: Library): RelayRule | undefined {
  if (!agreement.relay) return undefined;
  const unread = messages.every((header) => !isRead(library, header)) && (messages.length > 0 || first === undefined);
  return agreement.relay.find(({ recipient, only }) => (recipient === undefined || recipient === first?.recipient) && (only === true || unread));
}

/** Who receives must want it from who sends. */
export function refusedBy({ id }: Partner, { to }: RelayRule, { partners, agencies }: Configuration): Diagnostic | undefined {
  const accepts = agencies.find((each) => each.id === to)?.accepts ?? partners.find((each) => each.id === to)?.agreement.accepts ?? [];
  return accepts.includes(id) ? undefined : finding('GATEWAY_RELAY_REFUSED', { to, from: id });
}

/** Of a body that is handed on, the one message that it is: however many stand in it. */
export const relayedAs = (id: string, { messages: [header] }: Envelope): AnnouncedMessage => ({
  id: messageId(id, 1),
  type: header?.type ?? 'relay',
  reference: header?.reference ?? null,
  map: null,
});

export interface Relayed {
  readonly id: string; // of the interchange
  readonly content: ContentId & { readonly media: string; readonly size: number };
  readonly to: string;
  readonly envelope: Envelope;
  readonly mode: Mode;
}

/** The first commit of what is handed on: no translation follows, the bytes as they came are one message, and its delivery is a job of this commit. */
export function relayedBatch(batch: Batch, { id, content: { media, size, ...content }, to: receiver, envelope, mode }: Relayed): Batch {
  const to = mode.test === true ? testSideOf(receiver) : receiver;
  const [interchange] = envelope.interchanges;
  const [header] = envelope.messages;
  const { id: message, type } = relayedAs(id, envelope);
  const output = { agency: to, map: '', plan: '', media, size, reasons: ['as it came, by agreement'], facts: {}, findings: [], losses: [], lossCount: 0 };
  const detail: MessageDetail = {
    index: 1,
    reference: header?.reference ?? null,
    version: header?.version ?? null,
    map: null,
    plan: null,
    ...saidMode(mode),
    atoms: null,
    findings: [],
    losses: [],
    lossCount: 0,
    outputs: [output],
  };
  const [state] = batch.states ?? [];
  if (!state) throw new Error('a body that is received has a state');
  const references = [interchange?.reference, ...envelope.messages.map(({ reference }) => reference)].filter((each) => each !== undefined && each !== '');
  return {
    ...batch,
    records: [...(batch.records ?? []), { kind: 'released', interchange: id, message, party: to, content, detail: { relay: true } }],
    states: [
      { ...state, state: 'processed', detail: { messages: 1, findings: [] } },
      {
        ...state,
        id: message,
        type,
        state: messageState,
        agencies: { [to]: 'queued' },
        detail: detail as unknown as Json,
      },
    ],
    keys: [...new Set(references)].map((value): BusinessKey => ({ message, kind: 'reference', path: '', value: value! })),
    jobs: { add: [deliverJob({ interchange: id, message, party: to, content }, { lane: laneOf(size) })] },
  };
}
