import { createHash } from 'node:crypto';
import type { ReplayOf } from '../delivery/replayed.ts';
import type { Priority } from '../../partners/routes.ts';
import type { Job, Lane, NewJob } from '../../store/queue.ts';
import type { ContentId, Grade, Json } from '../../store/store.ts';

/**
 * The value of a `translate` job: everything that decides its result, by name. The bytes are content, the maps and the
 * configuration are content of their own, so that the same job can be done again years later.
 */
export interface TranslateJob {
  readonly interchange: string;
  readonly partner: string;
  readonly grade?: Grade; // of the origin
  readonly content: ContentId;
  readonly receivedAt: string;
  readonly library: string; // hash of all plans
  readonly configuration: string; // hash of its files
  readonly media?: string | undefined; // what the sender called the bytes
  readonly window?: number | undefined; // milliseconds within which the same content is a resubmission; for ever where absent
  readonly resubmission?: 'hold' | 'refuse' | undefined; // what becomes of one; marked where absent
  readonly test?: true | undefined; // sent with a key for test mode
  readonly replay?: ReplayOf; // of one of its messages, as a person asked for it
  readonly ordered?: true | undefined; // the partner wants its interchanges one after the other
  readonly repair?: RepairOf; // it is an edited copy, whose originator is the operator
}

/** Of what a message is the edited copy, and who answers for it. */
export interface RepairOf {
  readonly of: string; // the message
  readonly number: number;
  readonly by: string;
  readonly approvedBy: string;
}

/** Jobs of one sequence are done one after the other, in the order in which they were added. */
export const sequenceOf = ({ partner, ordered }: TranslateJob): { readonly sequence?: string } => (ordered ? { sequence: partner } : {});

/** What is for somebody, as mailboxes call it. */
export type DeliveryKind = 'message' | 'acknowledgement' | 'rejection' | 'answer';

export interface DeliverJob {
  readonly interchange: string;
  readonly message?: string;
  readonly party: string;
  readonly content: ContentId;
  readonly kind?: DeliveryKind; // `message` where absent
  readonly tried?: number; // attempts before this job: those of the one that it replaces
  readonly since?: number; // when the delivery was made, where that was before this job
  readonly again?: number; // it was delivered before, and is sent once more: a delivery of its own, with an id of its own
}

/** The value of a `confirm` job: a delivery that was handed over, and of which the receiver is still to say what became of it. */
export interface ConfirmJob extends DeliverJob {
  readonly channel: string;
  readonly sentAt: number;
}

/** What is larger than this goes in the lane for what is large, whatever its priority: it takes its time. */
export const bulky = 1 << 20; // bytes

const lanes: Readonly<Record<Priority, Lane>> = { high: 0, normal: 1, bulk: 2 };

export const laneOf = (size: number, priority: Priority = 'normal'): Lane => (size > bulky ? 2 : lanes[priority]);

/** The queue of the interchanges that are large: they are translated apart from the small ones. */
export const largeQueue = 'large';

/** Large interchanges are translated apart: what is small does not wait behind them. */
export const queueOf = (size: number): { readonly queue?: string } => (size > bulky ? { queue: largeQueue } : {});

const digest = (...parts: readonly string[]): string => createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 16);

/** Names a delivery, at every attempt and after every crash the same: what its content belongs to, and a digest of the content and the party. */
export const deliveryId = ({ content: { owner, stage }, party, again }: DeliverJob): string =>
  `${owner}-${digest(stage, party)}${again === undefined ? '' : `-${again}`}`;

/** The owner of the jobs of a delivery, out of its id; undefined where it is none of ours. */
export const ownerOfDelivery = (delivery: string): string | undefined => /^([0-9A-Z]{26}(?:-\d+)?)-[0-9a-f]{16}(?:-\d+)?$/.exec(delivery)?.[1];

export const attemptOf = ({ tried = 0 }: DeliverJob, { attempts }: Pick<Job, 'attempts'>): number => tried + attempts + 1;

/** Of what waits for a party's channel; without a queue it is for mailboxes. */
export interface Waiting {
  readonly queue?: string;
  readonly lane?: Lane;
  readonly sequence?: string;
}

export const deliverJob = (value: DeliverJob, waiting: Waiting): NewJob => ({
  kind: 'deliver',
  value: value as unknown as Json,
  owner: value.content.owner,
  ...waiting,
});

/** Who sends in order is delivered in order, to each recipient for itself: one that is away holds up no other. */
export function deliveryOf(message: string, { interchange, partner, ordered }: TranslateJob, party: string, lane: Lane): NewJob {
  const value = { interchange, message, party, content: { owner: message, stage: party } };
  return deliverJob(value, { lane, ...(ordered ? { sequence: `${partner} to ${party}` } : {}) });
}

export const messageId = (interchange: string, n: number): string => `${interchange}-${n}`;

/** A reference (0020) of our own: the last characters of the interchange's id, which are random, and a number in base 36. */
export const ownReference = (id: string, index: number, prefix = ''): string =>
  `${prefix}${id.slice(-(10 - prefix.length))}${index.toString(36).toUpperCase().padStart(4, '0')}`.slice(0, 14);
