import { hash } from 'node:crypto';
import { canonicalJson } from './canonical.ts';
import type { KeyRing, RingEntry } from './keyring.ts';
import { commitmentOf, pieces, places, seal, type Random } from './seal.ts';
import {
  contentName,
  StoreError,
  type Batch,
  type ContentId,
  type Erasure,
  type Json,
  type NewContent,
  type NewRecord,
  type Owner,
  type Reference,
  type StateChange,
} from './store.ts';

/**
 * Everything of a batch that can be worked out before the transaction: bytes sealed, records hashed. What depends on
 * the place in the log (index, time) or on other batches (duplicates) is left to `commit.ts`.
 */
export interface Prepared {
  readonly batch: Batch;
  readonly owners: ReadonlySet<RingEntry>;
  readonly contents: ReadonlyMap<string, PreparedContent>; // by `contentName`
  readonly records: readonly PreparedRecord[];
  readonly details: ReadonlyMap<StateChange, Buffer> | undefined;
}

export interface PreparedContent extends ContentId {
  readonly media: string;
  readonly size: number;
  readonly salt: Uint8Array;
  readonly commitment: Uint8Array;
  readonly bytes: NewContent['bytes'];
  readonly chunks: readonly Buffer[];
  readonly no: number;
  readonly staged: boolean; // then its chunks are in the database already
}

export interface PreparedRecord {
  readonly owner: Owner;
  readonly text: string; // RFC 8785
  readonly salt: Buffer;
  readonly sealed: Buffer;
  readonly hash: string; // base64url, as the entry states it
}

/** The commitment of content stored before, for records that refer to it. */
export type Lookup = (id: ContentId) => { readonly commitment: Uint8Array; readonly size: number; readonly media: string } | undefined;

/** What belongs to no message is the gateway's own. */
export const ownOwner: Owner = 'gateway';

export class Preparer {
  readonly #ring: KeyRing;
  readonly #random: Random;
  readonly #lookup: Lookup;
  readonly #nextContent: () => number;

  constructor(ring: KeyRing, random: Random, lookup: Lookup, nextContent: () => number) {
    this.#ring = ring;
    this.#random = random;
    this.#lookup = lookup;
    this.#nextContent = nextContent;
  }

  /** `refs` are added to every record: what the duplicate key said. */
  prepare(batch: Batch, refs: readonly Reference[] = []): Prepared {
    const owners = new Set<RingEntry>();
    const contents = new Map<string, PreparedContent>();
    for (const content of batch.contents ?? []) {
      const name = contentName(content);
      if (contents.has(name)) throw new StoreError('STORE_BATCH', { message: `${name} is in it twice` });
      contents.set(name, this.#content(content, owners));
    }
    const records = (batch.records ?? []).map((record) => this.#record(record, contents, refs, owners));
    for (const erasure of batch.erase ?? []) checkErasure(erasure, batch.records ?? []);
    let details: Map<StateChange, Buffer> | undefined;
    for (const state of batch.states ?? []) if (state.detail !== undefined) (details ??= new Map()).set(state, this.#detail(state, owners));
    return { batch, owners, contents, records, details };
  }

  /** One piece of content, sealed. */
  chunk(id: ContentId & { readonly media: string }, n: number, last: boolean, bytes: Uint8Array): { readonly sealed: Buffer; readonly owner: RingEntry } {
    const owner = this.#ring.of(checkOwner(id.owner));
    if (!owner.keys.content) throw new StoreError('STORE_BATCH', { message: `the content of ${id.owner} was erased` });
    return { sealed: seal(owner.keys.content, places.chunk(id, n, last), bytes, this.#random), owner };
  }

  #content(content: NewContent, owners: Set<RingEntry>): PreparedContent {
    const { owner, stage, media, bytes } = content;
    if (!(bytes instanceof Uint8Array)) {
      if (contentName(bytes) !== contentName(content))
        throw new StoreError('STORE_BATCH', { message: `${contentName(content)} was staged as ${contentName(bytes)}` });
      return {
        owner,
        stage,
        media: bytes.media,
        size: bytes.size,
        salt: bytes.salt,
        commitment: bytes.commitment,
        bytes,
        chunks: [],
        no: bytes.no,
        staged: true,
      };
    }
    const salt = this.#random(32);
    const chunks: Buffer[] = [];
    for (const { piece, last } of pieces(bytes)) {
      const { sealed, owner: entry } = this.chunk(content, chunks.length, last, piece);
      owners.add(entry);
      chunks.push(sealed);
    }
    return { owner, stage, media, size: bytes.length, salt, commitment: commitmentOf(salt, [bytes]), bytes, chunks, no: this.#nextContent(), staged: false };
  }

  #record(record: NewRecord, contents: Prepared['contents'], refs: readonly Reference[], owners: Set<RingEntry>): PreparedRecord {
    const owner = checkOwner(record.message ?? record.interchange ?? record.content?.owner ?? ownOwner);
    const text = canonicalJson(this.#evidence(record, contents, refs));
    const bytes = Buffer.from(text);
    const salt = this.#random(32);
    const entry = this.#ring.of(owner);
    if (!entry.keys.record) throw new StoreError('STORE_BATCH', { message: `the records of ${owner} were erased` });
    owners.add(entry);
    return {
      owner,
      text,
      salt,
      sealed: seal(entry.keys.record, places.record(owner), bytes, this.#random),
      hash: hash('sha256', Buffer.concat([salt, bytes]), 'base64url'),
    };
  }

  /** The record with its content as committed to. Members in the order of RFC 8785, so that writing it needs no sorting. */
  #evidence(
    { content, detail, grade, interchange, kind, message, party, refs = [] }: NewRecord,
    contents: Prepared['contents'],
    more: readonly Reference[],
  ): Json {
    const all = more.length > 0 ? [...refs, ...more] : refs;
    const evidence: { [name: string]: Json } = {};
    if (content) evidence['content'] = this.#committed(content, contents);
    if (detail !== undefined) evidence['detail'] = detail;
    if (grade !== undefined) evidence['grade'] = grade;
    if (interchange !== undefined) evidence['interchange'] = interchange;
    evidence['kind'] = kind;
    if (message !== undefined) evidence['message'] = message;
    if (party !== undefined) evidence['party'] = party;
    if (all.length > 0) evidence['refs'] = all.map(({ id, kind: relation }) => ({ id, kind: relation }));
    return evidence;
  }

  #committed(id: ContentId, contents: Prepared['contents']): Json {
    const content = contents.get(contentName(id)) ?? this.#lookup(id);
    if (!content) throw new StoreError('STORE_BATCH', { message: `a record refers to content ${contentName(id)}, which is not stored` });
    return { commitment: Buffer.from(content.commitment).toString('base64url'), media: content.media, owner: id.owner, size: content.size, stage: id.stage };
  }

  #detail(state: StateChange, owners: Set<RingEntry>): Buffer {
    const entry = this.#ring.of(checkOwner(state.id));
    if (!entry.keys.record) throw new StoreError('STORE_BATCH', { message: `the records of ${state.id} were erased` });
    owners.add(entry);
    return seal(entry.keys.record, places.detail(state.id), Buffer.from(JSON.stringify(state.detail)), this.#random);
  }
}

/** Blank is what a record says was erased: without it the erasure could not be told from damage. */
function checkErasure({ owner, what }: Erasure, records: readonly NewRecord[]): void {
  const says = ({ kind, message, interchange, refs }: NewRecord): boolean =>
    kind === 'erased' && message === undefined && interchange === undefined && refs?.some((ref) => ref.kind === what && ref.id === owner) === true;
  if (!records.some(says)) throw new StoreError('STORE_BATCH', { message: `it erases ${what} of ${owner} without a record that says so` });
}

function checkOwner(owner: Owner): Owner {
  if (!/^[^/\p{Cc}]{1,200}$/u.test(owner)) throw new StoreError('STORE_BATCH', { message: `${JSON.stringify(owner)} cannot own content` });
  return owner;
}
