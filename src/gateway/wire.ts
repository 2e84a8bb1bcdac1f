import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { build } from '../maps/build.ts';
import type { LawOptions } from '../maps/laws/run.ts';
import type { Wire } from '../maps/laws/wire.ts';
import { startParse } from '../maps/parse.ts';
import type { Plan } from '../maps/plan.ts';
import { edifactReader } from '../syntax/edifact/reader.ts';
import { edifactWriter } from '../syntax/edifact/writer.ts';
import { xmlReader } from '../syntax/xml/reader.ts';
import { xmlWriter } from '../syntax/xml/writer.ts';
import { syntaxVersionFor } from './directories.ts';
import type { Library } from './library.ts';
import { checkXml } from './produce.ts';
import { readUnits } from './syntax.ts';

const around = { sender: 'A', recipient: 'B', preparedAt: '260101:0000', reference: '1' };

/** The syntaxes of a library, for the laws of its maps. `loadSchemas` has been awaited where validity is asked. */
export function wireOf(library: Library): Wire {
  return {
    build,
    startParse,
    writer({ format }) {
      const chunks: Uint8Array[] = [];
      const findings: Diagnostic[] = [];
      const bytes = (chunk: Uint8Array): void => void chunks.push(chunk);
      const finding = (each: Diagnostic): void => void findings.push(each);
      const written = () => ({ bytes: Buffer.concat(chunks), findings });
      if (format.family === 'xml') return { writer: xmlWriter(bytes, { finding }), end: written };
      const writer = edifactWriter({ bytes, finding }, { interchange: around, syntaxVersion: syntaxVersionFor(format.directory) });
      return { writer, end: () => (writer.end(), written()) };
    },
    read({ format }, bytes, handler) {
      const reader = format.family === 'xml' ? xmlReader(handler) : edifactReader(handler);
      reader.push(bytes);
      reader.end();
    },
    check: (plan, bytes) => (plan.format.family === 'xml' ? checkXml(library, plan, bytes) : readUnits(library, bytes)),
    text: ({ format }, bytes) =>
      format.family === 'xml'
        ? Buffer.from(bytes).toString().replaceAll('><', '>\n<')
        : Buffer.from(bytes)
            .toString('latin1')
            .replace(/'(?=[A-Z]{3}[+'])/g, "'\n"),
  };
}

/** What the laws of a map are tried with: its syntax and directory, and every map as one through which its facts may go. */
export function lawOptions(library: Library, { format }: Plan): Pick<LawOptions, 'wire' | 'others' | 'directory'> {
  const others = library.catalog.maps.flatMap(({ name }) => library.catalog.plan(name) ?? []);
  return { wire: wireOf(library), others, directory: format.family === 'edifact' ? library.directories.get(format.directory) : undefined };
}
