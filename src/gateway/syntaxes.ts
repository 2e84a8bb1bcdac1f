import { createHash } from 'node:crypto';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { EdiAddress } from '../diagnostics/place.ts';
import type { MapSyntax, MapSyntaxes } from '../maps/compile.ts';
import type { Format } from '../maps/model.ts';
import type { OutEncoding } from '../partners/agency.ts';
import type { ConfigFile } from '../partners/config.ts';
import { cargoImpSegments, grammarDirectory } from '../syntax/cargoimp/directory.ts';
import type { Grammars } from '../syntax/cargoimp/grammar.ts';
import { cargoImpReader } from '../syntax/cargoimp/reader.ts';
import { cargoImpWriter } from '../syntax/cargoimp/writer.ts';
import type { AgreedCharsets } from '../syntax/charset.ts';
import { withService } from '../syntax/edifact/directory.ts';
import { edifactReader } from '../syntax/edifact/reader.ts';
import { edifactDirectory, edifactSegments } from '../syntax/edifact/segments.ts';
import { structureCheck } from '../syntax/edifact/structure.ts';
import { edifactWriter } from '../syntax/edifact/writer.ts';
import type { ReaderLimits } from '../syntax/limits.ts';
import type { Layout } from '../syntax/records/layout.ts';
import type { SegmentDirectory } from '../syntax/segmented.ts';
import type { InterchangeWriter, OutInterchange, SegmentedSyntax, Syntax, UnitHandler, UnitReader } from '../syntax/unit.ts';
import { withHead } from '../syntax/xml/head.ts';
import { xmlReader } from '../syntax/xml/reader.ts';
import { xmlWriter } from '../syntax/xml/writer.ts';
import { recordReader } from '../syntax/records/reader.ts';
import { recordDirectory, recordSegments } from '../syntax/records/segments.ts';
import { recordWriter } from '../syntax/records/writer.ts';
import { syntaxVersionFor, type Directories } from './directories.ts';
import type { Layouts } from './layouts.ts';

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
  readonly tables?: Directories | undefined; // by which segments around messages are checked, and messages where `structure` says so
  readonly structure?: boolean;
  readonly headersOnly?: boolean; // what stands in messages may be jumped over, and nothing is said of it
  readonly limits?: ReaderLimits | undefined; // those of `readerLimits` where nobody configured others
  readonly charsets?: AgreedCharsets | undefined; // what was agreed with the sender
}

export interface WriterSetup {
  readonly directory: string; // of the messages; '' where the syntax has none
  readonly grammars: Grammars;
  readonly layouts: Layouts;
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
      const checked = tables && structure ? structureCheck(handler, { directory: tables.of }) : handler;
      return edifactReader(checked, { source, limits: limits?.edifact, charsets, service: tables?.service });
    },
    writer: (sink, { directory, interchange, encoding: { identifier = 'UNOC', charset } = {} }) =>
      edifactWriter(sink, { interchange, syntaxVersion: syntaxVersionFor(directory), syntaxIdentifier: identifier, charset }),
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
  xml: {
    media: 'application/xml',
    extension: 'xml',
    single: true,
    envelope: undefined,
    reader: (handler, { source = '', limits }) => xmlReader(withHead(handler), { source, limits: limits?.xml }),
    writer: ({ bytes, finding }) => Object.assign(xmlWriter(bytes, { finding }), { end: () => undefined }),
    text: (bytes) => Buffer.from(bytes).toString().replaceAll('><', '>\n<'),
  },
};

export const writerFor = (
  { grammars, layouts }: Pick<Tables, 'grammars' | 'layouts'>,
  format: Format,
  sink: DocumentSink,
  interchange: OutInterchange,
  encoding?: OutEncoding,
): InterchangeWriter =>
  syntaxes[format.family].writer(sink, { directory: format.kind === 'segmented' ? format.directory : '', grammars, layouts, interchange, encoding });

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

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const segmented: Readonly<Record<SegmentedSyntax, (tables: Tables) => SegmentTables>> = {
  edifact({ directories: { get, hash, files } }) {
    // Maps name service segments too. Which generation makes no difference to them: UNH, UNS and UNT are alike in what maps may bind.
    const directory = (name: string): SegmentDirectory | undefined => {
      const [found, service] = [get(name), get('service-3')];
      return found && edifactDirectory(service ? withService(found, service) : found);
    };
    return { ...edifactSegments, directory, directoryHash: hash, files: (name) => [name, 'service-3', 'service-4'].flatMap(files) };
  },
  cargoimp({ grammars }) {
    const directory = (name: string): SegmentDirectory | undefined => {
      const grammar = grammars.named(name);
      return grammar && grammarDirectory(grammar);
    };
    const files = (name: string): readonly ConfigFile[] => [grammars.named(name)?.file ?? []].flat();
    return { ...cargoImpSegments, directory, directoryHash: (name) => sha256(grammars.named(name)?.file.text ?? ''), files };
  },
  records({ layouts: { get, hash, files } }) {
    const directory = (name: string): SegmentDirectory | undefined => {
      const layout = get(name);
      return layout && recordDirectory(layout);
    };
    return { ...recordSegments, directory, directoryHash: hash, files };
  },
};

export type SegmentedTables = MapSyntaxes & Readonly<Record<SegmentedSyntax, SegmentTables>>;

export const openSegmented = (tables: Tables): SegmentedTables =>
  Object.fromEntries(Object.entries(segmented).map(([name, open]) => [name, open(tables)])) as unknown as SegmentedTables;
