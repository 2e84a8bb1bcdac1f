import fc from 'fast-check';
import t from 'tap';
import { codecs } from '../../../src/maps/codecs/register.ts';
import type { CompiledCodec, Domain } from '../../../src/maps/codecs/codec.ts';
import type { Quantity, Value } from '../../../src/dictionary/rows.ts';
import { compiled } from './context.ts';

/**
 * The two laws of a codec, on values made from the domain that it declares:
 *
 *   PutGet    what was written is read again as the same value, or it was refused
 *   stable    writing what was read from a wire we wrote gives that wire again
 *
 * and on wires: what is read and can be written is read again as the same value.
 */
const arguments_: readonly (readonly [codec: string, yaml: string])[] = [
  ['text', 'true'],
  ['text', '{ max: 35, charset: UNOA }'],
  ['text', '{ charset: LATIN1 }'],
  ['integer', 'true'],
  ['integer', '{ width: 8 }'],
  ['decimal', 'true'],
  ['decimal', '{ scale: 3 }'],
  ['decimal', '{ mark: comma }'],
  ['implied', '2'],
  ['implied', '{ decimals: 3, width: 12 }'],
  ['datetime', 'ISO'],
  ['datetime', 'CCYYMMDD'],
  ['datetime', 'YYMMDD'],
  ['datetime', 'YYDDD'],
  ['datetime', 'DDMMMYY'],
  ['datetime', '204'],
  ['datetime', '304'],
  ['datetime', '{ datetime: CCYYMMDDHHMM, zone: utc }'],
  ['datetime', '{ by: format, formats: [602, 610, 102, 203, 204, 303, 304] }'],
  ['quantity', '{ unit: unit }'],
  ['quantity', '{ unit: unit, units: { K: KGM, L: LBR } }'],
  ['quantity', 'KGM'],
  ['amount', '{ currency: currency, default: EUR, scale: 2 }'],
  ['codes', 'airports'],
  ['lines', '{ lines: 7 }'],
  ['lines', '{ lines: 7, glue: " ", count: 40 }'],
  ['join', '{ join: [prefix, "-", serial], parts: { prefix: n3, serial: n..8 } }'],
  ['join', '{ join: [a, b, c], parts: { a: a2, b: n1..4, c: a..3 } }'],
  ['first-of', '[a, b]'],
];

const digits = (max: number): fc.Arbitrary<string> => fc.array(fc.constantFrom(...'0123456789'), { minLength: 1, maxLength: max }).map((each) => each.join(''));
const number = (scale: number): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom('', '-'), digits(30), scale === 0 ? fc.constant('') : fc.option(digits(scale), { nil: '' }))
    .map(([sign, left, right]) => `${sign}${left}${right === '' ? '' : `.${right}`}`);
const two = (min: number, max: number): fc.Arbitrary<string> => fc.integer({ min, max }).map((n) => String(n).padStart(2, '0'));
const characters = fc.array(fc.constantFrom(..."ABCXYZ abcxyz 0123 +:?*'.,-/ÄÖÜßéñ中💥"), { minLength: 1, maxLength: 60 }).map((each) => each.join(''));
const precisions = ['year', 'month', 'day', 'minute', 'second'] as const;
const instants = (stated: readonly (typeof precisions)[number][]): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.integer({ min: 1940, max: 2060 }),
      two(1, 12),
      two(1, 31),
      two(0, 23),
      two(0, 59),
      two(0, 59),
      fc.constantFrom('', 'Z', '+01:00', '-11:00', '+05:30'),
      fc.constantFrom(...stated),
    )
    .map(([year, month, day, hour, minute, second, offset, precision]) => {
      const parts = precisions.indexOf(precision) + 1;
      const date = [`${year}`, `-${month}`, `-${day}`].slice(0, parts).join('');
      return parts < 4 ? date : `${date}T${hour}:${minute}${parts === 5 ? `:${second}` : ''}${offset}`;
    });

function valuesOf(domain: Domain): fc.Arbitrary<Value> {
  switch (domain.kind) {
    case 'text':
      // Half of the texts by the declared pattern where there is one, half by chance.
      return domain.pattern ? fc.oneof(fc.stringMatching(domain.pattern, { size: 'medium' }), characters) : characters;
    case 'integer':
      return fc
        .tuple(fc.constantFrom('', '-'), digits(domain.digits ?? 40))
        .map(([sign, each]) => `${sign}${domain.digits === undefined ? each : each.replace(/^0+(?=\d)/, '')}`);
    case 'decimal':
      return number(domain.scale ?? 10);
    case 'quantity':
      return fc.record({ value: number(domain.scale ?? 6), unit: fc.constantFrom(...(domain.units ?? ['KGM', 'LBR', 'TNE', ''])) });
    case 'datetime':
      // Half of them at a precision that the format states, half at any: those are to be refused.
      return fc.oneof(instants(domain.precisions), instants(precisions));
    case 'codes':
      return fc.constantFrom(...domain.values);
  }
}

const shown = (value: Value | undefined): string => JSON.stringify(value);
const read = (pair: CompiledCodec, texts: readonly (string | undefined)[]): Value | undefined => {
  const parsed = pair.parse(texts);
  return parsed.ok ? parsed.value : undefined;
};

/** Runs the two laws; `failed` tells the counterexample, its seed and path. */
function laws(codec: string, pair: CompiledCodec): { readonly failed: string | undefined; readonly written: number; readonly refused: number } {
  let written = 0;
  let refused = 0;
  const property = fc.property(valuesOf(pair.domain), (value) => {
    const printed = pair.print(value, undefined);
    if (!printed.ok) {
      refused++;
      return printed.reason.length > 5;
    }
    if (printed.note !== undefined) return true; // reported: the law is on what was not
    written++;
    const back = read(pair, printed.texts);
    // `implied` writes every decimal: 12.5 comes back as 12.50, the same number.
    const same = codec === 'implied' ? sameNumber(back, value) : shown(back) === shown(value);
    const again = back === undefined ? undefined : pair.print(back, undefined);
    return same && again?.ok === true && JSON.stringify(again.texts) === JSON.stringify(printed.texts);
  });
  const details = fc.check(property, { numRuns: 1000 });
  return { failed: details.failed ? fc.defaultReportMessage(details) : undefined, written, refused };
}

for (const [codec, yaml] of arguments_) {
  t.test(`${codec}: ${yaml}`, (t) => {
    const { failed, written, refused } = laws(codec, compiled(codec, yaml));
    t.equal(failed, undefined);
    t.ok(written > 20, `${written} values written and read again, ${refused} refused with a reason`);
    t.end();
  });
}

t.test('the laws find a fault that is planted', (t) => {
  const decimal = compiled('decimal', 'true');
  const date = compiled('datetime', '{ by: format, formats: [102, 203] }');
  const lines = compiled('lines', '{ lines: 7 }');
  const faults: readonly (readonly [string, CompiledCodec])[] = [
    ['decimals are dropped in silence', { ...decimal, print: (value) => ({ ok: true, texts: [String(value).split('.')[0]] }) }],
    ['digits pass through floating point', { ...decimal, parse: ([wire]) => ({ ok: true, value: String(Number(wire)) }) }],
    ['a minus is lost', { ...decimal, parse: ([wire]) => decimal.parse([wire?.replace('-', '')]) }],
    ['a date becomes a midnight', { ...date, print: (value) => date.print(/T/.test(String(value)) ? value : `${String(value)}T00:00`, undefined) }],
    ['pieces are joined with a blank', { ...lines, parse: (wires) => ({ ok: true, value: wires.join(' ') }) }],
  ];
  for (const [name, pair] of faults) t.ok(laws('planted', pair).failed, name);
  t.end();
});

t.test('wires: what was joined is taken apart as it stood, or was refused', (t) => {
  const text = fc.option(
    fc.array(fc.constantFrom(...'AZ09-'), { minLength: 1, maxLength: 3 }).map((each) => each.join('')),
    { nil: undefined },
  );
  for (const yaml of [
    '{ join: [a, b], parts: { a: a1..4, b: n1..10 } }',
    '{ join: [a, b, c], parts: { a: an1..3, b: an2, c: an2 } }',
    '{ join: [a, "-", b], parts: { a: an0..3, b: t1..9 } }',
  ]) {
    const pair = compiled('join', yaml);
    let joined = 0;
    const property = fc.property(fc.array(text, { minLength: pair.inputs!.length, maxLength: pair.inputs!.length }), (wires) => {
      const value = read(pair, wires);
      if (value === undefined) return true;
      joined++;
      return JSON.stringify(pair.print(value, undefined)) === JSON.stringify({ ok: true, texts: wires });
    });
    const details = fc.check(property, { numRuns: 5000 });
    t.equal(details.failed ? fc.defaultReportMessage(details) : undefined, undefined, yaml);
    t.ok(joined > 20, `${joined} were joined`);
  }
  t.end();
});

const numbers = fc
  .tuple(fc.constantFrom('', '+', '-'), fc.constantFrom('', '0', '00', '7', '18410'), fc.constantFrom('', '.', ','), fc.constantFrom('', '5', '50', '000'))
  .map((each) => each.join(''));
const dates = fc.tuple(fc.constantFrom('19', '20'), digits(2), two(0, 13), two(0, 32), two(0, 25), two(0, 61)).map((each) => each.join(''));

t.test('wires: what is read and can be written is read again as the same', (t) => {
  for (const [codec, yaml, wires] of [
    ['integer', 'true', numbers],
    ['integer', '{ width: 9 }', numbers],
    ['decimal', 'true', numbers],
    ['decimal', '{ mark: comma }', numbers],
    ['implied', '{ decimals: 2 }', numbers],
    ['datetime', 'CCYYMMDDHHMM', dates],
    ['datetime', '{ datetime: CCYYMMDDHHMM, midnight: 24 }', dates],
    ['lines', '{ lines: 70 }', characters],
  ] as const) {
    const pair = compiled(codec, yaml);
    fc.assert(
      fc.property(wires, (wire) => {
        const value = read(pair, [wire]);
        if (value === undefined) return true;
        const printed = pair.print(value, undefined);
        return printed.ok && shown(read(pair, printed.texts)) === shown(value);
      }),
      { numRuns: 500 },
    );
    t.pass(`${codec}: ${yaml}`);
  }
  t.end();
});

t.test('the first look says what the careful one says, or nothing', (t) => {
  const wire = fc.oneof(
    numbers,
    dates,
    dates.map((each) => each.slice(0, 8)),
    dates.map((each) => each.slice(2)),
    characters,
    fc.constantFrom('DFW', 'QDF', 'QQQ', 'T'),
  );
  const beside = fc.option(fc.oneof(characters, fc.constantFrom('', 'KGM', 'L', 'ZZ', 'EUR', '102', '203', '204', '304')), { nil: undefined });
  const more = [
    ['text', '{ none: T }'],
    ['text', '{ max: 7 }'],
    ['amount', '{ currency: currency, none: "7" }'],
    ['quantity', '{ unit: unit, unitless: ZZ }'],
    ['datetime', '{ datetime: YYMMDDHHMM, pivot: 70 }'],
    ['datetime', '{ datetime: 203, midnight: 24 }'],
    ['datetime', '{ by: format, formats: [102, 203], default: 102 }'],
  ] as const;
  const looked = new Set<string>();
  for (const [codec, yaml] of [...arguments_, ...more]) {
    const pair = compiled(codec, yaml);
    if (!pair.glance) continue;
    const texts = fc.tuple(wire, (pair.inputs ?? []).length > 1 || pair.list ? beside : fc.constant(undefined));
    const property = fc.property(texts, ([first, second]) => {
      const value = pair.glance!(first, second);
      if (value === undefined) return true;
      looked.add(codec);
      const parsed = pair.parse([first, second]);
      return parsed.ok && parsed.note === undefined && shown(parsed.value) === shown(value);
    });
    fc.assert(property, { numRuns: 500 });
    if (!pair.list) t.match(pair.parse([undefined, 'KGM']), { ok: true, value: undefined }, `${codec}: ${yaml}, without the first text`);
  }
  t.same([...looked].sort(), ['amount', 'codes', 'datetime', 'decimal', 'integer', 'lines', 'quantity', 'text']);
  t.end();
});

t.test('an exact codec gives back the very wire', (t) => {
  for (const [codec, yaml] of arguments_) {
    const pair = compiled(codec, yaml);
    if (pair.lossless !== 'exact') continue;
    for (const example of codecs.get(codec)!.examples) {
      if (example.wire.length !== (pair.inputs?.length ?? 1)) continue;
      const value = read(pair, example.wire);
      const printed = value === undefined ? undefined : pair.print(value, undefined);
      if (printed?.ok) t.same(printed.texts, example.wire, `${codec}: ${yaml} ${JSON.stringify(example.wire)}`);
    }
  }
  t.end();
});

function sameNumber(a: Value | undefined, b: Value): boolean {
  const plain = (value: Value | undefined): string => {
    const [, sign = '', left = '', right = ''] = /^(-?)0*(\d*)(?:\.(\d*?)0*)?$/.exec(String((value as Quantity | undefined)?.value ?? value)) ?? [];
    return left + right === '' ? '' : `${sign}${left}.${right}`;
  };
  return plain(a) === plain(b);
}
