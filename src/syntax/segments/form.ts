import type { Code } from '../../diagnostics/codes.ts';
import type { EdiAddress, Place } from '../../diagnostics/place.ts';
import type { Interchange, MessageGroup, MessageHeader, SegmentedSyntax } from '../unit.ts';
import type { MomentField } from './moment.ts';
import type { SaidOfMessages } from './said.ts';
import type { SegmentUnit } from './segment-unit.ts';
import type { Tags } from './tags.ts';
import type { Framing } from './tokens.ts';

export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * What a syntax of segments with separators is, beyond its bytes: how its envelope is written, and what its findings are called.
 * Scanner, units, envelope and reader work by it; UN/EDIFACT and X12 each have one.
 */
export interface SegmentForm {
  readonly syntax: SegmentedSyntax;
  readonly framing: Framing;
  readonly tag: RegExp; // a proper segment tag
  readonly tags: Tags; // those that were met
  readonly unwraps: boolean; // line breaks inside segments are none of the data
  /** Whether a segment of this tag belongs to the envelope. */
  isEnvelope(tag: string): boolean;
  readonly interchange: Level;
  readonly group: Level;
  readonly message: Level;
  readonly beside: ReadonlySet<string>; // segments that may stand in an interchange outside its messages, and say nothing here
  readonly alone?: Alone; // segments outside the messages of which each is a message by itself
  readonly apart?: Apart; // what stands in messages and around them, and is none of their body
  readonly moments: Readonly<Record<string, readonly MomentField[]>>; // when headers say that they were made, by tag
  readonly declares: boolean; // the header of an interchange says character set and syntax version
  readonly grouped: boolean; // messages stand in groups only
  /** What a header states: it is added. */
  statedByInterchange(unit: SegmentUnit, into: Mutable<Interchange>): void;
  statedByGroup(unit: SegmentUnit): Omit<MessageGroup, 'index'>;
  statedByMessage(unit: SegmentUnit, into: Mutable<MessageHeader>, group: MessageGroup | undefined): void;
  readonly saidByGroup: readonly SaidOfMessages[]; // what the header of a group says of its messages, as they do themselves
  /** Whether separators must be left out behind which nothing stands, by the syntax version. */
  omits(syntaxVersion: string): boolean;
  readonly trims?: boolean; // separators behind the last component are not sent: X12.6
  readonly partial: boolean; // its tables have some of the messages, and of others nothing is known
  /** How an element is called in findings, by its place; undefined where the directory's id is its name. */
  designator?(edi: EdiAddress): string | undefined;
  /** Its own name for a fault. */
  code(code: SegmentFault): Code;
}

/** Segments of which each is a message without anything around it, in no group: TA1. */
export interface Alone {
  readonly tags: ReadonlySet<string>;
  stated(into: Mutable<MessageHeader>, interchange: Interchange): void; // its type is the tag
}

/** Segments that assure something of what they stand in, and objects that are no messages. */
export interface Apart {
  /** Whether a segment assures something of the message, group or interchange that it stands in. */
  secures(tag: string): boolean;
  /** Whether the count and the positions of a message leave such segments out, by the syntax version. */
  uncounted(syntaxVersion: string): boolean;
  readonly version: string; // of the syntax whose service messages have such segments in their body
  readonly opens: { readonly tag: string; readonly reference: Field }; // the first of such segments, and where it says what it is called
  readonly closes: { readonly tag: string; readonly reference: Field; readonly count: Field }; // the trailer, which repeats that
  readonly object: { readonly opens: string; readonly closes: string };
}

/** Interchange, group or message: the segments around it. */
export interface Level {
  readonly opens: string;
  readonly closes: string;
  readonly reference: Field; // in the header
  readonly count: Field; // in the trailer
  readonly repeated: Field; // the reference in the trailer
}

export interface Field {
  readonly element: number;
  readonly id: string;
}

/** A fault of segments, under the name it has in UN/EDIFACT. */
export type SegmentFault = Extract<Code, `EDIFACT_${string}`>;

/** A place as the syntax calls it. */
export function designated({ designator }: SegmentForm, place: Place): Place {
  const id = place.edi && designator?.(place.edi);
  return id === undefined ? place : { ...place, edi: { ...(place.edi as EdiAddress), id } };
}
