import type { Batch, ContentId } from '../store/store.ts';

/** Something for a party to fetch. */
export interface Parcel {
  readonly party: string;
  readonly interchange: string;
  readonly message: string;
  readonly content: ContentId;
}

/**
 * The channel of a party that fetches: its mailbox is rows of our own store, numbered without gaps. Putting a parcel there
 * is part of the commit that says so; the key makes the same parcel, put twice, one item.
 */
export function putIntoMailbox({ party, interchange, message, content }: Parcel): Batch {
  return {
    inbox: [{ party, key: `${content.owner}/${content.stage}`, kind: 'message', content, message }],
    records: [{ kind: 'sent', interchange, message, party, content, detail: { channel: 'mailbox' } }],
  };
}
