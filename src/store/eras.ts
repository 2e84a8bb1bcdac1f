/**
 * Business keys lie by the era of the log in which they were written: the first two bytes of a hash are its era, so that a new key falls
 * into a tree that fits into memory, however many there are before it. Without eras each key of a store of ten million messages is a page
 * read and a page written somewhere in gigabytes. Who searches asks each era; what was written before there were eras begins with
 * no number, and is asked for as it is.
 */
const eraEntries = 2 ** 19;

/** The era in which a log of so many entries is. */
export const eraOf = (entries: number): number => Math.floor(entries / eraEntries);

/** A hash as it is kept in an era. */
export function inEra(hash: Buffer, era: number): Buffer {
  const kept = Buffer.from(hash);
  kept.writeUInt16BE(era % 0x10000);
  return kept;
}

/** A hash in all the ways in which a log of so many entries may keep it, the newest first. */
export const inEras = (hash: Buffer, entries: number): readonly Buffer[] => [
  ...Array.from({ length: eraOf(entries) + 1 }, (_, before) => inEra(hash, eraOf(entries) - before)),
  hash,
];
