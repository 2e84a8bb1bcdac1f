import type { FindingJson } from '../../diagnostics/json.ts';

/** What came of looking at the configuration: it was taken up, it was as before, or it was refused as a whole. */
export interface Reloaded {
  readonly changed: boolean;
  readonly hash: string; // of what is in force now
  readonly findings: readonly FindingJson[];
}

/** A configuration that was refused; what was in force before still is. */
export interface Refused {
  readonly at: number; // ms since 1970
  readonly findings: readonly FindingJson[];
}
