import t from 'tap';
import type { Rows } from '../../src/dictionary/rows.ts';
import { wireOf } from '../../src/gateway/library/wire.ts';
import { randomRows } from '../../src/maps/generate.ts';
import { seeded } from '../../src/maps/generate-values.ts';
import { readMessage, writeRows } from '../../src/maps/laws/wire.ts';
import { isSameInOrder, normalForm } from '../../src/maps/normal-form.ts';
import { library, plan } from './fixture.ts';

const map = plan('un/cuscar/d95b');
const wire = wireOf(library());
const made = (seed = 1): Rows => randomRows(map, seeded(seed), { fullness: 0.5 });

const factsOf = (rows: Rows): readonly (readonly [row: number, slot: number, fact: number])[] => {
  const facts: [number, number, number][] = [];
  rows.eachFact((row, slot, _, fact) => void facts.push([row, slot, fact]));
  return facts;
};

t.test('rows are the same in order where every fact and all that is carried is', async (t) => {
  t.ok(isSameInOrder(made(), made()));
  t.notOk(isSameInOrder(made(), made(2)));
  for (const [row, slot, fact] of factsOf(made())) {
    const [other, without] = [made(), made()];
    other.set(row, slot, 'ANOTHER');
    without.unset(row, slot);
    t.notOk(isSameInOrder(made(), other), 'another value');
    t.notOk(isSameInOrder(made(), without), 'one fact less');
    t.notOk(isSameInOrder(without, made()), 'one fact more');
    t.ok(isSameInOrder(made(), without, { without: new Set([fact]) }), 'but for that one');
    t.ok(isSameInOrder(without, other, { withoutSecond: new Set([fact]) }), 'but for that one of the second');
  }
  for (const { row, index, ...carried } of made().carried) {
    const other = made();
    other.shed(row, { ...carried, index });
    t.notOk(isSameInOrder(made(), other), `without ${carried.name}`);
    t.ok(isSameInOrder(made(), other, { without: new Set([other.places + index]) }), 'but for that one');
    other.carry(row, carried.map, carried.name, `${carried.value}X`);
    t.notOk(isSameInOrder(made(), other), `another ${carried.name}`);
  }
});

t.test('rows in another order have one normal form, and are not the same in order', async (t) => {
  const rows = made();
  const [root] = rows.roots();
  const other = made();
  const [first] = [...Array(other.size).keys()].filter((row) => other.parent(row) === root && other.nextSibling(row) >= 0);
  const cls = other.class(first!);
  const moved = other.add(cls, root!);
  for (const { slot } of cls.attributes) other.copy(moved, slot, rows, first!);
  other.carryAll(moved, rows, first!);
  for (let child = other.firstChild(first!); child >= 0;) {
    const next = other.nextSibling(child);
    other.attach(child, moved);
    child = next;
  }
  other.discard(first!);
  t.equal(normalForm(other), normalForm(rows));
  t.notOk(isSameInOrder(other, rows));
});

t.test('of what was read it may be asked whether it stood at the same bytes', async (t) => {
  const { bytes } = writeRows(wire, map, made());
  const rows = readMessage(wire, map, bytes).parsed!.rows;
  const again = readMessage(wire, map, bytes).parsed!.rows;
  t.ok(isSameInOrder(rows, again, { bytes: true }));
  const later = readMessage(wire, map, Buffer.concat([Buffer.from('\r\n'), bytes])).parsed!.rows;
  t.ok(isSameInOrder(rows, later));
  t.notOk(isSameInOrder(rows, later, { bytes: true }));
});
