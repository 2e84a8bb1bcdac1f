import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { loadYaml, textAt, type SourceFile, type YamlMap } from './load.ts';
import { Keys, Reporter, type Condition, type Format } from './model.ts';
import { readConditions, readFormat } from './read.ts';

/**
 * What stands beside the sections of a map file: enough to list the map and to choose it for a message. A catalogue
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

const sections = new Set('parts syntax elements business ignore codes restrict extend moved unverified cases'.split(' '));

/** The text without its sections, every character where it was: they may stand above what tells which messages a map reads. */
function withoutSections(text: string): string {
  const keys = [...text.matchAll(/^[A-Za-z][\w-]*(?=\s*:)/gm)]; // of the whole file: what stands below them is indented
  let head = text.slice(0, keys[0]?.index);
  for (const [i, { 0: key, index }] of keys.entries()) {
    if (sections.has(key)) continue;
    if (head.length < index) head += `${' '.repeat(index - head.length - 1)}\n`;
    head += text.slice(index, keys[i + 1]?.index);
  }
  return head;
}

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
  const text = withoutSections(file.text);
  let read = loadYaml(text === file.text ? file : { path: file.path, text });
  if (!read.root) read = loadYaml(file);
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
