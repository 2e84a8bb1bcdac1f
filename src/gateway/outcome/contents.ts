import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { findingJson } from '../../diagnostics/json.ts';
import type { Loss } from '../../maps/account.ts';
import type { Json, NewContent } from '../../store/store.ts';
import { isSpilled, sizeOf, type Document } from '../translation/document.ts';
import { lossView } from '../views/loss-view.ts';
import type { Output, TranslatedMessage } from '../translation/translate.ts';

/** What is kept of a message: its report, its facts, and what was made of it for each agency. */
export function contentsOf(owner: string, message: TranslatedMessage): NewContent[] {
  const contents: NewContent[] = [{ owner, stage: 'report', media: 'application/json', bytes: Buffer.from(JSON.stringify(reportOf(message))) }];
  if (message.canonical) contents.push({ owner, stage: 'canonical', media: 'application/json', bytes: settled(message.canonical) });
  for (const { agency, media, bytes } of message.outputs.filter(isWritten)) contents.push({ owner, stage: agency, media, bytes: settled(bytes) });
  return contents;
}

/** By now a document is in memory or in the store. */
function settled(document: Document): NewContent['bytes'] {
  if (isSpilled(document)) throw new Error('a document was not handed to the store');
  return document;
}

/** The loss report in full: for the sender and the operator; what an agency lost is in the outputs. */
function reportOf({ atoms, losses, findings, outputs, map, plan }: TranslatedMessage): Json {
  return {
    source: { map: map ?? null, plan: plan ?? null },
    atoms: atoms ? { ...atoms } : null,
    losses: losses.map(lossJson),
    findings: findings.map(findingView),
    outputs: outputs.map((o) => ({
      agency: o.agency,
      map: o.map,
      plan: o.plan,
      facts: { ...o.facts },
      losses: o.losses.map(lossJson),
      findings: o.findings.map(findingView),
    })),
  };
}

export const isWritten = ({ bytes }: Output): boolean => sizeOf(bytes) > 0;

const findingView = (diagnostic: Diagnostic): Json => ({ ...findingJson(diagnostic) }) as unknown as Json;
export const lossJson = (loss: Loss): Json => ({ ...lossView(loss) }) as unknown as Json;
