import type { Partner } from '../../partners/partner.ts';
import type { Event, Report } from '../delivery/dispatch.ts';

/** Whoever counts what happens. */
export interface Figures {
  received(from: Partner, outcome: 'accepted' | 'duplicate' | 'refused'): void;
  happened(event: Event): void;
}

/** Reports to both: the log, and who counts by then. */
export const counting =
  (figures: () => Figures | undefined, report: Report | undefined): Report =>
  (event) => {
    figures()?.happened(event);
    report?.(event);
  };
