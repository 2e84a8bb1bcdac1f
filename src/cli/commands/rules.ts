import { hasError, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import { findingJson } from '../../diagnostics/json.ts';
import { didYouMean } from '../../diagnostics/suggest.ts';
import { renderFindings } from '../../diagnostics/text.ts';
import { lintRules } from '../../gateway/library/library.ts';
import { tryExamples } from '../../validation/rule-examples.ts';
import type { Rule } from '../../validation/rule.ts';
import { table } from '../bench-command.ts';
import { libraryFor } from '../library.ts';
import { configOption } from '../options.ts';
import { UsageError, type Command, type Io } from '../main.ts';
import { readWhole } from '../source.ts';
import { byVerb } from '../verbs.ts';

export const rules: Command = {
  usage: 'portolan rules [list [SET] | show RULE | test [SET|RULE] | lint [FILE]] [--config DIR] [--json]',
  summary:
    'What must hold between facts, beyond their types: totals, check digits, dates, what is needed when. `show` prints a rule with its source and examples; `test` runs the examples; `lint` checks names, types and examples, of the rules there are or of a file.',
  example: 'portolan rules show transport/container-check-digit && portolan rules test cargo-report',
  options: configOption,
  args: [0, 2],
  async run(io) {
    const [verb = 'list', name] = io.args;
    return byVerb(verbs, verb)(io, name);
  },
};

const verbs: Readonly<Record<string, (io: Io, name: string | undefined) => 0 | 1>> = {
  list(io, name) {
    const found = chosen(io, name).map(({ id, text }) => ({
      rule: id,
      severity: text.severity,
      for: [text.for].flat().join(' '),
      message: text.message,
      source: text.source,
    }));
    if (io.options['json']) io.out(`${JSON.stringify({ rules: found }, null, 2)}\n`);
    else
      io.out(
        table(
          ['rule', 'severity', 'for', 'message'],
          found.map((each) => [each.rule, each.severity, each.for, each.message]),
        ),
      );
    return 0;
  },
  show(io, name) {
    if (name === undefined || !name.includes('/')) throw new UsageError('`show` takes a rule, as `portolan rules list` names it');
    const [{ id, text }] = chosen(io, name) as [Rule];
    const { rule: _, ...rest } = text;
    if (io.options['json']) io.out(`${JSON.stringify({ rule: id, ...rest }, null, 2)}\n`);
    else io.out([`rule: ${id}`, ...Object.entries(rest).map(([key, value]) => `${key}: ${typeof value === 'string' ? value : shownIn(value)}`), ''].join('\n'));
    return 0;
  },
  test(io, name) {
    const { judging, dictionary, file } = libraryFor(io.options);
    const wanted = chosenOf(judging.rules, name);
    const findings = [...judging.findings, ...wanted.flatMap((rule) => tryExamples(rule, dictionary))];
    return told(io, findings, file, `${wanted.length} rules, ${wanted.reduce((sum, { text }) => sum + text.examples.length, 0)} examples`);
  },
  lint(io, name) {
    const library = libraryFor(io.options);
    const text = name === undefined ? undefined : readWhole(name).toString('utf8');
    const findings = text === undefined ? library.judging.check() : lintRules(library, { path: name!, text });
    return told(io, findings, (path) => (path === name ? Buffer.from(text!) : library.file(path)), '');
  },
};

const shownIn = (value: object): string =>
  Object.entries(value)
    .map(([key, each]) => `\n  ${Array.isArray(value) ? '-' : `${key}:`} ${typeof each === 'string' ? each : JSON.stringify(each)}`)
    .join('');

function told({ options, language, out, tell }: Io, findings: readonly Diagnostic[], bytes: (source: string) => Uint8Array | undefined, what: string): 0 | 1 {
  if (options['json']) out(`${JSON.stringify({ findings: findings.map((each) => findingJson(each, bytes, language)) }, null, 2)}\n`);
  else tell(`${renderFindings(findings, { bytes, language })}${what === '' ? '' : `${what}\n`}`);
  return hasError(findings) ? 1 : 0;
}

const chosen = ({ options }: Io, name: string | undefined): readonly Rule[] => chosenOf(libraryFor(options).judging.rules, name);

function chosenOf(all: readonly Rule[], name: string | undefined): readonly Rule[] {
  const found = all.filter(({ id }) => name === undefined || id === name || id.startsWith(`${name}/`));
  if (found.length > 0 || name === undefined) return found;
  const names = [...all.map(({ id }) => id), ...new Set(all.map(({ id }) => id.split('/')[0]!))];
  throw new UsageError(`there is no rule and no set of rules \`${name}\`${didYouMean(name, names)}`);
}
