import type { Place } from '../../diagnostics/place.ts';
import type { Envelope } from './envelope.ts';
import type { Apart } from './form.ts';
import type { Scanner } from './scanner.ts';
import type { SegmentUnit } from './segment-unit.ts';
import { Security } from './security.ts';
import type { Trailing } from './trailing.ts';

/** What is counted in a message, or in the segments around messages, and said once, with its first place. */
export class Tally {
  breaks = 0;
  firstBreak: Place | undefined;
  outside = 0;
  firstOutside: Place | undefined;
  character = '';
  tags = 0;
  firstTag: Place | undefined;
  tag = '';
  trailing = 0; // segments with separators behind which nothing stands
  firstTrailing: Place | undefined;
  security: Security | undefined;

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

  addTrailing({ start, end, element }: Trailing, unit: SegmentUnit): void {
    if (this.trailing++ === 0) this.firstTrailing = unit.placeOfBytes(start, end, element);
  }

  addSecurity(scanner: Scanner, unit: SegmentUnit, apart: Apart): void {
    unit.tabulate(scanner); // who wants no units has not got its atoms
    (this.security ??= new Security()).add(unit, apart);
  }

  say(envelope: Envelope, label: string, apart: Apart | undefined): void {
    if (this.breaks > 0) envelope.report('EDIFACT_LINE_BREAK', { count: String(this.breaks) }, this.firstBreak);
    if (this.outside > 0)
      envelope.report('EDIFACT_CHARACTER', { count: String(this.outside), label: label || 'ASCII', character: this.character }, this.firstOutside);
    if (this.tags > 0) envelope.report('EDIFACT_TAG', { tag: this.tag, count: String(this.tags) }, this.firstTag, { actual: this.tag });
    if (this.trailing > 0) envelope.report('EDIFACT_TRAILING', { count: String(this.trailing) }, this.firstTrailing);
    if (apart) this.security?.say((fault, args, place, more) => envelope.report(fault, args, place, more), apart);
    this.breaks = this.outside = this.tags = this.trailing = 0;
    this.firstBreak = this.firstOutside = this.firstTag = this.firstTrailing = this.security = undefined;
  }
}
