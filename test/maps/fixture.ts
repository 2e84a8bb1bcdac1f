import type { Library } from '../../src/gateway/library/library.ts';
import { buildCatalog, type Catalog } from '../../src/maps/catalog.ts';
import type { SourceFile } from '../../src/maps/load.ts';
import type { Plan } from '../../src/maps/plan.ts';
import type { Interchange, MessageHeader } from '../../src/syntax/unit.ts';
import { library as shipped } from '../library.ts';

/** The shipped maps, dictionary and directories. */
export const library = (): Library => shipped;

export function plan(name: string): Plan {
  const found = library().catalog.plan(name);
  if (!found) throw new Error(`no plan ${name}`);
  return found;
}

/** The shipped files of the map language. */
export const mapFiles = (): readonly SourceFile[] => library().sources.files.filter(({ path }) => path.startsWith('mappings/'));

/** Maps compiled for themselves, with the shipped dictionary and directories: their plans are nobody else's, and may be spoiled. */
export function catalogOf(files: readonly SourceFile[]): Catalog {
  return buildCatalog(files, { dictionary: library().dictionary, syntaxes: library().segmented, documents: library().documents });
}

/** A header as a reader would give it for messages of a plan. */
export function headerFor({ format }: Plan): MessageHeader {
  const interchange: Interchange = { syntax: format.family, index: 1, charset: { declared: '', detected: '' }, start: 0 };
  if (format.kind === 'nested') return { index: 1, type: format.root.split('/')[0]!, namespace: format.namespace, interchange, start: 0 };
  const [type, version, release, agency] = format.header;
  return { index: 1, type: type!, version: version!, release: release!, agency: agency!, interchange, start: 0 };
}
