import type { EdiAddress, Place } from '../../diagnostics/place.ts';
import type { AgreedCharsets, Encoding } from '../charset.ts';
import { keptBytes } from '../code-tables.ts';
import { readerLimits, type EdifactLimits } from '../limits.ts';
import type { Interchange, MessageHeader, UnitHandler, UnitReader } from '../unit.ts';
import type { Directory } from './directory.ts';
import { ElementCheck } from './elements.ts';
import { Envelope, type Ends, type Severities } from './envelope.ts';
import { momentAmiss } from './moment.ts';
import { excessOf, limitArgs, type Excess } from './excess.ts';
import type { SegmentForm } from './form.ts';
import { isInOrder } from './quick-check.ts';
import { Scanner } from './scanner.ts';
import { SegmentUnit } from './segment-unit.ts';
import { Tally } from './tally.ts';
import type { SegmentSink } from './tokens.ts';
import { trailingIn } from './trailing.ts';

export interface SegmentReaderOptions {
  readonly source?: string; // file name, for places
  readonly limits?: Partial<EdifactLimits> | undefined;
  readonly severity?: Severities; // where an agreement is stricter or laxer than the register
  /** The service directory of a syntax version ('' where none is stated): by it UNB, UNG, UNH, UNT, UNE and UNZ are checked element by element. */
  readonly service?: ((syntaxVersion: string) => Directory | undefined) | undefined;
  /** What was agreed with the sender on the charset of its interchanges, whatever they declare. */
  readonly charsets?: AgreedCharsets | undefined;
  /** Only interchanges and the headers of messages are read: of what stands between nothing is handed out, counted or said. */
  readonly headersOnly?: boolean;
}

/**
 * Reads UN/EDIFACT of syntax versions 1 to 4, and X12: interchanges, messages, and one unit per segment from the header to the trailer of a message.
 * What is wrong with bytes, characters and envelopes is reported; the structure of messages is the work of `structure.ts`.
 */
export function segmentReader(form: SegmentForm, handler: UnitHandler, options: SegmentReaderOptions = {}): UnitReader {
  const limits = options.limits ? { ...readerLimits.edifact, ...options.limits } : readerLimits.edifact;
  const heard = options.headersOnly
    ? { interchange: (each: Interchange) => handler.interchange?.(each), message: (each: MessageHeader) => handler.message?.(each) }
    : handler;
  return new Reader(form, heard, limits, options);
}

/** Whether segments of security are the body of such a message. */
const isServiceMessage = ({ apart }: SegmentForm, service: SegmentReaderOptions['service'], type: string): boolean =>
  apart !== undefined && service?.(apart.version)?.message(type) !== undefined;

class Reader implements UnitReader, SegmentSink, Ends {
  readonly #form: SegmentForm;
  readonly #handler: UnitHandler;
  readonly #source: string;
  readonly #wantsUnits: boolean;
  readonly #unit: SegmentUnit;
  readonly #envelope: Envelope;
  readonly #scanner: Scanner;
  #inMessage: Tally | undefined; // most have nothing to count
  #around: Tally | undefined;
  #detected: Set<Encoding> | undefined; // beyond ASCII
  readonly #service: SegmentReaderOptions['service'];
  #unaFault: { fault: string; place: Place } | undefined;
  #outside: { count: number; start: number; end: number } | undefined;
  #label = '';
  #omits = false; // what is left out at the end has no separators
  readonly #limits: EdifactLimits;
  readonly #tokens: number; // a segment of fewer, and of fewer bytes than a component may have, is within all limits
  #groups = 0; // of the interchange
  #messages = 0;
  #beyond: 'nothing' | 'message' | 'interchange' = 'nothing'; // what has gone beyond a limit: the rest of it is passed over

  constructor(form: SegmentForm, handler: UnitHandler, limits: EdifactLimits, options: SegmentReaderOptions) {
    const { source = '', severity = {}, service } = options;
    this.#form = form;
    this.#handler = handler;
    this.#source = source;
    this.#service = service;
    this.#limits = limits;
    this.#tokens = Math.min(limits.elements, limits.components, limits.repetitions);
    this.#wantsUnits = handler.unit !== undefined;
    this.#unit = new SegmentUnit(source, form);
    this.#envelope = new Envelope(form, handler, this, source, severity, (type) => isServiceMessage(form, service, type));
    this.#scanner = new Scanner(form.framing, this, limits, options);
  }

  push(chunk: Uint8Array): void {
    this.#scanner.push(chunk);
  }

  end(): void {
    const scanner = this.#scanner;
    scanner.finish();
    if (this.#outside) this.#sayOutside();
    this.#sayUna();
    this.#envelope.finish(scanner.offset, undefined);
    this.#unit.giveBack();
  }

  messageEnd(): void {
    if (this.#beyond === 'message') this.#beyond = 'nothing';
    this.#inMessage?.say(this.#envelope, this.#label, this.#form.apart);
  }

  interchangeEnd(): void {
    this.#around?.say(this.#envelope, this.#label, this.#form.apart);
  }

  segment(scanner: Scanner): void {
    if (this.#outside) this.#sayOutside();
    const unit = this.#unit;
    const envelope = this.#envelope;
    if (this.#beyond === 'interchange' && !this.#isNext(scanner)) return;
    if (scanner.count > this.#tokens || scanner.end - scanner.start > this.#limits.componentBytes) {
      const excess = excessOf(scanner, this.#limits);
      if (excess) return this.#passOver(scanner, excess);
    }
    unit.take(scanner);
    const { interchange, message } = this.#form;
    const framed = unit.isEnvelope;
    const alone = !framed && !envelope.message && this.#form.alone !== undefined && this.#form.alone.tags.has(unit.tag);
    if ((framed || alone) && !this.#counts(unit)) return;
    const odd = scanner.breaks > 0 || scanner.outside > 0 || !unit.tagOk;
    // Who reads headers alone pays for no atoms: of other segments only what is wrong with a byte asks where it stands.
    if (this.#wantsUnits || odd || scanner.notAscii || framed) unit.tabulate(scanner);
    const belongs = envelope.segment(unit, scanner.charset.label, scanner.terminated);
    if (unit.position > this.#limits.segments) this.#tell({ limit: 'segments', at: scanner.start, address: {} });
    if (this.#beyond === 'message') return unit.tag === message.closes ? envelope.trailer(unit) : undefined;
    if (framed && unit.tag === interchange.opens) this.#declared(scanner);
    if (framed && this.#service) this.#checkEnvelope(unit, scanner.syntaxVersion);
    if (framed && this.#handler.finding) this.#checkMoments(unit);
    if (!belongs && envelope.aside.inObject) return;
    if (scanner.notAscii) this.#notAscii(scanner);
    if (odd) this.#tally(belongs).add(scanner, unit);
    if (unit.isApart && envelope.aside.secures) this.#tally(belongs).addSecurity(scanner, unit, this.#form.apart!);
    if (this.#omits && scanner.count > unit.size + 1) this.#trailing(scanner, belongs); // else all is stated
    if (!scanner.terminated) envelope.report('EDIFACT_UNTERMINATED', {}, unit.place());
    if (belongs) this.#handler.unit?.(unit);
    if (alone || (framed && (belongs ? unit.tag === message.closes : unit.tag === interchange.closes))) envelope.trailer(unit);
  }

  #trailing(scanner: Scanner, belongs: boolean): void {
    const trailing = trailingIn(scanner);
    if (trailing) this.#tally(belongs).addTrailing(trailing, this.#unit);
  }

  #tally(belongs: boolean): Tally {
    return belongs ? (this.#inMessage ??= new Tally()) : (this.#around ??= new Tally());
  }

  una(start: number, end: number, fault: string | undefined): void {
    if (this.#outside) this.#sayOutside();
    // Of no length: the header itself brings a separator that nothing announced.
    if (fault !== undefined)
      this.#unaFault = { fault, place: end > start ? this.#place(start, end, 'UNA') : this.#place(start, start + 4, this.#form.interchange.opens) };
  }

  outside(start: number, end: number): void {
    this.#outside ??= { count: 0, start, end };
    this.#outside.count += end - start;
    this.#outside.end = end;
  }

  limit(scanner: Scanner): void {
    if (this.#beyond === 'interchange') return;
    const excess = excessOf(scanner, this.#limits);
    this.#passOver(scanner, excess ?? { limit: 'segmentBytes', at: scanner.start + this.#limits.segmentBytes, address: {} });
  }

  /** A segment beyond a limit counts in its message, and is not handed out, nor is what comes after it. A header or trailer is as if it had not been there. */
  #passOver(scanner: Scanner, excess: Excess): void {
    const unit = this.#unit;
    unit.take(scanner);
    const alone = !this.#envelope.message;
    if (!unit.isEnvelope) this.#envelope.segment(unit, scanner.charset.label);
    else unit.position = unit.message = 0;
    this.#tell(excess);
    if (alone && this.#envelope.message) this.#envelope.trailer(unit);
  }

  #tell({ limit, at, address }: Excess): void {
    if (this.#beyond !== 'nothing') return;
    const place = this.#unit.placeOfByte(at);
    this.#envelope.report('EDIFACT_LIMIT', limitArgs(limit, this.#limits), { ...place, edi: { ...place.edi, ...address } as EdiAddress });
    if (this.#envelope.message) this.#beyond = 'message';
  }

  /** Counts groups and messages. False: there are more than an interchange may have, and it ends here. */
  #counts(unit: SegmentUnit): boolean {
    const { interchange, group, message } = this.#form;
    if (unit.tag === interchange.opens) this.#groups = this.#messages = 0;
    const limit =
      unit.tag === group.opens && ++this.#groups > this.#limits.groups
        ? 'groups'
        : (unit.tag === message.opens || !unit.isEnvelope) && ++this.#messages > this.#limits.messages
          ? 'messages'
          : undefined;
    if (!limit) return true;
    this.#beyond = 'interchange';
    const end = unit.base + unit.start;
    this.#envelope.finish(end, { args: limitArgs(limit, this.#limits), place: this.#place(end, end + 3, unit.tag) });
    return false;
  }

  /** Whether an interchange begins after one that went beyond a limit. */
  #isNext(scanner: Scanner): boolean {
    const { opens, closes } = this.#form.interchange;
    const isHeader = scanner.tagIs(opens);
    if (isHeader || scanner.tagIs(closes)) this.#beyond = 'nothing';
    return isHeader;
  }

  #checkEnvelope(unit: SegmentUnit, syntaxVersion: string): void {
    const tables = this.#service?.(syntaxVersion);
    const check = tables && ElementCheck.of(tables);
    const checked = check?.of(unit.tag, true);
    if (!checked || isInOrder(checked.quick, unit)) return;
    check!.check(checked, unit, (fault, args, place, more) => this.#envelope.report(fault, args, place(), more));
  }

  #checkMoments(unit: SegmentUnit): void {
    const fields = this.#form.moments[unit.tag];
    if (!fields) return;
    const found = momentAmiss(unit, fields);
    if (!found) return;
    const { what, part, field, atom } = found;
    const place = unit.place(atom);
    const value = unit.text(atom);
    this.#envelope.report(
      'EDIFACT_DATE',
      { id: field.id, value, what, part },
      { ...place, edi: { ...(place.edi as EdiAddress), id: field.id } },
      { actual: value },
    );
  }

  #declared(scanner: Scanner): void {
    const { charset, syntaxVersion } = scanner;
    const unit = this.#unit;
    this.#label = charset.label;
    this.#omits = this.#form.omits(syntaxVersion);
    this.#detected = undefined;
    this.#sayUna();
    if (!this.#form.declares) return;
    const report = (what: string, component: number, severity?: 'warning'): void => {
      const atom = unit.atom(1, component);
      this.#envelope.report('EDIFACT_SYNTAX_UNSUPPORTED', { what }, unit.place(atom < 0 ? undefined : atom), severity && { severity });
    };
    if (!charset.known) report(`the syntax identifier ${charset.label} is not known, its text is read as ASCII`, 1, 'warning');
    if (!/^[1-4]$/.test(syntaxVersion)) report(syntaxVersion === '' ? 'no syntax version is stated' : `there is no syntax version ${syntaxVersion}`, 2);
  }

  /** What is beyond ASCII: what the bytes show, against what was declared, said once per interchange and finding; and what no character was found for. */
  #notAscii(scanner: Scanner): void {
    const unit = this.#unit;
    const { encoding } = unit;
    for (let atom = 0; atom < unit.size; atom++) {
      const bytes = unit.isPlain(atom) ? undefined : keptBytes(unit.text(atom));
      if (bytes !== undefined) this.#envelope.report('EDIFACT_UNDECODABLE', { bytes, encoding, value: unit.text(atom) }, unit.place(atom), { actual: bytes });
    }
    const detected = (this.#detected ??= new Set());
    if (detected.has(encoding)) return;
    detected.add(encoding);
    const interchange = this.#envelope.interchange;
    if (interchange) interchange.charset.detected = [...detected].join(' and ');
    const { label, declared, gate } = scanner.charset;
    if (label === '' || encoding.startsWith(declared)) return;
    const at = scanner.bytes.subarray(scanner.start, scanner.end).findIndex((byte) => byte >= 0x80 || gate?.opens[byte] === 1) + scanner.start;
    this.#envelope.report('EDIFACT_CHARSET_MISMATCH', { label, declared, detected: encoding }, unit.placeOfByte(at), {
      actual: encoding,
      expected: [declared],
    });
  }

  #sayUna(): void {
    if (this.#unaFault) this.#envelope.report('EDIFACT_SERVICE_CHAR', { fault: this.#unaFault.fault }, this.#unaFault.place);
    this.#unaFault = undefined;
  }

  #sayOutside(): void {
    const { count, start, end } = this.#outside as { count: number; start: number; end: number };
    this.#outside = undefined;
    this.#envelope.report('EDIFACT_OUTSIDE', { count: String(count) }, { source: this.#source, start, end });
  }

  #place(start: number, end: number, tag: string): Place {
    return { source: this.#source, start, end, edi: { tag, segment: 0 } };
  }
}
