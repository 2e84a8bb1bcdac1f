import t from 'tap';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasError, sentence } from '../../src/diagnostics/diagnostic.ts';
import { isQuantity, normalizeDecimal } from '../../src/dictionary/value.ts';
import type { Rows, Value } from '../../src/dictionary/rows.ts';
import { readBytes } from '../../src/gateway/translation/syntax.ts';
import { forecast } from '../../src/maps/forecast.ts';
import type { Plan } from '../../src/maps/plan.ts';
import { library } from '../maps/fixture.ts';
import { root } from '../root.ts';

// One cargo: three cartons of toys from Hong Kong to Dubai, a house under an air waybill, on one flight.
const statements: Readonly<Record<string, readonly string[]>> = {
  'a cargo report of UN/EDIFACT': ['cuscar.edi'],
  'waybill, house list and flight manifest': ['fwb.imp', 'fhl.imp', 'ffm.imp'],
  'a manifest in X12': ['309.x12'],
  'records of fixed columns': ['manifest.txt'],
};

interface Stated {
  readonly facts: ReadonlyMap<string, string>; // `path = value` → path
  readonly plans: readonly Plan[];
}

function read(files: readonly string[]): Stated {
  const facts = new Map<string, string>();
  const plans: Plan[] = [];
  for (const file of files) {
    const outside = readBytes(library(), readFileSync(join(root, 'test/gateway/same-cargo', file)), {
      message({ plan, parsed, findings }) {
        t.notOk(hasError(findings), `${file}: ${findings.map(sentence).join('; ')}`);
        plans.push(plan!);
        for (const [fact, path] of factsOf(parsed!.rows)) facts.set(fact, path);
      },
      interchangeEnd: (_, findings) => t.notOk(hasError(findings), `${file}: ${findings.map(sentence).join('; ')}`),
    });
    t.same(outside, []);
  }
  return { facts, plans };
}

function factsOf(rows: Rows): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  rows.eachFact((row, slot, value) => {
    const { path } = rows.class(row).attributes[slot]!;
    found.set(`${path} = ${shown(value)}`, path);
  });
  return found;
}

/** A number is the same however many noughts it has. */
const shown = (value: Value): string => (isQuantity(value) ? `${normalizeDecimal(value.value) ?? value.value} ${value.unit}` : value);

/** What kind of document it is: each form is another. */
const aboutDocument: ReadonlySet<string> = new Set(['Declaration.TypeCode']);

/** Whether a map can state a fact of that attribute. */
const statesPath = (plan: Plan, path: string): boolean => plan.bindings.some(({ attributes }) => attributes.some(({ attribute }) => attribute.path === path));

t.test('the same cargo in four forms is the same facts, but for what the forecasts name', async (t) => {
  const read_ = Object.entries(statements).map(([name, files]) => ({ name, ...read(files) }));
  const named = new Map<string, ReadonlySet<string>>();
  const lossesOf = (from: Plan, to: Plan): ReadonlySet<string> => {
    const key = `${from.name} ${to.name}`;
    const known = named.get(key) ?? new Set(forecast(from, to).losses.map(({ path }) => path));
    named.set(key, known);
    return known;
  };
  const all = [...new Map(read_.flatMap(({ facts }) => [...facts]))].sort(([a], [b]) => (a < b ? -1 : 1));
  const unnamed: string[] = [];
  let shared = 0;
  const table = all.map(([fact, path]) => {
    const by = read_.filter(({ facts }) => facts.has(fact));
    if (by.length > 1) shared++;
    const marks = read_.map(({ name, facts, plans }) => {
      if (facts.has(fact)) return '=';
      if (aboutDocument.has(path)) return '-';
      // Whoever states it, by each of its maps that can: no map of this form takes it for sure.
      const isNamed = by.every((from) => from.plans.every((source) => !statesPath(source, path) || plans.every((to) => lossesOf(source, to).has(path))));
      if (isNamed) return '.';
      unnamed.push(`${fact}: ${by.map(({ name: other }) => other).join(', ')}, not ${name}`);
      return '!';
    });
    return `${marks.join(' ')}  ${fact}`;
  });
  t.comment([`${read_.map(({ name }) => name).join(' | ')}: = stated, . named by the forecast, - of the document`, ...table].join('\n'));
  t.same(unnamed, []);
  t.ok(shared >= 10, `${shared} facts are stated in more than one form`);
});
