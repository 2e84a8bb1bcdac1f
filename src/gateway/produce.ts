import { BoundedFindings } from '../diagnostics/bounded.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Rows } from '../dictionary/rows.ts';
import type { FactAccount, Loss } from '../maps/account.ts';
import { build } from '../maps/build.ts';
import type { LossOptions } from '../maps/losses.ts';
import type { Plan } from '../maps/plan.ts';
import { edifactWriter, type OutInterchange } from '../syntax/edifact/writer.ts';
import { xmlWriter } from '../syntax/xml/writer.ts';
import { startXmlCheck, type XmlCheck } from '../validation/xsd.ts';
import { syntaxVersionFor } from './directories.ts';
import type { Library } from './library.ts';
import { unitCheck } from './syntax.ts';
import { explain } from './trace.ts';

/** A document, written and checked. */
export interface Produced {
  readonly media: string;
  readonly bytes: Uint8Array;
  readonly facts: FactAccount;
  readonly losses: readonly Loss[];
  readonly findings: readonly Diagnostic[];
}

/** Builds, writes, and reads again what was written: our own output is judged like anyone's. The bytes go to `sink`, which may keep them. */
export function produceInto(sink: (bytes: Uint8Array) => void, { library, plan, rows, interchange, ...options }: Production): Omit<Produced, 'bytes'> {
  const findings = new BoundedFindings();
  const report = (each: Diagnostic): void => findings.push(each);
  const { format } = plan;
  const isXml = format.family === 'xml';
  const check = isXml ? startCheck(library, plan) : unitCheck(library);
  let isEmpty = true;
  const keep = (bytes: Uint8Array): void => {
    isEmpty = false;
    sink(bytes);
    check?.push(bytes);
  };
  const edifact = isXml ? undefined : edifactWriter({ bytes: keep, finding: report }, { interchange, syntaxVersion: syntaxVersionFor(format.directory) });
  const built = build(plan, rows, edifact ?? xmlWriter(keep, { finding: report }), options);
  edifact?.end();
  for (const each of built.findings) report(each);
  const found = isEmpty ? [] : (check?.end() ?? []);
  for (const each of isXml ? explain(found, plan, rows) : found) report(each);
  return { media: isXml ? 'application/xml' : 'application/edifact', facts: built.account, losses: built.losses, findings: findings.all() };
}

/** What is to be written, and around it. */
export interface Production extends LossOptions {
  readonly library: Library;
  readonly plan: Plan;
  readonly rows: Rows;
  readonly interchange: OutInterchange;
}

/** The same with the bytes in memory. */
export function produce(library: Library, plan: Plan, rows: Rows, interchange: OutInterchange): Produced {
  const chunks: Uint8Array[] = [];
  const made = produceInto((bytes) => chunks.push(bytes), { library, plan, rows, interchange });
  return { ...made, bytes: Buffer.concat(chunks) };
}

/** What its schema says against a document of ours, which comes in pieces. */
export function startCheck(library: Library, plan: Plan): XmlCheck | undefined {
  const schema = library.schema(plan);
  return schema && startXmlCheck(schema);
}

/** The same for a whole document. */
export function checkXml(library: Library, plan: Plan, bytes: Uint8Array): readonly Diagnostic[] {
  const check = startCheck(library, plan);
  check?.push(bytes);
  return check?.end() ?? [];
}
