import { spoken } from '../diagnostics/json.ts';
import { renderFinding } from '../diagnostics/text.ts';
import { answerOf, openBench, Unreachable, type Bench } from './client.ts';
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
        if (io.options['json']) io.out(`${JSON.stringify(answer, null, 2)}\n`);
        const { code, detail } = answer as { code?: string; detail?: string };
        io.tell(`error ${code ?? response.status}\n   = ${detail ?? ''}\n`);
        return 1;
      }
    }
    if (answer === undefined) {
      io.tell('there is nothing of that id\n');
      return 1;
    }
    io.out(io.options['json'] ? `${JSON.stringify(answer, null, 2)}\n` : lines(answer as never));
    return 0;
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    io.tell(renderFinding(error.diagnostic, { language: io.language }));
    return 1;
  } finally {
    if (bench?.kind === 'data') await bench.store.close();
  }
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
