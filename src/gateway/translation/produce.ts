import { BoundedFindings } from '../../diagnostics/bounded.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Rows } from '../../dictionary/rows.ts';
import type { FactAccount, Loss } from '../../maps/account.ts';
import { build } from '../../maps/build.ts';
import type { LossOptions } from '../../maps/losses.ts';
import { envelopeOf } from '../../maps/otherwise.ts';
import type { Plan } from '../../maps/plan.ts';
import type { OutEncoding } from '../../partners/partner.ts';
import type { OutInterchange } from '../../syntax/unit.ts';
import { jsonReader } from '../../syntax/json/reader.ts';
import type { JsonSchema } from '../../syntax/json/schema.ts';
import { startXmlCheck } from '../../validation/xsd.ts';
import type { Library } from '../library/library.ts';
import { unitCheck } from './syntax.ts';
import { syntaxes, writerFor } from './syntaxes.ts';
import { explain, withStatements, type Unwritten } from './trace.ts';

/** A document, written and checked. */
export interface Produced {
  readonly media: string;
  readonly bytes: Uint8Array;
  readonly facts: FactAccount;
  readonly losses: readonly Loss[];
  readonly findings: readonly Diagnostic[];
  readonly unwritten: readonly Diagnostic[]; // of them what the writer could not write as it is
}

/** Builds, writes, and reads again what was written: our own output is judged like anyone's. The bytes go to `sink`, which may keep them. */
export function produceInto(
  sink: (bytes: Uint8Array) => void,
  { library, plan, rows, interchange, encoding, profile, ...options }: Production,
): Omit<Produced, 'bytes'> {
  const findings = new BoundedFindings();
  const report = (each: Diagnostic): void => findings.push(each);
  const check = startCheck(library, plan, encoding, profile);
  let isEmpty = true;
  const bytes = (chunk: Uint8Array): void => {
    isEmpty = false;
    sink(chunk);
    check?.push(chunk);
  };
  const unwritten: Unwritten[] = [];
  const finding = (each: Diagnostic, fact = -1): void => void unwritten.push({ each, fact });
  const writer = writerFor(library, plan.format, { bytes, finding }, interchange, encoding);
  const built = build(plan, rows, writer, { ...options, envelope: envelopeOf(interchange) });
  writer.end();
  for (const each of built.findings) report(each);
  const said = withStatements(unwritten, rows);
  for (const each of said) report(each);
  for (const each of explain(isEmpty ? [] : (check?.end() ?? []), plan, rows)) report(each);
  return { media: syntaxes[plan.format.family].media, facts: built.account, losses: built.losses, findings: findings.all(), unwritten: said };
}

/** What is to be written, and around it. */
export interface Production extends LossOptions {
  readonly library: Library;
  readonly plan: Plan;
  readonly rows: Rows;
  readonly interchange: OutInterchange;
  readonly encoding?: OutEncoding | undefined;
  readonly profile?: string | undefined; // of who receives it: what it publishes goes before what we know of the format
}

/** The same with the bytes in memory. */
export function produce(library: Library, plan: Plan, rows: Rows, interchange: OutInterchange, encoding?: OutEncoding, profile?: string): Produced {
  const chunks: Uint8Array[] = [];
  const made = produceInto((bytes) => chunks.push(bytes), { library, plan, rows, interchange, encoding, profile });
  return { ...made, bytes: Buffer.concat(chunks) };
}

/** A document that comes in pieces, and is judged. */
export interface DocumentCheck {
  push(bytes: Uint8Array): void;
  end(): readonly Diagnostic[];
}

/** What its schema, or its directory, says against a document of ours. Undefined where there is no schema. */
export function startCheck(library: Library, plan: Plan, { identifier = '*', charset }: OutEncoding = {}, profile?: string): DocumentCheck | undefined {
  if (plan.format.kind === 'segmented') return unitCheck(library, charset && { [identifier]: charset });
  if (plan.format.family === 'json') return documentCheck(library.documents.get(plan.format.root));
  const published = profile === undefined ? undefined : library.profileSchema(profile);
  if (published && !published.schema) return { push: () => undefined, end: () => published.findings }; // nothing leaves that should be judged and cannot
  const schema = published?.schema ?? library.schema(plan);
  return schema && startXmlCheck(schema);
}

function documentCheck(schema: JsonSchema | undefined): DocumentCheck {
  const findings = new BoundedFindings();
  const reader = jsonReader({ finding: (each) => findings.push(each) }, { schema });
  return {
    push: (bytes) => reader.push(bytes),
    end() {
      reader.end();
      return findings.all();
    },
  };
}

/** The same for a whole document. */
export function checkDocument(library: Library, plan: Plan, bytes: Uint8Array): readonly Diagnostic[] {
  const check = startCheck(library, plan);
  check?.push(bytes);
  return check?.end() ?? [];
}
