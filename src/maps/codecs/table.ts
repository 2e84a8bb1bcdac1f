import { didYouMean } from '../../diagnostics/suggest.ts';
import { isMapping } from './arguments.ts';
import { readIso } from '../../language/moment.ts';
import type { CodecArgument, CodeTable } from './codec.ts';

const keys = ['wire', 'canonical', 'pairs', 'values', 'parse-only', 'build-only', 'valid', 'unknown', 'why', 'note', 'source', 'title'];
const policies = ['error', 'report', 'carry'] as const;

interface Window {
  readonly from?: string;
  readonly to?: string;
}

/**
 * Compiles a `codes` declaration.
 *
 *     pairs: { DFW: USDFW }            both ways; must be one to one
 *     values: [ "1", "2" ]             both ways; wire and dictionary write the same
 *     parse-only: { QDF: USDFW }       read, never written
 *     build-only: { USFTW: DFW }       dictionary → wire, never read
 *     valid: { DFW: { from: 1974-01-13, to: 2030-12-31 } }    by code on the wire, both days included
 *     unknown: error | report | carry
 *
 * What is wrong is in `problems`; the table then still answers for the entries that are in order.
 */
export function compileTable(name: string, declaration: CodecArgument): CodeTable {
  const problems: string[] = []; // of pairs
  const faults: string[] = []; // of its shape
  const source = isMapping(declaration) ? declaration : {};
  if (!isMapping(declaration)) faults.push(`it must be a mapping with \`pairs\` or \`values\``);
  const strange = Object.keys(source).filter((key) => !keys.includes(key));
  const lists = ['pairs', 'values', 'parse-only', 'build-only'];
  if (strange.length > 0 && !lists.some((key) => key in source) && strange.every((key) => didYouMean(key, lists) === ''))
    faults.push(`its codes stand below \`pairs\`, as in \`pairs: { ${strange[0]!}: ${shown(source[strange[0]!])} }\``);
  else for (const key of strange) faults.push(`a code table has no key \`${key}\`${didYouMean(key, keys)}`);

  const parse = new Map<string, string>();
  const print = new Map<string, string>();
  const pairs: (readonly [string, string])[] = [];
  const entries: { wire: string; canonical: string; reads: boolean; writes: boolean }[] = [];
  const both = [...entriesOf(source, 'pairs', faults), ...valuesOf(source, faults)];
  for (const [wire, canonical] of both) {
    if (parse.has(wire)) problems.push(`\`${wire}\` stands twice`);
    else if (print.has(canonical)) {
      problems.push(
        `\`${print.get(canonical)!}\` and \`${wire}\` both mean \`${canonical}\`: on building it is unclear which to write; move one to \`parse-only\``,
      );
    } else {
      parse.set(wire, canonical);
      print.set(canonical, wire);
      pairs.push([wire, canonical]);
      entries.push({ wire, canonical, reads: true, writes: true });
    }
  }
  for (const [wire, canonical] of entriesOf(source, 'parse-only', faults)) {
    if (parse.has(wire)) problems.push(`\`parse-only\`: \`${wire}\` already means \`${parse.get(wire)!}\``);
    else {
      parse.set(wire, canonical);
      pairs.push([wire, canonical]);
      entries.push({ wire, canonical, reads: true, writes: false });
    }
  }
  for (const [canonical, wire] of entriesOf(source, 'build-only', faults)) {
    if (print.has(canonical)) problems.push(`\`build-only\`: \`${canonical}\` is already written \`${print.get(canonical)!}\``);
    else {
      if (!parse.has(wire)) problems.push(`\`build-only\`: \`${wire}\` is written but could never be read`);
      print.set(canonical, wire);
      entries.push({ wire, canonical, reads: false, writes: true });
    }
  }
  if (parse.size === 0 && problems.length + faults.length === 0) faults.push('it has no entries');

  const windows = windowsOf(source, parse, faults);
  const policy = source['unknown'] ?? 'error';
  const unknown = policies.find((each) => each === policy);
  if (unknown === undefined) faults.push(`\`unknown\` must be one of ${policies.join(', ')}: an unknown code never passes silently`);
  const valid = (wire: string | undefined, on: string | undefined): wire is string => wire !== undefined && within(windows.get(wire), on);
  return {
    name,
    dated: windows.size > 0,
    unknown: unknown ?? 'error',
    pairs,
    entries,
    problems: [...faults, ...problems],
    faults,
    toCanonical: (wire, on) => (valid(wire, on) ? parse.get(wire) : undefined),
    toWire(canonical, on) {
      const wire = print.get(canonical);
      return valid(wire, on) ? wire : undefined;
    },
  };
}

const shown = (value: CodecArgument | undefined): string => (typeof value === 'string' ? value : '…');

function entriesOf(source: Readonly<Record<string, CodecArgument>>, key: string, problems: string[]): readonly (readonly [string, string])[] {
  const value = source[key];
  if (value === undefined) return [];
  if (!isMapping(value)) {
    problems.push(`\`${key}\` must be a mapping of codes`);
    return [];
  }
  return Object.entries(value).flatMap(([from, to]) => {
    if (typeof to === 'string' && to !== '' && from !== '') return [[from, to] as const];
    problems.push(`\`${key}\`: \`${from}\` must stand for one code`);
    return [];
  });
}

function valuesOf(source: Readonly<Record<string, CodecArgument>>, problems: string[]): readonly (readonly [string, string])[] {
  const values = source['values'];
  if (values === undefined) return [];
  if (Array.isArray(values) && values.every((each) => typeof each === 'string' && each !== ''))
    return (values as readonly string[]).map((each) => [each, each] as const);
  problems.push('`values` must be a list of codes');
  return [];
}

function windowsOf(source: Readonly<Record<string, CodecArgument>>, parse: ReadonlyMap<string, string>, problems: string[]): ReadonlyMap<string, Window> {
  const windows = new Map<string, Window>();
  const declared = source['valid'];
  if (declared === undefined) return windows;
  if (!isMapping(declared)) {
    problems.push('`valid` must be a mapping from codes to `{ from, to }`');
    return windows;
  }
  for (const [wire, window] of Object.entries(declared)) {
    if (!parse.has(wire)) problems.push(`\`valid\`: \`${wire}\` is not in the table${didYouMean(wire, wire.length > 3 ? parse.keys() : [])}`);
    const { from, to, ...rest } = isMapping(window) ? window : { window };
    const days = [from, to].filter((day) => day !== undefined);
    const dates = days.every((day) => typeof day === 'string' && typeof readIso(day) !== 'string' && day.length === 10);
    if (Object.keys(rest).length > 0 || days.length === 0 || !dates) problems.push(`\`valid\`: \`${wire}\` needs \`from\`, \`to\` or both, as ISO dates`);
    else if (from !== undefined && to !== undefined && from > to) problems.push(`\`valid\`: \`${wire}\` would end before it begins`);
    else windows.set(wire, { ...(typeof from === 'string' ? { from } : {}), ...(typeof to === 'string' ? { to } : {}) });
  }
  return windows;
}

/** Both ends belong to the window. Without a date, or without a window, an entry is valid. */
function within(window: Window | undefined, on: string | undefined): boolean {
  if (window === undefined || on === undefined) return true;
  const day = on.slice(0, 10);
  return (window.from === undefined || window.from <= day) && (window.to === undefined || day <= window.to);
}
