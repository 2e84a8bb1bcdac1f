import { readerLimits, type ReaderLimits } from '../syntax/limits.ts';

/**
 * What callers may ask of the gateway at most; those of `ReaderLimits`, by syntax, are what the readers hold interchanges to. The schema of
 * gateway.yaml states the same names and defaults, and a test holds the two together.
 */
export interface Limits extends ReaderLimits {
  // a body
  readonly body: number; // bytes of one request
  readonly interchanges: number; // in one body: each has a reference that is claimed before the answer
  readonly translate: number; // seconds for one body
  // a caller
  readonly requests: number; // per second; 0: no limit
  readonly uploads: number; // bodies that are being received from one caller
  readonly wait: number; // seconds that `Prefer: wait` may ask for
  // all callers together
  readonly inFlight: number; // bytes of all requests being received
  readonly queue: number; // interchanges waiting for their outcome
  readonly commit: number; // milliseconds after which commits count as slow
  readonly disk: number; // bytes that must be free; of a small disk an eighth at most
  readonly drain: number; // seconds until what is under way is given back when the gateway is stopped
  // connections: what they are when the gateway starts
  readonly connections: number; // open at a time
  readonly headerBytes: number; // of one request
  readonly idle: number; // seconds until a connection has sent the headers of its next request
  readonly upload: number; // seconds until a request has come whole
}

export const defaultLimits: Limits = {
  body: 64 * 1024 * 1024,
  interchanges: 1_000,
  translate: 900,
  requests: 0,
  uploads: 100,
  wait: 30,
  inFlight: 256 * 1024 * 1024,
  queue: 10_000,
  commit: 2_000,
  disk: 64 * 1024 * 1024,
  drain: 30,
  connections: 2_000,
  headerBytes: 16_384,
  idle: 60,
  upload: 120,
  ...readerLimits,
};

type Stated = Partial<Omit<Limits, keyof ReaderLimits>> & { readonly [K in keyof ReaderLimits]?: Partial<ReaderLimits[K]> };

/** The limits in force where gateway.yaml states some of them. */
export const limitsOf = (stated: Stated = {}): Limits => ({ ...defaultLimits, ...stated, ...readers(stated) });

const readers = (stated: Stated): ReaderLimits =>
  Object.fromEntries(
    Object.entries(readerLimits).map(([syntax, own]) => [syntax, { ...own, ...stated[syntax as keyof ReaderLimits] }]),
  ) as unknown as ReaderLimits;
