import type { Code } from '../../diagnostics/codes.ts';
import type { Translation } from './translate.ts';

/** In how many messages a partner wrote otherwise than the standard says, and what is agreed about it. */
export interface DeviationCount {
  readonly partner: string;
  readonly deviation: string;
  readonly verdict: 'accepted' | 'expired' | 'refused' | 'unknown'; // unknown: not in the register
  readonly messages: number;
}

const verdicts: Readonly<Partial<Record<Code, DeviationCount['verdict']>>> = {
  DEVIATION_ACCEPTED: 'accepted',
  DEVIATION_EXPIRED: 'expired',
  DEVIATION_REFUSED: 'refused',
  CARGOIMP_DEVIATION: 'unknown',
};

/** Counts deviations, message by message. */
export class DeviationCounts {
  readonly #counts = new Map<string, DeviationCount>();

  get all(): readonly DeviationCount[] {
    return [...this.#counts.values()].sort((a, b) => order(a).localeCompare(order(b), 'en'));
  }

  count(partner: string, { interchanges }: Translation): void {
    for (const { findings } of interchanges.flatMap(({ messages }) => messages)) {
      const seen = new Map<string, DeviationCount['verdict']>();
      for (const { code, args } of findings) {
        const verdict = verdicts[code];
        if (verdict !== undefined) seen.set(args['name'] ?? '', verdict);
      }
      for (const [deviation, verdict] of seen) {
        const key = `${partner} ${deviation} ${verdict}`;
        this.#counts.set(key, { partner, deviation, verdict, messages: (this.#counts.get(key)?.messages ?? 0) + 1 });
      }
    }
  }
}

const order = ({ partner, deviation, verdict }: DeviationCount): string => `${partner} ${deviation} ${verdict}`;
