import { durationMs } from './duration.ts';

/** What is kept apart: what came, what was read in it, what was made of it, and the records of its steps. */
export const keptKinds = ['original', 'canonical', 'outputs', 'records'] as const;
export type KeptKind = (typeof keptKinds)[number];

/** As a file states it: a duration from the receipt of the interchange, or `keep`. */
export type RetentionText = Partial<Readonly<Record<KeptKind, string>>>;

/** How long each kind is kept, in ms; Infinity: for ever. Records are kept as long as whatever they are about. */
export function retentionFor(gateway: RetentionText = {}, partner: RetentionText = {}): Readonly<Record<KeptKind, number>> {
  const of = (kind: KeptKind): number => durationMs(partner[kind] ?? gateway[kind] ?? 'keep') ?? Infinity;
  const [original, canonical, outputs] = [of('original'), of('canonical'), of('outputs')];
  return { original, canonical, outputs, records: Math.max(of('records'), original, canonical, outputs) };
}

/** How long each kind of what a partner sends is kept. */
export type RetentionRules = (partner: string) => ReturnType<typeof retentionFor>;

export function retentionRules(
  gateway: RetentionText | undefined,
  partners: readonly { readonly id: string; readonly retention?: RetentionText }[],
): RetentionRules {
  const own = new Map(partners.flatMap(({ id, retention }) => (retention ? [[id, retention] as const] : [])));
  return (partner) => retentionFor(gateway, own.get(partner));
}
