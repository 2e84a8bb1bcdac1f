import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { build } from '../../maps/build.ts';
import type { LawOptions } from '../../maps/laws/run.ts';
import { sharingFacts } from '../../maps/laws/sharing.ts';
import type { Wire } from '../../maps/laws/wire.ts';
import { startParse } from '../../maps/parse.ts';
import type { Plan } from '../../maps/plan.ts';
import type { Library } from './library.ts';
import { checkDocument } from '../translation/produce.ts';
import { syntaxes, writerFor } from '../translation/syntaxes.ts';

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
      const writer = writerFor(library, format, { bytes, finding }, around);
      return { writer, end: () => (writer.end(), { bytes: Buffer.concat(chunks), findings }) };
    },
    read({ format }, bytes, handler) {
      const reader = syntaxes[format.family].reader(handler, {
        grammars: library.grammars,
        documents: library.documents,
        layout: format.kind === 'segmented' ? library.layouts.get(format.directory) : undefined,
      });
      reader.push(bytes);
      reader.end();
    },
    check: (plan, bytes) => checkDocument(library, plan, bytes),
    text: ({ format }, bytes) => syntaxes[format.family].text(bytes),
  };
}

/** What the laws of a map are tried with: its syntax and directory, and every other map that has a place for some of its facts. */
export function lawOptions(library: Library, plan: Plan): Pick<LawOptions, 'wire' | 'other' | 'directory'> {
  const { format } = plan;
  const others = library.catalog.maps.flatMap(({ name }) => (name === plan.name ? [] : name));
  return {
    wire: wireOf(library),
    other: sharingFacts(plan, others.length, (at) => library.catalog.plan(others[at]!)),
    directory: format.kind === 'segmented' ? library.segmented[format.family].directory(format.directory) : undefined,
  };
}
