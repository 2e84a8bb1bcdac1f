import { BoundedFindings } from '../../diagnostics/bounded.ts';
import { finding, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { AgreedCharsets } from '../../syntax/charset.ts';
import { DETECT_BYTES, detectSyntax, type Detected } from '../../syntax/detect.ts';
import { layoutsOf } from '../../syntax/records/detect.ts';
import type { Layout } from '../../syntax/records/layout.ts';
import { plainHeaders } from '../../syntax/edifact/headers.ts';
import type { Interchange, MessageHeader, Syntax, UnitHandler, UnitReader } from '../../syntax/unit.ts';
import type { ReaderLimits } from '../../syntax/limits.ts';
import { canonicalReader, isCanonical, type FactHandler } from './canonical.ts';
import type { Library } from '../library/library.ts';
import { MessageReader, type MessageSink, type ReadingOptions } from './reading.ts';
import { syntaxes } from './syntaxes.ts';

export interface AnyReaderOptions {
  readonly source?: string | undefined; // file name, for places
  readonly structure?: boolean; // false: headers are read, and what stands in messages is not checked
  readonly headersOnly?: boolean; // what stands in messages may be jumped over, and nothing is said of it
  readonly limits?: ReaderLimits | undefined; // those of `readerLimits` where nobody configured others
  readonly charsets?: AgreedCharsets | undefined; // what was agreed with the sender
  readonly canonical?: boolean; // somebody says that it is canonical JSON
}

/**
 * The readers, behind one face: the first bytes decide which, whatever the label says. Structure is checked where the
 * directories say what it should be.
 */
export class AnyReader implements UnitReader {
  readonly #library: Library;
  readonly #handler: FactHandler;
  readonly #source: string;
  #reader: UnitReader | undefined;
  #held: Uint8Array = nothing; // until enough is there to decide
  #refused = false;
  readonly #structure: boolean;
  readonly #headersOnly: boolean;
  readonly #limits: ReaderLimits | undefined;
  readonly #charsets: AgreedCharsets | undefined;
  readonly #canonical: boolean;

  constructor(library: Library, handler: FactHandler, options: AnyReaderOptions = {}) {
    this.#library = library;
    this.#handler = handler;
    this.#source = options.source ?? '';
    this.#structure = options.structure ?? true;
    this.#headersOnly = options.headersOnly ?? false;
    this.#limits = options.limits;
    this.#charsets = options.charsets;
    this.#canonical = options.canonical ?? false;
  }

  push(chunk: Uint8Array): void {
    if (this.#refused) return;
    if (this.#reader) return this.#reader.push(chunk);
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    if (this.#held.length >= DETECT_BYTES) this.#decide();
  }

  end(): void {
    if (!this.#reader && !this.#refused) this.#decide();
    this.#reader?.end();
  }

  #decide(): void {
    const held = this.#held;
    this.#held = nothing;
    const found = detectAny(held, this.#library);
    if ('finding' in found) {
      this.#refused = true;
      const { finding } = found;
      this.#handler.finding?.(finding.data ? { ...finding, data: { ...finding.data, source: this.#source } } : finding);
      return;
    }
    const isFacts = this.#canonical || (found.syntax === 'json' && isCanonical(held.subarray(0, DETECT_BYTES)));
    this.#reader = isFacts ? canonicalReader(this.#handler, { source: this.#source, limits: this.#limits?.json }) : this.#units(found);
    this.#reader.push(held);
  }

  #units(found: Found): UnitReader {
    return syntaxes[found.syntax].reader(this.#handler, {
      source: this.#source,
      grammars: this.#library.grammars,
      layout: found.layout,
      documents: this.#library.documents,
      tables: this.#library.segmented,
      structure: this.#structure,
      headersOnly: this.#headersOnly,
      limits: this.#limits,
      charsets: this.#charsets,
    });
  }
}

interface Found {
  readonly syntax: Syntax;
  readonly layout?: Layout;
}

/** Records have no mark of their own: what is nothing else is asked whether a layout knows it. */
function detectAny(first: Uint8Array, { layouts }: Library): Found | Extract<Detected, { readonly finding: unknown }> {
  const found = detectSyntax(first);
  if (!('finding' in found) || found.finding.code !== 'SYNTAX_UNKNOWN') return found;
  const [layout, ...others] = layoutsOf(first, layouts.all);
  if (!layout) return found;
  if (others.length === 0) return { syntax: 'records', layout };
  const names = [layout, ...others].map(({ name }) => name);
  return { finding: finding('SYNTAX_AMBIGUOUS', { names: names.join(', ') }, { data: { source: '', start: 0, end: 0 }, expected: names }) };
}

const nothing = new Uint8Array(0);

/** Reads a whole interchange into a sink; gives back what was found outside every interchange. */
export function readBytes(library: Library, bytes: Uint8Array, sink: MessageSink, options: ReadingOptions = {}): readonly Diagnostic[] {
  const messages = new MessageReader(library, sink, options);
  const reader = new AnyReader(library, messages, options);
  reader.push(bytes);
  reader.end();
  messages.end();
  return messages.outside;
}

/** Reads bytes for what is wrong with them alone. */
export function readUnits(library: Library, bytes: Uint8Array, charsets?: AgreedCharsets): readonly Diagnostic[] {
  const check = unitCheck(library, charsets);
  check.push(bytes);
  return check.end();
}

/** The same for bytes that come in pieces. */
export function unitCheck(library: Library, charsets?: AgreedCharsets): { push(bytes: Uint8Array): void; end(): readonly Diagnostic[] } {
  const findings = new BoundedFindings();
  const reader = new AnyReader(library, { finding: (each) => findings.push(each) }, { charsets });
  return {
    push: (bytes) => reader.push(bytes),
    end() {
      reader.end();
      return findings.all();
    },
  };
}

/** What stands around the messages, read without a map. */
export interface Envelope {
  readonly interchanges: readonly Interchange[];
  readonly messages: readonly MessageHeader[]; // of a large body the first alone
  readonly findings: readonly Diagnostic[];
  readonly complete: boolean; // whether every message is listed
}

const piece = 256 * 1024; // some milliseconds: others get their turn in between

export interface EnvelopeOptions {
  readonly listed: number; // of more bytes the messages are not listed, since there may be very many
  readonly limits: ReaderLimits & { readonly interchanges: number };
  readonly charsets?: AgreedCharsets | undefined;
}

/**
 * Reads all envelopes, until there are more than the limits allow. Most are seen at a glance. Only where the headers alone show no sender
 * to answer the rest is read too, and says why.
 */
export async function readEnvelope(library: Library, bytes: Uint8Array, options: EnvelopeOptions): Promise<Envelope> {
  const plain = bytes.length <= piece ? plainHeaders(bytes, options.limits.edifact, options.charsets) : undefined;
  if (plain?.interchange.sender !== undefined) return { interchanges: [plain.interchange], messages: plain.messages, findings: [], complete: true };
  const headers = await readAround(library, bytes, options, true);
  const [first] = headers.interchanges;
  return first && (first.sender !== undefined || !syntaxes[first.syntax].envelope) ? headers : readAround(library, bytes, options, false);
}

async function readAround(library: Library, bytes: Uint8Array, { listed, limits, charsets }: EnvelopeOptions, headersOnly: boolean): Promise<Envelope> {
  const interchanges: Interchange[] = [];
  const messages: MessageHeader[] = [];
  const findings: Diagnostic[] = [];
  const handler: UnitHandler = {
    interchange: (interchange) => void interchanges.push(interchange),
    message: (header) => void ((complete || messages.length === 0) && messages.push(header)),
    finding: (each) => void ((complete || findings.length === 0) && findings.push(each)),
  };
  const reader = new AnyReader(library, handler, { structure: false, headersOnly, limits, charsets });
  const complete = bytes.length <= listed;
  for (let at = 0; at < bytes.length; at += piece) {
    if (at > 0) await new Promise(setImmediate);
    reader.push(bytes.subarray(at, at + piece));
    const [first] = interchanges;
    const isWhole = !complete && first && syntaxes[first.syntax].single && messages.length > 0; // a document is one interchange
    if (isWhole || interchanges.length > limits.interchanges) return { interchanges, messages, findings, complete: false };
  }
  reader.end();
  return { interchanges, messages, findings, complete };
}
