import t from 'tap';
import { codecs, compileElement } from '../../../src/maps/codecs/register.ts';
import type { Value } from '../../../src/dictionary/rows.ts';
import { argument, compiled, context } from './context.ts';

t.test('every example of every codec is as its documentation says', (t) => {
  for (const codec of codecs.values()) {
    for (const example of codec.examples) {
      const name = `${codec.name}: ${example.args} reads ${JSON.stringify(example.wire)}`;
      const pair = compiled(codec.name, example.args);
      const parsed = pair.parse(example.wire.map((wire) => (wire === '' ? undefined : wire)));
      if (example.refused !== undefined) {
        t.ok(!parsed.ok && parsed.reason.includes(example.refused), `${name}: refused, ${parsed.ok ? 'not' : parsed.reason}`);
        continue;
      }
      t.ok(parsed.ok, name);
      if (pair.fate === undefined)
        t.same(
          parsed,
          { ok: true, value: example.value, ...('note' in parsed ? { note: parsed.note } : {}), ...('fixed' in parsed ? { fixed: parsed.fixed } : {}) },
          name,
        );
      if (!parsed.ok || pair.only === 'parse') continue;
      if (pair.fate === undefined && parsed.value === undefined) continue; // there is nothing to be written back
      const value: Value = example.value ?? example.wire[1] ?? '';
      const printed = pair.print(value, undefined, example.wire);
      t.ok(printed.ok, `${name}: written back`);
      if (printed.ok)
        t.same(
          trimmed(printed.texts),
          trimmed(example.prints ?? (pair.fate === 'derived' ? example.wire.slice(0, 1) : example.wire)),
          `${name}: ${JSON.stringify(printed.texts)}`,
        );
    }
  }
  t.end();
});

t.test('every codec has a paragraph for analysts and an example', (t) => {
  for (const [name, codec] of codecs) {
    t.equal(codec.name, name);
    t.match(codec.doc, /^.{40,}\.$/s, `${name} is documented`);
    t.ok(codec.examples.length > 0, `${name} has examples`);
  }
  t.end();
});

t.test('no codec throws, whatever argument, text or value it meets', (t) => {
  const oddArguments = [
    '""',
    'true',
    'x',
    '-1',
    '[]',
    '[a, b]',
    '{}',
    '{ zzz: 1 }',
    '{ width: x }',
    '{ by: nowhere }',
    '{ parse: "(" }',
    '[[a]]',
    '{ a: { b: c } }',
  ];
  const oddTexts = ['', ' ', '-', '.', '+', '0', 'é', '\u0000', '9'.repeat(200), 'Z'.repeat(200), '20240230', '💥'];
  const oddValues: Value[] = [...oddTexts, { value: '', unit: '' }, { value: 'x', unit: 'KGM' }, { value: '1', unit: '' }];
  for (const codec of codecs.values()) {
    for (const yaml of [...oddArguments, ...codec.examples.map((each) => each.args)]) {
      const made = codec.compile(argument(yaml), context);
      if ('problems' in made) {
        t.ok(made.problems.length > 0 && made.problems.every((problem) => problem.length > 10), `${codec.name} ${yaml} says what is wrong`);
        continue;
      }
      for (const wire of oddTexts) for (const other of [undefined, ...oddTexts]) made.parse([wire, other]);
      made.parse([]);
      for (const value of oddValues) for (const width of [undefined, 0, 3]) made.print(value, width);
    }
  }
  t.end();
});

t.test('an element names its codec first, its options after it', (t) => {
  const problems = (yaml: string): readonly string[] => {
    const made = compileElement(argument(yaml), context);
    return 'problems' in made ? made.problems : [];
  };
  t.same(problems('{ lines: 70, count: 5 }'), []);
  t.same(problems('{ decimal: { scale: 3 } }'), []);
  t.same(problems('{ when: x, decimal: true }'), []);
  t.match(problems('{ decimals: 3 }'), ['there is no codec `decimals`, did you mean `decimal`?']);
  t.match(problems('{ scale: 3, decimal: true }'), ['the codec `decimal` must stand before its option `scale`']);
  t.match(problems('{ decimal: true, scael: 3 }'), ['`decimal` has no option `scael`, did you mean `scale`?']);
  t.match(problems('decimal'), [/in braces/]);
  t.end();
});

function trimmed(texts: readonly (string | undefined)[]): readonly (string | undefined)[] {
  const list = texts.map((each) => (each === '' ? undefined : each));
  while (list.length > 0 && list.at(-1) === undefined) list.pop();
  return list;
}
