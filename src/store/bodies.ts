import type { Batch, NewContent } from './store.ts';

/** Copies the bodies of a group side by side into memory that two threads see. */
export class Bodies {
  readonly #room: SharedArrayBuffer;
  #used = 0;

  constructor(room: SharedArrayBuffer) {
    this.#room = room;
  }

  moved(batch: Batch): Batch {
    const { contents, duplicates } = batch;
    return {
      ...batch,
      ...(contents ? { contents: contents.map((content) => this.#content(content)) } : {}),
      ...(duplicates?.some(({ same, other }) => same ?? other)
        ? {
            duplicates: duplicates.map(({ same, other, ...key }) => ({
              ...key,
              ...(same ? { same: this.moved(same) } : {}),
              ...(other ? { other: this.moved(other) } : {}),
            })),
          }
        : {}),
    };
  }

  #content(content: NewContent): NewContent {
    const { bytes } = content;
    if (!(bytes instanceof Uint8Array)) return content;
    const moved = new Uint8Array(this.#room, this.#used, bytes.length);
    moved.set(bytes);
    this.#used += bytes.length;
    return { ...content, bytes: moved };
  }
}

/** What the bodies of a batch come to. */
export function bytesIn({ contents = [], duplicates = [] }: Batch): number {
  let size = 0;
  for (const { bytes } of contents) if (bytes instanceof Uint8Array) size += bytes.length;
  for (const { same, other } of duplicates) size += (same ? bytesIn(same) : 0) + (other ? bytesIn(other) : 0);
  return size;
}
