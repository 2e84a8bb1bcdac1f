import { readPattern, type Field, type Format, type Pattern } from './pattern.ts';

/**
 * The grammar of a message: its lines in their order, each with how often it may stand there. Read from text:
 *
 *   message ABC 16
 *   title What it is
 *   source …
 *
 *   AWB 1 {number:n3-n8!mod7}{origin:a3}{destination:a3}/{extent:a1}{pieces:n1..4}     # consignment
 *   OTH 0..n ^<OTH>/{payment:a1}                                                        # other charges
 *     OTI 1..3 {code:a2}{due:a1}{amount:d1..12}                                         # other charge
 *
 * A row is a tag, how often, a pattern, and after `#` its name in words. Rows below a row and further to the right belong to it. Neighbors
 * marked `*` (`0..n*`) may come in any order. Rows of one tag share its fields: a name means the same position in all of them. The pattern `*`
 * takes whole lines as they are, to the end of the message. `~ name pattern` is a deviation: another way of writing the row above it that was
 * seen and is not the standard's.
 */
export interface Grammar {
  readonly file: GrammarFile;
  readonly name: string; // 'ABC/16', or 'ABC' where a message has no version
  readonly type: string;
  readonly version: string; // '' where the identification line has none
  readonly title: string;
  readonly unverified: boolean; // built from facts of another version: no message of this one was seen
  readonly rows: readonly Row[];
  readonly units: ReadonlyMap<string, readonly Field[]>; // by tag: the fields of all rows that have it
  readonly identifiers: ReadonlySet<string>; // of lines
}

export interface GrammarFile {
  readonly path: string;
  readonly text: string;
}

export interface Row {
  readonly tag: string;
  readonly title: string;
  readonly min: number;
  readonly max: number;
  readonly pattern: Pattern;
  readonly deviations: readonly { readonly name: string; readonly pattern: Pattern }[];
  readonly children: readonly Row[];
  readonly free: boolean; // may change places with its neighbors that are free too
  readonly raw: boolean; // takes whole lines as they are
  readonly received: boolean; // the same, or stands below such a row: a line of another message
}

type DraftRow = { -readonly [K in keyof Row]: Row[K] } & { deviations: { name: string; pattern: Pattern }[]; children: DraftRow[] };

/** Reads one file: one grammar for each of its `message` lines. */
export function readGrammars(file: GrammarFile): readonly Grammar[] {
  const { path, text } = file;
  const messages: { type: string; version: string; unverified: boolean }[] = [];
  let title = '';
  const rows: DraftRow[] = [];
  const units = new Map<string, Field[]>();
  const fieldsOf = (tag: string): Field[] => {
    if (!units.has(tag)) units.set(tag, []);
    return units.get(tag)!;
  };
  const open: { indent: number; row: DraftRow }[] = [];
  text.split('\n').forEach((line, number) => {
    const fail = (what: string): never => {
      throw new Error(`${path}:${number + 1}: ${what}`);
    };
    if (/^\s*(#|$)/.test(line)) return;
    const head = /^(message|title|source|trust)\s+(.*)$/.exec(line);
    if (head) {
      const [, key, value = ''] = head;
      if (key === 'title') title = value;
      if (key === 'message') {
        const [type = '', version = '', mark] = value.split(/\s+/);
        messages.push({ type, version: version === '-' ? '' : version, unverified: mark === 'unverified' });
      }
      return;
    }
    const match = /^(\s*)(?:~\s*([a-z-]+)|([A-Z][A-Z0-9]{1,2})\s+(\d+)(?:\.\.(\d+|n))?(\*?))\s+(\S.*?)(?:\s+#\s*(.*))?$/.exec(line);
    if (!match) return fail(`\`${line}\` is no row`);
    const [, space = '', deviation, tag = '', least, most, free, pattern = '', name] = match;
    if (deviation !== undefined) {
      const above = open.at(-1)?.row ?? fail('a deviation stands below its row');
      above.deviations.push({ name: deviation, pattern: numbered(readPattern(pattern), fieldsOf(above.tag)) });
      return;
    }
    const min = Number(least);
    const raw = pattern === '*';
    const row: DraftRow = {
      tag,
      title: name ?? tag,
      min,
      max: most === undefined ? min : most === 'n' ? Infinity : Number(most),
      pattern: numbered(readPattern(raw ? '^{text:l1..512}' : pattern), fieldsOf(tag)),
      deviations: [],
      children: [],
      free: free === '*',
      raw,
      received: raw,
    };
    while (open.length > 0 && open.at(-1)!.indent >= space.length) open.pop();
    row.received ||= open.at(-1)?.row.received ?? false;
    (open.at(-1)?.row.children ?? rows).push(row);
    open.push({ indent: space.length, row });
  });
  const identifiers = new Set(identifiersOf(rows));
  return messages.map(({ type, version, unverified }) => {
    return { file, name: version === '' ? type : `${type}/${version}`, type, version, title, unverified, rows, units, identifiers };
  });
}

const identifiersOf = (rows: readonly Row[]): string[] =>
  rows.flatMap(({ pattern, children }) => [...(pattern.identifier === '' ? [] : [pattern.identifier]), ...identifiersOf(children)]);

/** A pattern with its fields numbered as those of its tag; new ones are added. */
function numbered(pattern: Pattern, known: Field[]): Pattern {
  const index = new Map<string, number>();
  for (const field of pattern.fields) {
    const at = known.findIndex(({ name }) => name === field.name);
    if (at < 0) known.push({ ...field, index: known.length + 1 });
    else known[at] = { ...known[at]!, format: either(known[at]!.format, field.format) };
    index.set(field.name, known.find(({ name }) => name === field.name)!.index);
  }
  const field = (each: Field): Field => ({ ...each, index: index.get(each.name)! });
  const renumber = (tokens: Pattern['tokens']): Pattern['tokens'] =>
    tokens.map((token) => {
      if (token.kind === 'choice') return { ...token, branches: token.branches.map(renumber) };
      return token.kind === 'field' || token.kind === 'inherited' ? { kind: token.kind, field: field(token.field) } : token;
    });
  return { ...pattern, tokens: renumber(pattern.tokens), fields: pattern.fields.map(field) };
}

/** What a field holds in any of the rows of its tag: of words all, else what the first row says. */
function either(first: Format, other: Format): Format {
  const [own, another] = [first.parts[0], other.parts[0]];
  if (own?.kind !== 'words' || another?.kind !== 'words' || first.parts.length > 1) return first;
  return { ...first, parts: [{ kind: 'words', words: [...new Set([...own.words, ...another.words])] }] };
}

/** A deviation of a whole message: a blank stands where a line should end. */
export const NO_LINE_BREAK = 'blank-for-line-break';

/** The grammars of a folder, by message. */
export class Grammars {
  readonly #byName = new Map<string, Grammar>();

  constructor(files: readonly GrammarFile[]) {
    for (const file of files)
      for (const grammar of readGrammars(file)) {
        if (this.#byName.has(grammar.name)) throw new Error(`two grammars of ${grammar.name}`);
        this.#byName.set(grammar.name, grammar);
      }
  }

  get all(): readonly Grammar[] {
    return [...this.#byName.values()];
  }

  /** The names of the deviations that are known: of rows, and of what parts lines. */
  get deviations(): readonly string[] {
    const of = (rows: readonly Row[]): string[] => rows.flatMap(({ deviations, children }) => [...deviations.map(({ name }) => name), ...of(children)]);
    return [...new Set([NO_LINE_BREAK, ...this.all.flatMap(({ rows }) => of(rows))])].sort();
  }

  named(name: string): Grammar | undefined {
    return this.#byName.get(name);
  }

  of(type: string, version: string): Grammar | undefined {
    return this.#byName.get(version === '' ? type : `${type}/${version}`);
  }

  /** The versions of a message that there are. */
  versions(type: string): readonly string[] {
    return this.all.filter((each) => each.type === type).map(({ version }) => version);
  }
}
