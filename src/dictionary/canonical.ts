import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Place } from '../diagnostics/place.ts';
import { didYouMean } from '../diagnostics/suggest.ts';
import type { Attribute, DictionaryClass } from './dictionary.ts';
import type { AssertionMode, Rows } from './rows.ts';

/** Where a value stands in a canonical document. */
export interface Spot {
  /** RFC 6901. */
  pointer(): string;
  /** Its bytes, where they are known. */
  place?(): Place;
}

/** What is open: the document, a row, a list of rows, a quantity, what maps carry; `undefined`: something that is passed over. */
type Frame =
  | { readonly is: 'document' }
  | { readonly is: 'row'; readonly row: number; readonly cls: DictionaryClass }
  | { readonly is: 'list'; readonly parent: number; readonly cls: DictionaryClass }
  | { readonly is: 'quantity'; readonly row: number; readonly attribute: Attribute; readonly spot: Spot; value?: string; unit?: string; strange: boolean }
  | { readonly is: 'carry'; readonly row: number }
  | { readonly is: 'carried'; readonly row: number; readonly map: string }
  | undefined;

const modes: ReadonlySet<string> = new Set<AssertionMode>(['add', 'delete', 'replace', 'unchanged']);

/**
 * Fills rows with one canonical document, value by value as it is read: nothing of it is kept but the rows. What is wrong is told by
 * its JSON pointer and left out, the rest is read. Whether values fit their types is not asked here but in `conformance`.
 */
export class CanonicalReader {
  readonly #rows: Rows;
  readonly #tell: (finding: Diagnostic) => void;
  readonly #frames: Frame[] = [];
  #named = false; // the dictionary was

  constructor(rows: Rows, tell: (finding: Diagnostic) => void) {
    this.#rows = rows;
    this.#tell = tell;
  }

  open(bracket: '{' | '[', name: string | undefined, spot: Spot): void {
    if (this.#frames.length === 0) {
      if (bracket === '[') this.#shape(spot, 'an object');
      return void this.#frames.push(bracket === '{' ? { is: 'document' } : undefined);
    }
    this.#frames.push(this.#enter(bracket, name, spot));
  }

  close(spot: Spot): void {
    const frame = this.#frames.pop();
    if (frame?.is === 'quantity') this.#quantity(frame);
    if (frame?.is === 'document' && !this.#named) this.#shape(stepOf(spot, '$dictionary'), `the text \`${this.#expected}\``);
  }

  /** `text`: what a string says; undefined for what is none. */
  scalar(name: string | undefined, text: string | undefined, spot: Spot): void {
    const frame = this.#frames.at(-1);
    switch (frame?.is) {
      case 'document':
        if (name === '$dictionary') return this.#dictionary(text, spot);
        return void (this.#classOf(this.#rows.dictionary.roots, name!, spot, 'the document') && this.#shape(spot, 'an object'));
      case 'list':
        return this.#shape(spot, 'an object');
      case 'row':
        return this.#member(frame.row, frame.cls, name!, text, spot);
      case 'quantity':
        if (text !== undefined && (name === 'value' || name === 'unit')) frame[name] = text;
        else frame.strange = true;
        return;
      case 'carry':
        return this.#shape(spot, 'an object by name');
      case 'carried':
        if (text === undefined) this.#shape(spot, 'a string');
        else this.#rows.carry(frame.row, frame.map, name!, text);
        return;
      case undefined: // passed over
    }
  }

  get #expected(): string {
    return `${this.#rows.dictionary.name}@${this.#rows.dictionary.version}`;
  }

  /** A later dictionary only adds: documents of an earlier one of the same generation are read. */
  #dictionary(actual: string | undefined, spot: Spot): void {
    if (actual === undefined) return;
    this.#named = true;
    const expected = this.#expected;
    if (actual.split('.')[0] !== expected.split('.')[0]) this.#tell(finding('CANONICAL_DICTIONARY', { actual, expected }, { actual, data: spot.place?.() }));
  }

  #enter(bracket: '{' | '[', name: string | undefined, spot: Spot): Frame {
    const frame = this.#frames.at(-1);
    switch (frame?.is) {
      case 'document': {
        if (name === '$dictionary') return undefined; // told at the end
        const root = this.#classOf(this.#rows.dictionary.roots, name!, spot, 'the document');
        return root && this.#class(root, -1, bracket, spot);
      }
      case 'list':
        return bracket === '{' ? this.#row(frame.cls, frame.parent) : this.#shape(spot, 'an object');
      case 'row':
        return this.#inRow(frame.row, frame.cls, name!, bracket, spot);
      case 'quantity':
        frame.strange = true;
        return undefined;
      case 'carry':
        return bracket === '{' ? { is: 'carried', row: frame.row, map: name! } : this.#shape(spot, 'an object by name');
      case 'carried':
        return this.#shape(spot, 'a string');
      default:
        return undefined;
    }
  }

  #inRow(row: number, cls: DictionaryClass, name: string, bracket: '{' | '[', spot: Spot): Frame {
    if (name === '$mode') return this.#shape(spot, `one of ${[...modes].join(', ')}`);
    if (name === '$carry') return bracket === '{' ? { is: 'carry', row } : this.#shape(spot, 'an object by map');
    const attribute = cls.attributes.find((each) => each.name === name);
    if (!attribute) {
      const child = this.#classOf(cls.classes, name, spot, cls.path, cls.attributes);
      return child && this.#class(child, row, bracket, spot);
    }
    if (!isQuantity(attribute)) return this.#shape(spot, 'a string');
    return bracket === '{' ? { is: 'quantity', row, attribute, spot: fixed(spot), strange: false } : this.#shape(spot, quantityShape);
  }

  #class(cls: DictionaryClass, parent: number, bracket: '{' | '[', spot: Spot): Frame {
    if (cls.many) return bracket === '[' ? { is: 'list', parent, cls } : this.#shape(spot, 'an array');
    return bracket === '{' ? this.#row(cls, parent) : this.#shape(spot, 'an object');
  }

  #row(cls: DictionaryClass, parent: number): Frame {
    return { is: 'row', row: this.#rows.add(cls, parent), cls };
  }

  #member(row: number, cls: DictionaryClass, name: string, text: string | undefined, spot: Spot): void {
    if (name === '$mode') {
      if (text !== undefined && modes.has(text)) this.#rows.setMode(row, text as AssertionMode);
      else this.#shape(spot, `one of ${[...modes].join(', ')}`);
      return;
    }
    if (name === '$carry') return this.#shape(spot, 'an object by map');
    const attribute = cls.attributes.find((each) => each.name === name);
    if (attribute) {
      if (isQuantity(attribute)) this.#shape(spot, quantityShape);
      else if (text === undefined) this.#shape(spot, 'a string');
      else this.#rows.set(row, attribute.slot, text);
      return;
    }
    const child = this.#classOf(cls.classes, name, spot, cls.path, cls.attributes);
    if (child) this.#shape(spot, child.many ? 'an array' : 'an object');
  }

  #quantity({ row, attribute, spot, value, unit, strange }: Extract<Frame, { is: 'quantity' }>): void {
    if (strange || value === undefined || unit === undefined) this.#shape(spot, quantityShape);
    else this.#rows.set(row, attribute.slot, { value, unit });
  }

  /** The class of that name; one that is not there is told, with what may be meant. */
  #classOf(classes: readonly DictionaryClass[], name: string, spot: Spot, of: string, beside: readonly Attribute[] = []): DictionaryClass | undefined {
    const found = classes.find((each) => each.name === name);
    if (found) return found;
    const above = spot.pointer().replace(/\/[^/]*$/, '');
    const known = [...beside, ...classes].map((each) => each.name);
    const args = { name, pointer: above === '' ? 'the top' : above, class: of, suggestion: didYouMean(name, known) };
    this.#tell(finding('CANONICAL_NAME', args, { actual: name, data: spot.place?.() }));
    return undefined;
  }

  #shape(spot: Spot, expected: string): undefined {
    const pointer = spot.pointer();
    this.#tell(finding('CANONICAL_SHAPE', { pointer: pointer === '' ? 'the document' : pointer, expected }, { data: spot.place?.() }));
  }
}

const quantityShape = 'an object with `value` and `unit`';
const isQuantity = ({ type: { kind } }: Attribute): boolean => kind === 'quantity' || kind === 'amount';

/** A spot that is asked later. */
function fixed(spot: Spot): Spot {
  const [pointer, place] = [spot.pointer(), spot.place?.()];
  return { pointer: () => pointer, ...(place ? { place: () => place } : {}) };
}

const stepOf = (spot: Spot, name: string): Spot => ({ pointer: () => `${spot.pointer()}/${name}`, ...(spot.place ? { place: () => spot.place!() } : {}) });
