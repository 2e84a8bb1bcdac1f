import t from 'tap';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readBytes } from '../../src/gateway/translation/syntax.ts';
import { wireOf } from '../../src/gateway/library/wire.ts';
import type { Rows } from '../../src/dictionary/rows.ts';
import type { Loss } from '../../src/maps/account.ts';
import { forecast, type ForecastKind } from '../../src/maps/forecast.ts';
import { randomRows } from '../../src/maps/generate.ts';
import { seeded } from '../../src/maps/generate-values.ts';
import { readMessage, writeRows } from '../../src/maps/laws/wire.ts';
import type { Plan } from '../../src/maps/plan.ts';
import { root, shared } from '../root.ts';
import { catalogOf, library, mapFiles, plan } from './fixture.ts';

const maps = library().catalog.maps.map(({ name }) => name);
const wire = wireOf(library());

const allKinds: readonly ForecastKind[] = ['element', 'private', 'fixed', 'value', 'rows', 'often', 'place'];

/** Which kinds of forecast a loss of a fact bears out. */
const kinds: Readonly<Record<string, readonly ForecastKind[]>> = {
  MAP_NO_ELEMENT: ['element', 'private', 'fixed', 'rows', 'often', 'place'],
  MAP_NOT_REPRESENTABLE: ['value', 'place'],
  MAP_TARGET_FIXED: ['fixed'],
};

/** What was forecast, as losses ask for it: the kinds, a bit each, by path. There are thousands of pairs: no more is kept of them. */
interface Foreseen {
  readonly kindsOf: ReadonlyMap<string, number>;
  readonly refused: boolean; // whether the target might refuse to be built
  readonly losses: number;
}
const bitOf = (kind: ForecastKind): number => 1 << allKinds.indexOf(kind);
const bits = Object.fromEntries(Object.entries(kinds).map(([code, all]) => [code, all.reduce((sum, kind) => sum | bitOf(kind), 0)]));
const foreseen = new Map<string, Foreseen>();
function foreseenOf(from: Plan, to: Plan): Foreseen {
  const pair = `${from.name} ${to.name}`;
  let found = foreseen.get(pair);
  if (found) return found;
  const { losses, refusals } = forecast(from, to);
  const kindsOf = new Map<string, number>();
  for (const { path, kind } of losses) kindsOf.set(path, (kindsOf.get(path) ?? 0) | bitOf(kind));
  found = { kindsOf, refused: refusals.length > 0, losses: losses.length };
  foreseen.set(pair, found);
  return found;
}

/** The losses of a build that were not forecast. */
const lossKey = ({ path, value }: Loss): string => `${path} ${value}`;
function unforeseen(from: Plan, to: Plan, rows: Rows, beyond: ReadonlySet<string> = new Set()): string[] {
  const { built } = writeRows(wire, to, rows);
  const { kindsOf, refused } = foreseenOf(from, to);
  if (built.findings.some(({ code }) => code === 'MAP_BUILD_REFUSED')) return refused ? [] : ['the build is refused'];
  const wasForeseen = (loss: Loss): boolean => ((bits[loss.code] ?? 0) & (kindsOf.get(loss.path ?? '') ?? 0)) !== 0 || beyond.has(lossKey(loss));
  return built.losses.flatMap((loss) => (wasForeseen(loss) ? [] : [`${from.name} to ${to.name}: ${loss.path} \`${loss.value}\`: ${loss.code} ${loss.reason}`]));
}

t.test('on random rows of every map no loss occurs to any other that was not forecast', async (t) => {
  for (const [i, name] of maps.entries()) {
    const from = plan(name);
    const found: string[] = [];
    for (let seed = 1; seed <= 24; seed++) {
      const to = plan(maps[(i + seed) % maps.length]!);
      const made = writeRows(wire, from, randomRows(from, seeded(seed), { fullness: seed % 12 === 0 ? 1 : 0.4 }));
      const rows = readMessage(wire, from, made.bytes).parsed?.rows; // what a message of the map can state
      if (rows) found.push(...unforeseen(from, to, rows));
    }
    t.same([...new Set(found)].slice(0, 5), [], name);
  }
});

t.test('on the samples and the corpus no loss occurs that was not forecast', async (t) => {
  const samples = readdirSync(join(root, 'samples')).flatMap((name) => ['input.edi', 'input.xml'].map((file) => join(root, 'samples', name, file)));
  const corpus = shared === undefined ? [] : readdirSync(join(shared, 'corpus/edifact-customs'), { recursive: true, encoding: 'utf8' }).filter((file) => /\.(edi|edifact|txt)$/i.test(file)).map((file) => join(shared!, 'corpus/edifact-customs', file)); // prettier-ignore
  let messages = 0;
  let lost = 0;
  const found = new Set<string>();
  for (const file of [...samples, ...corpus]) {
    if (!statSync(file, { throwIfNoEntry: false })?.isFile()) continue;
    readBytes(library(), readFileSync(file), {
      message({ plan: from, parsed }) {
        if (!from || !parsed) return;
        messages++;
        const beyond = new Set(writeRows(wire, from, parsed.rows).built.losses.map(lossKey)); // what breaks its own directory is nobody's to forecast
        for (const to of maps) {
          for (const each of unforeseen(from, plan(to), parsed.rows, beyond)) found.add(each);
          lost += foreseenOf(from, plan(to)).losses;
        }
      },
    });
  }
  t.same([...found].slice(0, 5), []);
  t.ok(messages > 3 && lost > 0, `${messages} messages`);
});

t.test('what is certain to be lost is lost whenever it is stated, and what always arrives is never lost', async (t) => {
  const [from, to] = [plan('un/cuscar/d95b'), plan('wco/cri/3')];
  const { losses, facts, whole } = forecast(from, to);
  t.ok(whole > facts / 4 && whole < facts, `${whole} of ${facts} always arrive`);
  const certain = new Set(losses.flatMap((each) => (each.certain && !each.path.includes('$') ? [each.path] : [])));
  let stated = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const rows = randomRows(from, seeded(seed), { fullness: 0.5 });
    const lost = new Set(writeRows(wire, to, rows).built.losses.map(({ fact }) => fact));
    for (let row = 0; row < rows.size; row++)
      for (const { slot, path } of rows.removed(row) ? [] : rows.class(row).attributes) {
        if (!certain.has(path) || rows.get(row, slot) === undefined) continue;
        stated++;
        if (!lost.has(rows.factIndex(row, slot))) return void t.fail(`${path} arrived, seed ${seed}`);
      }
  }
  t.ok(stated > 0, `${stated} facts were stated of which the forecast is certain`);
});

t.test('a forecast is quick, for every pair of the customs maps', async (t) => {
  const customs = maps.filter((name) => /^(un\/(cus|govcbr|sancrt|paxlst)|wco\/)/.test(name)).map((name) => plan(name));
  let slowest = { ms: 0, pair: '' };
  for (const from of customs)
    for (const to of customs) {
      const before = process.cpuUsage();
      forecast(from, to);
      const { user, system } = process.cpuUsage(before);
      const ms = (user + system) / 1000;
      if (ms > slowest.ms) slowest = { ms, pair: `${from.name} to ${to.name}` };
    }
  t.ok(slowest.ms < 1_000, `${customs.length ** 2} pairs, the slowest ${slowest.pair}: ${slowest.ms} ms`);
});

t.test('what needs the whole message before it can be written is said', async (t) => {
  const said = forecast(plan('un/cuscar/d95b'), plan('wco/cri/3')).holds.map(({ reason }) => reason);
  t.ok(said.includes('Declaration/TransportEquipment is repeated inside what refers to it'));
  t.ok(said.includes('parts of Declaration/Consignment that belong together may stand apart'));
  t.equal(forecast(plan('wco/cri/3'), plan('un/cuscar/d95b')).holds.length, 1, 'its masters alone: it nests as the dictionary does');
});

t.test('what is written in other letters is forecast, and reported when it is', async (t) => {
  const files = mapFiles().map(({ path, text }) =>
    path === 'mappings/un/cuscar/d95b/map.yaml'
      ? { path, text: text.replace(/^elements:$/m, 'elements:\n  documentName: { transliterate: { charset: UNOA, cyrillic: ru } }') }
      : { path, text },
  );
  const [from, to] = [plan('un/cuscar/d95b'), catalogOf(files).plan('un/cuscar/d95b')!];
  const said = forecast(from, to).losses.filter(({ path }) => path === 'Declaration.TypeName');
  t.match(said, [
    { kind: 'value', certain: false, reason: /`Ω`: .*UNOA has not/ },
    { kind: 'value', certain: false, reason: /`a` is written `A` in UNOA/ },
  ]);
  const rows = randomRows(from, seeded(1), { fullness: 0 });
  const [row] = rows.roots();
  rows.set(row!, rows.class(row!).attributes.find(({ name }) => name === 'TypeName')!.slot, 'Müller Щербаков');
  const { built, bytes } = writeRows(wire, to, rows);
  t.match(bytes.toString(), /MUELLER SHCHERBAKOV/);
  t.ok(built.findings.some(({ code, args }) => code === 'MAP_NOTE' && args['note']?.includes('is written `MUELLER SHCHERBAKOV` in UNOA')));
});
