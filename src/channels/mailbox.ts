import type { Batch, ContentId } from '../store/store.ts';

/** Something for a party to fetch. */
export interface Item {
  readonly party: string;
  readonly interchange: string;
  readonly message?: string | undefined;
  readonly content: ContentId;
  readonly kind?: string; // `message` where absent
  readonly again?: number; // it was put there before, and is to be once more
}

/**
 * The channel of a party that fetches: its mailbox is rows of our own store, numbered without gaps. Putting a parcel there
 * is part of the commit that says so; the key makes the same parcel, put twice, one item.
 */
export function putIntoMailbox({ party, interchange, message, content, kind = 'message', again }: Item): Batch {
  const about = { interchange, ...(message === undefined ? {} : { message }) };
  return {
    inbox: [
      {
        party,
        key: `${content.owner}/${content.stage}${again === undefined ? '' : `~${again}`}`,
        kind,
        content,
        ...(message === undefined ? {} : { message }),
      },
    ],
    records: [{ kind: 'sent', ...about, party, content, detail: { channel: 'mailbox' } }],
  };
}
