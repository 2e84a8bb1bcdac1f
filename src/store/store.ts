import type { Code, Retry } from '../diagnostics/codes.ts';
import { codes } from '../diagnostics/codes.ts';

/**
 * The store: what happened, provably. It knows bytes, hashes and rows, never meanings.
 *
 * One call writes: `commit(batch)`. A batch is data, never a callback inside a transaction, so that SQLite and
 * PostgreSQL serve the same interface. Everything in a batch becomes durable together or not at all: content, records
 * with their public log entries, duplicate keys, business keys, states, inbox items and queue rows. When the promise
 * resolves, the bytes and their log entries are on the disk and the checkpoint over them is signed.
 *
 * The gateway makes three kinds of batch: *intake* (content, `received`, duplicate keys, one translate job), *outcome*
 * (canonical, outputs, decision, business keys, delivery jobs, acknowledgement, translate job done) and *dispatch*
 * (inbox item, `delivered`, delivery job done).
 */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * Who owns content and records, and whose data key seals them: an interchange (`ULID`), a message (`ULID-n`), or a
 * thing of the gateway's own (`plan:<hash>`, `config`). May not contain `/` or a control character.
 */
export type Owner = string;

/** The name of one content: owner and stage. Written `owner/stage` where one string is wanted. */
export interface ContentId {
  readonly owner: Owner;
  readonly stage: string; // `original`, `canonical`, an agency, or one of these with an attempt: `canonical~2`
}

/** New content. `bytes` stay as they are until the promise of `commit` settles: they may be compared with earlier ones inside it. */
export interface NewContent extends ContentId {
  readonly media: string;
  readonly bytes: Uint8Array | StagedContent;
}

/** Content whose sealed chunks were written ahead by `stage`; it belongs to nothing until a batch names it. */
export interface StagedContent extends ContentId {
  readonly no: number;
  readonly media: string;
  readonly size: number;
  readonly salt: Uint8Array;
  readonly commitment: Uint8Array;
}

/** How strongly the origin of the bytes is shown: A signed by the partner, B key of that partner alone, C asserted by the network, D label only. */
export type Grade = 'A' | 'B' | 'C' | 'D';

/** A step that is recorded, and so becomes an entry of the log. */
// prettier-ignore
export type RecordKind =
  | 'received' | 'acknowledged' | 'rejected' | 'quarantined' | 'translated' | 'held' | 'released' | 'sent' | 'delivered' | 'failed' | 'replayed'
  | 'repaired' | 'amended' | 'read' | 'exported' | 'proposed' | 'approved' | 'tried' | 'configuration-changed' | 'plan-activated' | 'key-rotated' | 'erased'
  | 'hold' | 'hold-released' | 'overdue' | 'settled';

/** Another thing this step refers to; `retry-of`, `duplicate-of`, `conflict-with` and `resubmission-of` are added by the store. */
export interface Reference {
  readonly kind: string;
  readonly id: string;
}

/** A step of one message for one party, so that it can be disclosed alone. */
export interface NewRecord {
  readonly kind: RecordKind;
  readonly interchange?: string;
  readonly message?: string;
  readonly party?: string;
  readonly grade?: Grade;
  readonly content?: ContentId; // of this batch or stored before; the record then carries its commitment, size and media
  readonly refs?: readonly Reference[];
  readonly detail?: Json;
}

/** A record as stored and hashed: RFC 8785 JSON of this value. Absent members are absent. */
export interface EvidenceRecord extends Omit<NewRecord, 'content'> {
  readonly content?: { readonly owner: Owner; readonly stage: string; readonly commitment: string; readonly size: number; readonly media: string };
}

/**
 * A key that may be used once, for example sender, recipient and interchange reference joined by U+0000.
 *
 *   on the same bytes   policy `refuse`: nothing of the batch is written, `same` is written instead, the original receipt is returned
 *                       policy `mark`:   the batch is written with a reference `resubmission-of`, and `same` as well
 *   on other bytes      nothing of the batch is written, `other` is written instead
 *   after a failure     the batch is written with a reference `retry-of`
 */
export interface DuplicateKey {
  readonly key: string; // kept as an HMAC only
  readonly content: ContentId; // the content whose bytes decide between "same" and "other", in this batch; its owner uses the key
  readonly until?: number; // ms since 1970: the end of the window; for ever where absent
  readonly policy?: 'refuse' | 'mark';
  readonly same?: Batch;
  readonly other?: Batch;
}

/** Of those that wait in one queue: 0 before 1 before 2. */
export type Lane = 0 | 1 | 2;

export interface NewJob {
  readonly kind: string; // `translate`, `deliver`, …
  readonly value: Json; // ids and hashes, never a payload
  readonly owner?: Owner;
  readonly sequence?: string; // jobs of one kind and sequence are given out one at a time, in the order in which they were added
  readonly queue?: string; // waits apart from all others of its kind, and is claimed by `claimFrom`
  readonly lane?: Lane; // 1 where absent
  readonly due?: number; // ms since 1970; now where absent
}

export interface JobFailure {
  readonly id: number;
  readonly code: Code;
  readonly retry?: Retry; // the register's where absent
  readonly due?: number; // of the next attempt; `nextAttempt` of queue.ts where absent
}

export interface Job {
  readonly id: number;
  readonly kind: string;
  readonly value: Json;
  readonly owner: Owner | undefined;
  readonly attempts: number; // failures so far
  readonly created: number; // ms since 1970
  readonly lane: Lane;
  readonly sequence: string | undefined; // what follows in it waits for this
}

/** What is wanted from a queue: up to `limit` jobs of these lanes, the first lane first. */
export interface Claim {
  readonly queue: string;
  readonly lanes: readonly Lane[];
  readonly limit: number;
}

export interface Claimed {
  readonly jobs: readonly Job[];
  readonly next?: number; // when the next of these lanes that nobody has claimed is due, in ms since 1970; absent: there is none
}

/** When the first job of a lane is due, claimed or not. */
export interface QueueHead {
  readonly queue: string;
  readonly lane: Lane;
  readonly due: number;
}

/** A job as it stands: what waits for its recipient, and what stopped. */
export interface StandingJob extends Job {
  readonly queue: string | undefined;
  readonly state: 'ready' | 'parked' | 'dead';
  readonly due: number;
  readonly code: Code | undefined; // of the last failure
  readonly retry: Retry | undefined;
}

/** A business key of a message. Only HMACs are kept; the form in which people ask for it and a declared prefix (airline, container owner) are found as well. */
export interface BusinessKey {
  readonly message: string;
  readonly kind: string; // `bill`, `container`, `ucr`, `reference`, …
  readonly path: string; // attribute path in the dictionary, for grants; '' where it is of the envelope
  readonly value: string;
  readonly form?: string; // where it is another than the value
  readonly prefix?: string;
}

/** The state where every outcome (`all`), or one at least (`some`), is among those named; the first rule that holds counts. */
export interface StateRule {
  readonly all?: readonly string[];
  readonly some?: readonly string[];
  readonly state: string;
}

/** The state that follows from outcomes. The last rule should have no condition. */
export function stateBy(rules: readonly StateRule[], outcomes: readonly string[]): string {
  const holds = ({ all, some }: StateRule): boolean =>
    (!all || outcomes.every((outcome) => all.includes(outcome))) && (!some || outcomes.some((outcome) => some.includes(outcome)));
  const rule = rules.find(holds);
  if (!rule) throw new StoreError('STORE_BATCH', { message: 'no rule gives a state' });
  return rule.state;
}

/** The present state of an interchange or message, for status and search. Members left out keep their value. */
export interface StateChange {
  readonly id: string; // `ULID` or `ULID-n`
  readonly interchange: string;
  readonly state: string | readonly StateRule[]; // rules: it follows from all outcomes of the message, inside the transaction
  readonly partner?: string;
  readonly type?: string;
  readonly grade?: Grade; // of the origin
  readonly received?: number; // ms since 1970; the time of the commit where absent
  readonly agencies?: Readonly<Record<string, string>>; // outcome per agency; those left out keep theirs
  readonly detail?: Json; // findings, losses …; sealed
}

/** One item for a party's mailbox; it gets the party's next number, without gaps. */
export interface NewInboxItem {
  readonly party: string;
  readonly key: string; // unique per party: the same item twice is one item
  readonly kind: string; // `message`, `acknowledgement`, …
  readonly content: ContentId;
  readonly message?: string;
}

/**
 * Erasure of what is kept of an owner, by law or retention. The batch carries the record that says so: kind `erased`, with
 * the owner in `refs` under the kind `content` or `all`, and with neither interchange nor message, so that it is not itself
 * among what is erased. With `stages` each of them is named as `owner/stage` under the kind `content`.
 */
export interface Erasure {
  readonly owner: Owner;
  readonly what: 'content' | 'all'; // `all` destroys the record key too; entries stay and proofs still verify
  readonly stages?: readonly string[]; // of the content only these; `detail`: what the state says of it. More may be added to the owner later
}

/** Why something is not erased although its time is over: an operator holds it, or it is still worked on, undelivered or unfetched. */
export type Needed = 'hold' | 'work';

/** That the time of one kind of content of an interchange is over. Where the interchange is needed after all the batch is `stale`, unless it says `again`. */
export interface Lapse {
  readonly interchange: Owner;
  readonly kind: string;
  readonly partner: string;
  readonly more?: boolean; // it is not done with it yet
  readonly again?: number; // ms since 1970: it was needed, and is looked at again then
}

/** What is due to be erased: all by indexes, in the order of receipt. */
export interface Retention {
  /** Who ever sent something, in the order of names, after one. */
  senders(after: string, limit: number): Promise<readonly string[]>;
  /** By kind of content, the interchange of a sender up to which all was looked at. */
  lapsed(partner: string): Promise<Readonly<Record<string, string>>>;
  interchanges(partner: string, after: string, below: string, limit: number): Promise<readonly Owner[]>;
  /** How many those are; `most` where there are more. */
  count(partner: string, after: string, below: string, most: number): Promise<number>;
  /** What was needed when it was due, and is to be looked at again by now. */
  deferred(now: number, limit: number): Promise<readonly Pick<Lapse, 'interchange' | 'kind' | 'partner'>[]>;
  /** Of one sender and kind, whenever they are looked at again. */
  deferredOf(partner: string, kind: string, limit: number): Promise<readonly Owner[]>;
  needed(interchange: Owner): Promise<Needed | undefined>;
  /** What is not erased yet of an interchange and its messages; the stage `detail` is what their states say. */
  contents(interchange: Owner): Promise<readonly ContentId[]>;
  /** Those of an interchange and its messages of which there are records. */
  owners(interchange: Owner, limit: number): Promise<readonly Owner[]>;
  isHeld(message: Owner): Promise<boolean>;
  /** What is held, in the order of ids, after one. */
  holds(after: string, limit: number): Promise<readonly Owner[]>;
}

/** What was counted of one day, sender, recipient and type of message. */
export interface Volume {
  readonly day: string; // `2026-11-21`, UTC
  readonly partner: string;
  readonly agency: string; // '' where it is the receiving that is counted
  readonly type: string;
  readonly messages: number;
  readonly documents: number;
  readonly characters: number;
  readonly failures: number;
  readonly latencies: readonly (readonly [bucket: number, count: number])[];
}

/** In how many messages of a sender a fault was accepted on a day, because its agreement says so. */
export interface Tolerated {
  readonly day: string; // `2026-11-21`, UTC
  readonly partner: string;
  readonly code: string;
  readonly messages: number;
}

export type VolumeDimension = 'day' | 'partner' | 'agency' | 'type';

/** Volumes of days from `from` to below `until`, added up by some dimensions; the others are '' in what is returned. */
export interface VolumeQuery {
  readonly from: string;
  readonly until: string;
  readonly by: readonly VolumeDimension[];
  readonly delivered: boolean; // what was delivered to agencies; else what was received
  readonly partner?: string;
  readonly agency?: string;
}

/**
 * That a message files something under a key that may be used again, but not unseen: where the key was last used by another message
 * than the batch says (`seen`), nothing of the batch is written (`raced`).
 */
export interface Filing {
  readonly key: string; // kept as an HMAC only
  readonly message: Owner;
  readonly until?: number; // ms since 1970; for ever where absent
  readonly seen?: Owner; // who used it last
}

/** Who filed something under a key last, and whether it was rejected, failed or is gone. */
export interface Filed {
  readonly message: Owner;
  readonly until?: number;
  readonly failed: boolean;
}

/** Where a run of references has come to: what it says is the gateway's; the last one written counts. */
export interface Run {
  readonly key: string; // kept as an HMAC only
  readonly partner: string;
  readonly detail: Json; // sealed
}

export interface Batch {
  readonly duplicates?: readonly DuplicateKey[];
  readonly release?: readonly Owner[]; // interchanges that failed or were rejected: their duplicate keys may be used again
  readonly contents?: readonly NewContent[];
  readonly records?: readonly NewRecord[];
  readonly states?: readonly StateChange[];
  readonly keys?: readonly BusinessKey[];
  readonly filings?: readonly Filing[];
  readonly runs?: readonly Run[];
  readonly inbox?: readonly NewInboxItem[];
  readonly receipts?: readonly { readonly party: string; readonly number: number }[]; // inbox items acknowledged
  readonly jobs?: { readonly add?: readonly NewJob[]; readonly done?: readonly number[]; readonly failed?: readonly JobFailure[] };
  readonly erase?: readonly Erasure[];
  readonly lapsed?: Lapse;
  readonly alerts?: readonly { readonly id: string; readonly detail: Json | null }[]; // as they stand from now on; null: nothing is known of it any more
  readonly holds?: readonly { readonly message: Owner; readonly held: boolean }[]; // held: nothing of its interchange is erased by retention
  /** Entries of the log that were counted, from the first that was not; where somebody else counted them the batch is `stale`. */
  readonly counted?: { readonly from: number; readonly until: number; readonly volumes: readonly Volume[]; readonly tolerated?: readonly Tolerated[] };
}

/**
 * first         written
 * retry         written; the key was used before by an interchange that failed
 * resubmission  written; the key (policy `mark`) was used before with the same bytes
 * duplicate     not written (but `same`); the key was used before with the same bytes
 * conflict      not written (but `other`); the key was used before with other bytes
 * stale         not written: a job named in `jobs.done` or `jobs.failed` is already done, an item in `receipts` was acknowledged before,
 *               or what `lapsed` would erase is needed.
 *               This is what makes an outcome happen once
 * raced         not written: a key of `filings` was used since it was looked up
 */
export type Verdict = 'first' | 'retry' | 'resubmission' | 'duplicate' | 'conflict' | 'stale' | 'raced';

export interface Committed {
  readonly verdict: Verdict;
  readonly at: string; // ISO 8601, the time in the entries
  readonly previous?: Owner; // the interchange that used the key before
  readonly key?: string; // and the key
  readonly indexes: readonly number[]; // log index of each record that was written
  readonly jobs: readonly number[]; // ids of the jobs added
  readonly inbox: readonly number[]; // numbers given to the inbox items
  /** The receipt of the n-th record that was written; for a `duplicate` the original one. */
  receipt(n?: number): Receipt;
  /** The same of the first, as JSON text. */
  receiptText(): string;
}

/** Everything that shows that a record is in the log, verifiable offline. All hashes base64 (log) or base64url (ours), as their specifications say. */
export interface Receipt {
  readonly v: 1;
  readonly index: number;
  readonly record: string; // RFC 8785 text, the very bytes that were hashed; '' where the record was erased
  readonly salt: string; // base64url
  readonly entry: string; // RFC 8785 text of the public leaf
  readonly proof: readonly string[]; // RFC 6962 audit path, base64
  readonly checkpoint: string; // C2SP signed note
  readonly key: string; // verifier key of the log: `origin+id+base64`
}

export interface ContentInfo extends ContentId {
  readonly media: string;
  readonly size: number;
  readonly commitment: string; // base64url SHA-256(salt ‖ bytes)
  readonly salt: string; // base64url; '' where erased
  readonly erased: boolean;
}

export interface Step {
  readonly index: number;
  readonly at: string;
  readonly record: EvidenceRecord | undefined; // undefined where erased
}

export interface State {
  readonly id: string;
  readonly interchange: string;
  readonly state: string;
  readonly partner: string | undefined;
  readonly type: string | undefined;
  readonly grade: Grade | undefined;
  readonly received: number;
  readonly updated: number;
  readonly agencies: Readonly<Record<string, string>>;
  readonly detail: Json | undefined;
}

/** All conditions hold together. Newest first. */
export interface Search {
  readonly reference?: string; // any business key, its form or its prefix
  readonly exact?: boolean; // with `reference`: only keys that are stated so, neither forms nor prefixes
  readonly paths?: readonly string[]; // with `reference`: only keys of these attribute paths are searched (a grant)
  readonly type?: string;
  readonly partner?: string;
  readonly agency?: string;
  readonly state?: string; // of the message, or of the agency's outcome where `agency` is given
  readonly since?: number;
  readonly until?: number;
  readonly from?: string; // ids from this one on; with `below`, what of the ids is known from the times
  readonly below?: string;
  readonly interchanges?: boolean; // also rows of whole interchanges; messages only where absent
  readonly limit?: number; // 50 where absent, at most 500
  readonly cursor?: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly cursor?: string;
}

export interface InboxItem {
  readonly party: string;
  readonly number: number; // from 1, without gaps
  readonly key: string;
  readonly kind: string;
  readonly content: ContentId;
  readonly message: string | undefined;
  readonly at: number;
  readonly receipted: number | undefined;
}

export interface QueueGroup {
  readonly kind: string;
  readonly state: 'ready' | 'parked' | 'dead';
  readonly code: string | undefined;
  readonly retry: string | undefined;
  readonly count: number;
  readonly oldest: number; // ms since 1970
}

/** What volumes are counted from, and what was counted. */
export interface Counting {
  /** Entries of the log from an index on, at most so many. */
  steps(from: number, limit: number): Promise<readonly Step[]>;
  /** The index of the first entry at this time or later (ISO 8601, UTC). */
  indexAt(at: string): Promise<number>;
  /** Sender and type of messages. */
  origins(messages: readonly string[]): Promise<ReadonlyMap<string, MessageOrigin>>;
  volumes(query: VolumeQuery): Promise<readonly Volume[]>;
  /** What was counted of days from the one to the other, both included; of one sender where it is named. */
  tolerated(from: string, to: string, partner?: string): Promise<readonly Tolerated[]>;
  /** The first entry that is in no volume yet. */
  uncounted(): Promise<number>;
}

export interface MessageOrigin {
  readonly partner: string;
  readonly type: string;
}

/** What room the disk of the data folder has, and what the store takes of it; bytes. */
export interface Room {
  readonly free: number; // for us
  readonly disk: number; // all of it
  readonly database: number; // with its write-ahead log
}

/** What anyone may ask, beside the owner too. */
export interface ReadStore {
  readonly origin: string;
  readonly verifierKey: string;
  state(id: string): Promise<State | undefined>;
  /** In the order of the interchange; with `limit` only so many, those after the `after`-th. */
  messagesOf(interchange: string, after?: number, limit?: number): Promise<readonly State[]>;
  /** Whether a message of the interchange has this outcome for some agency. */
  hasOutcome(interchange: string, outcome: string): Promise<boolean>;
  /** The steps of an interchange with all its messages, or of one message, in the order of the log. */
  timeline(id: string): Promise<readonly Step[]>;
  /** The last step of a thing of the gateway's own, however many there were. */
  last(owner: Owner): Promise<Step | undefined>;
  search(query: Search): Promise<Page<State>>;
  readonly counting: Counting;
  readonly retention: Retention;
  contents(owner: Owner): Promise<readonly ContentInfo[]>;
  contentInfo(id: ContentId): Promise<ContentInfo | undefined>;
  /** The bytes; undefined where unknown or erased. */
  content(id: ContentId): Promise<Uint8Array | undefined>;
  /** The same in pieces of at most 1 MiB, for large bodies. */
  contentChunks(id: ContentId): AsyncIterable<Uint8Array>;
  inbox(party: string, after: number, limit: number): Promise<readonly InboxItem[]>;
  inboxItem(party: string, number: number): Promise<InboxItem | undefined>;
  /** The receipt with the checkpoint of the batch that wrote the entry, or with the first that covers `size` entries. */
  receipt(index: number, size?: number): Promise<Receipt | undefined>;
  /** The latest checkpoint, or the first that covers `size` entries. */
  checkpoint(size?: number): Promise<string | undefined>;
  /** A file of the public log by its path below the prefix: `checkpoint`, `tile/0/000`, `tile/entries/x001/234.p/7`. */
  tile(path: string): Promise<Uint8Array | undefined>;
  size(): Promise<number>;
  queue(): Promise<readonly QueueGroup[]>;
  /** What is still to be done for an owner, of queues alone, and what of it stopped. */
  jobsOf(owner: Owner): Promise<readonly StandingJob[]>;
  /** Jobs that stopped, dead or parked, those after the `after`-th number; of a cause and of kinds alone, where they are named. */
  stopped(after: number, limit: number, only?: { readonly code?: string; readonly kinds?: readonly string[] }): Promise<readonly StandingJob[]>;
  /** How many jobs of a kind are ready, counted up to `most`. */
  backlog(kind: string, most: number): Promise<number>;
  /** What room there is, and what the store takes of it. */
  room(): Promise<Room>;
  /** Signs the SHA-256 of a bundle's manifest: a signed note that cannot be taken for a checkpoint. */
  signManifest(sha256: Uint8Array): string;
  /** Who filed something under each of these keys last. */
  filed(keys: readonly string[]): Promise<readonly (Filed | undefined)[]>;
  /** All runs of references, or those of one partner. */
  runs(partner?: string): Promise<readonly Omit<Run, 'key'>[]>;
  /** What is known of alerts. */
  alerts(): Promise<readonly Json[]>;
  /** Who used a duplicate key before. */
  usedBy(key: string): Promise<{ readonly owner: Owner; readonly failed: boolean } | undefined>;
  close(): Promise<void>;
}

/** What only the owner of the data folder may do. */
export interface Store extends ReadStore {
  /** Rejects with a StoreError, and then nothing of the batch was written unless the error says `halt`. */
  commit(batch: Batch): Promise<Committed>;
  /**
   * One batch that comes in parts, for what is too large to be worked off in one turn: each part is sealed and hashed as it
   * comes, others are served in between, and all of it is written in one transaction. What a record refers to is in its part
   * or was stored before; parts have no duplicate keys, and erase nothing. Where `parts` throws nothing was written.
   */
  commitParts(parts: AsyncIterable<Batch> | Iterable<Batch>): Promise<Committed>;
  /** Seals and writes a large body ahead of its batch, piece by piece. What no batch names is swept at the next start. */
  stage(id: ContentId & { readonly media: string }, source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<StagedContent>;
  /**
   * Up to `limit` jobs that are due, oldest first; nobody else gets them until they are committed as done or failed,
   * released, or the process ends. After a crash they are simply due again. Of a sequence only the first that is not committed
   * as done, dead or parked is due, whether somebody works on it, it waits for another attempt, or nobody asked for it yet.
   */
  claim(kinds: readonly string[], limit: number): Promise<readonly Job[]>;
  release(ids: readonly number[]): void;
  /** The same from queues, each for itself, in the order of `claims`: how many wait in one makes nothing slower for another. */
  claimFrom(kind: string, claims: readonly Claim[]): Promise<readonly Claimed[]>;
  /** The queues in which something waits. */
  queues(kind: string): Promise<readonly QueueHead[]>;
  /** From now on tells of each job that is added, once it is committed. */
  onJob(listener: (job: NewJob) => void): void;
  /** When the next job that nobody has claimed is due, in ms since 1970. */
  nextDue(kinds: readonly string[]): Promise<number | undefined>;
  /** Writes tiles and checkpoint files now instead of within a second. */
  publish(): Promise<void>;
  /** Whether something can be written: rejects with what forbids it. */
  probe(): Promise<void>;
  /** A consistent copy of the database into a new file, while running. Keys are not in it. */
  backup(file: string): Promise<void>;
}

/** The jobs that a batch added. */
export const jobsAdded = ({ jobs }: Batch, { verdict }: Pick<Committed, 'verdict'>): readonly NewJob[] =>
  jobs?.add && (verdict === 'first' || verdict === 'retry' || verdict === 'resubmission') ? jobs.add : [];

/** A fault of the machine or of the data folder. `code` says the remedy, `retry` whether the same call may succeed later. */
export class StoreError extends Error {
  readonly code: Code;
  readonly args: Readonly<Record<string, string>>;
  constructor(code: Code, args: Readonly<Record<string, string>> = {}, cause?: unknown) {
    super(`${code}: ${codes[code].title.replace(/\{(\w+)\}/g, (_, name: string) => args[name] ?? '')}`, { cause });
    this.name = 'StoreError';
    this.code = code;
    this.args = args;
  }
  get retry(): Retry {
    return codes[this.code].retry;
  }
}

/** `owner/stage` */
export function contentName(id: ContentId): string {
  return `${id.owner}/${id.stage}`;
}
