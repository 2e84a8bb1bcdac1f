import { durationMs } from '../../partners/duration.ts';
import type { Partner, SequenceAgreement } from '../../partners/partner.ts';
import type { Run } from '../../store/filings.ts';
import type { Json, ReadStore, Store } from '../../store/store.ts';
import type { Interchange } from '../../syntax/unit.ts';
import { isOfQuota } from './quotas.ts';
import type { Report } from '../delivery/dispatch.ts';

/** Numbers that did not come, from the one to the other. */
export interface Missing {
  readonly from: number;
  readonly to: number;
  readonly since: number; // ms since 1970
  readonly told?: true;
}

/** A gap that was told, as its references are written. */
export interface MissingOf {
  readonly partner: string;
  readonly from: string;
  readonly to: string;
  readonly since: number; // ms since 1970
}

/** Where the references of one sender to one recipient have come to. */
export interface Counted {
  readonly sender: string;
  readonly recipient: string;
  readonly test: boolean;
  readonly prefix: string; // what stands before the number
  readonly highest: number;
  readonly at: number; // when the newest came
  readonly missing: readonly Missing[];
  readonly late: number; // that closed a gap
  readonly reordered: number; // that came after a higher one without having been missed
  readonly wraps: number;
  readonly restarts: number;
}

export type Happened = 'counted' | 'gap' | 'late' | 'reordered' | 'wrapped' | 'restarted';

const mostMissing = 500; // ranges that are kept of a run
const farthest = 10_000; // steps: what jumps farther begins anew

/** The number that a reference ends with; undefined where it has none, and where it is too long to count. */
export function numberOf(reference: string): { readonly prefix: string; readonly number: number } | undefined {
  const match = /^(.*?)(\d{1,15})$/s.exec(reference);
  return match && !/\d$/.test(match[1]!) ? { prefix: match[1]!, number: Number(match[2]) } : undefined;
}

/** What the next number means after those before. Pure. */
export function next(run: Counted, number: number, at: number, { step = 1, wrap }: SequenceAgreement): { readonly run: Counted; readonly happened: Happened } {
  const { highest, missing } = run;
  const advance = (changes: Partial<Counted>, happened: Happened): { run: Counted; happened: Happened } => ({ run: { ...run, at, ...changes }, happened });
  const skipped = (from: number, to: number): Missing[] => (from > to ? [] : [{ from, to, since: at }]);
  const gap = missing.find(({ from, to }) => number >= from && number <= to);
  if (gap) {
    const rest = [{ ...gap, to: number - step }, { ...gap, from: number + step }].filter(({ from, to }) => from <= to); // prettier-ignore
    return advance({ missing: missing.flatMap((each) => (each === gap ? rest : [each])), late: run.late + 1 }, 'late');
  }
  if (number === highest + step) return advance({ highest: number }, 'counted');
  if (number > highest) {
    if ((number - highest) / step > farthest) return advance({ highest: number, restarts: run.restarts + 1 }, 'restarted');
    return advance({ highest: number, missing: [...missing, ...skipped(highest + step, number - step)].slice(-mostMissing) }, 'gap');
  }
  const around = wrap === undefined ? Infinity : (number - highest + wrap) / step;
  if (wrap !== undefined && number < highest && around <= Math.min(farthest, wrap / step / 2)) {
    const left = [...skipped(highest + step, wrap), ...skipped(step, number - step)];
    return advance({ highest: number, missing: [...missing, ...left].slice(-mostMissing), wraps: run.wraps + 1 }, 'wrapped');
  }
  if (number <= step && highest > step) return advance({ highest: number, restarts: run.restarts + 1 }, 'restarted');
  return number === highest ? advance({}, 'counted') : advance({ reordered: run.reordered + 1 }, 'reordered');
}

/** What counting a reference adds to a commit, and what is told when it succeeded. */
export interface Count {
  readonly run: Run;
  readonly happened: Happened;
  readonly reference: string;
  undo(): void; // nothing was received under it after all
}

/** The runs of all partners that agreed on being counted; the only one who changes them. */
export class Sequences {
  #timer: NodeJS.Timeout | undefined;
  #runs: Map<string, { readonly partner: string; readonly counted: Counted }> | undefined;
  readonly #store: Pick<ReadStore, 'runs'>;

  constructor(store: Pick<ReadStore, 'runs'>) {
    this.#store = store;
  }

  /** To be awaited before anything is counted: where a former process came to. */
  async load(): Promise<void> {
    if (this.#runs) return;
    const kept = (await this.#store.runs()).filter((run) => !isOfQuota(run));
    this.#runs ??= new Map(kept.map(({ partner, detail }) => [keyOf(partner, detail as unknown as Counted), { partner, counted: detail as unknown as Counted }])); // prettier-ignore
  }

  /** Tells the gaps that nothing closed in time, for as long as this goes on. */
  watch(gateway: SequenceWatch): void {
    const { store, now, report } = gateway;
    const look = async (): Promise<void> => {
      await this.load();
      const grace = new Map(gateway.configuration.partners.map((each) => [each.id, graceOf(each)]));
      const { runs, gaps } = this.overdue(now(), (partner) => grace.get(partner) ?? 0);
      if (runs.length === 0) return;
      await store.commit({ runs });
      for (const { partner, prefix, from, to, since } of gaps) report({ event: 'references missing', partner, from: `${prefix}${from}`, to: `${prefix}${to}`, since: new Date(since).toISOString() }); // prettier-ignore
    };
    this.#timer = setInterval(() => void look().catch(() => undefined), 5_000); // what fails is looked at again
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  count({ id: partner, agreement }: Partner, { sender = '', recipient = '', reference = '' }: Interchange, at: number, test = false): Count | undefined {
    const found = agreement.sequence && numberOf(reference);
    const runs = this.#runs;
    if (!found || !runs || !agreement.sequence) return undefined;
    const { prefix, number } = found;
    const begun: Counted = { sender, recipient, test, prefix, highest: number, at, missing: [], late: 0, reordered: 0, wraps: 0, restarts: 0 }; // prettier-ignore
    const key = keyOf(partner, begun);
    const before = runs.get(key);
    const made = before ? next(before.counted, number, at, agreement.sequence) : { run: begun, happened: 'counted' as const };
    const after = { partner, counted: made.run };
    runs.set(key, after);
    const undo = (): void => {
      if (runs.get(key) !== after) return; // others were counted since: it is not worth theirs
      if (before) runs.set(key, before);
      else runs.delete(key);
    };
    return { run: runOf(key, partner, made.run), happened: made.happened, reference, undo };
  }

  /** The gaps that nothing closed in time and that were told: they stand until they are closed. */
  get missing(): readonly MissingOf[] {
    return [...(this.#runs?.values() ?? [])].flatMap(({ partner, counted }) => missingOf(partner, counted));
  }

  /** The gaps that nothing closed in time, each once: what is to be kept of that, and told. */
  overdue(
    now: number,
    graceOf: (partner: string) => number,
  ): { readonly runs: readonly Run[]; readonly gaps: readonly (Missing & { partner: string; prefix: string })[] } {
    const changed: Run[] = [];
    const gaps: (Missing & { partner: string; prefix: string })[] = [];
    for (const [key, { partner, counted }] of this.#runs ?? []) {
      const due = counted.missing.filter(({ since, told }) => told === undefined && now - since >= graceOf(partner));
      if (due.length === 0) continue;
      gaps.push(...due.map((each) => ({ ...each, partner, prefix: counted.prefix })));
      const told: Counted = { ...counted, missing: counted.missing.map((each) => (due.includes(each) ? { ...each, told: true as const } : each)) };
      this.#runs!.set(key, { partner, counted: told });
      changed.push(runOf(key, partner, told));
    }
    return { runs: changed, gaps };
  }
}

export interface SequenceWatch {
  readonly store: Pick<Store, 'commit'>;
  readonly now: () => number;
  readonly configuration: { readonly partners: readonly Partner[] }; // in force
  readonly report: Report;
}

export const graceOf = ({ agreement }: Pick<Partner, 'agreement'>): number => durationMs(agreement.sequence?.grace ?? '15m') ?? 0;

const keyOf = (partner: string, { sender, recipient, test, prefix }: Counted): string => [partner, sender, recipient, String(test), prefix].join('\0');
const runOf = (key: string, partner: string, counted: Counted): Run => ({ key, partner, detail: counted as unknown as Json });

const missingOf = (partner: string, { prefix, missing }: Counted): MissingOf[] =>
  missing.filter(({ told }) => told === true).map(({ from, to, since }) => ({ partner, from: `${prefix}${from}`, to: `${prefix}${to}`, since }));

/** The gaps that were told, by what the store knows: for whoever reads beside a gateway. */
export async function missingIn(store: Pick<ReadStore, 'runs'>): Promise<readonly MissingOf[]> {
  return (await store.runs()).filter((run) => !isOfQuota(run)).flatMap(({ partner, detail }) => missingOf(partner, detail as unknown as Counted));
}

/** All runs, or those of one partner, as they are shown. */
export async function viewSequence(store: Pick<ReadStore, 'runs'>, partner?: string): Promise<{ readonly items: readonly Json[] }> {
  const iso = (ms: number): string => new Date(ms).toISOString();
  const items = (await store.runs(partner))
    .filter((run) => !isOfQuota(run))
    .map(({ partner: of, detail }) => {
      const { missing, at, ...counted } = detail as unknown as Counted;
      return {
        partner: of,
        ...counted,
        at: iso(at),
        missing: missing.map(({ from, to, since, told }) => ({ from, to, since: iso(since), overdue: told === true })),
      };
    });
  return { items };
}
