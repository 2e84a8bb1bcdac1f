import { hasError, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import { findingJson } from '../../diagnostics/json.ts';
import { renderFindings } from '../../diagnostics/text.ts';
import { canonicalMap } from '../../gateway/translation/canonical.ts';
import { readSources } from '../../gateway/library/sources.ts';
import { openHeads, openTables } from '../../gateway/library/tables.ts';
import { AnyReader } from '../../gateway/translation/any-reader.ts';
import { mislabelled } from '../../syntax/label.ts';
import { readerLimits, type ReaderLimits } from '../../syntax/limits.ts';
import type { Interchange, MessageHeader } from '../../syntax/unit.ts';
import { table } from '../bench-command.ts';
import { charsetOption, charsetsFor, configFolder, configOption } from '../options.ts';
import type { Command, Options } from '../main.ts';
import { programFolder } from '../program.ts';
import { chunksOf, noMessage, SourceIndex } from '../source.ts';

export const inspect: Command = {
  usage: 'portolan inspect FILE [--charset NAME] [--config DIR] [--json]',
  summary: 'What a file is: syntax, character set, envelope, messages, and which map reads each.',
  example: 'portolan inspect samples/two-bills/input.edi',
  options: { ...configOption, ...charsetOption },
  args: [1, 1],
  async run({ options, args, language, out, tell }) {
    const sources = readSources({ root: programFolder, maps: configFolder(options) });
    const tables = openTables(sources);
    const heads = openHeads(sources, tables);
    const path = args[0]!;
    const index = new SourceIndex(path);
    const interchanges: Interchange[] = [];
    const headers: MessageHeader[] = [];
    const findings: Diagnostic[] = [];
    const reader = new AnyReader(
      tables,
      { interchange: (each) => void interchanges.push(each), message: (each) => void headers.push(each), finding: (each) => void findings.push(each) },
      { source: index.name, structure: false, limits: await limitsOf(options), charsets: charsetsFor(options) },
    );
    for await (const chunk of chunksOf(path)) {
      index.push(chunk);
      reader.push(chunk);
    }
    reader.end();
    const [first] = interchanges;
    const label = first && mislabelled({ of: 'file name', text: path }, first.syntax, index.name);
    if (label) findings.unshift(label);
    if (headers.length === 0 && !hasError(findings)) findings.push(noMessage(index.name));
    const messages = headers.map((header) => ({
      index: header.index,
      type: header.type,
      version: [header.version, header.release].filter((part) => part !== undefined).join(':') || null,
      directory: header.directory ?? null,
      reference: header.reference ?? null,
      map: header.type === canonicalMap ? canonicalMap : (heads.first(header)?.head.name ?? null),
    }));
    const bytes = index.bytes();
    const excerpts = (source: string): Uint8Array | undefined => (source === index.name ? bytes : undefined);
    if (options['json']) {
      const envelope = interchanges.map(({ sender, senderQualifier, recipient, recipientQualifier, preparedAt, reference, acknowledgementRequest, testIndicator, applicationReference }) => ({
        sender, senderQualifier, recipient, recipientQualifier, preparedAt, reference, applicationReference, acknowledgementRequest, testIndicator,
      })); // prettier-ignore
      const answer = {
        syntax: first?.syntax ?? null,
        version: first?.syntaxVersion ?? null,
        charset: first?.charset ?? null,
        envelope: envelope.length > 1 ? envelope : (envelope[0] ?? null),
        messages,
        findings: findings.map((each) => findingJson(each, excerpts, language)),
      };
      out(`${JSON.stringify(answer, null, 2)}\n`);
    } else {
      for (const each of interchanges)
        out(
          `${each.syntax}${each.syntaxVersion === undefined ? '' : ` version ${each.syntaxVersion}`}, ${each.charset.declared} declared, ${each.charset.detected} detected${each.sender === undefined ? '' : `, ${each.sender} → ${each.recipient ?? ''}, reference ${each.reference ?? ''}`}\n`,
        );
      if (messages.length > 0) out(table(['message', 'type', 'version', 'reference', 'map'], messages.map((m) => [String(m.index), m.type, m.version ?? '', m.reference ?? '', m.map ?? '-']))); // prettier-ignore
      if (findings.length > 0) tell(renderFindings(findings, { bytes: excerpts, language }));
    }
    return hasError(findings) ? 1 : 0;
  },
};

/** What is read stands on its own; where a gateway is configured its limits hold, and only then all that a configuration speaks of is needed. */
async function limitsOf(options: Options): Promise<ReaderLimits> {
  if (configFolder(options) === undefined) return readerLimits;
  const { libraryFor, limitsFor } = await import('../library.ts');
  return limitsFor(options, libraryFor(options));
}
