import type { Actor } from '../diagnostics/codes.ts';
import { durationMs } from './duration.ts';

/** Who is told by HTTP what needs a person, and how. */
export interface Webhook {
  readonly id: string;
  readonly http: unknown; // as of the channel `http`; what stands in it has passed its schema
  readonly actors?: readonly Actor[]; // of what these must do alone; absent: of all
  readonly after: number; // ms for which it stands, or is over, before a word is said
  readonly repeat?: number; // ms after which it is said again while it lasts
}

export interface WebhookText {
  readonly id: string;
  readonly http: unknown;
  readonly actors?: readonly Actor[];
  readonly after?: string;
  readonly repeat?: string;
}

export const readWebhook = ({ id, http, actors, after = '1m', repeat }: WebhookText): Webhook => ({
  id,
  http,
  ...(actors && { actors }),
  after: durationMs(after) ?? 0,
  ...(repeat !== undefined && { repeat: durationMs(repeat) ?? Infinity }),
});
