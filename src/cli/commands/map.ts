import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { hasError, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import { renderGithub } from '../../diagnostics/github.ts';
import { findingJson } from '../../diagnostics/json.ts';
import { renderFindings } from '../../diagnostics/text.ts';
import { findCases, runCase } from '../../gateway/library/cases.ts';
import { table } from '../bench-command.ts';
import { libraryFor, libraryWith } from '../library.ts';
import { configFolder, configOption } from '../options.ts';
import { UsageError, type Command, type ExitCode, type Io } from '../main.ts';
import { byVerb } from '../verbs.ts';
import { coverage } from './map-coverage.ts';
import { forecast } from './map-forecast.ts';
import { laws } from './map-laws.ts';

export const map: Command = {
  usage:
    'portolan map list|lint|test|laws|coverage|forecast [MAP|FILE|FOLDER …] [--config DIR] [--update] [--all] [--runs N] [--seed N] [--format text|json|github]',
  summary:
    'The analyst’s bench: which maps there are; what is wrong with them, or with a FILE beside them, without any message; whether their cases, or that of a FOLDER, hold (--update writes what the cases now give); whether the laws hold over --runs random cases from --seed; which bindings and codes are never reached; and, for two maps, what of the facts of the first the second cannot hold.',
  example: 'portolan map lint && portolan map test wco/cri/3 && portolan map laws wco/cri/3 --runs 100',
  options: { ...configOption, update: { type: 'boolean' }, all: { type: 'boolean' }, runs: { type: 'string' }, seed: { type: 'string' } },
  only: { update: ['test'], all: ['lint', 'coverage'], runs: ['laws', 'coverage'], seed: ['laws', 'coverage'] },
  args: [1, 100],
  formats: ['github'],
  async run(io) {
    const [verb = '', ...names] = io.args;
    if (io.options['format'] === 'github' && verb !== 'lint') throw new UsageError('--format github is for `portolan map lint`');
    return byVerb(verbs, verb)(io, names);
  },
};

export type Verb = (io: Io, names: readonly string[]) => Promise<ExitCode> | ExitCode;

const verbs: Readonly<Record<string, Verb>> = {
  laws,
  coverage,
  forecast,

  list({ options, out }, names) {
    if (names.length > 0) throw new UsageError('`list` takes no names');
    const library = libraryFor(options);
    const maps = library.catalog.maps.map(({ name, version, kind, family, title, file, planHash }) => ({
      name,
      version,
      kind,
      family,
      title,
      file,
      plan: planHash,
    }));
    if (options['json']) out(`${JSON.stringify({ maps }, null, 2)}\n`);
    else out(table(['map', 'version', 'kind', 'family', 'title'], maps.map((m) => [m.name, m.version, m.kind, m.family, m.title]))); // prettier-ignore
    return 0;
  },

  lint({ options, language, out, tell }, names) {
    const { library, files } = libraryWith(options, names);
    const all = library.check(files.length === 0 ? undefined : files);
    const stands = ({ rule, data }: Diagnostic): boolean => files.includes((rule ?? data)?.source ?? '');
    const findings = files.length === 0 ? all : all.filter((each) => each.severity !== 'info' || stands(each)); // notes on what maps share are not theirs
    const bytes = (source: string): Uint8Array | undefined => library.file(source);
    if (options['json'])
      out(`${JSON.stringify({ maps: library.catalog.maps.length, findings: findings.map((each) => findingJson(each, bytes, language)) }, null, 2)}\n`);
    else if (options['format'] === 'github') out(renderGithub(findings, bytes));
    else {
      tell(renderFindings(findings, { bytes, language, errorsFirst: true, how: '--all', ...(options['all'] ? { limit: Infinity } : {}) }));
      if (!hasError(findings)) tell(`${files.length === 0 ? `${library.catalog.maps.length} maps are` : `${names.join(', ')}:`} in order\n`);
    }
    return hasError(findings) ? 1 : 0;
  },

  async test({ options, out, tell }, names) {
    const library = libraryFor(options);
    const folders = (names.length === 0 ? [undefined] : names).flatMap((name) => {
      const found = name !== undefined && existsSync(join(name, 'case.yaml')) ? [name] : findCases(library.root, name, configFolder(options));
      if (found.length === 0) throw new UsageError(`there is no case of ${name === undefined ? 'any map' : `\`${name}\``}`);
      return found;
    });
    await library.loadSchemas();
    const results = [];
    for (const folder of folders) {
      const result = await runCase(library, folder, options['update'] === true);
      results.push(result);
      if (!options['json'])
        tell(
          `${result.differences.length > 0 ? 'DIFFERS' : result.written.length > 0 ? 'WRITTEN' : 'holds'}  ${result.name}\n${[...result.differences, ...result.written].map((each) => `         ${each.replaceAll('\n', '\n         ')}\n`).join('')}`,
        );
    }
    const failed = results.filter(({ differences }) => differences.length > 0).length;
    const written = results.filter((result) => result.written.length > 0).length;
    if (options['json']) out(`${JSON.stringify({ cases: results.length, failed, written, results }, null, 2)}\n`);
    else tell(`${results.length} cases, ${failed} differ${written > 0 ? `, ${written} were written anew` : ''}\n`);
    return failed === 0 ? 0 : 1;
  },
};
