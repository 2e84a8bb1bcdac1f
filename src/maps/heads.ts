import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import { headerFields, type SegmentSyntax } from '../syntax/segmented.ts';
import { segmentedSyntaxes, type MessageHeader, type SegmentedSyntax } from '../syntax/unit.ts';
import { headOf, type Head } from './head.ts';
import { at, textAt, type SourceFile } from './load.ts';
import { Reporter, type Condition, type Format } from './model.ts';

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
  /** Of the maps for a message (those whose header and conditions are met, most conditions first) the first that `is` one, if any is. */
  first(header: MessageHeader, is?: (listed: Listed) => boolean): Listed | undefined;
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
  const asked = all.filter(({ format }) => !isNamed(format)).sort((a, b) => b.head.match.length - a.head.match.length || stated(b) - stated(a));
  const bySpecificity = new Map<string, Route[]>();
  for (const route of asked.map(routeOf)) bySpecificity.set(route.mark, [...(bySpecificity.get(route.mark) ?? []), route]);
  const byName = all.filter(({ format }) => isNamed(format)).map(routeOf);
  return {
    heads,
    listed: new Map(all.map((each) => [each.head.name, each])),
    findings: [...read.flatMap((each) => each.findings), ...findings, ...sameMessages([...listed.values()])],
    first: (header, is = () => true) => bySpecificity.get(markOf(header))?.find((route) => isStated(route, header, syntaxes) && is(route.listed))?.listed,
    named(header) {
      const mark = markOf(header);
      return byName.filter((route) => route.mark === mark && isStated(route, header, syntaxes)).map(({ listed }) => listed.head.name);
    },
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
  for (const head of waiting) reporter.report('MAP_NO_BASE', { name: textAt(head.root, 'extends') ?? '' }, at(head.root, 'extends') ?? head.root);
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

/** A map among those that may be for a message, with what is asked of one worked out: it is asked for each. */
interface Route {
  readonly listed: Listed;
  readonly mark: string; // of the messages that it may be for
  readonly root: string; // path of local names; '' where messages are segments
  readonly conditions: readonly Condition[]; // the fields of documents as paths of local names
}

function routeOf(listed: Listed): Route {
  const { format, head } = listed;
  if (format.kind === 'segmented') return { listed, mark: `${format.family} ${format.header[0] ?? ''}`, root: '', conditions: head.match };
  const root = localPath(format.root);
  const conditions = head.match.map(({ field, value }) => ({ field: localPath(field), value }));
  return { listed, mark: documentMark(format.family, format.namespace, root.split('/')[0]!), root, conditions };
}

/** What tells messages apart at once: their syntax, and their type, or the name of their element. */
function markOf({ interchange: { syntax }, namespace = '', type }: MessageHeader): string {
  return syntax === 'xml' || syntax === 'json' ? documentMark(syntax, namespace, type) : `${syntax} ${type}`;
}

const documentMark = (family: string, namespace: string, type: string): string => `${family} ${namespace} ${type}`;

/** Whether a message of the mark is one of the map's: what its header says, and of a root that is a path what stands in the envelope. */
function isStated({ listed: { format }, root, conditions }: Route, header: MessageHeader, syntaxes: HeaderFields): boolean {
  if (format.kind === 'nested') {
    if (root !== header.type && header.head?.has(root) !== true) return false;
    return conditions.every(({ field, value }) => header.head?.get(field) === value);
  }
  const { fields } = syntaxes[format.family];
  for (let i = 0; i < format.header.length; i++) if (header[headerFields[i]!] !== format.header[i]) return false;
  for (const { field, value } of conditions) if (fields[field]?.(header) !== value) return false;
  return true;
}

/** `MetaData/dec:Declaration` without its prefixes. */
const localPath = (path: string): string => path.replace(/[^/]*:/g, '');
