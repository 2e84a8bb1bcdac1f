import type { EvidenceRecord, Json, ReadStore } from '../../store/store.ts';
import { attemptOf, deliveryId, type ConfirmJob, type DeliverJob } from '../outcome/jobs.ts';

/** Before when nothing is tried for a party, and why. */
export type HoldOf = (party: string) => { readonly until: number; readonly why: 'circuit' | 'hours' } | undefined;

/** What is still on its way, or stopped: to whom, after how many attempts, and when it is tried next. */
export async function deliveriesOf(store: ReadStore, owner: string, holdOf: HoldOf = () => undefined): Promise<Json[]> {
  const jobs = (await store.jobsOf(owner)).filter(({ kind }) => kind === 'deliver' || kind === 'confirm');
  return jobs.map((job) => {
    const value = job.value as unknown as DeliverJob;
    const isSent = job.kind === 'confirm' && job.state === 'ready';
    const hold = isSent || job.state !== 'ready' ? undefined : holdOf(value.party);
    const at = (ms: number): string | null => (Number.isFinite(ms) ? new Date(ms).toISOString() : null);
    return {
      party: value.party,
      kind: value.kind ?? 'message',
      delivery: deliveryId(value),
      state: job.state === 'ready' ? (isSent ? 'sent' : 'waiting') : 'stopped',
      attempts: isSent ? attemptOf(value, job) : attemptOf(value, job) - 1,
      code: job.code ?? null,
      next: job.state !== 'ready' || isSent ? null : at(Math.max(job.due, hold?.until ?? 0)),
      waitsFor: hold?.why ?? null,
      ...(isSent ? { confirmedBy: at(job.due), sentAt: at((job.value as unknown as ConfirmJob).sentAt) } : {}),
    };
  });
}

/** Of a step of a delivery: by which channel, the how many-th attempt, what failed and when it is tried again; which answer was owed, and how late it came (ms). */
export function attemptView({ kind, detail }: EvidenceRecord): { readonly [name: string]: Json } {
  if (!['sent', 'delivered', 'failed', 'replayed', 'received', 'overdue', 'settled'].includes(kind) || typeof detail !== 'object' || detail === null) return {};
  const said = detail as { readonly [name: string]: Json };
  return Object.fromEntries(
    ['attempt', 'channel', 'code', 'ms', 'next', 'answer', 'due', 'late'].flatMap((name) => (said[name] === undefined ? [] : [[name, said[name]] as const])),
  );
}
