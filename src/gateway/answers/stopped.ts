import { codes, type Code } from '../../diagnostics/codes.ts';
import { worded } from '../../diagnostics/diagnostic.ts';
import type { StandingJob } from '../../store/queue.ts';
import type { ReadStore } from '../../store/store.ts';

/** A page of what stopped, by number. */
export interface StoppedPage<T> {
  readonly items: readonly T[];
  readonly next: number | null; // the `after` of what follows
}

export interface StoppedAsked {
  readonly after?: number | undefined;
  readonly limit?: number | undefined;
  readonly code?: string | undefined; // of this cause alone
}

const look = 500; // jobs read at a time, where not all of them are wanted

/** Those of some kinds after the `after`-th number, as they are told; with `isWanted` only some of them. */
export async function stoppedPage<T extends { readonly number: number }>(
  store: Pick<ReadStore, 'stopped'>,
  kinds: readonly string[],
  { after = 0, limit = 100, code }: StoppedAsked,
  told: (job: StandingJob) => T,
  isWanted?: (one: T) => boolean,
): Promise<StoppedPage<T>> {
  const found: T[] = [];
  const most = isWanted ? look : limit + 1;
  for (let from = after; found.length <= limit;) {
    const jobs = await store.stopped(from, most, { ...(code === undefined ? {} : { code }), kinds });
    found.push(...jobs.map(told).filter((each) => isWanted?.(each) ?? true));
    if (jobs.length < most) break;
    from = jobs.at(-1)!.id;
  }
  const items = found.slice(0, limit);
  return { items, next: found.length > limit ? items.at(-1)!.number : null };
}

/** What the register says of a cause: who must act, in words, and the remedy. */
export function remedyOf(
  code: Code,
  args: Readonly<Record<string, string>> & { readonly party: string },
): { readonly code: Code; readonly actor: string; readonly cause: string; readonly next: string } {
  const { actor, hint } = codes[code];
  return { code, actor, cause: worded(code, args), next: hint.replaceAll('{party}', args.party) };
}
