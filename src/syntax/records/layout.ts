import type { Encoding } from '../charset.ts';
import type { ColumnType } from './column.ts';

/**
 * What a carrier's guideline says of a file of records, as data: which records there are, how each is told from the others, where
 * its columns stand and what is written in them. One layout serves reading and writing.
 *
 *   fixed      M01SCAC1234567…   columns are bytes of a record; a record is a line, or so many bytes
 *   delimited  a,"b, c",d        columns are fields between separators; a record ends outside quotes
 */
export interface Layout {
  readonly name: string; // 'us/cbp/ftz'
  readonly title: string;
  readonly encoding: Encoding;
  readonly form: Fixed | Delimited;
  readonly records: readonly RecordLayout[];
  readonly interchange: EnvelopeLayout;
  readonly message: MessageLayout;
  readonly counts: readonly CountLayout[];
}

export interface Fixed {
  readonly kind: 'fixed';
  readonly width: number; // bytes of a record without its line end; 0: as long as its columns
  readonly lines: boolean; // a line end after each record; else `width` alone parts them
}

export interface Delimited {
  readonly kind: 'delimited';
  readonly separator: string; // one character
  readonly quote: string; // one character, doubled inside quotes; '' where the format has none
  readonly header: 'none' | 'required'; // a first record with the names of the columns, which may then stand in any order
}

export interface RecordLayout {
  readonly tag: string; // the name of the record: 'M01'
  readonly title: string;
  readonly marks: readonly Mark[]; // all of them make it this record; none: every record that is no other
  readonly columns: readonly Column[]; // in the order in which they stand
  readonly under: string; // the record that must be open; '' at the top of a message
  readonly min: number; // of each record it stands under, or of a message
  readonly max: number;
}

/** A constant by which a record is known. */
export interface Mark {
  readonly at: number; // byte from 0; delimited: field from 0
  readonly text: string;
}

export interface Column {
  readonly name: string; // as maps name it
  readonly number: number; // from 1: the element of its atoms
  readonly at: number; // byte from 0; delimited: field from 0
  readonly length: number; // bytes; delimited: characters at most, 0 for any
  readonly type: ColumnType;
  readonly decimals: number | undefined; // implied ones; undefined: as written
  readonly sign: 'none' | 'leading' | 'trailing' | 'over';
  readonly point: string; // the decimal mark of what is written out
  readonly right: boolean; // text that is filled on its left
  readonly constant: string | undefined; // what always stands there
  readonly required: boolean;
  readonly heading: string; // delimited with a header: the name in it
}

/** A column of a record, by both their names. */
export interface ColumnOf {
  readonly record: string;
  readonly column: string;
}

/** What stands around messages, and what it says of itself. */
export interface EnvelopeLayout {
  readonly header: string | undefined; // the record that opens an interchange
  readonly trailer: string | undefined;
  readonly sender: ColumnOf | undefined;
  readonly recipient: ColumnOf | undefined;
  readonly reference: ColumnOf | undefined;
  readonly preparedAt: ColumnOf | undefined;
}

/** Where a message begins. Without `from` all between the header and the trailer of an interchange is one. */
export interface MessageLayout {
  readonly from: string | undefined; // the record that opens a message
  readonly to: string | undefined; // the record that closes it, where there is one
  readonly reference: ColumnOf | undefined;
}

/** A column that states how many records there are. */
export interface CountLayout extends ColumnOf {
  readonly of: readonly string[]; // tags; none: all records
  readonly within: 'interchange' | 'message';
  readonly itself: boolean; // the record that states it is counted too
}
