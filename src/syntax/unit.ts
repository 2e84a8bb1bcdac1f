import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Place } from '../diagnostics/place.ts';

/**
 * The one unit that every reader yields: a tag and a table of spans into the bytes.
 *
 * A reader hands out ONE mutable view and moves it; whoever wants to keep something copies it out.
 * Nothing is decoded until `text` is called.
 *
 * An *atom* is a non-empty piece of data: an EDIFACT component, the text of an XML element, an XML attribute.
 *
 *   EDIFACT   NAD+CZ+128942:160+…      atoms: CZ key(1,1) · 128942 key(2,1) · 160 key(2,2)
 *   XML       <ID schemeID="x">42</ID>  atoms: x key(1,0) name 'schemeID' · 42 key(0,0)
 */
export interface Unit {
  /** `segment`: stands alone (EDIFACT, records). XML and JSON: `leaf` has no child element; `open`/`close` bracket children. */
  readonly kind: 'segment' | 'leaf' | 'open' | 'close';
  readonly tag: string; // segment tag, XML local name, or JSON member
  readonly position: number; // DE 0096 (UNH is 1); XML: ordinal of the element in the document, from 1
  readonly bytes: Uint8Array; // the window the spans point into
  readonly base: number; // offset of bytes[0] in the source
  readonly start: number; // of the whole unit, in `bytes`
  readonly end: number; // exclusive; the segment terminator is inside
  readonly size: number; // number of atoms
  readonly keys: Int32Array; // per atom: see `atomKey`
  readonly repetitions: Int32Array; // per atom: from 0, by repetition separator
  readonly starts: Int32Array; // per atom, in `bytes`
  readonly ends: Int32Array; // per atom, exclusive
  /** XML attribute name (local) of an atom; undefined for text and for EDIFACT. */
  name(atom: number): string | undefined;
  /** The decoded value: charset applied, release characters and entities resolved. */
  text(atom: number): string;
  /** The place of an atom, or of the whole unit. */
  place(atom?: number): Place;
  /** The text of a child element, where the unit was held until its children were known. */
  child?(tag: string): string | undefined;
  /** Where some of its atoms are stated by another unit, which answers for them. */
  readonly shared?: Shared | undefined;
}

/** A unit that goes on with what another has stated: such an atom is a reference, with the text and the place it has there, and counts there alone. */
export interface Shared {
  readonly own: number; // atoms that count here
  isAgain(atom: number): boolean;
  /** Where an atom stands: in which unit, and under which key there. */
  positionOf(atom: number): number;
  keyOf(atom: number): number;
}

/** (element, component), both from 1, in one integer; XML text is 0, XML attributes are (n, 0). */
export const atomKey = (element: number, component: number): number => (element << 16) | component;
export const keyElement = (key: number): number => key >>> 16;
export const keyComponent = (key: number): number => key & 0xffff;

/** A text without the blanks around it. Nearly all have none, and it shows at their ends. */
export function withoutBlanks(text: string): string {
  const { length } = text;
  return length > 0 && isVisible(text.charCodeAt(0)) && isVisible(text.charCodeAt(length - 1)) ? text : text.trim();
}

const isVisible = (code: number): boolean => code > 0x20 && code < 0x7f;

/**
 * The syntaxes that are read and written. Segmented ones differ in how bytes become units and in what stands around messages;
 * what is done with units is the same for all of them. `gateway/translation/syntaxes.ts` has a row for each.
 */
export const segmentedSyntaxes = ['edifact', 'x12', 'cargoimp', 'records'] as const;
export type SegmentedSyntax = (typeof segmentedSyntaxes)[number];
export const nestedSyntaxes = ['xml', 'json'] as const; // documents: what is in them nests
export type NestedSyntax = (typeof nestedSyntaxes)[number];
export type Syntax = SegmentedSyntax | NestedSyntax;

/** What stands around messages: UNB…UNZ, or an XML document. Absent parts are undefined. */
export interface Interchange {
  readonly syntax: Syntax;
  readonly index: number; // in the file, from 1
  readonly charset: { readonly declared: string; readonly detected: string };
  readonly syntaxVersion?: string; // S001 0002
  readonly sender?: string; // S002 0004
  readonly senderQualifier?: string; // 0007
  readonly recipient?: string; // S003 0010
  readonly recipientQualifier?: string;
  readonly preparedAt?: string; // S004 as stated: 'YYMMDD:HHMM' or 'CCYYMMDD:HHMM'
  readonly reference?: string; // 0020
  readonly acknowledgementRequest?: string; // 0031
  readonly testIndicator?: string; // 0035; X12 ISA15 `T` is '1'
  readonly applicationReference?: string; // 0026
  readonly start: number; // offset in the source
}

/** What a message says of itself, in every syntax. */
export interface MessageHeader {
  readonly index: number; // in the file, from 1
  readonly type: string; // 0065, e.g. 'IFTMIN'; XML: local name of the document element; JSON: name of the schema
  readonly version?: string; // 0052
  readonly release?: string; // 0054
  readonly agency?: string; // 0051
  readonly association?: string; // 0057
  readonly reference?: string; // 0062
  readonly namespace?: string; // XML
  readonly head?: ReadonlyMap<string, string>; // XML: the first elements by their path, each with its text
  readonly directory?: string; // 'D95B'
  readonly group?: MessageGroup; // where the interchange has groups
  readonly interchange: Interchange;
  readonly start: number; // offset in the source
}

/** The functional group (UNG, GS) that holds a message. */
export interface MessageGroup {
  readonly index: number; // in the interchange, from 1
  readonly reference: string; // 0048, GS06
  readonly type?: string; // X12 GS01
  readonly version?: string; // X12 GS08
  readonly sender?: string; // S006 0040
  readonly senderQualifier?: string;
  readonly recipient?: string; // S007 0044
  readonly recipientQualifier?: string;
}

/** What readers call, in the order of the bytes. UNH and UNT are handed to `unit` too; UNB, UNG, UNE, UNZ are not. */
export interface UnitHandler {
  interchange?(interchange: Interchange): void;
  message?(header: MessageHeader): void;
  unit?(unit: Unit): void;
  messageEnd?(header: MessageHeader): void;
  interchangeEnd?(interchange: Interchange, end: number): void;
  finding?(finding: Diagnostic): void;
}

/** A reader takes chunks of any size; the units are the same however the input is cut. */
export interface UnitReader {
  push(chunk: Uint8Array): void;
  end(): void;
}

/** What a build writes: the atoms of one unit, in any order; the writer sorts and separates. */
export interface OutAtoms {
  readonly size: number;
  readonly keys: readonly number[];
  readonly repetitions: readonly number[];
  readonly names: readonly (string | undefined)[]; // XML attribute names
  readonly texts: readonly string[];
  readonly facts: readonly number[]; // which fact each atom states (`Rows.factIndex`), -1 for none: for traces
}

/** One message is written between `beginMessage` and `endMessage`; bytes go to the sink given to the writer. */
export interface UnitWriter {
  beginMessage(header: OutHeader): void;
  /** Why a unit cannot be written here, in words that follow its name; asked before `unit`, by formats that are strict about it. */
  refusal?(tag: string, atoms: OutAtoms): string | undefined;
  /** What is wrong with a character in a text of `tag`, whatever text it is; undefined where it can be written. Absent: all can. */
  readonly unwritable?: (character: string, tag: string) => Diagnostic | undefined;
  /** A segment, or an XML element without children. */
  unit(tag: string, atoms: OutAtoms): void;
  /** An XML element with children; EDIFACT writers never get these. */
  open(tag: string, atoms: OutAtoms): void;
  close(tag: string): void;
  endMessage(): void;
}

/** Ends what stands around the messages: nothing can be written after it. A document ends with its message. */
export interface InterchangeWriter extends UnitWriter {
  end(): void;
}

/** What is written around messages, where the syntax has a place for it. Values are written as given; empty ones are left out. */
export interface OutInterchange {
  readonly sender: string;
  readonly senderQualifier?: string | undefined;
  readonly recipient: string;
  readonly recipientQualifier?: string | undefined;
  readonly preparedAt: string; // 'YYMMDD:HHMM' or 'CCYYMMDD:HHMM'
  readonly reference: string; // 0020
  readonly applicationReference?: string | undefined; // 0026
  readonly acknowledgementRequest?: string | undefined; // 0031
  readonly testIndicator?: string | undefined; // 0035
}

export interface OutHeader {
  readonly type: string; // EDIFACT 0065; XML document element; JSON: name of the schema
  readonly version?: string;
  readonly release?: string;
  readonly agency?: string;
  readonly association?: string;
  readonly reference?: string;
  readonly namespace?: string;
  readonly prefix?: string; // of the document element, where it alone has the namespace
}

/** 0035 of what answers an interchange: a test is answered as a test, whichever of the signs for one it had. */
export const testIndicatorOf = ({ testIndicator = '' }: Pick<Interchange, 'testIndicator'>): string | undefined => (testIndicator === '' ? undefined : '1');
