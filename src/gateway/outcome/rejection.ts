import type { Question } from '../answers/correlate.ts';
import { finding, hasError, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import { describePlace } from '../../diagnostics/place.ts';
import { sortByPlace } from '../../diagnostics/text.ts';
import type { Event } from '../delivery/dispatch.ts';
import type { Translation } from '../translation/translate.ts';

/**
 * What the operator is told where something in an interchange was rejected: one line, by the first fault and its place. It names
 * no value: the findings in full are in the evidence.
 */
export function rejectionEvent(interchange: string, partner: string, { interchanges, findings }: Translation): Event | undefined {
  const messages = interchanges.flatMap((each) => each.messages);
  const rejected = messages.filter(({ state }) => state === 'rejected');
  const around = [...findings, ...interchanges.flatMap((each) => each.findings)];
  const faults = sortByPlace([...around, ...rejected.flatMap((each) => each.findings)].filter((each) => hasError([each])));
  if (rejected.length === 0 && faults.length === 0) return undefined;
  const first: Diagnostic = faults[0] ?? finding('GATEWAY_NO_MESSAGE');
  const codes = [...new Set(faults.map(({ code }) => code))];
  const at = first.data ? { at: describePlace(first.data) } : {};
  return { event: 'rejected', code: first.code, interchange, partner, rejected: rejected.length, messages: messages.length, ...at, codes };
}

/** And where an agency's answer could not be written for who sent the message: nothing of it stands in the mailbox. */
export function untoldEvents(questions: Iterable<Question>): Event[] {
  return [...questions].flatMap(({ interchange, message, partner, agency, reply }) => {
    const fault = reply?.findings.find((each) => hasError([each]));
    return fault ? [{ event: 'answer not told', code: fault.code, interchange, message, partner, agency, map: reply!.map }] : [];
  });
}

/** And where a report of errors has not all letters of what it quotes. */
export function unwrittenEvents(interchange: string, partner: string, { interchanges }: Translation): Event[] {
  return interchanges.flatMap(({ errors }) => {
    const fault = errors?.findings.find((each) => hasError([each]));
    return fault ? [{ event: 'report not whole', code: fault.code, interchange, partner, map: errors!.map }] : [];
  });
}
