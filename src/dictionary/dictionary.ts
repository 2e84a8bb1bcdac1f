/** The common meaning: classes and attributes of the WCO Data Model, as loaded from `schemas/wco`. Frozen after loading. */

/** What a value may be. Widths are the widest any source states; narrower limits belong to maps. */
export type ValueType =
  | { readonly kind: 'text' | 'identifier'; readonly max: number }
  | { readonly kind: 'code'; readonly max: number; readonly list?: string } // e.g. 'un/1001'
  | { readonly kind: 'integer'; readonly digits: number }
  | { readonly kind: 'decimal'; readonly digits: number; readonly scale: number }
  | { readonly kind: 'quantity' | 'amount'; readonly digits: number; readonly scale: number } // value + unit or currency
  | { readonly kind: 'datetime' } // ISO 8601 at its own precision
  | { readonly kind: 'indicator' }; // 'true' | 'false'

/** Import and export declaration, import and export cargo report, conveyance report, transit, response. */
export type Usage = 'IM' | 'EX' | 'CRI' | 'CRE' | 'CONV' | 'TRT' | 'RES';

export interface Attribute {
  readonly slot: number; // position in its class, from 0: dictionary order
  readonly name: string; // 'TotalGrossMassMeasure'
  readonly path: string; // 'Declaration/Consignment.TotalGrossMassMeasure'
  readonly type: ValueType;
  readonly required: boolean;
  readonly wco?: string | undefined; // WCO id; an id is reused in many positions, the path is the identity
  readonly aliases: readonly string[]; // ids of older generations of the model
  readonly tded?: string | undefined; // number in the UN Trade Data Elements Directory: '1004'
  readonly usage: readonly Usage[]; // what the publications use it for; empty: not said
  readonly extension?: string | undefined; // whose addition it is, 'nl'; absent: of the model
  readonly verified: boolean;
  readonly source: string; // where the id and the type come from
  readonly title: string; // short WCO name
}

export interface DictionaryClass {
  readonly index: number; // in `Dictionary.classes`
  readonly name: string; // 'ConsignmentItem'
  readonly path: string; // 'Declaration/Consignment/ConsignmentItem'
  readonly parent: DictionaryClass | undefined;
  readonly many: boolean; // may repeat: always an array in canonical JSON
  readonly required: boolean;
  readonly key: readonly string[]; // attribute names that identify a row among its siblings; may be empty
  readonly refers?: string | undefined; // path of the class whose key this row's key points to
  readonly wco?: string | undefined;
  readonly aliases: readonly string[]; // ids of older generations of the model
  readonly usage: readonly Usage[];
  readonly extension?: string | undefined;
  readonly verified: boolean;
  readonly source: string;
  readonly title: string;
  readonly attributes: readonly Attribute[];
  readonly classes: readonly DictionaryClass[];
}

export interface Dictionary {
  readonly name: string; // 'wco-dm'
  readonly version: string; // '3.0.0'
  readonly hash: string; // hex SHA-256 of the files it was loaded from
  readonly classes: readonly DictionaryClass[]; // by index, parents before children
  readonly roots: readonly DictionaryClass[];
  class(path: string): DictionaryClass | undefined;
  attribute(path: string): Attribute | undefined; // 'Class/Path.Name'
}
