import { BoundedFindings } from '../../diagnostics/bounded.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { AgreedCharsets } from '../../syntax/charset.ts';
import { plainHeaders } from '../../syntax/edifact/headers.ts';
import type { Interchange, MessageHeader, UnitHandler } from '../../syntax/unit.ts';
import type { ReaderLimits } from '../../syntax/limits.ts';
import { AnyReader } from './any-reader.ts';
import type { Library } from '../library/library.ts';
import { MessageReader, type MessageSink, type ReadingOptions } from './reading.ts';
import { syntaxes } from './syntaxes.ts';

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

/** Reads all envelopes, until there are more than the limits allow. Most are seen at a glance: these are told at once. */
export function readEnvelope(library: Library, bytes: Uint8Array, options: EnvelopeOptions): Envelope | Promise<Envelope> {
  const plain = bytes.length <= piece ? plainHeaders(bytes, options.limits.edifact, options.charsets) : undefined;
  if (plain?.interchange.sender === undefined) return readPieces(library, bytes, options);
  return { interchanges: [plain.interchange], messages: plain.messages, findings: [], complete: true };
}

/** Only where the headers alone show no sender to answer the rest is read too, and says why. */
async function readPieces(library: Library, bytes: Uint8Array, options: EnvelopeOptions): Promise<Envelope> {
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
