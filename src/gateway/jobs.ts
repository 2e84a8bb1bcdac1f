import type { ContentId, Grade } from '../store/store.ts';

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
  readonly media?: string; // what the sender called the bytes
  readonly ordered?: true; // the partner wants its interchanges one after the other
}

/** Jobs of one sequence are done one after the other, in the order in which they were added. */
export const sequenceOf = ({ partner, ordered }: TranslateJob): { readonly sequence?: string } => (ordered ? { sequence: partner } : {});

export interface DeliverJob {
  readonly interchange: string;
  readonly message: string;
  readonly agency: string;
  readonly content: ContentId;
}

export const messageId = (interchange: string, n: number): string => `${interchange}-${n}`;

/** A reference (0020) of our own: the last characters of the interchange's id, which are random, and a number in base 36. */
export const ownReference = (id: string, index: number, prefix = ''): string =>
  `${prefix}${id.slice(-(10 - prefix.length))}${index.toString(36).toUpperCase().padStart(4, '0')}`.slice(0, 14);
