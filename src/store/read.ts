import { setImmediate } from 'node:timers/promises';
import type { Keys } from './keys.ts';
import { parseTilePath, type TileReader } from './log.ts';
import { openCheckpoint } from './checkpoint.ts';
import { parseEntry } from './receipt.ts';
import { contentColumns, contentInfo, inboxItem, ordinal, type ContentRow, type EntryRow, type InboxRow, type StateRow } from './rows.ts';
import { indexHash, places, sealedSize, type Sealer } from './seal.ts';
import { closeRead, type Db } from './sqlite.ts';
import type { Counting } from './counting.ts';
import type { Retention } from './erasure.ts';
import { StoreError } from './fault.ts';
import type { QueueGroup, StandingJob } from './queue.ts';
import type { Receipt } from './receipt.ts';
import type { Page, Search, State } from './state.ts';
import {
  contentName,
  type ContentId,
  type ContentInfo,
  type EvidenceRecord,
  type InboxItem,
  type Json,
  type Owner,
  type ReadStore,
  type Step,
} from './store.ts';
import { inEras } from './eras.ts';
import { retentionOf } from './retention.ts';
import { FilingReader } from './filings.ts';
import type { Place } from './place.ts';
import { roomOf, type Room } from './room.ts';
import { search } from './search.ts';
import { backlog, jobsOf, queueGroups, stopped } from './standing.ts';
import { auditPath, leafHash, rootFromPath } from './tree.ts';
import { countingOf } from './volumes.ts';
import { chunkId } from './writes.ts';

export interface ReaderParts {
  readonly db: Db;
  readonly folder: string;
  readonly keys: Keys;
  readonly sealer: Sealer;
  readonly tiles: TileReader;
  readonly place?: Place | undefined; // of the owner
}

const turn = 500; // records that are opened before others have their turn

/** All reading, for the owner and for whoever reads beside it. */
export class Reader extends FilingReader implements ReadStore {
  readonly origin: string;
  readonly verifierKey: string;
  readonly counting: Counting;
  readonly retention: Retention;

  constructor(parts: ReaderParts) {
    super(parts);
    this.origin = parts.keys.log.name;
    this.verifierKey = parts.keys.log.verifierKey;
    this.counting = countingOf(this.ask, (row) => this.#step(row));
    this.retention = retentionOf(this.ask);
  }

  /** Reads on another connection from now on; what began on the former one has some seconds to come to its end there. */
  protected renew(parts: ReaderParts): void {
    setTimeout((former) => former.close(), 10_000, this.parts.db).unref();
    this.statements.clear();
    this.parts = parts;
  }

  async state(id: string): Promise<State | undefined> {
    const row = this.get<StateRow>('select * from state where id = ?', id);
    return row && this.#state(row);
  }

  async messagesOf(interchange: string, after = 0, limit?: number): Promise<readonly State[]> {
    const rows =
      limit === undefined
        ? this.all<StateRow>('select * from state where id > ? and id < ?', `${interchange}-`, `${interchange}.`)
        : this.all<StateRow>(
            'select * from state where id in (select value from json_each(?))',
            JSON.stringify(Array.from({ length: limit }, (_, i) => `${interchange}-${after + 1 + i}`)),
          );
    return rows.map((row) => this.#state(row)).sort((a, b) => ordinal(a.id) - ordinal(b.id));
  }

  async hasOutcome(interchange: string, outcome: string): Promise<boolean> {
    const found = this.all('select 1 from outcome where message > ? and message < ? and state = ? limit 1', `${interchange}-`, `${interchange}.`, outcome);
    return found.length > 0;
  }

  async timeline(id: string): Promise<readonly Step[]> {
    const interchange = id.replace(/-\d+$/, '');
    const rows = this.all<EntryRow>(
      `select idx, owner, sealed, leaf from entry where ${interchange === id ? 'owner = ? or (owner > ? and owner < ?)' : 'owner = ? or owner = ?'} order by idx`,
      ...(interchange === id ? [id, `${id}-`, `${id}.`] : [id, interchange]),
    );
    const steps: Step[] = [];
    for (const row of rows) if (steps.push(this.#step(row)) % turn === 0) await setImmediate();
    return steps;
  }

  async last(owner: Owner): Promise<Step | undefined> {
    const row = this.get<EntryRow>('select idx, owner, sealed, leaf from entry where owner = ? order by idx desc limit 1', owner);
    return row && this.#step(row);
  }

  #step(row: EntryRow): Step {
    const text = this.#record(row.owner, row.sealed, row.idx);
    return { index: row.idx, at: parseEntry(row.leaf.toString())?.at ?? '', record: text === undefined ? undefined : (JSON.parse(text) as EvidenceRecord) };
  }

  async search(query: Search): Promise<Page<State>> {
    const hash = query.reference === undefined ? undefined : indexHash(this.parts.keys.index, 'business', query.reference);
    const { rows, more } = await search(query, hash && inEras(hash, this.sizeNow()), this.ask);
    const items = rows.map((row) => this.#state(row));
    return more ? { items, cursor: items.at(-1)!.id } : { items };
  }

  async contents(owner: Owner): Promise<readonly ContentInfo[]> {
    return this.all<ContentRow>(`select ${contentColumns} from content where owner = ? order by no`, owner).map(contentInfo);
  }

  async contentInfo(id: ContentId): Promise<ContentInfo | undefined> {
    const row = this.contentRow(id);
    return row && contentInfo(row);
  }

  async content(id: ContentId): Promise<Uint8Array | undefined> {
    const row = this.contentRow(id);
    return row && row.salt.length > 0 ? Buffer.concat([...this.pieces(row)]) : undefined;
  }

  async *contentChunks(id: ContentId): AsyncIterable<Uint8Array> {
    const row = this.contentRow(id);
    if (!row || row.salt.length === 0) return;
    let isFirst = true;
    try {
      for (const piece of this.pieces(row)) {
        if (!isFirst) await setImmediate(); // others have their turn
        isFirst = false;
        yield piece;
      }
    } catch (error) {
      if (this.contentRow(id)?.salt.length !== 0) throw error;
      throw new StoreError('EVIDENCE_NOTHING', { subject: contentName(id) }); // the rest was erased meanwhile: what was read is not all of it
    }
  }

  contentRow(id: ContentId): ContentRow | undefined {
    return this.get<ContentRow>(`select ${contentColumns} from content where owner = ? and stage = ?`, id.owner, id.stage);
  }

  async inbox(party: string, after: number, limit: number): Promise<readonly InboxItem[]> {
    return this.all<InboxRow>('select * from inbox where party = ? and number > ? order by number limit ?', party, after, limit).map(inboxItem);
  }

  async inboxItem(party: string, number: number): Promise<InboxItem | undefined> {
    const row = this.get<InboxRow>('select * from inbox where party = ? and number = ?', party, number);
    return row && inboxItem(row);
  }

  async receipt(index: number, size = index + 1): Promise<Receipt | undefined> {
    return this.receiptNow(index, size);
  }

  signManifest(sha256: Uint8Array): string {
    return this.parts.keys.log.sign(`portolan bundle\n${Buffer.from(sha256).toString('base64')}\n`);
  }

  /** The receipt with the checkpoint of the batch that wrote the entry: the same, however often it is asked for. */
  receiptNow(index: number, size = index + 1): Receipt | undefined {
    const row = this.get<{ owner: string; salt: Buffer; sealed: Buffer; leaf: Buffer }>('select owner, salt, sealed, leaf from entry where idx = ?', index);
    const note = this.#note(size);
    const checkpoint = note === undefined ? undefined : openCheckpoint(note, this.verifierKey);
    if (!row || note === undefined) return undefined;
    if (!checkpoint) throw this.#broken(`the checkpoint after entry ${index} is not signed by this log`);
    const leaf = leafHash(row.leaf);
    const { tiles } = this.parts;
    const pathWith = (fromFiles: boolean): Buffer[] => auditPath(index, checkpoint.size, (level, i) => tiles.node(level, i, fromFiles));
    let path = pathWith(true);
    // A file of the log may be torn; the entries in the database are the truth.
    if (!rootFromPath(index, checkpoint.size, leaf, path)?.equals(checkpoint.root)) path = pathWith(false);
    if (!rootFromPath(index, checkpoint.size, leaf, path)?.equals(checkpoint.root))
      throw this.#broken(`entry ${index} is not under the root of its checkpoint`);
    return {
      v: 1,
      index,
      record: this.#record(row.owner, row.sealed, index) ?? '',
      salt: row.salt.toString('base64url'),
      entry: row.leaf.toString(),
      proof: path.map((node) => node.toString('base64')),
      checkpoint: note,
      key: this.verifierKey,
    };
  }

  async checkpoint(size?: number): Promise<string | undefined> {
    return this.#note(size);
  }

  async tile(path: string): Promise<Uint8Array | undefined> {
    if (path === 'checkpoint') {
      const note = this.#note();
      return note === undefined ? undefined : Buffer.from(note);
    }
    const name = parseTilePath(path);
    return name && this.parts.tiles.tile(name, this.sizeNow());
  }

  async size(): Promise<number> {
    return this.sizeNow();
  }

  sizeNow(): number {
    return this.get<{ n: number }>('select coalesce(max(idx) + 1, 0) as n from entry')!.n;
  }

  async queue(): Promise<readonly QueueGroup[]> {
    return queueGroups(this.ask);
  }

  async jobsOf(owner: Owner): Promise<readonly StandingJob[]> {
    return jobsOf(this.ask, owner);
  }

  async stopped(after: number, limit: number, only: Parameters<ReadStore['stopped']>[2] = {}): Promise<readonly StandingJob[]> {
    return stopped(this.ask, after, limit, only);
  }

  async backlog(kind: string, most: number): Promise<number> {
    return backlog(this.ask, kind, most);
  }

  readonly room = async (): Promise<Room> => roomOf(this.parts.folder, this.parts.place);

  async close(): Promise<void> {
    closeRead(this.parts.db);
  }

  #note(size?: number): string | undefined {
    const row =
      size === undefined
        ? this.get<{ note: string }>('select note from checkpoint order by size desc limit 1')
        : this.get<{ note: string }>('select note from checkpoint where size >= ? order by size limit 1', size);
    return row?.note;
  }

  #record(owner: Owner, sealed: Buffer, index: number): string | undefined {
    if (sealed.length === 0) return undefined;
    const text = this.parts.sealer.unseal(places.record(owner), sealed);
    if (!text) throw new StoreError('STORE_CONTENT_BROKEN', { content: `record ${index}`, message: 'its sealed bytes were changed' });
    return text.toString();
  }

  /** The pieces of a content, opened one by one. */
  *pieces(row: ContentId & { readonly no: number; readonly media: string; readonly size: number }): Generator<Buffer> {
    const broken = (message: string): StoreError => new StoreError('STORE_CONTENT_BROKEN', { content: contentName(row), message });
    let size = 0;
    for (let n = 0, last = false; !last; n++) {
      const sealed = this.get<{ sealed: Buffer }>(
        'select sealed from content where no = ? and sealed is not null union all select sealed from chunk where id = ?',
        row.no,
        chunkId(row.no, n),
      )?.sealed;
      if (!sealed) throw broken(`piece ${n} is missing`);
      size += sealed.length - sealedSize(0);
      last = size >= row.size;
      const piece = this.parts.sealer.unseal(places.piece(row, n, last), sealed);
      if (!piece) throw broken(`piece ${n} was changed`);
      yield piece;
    }
  }

  #state(row: StateRow): State {
    const agencies = this.all<{ agency: string; state: string }>('select agency, state from outcome where message = ? order by agency', row.id);
    return {
      id: row.id,
      interchange: row.interchange,
      state: row.state,
      partner: row.partner ?? undefined,
      type: row.type ?? undefined,
      grade: row.grade ?? undefined,
      received: row.received,
      updated: row.updated,
      agencies: Object.fromEntries(agencies.map((outcome) => [outcome.agency, outcome.state])),
      detail: this.#detail(row),
    };
  }

  #detail(row: StateRow): Json | undefined {
    if (!row.detail) return undefined;
    const text = this.parts.sealer.unseal(places.detail(row.id), row.detail);
    if (!text) throw new StoreError('STORE_CONTENT_BROKEN', { content: `detail of ${row.id}`, message: 'its sealed bytes were changed' });
    return JSON.parse(text.toString()) as Json;
  }

  #broken(message: string): StoreError {
    return new StoreError('EVIDENCE_LOG_BROKEN', { folder: this.parts.folder, message });
  }
}
