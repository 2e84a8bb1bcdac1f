import type { Place } from '../../diagnostics/place.ts';
import type { Encoding } from '../charset.ts';
import type { UnitHandler, UnitReader } from '../unit.ts';
import type { Directory } from './directory.ts';
import { checkElements } from './elements.ts';
import { Envelope, type Severities } from './envelope.ts';
import { Scanner } from './scanner.ts';
import { SegmentUnit } from './segment-unit.ts';
import { isEnvelope } from './service.ts';
import type { Report } from './structure.ts';
import { defaultLimits, type ScannerLimits, type SegmentSink } from './tokens.ts';

export interface EdifactReaderOptions {
  readonly source?: string; // file name, for places
  readonly limits?: Partial<ScannerLimits>;
  readonly severity?: Severities; // where an agreement is stricter or laxer than the register
  /** The service directory of a syntax version ('' where none is stated): by it UNB, UNG, UNH, UNT, UNE and UNZ are checked element by element. */
  readonly service?: ((syntaxVersion: string) => Directory | undefined) | undefined;
}

/**
 * Reads UN/EDIFACT of syntax versions 1 to 4: interchanges, messages, and one unit per segment from UNH to UNT.
 * What is wrong with bytes, characters and envelopes is reported; the structure of messages is the work of `structure.ts`.
 */
export function edifactReader(handler: UnitHandler, options: EdifactReaderOptions = {}): UnitReader {
  const reader = new Reader(handler, options);
  const scanner = new Scanner(reader, { ...defaultLimits, ...options.limits });
  return {
    push: (chunk) => scanner.push(chunk),
    end: () => {
      scanner.finish();
      reader.finish(scanner.offset);
    },
  };
}

/** What is counted in a message, or in the segments around messages, and said once, with its first place. */
class Tally {
  breaks = 0;
  firstBreak: Place | undefined;
  outside = 0;
  firstOutside: Place | undefined;
  character = '';
  tags = 0;
  firstTag: Place | undefined;
  tag = '';

  add(scanner: Scanner, unit: SegmentUnit): void {
    if (!unit.tagOk && this.tags++ === 0) {
      this.tag = unit.tag.slice(0, 35);
      this.firstTag = unit.place();
    }
    if (scanner.breaks > 0) this.firstBreak ??= unit.placeOfByte(scanner.firstBreak);
    this.breaks += scanner.breaks;
    if (scanner.outside > 0 && this.outside === 0) {
      this.firstOutside = unit.placeOfByte(scanner.firstOutside);
      const byte = scanner.bytes[scanner.firstOutside] as number;
      this.character = byte > 0x20 && byte < 0x7f ? `\`${String.fromCharCode(byte)}\`` : `byte 0x${byte.toString(16).padStart(2, '0')}`;
    }
    this.outside += scanner.outside;
  }

  say(envelope: Envelope, label: string): void {
    if (this.breaks > 0) envelope.report('EDIFACT_LINE_BREAK', { count: String(this.breaks) }, this.firstBreak);
    if (this.outside > 0)
      envelope.report('EDIFACT_CHARACTER', { count: String(this.outside), label: label || 'ASCII', character: this.character }, this.firstOutside);
    if (this.tags > 0) envelope.report('EDIFACT_TAG', { tag: this.tag, count: String(this.tags) }, this.firstTag, { actual: this.tag });
    this.breaks = this.outside = this.tags = 0;
    this.firstBreak = this.firstOutside = this.firstTag = undefined;
  }
}

class Reader implements SegmentSink {
  readonly #handler: UnitHandler;
  readonly #source: string;
  readonly #wantsUnits: boolean;
  readonly #unit: SegmentUnit;
  readonly #envelope: Envelope;
  readonly #inMessage = new Tally();
  readonly #around = new Tally();
  readonly #detected = new Set<Encoding>();
  readonly #service: EdifactReaderOptions['service'];
  readonly #report: Report = (code, args, place, more) => this.#envelope.report(code, args, place, more);
  #unaFault: { fault: string; place: Place } | undefined;
  #outside: { count: number; start: number; end: number } | undefined;
  #label = '';
  #limit: { args: Record<string, string>; place: Place } | undefined;

  constructor(handler: UnitHandler, { source = '', severity = {}, service }: EdifactReaderOptions) {
    this.#handler = handler;
    this.#source = source;
    this.#service = service;
    this.#wantsUnits = handler.unit !== undefined;
    this.#unit = new SegmentUnit(source);
    // The tallies are said before what they belong to ends.
    const outer: UnitHandler = {
      interchange: (interchange) => handler.interchange?.(interchange),
      message: (header) => handler.message?.(header),
      messageEnd: (header) => {
        this.#inMessage.say(this.#envelope, this.#label);
        handler.messageEnd?.(header);
      },
      interchangeEnd: (interchange, end) => {
        this.#around.say(this.#envelope, this.#label);
        handler.interchangeEnd?.(interchange, end);
      },
      finding: (diagnostic) => handler.finding?.(diagnostic),
    };
    this.#envelope = new Envelope(outer, source, severity);
  }

  segment(scanner: Scanner): void {
    if (this.#outside) this.#sayOutside();
    const unit = this.#unit;
    const envelope = this.#envelope;
    unit.take(scanner);
    const odd = scanner.breaks > 0 || scanner.outside > 0 || !unit.tagOk;
    // Who reads headers alone pays for no atoms: of other segments only what is wrong with a byte asks where it stands.
    if (this.#wantsUnits || odd || scanner.notAscii || unit.tag.startsWith('UN')) unit.tabulate(scanner);
    const belongs = envelope.segment(unit, scanner.charset.label);
    if (unit.tag === 'UNB') this.#declared(scanner);
    if (this.#service && isEnvelope(unit.tag)) this.#checkEnvelope(unit, scanner.syntaxVersion);
    if (scanner.notAscii) this.#notAscii(scanner);
    if (odd) (belongs ? this.#inMessage : this.#around).add(scanner, unit);
    if (!scanner.terminated) envelope.report('EDIFACT_UNTERMINATED', {}, unit.place());
    if (belongs) this.#handler.unit?.(unit);
    if (belongs ? unit.tag === 'UNT' : unit.tag === 'UNZ') envelope.trailer(unit);
  }

  una(start: number, end: number, fault: string | undefined): void {
    if (this.#outside) this.#sayOutside();
    // Of no length: UNB itself brings a separator that nothing announced.
    if (fault !== undefined) this.#unaFault = { fault, place: end > start ? this.#place(start, end, 'UNA') : this.#place(start, start + 4, 'UNB') };
  }

  outside(start: number, end: number): void {
    this.#outside ??= { count: 0, start, end };
    this.#outside.count += end - start;
    this.#outside.end = end;
  }

  limit(scanner: Scanner, what: 'bytes' | 'elements', allowed: number): void {
    const start = scanner.base + scanner.start;
    this.#limit = { args: { what, allowed: String(allowed) }, place: { source: this.#source, start, end: start } };
  }

  finish(end: number): void {
    if (this.#outside) this.#sayOutside();
    this.#sayUna();
    this.#envelope.finish(end, this.#limit);
  }

  #checkEnvelope(unit: SegmentUnit, syntaxVersion: string): void {
    const tables = this.#service?.(syntaxVersion);
    if (tables) checkElements(tables, unit, this.#report);
  }

  #declared(scanner: Scanner): void {
    const { charset, syntaxVersion } = scanner;
    const unit = this.#unit;
    this.#label = charset.label;
    this.#detected.clear();
    this.#sayUna();
    const report = (what: string, component: number, severity?: 'warning'): void => {
      const atom = unit.atom(1, component);
      this.#envelope.report('EDIFACT_SYNTAX_UNSUPPORTED', { what }, unit.place(atom < 0 ? undefined : atom), severity && { severity });
    };
    if (charset.label === 'UNOX') report('the code tables of UNOX (ISO 2022) come with the declarations and are not known', 1);
    else if (!charset.known) report(`the syntax identifier ${charset.label} is not known, its text is read as ASCII`, 1, 'warning');
    if (!/^[1-4]$/.test(syntaxVersion)) report(syntaxVersion === '' ? 'no syntax version is stated' : `there is no syntax version ${syntaxVersion}`, 2);
  }

  /** Bytes of 0x80 and above: what they show, against what was declared; said once per interchange and finding. */
  #notAscii(scanner: Scanner): void {
    const { encoding } = this.#unit;
    if (this.#detected.has(encoding)) return;
    this.#detected.add(encoding);
    const interchange = this.#envelope.interchange;
    if (interchange) interchange.charset.detected = [...this.#detected].join(' and ');
    const { label, encoding: declared } = scanner.charset;
    if (label === '' || encoding === declared) return;
    const at = scanner.bytes.subarray(scanner.start, scanner.end).findIndex((byte) => byte >= 0x80) + scanner.start;
    this.#envelope.report('EDIFACT_CHARSET_MISMATCH', { label, declared, detected: encoding }, this.#unit.placeOfByte(at), {
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
