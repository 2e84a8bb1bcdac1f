import { ElementUnit } from './element-unit.ts';
import { Elements } from './elements.ts';
import { Names } from './names.ts';

/**
 * What a reader writes down of a document. The same tables serve one document after the other: most are short and like those
 * before them, and to make the tables and fill them with the same names takes as long as reading one.
 */
export class Tables {
  readonly elements = new Elements();
  readonly unit = new ElementUnit(() => this.elements.xpath());
  readonly #utf8 = new Names(false);
  readonly #latin1 = new Names(true);

  /** The names of a document in a charset. */
  begin(latin1: boolean): Names {
    this.unit.latin1 = latin1;
    const names = latin1 ? this.#latin1 : this.#utf8;
    names.begin();
    return names;
  }

  /** Whether it would be too much to keep. */
  get isLarge(): boolean {
    return this.#utf8.known + this.#latin1.known > keptNames || this.elements.deepest > keptDepth;
  }
}

const keptNames = 1024;
const keptDepth = 32;
const kept: Tables[] = [];
const keptTables = 4; // that many documents may be read at the same time

export const takeTables = (): Tables => kept.pop() ?? new Tables();

/** Who gives them back uses them no more. */
export function giveBack(tables: Tables): void {
  tables.elements.clear();
  tables.unit.clear();
  if (kept.length < keptTables && !tables.isLarge) kept.push(tables);
}
