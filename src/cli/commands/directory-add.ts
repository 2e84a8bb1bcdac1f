import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { hasError } from '../../diagnostics/diagnostic.ts';
import { findingJson } from '../../diagnostics/json.ts';
import { renderFindings } from '../../diagnostics/text.ts';
import { readPublished } from '../../syntax/edifact/published.ts';
import { readDirectory } from '../../syntax/segments/tables.ts';
import { configFolder } from '../options.ts';
import { UsageError, type ExitCode, type Io } from '../main.ts';
import { writeWhole } from '../output.ts';
import { programFolder } from '../program.ts';

/** Reads a directory from the files of the UN and puts it where libraries look for it. Nothing is written when anything in it is odd. */
export function add({ options, language, out, tell }: Io, [folder = '']: readonly string[]): ExitCode {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw new UsageError(`there is no folder \`${folder}\``);
  const config = configFolder(options);
  const published = readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => ({ path: path.replaceAll('\\', '/'), text: readFileSync(path, 'latin1') }));
  const { name = '', files, findings } = readPublished(published);
  const made = files && readDirectory(name, files);
  const at = resolve(config === undefined ? join(programFolder, 'schemas/edifact') : join(config, 'directories'), name);
  if (files) {
    mkdirSync(at, { recursive: true });
    for (const [file, text] of Object.entries(files) as [string, string][])
      writeWhole(
        join(at, `${file}.txt`),
        Buffer.from(`# UN/EDIFACT directory ${name}, made of the files that UN/ECE published by \`portolan directory add\`\n${text}`),
      );
  }
  const counts = made && { messages: made.messageTypes.length, segments: made.segments.size, composites: made.composites.size, elements: made.elements.size, codeLists: made.codedElements.length }; // prettier-ignore
  if (options['json'])
    out(`${JSON.stringify({ directory: made ? name : null, ...counts, folder: made ? at : null, findings: findings.map((each) => findingJson(each, () => undefined, language)) }, null, 2)}\n`); // prettier-ignore
  else {
    if (findings.length > 0) tell(renderFindings(findings, { language, how: '--all', ...(options['all'] ? { limit: Infinity } : {}) }));
    if (counts) out(`${name}: ${counts.messages} messages, ${counts.segments} segments, ${counts.composites} composites, ${counts.elements} data elements, ${counts.codeLists} code lists, in ${at}\n`); // prettier-ignore
  }
  return hasError(findings) ? 1 : 0;
}
