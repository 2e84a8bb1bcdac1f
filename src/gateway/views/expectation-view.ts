import type { Agency } from '../../partners/agency.ts';
import type { Configuration } from '../../partners/config.ts';
import { durationText } from '../../partners/duration.ts';
import type { AnswerStage } from '../../partners/expectations.ts';
import type { Partner } from '../../partners/partner.ts';

/** An answer that is owed: by whom, to what of whom, and within what time of its clock. */
export interface ExpectationView {
  readonly of: string; // who owes it
  readonly answer: AnswerStage;
  readonly by: readonly string[] | null; // the messages that are it; null: any
  readonly to: readonly string[] | null; // the messages that are answered; null: all
  readonly within: string; // 4h
  readonly clock: string; // `always`, or the zone in whose hours it runs
}

const owedBy = ({ id, delivery }: Partner | Agency): ExpectationView[] =>
  (delivery?.expects ?? []).map(({ answer, by, to, within, hours }) => ({
    of: id,
    answer,
    by: by ?? null,
    to: to ?? null,
    within: durationText(within),
    clock: hours ? `service hours, ${hours.zone}` : 'always',
  }));

/** What a partner owes to what it is given, and what the agencies owe to what it sends. */
export function expectationsOf({ partners, agencies, routes }: Configuration, partner: string): ExpectationView[] {
  const reached = new Set(routes.filter(({ when }) => when?.partners?.includes(partner) ?? true).flatMap(({ to }) => to));
  return [...partners.filter(({ id }) => id === partner), ...agencies.filter(({ id }) => reached.has(id))].flatMap(owedBy);
}
