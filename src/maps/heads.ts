import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import { headerFields, type SegmentSyntax } from '../syntax/segmented.ts';
import { segmentedSyntaxes, type MessageHeader, type SegmentedSyntax } from '../syntax/unit.ts';
import { headOf, type Head } from './head.ts';
import { textAt, type SourceFile } from './load.ts';
import { Reporter, type Condition, type Format, type NestedFormat } from './model.ts';

/** A map as its head shows it. */
export interface Listed {
  readonly head: Head;
  readonly format: Format; // its own, or that of its base
  readonly files: readonly SourceFile[];
}

/** The heads of all files of the map language: enough to say which map is for a message. */
export interface Heads {
  readonly heads: readonly Head[];
  readonly listed: ReadonlyMap<string, Listed>; // by name: messages and dialects
  readonly findings: readonly Diagnostic[];
  /** The maps for a message: those whose header and conditions are met, most conditions first. */
  matching(header: MessageHeader): readonly Listed[];
  /** The maps that would read a message, but are chosen by their name alone. */
  named(header: MessageHeader): readonly string[];
}

/** What a header says in the words of conditions, by syntax. */
export type HeaderFields = Readonly<Record<SegmentedSyntax, Pick<SegmentSyntax, 'fields'>>>;

export function readHeads(files: readonly SourceFile[], syntaxes: HeaderFields): Heads {
  const read = files.map(headOf);
  const heads = read.flatMap(({ head }) => head ?? []);
  const { listed, findings } = list(heads);
  const all = [...listed.values()].sort((a, b) => (a.head.name < b.head.name ? -1 : 1));
  const stated = ({ format }: Listed): number => (format.kind === 'segmented' ? format.header.length : 0);
  const bySpecificity = [...all].sort((a, b) => b.head.match.length - a.head.match.length || stated(b) - stated(a));
  const states = ({ head, format }: Listed, header: MessageHeader): boolean => isStated(format, head.match, header, syntaxes);
  return {
    heads,
    listed: new Map(all.map((each) => [each.head.name, each])),
    findings: [...read.flatMap((each) => each.findings), ...findings, ...sameMessages([...listed.values()])],
    matching: (header) => bySpecificity.filter((each) => !isNamed(each.format) && states(each, header)),
    named: (header) => all.filter((each) => isNamed(each.format) && states(each, header)).map(({ head }) => head.name),
  };
}

/** The maps by name, each with its format; of two with one name the first counts. A dialect may extend a dialect, but no deeper (map language, 3.8). */
function list(heads: readonly Head[]): { readonly listed: ReadonlyMap<string, Listed>; readonly findings: readonly Diagnostic[] } {
  const reporter = new Reporter();
  const listed = new Map<string, Listed>();
  const add = (head: Head, base: Listed | undefined): void => {
    const format = head.format ?? base?.format;
    if (listed.has(head.name)) reporter.report('MAP_DUPLICATE_NAME', { what: 'map', name: head.name }, head.root);
    else listed.set(head.name, { head, format: format ?? nothing, files: [...(base?.files ?? []), head.file] });
  };
  for (const head of heads) if (head.kind === 'message') add(head, undefined);
  let waiting = heads.filter(({ kind }) => kind === 'dialect');
  for (let round = 0; round < 2; round++) {
    const bases = new Map(listed);
    waiting = waiting.filter((head) => {
      const base = bases.get(head.extends ?? '');
      if (base) add(head, base);
      return !base;
    });
  }
  for (const head of waiting) reporter.report('MAP_NO_BASE', { name: textAt(head.root, 'extends') ?? '' }, head.root);
  return { listed, findings: reporter.findings };
}

/** The format of a map that states none: it reads nothing, and the whole file says what it lacks. */
const nothing: Format = { kind: 'segmented', family: segmentedSyntaxes[0], directory: '', message: '', header: ['\0'], headerName: '' };

/** Two maps that read the same messages: none of them could be chosen for a reason. */
function sameMessages(maps: readonly Listed[]): Diagnostic[] {
  const seen = new Map<string, Head>();
  return maps.flatMap(({ head, format }) => {
    if (isNamed(format)) return [];
    const what = format.kind === 'nested' ? [format.family, format.root, format.namespace] : [format.family, ...format.header];
    const key = JSON.stringify([...what, ...head.match.map(({ field, value }) => `${field}=${value}`).sort()]);
    const twin = seen.get(key);
    seen.set(key, head);
    return twin ? [finding('MAP_SAME_MESSAGES', { first: twin.name, second: head.name }, { rule: { source: head.file.path, start: 0, end: 1 } })] : [];
  });
}

const isNamed = (format: Format): boolean => format.kind === 'nested' && format.selection === 'name';

function isStated(format: Format, match: readonly Condition[], header: MessageHeader, syntaxes: HeaderFields): boolean {
  if (format.family !== header.interchange.syntax) return false;
  if (format.kind === 'nested') return isRoot(format, header) && match.every(({ field, value }) => header.head?.get(localPath(field)) === value);
  const { fields } = syntaxes[format.family];
  return format.header.every((value, i) => header[headerFields[i]!] === value) && match.every(({ field, value }) => fields[field]?.(header) === value);
}

/** Whether the document has the root of the format, and where that is a path, what stands in the envelope. */
function isRoot({ root, namespace }: NestedFormat, header: MessageHeader): boolean {
  const path = localPath(root);
  if ((header.namespace ?? '') !== namespace || header.type !== path.split('/')[0]) return false;
  return path === header.type || header.head?.has(path) === true;
}

/** `MetaData/dec:Declaration` without its prefixes. */
const localPath = (path: string): string => path.replace(/[^/]*:/g, '');
