import t from 'tap';
import { lawOptions } from '../../../src/gateway/library/wire.ts';
import type { Rows, Value } from '../../../src/dictionary/rows.ts';
import type { CompiledCodec } from '../../../src/maps/codecs/codec.ts';
import { Values } from '../../../src/maps/generate-values.ts';
import { laws, messageFault, type LawName } from '../../../src/maps/laws/laws.ts';
import { tryLaws, type LawOptions } from '../../../src/maps/laws/run.ts';
import { rowsText, showCounterexample } from '../../../src/maps/laws/show.ts';
import type { Recorded, Wire } from '../../../src/maps/laws/wire.ts';
import type { ElementPlan, Plan } from '../../../src/maps/plan.ts';
import { atomKey, type OutAtoms, type Unit } from '../../../src/syntax/unit.ts';
import { catalogOf, library, mapFiles, plan } from '../fixture.ts';

// Every law bites: a fault is put into one piece of the machine, and the law that is there for it finds it.

const segments = plan('un/cuscar/d95b');
const xml = plan('wco/cri/3');
await library().loadSchemas();

interface Planted {
  readonly law: LawName;
  readonly fault: string;
  readonly says: RegExp;
  readonly map?: Plan;
  readonly options: (tools: Pick<LawOptions, 'wire' | 'other'>) => Partial<LawOptions>;
}

/** A second, independent compilation of a plan. */
const copyOf = (map: Plan): Plan => catalogOf(mapFiles()).plan(map.name)!;

/** The same with some of its codecs replaced. */
function spoiled(map: Plan, change: (codec: CompiledCodec, element: ElementPlan) => Partial<CompiledCodec> | undefined): Plan {
  const copy = copyOf(map);
  for (const { elements } of copy.groups)
    for (const element of elements) {
      const changed = element.codec && change(element.codec, element);
      if (changed) Object.assign(element, { codec: { ...element.codec, ...changed } });
    }
  return copy;
}

const isInteger = (codec: CompiledCodec): boolean => codec.domain.kind === 'integer' && !codec.fate;
const oneMore = (value: Value) => ({ ok: true as const, texts: [String(Number(value) + 1)] });
const strict = copyOf(segments);
for (const { nodes } of strict.groups) nodes.forEach((node, i) => Object.assign(node, { run: i }));

/** The machine, with a change to what its writer is handed. */
const writing = (wire: Wire, change: (tag: string, atoms: OutAtoms, write: (tag: string, atoms: OutAtoms) => void) => void): Wire => ({
  ...wire,
  writer(map) {
    const { writer, end } = wire.writer(map);
    const unit = (tag: string, atoms: OutAtoms): void => change(tag, atoms, (...made) => writer.unit(...made));
    return {
      writer: {
        unit,
        beginMessage: (header) => writer.beginMessage(header),
        open: (...made) => writer.open(...made),
        close: (tag) => writer.close(tag),
        endMessage: () => writer.endMessage(),
      },
      end,
    };
  },
});

/** The machine, with a change to what its parser is handed. */
const parsing = (wire: Wire, change: (unit: Unit) => Unit): Wire => ({
  ...wire,
  startParse(...made) {
    const parser = wire.startParse(...made);
    return new Proxy(parser, {
      get: (_, name) => (name === 'unit' ? (unit: Unit) => parser.unit(change(unit)) : (parser[name as keyof typeof parser] as () => unknown).bind(parser)),
    });
  },
});

/** A unit that looks like another but for some fields. */
const like = (unit: Unit, fields: Partial<Unit>): Unit => Object.assign(Object.create(unit) as Unit, {}, ...[defined(unit, fields)]);
function defined(unit: Unit, fields: Partial<Unit>): object {
  const own = { name: (atom: number) => unit.name(atom), text: (atom: number) => unit.text(atom), place: (atom?: number) => unit.place(atom) };
  const copied = { kind: unit.kind, tag: unit.tag, position: unit.position, bytes: unit.bytes, base: unit.base, start: unit.start, end: unit.end, size: unit.size, keys: unit.keys, repetitions: unit.repetitions, starts: unit.starts, ends: unit.ends }; // prettier-ignore
  return { ...own, ...copied, ...fields };
}

let calls = 0;
const planted: readonly Planted[] = [
  {
    law: 'put-get',
    fault: 'a whole number is written one too high',
    says: /SequenceNumeric/,
    options: () => ({ writing: spoiled(segments, (codec) => (isInteger(codec) ? { print: oneMore } : undefined)) }),
  },
  {
    law: 'put-get',
    fault: 'a text of several lines loses its end',
    says: /came back as/,
    options: () => ({
      writing: spoiled(segments, ({ list }) => (list ? { print: (value) => ({ ok: true, texts: [String(value).slice(0, -1)] }) } : undefined)),
    }),
  },
  {
    law: 'get-put',
    fault: 'a reader insists on the order of the map',
    says: /came back as/,
    options: () => ({}),
    map: strict,
  },
  {
    law: 'validity',
    fault: 'the first segment is written twice',
    says: /BGM/,
    options: ({ wire }) => ({ wire: writing(wire, (tag, atoms, write) => (write(tag, atoms), tag === 'BGM' && write(tag, atoms))) }),
  },
  {
    law: 'validity',
    fault: 'an element is written that the schema does not have',
    says: /Zzz/,
    map: xml,
    options: ({ wire }) => ({ wire: writing(wire, (tag, atoms, write) => write(tag === 'TypeCode' ? 'Zzz' : tag, atoms)) }),
  },
  {
    law: 'conservation',
    fault: 'the parser is not handed the last atom of a segment',
    says: /atoms were read/,
    options: ({ wire }) => ({ wire: parsing(wire, (unit) => (unit.tag === 'LOC' && unit.size > 1 ? like(unit, { size: unit.size - 1 }) : unit)) }),
  },
  {
    law: 'conservation',
    fault: 'the account of facts forgets a loss',
    says: /facts do not add up/,
    options: ({ wire }) => ({
      wire: {
        ...wire,
        build(...made) {
          const built = wire.build(...made);
          return built.account.lost === 0 ? built : { ...built, account: { ...built.account, lost: built.account.lost - 1 } };
        },
      },
    }),
  },
  {
    law: 'conservation',
    fault: 'a loss is counted but not told',
    says: /losses of atoms are told/,
    options: ({ wire }) => ({
      wire: {
        ...wire,
        startParse(...made) {
          const parser = wire.startParse(...made);
          const end = parser.end.bind(parser);
          return Object.assign(parser, {
            end() {
              const parsed = end();
              return { ...parsed, losses: parsed.losses.slice(1) };
            },
          });
        },
      },
    }),
  },
  {
    law: 'trace',
    fault: 'a fact is said to come from three bytes further on',
    says: /is said to come from byte \d+, where no atom begins/,
    options: ({ wire }) => ({ wire: parsing(wire, (unit) => like(unit, { base: unit.base + 3 })) }),
  },
  {
    law: 'trace',
    fault: 'a fact is said to come from its neighbor',
    says: /is said to come from/,
    options: ({ wire }) => ({
      wire: parsing(wire, (unit) => (unit.tag === 'EQD' && unit.size > 1 ? like(unit, { starts: unit.starts.slice(0, unit.size).reverse() }) : unit)),
    }),
  },
  {
    law: 'stability',
    fault: 'every second time a number is written with a zero before it',
    says: /not the same again/,
    options: () => {
      const wavering = (codec: CompiledCodec): Partial<CompiledCodec> | undefined =>
        isInteger(codec)
          ? {
              parse: ([text]) => ({ ok: true, value: text === undefined ? undefined : String(Number(text)) }),
              glance: () => undefined, // what is read is what `parse` makes of it
              print: (value) => ({ ok: true, texts: [String(value).length === 1 && ++calls % 3 === 0 ? `0${String(value)}` : String(value)] }),
            }
          : undefined;
      return { map: spoiled(segments, wavering) } as Partial<LawOptions>;
    },
  },
  {
    law: 'hub',
    fault: 'the other map writes a whole number one too high',
    says: /to wco\/cri\/3/,
    options: () => {
      const other = spoiled(xml, (codec) => (isInteger(codec) ? { print: oneMore } : undefined));
      return { other: () => other };
    },
  },
];

for (const { law, fault, says, map = segments, options } of planted) {
  t.test(`${law}: ${fault}`, async (t) => {
    const tools = lawOptions(library(), map);
    const { map: other, ...changes } = options(tools) as Partial<LawOptions> & { map?: Plan };
    const tried = other ?? map;
    const { counterexample } = tryLaws(tried, { ...tools, runs: 400, seed: 1, ...changes });
    t.equal(counterexample?.law, law, counterexample?.detail ?? 'nothing was found');
    t.match(counterexample?.detail, says);
  });
}

t.test('every law has a planted fault', async (t) => {
  t.same(Object.keys(laws).filter((law) => !planted.some((each) => each.law === law)), []); // prettier-ignore
});

t.test('a counterexample is small, and can be had again', async (t) => {
  const tools = lawOptions(library(), segments);
  const faulty = { ...tools, writing: spoiled(segments, (codec) => (isInteger(codec) ? { print: oneMore } : undefined)) };
  // Even cases begin with rows.
  const found = Array.from({ length: 50 }, (_, i) => tryLaws(segments, { ...faulty, runs: 1, seed: 2 * i + 2 }));
  const linesOf = (rows: Rows | undefined): number => (rows ? rowsText(rows).split('\n').length : Infinity);
  const counterexamples = found.flatMap(({ counterexample }) => counterexample ?? []);
  t.ok(linesOf(counterexamples.find(({ rows }) => rows)?.rows) <= 10, 'the first is small: an item stands in a bill, and that in another');
  const [counterexample] = counterexamples.sort((a, b) => linesOf(a.rows) - linesOf(b.rows));
  const text = counterexample?.rows ? rowsText(counterexample.rows) : 'a case that began with rows';
  t.ok(text.split('\n').length <= 8, text);
  t.match(
    showCounterexample(tools.wire, segments, counterexample!),
    /put-get: .*\nbroken by case \d+ \(--seed \d+ --runs 1\)\n[^]*the rows:\n {2}Declaration\n[^]*the message:\n[^]*UNH\+/,
  );
  t.equal(tryLaws(segments, { ...faulty, runs: 1, seed: counterexample!.seed }).counterexample?.detail, counterexample!.detail);
  t.equal(tryLaws(segments, { ...tools, runs: 1, seed: counterexample!.seed }).counterexample, undefined, 'without the fault nothing is found');
});

t.test('a segment that says something several times is written as several: no law is broken by that', async (t) => {
  const map = plan('un/paxlst/d02b');
  const trial = { plan: map, wire: lawOptions(library(), map).wire, values: new Values(() => 0.5, 'AB'), tried: () => undefined };
  const segment = (tag: string, ...atoms: (readonly [element: number, component: number, text: string])[]): Recorded => ({
    kind: 'segment',
    tag,
    atoms: atoms.map(([element, component, text]) => ({ key: atomKey(element, component), name: undefined, text })),
  });
  const said = (...atoms: Parameters<typeof segment>[1][]): Recorded[] => [
    segment('BGM', [1, 1, '745'], [2, 1, 'A1']),
    segment('TDT', [1, 1, '20']),
    segment('DTM', [1, 1, '189'], [1, 2, '20260101'], [1, 3, '102']),
    segment('NAD', [1, 1, 'FL']),
    segment('ATT', [1, 1, '2'], ...atoms),
  ];
  for (const message of [said([3, 1, 'M']), said([3, 1, 'M'], [4, 1, 'F']), said([3, 4, 'TALL'], [8, 1, 'F'], [9, 1, 'G'])])
    t.equal(messageFault(trial, message)?.detail, undefined);
});
