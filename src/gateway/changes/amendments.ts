import type { NewRecord } from '../../store/store.ts';
import type { TranslateJob } from '../outcome/jobs.ts';

/** Each agency is told, in a record that it is shown, that the operator amended what it gets. */
export function amendments({ interchange, repair }: TranslateJob, message: string, agencies: readonly string[]): NewRecord[] {
  if (!repair) return [];
  return agencies.map((party) => ({ kind: 'amended', interchange, message, party, detail: { by: 'operator' } }));
}
