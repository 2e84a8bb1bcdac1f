/** A stage beside its peer or its limit, measured in one run. */
export interface Row {
  readonly stage: string;
  readonly against: string;
  readonly ratio: number; // median of the rounds
  readonly min: number;
  readonly max: number;
  readonly better: 'higher' | 'lower';
  readonly budget: number; // the ratio must be at least, or where lower is better at most, so much
  readonly microseconds?: Readonly<Record<string, number>>; // what its parts cost, where that is told
}

/** Processor time, in microseconds: what else runs on the machine does not count. */
export function time(work: () => unknown): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return user + system;
}

/**
 * The processor time of each contender, by round. They take turns pass by pass, so that what else the machine does falls on all
 * alike; the first two rounds are for warming up and do not count.
 */
export function interleave<const Name extends string>(
  rounds: number,
  passes: number,
  contenders: Readonly<Record<Name, () => unknown>>,
): Readonly<Record<Name, readonly number[]>> {
  const names = Object.keys(contenders) as Name[];
  const taken = Object.fromEntries(names.map((name): [Name, number[]] => [name, []])) as Record<Name, number[]>;
  for (let round = -2; round < rounds; round++) {
    const sums = names.map(() => 0);
    for (let pass = 0; pass < passes; pass++) names.forEach((name, i) => (sums[i]! += time(contenders[name])));
    if (round >= 0) names.forEach((name, i) => taken[name].push(sums[i]!));
  }
  return taken;
}

/** How many times faster ours is than theirs: the median over the rounds. */
export function faster(stage: string, against: string, budget: number, ours: readonly number[], theirs: readonly number[]): Row {
  return row(
    stage,
    against,
    budget,
    ours.map((time, round) => theirs[round]! / time),
  );
}

export function row(stage: string, against: string, budget: number, ratios: readonly number[], better: Row['better'] = 'higher'): Row {
  const sorted = [...ratios].sort((a, b) => a - b);
  return { stage, against, ratio: sorted[sorted.length >> 1]!, min: sorted[0]!, max: sorted.at(-1)!, better, budget };
}

/** Whether the median is on the right side of its budget. */
export const met = ({ ratio, budget, better }: Row): boolean => (better === 'higher' ? ratio >= budget : ratio <= budget);
