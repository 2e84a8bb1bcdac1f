import t from 'tap';
import type { CompiledCodec } from '../../src/maps/codecs/codec.ts';
import { openLibrary } from '../../src/gateway/library.ts';
import { randomRows, seeded } from '../../src/maps/generate.ts';
import { normalForm } from '../../src/maps/normal-form.ts';
import type { Plan } from '../../src/maps/plan.ts';
import { root } from '../root.ts';
import { plan } from './fixture.ts';
import { alphabet, broken, difference, read, write } from './law.ts';
import type { Recorded } from './tape.ts';

for (const [name, cases] of [
  ['un/cuscar/d95b', 200],
  ['un/cuscar/d95b/lot10', 50],
  ['wco/cri/3', 200],
] as const) {
  t.test(`${name}: what is written is read again, over ${cases} random sets of rows`, async (t) => {
    const map = plan(name);
    for (let seed = 1; seed <= cases; seed++) {
      const found = broken(map, seed);
      if (found) return void t.fail(`${found.law}, seed ${found.seed}`, { detail: found.detail });
    }
    t.pass();
  });

  if (plan(name).format.family === 'xml') continue; // XML nests explicitly: its readers do not look at neighbors

  t.test(`${name}: same-tag neighbors in any order mean the same`, async (t) => {
    for (let seed = 1; seed <= cases; seed++) {
      const found = disturbed(plan(name), seed);
      if (found) return void t.fail(`${found.law}, seed ${seed}`, { detail: found.detail });
    }
    t.pass();
  });
}

/** Neighbors of one tag in another order: of tags that never open a group with further segments, and not twice the same qualifier: there the first may have a meaning of its own. */
const alone = new Set(['LOC', 'FTX', 'MEA', 'MOA', 'DTM', 'CNT', 'SEL', 'SGP', 'COM', 'DGS', 'HAN', 'PAC', 'CPI', 'CUX', 'DIM', 'TSR']);
function shuffle(units: readonly Recorded[], random: () => number): Recorded[] {
  const mixed = [...units];
  for (let at = 0; at + 1 < mixed.length; at++) {
    if (mixed[at]!.tag !== mixed[at + 1]!.tag || !alone.has(mixed[at]!.tag) || mixed[at]!.atoms[0]?.text === mixed[at + 1]!.atoms[0]?.text || random() < 0.5)
      continue;
    [mixed[at], mixed[at + 1]] = [mixed[at + 1]!, mixed[at]!];
  }
  return mixed;
}

/** What breaks when neighbors change places, or undefined. `reading` may differ from `map`: that is how the law is shown to bite. */
function disturbed(map: Plan, seed: number, reading = map): { law: string; detail: string } | undefined {
  const random = seeded(seed);
  const { tape } = write(map, randomRows(map, random, alphabet));
  const parsed = read(map, tape.units);
  const shuffled = read(reading, shuffle(tape.units, random));
  const [straight, mixed] = [normalForm(parsed.rows), normalForm(shuffled.rows)];
  if (mixed !== straight) return { law: 'GetPut', detail: difference(straight, mixed) };
  const canonical = write(reading, shuffled.rows).tape.units;
  if (JSON.stringify(canonical) !== JSON.stringify(write(reading, read(reading, canonical).rows).tape.units)) return { law: 'stability', detail: '' };
  if (JSON.stringify(count(canonical)) !== JSON.stringify(count(tape.units))) return { law: 'GetPut keeps every segment', detail: '' };
  return undefined;
}

const count = (units: readonly Recorded[]) => units.map((unit) => JSON.stringify(unit)).sort();

t.test('every law bites: a fault planted in the writing plan is found', async (t) => {
  const map = plan('un/cuscar/d95b');
  const faults: { name: string; plant: (codec: CompiledCodec) => Partial<CompiledCodec> | undefined }[] = [
    {
      name: 'an integer is written one too high',
      plant: (codec) => (codec.domain.kind === 'integer' && !codec.fate ? { print: (value) => ({ ok: true, texts: [String(Number(value) + 1)] }) } : undefined),
    },
    {
      name: 'a quantity forgets its unit',
      plant: (codec) =>
        codec.domain.kind === 'quantity'
          ? { print: (value) => ({ ok: true, texts: [typeof value === 'string' ? value : value.value, undefined] }) }
          : undefined,
    },
    { name: 'a text loses its end', plant: (codec) => (codec.list ? { print: (value) => ({ ok: true, texts: [String(value).slice(0, -1)] }) } : undefined) },
  ];
  for (const { name, plant } of faults) {
    const faulty = spoil(map.name, plant);
    let found;
    for (let seed = 1; seed <= 20 && !found; seed++) found = broken(map, seed, faulty);
    t.equal(found?.law, 'PutGet', name);
  }
  t.notOk(
    broken(
      map,
      1,
      spoil(map.name, () => undefined),
    ),
    'and without a fault nothing is found',
  );
});

t.test('the law of neighbors bites: a reader that insists on the order of the map is found', async (t) => {
  const strict = openLibrary({ root }).catalog.plan('un/cuscar/d95b')!;
  for (const { nodes } of strict.groups) nodes.forEach((node, i) => Object.assign(node, { run: i }));
  let found;
  for (let seed = 1; seed <= 20 && !found; seed++) found = disturbed(plan('un/cuscar/d95b'), seed, strict);
  t.equal(found?.law, 'GetPut');
});

/** A second, independent compilation of a plan with some of its codecs replaced. */
function spoil(name: string, plant: (codec: CompiledCodec) => Partial<CompiledCodec> | undefined): Plan {
  const copy = openLibrary({ root }).catalog.plan(name)!;
  for (const { elements } of copy.groups) {
    for (const element of elements) {
      const change = element.codec && plant(element.codec);
      if (change) Object.assign(element, { codec: { ...element.codec, ...change } });
    }
  }
  return copy;
}
