import { finding } from '../diagnostics/diagnostic.ts';
import { spoken } from '../diagnostics/json.ts';
import { problemOf } from '../web/problem.ts';
import { answerOf, openBench, type Bench } from './client.ts';
import type { ExitCode, Io } from './main.ts';

/** Asks, prints the answer as JSON or as lines for people, and tells a problem in its own words. */
export async function ask(
  io: Io,
  path: string,
  beside: (bench: Extract<Bench, { kind: 'data' }>) => Promise<unknown>,
  lines: (answer: never) => string,
  method: 'GET' | 'POST' = 'GET',
): Promise<ExitCode> {
  let bench: Bench | undefined;
  try {
    bench = await openBench(io.options, io.language);
    let answer: unknown;
    if (bench.kind === 'data') answer = spoken(await beside(bench), io.language);
    else {
      const response = await bench.get(path, method);
      answer = await answerOf(response);
      if (!response.ok) {
        tellProblem(io, answer, response.status);
        return 1;
      }
    }
    if (answer === undefined) {
      tellAbsent(io, path, 'there is nothing of that id');
      return 1;
    }
    io.out(io.options['json'] ? `${JSON.stringify(answer, null, 2)}\n` : lines(answer as never));
    return 0;
  } finally {
    if (bench?.kind === 'data') await bench.store.close();
  }
}

/** What a gateway answers instead. */
interface Refusal {
  readonly code?: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly code: string; readonly detail: string; readonly rule?: string; readonly hint: string }[];
}

/** Why a gateway does not do what was asked, with every error behind it. */
export function tellProblem({ options, out, tell }: Io, answer: unknown, status: number): void {
  if (options['json']) out(`${JSON.stringify(answer, null, 2)}\n`);
  const { code, detail, errors = [] } = answer as Refusal;
  tell(`error ${code ?? status}\n   = ${detail ?? ''}\n`);
  for (const each of errors)
    if (each.code !== code) tell(`error ${each.code}${each.rule === undefined ? '' : `  ${each.rule}`}\n   = ${each.detail}\n   = hint: ${each.hint}\n`);
}

/** That a data folder holds nothing of the kind: as a gateway would say it. */
export function tellAbsent({ options, language, out, tell }: Io, path: string, said: string): void {
  if (options['json']) out(`${JSON.stringify(problemOf(finding('WEB_NOT_FOUND', { path }), { instance: path, language }), null, 2)}\n`);
  tell(`${said}\n`);
}

/** Columns of equal width. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((row) => (row[i] ?? '').length)));
  return [head, ...rows]
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
