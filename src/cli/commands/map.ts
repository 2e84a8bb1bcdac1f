import { hasError } from '../../diagnostics/diagnostic.ts';
import { renderGithub } from '../../diagnostics/github.ts';
import { findingJson } from '../../diagnostics/json.ts';
import { renderFindings } from '../../diagnostics/text.ts';
import { findCases, runCase } from '../../gateway/cases.ts';
import { openLibrary, type Library } from '../../gateway/library.ts';
import { table } from '../bench-command.ts';
import { UsageError, type Command, type ExitCode, type Io } from '../main.ts';
import { programFolder } from '../program.ts';

export const map: Command = {
  usage: 'portolan map list|lint|test [MAP|FILE …] [--config DIR] [--update] [--all] [--format text|json|github]',
  summary:
    'The analyst’s bench: which maps there are; what is wrong with them, without any message; and whether their cases hold. --update writes what the cases now give.',
  example: 'portolan map lint && portolan map test wco/cri/3',
  options: { config: { type: 'string' }, update: { type: 'boolean' }, all: { type: 'boolean' } },
  args: [1, 100],
  async run(io) {
    const [verb, ...names] = io.args;
    const run = verbs[verb ?? ''];
    if (!run) throw new UsageError(`\`${verb}\` is none of ${Object.keys(verbs).join(', ')}`);
    const config = io.options['config'] as string | undefined;
    return run(io, openLibrary({ root: programFolder, maps: config }), names);
  },
};

type Verb = (io: Io, library: Library, names: readonly string[]) => Promise<ExitCode> | ExitCode;

const verbs: Readonly<Record<string, Verb>> = {
  list({ options, out }, library) {
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

  lint({ options, out, tell }, library, names) {
    const chosen = names.map((name) => library.catalog.maps.find((each) => each.name === name)?.file ?? name);
    const findings = library.findings.filter(({ rule, data }) => chosen.length === 0 || chosen.some((file) => (rule ?? data)?.source.endsWith(file)));
    const bytes = (source: string): Uint8Array | undefined => library.file(source);
    if (options['json']) out(`${JSON.stringify({ maps: library.catalog.maps.length, findings: findings.map((each) => findingJson(each, bytes)) }, null, 2)}\n`);
    else if (options['format'] === 'github') out(renderGithub(findings, bytes));
    else {
      tell(renderFindings(findings, { bytes, ...(options['all'] ? { limit: Infinity } : {}) }));
      tell(`${library.catalog.maps.length} maps are in order\n`);
    }
    return hasError(findings) ? 1 : 0;
  },

  async test({ options, out, tell }, library, names) {
    await library.loadSchemas();
    const folders = (names.length === 0 ? [undefined] : names).flatMap((name) => findCases(library.root, name));
    if (folders.length === 0) throw new UsageError(`there is no case of ${names.join(', ') || 'any map'}`);
    const results = [];
    for (const folder of folders) {
      const result = await runCase(library, folder, options['update'] === true);
      results.push(result);
      if (!options['json'])
        tell(
          `${result.differences.length === 0 ? 'holds' : 'DIFFERS'}  ${result.name}\n${result.differences.map((each) => `         ${each.replaceAll('\n', '\n         ')}\n`).join('')}`,
        );
    }
    const failed = results.filter(({ differences }) => differences.length > 0).length;
    if (options['json']) out(`${JSON.stringify({ cases: results.length, failed, results }, null, 2)}\n`);
    else tell(`${results.length} cases, ${failed} differ${options['update'] && failed > 0 ? ' and were written anew' : ''}\n`);
    return failed === 0 ? 0 : 1;
  },
};
