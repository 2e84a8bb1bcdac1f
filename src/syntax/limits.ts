/**
 * What a sender may send at most, and the one place where it stands. Beyond a limit a finding names the byte, what was begun is
 * passed over without being kept, and reading goes on with the next message where there is one.
 *
 * `limits` of gateway.yaml overrides; its schema (schemas/config) states the same numbers, and a test holds the two together.
 */
export interface EdifactLimits {
  readonly groups: number; // of an interchange
  readonly messages: number; // of an interchange
  readonly segments: number; // of a message, UNH and UNT included
  readonly segmentBytes: number; // of a segment, its terminator included
  readonly elements: number; // of a segment; keys of atoms hold 32,767
  readonly components: number; // of an element, in one occurrence; keys of atoms hold 65,535
  readonly repetitions: number; // of an element
  readonly componentBytes: number; // of a component, release characters included
}

export interface XmlLimits {
  readonly documents: number; // in one envelope
  readonly elements: number; // of a document
  readonly depth: number; // elements open at once
  readonly attributes: number; // of one element, namespace declarations included
  readonly names: number; // different names in a document
  readonly nameBytes: number; // of a name, its prefix included
  readonly tagBytes: number; // of a start tag
  readonly textBytes: number; // of the content of an element without children, of a comment, of an instruction
}

export interface JsonLimits {
  readonly documents: number; // of the input
  readonly values: number; // of a document: objects, arrays and what stands in them
  readonly depth: number; // objects and arrays open at once
  readonly members: number; // of an object
  readonly nameBytes: number; // of a name, as it is written
  readonly numberBytes: number; // of a number
  readonly textBytes: number; // of a text, as it is written
}

export interface CargoImpLimits {
  readonly messages: number; // of the input
  readonly lines: number; // of a message
  readonly lineBytes: number; // of a line, its line break apart; the standard has 69
}

export interface RecordLimits {
  readonly records: number; // of a message
  readonly recordBytes: number; // of a record without its line end
}

export interface ReaderLimits {
  readonly edifact: EdifactLimits;
  readonly x12: EdifactLimits;
  readonly xml: XmlLimits;
  readonly json: JsonLimits;
  readonly cargoimp: CargoImpLimits;
  readonly records: RecordLimits;
}

const segments: EdifactLimits = {
  groups: 10_000,
  messages: 100_000,
  segments: 1_000_000,
  segmentBytes: 262_144,
  elements: 1_000,
  components: 1_000,
  repetitions: 1_000,
  componentBytes: 65_536,
};

export const readerLimits: ReaderLimits = {
  edifact: segments,
  x12: segments,
  xml: { documents: 100_000, elements: 10_000_000, depth: 100, attributes: 100, names: 2_000, nameBytes: 256, tagBytes: 65_536, textBytes: 8_388_608 },
  json: { documents: 100_000, values: 50_000_000, depth: 100, members: 10_000, nameBytes: 256, numberBytes: 1_024, textBytes: 8_388_608 },
  cargoimp: { messages: 100_000, lines: 100_000, lineBytes: 1_024 },
  records: { records: 1_000_000, recordBytes: 65_536 },
};
