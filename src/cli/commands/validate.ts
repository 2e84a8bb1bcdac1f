import { finding, hasError, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import { findingJson } from '../../diagnostics/json.ts';
import { didYouMean } from '../../diagnostics/suggest.ts';
import { renderFindings } from '../../diagnostics/text.ts';
import { readProfileMaps } from '../../gateway/library/library.ts';
import { inMessage } from '../../gateway/translation/judging.ts';
import { produce, startCheck, type DocumentCheck } from '../../gateway/translation/produce.ts';
import { MessageReader } from '../../gateway/translation/reading.ts';
import { AnyReader } from '../../gateway/translation/any-reader.ts';
import type { Plan } from '../../maps/plan.ts';
import { mislabelled } from '../../syntax/label.ts';
import { libraryFor, limitsFor } from '../library.ts';
import { charsetOption, charsetsFor, configOption } from '../options.ts';
import { UsageError, type Command } from '../main.ts';
import { chunksOf, noMessage, SourceIndex } from '../source.ts';

export const validate: Command = {
  usage: 'portolan validate FILE [--profile AGENCY] [--charset NAME] [--config DIR] [--all] [--json]',
  summary:
    'Everything that is wrong with a file, with positions: syntax, structure, codes, dictionary, XML Schema, and what a profile demands: its schema and its business rules.',
  example: 'portolan validate samples/wrong-structure/input.edi',
  options: { ...configOption, ...charsetOption, profile: { type: 'string' }, all: { type: 'boolean' } },
  args: [1, 1],
  async run({ options, args, language, out, tell }) {
    const library = libraryFor(options);
    await library.loadSchemas();
    const findings: Diagnostic[] = [...library.checkSchemas()];
    const profile = options['profile'] as string | undefined;
    const demands = profile === undefined ? undefined : library.demands(profile);
    const names = library.profiles.map((each) => each.profile);
    if (profile !== undefined && !demands) throw new UsageError(`there is no profile \`${profile}\`${didYouMean(profile, names)}: ${names.join(', ')}`);
    const target = profile === undefined ? undefined : library.catalog.plan(readProfileMaps(library).get(profile)!);
    const path = args[0]!;
    const index = new SourceIndex(path);
    let count = 0;
    let nested: Plan | undefined; // to be checked whole, by its schema
    const messages = new MessageReader(
      library,
      {
        interchange({ index: number, syntax }) {
          const label = number === 1 ? mislabelled({ of: 'file name', text: path }, syntax, index.name) : undefined;
          if (label) findings.push(label);
        },
        message({ header, plan, parsed, findings: found }) {
          count++;
          if (plan?.format.kind === 'nested') nested = plan;
          const facts = parsed ? library.conforms(parsed.rows, new Date().toISOString()) : [];
          const own = [...found, ...inMessage(facts, header, index.name)];
          findings.push(...own);
          if (!parsed || !demands || !target) return;
          findings.push(...inMessage(demands.judge(parsed.rows, own), header, index.name));
          const made = produce(library, target, parsed.rows, { sender: 'A', recipient: 'B', preparedAt: '700101:0000', reference: '1' }, undefined, profile);
          findings.push(...made.findings);
          for (const { reason, source, path: lost } of made.losses)
            findings.push(finding('MAP_NOTE', { note: `${profile} does not take ${lost ?? ''}: ${reason}` }, { data: source }));
        },
        interchangeEnd: (_, around) => void findings.push(...around),
      },
      { source: index.name, answers: true },
    );
    const reader = new AnyReader(library, messages, { source: index.name, limits: limitsFor(options, library), charsets: charsetsFor(options) });
    for await (const chunk of chunksOf(path)) {
      index.push(chunk);
      reader.push(chunk);
    }
    reader.end();
    messages.end();
    findings.push(...messages.outside);
    if (count === 0 && !hasError(findings)) findings.push(noMessage(index.name));
    const bytes = index.bytes();
    if (nested && (bytes || path !== '-'))
      findings.push(...(await checked(startCheck(library, nested, undefined, nested === target ? profile : undefined), bytes ? [bytes] : chunksOf(path))));
    const sources = (source: string): Uint8Array | undefined => (source === index.name ? bytes : library.file(source));
    if (options['json']) out(`${JSON.stringify({ findings: findings.map((each) => findingJson(each, sources, language)) }, null, 2)}\n`);
    else tell(renderFindings(findings, { bytes: sources, language, how: '--all', ...(options['all'] ? { limit: Infinity } : {}) }));
    return hasError(findings) ? 1 : 0;
  },
};

async function checked(check: DocumentCheck | undefined, chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<readonly Diagnostic[]> {
  if (!check) return [];
  for await (const chunk of chunks) check.push(chunk);
  return check.end();
}
