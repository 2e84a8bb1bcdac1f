import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { operatorLog } from '../../src/cli/log.ts';
import { hasError, type Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { renderFindings, sortByPlace } from '../../src/diagnostics/text.ts';
import type { Library } from '../../src/gateway/library/library.ts';
import { rejectionEvent } from '../../src/gateway/outcome/rejection.ts';
import { translate, type Translation } from '../../src/gateway/translation/translate.ts';
import type { Configuration } from '../../src/partners/config.ts';
import { problemOf } from '../../src/web/problem.ts';

const id = '01JD0000000000000000000001';

/** What is found in an interchange as people read it: by file name, undefined where there is nothing to read. */
export interface Rendered {
  readonly files: Readonly<Record<string, string | undefined>>;
  readonly codes: readonly string[]; // of the errors
}

export interface RenderingOptions {
  readonly library: Library;
  readonly configuration: Configuration;
  readonly which: RegExp; // the codes that are meant
}

/** What the analyst, the operator and the integrator are told of an interchange. What its sender's software is told is in the translation. */
export function renderedFor(input: Buffer, { library, configuration, which }: RenderingOptions): Rendered & { readonly translation: Translation } {
  const translation = translate({ id, partner: 'blue-anchor', receivedAt: '2026-11-21T08:30:00.000Z', bytes: input }, library, configuration);
  const found: Diagnostic[] = [
    ...translation.findings,
    ...translation.interchanges.flatMap((each) => [...each.messages.flatMap((m) => m.findings), ...each.findings]),
  ];
  const findings = sortByPlace(found.filter(({ code }) => which.test(code)));
  const errors = findings.filter((each) => hasError([each]));
  const lines: string[] = [];
  const event = rejectionEvent(id, 'blue-anchor', translation);
  if (event) operatorLog({ write: (line) => lines.push(line) })(event);
  return {
    translation,
    codes: [...new Set(errors.map(({ code }) => code))].sort(),
    files: {
      'analyst.txt': renderFindings(findings, { bytes: (source) => library.file(source) ?? input }),
      'operator.json': lines.join('').replace(/"time":"[^"]*"/, '"time":"2026-11-21T08:30:00.000Z"'),
      'problem.json': errors[0] && `${JSON.stringify(problemOf(errors[0], { instance: `/v1/interchanges/${id}`, errors, status: 422 }), null, 2)}\n`,
    },
  };
}

/** Each text is that of its file in the folder; `PORTOLAN_GOLDEN=write` writes them anew. */
export function golden(t: Test, folder: string, files: Rendered['files']): void {
  for (const [file, text] of Object.entries(files)) {
    const path = join(folder, file);
    if (process.env['PORTOLAN_GOLDEN'] === 'write') {
      mkdirSync(folder, { recursive: true });
      if (text === undefined) rmSync(path, { force: true });
      else writeFileSync(path, text);
    }
    t.equal(text, existsSync(path) ? readFileSync(path, 'utf8') : undefined, file);
  }
}
