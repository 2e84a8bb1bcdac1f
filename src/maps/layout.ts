import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import { readYaml, type TextFile, type YamlKind } from '../language/file.ts';
import { unknownName, type Loaded } from '../language/loaded.ts';
import { encodingNamed, encode, type Encoding } from '../syntax/charset.ts';
import type { ColumnType } from '../syntax/records/column.ts';
import type { Column, ColumnOf, CountLayout, Layout, Mark, RecordLayout } from '../syntax/records/layout.ts';

/** A layout file, as schemas/config/layout.schema.json describes it. */
interface Stated {
  readonly layout: string;
  readonly title: string;
  readonly charset: string;
  readonly form: 'fixed' | 'delimited';
  readonly width?: string;
  readonly ends?: 'lines' | 'none';
  readonly separator?: string;
  readonly quote?: string;
  readonly header?: 'required' | 'none';
  readonly interchange?: { readonly [K in 'header' | 'trailer' | 'sender' | 'recipient' | 'reference' | 'preparedAt']?: string };
  readonly message?: { readonly from?: string; readonly to?: string; readonly reference?: string };
  readonly counts?: readonly { readonly at: string; readonly of?: readonly string[]; readonly within: CountLayout['within']; readonly itself?: 'yes' | 'no' }[];
  readonly records: Readonly<Record<string, StatedRecord>>;
}

interface StatedRecord {
  readonly title?: string;
  readonly marks?: Readonly<Record<string, string>>;
  readonly under?: string;
  readonly occurs?: string;
  readonly columns: Readonly<Record<string, string | StatedColumn>>;
}

interface StatedColumn {
  readonly at?: string;
  readonly heading?: string;
  readonly length?: string;
  readonly as?: ColumnType;
  readonly decimals?: string;
  readonly sign?: Column['sign'];
  readonly point?: string;
  readonly fill?: 'left' | 'right';
  readonly is?: string;
  readonly required?: 'yes' | 'no';
}

/** Reads a layout of records. What contradicts itself is a finding at its key, and there is no layout then. */
export function readLayout(file: TextFile, kind: YamlKind): { readonly layout: Layout | undefined; readonly findings: readonly Diagnostic[] } {
  const findings: Diagnostic[] = [];
  const loaded = readYaml<Stated>(file, kind, findings, { strings: true });
  if (!loaded) return { layout: undefined, findings };
  const encoding = encodingNamed(loaded.value.charset);
  if (!encoding) findings.push(wrong('`charset`', `\`${loaded.value.charset}\` has no table`, loaded, 'charset'));
  const layout = layoutOf(loaded.value, encoding ?? 'ascii');
  findings.push(...checkNames(loaded, layout), ...checkColumns(loaded, layout), ...checkMarks(loaded, layout));
  return { layout: findings.length === 0 ? layout : undefined, findings };
}

function layoutOf(stated: Stated, encoding: Encoding): Layout {
  const { form, width = '0', ends = 'lines', separator = ',', quote = '"', header = 'none', interchange = {}, message = {}, counts = [] } = stated;
  return {
    name: stated.layout,
    title: stated.title,
    encoding,
    form: form === 'fixed' ? { kind: form, width: Number(width), lines: ends === 'lines' } : { kind: form, separator, quote, header },
    records: Object.entries(stated.records).map(([tag, record]) => recordOf(tag, record, form === 'fixed')),
    interchange: {
      header: interchange.header,
      trailer: interchange.trailer,
      sender: columnOf(interchange.sender),
      recipient: columnOf(interchange.recipient),
      reference: columnOf(interchange.reference),
      preparedAt: columnOf(interchange.preparedAt),
    },
    message: { from: message.from, to: message.to, reference: columnOf(message.reference) },
    counts: counts.map(({ at, of = [], within, itself }) => ({ ...(columnOf(at) as ColumnOf), of, within, itself: itself !== 'no' })),
  };
}

function recordOf(tag: string, { title = tag, marks = {}, under = '', occurs = '0..n', columns }: StatedRecord, fixed: boolean): RecordLayout {
  const [min = '0', max = 'n'] = occurs.split('..');
  const placed: Column[] = [];
  for (const [name, stated] of Object.entries(columns)) placed.push(column(name, typeof stated === 'string' ? { at: stated } : stated, placed.at(-1), fixed));
  return {
    tag,
    title,
    marks: Object.entries(marks).map(([at, text]): Mark => ({ at: Number(at) - 1, text })),
    columns: placed.sort((a, b) => a.at - b.at).map((each, i) => ({ ...each, number: i + 1 })),
    under,
    min: Number(min),
    max: max === 'n' ? Infinity : Number(max),
  };
}

function column(name: string, stated: StatedColumn, before: Column | undefined, fixed: boolean): Column {
  const { at = '', as = 'text', sign = 'none', point = '.', decimals, is, fill, heading = name, required } = stated;
  const [from, to] = at === '' ? [before ? before.at + (fixed ? before.length : 1) + 1 : 1, undefined] : at.split('-').map(Number);
  const length = fixed ? (to ?? from ?? 1) - (from ?? 1) + 1 : Number(stated.length ?? 0);
  return {
    name,
    number: 0,
    at: (from ?? 1) - 1,
    length,
    type: as,
    decimals: decimals === undefined ? (as === 'packed' || as === 'binary' ? 0 : undefined) : Number(decimals),
    sign,
    point,
    right: fill === 'left',
    constant: is,
    required: required === 'yes',
    heading,
  };
}

function columnOf(stated: string | undefined): ColumnOf | undefined {
  const [record = '', name = ''] = stated?.split('.') ?? [];
  return stated === undefined ? undefined : { record, column: name };
}

/** Records and columns that are named and not there. */
function checkNames({ value, at }: Loaded<Stated>, { records }: Layout): Diagnostic[] {
  const tags = records.map(({ tag }) => tag);
  const findings: Diagnostic[] = [];
  const record = (name: string | undefined, ...keys: (string | number)[]): void => {
    if (name !== undefined && !tags.includes(name)) findings.push(unknownName('record', name, at(...keys), tags));
  };
  const named = (name: string | undefined, ...keys: (string | number)[]): void => {
    const of = columnOf(name);
    const found = of && records.find(({ tag }) => tag === of.record);
    if (of && !found) findings.push(unknownName('record', of.record, at(...keys), tags));
    const columns = found?.columns.map((each) => each.name) ?? [];
    if (of && found && !columns.includes(of.column)) findings.push(unknownName('column', of.column, at(...keys), columns));
  };
  const { header, trailer, ...facts } = value.interchange ?? {};
  record(header, 'interchange', 'header');
  record(trailer, 'interchange', 'trailer');
  for (const [fact, name] of Object.entries(facts)) named(name, 'interchange', fact);
  record(value.message?.from, 'message', 'from');
  record(value.message?.to, 'message', 'to');
  named(value.message?.reference, 'message', 'reference');
  value.counts?.forEach((count, i) => {
    named(count.at, 'counts', i, 'at');
    count.of?.forEach((name, k) => record(name, 'counts', i, 'of', k));
  });
  for (const [tag, { under }] of Object.entries(value.records)) record(under, 'records', tag, 'under');
  return findings;
}

/** Columns that overlap, stand beyond the record, or are of a kind that its form has not. */
function checkColumns(loaded: Loaded<Stated>, { form, records }: Layout): Diagnostic[] {
  return records.flatMap(({ tag, columns, marks }) =>
    columns.flatMap((each, i): Diagnostic[] => {
      const { name, at, length, type, decimals, sign, constant } = each;
      const before = columns[i - 1];
      const size = form.kind === 'fixed' ? length : 1;
      const mark = form.kind === 'delimited' && form.header === 'none' ? marks.find((each) => each.at === at && each.text !== constant) : undefined;
      const faults = [
        form.kind === 'fixed' && length < 1 && 'ends before it begins',
        before && before.at + (form.kind === 'fixed' ? before.length : 1) > at && `overlaps \`${before.name}\``,
        form.kind === 'fixed' && form.width > 0 && at + size > form.width && `ends at ${at + size}, the record at ${form.width}`,
        mark && `is field ${at + 1}, where the mark \`${mark.text}\` stands: another \`at\`, or \`is: ${mark.text}\``,
        form.kind === 'delimited' && /^(packed|packed-digits|binary)$/.test(type) && `\`${type}\` is written in columns of bytes`,
        decimals !== undefined && (type === 'text' || type === 'digits' || type === 'packed-digits') && `\`${type}\` has no decimals`,
        sign !== 'none' && (type === 'text' || type === 'digits' || type === 'packed-digits') && `\`${type}\` has no sign`,
        type === 'number' && decimals === undefined && sign !== 'none' && 'a number with a sign of its own needs `decimals`',
      ];
      return faults.filter((fault) => typeof fault === 'string').map((fault) => wrong(`\`${tag}.${name}\``, fault, loaded, 'records', tag, 'columns', name));
    }),
  );
}

/** Marks that the character set has not, or that make two records the same. */
function checkMarks(loaded: Loaded<Stated>, { records, encoding, form }: Layout): Diagnostic[] {
  const findings: Diagnostic[] = [];
  const seen = new Map<string, string>();
  for (const { tag, marks } of records) {
    for (const { text } of marks)
      if (!encode(encoding, text).ok) findings.push(wrong(`\`${tag}\``, `\`${text}\` cannot be written in ${encoding}`, loaded, 'records', tag, 'marks'));
    const key = marks
      .map(({ at, text }) => `${at}:${text}`)
      .sort()
      .join(' ');
    const twin = seen.get(key);
    if (twin !== undefined) findings.push(wrong(`\`${tag}\``, `nothing tells it from \`${twin}\``, loaded, 'records', tag, 'marks'));
    seen.set(key, tag);
  }
  if (form.kind === 'fixed' && !form.lines && form.width === 0) findings.push(wrong('`ends`', 'records without line ends need a `width`', loaded, 'ends'));
  if (form.kind === 'delimited' && form.header === 'required' && records.length > 1)
    findings.push(wrong('`header`', 'a header names the columns of one record', loaded, 'header'));
  return findings;
}

const wrong = (where: string, message: string, { at }: Loaded<Stated>, ...keys: string[]): Diagnostic =>
  finding('CONFIG_VALUE', { where, message }, { rule: at(...keys) });
