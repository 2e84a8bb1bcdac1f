import { finding, hasError, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { DirectoryFiles } from '../segments/tables.ts';

/** A file of a directory as the UN publishes it, decoded byte by byte (ISO 8859-1): `EDSD.99B`, `CUSDEC_D.99B` … */
export interface PublishedFile {
  readonly path: string;
  readonly text: string;
}

/** What the files say, as the texts of a directory that stands alone. Without it there is an error among the findings. */
export interface PublishedDirectory {
  readonly name: string | undefined; // 'D99B', as the messages and the names of the files say
  readonly files: DirectoryFiles | undefined;
  readonly findings: readonly Diagnostic[];
}

/**
 * Reads a directory from the text files of the UN: EDED (data elements), EDCD (composites), EDSD (segments), UNCL (code lists,
 * in one file or several) and a message file each (EDMD). Marks of change in the margin go unread, except that nothing is left out
 * for them: what is marked for deletion is still there. Interactive tables (IDED …), indexes and code list texts are not read.
 */
export function readPublished(published: readonly PublishedFile[]): PublishedDirectory {
  const findings: Diagnostic[] = [];
  const files = published.map((file) => ({ ...file, kind: kindOf(file) })).filter(({ kind }) => kind !== undefined);
  const of = (kind: Kind): Line[] => files.filter((file) => file.kind === kind).flatMap(linesOf);
  const odd = ({ path, number, text }: Line, what: string): void => {
    findings.push(finding('EDIFACT_PUBLISHED_LINE', { file: path, line: String(number), text: text.trim(), what }));
  };
  for (const kind of ['EDED', 'EDCD', 'EDSD', 'UNCL', 'EDMD'] as const)
    if (of(kind).length === 0) findings.push(finding('EDIFACT_PUBLISHED_FILE', { kind, names: examples[kind] }));
  const elements = readElements(of('EDED'), odd);
  const composites = readComposites(of('EDCD'), odd);
  const segments = readSegmentParts(of('EDSD'), odd);
  const codes = readCodeLists(of('UNCL'));
  const messages = files.filter(({ kind }) => kind === 'EDMD').map((file) => readMessage(linesOf(file), file.path, odd));

  const needs = (owner: string, ids: readonly string[], known: ReadonlyMap<string, unknown>): void => {
    for (const id of new Set(ids)) if (!known.has(id)) findings.push(finding('EDIFACT_PUBLISHED_UNKNOWN', { owner, id }));
  };
  const bare = (parts: readonly string[]): string[] => parts.map((part) => part.replace(/[!*].*$/, ''));
  for (const [id, { parts }] of composites) needs(id, bare(parts), elements);
  for (const [tag, { parts }] of segments) needs(tag, bare(parts), new Map<string, unknown>([...elements, ...composites]));
  for (const { type, nodes } of messages)
    needs(type, nodes.map((node) => node.trim().replace(/[! ].*$/, '')).filter((tag) => !/^(SG\d|U)/.test(tag)), segments); // prettier-ignore

  const names = new Set(messages.map(({ version, release }) => `${version}${release}`));
  const name = names.size === 1 ? [...names][0] : undefined;
  if (names.size > 1) findings.push(finding('EDIFACT_PUBLISHED_MIXED', { names: [...names].sort().join(', ') }));
  if (hasError(findings)) return { name, files: undefined, findings };
  const sorted = <T>(map: ReadonlyMap<string, T>): [string, T][] => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  const rows = (map: ReadonlyMap<string, Parts>): string => sorted(map).map(([id, { parts, name: title }]) => `${id}\t${parts.join(' ')}\t${title}\n`).join(''); // prettier-ignore
  return {
    name,
    findings,
    files: {
      segments: sorted(elements).map(([id, { format, name: title }]) => `${id}\t${format}\t${title}\n`).join('') + rows(composites) + rows(segments),
      codes: sorted(codes).map(([id, list]) => `@${id}\n${[...list].map(([code, text]) => `${code}\t${text}\n`).join('')}`).join(''),
      messages: [...messages].sort((a, b) => (a.type < b.type ? -1 : 1)).map(({ type, version, release, agency, nodes }) => `@${type} ${version} ${release} ${agency}\n${nodes.map((node) => `${node}\n`).join('')}`).join(''),
    },
  }; // prettier-ignore
}

type Kind = 'EDED' | 'EDCD' | 'EDSD' | 'UNCL' | 'EDMD';

const examples: Readonly<Record<Kind, string>> = {
  EDED: 'EDED.99B',
  EDCD: 'EDCD.99B',
  EDSD: 'EDSD.99B',
  UNCL: 'UNCL.99B or UNCL-1.99B',
  EDMD: 'ABCDEF_D.99B',
};

function kindOf({ path }: PublishedFile): Kind | undefined {
  const name = path.split('/').at(-1)!.toUpperCase();
  if (/^[A-Z]{6}_[DS]\.\w+$/.test(name)) return 'EDMD';
  return /^(EDED|EDCD|EDSD|UNCL)(?:-\d)?\.\w+$/.exec(name)?.[1] as Kind | undefined;
}

interface Line {
  readonly path: string;
  readonly number: number;
  readonly text: string;
}

/** Lines with the frames of DOS code pages as plain characters: `─┐│┘┴` as `-+|++`. */
function linesOf({ path, text }: PublishedFile): Line[] {
  const plain = text.replace(/[\xc4\u2500]/g, '-').replace(/[\xbf\xd9\xc1\xb4\u2510\u2518\u2534\u2524]/g, '+').replace(/[\xb3\u2502]/g, '|'); // prettier-ignore
  return plain.split(/\r?\n/).map((line, i) => ({ path, number: i + 1, text: line.replace(/\t/g, ' ').trimEnd() }));
}

type Odd = (line: Line, what: string) => void;

interface Parts {
  readonly name: string;
  readonly parts: string[];
}

const isRule = (text: string): boolean => /^-{20,}/.test(text);
const squeeze = (text: string): string => text.replace(/\s+/g, ' ').trim();
const sentence = (text: string): string => squeeze(text === text.toUpperCase() ? text.slice(0, 1) + text.slice(1).toLowerCase() : text);

// What may stand in the margin before a tag: signs of change.
const margin = '[ +*#|X-]*';
const format = '(?:an|a|n)(?:\\.\\.|\\.)?\\s?\\d+';
const formatOf = (text: string): string => text.replace(/\s/g, '').replace(/\.+/, '..');

/** `     1001  Document name code   [C]`, then `Desc: …` and `Repr: an..3`. */
function readElements(lines: readonly Line[], odd: Odd): Map<string, { readonly format: string; readonly name: string }> {
  const found = new Map<string, { format: string; name: string }>();
  const [head, repr] = [new RegExp(`^${margin}\\s(\\d{4})\\s+(\\S.*)$`), new RegExp(`^${margin}Repr:\\s*(${format})`)];
  let open: { id: string; name: string; line: Line; named: boolean } | undefined;
  let fresh = false; // after a rule across the page: only there an entry begins
  const close = (): void => {
    if (open) odd(open.line, 'a data element without its representation');
    open = undefined;
  };
  for (const line of lines) {
    const { text } = line;
    const [, id = '', name = ''] = (fresh && head.exec(text)) || [];
    const [, stated] = repr.exec(text) ?? [];
    if (isRule(text)) {
      close();
      fresh = true;
    } else if (id !== '') {
      open = { id, name, line, named: false };
      fresh = false;
    } else if (open && stated !== undefined) {
      found.set(open.id, { format: formatOf(stated), name: sentence(open.name.replace(/\[\w\]/, '')) });
      open = undefined;
    } else if (open && text.trim() === '') open.named = true;
    else if (open && !open.named) open.name += ` ${text}`; // a name that goes on
  }
  close();
  return found;
}

const position = new RegExp(`^\\d{3}${margin}([A-Z]?\\d{3,4})${margin}\\s(\\S.*)$`);
const tail = new RegExp(`^(.*?)\\s+([MC])(?:\\s+(\\d+))?(?:\\s+(${format}))?$`);

/** `       C507 DATE/TIME/PERIOD`, then `010    2005  Date or time function code qualifier   M      an..3`; a name may go on below. */
function readComposites(lines: readonly Line[], odd: Odd): Map<string, Parts> {
  return readParts(lines, new RegExp(`^${margin}\\s([CES]\\d{3})\\s+(\\S.*)$`), odd);
}

/** `       NAD  NAME AND ADDRESS`, then `010    3035 PARTY FUNCTION CODE QUALIFIER   M    1 an..3`; components stand below without a position. */
function readSegmentParts(lines: readonly Line[], odd: Odd): Map<string, Parts> {
  return readParts(lines, new RegExp(`^${margin}\\s([A-Z][A-Z0-9]{2})\\s+(\\S.*)$`), odd);
}

function readParts(lines: readonly Line[], head: RegExp, odd: Odd): Map<string, Parts> {
  const found = new Map<string, Parts>();
  let open: Parts | undefined;
  let part: { id: string; text: string; line: Line } | undefined;
  const close = (): void => {
    const [, , status, repeat] = (part && tail.exec(part.text)) ?? [];
    if (part && status === undefined) odd(part.line, 'a position without status');
    else if (part) open?.parts.push(`${part.id}${status === 'M' ? '!' : ''}${repeat !== undefined && repeat !== '1' ? `*${repeat}` : ''}`);
    part = undefined;
  };
  let fresh = false;
  for (const line of lines) {
    const { text } = line;
    const [, id, rest] = position.exec(text) ?? [];
    if (isRule(text)) {
      close();
      fresh = true;
    } else if (fresh && head.test(text)) {
      const [, own = '', name = ''] = head.exec(text)!;
      open = { name: sentence(name), parts: [] };
      found.set(own, open);
      fresh = false;
    } else if (open && id !== undefined) {
      close();
      part = { id, text: rest!, line };
      if (tail.test(part.text)) close();
    } else if (part) {
      if (text.trim() === '') close();
      else part.text += ` ${text.trim()}`;
      if (part && tail.test(part.text)) close();
    }
  }
  close();
  return found;
}

/** `     1001  …`, then `     380   Commercial invoice` and what it means below it, deeper. */
function readCodeLists(lines: readonly Line[]): Map<string, Map<string, string>> {
  const found = new Map<string, Map<string, string>>();
  let list: Map<string, string> | undefined;
  let entry: { code: string; column: number } | undefined;
  let fresh = false;
  for (const { text } of lines) {
    const element = new RegExp(`^${margin}\\s(\\d{4})\\s{1,3}(\\S.*)$`).exec(text);
    const code = /^[ +*#|X-]{4,8}([A-Za-z0-9]{1,17})(\s+)(\S.*)$/.exec(text);
    if (isRule(text)) [fresh, entry] = [true, undefined];
    else if (fresh && element) {
      list = new Map();
      found.set(element[1]!, list);
      fresh = false;
    } else if (list && code) {
      list.set(code[1]!, squeeze(code[3]!));
      entry = { code: code[1]!, column: text.length - code[3]!.length };
    } else if (list && entry && text.search(/\S/) === entry.column) list.set(entry.code, `${list.get(entry.code)!} ${squeeze(text)}`);
    else entry = undefined;
  }
  for (const [id, each] of found) if (each.size === 0) found.delete(id);
  return found;
}

interface PublishedMessage {
  readonly type: string;
  readonly version: string;
  readonly release: string;
  readonly agency: string;
  readonly nodes: readonly string[];
}

/**
 * The segment table, section 4.3.1:
 *
 *   00060       ---- Segment group 1  ------------------ C   99----------+      a group opens; `|` are those around it
 *   00070   RFF Reference                                M   1           |
 *   00080   DTM Date/time/period                         C   9-----------+      each `+` closes one
 */
function readMessage(lines: readonly Line[], path: string, odd: Odd): PublishedMessage {
  const field = (name: RegExp): string => lines.map(({ text }) => new RegExp(`${name.source}\\s*:\\s*(\\S+)`, 'i').exec(text)?.[1]).find((each) => each !== undefined) ?? '';
  const nodes: string[] = [];
  let depth = 0;
  const start = lines.findLastIndex(({ text }) => /^\s*4\.3\.1\s+Segment table/i.test(text));
  for (const line of lines.slice(start < 0 ? lines.length : start + 1)) {
    const { text } = line;
    const group = /^\d{4,5}[ +*#|X-]*?-{2,}\s*Segment group\s+(\d+)\s*-+\s*([MC])\s+(\d+)(.*)$/i.exec(text);
    const segment = /^\d{4,5}[ +*#|X-]*\s([A-Z][A-Z0-9]{2})\s+.*?\s([MC])\s+(\d+)(.*)$/.exec(text);
    const add = (id: string, status: string, repeat: string): void => void nodes.push(`${' '.repeat(depth)}${id}${status === 'M' ? '!' : ''}${repeat === '1' ? '' : ` ${repeat}`}`);
    if (group) {
      add(`SG${group[1]}`, group[2]!, group[3]!);
      depth++;
    } else if (segment) {
      add(segment[1]!, segment[2]!, segment[3]!);
      depth -= segment[4]!.match(/\+/g)?.length ?? 0;
      if (depth < 0) {
        odd(line, 'more groups are closed than are open');
        depth = 0;
      }
    } else if (/^\d{4,5}\s/.test(text)) odd(line, 'a line of the segment table that is neither a segment nor a group');
  }
  const last = lines[lines.length - 1] ?? { path, number: 1, text: '' };
  if (depth > 0) odd(last, `${depth} groups are never closed`);
  if (nodes.length === 0) odd(last, 'no segment table (4.3.1)');
  return { type: field(/Message Type/), version: field(/Version/), release: field(/Release/), agency: field(/Contr\. Agency/), nodes };
} // prettier-ignore
