import type { Code } from '../diagnostics/codes.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Grade, Json } from '../store/store.ts';

/**
 * What every channel is: a way for bytes to travel. A channel is handed what it calls, and knows neither the gateway nor what
 * it carries. `Outgoing` hands a parcel to one party and says what became of it; `Incoming` brings what a party sends to
 * `take`, and tells the party that it was taken only after `take` has said so.
 *
 * Nobody retries here: the queue does, per party, by the code of the failure (`retry` in the register). Whatever reaches out
 * can only be at least once, so the same delivery carries the same `delivery` at every attempt.
 */
export interface ChannelKind<Settings = Json> {
  readonly kind: string; // the word in the configuration: `http`, `sftp`, `as2`
  /** For one party; `settings` are what stands below the word, and have passed the schema of `schemas/config`. */
  readonly outgoing?: (settings: Settings, party: string, surroundings: Surroundings) => Outgoing;
  readonly incoming?: (settings: Settings, party: string, surroundings: Surroundings, take: Take) => Promise<Incoming>;
  /** Of a kind that is spoken over our own HTTP port: for which `Incoming.address` a request is; undefined where it names none. */
  readonly addressOf?: (headers: HttpRequest['headers']) => string | undefined;
  /** What will stop by itself within so many days unless somebody acts: certificates that end. Throws where a secret is not there, by name. */
  readonly ending?: (settings: Settings, party: string, surroundings: Pick<Surroundings, 'now' | 'secret'>, days: number) => readonly Diagnostic[];
}

/** What comes over our own HTTP port, below the path of the kind: `/as2`. */
export interface HttpRequest {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>; // names in lower case
  readonly body: Uint8Array;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** What a channel may use of the world. */
export interface Surroundings {
  readonly now: () => number; // ms since 1970
  readonly secret: (reference: SecretReference) => Buffer; // throws where it is not there, by name
  readonly report: (event: { readonly event: string; readonly code?: Code } & { readonly [key: string]: Json | undefined }) => void;
  readonly data: string; // a folder of the channel's own, kept over restarts, for what is under way; never the only place of a message
}

/** Secrets are never in the configuration: the name of an environment variable, or a file. */
export type SecretReference = { readonly env: string } | { readonly file: string };

/** One delivery to one party. */
export interface Parcel {
  readonly delivery: string; // the same at every attempt; [A-Za-z0-9-], at most 64 characters
  readonly attempt: number; // 1 the first time
  readonly party: string;
  readonly interchange: string; // '' where it is of none
  readonly message?: string;
  readonly kind: string; // as in mailboxes: `message`, `acknowledgement`, `rejection`, `answer`
  readonly media: string;
  readonly size: number; // bytes
  readonly filename: string; // `delivery` with the ending of its media type, where it becomes a file
  bytes(): Promise<Uint8Array>;
  chunks(): AsyncIterable<Uint8Array>; // for what is large
}

/**
 * What became of one attempt.
 *
 *   delivered  the receiver has it and said so; `proof` is what it said, where that can be shown to others
 *   sent       it was handed over, and what the receiver says of it comes later, as an `Arrival` with `about`
 *   failed     by a code of the register, whose `retry` decides whether it is tried again
 */
export type Handed =
  | { readonly state: 'delivered'; readonly proof?: Proof; readonly detail?: Json }
  | { readonly state: 'sent'; readonly detail?: Json }
  | { readonly state: 'failed'; readonly code: Code; readonly reason: string; readonly retryAfter?: number; readonly proof?: Proof; readonly detail?: Json };

/** What a party signed or answered, byte for byte, so that it can be verified again. */
export interface Proof {
  readonly media: string;
  readonly bytes: Uint8Array;
  readonly grade: Grade;
  readonly certificate?: string; // PEM: with what it is verified, as it was at that moment
}

export interface Outgoing {
  /** Never throws for what the other side does; `signal` ends what takes too long. */
  send(parcel: Parcel, signal: AbortSignal): Promise<Handed>;
  close(): Promise<void>;
}

/** What a party sends. */
export interface Arrival {
  readonly channel: string; // the kind
  readonly party: string; // known by the channel's own means: key, certificate, folder
  readonly grade: Grade; // how strongly
  readonly bytes: Uint8Array;
  readonly media?: string; // a hint
  readonly name?: string; // of the file, the subject of the mail
  readonly key?: string; // what the channel calls this transmission (Message-ID): the same key with the same bytes is one arrival
  readonly proof?: Proof; // what the party signed
  readonly about?: { readonly delivery: string; readonly handed: Handed }; // it is no message, but what a party says of a delivery
}

/** Taken: bytes and evidence are durable, and only now may the party be told. */
export type Taken =
  | { readonly taken: true; readonly id: string; readonly receipt: string; readonly duplicate: boolean }
  | { readonly taken: false; readonly code: Code; readonly reason: string; readonly retryAfter?: number }; // seconds; where it may come again

export type Take = (arrival: Arrival) => Promise<Taken>;

export interface Incoming {
  /** Of a kind that is spoken over our own HTTP port: what a request must be for to come here, and what becomes of it. */
  readonly address?: string;
  readonly answer?: (request: HttpRequest) => Promise<HttpAnswer>;
  /** Takes nothing new, and brings what is under way to its end. */
  close(): Promise<void>;
}
