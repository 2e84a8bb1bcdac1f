import { codes, type Code, type Severity } from './codes.ts';
import { hintIn, sentenceIn } from './language.ts';
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
  readonly tolerated?: true; // it is not refused because the sender's agreement says so
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

/** The sentence of a finding in English: the register's title with its arguments filled in. */
export const sentence = (diagnostic: Diagnostic): string => sentenceIn(diagnostic);

/** The sentence that a finding would have, where only that is wanted. */
export const worded = (code: Code, args: Readonly<Record<string, string>>): string => sentenceIn({ code, args });

/** The remedy of a finding in English, from the same register. */
export const hint = (diagnostic: Diagnostic): string => hintIn(diagnostic);

/** Whether any finding makes the result unusable or wrong (fatal, error or bug). */
export function hasError(findings: readonly Diagnostic[]): boolean {
  return findings.some((d) => d.severity === 'error' || d.severity === 'fatal' || d.severity === 'bug');
}
