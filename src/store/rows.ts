import type { EntrySource } from './log.ts';
import type { Db } from './sqlite.ts';
import type { ContentInfo, Grade, InboxItem } from './store.ts';

/** Rows as the database gives them, and what the interface makes of them. */
export interface ContentRow {
  readonly no: number;
  readonly owner: string;
  readonly stage: string;
  readonly media: string;
  readonly size: number;
  readonly salt: Buffer;
  readonly commitment: Buffer;
}

/** All of it but the bytes. */
export const contentColumns = 'no, owner, stage, media, size, salt, commitment';

export interface StateRow {
  readonly id: string;
  readonly interchange: string;
  readonly state: string;
  readonly partner: string | null;
  readonly type: string | null;
  readonly received: number;
  readonly updated: number;
  readonly detail: Buffer | null;
  readonly grade: Grade | null;
}

export interface InboxRow {
  readonly party: string;
  readonly number: number;
  readonly key: string;
  readonly kind: string;
  readonly owner: string;
  readonly stage: string;
  readonly message: string | null;
  readonly at: number;
  readonly receipted: number | null;
}

export function contentInfo(row: ContentRow): ContentInfo {
  const { owner, stage, media, size } = row;
  return { owner, stage, media, size, commitment: row.commitment.toString('base64url'), salt: row.salt.toString('base64url'), erased: row.salt.length === 0 };
}

export function inboxItem({ owner, stage, message, receipted, ...row }: InboxRow): InboxItem {
  return { ...row, content: { owner, stage }, message: message ?? undefined, receipted: receipted ?? undefined };
}

export interface EntryRow {
  readonly idx: number;
  readonly owner: string;
  readonly sealed: Buffer;
  readonly leaf: Buffer;
}

/** The number of a message in its interchange. */
export function ordinal(id: string): number {
  return Number(id.slice(id.lastIndexOf('-') + 1));
}

/** The entries in the database, for tiles and proofs. */
export function entrySource(db: Db): EntrySource {
  const select = db.prepare('select leaf from entry where idx >= ? and idx < ? order by idx').pluck();
  return { entries: (from, to) => select.all(from, to) as Buffer[] };
}
