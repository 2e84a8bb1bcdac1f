import { createHash } from 'node:crypto';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { EdiAddress } from '../../diagnostics/place.ts';
import type { MapSyntax } from '../../maps/compile.ts';
import type { Format } from '../../maps/model.ts';
import type { OutEncoding } from '../../partners/partner.ts';
import type { ConfigFile } from '../../partners/config.ts';
import { cargoImpSegments, grammarDirectory } from '../../syntax/cargoimp/directory.ts';
import type { Grammars } from '../../syntax/cargoimp/grammar.ts';
import { cargoImpReader } from '../../syntax/cargoimp/reader.ts';
import { cargoImpWriter } from '../../syntax/cargoimp/writer.ts';
import type { AgreedCharsets } from '../../syntax/charset.ts';
import { edifactReader } from '../../syntax/edifact/reader.ts';
import { edifactDirectory, edifactSegments } from '../../syntax/edifact/directory.ts';
import { edifactForm } from '../../syntax/edifact/syntax.ts';
import { edifactWriter } from '../../syntax/edifact/writer.ts';
import type { ReaderLimits } from '../../syntax/limits.ts';
import type { Layout } from '../../syntax/records/layout.ts';
import type { SegmentDirectory } from '../../syntax/segmented.ts';
import { withService, type Directory } from '../../syntax/segments/directory.ts';
import { segmentReader } from '../../syntax/segments/reader.ts';
import { structureCheck } from '../../syntax/segments/structure.ts';
import type { InterchangeWriter, MessageHeader, OutInterchange, SegmentedSyntax, Syntax, UnitHandler, UnitReader } from '../../syntax/unit.ts';
import { x12Directory, x12Segments } from '../../syntax/x12/directory.ts';
import { x12Form } from '../../syntax/x12/syntax.ts';
import { x12Writer } from '../../syntax/x12/writer.ts';
import { withHead } from '../../syntax/xml/head.ts';
import { jsonReader } from '../../syntax/json/reader.ts';
import { jsonWriter } from '../../syntax/json/writer.ts';
import { xmlReader } from '../../syntax/xml/reader.ts';
import { xmlWriter } from '../../syntax/xml/writer.ts';
import { recordReader } from '../../syntax/records/reader.ts';
import { recordDirectory, recordSegments } from '../../syntax/records/segments.ts';
import { recordWriter } from '../../syntax/records/writer.ts';
import { syntaxVersionFor, type Directories } from '../library/directories.ts';
import type { DocumentSchemas } from '../library/document-schemas.ts';
import type { Layouts } from '../library/layouts.ts';
import { x12Tables } from '../library/x12-tables.ts';
import { charsetIn } from './encoding.ts';

/**
 * A syntax, as everything above `syntax/` sees it. Whatever is done with messages is done for all of them; where they differ
 * is a column here. Another syntax is a room of its own below `syntax/`, its mark in `detect.ts`, and a row.
 */
export interface SyntaxRow {
  readonly media: string;
  readonly extension: string; // of files
  readonly single: boolean; // a file is one message, and nothing stands around it
  /** Where the sender, the recipient and the reference of an interchange stand; undefined where it has none and the caller is the sender. */
  readonly envelope: Readonly<Record<EnvelopePart, EdiAddress>> | undefined;
  reader(handler: UnitHandler, setup: ReaderSetup): UnitReader;
  writer(sink: DocumentSink, setup: WriterSetup): InterchangeWriter;
  /** For people: one unit a line. */
  text(bytes: Uint8Array): string;
}

export type EnvelopePart = 'sender' | 'recipient' | 'reference';

export interface ReaderSetup {
  readonly source?: string | undefined; // file name, for places
  readonly grammars: Grammars;
  readonly layout?: Layout | undefined; // of records
  readonly documents?: DocumentSchemas | undefined; // by which JSON is known
  readonly tables?: SegmentedTables | undefined; // by which segments around messages are checked, and messages where `structure` says so
  readonly structure?: boolean;
  readonly headersOnly?: boolean; // what stands in messages may be jumped over, and nothing is said of it
  readonly limits?: ReaderLimits | undefined; // those of `readerLimits` where nobody configured others
  readonly charsets?: AgreedCharsets | undefined; // what was agreed with the sender
}

export interface WriterSetup {
  readonly directory: string; // of the messages; '' where the syntax has none
  readonly grammars: Grammars;
  readonly layouts: Layouts;
  readonly documents: DocumentSchemas;
  readonly tables: SegmentedTables;
  readonly interchange: OutInterchange;
  readonly encoding?: OutEncoding | undefined; // of its text, where the syntax leaves a choice
}

export interface DocumentSink {
  bytes(chunk: Uint8Array): void; // which it may keep
  /** `fact`: the number of the fact that is spoken of, -1 where it is none. */
  finding(diagnostic: Diagnostic, fact?: number): void;
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');

export const syntaxes: Readonly<Record<Syntax, SyntaxRow>> = {
  edifact: {
    media: 'application/edifact',
    extension: 'edi',
    single: false,
    envelope: {
      sender: { tag: 'UNB', segment: 0, element: 3, component: 1, id: 'S002.0004' },
      recipient: { tag: 'UNB', segment: 0, element: 4, component: 1, id: 'S003.0010' },
      reference: { tag: 'UNB', segment: 0, element: 6, id: '0020' },
    },
    reader(handler, { source = '', tables, structure, headersOnly, limits, charsets }) {
      if (headersOnly) return edifactReader(handler, { limits: limits?.edifact, charsets, headersOnly });
      const checked = tables && structure ? structureCheck(handler, { directory: tables.edifact.of, form: edifactForm }) : handler;
      return edifactReader(checked, { source, limits: limits?.edifact, charsets, service: tables?.edifact.around });
    },
    writer: (sink, { directory, interchange, encoding: { identifier = 'UNOC', charset, service } = {} }) =>
      edifactWriter(sink, { interchange, syntaxVersion: syntaxVersionFor(directory), syntaxIdentifier: identifier, charset, serviceString: service }),
    text: (bytes) => latin1(bytes).replace(/'(?=[A-Z]{3}[+'])/g, "'\n"),
  },
  cargoimp: {
    media: 'application/cargo-imp',
    extension: 'imp',
    single: false,
    envelope: undefined, // a Type B heading may name a sender, and need not
    reader: (handler, { source = '', grammars, limits }) => cargoImpReader(handler, { grammars, source, limits: limits?.cargoimp }),
    writer: (sink, { grammars, interchange }) => cargoImpWriter(sink, { grammars, interchange }),
    text: latin1,
  },
  records: {
    media: 'text/plain',
    extension: 'txt',
    single: false,
    envelope: undefined, // a record may name a sender, and need not
    reader: (handler, { source = '', layout, limits }) => recordReader(layout!, handler, { source, limits: limits?.records }),
    writer: ({ bytes, finding }, { directory, layouts, interchange }) => recordWriter(layouts.get(directory)!, bytes, { interchange, finding }),
    text: latin1,
  },
  x12: {
    media: 'application/edi-x12',
    extension: 'x12',
    single: false,
    envelope: {
      sender: { tag: 'ISA', segment: 0, element: 7, id: 'ISA06' },
      recipient: { tag: 'ISA', segment: 0, element: 9, id: 'ISA08' },
      reference: { tag: 'ISA', segment: 0, element: 14, id: 'ISA13' },
    },
    reader(handler, { source = '', tables, structure, limits, charsets }) {
      const checked = tables && structure ? structureCheck(handler, { directory: tables.x12.of, form: x12Form }) : handler;
      return segmentReader(x12Form, checked, { source, limits: limits?.x12, charsets, service: tables?.x12.around });
    },
    writer: (sink, { directory, interchange, tables, encoding }) =>
      x12Writer(sink, { interchange, version: directory, charset: charsetIn(encoding), groupOf: (set) => tables.x12.get(directory)?.message(set)?.agency }),
    text: (bytes) => latin1(bytes).replace(/~(?=[A-Z])/g, '~\n'),
  },
  xml: {
    media: 'application/xml',
    extension: 'xml',
    single: true,
    envelope: undefined,
    reader: (handler, { source = '', limits }) => xmlReader(withHead(handler), { source, limits: limits?.xml }),
    writer: ({ bytes, finding }) => Object.assign(xmlWriter(bytes, { finding }), { end: () => undefined }),
    text: (bytes) => Buffer.from(bytes).toString().replaceAll('><', '>\n<'),
  },
  json: {
    media: 'application/json',
    extension: 'json',
    single: false,
    envelope: undefined, // a document may name a sender, and need not
    reader: (handler, { source = '', documents, limits }) => jsonReader(handler, { source, schemas: documents?.all ?? [], limits: limits?.json }),
    writer: ({ bytes, finding }, { documents }) => Object.assign(jsonWriter(bytes, { schema: documents.get, finding }), { end: () => undefined }),
    text: (bytes) =>
      Buffer.from(bytes)
        .toString()
        .replace(/[,[{](?=["{])/g, '$&\n'),
  },
};

export const writerFor = (
  { grammars, layouts, documents, segmented: tables }: Pick<WriterSetup, 'grammars' | 'layouts' | 'documents'> & { readonly segmented: SegmentedTables },
  format: Format,
  sink: DocumentSink,
  interchange: OutInterchange,
  encoding?: OutEncoding,
): InterchangeWriter =>
  syntaxes[format.family].writer(sink, {
    directory: format.kind === 'segmented' ? format.directory : '',
    grammars,
    layouts,
    documents,
    tables,
    interchange,
    encoding,
  });

/** What directories are made from. */
export interface Tables {
  readonly files: readonly ConfigFile[]; // below schemas/ of the program, and directories/ of the configuration
  readonly directories: Directories;
  readonly grammars: Grammars;
  readonly layouts: Layouts;
}

/** A segmented syntax with the directories at hand. */
export interface SegmentTables extends MapSyntax {
  /** What a directory says, as text. */
  files(name: string): readonly ConfigFile[];
}

/** One whose messages have envelopes and a published structure. */
export interface DirectoryTables extends SegmentTables {
  get(name: string): Directory | undefined;
  /** The tables for a message: its directory's, or the nearest's. */
  of(header: MessageHeader): Directory | undefined;
  /** Those by which the segments around messages are checked. */
  around(syntaxVersion: string): Directory | undefined;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const segmented = {
  edifact({ directories: { get, of, service: around, hash, files } }: Tables): DirectoryTables {
    // Maps name service segments too. Which generation makes no difference to them: UNH, UNS and UNT are alike in what maps may bind.
    const made = new Map<string, SegmentDirectory>(); // one for all maps of a directory: what they ask it is asked again by the next
    const directory = (name: string): SegmentDirectory | undefined => {
      const known = made.get(name);
      const found = known ? undefined : get(name);
      if (!found) return known;
      const services = get('service-3');
      const together = edifactDirectory(services ? withService(found, services) : found);
      made.set(name, together);
      return together;
    };
    return { ...edifactSegments, get, of, around, directory, directoryHash: hash, files: (name) => [name, 'service-3', 'service-4'].flatMap(files) };
  },
  x12({ files }: Tables): DirectoryTables {
    const tables = x12Tables(files);
    return { ...x12Segments, ...tables, directory: (name) => mapped(tables.get(name), x12Directory) };
  },
  cargoimp({ grammars }: Tables): SegmentTables {
    const files = (name: string): readonly ConfigFile[] => [grammars.named(name)?.file ?? []].flat();
    const directoryHash = (name: string): string => sha256(grammars.named(name)?.file.text ?? '');
    return { ...cargoImpSegments, directory: (name) => mapped(grammars.named(name), grammarDirectory), directoryHash, files };
  },
  records({ layouts: { get, hash, files } }: Tables): SegmentTables {
    return { ...recordSegments, directory: (name) => mapped(get(name), recordDirectory), directoryHash: hash, files };
  },
} satisfies Readonly<Record<SegmentedSyntax, (tables: Tables) => SegmentTables>>;

const mapped = <T, U>(value: T | undefined, make: (value: T) => U): U | undefined => (value === undefined ? undefined : make(value));

export type SegmentedTables = { readonly [K in SegmentedSyntax]: ReturnType<(typeof segmented)[K]> };

export const openSegmented = (tables: Tables): SegmentedTables =>
  Object.fromEntries(Object.entries(segmented).map(([name, open]) => [name, open(tables)])) as unknown as SegmentedTables;

/** The ending of files of a media type. */
export const extensionOf = (media: string): string => Object.values(syntaxes).find((each) => each.media === media.split(';')[0])?.extension ?? 'bin';
