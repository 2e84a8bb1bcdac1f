import { setImmediate } from 'node:timers/promises';
import type { Batch, Committed, Store } from '../../store/store.ts';
import type { TranslatedMessage } from '../translation/translate.ts';

/** What a message weighs that has nothing but itself, in findings: to take one over, or to write it down, costs about as much. */
const alone = 10;

/** So much is worked off in one turn, in some tens of milliseconds; then the thread that receives does something else. */
export const turn = 1_500;

export function weightOf({ findings, losses, keys, outputs }: TranslatedMessage): number {
  return outputs.reduce((sum, each) => sum + alone + each.findings.length + each.losses.length, alone + findings.length + losses.length + keys.length);
}

/** Messages in runs of one turn each. There is one run at least. */
export function* slices(messages: Iterable<TranslatedMessage>): Generator<readonly TranslatedMessage[]> {
  let slice: TranslatedMessage[] = [];
  let weight = 0;
  for (const message of messages) {
    if (weight >= turn) {
      yield slice;
      slice = [];
      weight = 0;
    }
    slice.push(message);
    weight += weightOf(message);
  }
  yield slice;
}

/** Commits a batch that is made in parts, `first` and those after it, with a turn for others before each; all of it or nothing. */
export function commitInTurns(store: Pick<Store, 'commit' | 'commitParts'>, first: Batch, rest: Iterator<Batch>, patience: number): Promise<Committed> {
  const second = rest.next();
  if (second.done) return store.commit(first, patience);
  return store.commitParts(inTurns(first, second, rest));
}

async function* inTurns(first: Batch, second: IteratorYieldResult<Batch>, rest: Iterator<Batch>): AsyncGenerator<Batch> {
  yield first;
  for (let next: IteratorResult<Batch> = second; !next.done; next = rest.next()) {
    await setImmediate();
    yield next.value;
  }
}
