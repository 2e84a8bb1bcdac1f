import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasError, sentence, type Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import type { Rows } from '../../src/dictionary/rows.ts';
import type { Library } from '../../src/gateway/library/library.ts';
import { produce } from '../../src/gateway/translation/produce.ts';
import { readBytes } from '../../src/gateway/translation/syntax.ts';
import { atomsAddUp } from '../../src/maps/account.ts';
import type { Plan } from '../../src/maps/plan.ts';

/** What a map means, by the first messages of its cases. */
export interface Sample {
  readonly from: Plan;
  readonly input: string;
  readonly rows: Rows;
  readonly fault: string | undefined; // of the account of its atoms
}

/** `most` messages of the cases of every map; read by the catalogue, so a map that comes is tried as well. */
export function samplesOf(library: Library, root: string, most: number): readonly Sample[] {
  return library.catalog.maps.flatMap(({ name, file }) => {
    const from = library.catalog.plan(name);
    const folder = join(root, file, '../cases');
    const sound: Sample[] = [];
    const others: Sample[] = []; // in which an error was found: they mean something all the same
    for (const path of from ? inputs(folder) : []) {
      if (sound.length >= most) break;
      readBytes(
        library,
        readFileSync(join(folder, path)),
        {
          message({ parsed, findings }) {
            if (!parsed || parsed.rows.size === 0) return;
            const fault = atomsAddUp(parsed.account) ? undefined : `atoms of ${name} (${path}) do not add up`;
            (hasError(findings) ? others : sound).push({ from: from!, input: path, rows: parsed.rows, fault });
          },
        },
        { plan: from },
      );
    }
    return [...sound, ...others].slice(0, most);
  });
}

const inputs = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => /(^|\/)input\.[^/]+$/.test(path))
      .sort();
  } catch {
    return []; // a dialect may have none of its own
  }
};

/** What became of facts in another format. */
export interface Crossing {
  readonly from: string;
  readonly to: string;
  readonly lost: number;
  readonly refused: string | undefined; // why nothing may be sent
  readonly faults: readonly string[]; // what must not be
}

const around = { sender: 'A', recipient: 'B', preparedAt: '260101:0000', reference: '1' };

/** What says that a format, or its character set, cannot state these facts; what a check of the output finds alone would be a map that writes what it must not. */
const reasons = /^MAP_|_UNWRITABLE$|^XML_CHARACTER$|^EDIFACT_UNENCODABLE$/;

/** Writes the facts of a sample in another format, and judges what comes out as anyone's would be. */
export function cross(library: Library, { from, input, rows }: Sample, to: Plan): Crossing {
  const made = produce(library, to, rows, around);
  const { offered, written, constant, lost } = made.facts;
  const faults: string[] = [];
  const told = (what: string): void => void faults.push(`${from.name} (${input}) to ${to.name}: ${what}`);
  if (offered !== written + constant + lost) told(`${offered} facts are not ${written} written, ${constant} constant and ${lost} lost`);
  if (made.losses.length !== lost) told(`${lost} facts are lost, ${made.losses.length} losses told`);
  const errors = made.findings.filter(isError);
  const reason = errors.find(({ code }) => reasons.test(code));
  const bug = errors.find(({ severity }) => severity === 'bug');
  if (bug) told(sentence(bug));
  if (errors.length > 0 && !reason) told(`the output is not valid, and nothing said why: ${errors.slice(0, 2).map((each) => `${each.code} ${sentence(each)}`).join('; ')}`); // prettier-ignore
  if (errors.length === 0 && made.bytes.length === 0 && written > 0) told('nothing was written');
  return { from: from.name, to: to.name, lost, refused: reason && sentence(reason), faults };
}

const isError = ({ severity }: Diagnostic): boolean => severity === 'error' || severity === 'fatal' || severity === 'bug';

/** The matrix for people: one row a source, one character a target: a digit for how many in ten facts are lost, `.` none, `x` refused, `!` a fault. */
export function matrixText(crossings: readonly (Crossing & { readonly facts: number })[]): string {
  const targets = [...new Set(crossings.map(({ to }) => to))].sort();
  const byPair = new Map(crossings.map((each) => [`${each.from} ${each.to}`, each]));
  const mark = (each: (Crossing & { readonly facts: number }) | undefined): string => {
    if (!each) return ' ';
    if (each.faults.length > 0) return '!';
    if (each.refused !== undefined) return 'x';
    return each.lost === 0 ? '.' : String(Math.min(9, Math.floor((each.lost * 10) / Math.max(each.facts, 1))));
  };
  const sources = [...new Set(crossings.map(({ from }) => from))].sort();
  const wide = Math.max(...sources.map((name) => name.length));
  return sources.map((from) => `${from.padEnd(wide)} ${targets.map((to) => mark(byPair.get(`${from} ${to}`))).join('')}\n`).join('');
}
