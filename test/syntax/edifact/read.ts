import { sentence, type Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import { describePlace } from '../../../src/diagnostics/place.ts';
import { withService, type Directory } from '../../../src/syntax/segments/directory.ts';
import { edifactReader } from '../../../src/syntax/edifact/reader.ts';
import type { SegmentReaderOptions } from '../../../src/syntax/segments/reader.ts';
import { structureCheck } from '../../../src/syntax/segments/structure.ts';
import { edifactForm } from '../../../src/syntax/edifact/syntax.ts';
import { keyComponent, keyElement, type Interchange, type MessageHeader, type Unit, type UnitHandler } from '../../../src/syntax/unit.ts';
import { directory } from './tables.ts';

/** All that a reader says, as lines an analyst can read. */
export interface Read {
  readonly events: readonly string[]; // in order: interchange, message, units, ends, findings
  readonly units: readonly string[];
  readonly findings: readonly Diagnostic[];
  readonly interchanges: readonly Interchange[];
  readonly messages: readonly MessageHeader[];
}

export interface ReadOptions extends SegmentReaderOptions {
  readonly structure?: boolean;
}

export const edi = (text: string): Buffer => Buffer.from(text, 'latin1');

/** `NAD 1=CZ 2.2=160 2*2=X`: element, component where not the first, repetition where not the first. */
export function unitLine(unit: Unit): string {
  let line = unit.tag;
  for (let atom = 0; atom < unit.size; atom++) {
    const key = unit.keys[atom] as number;
    const repetition = unit.repetitions[atom] as number;
    line += ` ${keyElement(key)}${keyComponent(key) > 1 ? `.${keyComponent(key)}` : ''}${repetition > 0 ? `*${repetition + 1}` : ''}=${unit.text(atom)}`;
  }
  return line;
}

/** `warning EDIFACT_X: sentence @ place «the bytes of the place»`, or `after «the bytes before it»` where the place is empty. */
export function findingLine(finding: Diagnostic, input: string): string {
  const { data } = finding;
  if (!data) return `${finding.severity} ${finding.code}: ${sentence(finding)}`;
  const group = data.edi?.group === undefined ? '' : ` in ${data.edi.group}`;
  const bytes = input.slice(data.start, data.end);
  const shown =
    data.start === data.end ? `after «${input.slice(Math.max(0, data.start - 8), data.start)}»` : `«${bytes.length > 14 ? `${bytes.slice(0, 14)}…` : bytes}»`;
  return `${finding.severity} ${finding.code}: ${sentence(finding)} @ ${describePlace(data)}${group} ${shown}`;
}

/** The service segments of a syntax version. */
export const service = (syntaxVersion: string | undefined): Directory => directory(syntaxVersion === '4' ? 'service-4' : 'service-3');

/** The tables of D.95B with the service segments of the syntax version, and none for other directories. */
export function d95b(header: MessageHeader): Directory | undefined {
  const own = service(header.interchange.syntaxVersion);
  if (header.type === 'CONTRL') return own;
  return header.directory === 'D95B' ? withService(directory('D95B'), own) : undefined;
}

export function read(chunks: Uint8Array | readonly Uint8Array[], options: ReadOptions = {}): Read {
  const input = Buffer.concat(chunks instanceof Uint8Array ? [chunks] : chunks).toString('latin1');
  const events: string[] = [];
  const units: string[] = [];
  const findings: Diagnostic[] = [];
  const interchanges: Interchange[] = [];
  const messages: MessageHeader[] = [];
  const handler: UnitHandler = {
    interchange(interchange) {
      events.push(`interchange ${interchange.index} ${interchange.reference ?? ''} at ${interchange.start}`);
      interchanges.push(interchange);
    },
    message(header) {
      events.push(`message ${header.index} ${header.type} ${header.reference ?? ''} at ${header.start}`);
      messages.push(header);
    },
    unit(unit) {
      const line = unitLine(unit);
      events.push(`${unit.position} ${line} [${unit.base + unit.start}-${unit.base + unit.end}]`);
      units.push(line);
    },
    messageEnd: (header) => void events.push(`end of message ${header.index}`),
    interchangeEnd: (interchange, end) => void events.push(`end of interchange ${interchange.index} at ${end}`),
    finding(finding) {
      events.push(findingLine(finding, input));
      findings.push(finding);
    },
  };
  const reader = edifactReader(
    options.structure ? structureCheck(handler, { directory: d95b, form: edifactForm, ...(options.severity ? { severity: options.severity } : {}) }) : handler,
    { service, ...options },
  );
  for (const chunk of chunks instanceof Uint8Array ? [chunks] : chunks) reader.push(chunk);
  reader.end();
  return { events, units, findings, interchanges, messages };
}

/** Findings as `CODE` lines with the place, for tables. */
export const codesOf = (found: Read): string[] =>
  found.findings.map(({ code, data }) => `${code} ${data?.edi ? `${data.edi.tag} ${data.edi.segment}${data.edi.missing ? ' after' : ''}` : '-'}`);
