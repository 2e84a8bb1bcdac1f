import type { Counting, Tolerated, Volume } from './counting.ts';
import type { Erasure, Lapse, Retention } from './erasure.ts';
import type { DuplicateKey, Filed, Filing, Run } from './filings.ts';
import type { Claim, Claimed, Job, JobFailure, NewJob, QueueGroup, QueueHead, StandingJob } from './queue.ts';
import type { Receipt } from './receipt.ts';
import type { Room } from './room.ts';
import type { Page, Search, State, StateChange } from './state.ts';

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

/** A business key of a message. Only HMACs are kept; the form in which people ask for it and a declared prefix (airline, container owner) are found as well. */
export interface BusinessKey {
  readonly message: string;
  readonly kind: string; // `bill`, `container`, `ucr`, `reference`, …
  readonly path: string; // attribute path in the dictionary, for grants; '' where it is of the envelope
  readonly value: string;
  readonly form?: string; // where it is another than the value
  readonly prefix?: string;
}

/** One item for a party's mailbox; it gets the party's next number, without gaps. */
export interface NewInboxItem {
  readonly party: string;
  readonly key: string; // unique per party: the same item twice is one item
  readonly kind: string; // `message`, `acknowledgement`, …
  readonly content: ContentId;
  readonly message?: string;
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
  readonly previous?: Owner | undefined; // the interchange that used the key before
  readonly key?: string | undefined; // and the key
  readonly indexes: readonly number[]; // log index of each record that was written
  readonly jobs: readonly number[]; // ids of the jobs added
  readonly inbox: readonly number[]; // numbers given to the inbox items
  /** The receipt of the n-th record that was written; for a `duplicate` the original one. */
  receipt(n?: number): Receipt;
  /** The same of the first, as JSON in ASCII. */
  receiptJson(): string;
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
  /** The same in pieces of at most 1 MiB, for large bodies; nothing where unknown or erased, `EVIDENCE_NOTHING` where that is done meanwhile. */
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
  /**
   * Rejects with a StoreError, and then nothing of the batch was written unless the error says `halt`. `patience`: ms that it may wait
   * for others to share a transaction with; whatever has none takes it along.
   */
  commit(batch: Batch, patience?: number): Promise<Committed>;
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
  /** Whether something can be written: rejects with what forbids it. Where the disk failed, the store is opened again before, as at a start. */
  probe(): Promise<void>;
  /** A consistent copy of the database into a new file, while running. Keys are not in it. */
  backup(file: string): Promise<void>;
}

/** The jobs that a batch added. */
export const jobsAdded = ({ jobs }: Batch, { verdict }: Pick<Committed, 'verdict'>): readonly NewJob[] =>
  jobs?.add && (verdict === 'first' || verdict === 'retry' || verdict === 'resubmission') ? jobs.add : [];

/** `owner/stage` */
export function contentName(id: ContentId): string {
  return `${id.owner}/${id.stage}`;
}
