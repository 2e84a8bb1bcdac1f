import type { MessageNode, WireFormat } from '../segmented.ts';
import type { CompositeDefinition, CompositePart, Directory, ElementDefinition, ElementPart, MessageDefinition, SegmentDefinition } from './directory.ts';

/**
 * The texts of the three files of a directory. They may be many directories' (`among`): then the last field of a line is the range
 * in which it holds, `D95B..D98A D99B..`, from the first to the last named, open to an end of the list; no range: in all of them.
 *
 *   segments   3207 TAB an..3 TAB Country, coded      C080 TAB 3036! 3036 TAB Party name      NAD TAB 3035! C082 … TAB Name and address
 *   codes      @3035, then  CN TAB Consignee
 *   messages   @XXXXXX D 95B UN, then its nodes indented by group:  UNH!  SG4 9999   CNI!      (`=` for the release of the directory)
 *
 * Each text is asked for when it is first needed: where it is expensive to have, it is a getter.
 */
export interface DirectoryFiles {
  readonly segments: string;
  readonly messages: string;
  readonly codes: string;
}

/**
 * Reads a directory; what is not asked for is not read. The tables are ours and checked when made: a fault in them is a defect
 * of ours and thrown. `among`: the directories that share the texts, in order.
 */
export function readDirectory(name: string, files: DirectoryFiles, among?: readonly string[]): Directory {
  const holds = rangeTest(name, among);
  const tables = lazy(() => readSegments(files.segments, holds));

  const lists = lazy(() => new Map(sections(files.codes).map((section) => [section.header[0], section])));
  const codeLists = new Map<string, ReadonlyMap<string, string> | undefined>();
  const codes = (element: string): ReadonlyMap<string, string> | undefined => {
    if (!codeLists.has(element)) {
      const section = lists().get(element);
      const values = section?.lines().flatMap((line): [string, string][] => {
        const [code = '', text = '', range] = line.split('\t');
        return holds(range) ? [[code, text]] : [];
      });
      codeLists.set(element, values && values.length > 0 ? new Map(values) : undefined);
    }
    return codeLists.get(element);
  };

  const structures = lazy(
    () => new Map(sections(files.messages).flatMap((section) => (holds(section.header[1]) ? [[section.header[0].split(' ', 1)[0]!, section]] : []))),
  );
  const messages = new Map<string, MessageDefinition>();
  const message = (type: string): MessageDefinition | undefined => {
    const known = messages.get(type);
    const section = known ? undefined : structures().get(type);
    if (!section) return known;
    const [, version = '', release = '', agency = '', ...others] = section.header[0].split(' ');
    const made = { type, version, release: release === '=' ? name.slice(1) : release, agency, others, nodes: messageNodes(section.lines()) };
    messages.set(type, made);
    return made;
  };

  return {
    name,
    get elements() {
      return tables().elements;
    },
    get composites() {
      return tables().composites;
    },
    get segments() {
      return tables().segments;
    },
    codes,
    message,
    get messageTypes() {
      return [...structures().keys()];
    },
    get codedElements() {
      return [...lists().keys()].filter((element) => codes(element));
    },
  };
}

/** A directory as the text that `readDirectory` reads, standing alone: the inverse. Its SHA-256 is what a plan depends on. */
export function directoryText(directory: Directory): DirectoryFiles {
  const mark = ({ id, required, repeat }: ElementPart | CompositePart): string => `${id}${required ? '!' : ''}${repeat > 1 ? `*${repeat}` : ''}`;
  const marks = (parts: readonly (ElementPart | CompositePart)[]): string => parts.map(mark).join(' ');
  const nodes = (list: readonly MessageNode[], depth: string): string =>
    list
      .map(
        (node) =>
          `${depth}${node.id}${node.required ? '!' : ''}${node.repeat > 1 ? ` ${node.repeat}` : ''}\n${node.nodes ? nodes(node.nodes, `${depth} `) : ''}`,
      )
      .join('');
  return {
    segments: [
      ...[...directory.elements.values()].map(({ id, format, name }) => `${id}\t${formatText(format)}\t${name}\n`),
      ...[...directory.composites.values()].map(({ id, parts, name }) => `${id}\t${marks(parts)}\t${name}\n`),
      ...[...directory.segments.values()].map(({ tag, parts, name }) => `${tag}\t${marks(parts)}\t${name}\n`),
    ].join(''),
    messages: directory.messageTypes
      .map((type) => directory.message(type)!)
      .map(({ type, version, release, agency, others = [], nodes: list }) => `@${[type, version, release, agency, ...others].join(' ')}\n${nodes(list, '')}`)
      .join(''),
    codes: directory.codedElements.map((id) => `@${id}\n${[...directory.codes(id)!].map(([code, text]) => `${code}\t${text}\n`).join('')}`).join(''),
  };
}

/** `an..35`, `n4`, `an2..3`. */
export const formatText = ({ type, min, max }: WireFormat): string => `${type}${min === max ? max : `${min || ''}..${max}`}`;

/** Whether a line with this range is the directory's. */
function rangeTest(name: string, among: readonly string[] = [name]): (range: string | undefined) => boolean {
  const own = among.indexOf(name);
  const known = new Map<string | undefined, boolean>([[undefined, true]]);
  const at = (text: string | undefined, open: number): number => {
    const index = text === '' || text === undefined ? open : among.indexOf(text);
    if (index < 0) throw new Error(`directory table: no such directory: ${text}`);
    return index;
  };
  const test = (range: string): boolean =>
    range.split(' ').some((run) => {
      const [first, last] = run.includes('..') ? run.split('..') : [run, run];
      return at(first, 0) <= own && own <= at(last, among.length - 1);
    });
  return (range) => {
    const found = known.get(range) ?? test(range!);
    known.set(range, found);
    return found;
  };
}

function readSegments(text: string, holds: (range: string | undefined) => boolean): Pick<Directory, 'elements' | 'composites' | 'segments'> {
  const elements = new Map<string, ElementDefinition>();
  const composites = new Map<string, CompositeDefinition>();
  const segments = new Map<string, SegmentDefinition>();
  for (const line of lines(text)) {
    const [id = '', what = '', name = '', range] = line.split('\t');
    if (!holds(range)) continue;
    if (/^\d/.test(id)) elements.set(id, { id, name, format: readFormat(what) });
    else if (/^[A-Z]\d{3}$/.test(id)) composites.set(id, { id, name, parts: what.split(' ').map((part) => elementPart(part, elements)) });
    else segments.set(id, { tag: id, name, parts: what.split(' ').map((part) => segmentPart(part, elements, composites)) });
  }
  return { elements, composites, segments };
}

const formats = new Map<string, WireFormat>();

function readFormat(text: string): WireFormat {
  const known = formats.get(text);
  if (known) return known;
  const match = /^(an|a|n)(\d*)(?:(\.\.)(\d+))?$/.exec(text);
  if (!match) throw new Error(`directory table: no such format: ${text}`);
  const [, type, min, , max] = match;
  const made = { type: type as WireFormat['type'], min: Number(min), max: Number(max ?? min) };
  formats.set(text, made);
  return made;
}

function readMark(text: string): { id: string; required: boolean; repeat: number } {
  const [, id = '', required, repeat] = /^(\w+)(!)?(?:\*(\d+))?$/.exec(text) ?? [];
  return { id, required: required !== undefined, repeat: Number(repeat ?? 1) };
}

function elementPart(text: string, elements: ReadonlyMap<string, ElementDefinition>): ElementPart {
  const mark = readMark(text);
  const element = elements.get(mark.id);
  if (!element) throw new Error(`directory table: no such data element: ${text}`);
  return { element, ...mark };
}

function segmentPart(
  text: string,
  elements: ReadonlyMap<string, ElementDefinition>,
  composites: ReadonlyMap<string, CompositeDefinition>,
): ElementPart | CompositePart {
  const mark = readMark(text);
  const composite = composites.get(mark.id);
  return composite ? { composite, ...mark } : elementPart(text, elements);
}

/** Nodes from indented lines: `SG4 9999`, ` CNI!`, ` CNT 9`, ` SG5 9999`, `  RFF!`. A group is called SG and a number, or, in X12, has `_` in its name: `L_N1`. */
function messageNodes(body: readonly string[]): readonly MessageNode[] {
  const top: MessageNode[] = [];
  const open: MessageNode[][] = [top];
  for (const line of body) {
    const depth = line.length - line.trimStart().length;
    const [, id = '', required, repeat] = /^ *(\w+)(!)?(?: (\d+))?$/.exec(line) ?? [];
    const siblings = open[depth];
    if (!siblings || id === '') throw new Error(`directory table: no such node: ${line}`);
    open.length = depth + 1;
    const common = { id, required: required !== undefined, repeat: Number(repeat ?? 1) };
    if (/^SG\d|_/.test(id)) {
      const nodes: MessageNode[] = [];
      siblings.push({ nodes, ...common });
      open.push(nodes);
    } else siblings.push(common);
  }
  return top;
}

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

/** What an `@header` line opens. The lines are cut when asked for: a text has many sections, a message needs few. */
interface Section {
  readonly header: readonly [what: string, range?: string];
  lines(): string[];
}

function sections(text: string): Section[] {
  const found: Section[] = [];
  for (let at = text.startsWith('@') ? 0 : text.indexOf('\n@') + 1 || -1; at >= 0;) {
    const end = text.indexOf('\n', at);
    const next = text.indexOf('\n@', end) + 1 || -1;
    const body = text.slice.bind(text, end + 1, next < 0 ? text.length : next);
    found.push({ header: text.slice(at + 1, end).split('\t') as [string, string?], lines: () => lines(body()) });
    at = next;
  }
  return found;
}

function lazy<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
