import { hash } from 'node:crypto';
import { canonicalJson } from './canonical.ts';
import { commitmentOf, pieces, places, type Random, type Sealer } from './seal.ts';
import type { Erasure } from './erasure.ts';
import { StoreError } from './fault.ts';
import type { Run } from './filings.ts';
import type { StateChange } from './state.ts';
import { contentName, type Batch, type ContentId, type Json, type NewContent, type NewRecord, type Owner, type Reference } from './store.ts';

/**
 * Everything of a batch that can be worked out before the transaction: bytes sealed, records hashed. What depends on
 * the place in the log (index, time) or on other batches (duplicates) is left to `commit.ts`.
 */
export interface Prepared {
  readonly batch: Batch;
  readonly contents: ReadonlyMap<string, PreparedContent>; // by `contentName`
  readonly records: readonly PreparedRecord[];
  readonly details: ReadonlyMap<StateChange | Run, Buffer> | undefined;
}

export interface PreparedContent extends ContentId {
  readonly media: string;
  readonly size: number;
  readonly salt: Uint8Array;
  readonly commitment: Uint8Array;
  readonly bytes: NewContent['bytes'];
  readonly sealed: readonly Buffer[]; // its pieces; none where they are in the database already
  readonly no: number;
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

const saltSize = 32; // bytes

export class Preparer {
  readonly #sealer: Sealer;
  readonly #random: Random;
  readonly #lookup: Lookup;
  readonly #nextContent: () => number;

  constructor(sealer: Sealer, random: Random, lookup: Lookup, nextContent: () => number) {
    this.#sealer = sealer;
    this.#random = random;
    this.#lookup = lookup;
    this.#nextContent = nextContent;
  }

  /** `refs` are added to every record: what the duplicate key said. */
  prepare(batch: Batch, refs: readonly Reference[] = []): Prepared {
    const contents = new Map<string, PreparedContent>();
    for (const content of batch.contents ?? []) {
      const name = contentName(content);
      if (contents.has(name)) throw new StoreError('STORE_BATCH', { message: `${name} is in it twice` });
      contents.set(name, this.#content(content));
    }
    const records = (batch.records ?? []).map((record) => this.#record(record, contents, refs));
    for (const erasure of batch.erase ?? []) checkErasure(erasure, batch.records ?? []);
    let details: Map<StateChange | Run, Buffer> | undefined;
    for (const state of batch.states ?? []) if (state.detail !== undefined) (details ??= new Map()).set(state, this.#detail(state));
    for (const run of batch.runs ?? []) (details ??= new Map()).set(run, this.#sealer.seal(places.run(run.partner), Buffer.from(JSON.stringify(run.detail))));
    return { batch, contents, records, details };
  }

  /** One piece of content, sealed. */
  piece(id: ContentId & { readonly no: number; readonly media: string }, n: number, last: boolean, bytes: Uint8Array): Buffer {
    return this.#sealer.seal(places.piece(id, n, last), bytes);
  }

  #content(content: NewContent): PreparedContent {
    const { stage, media, bytes } = content;
    const owner = checkOwner(content.owner);
    if (!(bytes instanceof Uint8Array)) {
      if (contentName(bytes) !== contentName(content))
        throw new StoreError('STORE_BATCH', { message: `${contentName(content)} was staged as ${contentName(bytes)}` });
      const { media, size, salt, commitment, no } = bytes;
      return { owner, stage, media, size, salt, commitment, bytes, sealed: [], no };
    }
    const id = { no: this.#nextContent(), owner, stage, media };
    const salt = this.#random(saltSize);
    const sealed: Buffer[] = [];
    for (const { piece, last } of pieces(bytes)) sealed.push(this.piece(id, sealed.length, last, piece));
    return { no: id.no, owner, stage, media, size: bytes.length, salt, commitment: commitmentOf(salt, bytes), bytes, sealed };
  }

  #record(record: NewRecord, contents: Prepared['contents'], refs: readonly Reference[]): PreparedRecord {
    const owner = checkOwner(record.message ?? record.interchange ?? record.content?.owner ?? ownOwner);
    const text = canonicalJson(this.#evidence(record, contents, refs));
    const salt = this.#random(saltSize);
    const salted = Buffer.allocUnsafe(saltSize + Buffer.byteLength(text));
    salted.set(salt);
    salted.write(text, saltSize);
    const sealed = this.#sealer.seal(places.record(owner), salted.subarray(saltSize));
    return { owner, text, salt, sealed, hash: hash('sha256', salted, 'base64url') };
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

  #detail(state: StateChange): Buffer {
    return this.#sealer.seal(places.detail(checkOwner(state.id)), Buffer.from(JSON.stringify(state.detail)));
  }
}

/** Parts of one batch, as one. */
export function joined(parts: readonly Prepared[]): Prepared {
  const contents = new Map<string, PreparedContent>();
  const details = new Map<StateChange | Run, Buffer>();
  for (const part of parts) {
    for (const [name, content] of part.contents) {
      if (contents.has(name)) throw new StoreError('STORE_BATCH', { message: `${name} is in it twice` });
      contents.set(name, content);
    }
    for (const [state, detail] of part.details ?? []) details.set(state, detail);
  }
  const all = <T>(of: (batch: Batch) => readonly T[] | undefined): T[] => parts.flatMap(({ batch }) => of(batch) ?? []);
  if (parts.some(({ batch }) => batch.duplicates ?? batch.erase))
    throw new StoreError('STORE_BATCH', { message: 'a part of a batch has duplicate keys, or erases' });
  const batch: Batch = {
    release: all(({ release }) => release),
    records: all(({ records }) => records),
    states: all(({ states }) => states),
    keys: all(({ keys }) => keys),
    filings: all(({ filings }) => filings),
    runs: all(({ runs }) => runs),
    inbox: all(({ inbox }) => inbox),
    receipts: all(({ receipts }) => receipts),
    jobs: { add: all(({ jobs }) => jobs?.add), done: all(({ jobs }) => jobs?.done), failed: all(({ jobs }) => jobs?.failed) },
  };
  return { batch, contents, records: parts.flatMap(({ records }) => records), details };
}

/** Blank is what a record says was erased: without it the erasure could not be told from damage. */
function checkErasure({ owner, what, stages }: Erasure, records: readonly NewRecord[]): void {
  const ids = stages ? stages.map((stage) => contentName({ owner, stage })) : [owner];
  const says = ({ kind, message, interchange, refs }: NewRecord): boolean =>
    kind === 'erased' &&
    message === undefined &&
    interchange === undefined &&
    ids.every((id) => refs?.some((ref) => ref.kind === what && ref.id === id) === true);
  if (stages && what === 'all') throw new StoreError('STORE_BATCH', { message: `it erases all of ${owner}, and names stages` });
  if (!records.some(says)) throw new StoreError('STORE_BATCH', { message: `it erases ${what} of ${owner} without a record that says so` });
}

/** The content, the record and the state of a message have one owner. */
let checked: Owner | undefined;

function checkOwner(owner: Owner): Owner {
  if (owner === checked) return owner;
  if (!/^[^/\p{Cc}]{1,200}$/u.test(owner)) throw new StoreError('STORE_BATCH', { message: `${JSON.stringify(owner)} cannot own content` });
  return (checked = owner);
}
