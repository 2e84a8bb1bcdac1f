import { codes, type Code, type Severity } from './codes.ts';
import type { Place } from './place.ts';

/**
 * A finding is a value. Rooms return findings; only a bug of ours or a fault of the machine is thrown.
 *
 * `data` is the place in the message, `rule` the place in the map, schema or configuration that says so.
 */
export interface Diagnostic {
  readonly code: Code;
  readonly severity: Severity;
  readonly args: Readonly<Record<string, string>>; // for the sentence; never the sentence itself
  readonly data?: Place;
  readonly rule?: Place;
  readonly actual?: string;
  readonly expected?: readonly string[];
  readonly cause?: Diagnostic;
  readonly related?: readonly Diagnostic[]; // other facts it rests on, each with its place
}

export interface FindingParts {
  readonly data?: Place | undefined;
  readonly rule?: Place | undefined;
  readonly actual?: string | undefined;
  readonly expected?: readonly string[] | undefined;
  readonly cause?: Diagnostic | undefined;
  readonly related?: readonly Diagnostic[] | undefined;
  readonly severity?: Severity | undefined; // where an agreement is stricter or laxer than the register
}

/** Makes a finding; its severity is the register's unless `parts` says otherwise. */
export function finding(code: Code, args: Readonly<Record<string, string>> = {}, parts: FindingParts = {}): Diagnostic {
  const made: { -readonly [K in keyof Diagnostic]: Diagnostic[K] } = { code, severity: parts.severity ?? codes[code].severity, args };
  if (parts.data) made.data = parts.data;
  if (parts.rule) made.rule = parts.rule;
  if (parts.actual !== undefined) made.actual = parts.actual;
  if (parts.expected) made.expected = parts.expected;
  if (parts.cause) made.cause = parts.cause;
  if (parts.related && parts.related.length > 0) made.related = parts.related;
  return made;
}

/** The sentence of a finding: the register's title with its arguments filled in. */
export function sentence(diagnostic: Diagnostic): string {
  return worded(diagnostic.code, diagnostic.args);
}

/** The sentence that a finding would have, where only that is wanted. */
export function worded(code: Code, args: Readonly<Record<string, string>>): string {
  return fill(codes[code].title, args);
}

/** The remedy of a finding, from the same register. */
export function hint(diagnostic: Diagnostic): string {
  return fill(codes[diagnostic.code].hint, diagnostic.args);
}

const templates = new Map<string, readonly string[]>(); // cut at their names: every second part is one

function fill(template: string, args: Readonly<Record<string, string>>): string {
  let parts = templates.get(template);
  if (!parts) templates.set(template, (parts = template.split(/\{(\w+)\}/)));
  let text = parts[0]!;
  for (let i = 1; i < parts.length; i += 2) text += (args[parts[i]!] ?? '') + parts[i + 1]!;
  return text;
}

/** Whether any finding makes the result unusable or wrong (fatal, error or bug). */
export function hasError(findings: readonly Diagnostic[]): boolean {
  return findings.some((d) => d.severity === 'error' || d.severity === 'fatal' || d.severity === 'bug');
}
