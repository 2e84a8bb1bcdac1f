import type { EdifactLimits } from '../limits.ts';
import type { Scanner } from './scanner.ts';

/** Flags of a token, beside the kind of the separator that ends it (1 terminator, 2 element, 3 component, 4 repetition). */
export const tokenFlag = {
  KIND: 7,
  RELEASED: 8, // holds a release character
  NOT_ASCII: 16, // holds a byte of 0x80 and above, or a run of another code table
} as const;

/**
 * What the scanner tells, in the order of the bytes. The arguments of `filler`, `una` and `outside` are offsets in the source;
 * with the segments (`lead` excluded) they tile the input: no gap, no overlap.
 */
export interface SegmentSink {
  /** The scanner's fields describe the segment until this call returns. */
  segment(scanner: Scanner): void;
  /** Blanks, line breaks and byte order marks before a segment or at the end; a run may come in pieces. */
  filler?(start: number, end: number): void;
  una?(start: number, end: number, fault: string | undefined): void;
  /** Bytes that belong to no interchange; a run may come in pieces. */
  outside?(start: number, end: number): void;
  /** A segment has more than `segmentBytes`: what so many first bytes of it hold can be seen, the rest is passed over. */
  limit?(scanner: Scanner): void;
}

export type ScannerLimits = Pick<EdifactLimits, 'segmentBytes'>;
