import type { EdifactLimits } from '../limits.ts';
import type { AgreedCharsets, Charset } from '../charset.ts';
import type { Scanner } from './scanner.ts';
import type { ServiceCharacters } from './service.ts';

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

export interface ScannerOptions {
  readonly headersOnly?: boolean;
  readonly charsets?: AgreedCharsets | undefined; // what was agreed with the sender
}

/** How a syntax opens an interchange and says what its separators are. The scanner asks at each segment that may do so. */
export interface Framing {
  /** What separates where nothing was opened yet. */
  readonly service: ServiceCharacters;
  /** The first byte of those segments that open or close an interchange where one is open. */
  readonly mark: number;
  /** The segment that closes it. */
  readonly closes: string;
  /** How many bytes it takes to judge an opening; fewer, where the input ends. */
  readonly lookahead: number;
  /** Whether something may open with this byte where nothing is open. */
  opens(byte: number): boolean;
  /** Inside an interchange, at `mark`: whether these three bytes may open another. */
  reopens(bytes: Uint8Array, at: number): boolean;
  open(bytes: Uint8Array, at: number, before: Before): Opened | undefined;
}

/** What is known before an opening. */
export interface Before {
  readonly advice: ServiceCharacters | undefined; // that waits for its interchange
  readonly service: ServiceCharacters; // of the last interchange
  readonly inside: boolean;
  readonly agreed: AgreedCharsets | undefined;
  readonly length: number; // of the bytes that are the input's
}

/** An advice (UNA), which ends at `end`; or an interchange, or what stands without one, whose segment begins here. */
export type Opened =
  | { readonly advice: ServiceCharacters; readonly end: number; readonly fault: string | undefined }
  | { readonly service: ServiceCharacters; readonly charset: Charset; readonly version: string; readonly fault?: string | undefined };
