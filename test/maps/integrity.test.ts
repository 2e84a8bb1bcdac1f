import fc from 'fast-check';
import t from 'tap';
import { Rows } from '../../src/dictionary/rows.ts';
import { checkRows } from '../../src/maps/integrity.ts';
import { library } from '../library.ts';

const { dictionary } = library;
const declaration = dictionary.class('Declaration')!;
const bill = dictionary.class('Declaration/Consignment')!; // its key is in a child
const document = dictionary.class('Declaration/Consignment/TransportContractDocument')!;
const item = dictionary.class('Declaration/Consignment/ConsignmentItem')!;
const packed = dictionary.class('Declaration/Consignment/ConsignmentItem/TransportEquipment')!; // names a container
const container = dictionary.class('Declaration/TransportEquipment')!;
const slotOf = (cls: typeof bill, name: string): number => cls.attributes.find((each) => each.name === name)!.slot;
const keySlots = new Map([
  [item, slotOf(item, 'SequenceNumeric')],
  [packed, slotOf(packed, 'ID')],
  [container, slotOf(container, 'ID')],
]);

/** A row to add: of which class, below which of the rows that it may stand below, with which key (0: none), and whether it is out of sight. */
interface Step {
  readonly what: 'bill' | 'item' | 'packed' | 'container';
  readonly above: number;
  readonly key: number;
  readonly removed: boolean;
}
const step = fc.record({
  what: fc.constantFrom('bill', 'item', 'item', 'packed', 'packed', 'container'),
  above: fc.nat(3),
  key: fc.nat(4),
  removed: fc.nat(9).map((n) => n === 0),
}) as fc.Arbitrary<Step>;

/** What must be said, as it is said in words: looked up among all rows. */
interface Stated {
  readonly row: number;
  readonly cls: typeof bill;
  readonly parent: number;
  readonly key: string | undefined;
}

function expected(all: readonly Stated[]): string[] {
  const said: string[] = [];
  for (const { row, cls, parent, key } of all) {
    const siblings = all.filter((other) => other.cls === cls && other.parent === parent);
    if (siblings.length === 1 && cls.refers === undefined) continue;
    if (key === undefined) said.push(`MAP_KEY_MISSING ${cls.path}`);
    else if (siblings.some((other) => other.row < row && other.key === key)) said.push(`MAP_KEY_DUPLICATE ${cls.path} ${key}`);
  }
  for (const { cls, key } of all)
    if (cls.refers !== undefined && key !== undefined && !all.some((other) => other.cls.path === cls.refers && other.key === key))
      said.push(`MAP_REFERENCE_UNRESOLVED ${cls.path} ${key}`);
  return said;
}

t.test('what is said of keys and references is what looking at all rows would say, in whatever order they came', (t) => {
  const law = (): void =>
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const rows = new Rows(dictionary);
        const root = rows.add(declaration, -1);
        const bills: number[] = [];
        const items: number[] = [];
        const all: Stated[] = [];
        for (const { what, above, key: number, removed } of steps) {
          const cls = { bill, item, packed, container }[what];
          const places = what === 'item' ? bills : what === 'packed' ? items : [root];
          const parent = places[above % Math.max(1, places.length)];
          if (parent === undefined) continue;
          const row = rows.add(cls, parent);
          const key = number === 0 ? undefined : `K${number}`;
          const holder = cls === bill ? rows.add(document, row) : row;
          if (key !== undefined) rows.set(holder, cls === bill ? slotOf(document, 'ID') : keySlots.get(cls)!, key);
          const isLeaf = cls === packed || cls === container;
          if (removed && isLeaf) rows.remove(row);
          else all.push({ row, cls, parent, key });
          if (cls === bill) bills.push(row);
          if (cls === item) items.push(row);
        }
        const said = checkRows(rows).map(({ code, args }) => [code, args['class'], ...(code === 'MAP_KEY_MISSING' ? [] : [args['key']])].join(' '));
        if (JSON.stringify(said) !== JSON.stringify(expected(all))) throw new Error(`${JSON.stringify(said)}, not ${JSON.stringify(expected(all))}`);
      }),
      { numRuns: 2000 },
    );
  t.doesNotThrow(law);
  t.end();
});
