import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Rows } from '../dictionary/rows.ts';
import type { FactAccount, Loss } from '../maps/account.ts';
import { build } from '../maps/build.ts';
import type { Plan } from '../maps/plan.ts';
import { edifactWriter, type OutInterchange } from '../syntax/edifact/writer.ts';
import { xmlWriter } from '../syntax/xml/writer.ts';
import { validateXml } from '../validation/xsd.ts';
import type { Library } from './library.ts';
import { readUnits } from './syntax.ts';
import { explain } from './trace.ts';

/** A document, written and checked. */
export interface Produced {
  readonly media: string;
  readonly bytes: Uint8Array;
  readonly facts: FactAccount;
  readonly losses: readonly Loss[];
  readonly findings: readonly Diagnostic[];
}

/** Builds, writes, and reads again what was written: our own output is judged like anyone's. */
export function produce(library: Library, plan: Plan, rows: Rows, interchange: OutInterchange): Produced {
  const chunks: Uint8Array[] = [];
  const findings: Diagnostic[] = [];
  const report = (each: Diagnostic): void => void findings.push(each);
  const isXml = plan.format.family === 'xml';
  const keep = (bytes: Uint8Array): void => void chunks.push(bytes);
  const edifact = isXml ? undefined : edifactWriter({ bytes: keep, finding: report }, { interchange });
  const built = build(plan, rows, edifact ?? xmlWriter(keep, { finding: report }));
  edifact?.end();
  const bytes = Buffer.concat(chunks);
  findings.push(...built.findings);
  if (bytes.length > 0) findings.push(...(isXml ? explain(checkXml(library, plan, bytes), plan, rows) : readUnits(library, bytes)));
  return { media: isXml ? 'application/xml' : 'application/edifact', bytes, facts: built.account, losses: built.losses, findings };
}

/** What its schema says against a document of ours. */
export function checkXml(library: Library, plan: Plan, bytes: Uint8Array): readonly Diagnostic[] {
  const schema = library.schema(plan);
  return schema ? validateXml(schema, bytes) : [];
}
