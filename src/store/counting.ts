import type { Step } from './store.ts';

/** What was counted of one day, sender, recipient and type of message. */
export interface Volume {
  readonly day: string; // `2026-11-21`, UTC
  readonly partner: string;
  readonly agency: string; // '' where it is the receiving that is counted
  readonly type: string;
  readonly messages: number;
  readonly documents: number;
  readonly characters: number;
  readonly failures: number;
  readonly latencies: readonly (readonly [bucket: number, count: number])[];
}

/** In how many messages of a sender a fault was accepted on a day, because its agreement says so. */
export interface Tolerated {
  readonly day: string; // `2026-11-21`, UTC
  readonly partner: string;
  readonly code: string; // or `DEVIATION_ACCEPTED` and the name of the deviation, parted by a blank
  readonly messages: number;
}

export type VolumeDimension = 'day' | 'partner' | 'agency' | 'type';

/** Volumes of days from `from` to below `until`, added up by some dimensions; the others are '' in what is returned. */
export interface VolumeQuery {
  readonly from: string;
  readonly until: string;
  readonly by: readonly VolumeDimension[];
  readonly delivered: boolean; // what was delivered to agencies; else what was received
  readonly partner?: string;
  readonly agency?: string;
}

/** What volumes are counted from, and what was counted. */
export interface Counting {
  /** Entries of the log from an index on, at most so many. */
  steps(from: number, limit: number): Promise<readonly Step[]>;
  /** The index of the first entry at this time or later (ISO 8601, UTC). */
  indexAt(at: string): Promise<number>;
  /** Sender and type of messages. */
  origins(messages: readonly string[]): Promise<ReadonlyMap<string, MessageOrigin>>;
  volumes(query: VolumeQuery): Promise<readonly Volume[]>;
  /** What was counted of days from the one to the other, both included; of one sender where it is named. */
  tolerated(from: string, to: string, partner?: string): Promise<readonly Tolerated[]>;
  /** The first entry that is in no volume yet. */
  uncounted(): Promise<number>;
}

export interface MessageOrigin {
  readonly partner: string;
  readonly type: string;
}
