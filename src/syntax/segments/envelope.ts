import type { Code, Severity } from '../../diagnostics/codes.ts';
import { finding, type FindingParts } from '../../diagnostics/diagnostic.ts';
import type { EdiAddress, Place } from '../../diagnostics/place.ts';
import type { Interchange, MessageGroup, MessageHeader, UnitHandler } from '../unit.ts';
import { Aside } from './aside.ts';
import { designated, type Alone, type Level, type Mutable, type SegmentFault, type SegmentForm } from './form.ts';
import { References } from './references.ts';
import { GroupStatements } from './said.ts';
import { Last } from './last.ts';
import type { SegmentUnit } from './segment-unit.ts';
import { Told } from './told.ts';

export type OpenInterchange = Omit<Mutable<Interchange>, 'charset'> & { charset: Mutable<Interchange['charset']> };
export type Severities = Readonly<Partial<Record<Code, Severity>>>;

type Group = MessageGroup & { messages: number };

/** Who is told that something ends before the handler is, since it may still have to report about it. */
export type Ends = Required<Pick<UnitHandler, 'messageEnd' | 'interchangeEnd'>>;

/**
 * UNB UNG UNH … UNT UNE UNZ, ISA GS ST … SE GE IEA: opens and closes, compares counts and references at every level, and finds its feet again at
 * the next header when one of them is missing.
 *
 * `segment` is told every segment in order; it says whether the segment belongs to a message.
 */
export class Envelope {
  readonly #form: SegmentForm;
  readonly #handler: UnitHandler;
  readonly #ends: Ends;
  readonly #source: string;
  readonly #severity: Severities;
  readonly aside: Aside; // what the segment last seen is, where it is of no message's body
  #interchange: OpenInterchange | undefined;
  #synthetic = false; // its header was not there
  #groups = 0;
  #messages = 0; // in the interchange
  #grouped = 0; // of them, in groups
  #beside = 0; // segments that are no message's and need not be
  #group: Group | undefined;
  #says: GroupStatements | undefined; // the header of the group
  #message: MessageHeader | undefined;
  #segments = 0; // of the message, its header included
  readonly #references = new References();
  #told: Told | undefined; // around the messages
  #toldInMessage: Told | undefined;
  #interchanges = 0;
  #allMessages = 0;
  #stray: { tag: string; count: number; place: Place } | undefined;
  readonly #last = new Last();

  constructor(form: SegmentForm, handler: UnitHandler, ends: Ends, source: string, severity: Severities, isService: (type: string) => boolean) {
    this.#form = form;
    this.#handler = handler;
    this.#ends = ends;
    this.#source = source;
    this.#severity = severity;
    this.aside = new Aside(form.apart, isService);
  }

  get interchange(): OpenInterchange | undefined {
    return this.#interchange;
  }

  get message(): MessageHeader | undefined {
    return this.#message;
  }

  report(fault: SegmentFault, args: Record<string, string>, place: Place | undefined, more: Pick<FindingParts, 'actual' | 'expected' | 'severity'> = {}): void {
    const told = this.#message ? (this.#toldInMessage ??= new Told()) : (this.#told ??= new Told());
    const code = this.#form.code(fault);
    if (!told.count(fault, place) || !this.#handler.finding) return;
    this.#handler.finding(finding(code, args, { ...more, data: place && designated(this.#form, place), severity: this.#severity[code] ?? more.severity }));
  }

  /** Moves the state on; numbers the unit; calls the handler for headers. The caller hands out the unit when this returns true. */
  segment(unit: SegmentUnit, declared: string, isWhole = true): boolean {
    unit.ung = this.#group?.index ?? 0;
    const belongs = this.#belongs(unit, declared, isWhole);
    this.#last.see(unit);
    return belongs;
  }

  #belongs(unit: SegmentUnit, declared: string, isWhole: boolean): boolean {
    const { interchange, group, message } = this.#form;
    const service = unit.isEnvelope ? unit.tag : '';
    if (this.#message && (service === '' || service === message.closes)) {
      unit.position = unit.isApart && this.aside.inMessage(unit.tag, this.#message.type, this.#interchange?.syntaxVersion) ? 0 : ++this.#segments;
      unit.message = this.#messages;
      return true;
    }
    unit.position = unit.message = 0;
    const aside = this.#interchange ? this.aside.around(unit.tag, unit.isEnvelope) : '';
    if (service !== '' && service !== message.closes) this.#closeFor(service, unit);
    if (service === interchange.opens) this.#openInterchange(unit, declared, isWhole);
    else if (service === group.opens) this.#openGroup(unit);
    else if (service === message.opens) return this.#openMessage(unit);
    else if (service === group.closes) this.#closeGroup(unit);
    else if (service === interchange.closes)
      return false; // closed by `trailer`, after what its bytes have to say
    else if (service === message.closes) this.report('EDIFACT_ENVELOPE_MISSING', { segment: message.opens }, this.#last.after(this.#source));
    else if (this.#interchange && this.#form.alone?.tags.has(unit.tag)) return this.#openMessage(unit, this.#form.alone);
    else if (aside === 'data' || aside === 'security') return false;
    else if (aside === 'object') this.#object(unit);
    else if (this.#form.beside.has(unit.tag)) this.#beside++;
    else if (this.#stray) this.#stray.count++;
    else this.#stray = { tag: unit.tag, count: 1, place: unit.place() };
    return false;
  }

  /** It is counted as a message is. */
  #object(unit: SegmentUnit): void {
    if (this.#group) this.#group.messages++;
    this.report('EDIFACT_OBJECT', { tag: unit.tag }, unit.place());
  }

  /** After the trailer of a message was handed out, or that of an interchange read: counts and references of what it closes, then its end. What stands alone ends itself. */
  trailer(unit: SegmentUnit): void {
    const { interchange, message, alone } = this.#form;
    if (unit.tag === interchange.closes) this.#closeInterchange(unit);
    if (this.#message && alone?.tags.has(this.#message.type)) return this.#endMessage();
    if (unit.tag !== message.closes || !this.#message) return;
    this.#count(unit, message, 'segments', this.#segments);
    this.#repeats(unit, message, this.#message.reference ?? '');
    this.#endMessage();
  }

  /** The input is complete, or reading was given up at a limit: then what is missing is not said, and the limit is a finding of the interchange. */
  finish(end: number, limit: { readonly args: Record<string, string>; readonly place: Place } | undefined): void {
    if (this.#message && !limit) this.#abandonMessage();
    else if (this.#message) this.#endMessage();
    this.#endStray();
    if (limit) this.report('EDIFACT_LIMIT', limit.args, limit.place);
    else if (this.#group) this.#abandonGroup();
    this.#endGroup();
    if (!this.#interchange) return;
    if (!this.#synthetic && !limit) this.report('EDIFACT_ENVELOPE_MISSING', { segment: this.#form.interchange.closes }, this.#last.after(this.#source, false));
    this.#endInterchange(end);
  }

  /** A header or trailer closes what was left open inside its level. */
  #closeFor(tag: string, unit: SegmentUnit): void {
    const { interchange, group, message } = this.#form;
    if (this.#message) this.#abandonMessage();
    this.#endStray();
    if (tag !== message.opens && tag !== group.closes && this.#group) this.#abandonGroup();
    if (tag === interchange.opens && this.#interchange) {
      this.report('EDIFACT_ENVELOPE_MISSING', { segment: interchange.closes }, this.#last.after(this.#source, false));
      this.#endInterchange(unit.base + unit.start);
    }
    if (tag !== interchange.opens && !this.#interchange) {
      this.report('EDIFACT_ENVELOPE_MISSING', { segment: interchange.opens }, { ...unit.place(), end: unit.base + unit.start });
      if (tag === interchange.closes) return;
      this.#synthetic = true;
      this.#begin({ syntax: this.#form.syntax, index: ++this.#interchanges, charset: { declared: '', detected: 'ascii' }, start: unit.base + unit.start });
    }
  }

  /** Of a header that is cut short nobody knows how its last word goes on, nor whether that names another interchange: it states nothing. */
  #openInterchange(unit: SegmentUnit, declared: string, isWhole: boolean): void {
    this.#synthetic = false;
    const charset = { declared, detected: 'ascii' };
    const interchange = { syntax: this.#form.syntax, index: ++this.#interchanges, charset, start: unit.base + unit.start };
    if (isWhole) this.#form.statedByInterchange(unit, interchange);
    this.#begin(interchange);
  }

  #begin(interchange: OpenInterchange): void {
    this.#interchange = interchange;
    this.#groups = this.#messages = this.#grouped = this.#beside = 0;
    this.aside.begin();
    this.#references.clear();
    this.#handler.interchange?.(interchange);
  }

  #openGroup(unit: SegmentUnit): void {
    unit.ung = ++this.#groups;
    this.#group = { index: this.#groups, ...this.#form.statedByGroup(unit), messages: 0 };
    this.#says = this.#handler.finding && this.#form.saidByGroup.length > 0 ? new GroupStatements(unit, this.#form.saidByGroup) : undefined;
    this.#mixed(unit);
    this.#unique(unit, 'group', this.#form.group);
  }

  #mixed(unit: SegmentUnit): void {
    const { grouped, group } = this.#form;
    if (grouped) {
      if (!this.#group && this.#messages === this.#grouped) this.report('EDIFACT_ENVELOPE_MISSING', { segment: group.opens }, unit.place());
      return;
    }
    const first = (this.#group && this.#grouped === 0 && this.#messages > 0) || (!this.#group && this.#groups > 0 && this.#messages === this.#grouped);
    if (first) this.report('EDIFACT_MIXED', {}, unit.place());
  }

  #openMessage(unit: SegmentUnit, alone?: Alone): true {
    const interchange = this.#interchange as Interchange;
    const group = alone ? undefined : this.#group;
    if (!group && !alone) this.#mixed(unit);
    this.#messages++;
    if (group) group.messages++;
    if (group || alone) this.#grouped++; // what stands alone needs no group
    unit.position = this.#segments = 1;
    unit.message = this.#messages;
    const message: Mutable<MessageHeader> = { index: ++this.#allMessages, interchange, start: unit.base + unit.start, type: unit.tag };
    if (alone) alone.stated(message, interchange);
    else this.#form.statedByMessage(unit, message, group);
    if (group) message.group = group;
    if (group) this.#says?.hear(message);
    this.#message = message;
    this.#handler.message?.(message);
    if (!alone) this.#unique(unit, 'message', this.#form.message);
    return true;
  }

  #unique(unit: SegmentUnit, what: string, { reference: { element, id } }: Level): void {
    const reference = unit.value(element);
    const key = `${this.#form.grouped && what === 'message' ? this.#groups : ''} ${what} ${reference}`; // ST02 is unique in its group
    if (this.#references.isAgain(key) && reference !== '')
      this.report('EDIFACT_DUPLICATE', { what, reference, id }, unit.elementPlace(element, id), { actual: reference });
  }

  #abandonMessage(): void {
    this.report('EDIFACT_ENVELOPE_MISSING', { segment: this.#form.message.closes }, this.#last.after(this.#source));
    this.#endMessage();
  }

  #endMessage(): void {
    const message = this.#message as MessageHeader;
    this.#sayMore(this.#toldInMessage);
    this.#message = undefined;
    this.#ends.messageEnd(message);
    this.#handler.messageEnd?.(message);
  }

  #closeGroup(unit: SegmentUnit): void {
    const group = this.#group;
    const level = this.#form.group;
    if (!group) return this.report('EDIFACT_ENVELOPE_MISSING', { segment: level.opens }, unit.place());
    this.#count(unit, level, 'messages', group.messages);
    this.#repeats(unit, level, group.reference);
    if (group.messages === 0) this.report('EDIFACT_EMPTY', { segment: level.opens }, unit.place());
    this.#endGroup();
  }

  /** What its header said of all its messages is known to be so, or not, when it ends. */
  #endGroup(): void {
    for (const { args, place, ...more } of this.#says?.wrong() ?? []) this.report('EDIFACT_GROUP_DIFFERS', args, place, more);
    this.#group = this.#says = undefined;
  }

  #abandonGroup(): void {
    const place = this.#last.after(this.#source);
    this.report('EDIFACT_ENVELOPE_MISSING', { segment: this.#form.group.closes }, { ...place, edi: { ...(place.edi as EdiAddress), ung: this.#groups } });
    this.#endGroup();
  }

  #closeInterchange(unit: SegmentUnit): void {
    const interchange = this.#interchange;
    if (!interchange) return;
    const { interchange: level, grouped } = this.#form;
    if (grouped || this.#groups > 0) this.#count(unit, level, 'groups', this.#groups);
    else this.#count(unit, level, 'messages', this.#messages + this.aside.objects);
    if (!this.#synthetic) this.#repeats(unit, level, interchange.reference ?? '');
    if (this.#messages + this.aside.objects + this.#beside === 0) this.report('EDIFACT_EMPTY', { segment: level.opens }, unit.place());
    this.#endInterchange(unit.base + unit.end);
  }

  #endInterchange(end: number): void {
    const interchange = this.#interchange as Interchange;
    this.#interchange = undefined;
    this.#sayMore(this.#told);
    this.#ends.interchangeEnd(interchange, end);
    this.#handler.interchangeEnd?.(interchange, end);
  }

  #sayMore(told: Told | undefined): void {
    if (!told) return;
    for (const [fault, count, data] of told.more())
      this.#handler.finding?.(finding(this.#form.code('EDIFACT_MORE'), { code: this.#form.code(fault), count: String(count) }, { data }));
  }

  #endStray(): void {
    if (this.#stray) this.report('EDIFACT_STRAY', { tag: this.#stray.tag, count: String(this.#stray.count) }, this.#stray.place);
    this.#stray = undefined;
  }

  #count(unit: SegmentUnit, { closes: segment, count: { element, id } }: Level, what: string, counted: number): void {
    const stated = unit.value(element);
    const off = stated === '' ? 0 : Math.abs(Number(stated.replace(',', '.')) - counted);
    if (!this.#handler.finding || !(off > 0)) return; // what is missing is told as such, and so is what is no number (NaN)
    const args = { segment, what, stated, counted: String(counted) };
    this.report('EDIFACT_COUNT_MISMATCH', args, unit.elementPlace(element, id), { actual: stated, expected: [args.counted] });
  }

  #repeats(unit: SegmentUnit, { closes: segment, repeated: { element, id } }: Level, expected: string): void {
    const actual = unit.value(element);
    if (actual === expected || actual === '') return; // what is not there is told as missing
    this.report('EDIFACT_REFERENCE_MISMATCH', { segment, actual, expected }, unit.elementPlace(element, id), { actual, expected: [expected] });
  }
}
