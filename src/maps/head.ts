import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { loadYaml, textAt, type SourceFile, type YamlMap } from './load.ts';
import { Keys, Reporter, type Condition, type Format } from './model.ts';
import { readConditions, readFormat } from './read.ts';

/**
 * What stands above the first section of a map file: enough to list the map and to choose it for a message. A catalogue
 * of fifty maps reads fifty heads when it is opened, and a whole file only when somebody needs its plan.
 */
export interface Head {
  readonly file: SourceFile;
  readonly kind: string; // '' where the file says none
  readonly name: string;
  readonly version: string;
  readonly title: string | undefined;
  readonly extends: string | undefined; // the name alone
  readonly format: Format | undefined; // of a dialect: only where it says another than its base
  readonly match: readonly Condition[];
  readonly root: YamlMap; // of the head, or of the whole file
}

const sections = /^(parts|syntax|elements|business|ignore|codes|restrict|extend|moved|unverified|cases)\s*:/m;
const headKeys = /^(map|kind|version|title|dictionary|law|format|match|extends)\s*:/m;

interface ReadHead {
  readonly head: Head | undefined;
  readonly findings: readonly Diagnostic[];
}
const known = new WeakMap<SourceFile, ReadHead>();

/** The head of a file, or why the file cannot be read at all. */
export function headOf(file: SourceFile): ReadHead {
  let read = known.get(file);
  if (!read) known.set(file, (read = readHead(file)));
  return read;
}

function readHead(file: SourceFile): ReadHead {
  const cut = sections.exec(file.text)?.index ?? file.text.length;
  const split = cut > 0 && !headKeys.test(file.text.slice(cut)); // a head that goes on below a section is read with all of the file
  let read = loadYaml(split ? { path: file.path, text: file.text.slice(0, cut) } : file);
  if (!read.root && split) read = loadYaml(file);
  const { root } = read;
  if (!root) return { head: undefined, findings: read.findings };
  const silent = new Reporter(); // whatever is wrong is said when the whole file is read
  const keys = new Keys(root, 'a map', silent);
  const format = keys.get('format');
  return {
    head: {
      file,
      kind: textAt(root, 'kind') ?? '',
      name: textAt(root, 'map') ?? '',
      version: textAt(root, 'version') ?? '',
      title: textAt(root, 'title'),
      extends: textAt(root, 'extends')?.replace(/@.*$/, ''),
      format: format && readFormat(format, silent),
      match: readConditions(keys.entries('match')),
      root,
    },
    findings: [],
  };
}
