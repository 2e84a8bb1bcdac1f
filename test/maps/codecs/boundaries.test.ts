import t from 'tap';
import { argument, compiled, context, problemsOf } from './context.ts';
import { compileTable } from '../../../src/maps/codecs/table.ts';
import type { Value } from '../../../src/dictionary/rows.ts';

/** What stands at the edges, as tables: codec, argument, wire, and what it means or why it means nothing. */
type Row = readonly [codec: string, yaml: string, wire: string | readonly string[], means: Value | RegExp | undefined];

// prettier-ignore
const reading: readonly Row[] = [
  // Numbers: ISO 9735 allows comma and point, a mark without a leading zero, and no thousands separators.
  ['decimal',  'true', '.5',          '0.5'],
  ['decimal',  'true', ',5',          '0.5'],
  ['decimal',  'true', '5.',          '5'],
  ['decimal',  'true', '-5',          '-5'],
  ['decimal',  'true', '+5',          '5'],
  ['decimal',  'true', '00.10',       '00.10'],
  ['decimal',  'true', '9'.repeat(60), '9'.repeat(60)],
  ['decimal',  'true', '.',           /not a number/],
  ['decimal',  'true', '1 000',       /not a number/],
  ['decimal',  'true', '1E3',         /has an exponent/],
  ['decimal',  'true', '5-',          /not a number/],
  ['decimal',  'true', '',            undefined],
  ['integer',  'true', '0007',        '0007'],
  ['integer',  '{ width: 4 }', '0007', '7'],
  ['integer',  '{ width: 4 }', '0000', '0'],
  ['integer',  'true', '-3',          '-3'],
  ['implied',  '2', '7',              '0.07'],
  ['implied',  '2', '-123',           '-1.23'],
  ['implied',  '0', '12',             '12'],
  // Dates: the calendar, the century, midnight, zones, precision.
  ['datetime', 'CCYYMMDD', '20240229', '2024-02-29'],
  ['datetime', 'CCYYMMDD', '20230229', /2023-02 has no day 29/],
  ['datetime', 'CCYYMMDD', '19000229', /no day 29/],
  ['datetime', 'CCYYMMDD', '20000229', '2000-02-29'],
  ['datetime', 'CCYYMMDD', '20241301', /no month 13/],
  ['datetime', 'CCYYMMDD', '20240001', /no month 00/],
  ['datetime', 'CCYYMMDD', '2024031',  /not of the form CCYYMMDD/],
  ['datetime', 'YYMMDD', '491231',    '2049-12-31'],
  ['datetime', 'YYMMDD', '500101',    '1950-01-01'],
  ['datetime', '{ datetime: YYMMDD, pivot: 70 }', '690101', '2069-01-01'],
  ['datetime', '203', '202403012359', '2024-03-01T23:59'],
  ['datetime', '203', '202403012400', /24:00 is not accepted/],
  ['datetime', '{ datetime: 203, midnight: 24 }', '202412312400', '2025-01-01T00:00'],
  ['datetime', '{ datetime: 203, midnight: 24 }', '202412312401', /24:00/],
  ['datetime', '204', '20240301120060', /no second 60/],
  ['datetime', '303', '202403011200UTC', '2024-03-01T12:00Z'],
  ['datetime', '303', '202403011200Z', '2024-03-01T12:00Z'],
  ['datetime', '303', '202403011200+01', '2024-03-01T12:00+01:00'],
  ['datetime', '303', '202403011200+0530', '2024-03-01T12:00+05:30'],
  ['datetime', '303', '202403011200CET', /zone `CET` has no fixed offset/],
  ['datetime', '602', '2024',         '2024'],
  ['datetime', '610', '202403',       '2024-03'],
  ['datetime', 'YYDDD', '24366',      '2024-12-31'],
  ['datetime', 'YYDDD', '23366',      /2023 has no day 366/],
  ['datetime', 'DDMMMYY', '08Dec10',  '2010-12-08'],
  ['datetime', 'DDMMMYY', '08DEZ10',  /not one of JAN/],
  ['datetime', '{ datetime: 203, zone: utc }', '202403011200', '2024-03-01T12:00Z'],
  ['datetime', '{ by: format, formats: [102, 203] }', ['20240305', '102'], '2024-03-05'],
  ['datetime', '{ by: format, formats: [102, 203] }', ['202403050600', '102'], /not of the form CCYYMMDD/],
  ['datetime', '{ by: format, formats: [102, 203] }', ['2024030520240306', '718'], /period/],
  ['datetime', '{ by: format, formats: [102, 203] }', ['240305', '101'], /not one of those that the map reads/],
  ['datetime', '{ by: format, formats: [102, 203] }', ['20240305'], /no format code/],
  ['datetime', '{ by: format, formats: [102, 203], default: 102 }', ['20240305'], '2024-03-05'],
  // Measures: as stated, unit beside.
  ['quantity', '{ unit: unit }', ['.5', 'TNE'], { value: '0.5', unit: 'TNE' }],
  ['quantity', '{ unit: unit }', ['-12,50', 'KGM'], { value: '-12.50', unit: 'KGM' }],
  ['quantity', '{ unit: unit }', ['7'], { value: '7', unit: '' }],
  ['quantity', '{ unit: unit, default: KGM }', ['7'], { value: '7', unit: 'KGM' }],
  ['quantity', '{ unit: unit, units: { K: KGM, L: LBR } }', ['7', 'L'], { value: '7', unit: 'LBR' }],
  ['quantity', '{ unit: unit, units: { K: KGM, L: LBR } }', ['7', 'T'], /unit `T` is not one/],
  ['quantity', '{ unit: unit }', ['', 'KGM'], undefined],
  // Pieces and joins.
  ['lines',    '{ lines: 3, glue: "" }', ['abc', '', 'de'], 'abcde'],
  ['lines',    '{ lines: 5 }', ['HAND', 'TOOLS', 'OF IRON'], 'HAND\nTOOLSOF IRON'],
  ['join',     '{ join: [prefix, "-", serial], parts: { prefix: n3, serial: n8 } }', ['125', ''], /`serial` is missing/],
  ['join',     '{ join: [prefix, "-", serial], parts: { prefix: n3, serial: n8 } }', ['12X', '12345675'], /not of the form/],
  ['join',     '{ join: [a, b], parts: { a: n6, b: n0..2 } }', ['', '21'], /`a` is missing/],
  ['join',     '{ join: [a, b], parts: { a: a1..4, b: n1..10 } }', ['W', '8'], 'W8'],
  ['join',     '{ join: [a, b], parts: { a: a1..4, b: n1..10 } }', ['W', 'bO8'], /`WbO8` was `W` and `bO8`, and would be written `WbO` and `8`/],
  ['join',     '{ join: [a, b], parts: { a: a1..4, b: n1..10 } }', ['W1', '8'], /`W18` was `W1` and `8`, and would be written `W` and `18`/],
  ['join',     '{ join: [a, b], parts: { a: n6, b: n0..2 } }', ['01012', '121'], /was `01012` and `121`, and would be written `010121` and `21`/],
  ['join',     '{ join: [a, b], parts: { a: n6, b: n0..2 } }', ['01012', '1'], /was `01012` and `1`, and would be written `010121`/],
  ['join',     '{ join: [a, b], parts: { a: n6, b: n0..2 } }', ['010121', '215'], /not of the form/],
  ['day-near', '{ day-near: day, anchor: issued, format: CCYYMMDD, window: [-3, 24] }', ['30', '20240101'], '2023-12-30'],
  ['day-near', '{ day-near: day, anchor: issued, format: CCYYMMDD, window: [-3, 24] }', ['05', ''], /is missing/],
];

t.test('reading at the edges', (t) => {
  for (const [codec, yaml, wire, means] of reading) {
    const name = `${codec} ${yaml}: ${JSON.stringify(wire)}`;
    const parsed = compiled(codec, yaml).parse((typeof wire === 'string' ? [wire] : wire).map((each) => (each === '' ? undefined : each)));
    if (means instanceof RegExp) t.match(parsed, { ok: false, reason: means }, name);
    else t.match(parsed, { ok: true, value: means }, name);
    if (means === undefined && parsed.ok) t.equal(parsed.value, undefined, name);
  }
  t.end();
});

// prettier-ignore
const writing: readonly (readonly [codec: string, yaml: string, value: Value, width: number | undefined, texts: readonly (string | undefined)[] | RegExp, note?: RegExp])[] = [
  ['text',     '{ max: 4 }', 'ABCDE', undefined, /5 characters, at most 4/],
  ['text',     'true', 'SEAL1234567', 10, /11 characters, at most 10/],
  ['text',     '{ charset: UNOA }', 'Müller', undefined, /cannot write: `üler`/],
  ['transliterate', 'UNOA', 'Müller', undefined, ['MUELLER'], /`Müller` is written `MUELLER` in UNOA/],
  ['transliterate', 'UNOA', 'MUELLER', undefined, ['MUELLER']],
  ['transliterate', 'ASCII', 'Łódź – Straße', undefined, ['Lodz - Strasse'], /Łódź/],
  ['transliterate', 'ASCII', 'Ähre ÄHRE Århus ÅRHUS Þór', undefined, ['Aehre AEHRE Aarhus AARHUS Thor'], /Ähre/],
  ['transliterate', '{ charset: ASCII, latin: plain }', 'Ähre Øre İzmir Çeşme Đà Nẵng', undefined, ['Ahre Ore Izmir Cesme Da Nang'], /Ähre/],
  ['transliterate', 'LATIN1', 'Müller Łódź', undefined, ['Müller Lódz'], /Łódź/],
  ['transliterate', 'UNOB', '上海', undefined, /no table near them: `上海`/],
  ['transliterate', 'UNOB', 'Одеса', undefined, /no table near them: `Одес/],
  ['transliterate', '{ charset: ASCII, cyrillic: ru }', 'Подъездной проезд, ЩУКА, Щука, Ёлка, соль', undefined, ['Podieezdnoi proezd, SHCHUKA, Shchuka, Elka, sol'], /Щука/],
  ['transliterate', '{ charset: ASCII, cyrillic: be }', 'Гомель Ігар', undefined, ['Homel Ihar'], /Гомель/],
  ['transliterate', '{ charset: ASCII, cyrillic: bg }', 'Търговище Щърк', undefined, ['Tiergovishte Shtierk'], /Щърк/],
  ['transliterate', '{ charset: ASCII, cyrillic: mk }', 'Ѓорче Ќе Џамија Хотел', undefined, ['Gjorche Kje Djamija Hotel'], /Ѓорче/],
  ['transliterate', '{ charset: ASCII, cyrillic: sr }', 'Жељко Чачак Шид Ђорђе', undefined, ['Zeljko Cacak Sid Dorde'], /Жељко/],
  ['transliterate', '{ charset: ASCII, cyrillic: uk }', 'Київ Єлизавета Їжак', undefined, ['Kyiv Ielyzaveta Izhak'], /Київ/],
  ['transliterate', '{ charset: ASCII, greek: true }', 'Πειραιάς Ηράκλειο Εύβοια Ευτυχία Μαυροΐδης ταΰγετος', undefined, ['Peiraias Irakleio Evvoia Eftychia Mavroidis taygetos'], /Πειραιάς/],
  ['transliterate', '{ charset: ASCII, greek: true }', 'Μπάρμπας Άγγελος Σφίγξ ΟΥΡΑΝΟΣ Θεός ΘΕΟΣ', undefined, ['Barmpas Angelos Sfinx OURANOS Theos THEOS'], /Μπάρμπας/],
  ['transliterate', '{ charset: UNOA, max: 6 }', 'Müller', undefined, /7 characters when written in UNOA, at most 6/],
  ['transliterate', '{ charset: ASCII, cyrillic: ru }', 'ь', undefined, /nothing of `ь` is left/],
  ['integer',  '{ width: 3 }', '1234', undefined, /4 digits, at most 3/],
  ['decimal',  '{ scale: 2 }', '1.230', undefined, ['1.23']],
  ['decimal',  '{ scale: 2 }', '1.234', undefined, /3 decimals, at most 2/],
  ['decimal',  '{ scale: 2, round: half-up }', '1.235', undefined, ['1.24'], /rounded/],
  ['decimal',  '{ scale: 2, round: half-even }', '1.225', undefined, ['1.22'], /rounded/],
  ['decimal',  '{ scale: 2, round: half-even }', '1.2250001', undefined, ['1.23'], /rounded/],
  ['decimal',  '{ scale: 0, round: half-up }', '-0.4', undefined, ['0'], /rounded/],
  ['decimal',  '{ scale: 0, round: up }', '9.01', undefined, ['10'], /rounded/],
  ['decimal',  '{ scale: 0, round: down }', '-9.99', undefined, ['-9'], /rounded/],
  ['decimal',  'true', '12345.67', 6, /7 digits, at most 6/],
  ['decimal',  'true', '-12345.67', 7, ['-12345.67']],
  ['implied',  '2', '1.234', undefined, /more than 2 decimals/],
  ['implied',  '{ decimals: 2, width: 6 }', '1.5', undefined, ['000150']],
  ['datetime', '102', '2024-03-01T00:00', undefined, /states a minute, the form CCYYMMDD states a day/],
  ['datetime', '203', '2024-03-01', undefined, /states a day, the form CCYYMMDDHHMM states a minute/],
  ['datetime', '203', '2024-03-01T12:00Z', undefined, /has the offset Z/],
  ['datetime', '303', '2024-03-01T12:00', undefined, /has no offset/],
  ['datetime', '303', '2024-03-01T12:00+05:30', undefined, /does not fit three characters/],
  ['datetime', 'YYMMDD', '2050-01-01', undefined, /two digits of a year mean 1950 to 2049/],
  ['datetime', '{ datetime: 203, zone: utc }', '2024-03-01T00:30+01:00', undefined, ['202402292330'], /written in UTC/],
  ['datetime', '{ datetime: 203, zone: utc }', '2024-03-01T12:00', undefined, /unknown offset/],
  ['datetime', '{ by: format, formats: [102, 203, 303] }', '2024-03-01', undefined, ['20240301', '102']],
  ['datetime', '{ by: format, formats: [102, 203, 303] }', '2024-03-01T12:00Z', undefined, ['202403011200UTC', '303']],
  ['datetime', '{ by: format, formats: [102, 203, 303] }', '2024-03', undefined, /any of the formats 102, 203, 303/],
  ['datetime', 'XML', '2024-03-01', undefined, ['2024-03-01T00:00:00']],
  ['datetime', 'XML', '2024-03-01T00:00:01', undefined, ['2024-03-01T00:00:01']],
  ['datetime', 'XML', '2024-03-01T00:00:00Z', undefined, ['2024-03-01T00:00:00Z']],
  ['datetime', 'XML', '2024-03-01T00:00:00', undefined, ['2024-03-01T00:00:00'], /is written as a day is, and read as one/],
  ['datetime', 'XML', '2024-03-01T00:00', undefined, ['2024-03-01T00:00:00'], /is written as a day is, and read as one/],
  ['quantity', '{ unit: unit }', '18410', undefined, /states no unit/],
  ['quantity', '{ unit: unit, units: [KGM, TNE] }', { value: '1', unit: 'FTQ' }, undefined, /unit `FTQ` is not one that can be written/],
  ['quantity', 'KGM', { value: '1', unit: 'LBR' }, undefined, /only KGM can be written/],
  ['quantity', '{ default: KGM, convert: true }', { value: '100', unit: 'LBR' }, undefined, ['45.359237'], /converted from 100 LBR/],
  ['quantity', '{ default: TNE, convert: true }', { value: '18410', unit: 'KGM' }, undefined, ['18.41'], /converted/],
  ['quantity', '{ default: KGM, convert: true, scale: 1, round: half-up }', { value: '100', unit: 'LBR' }, undefined, ['45.4'], /converted from 100 LBR; .*rounded/],
  ['quantity', '{ default: KGM, convert: true }', { value: '3', unit: 'MTQ' }, undefined, /only KGM/],
  ['amount',   'EUR', { value: '10', unit: 'USD' }, undefined, /only EUR/],
  ['codes',    'airports', 'USDFW', undefined, ['DFW']],
  ['codes',    'airports', 'KRPUS', undefined, /`KRPUS` has no code in airports/],
  ['lines',    '{ lines: 5, count: 2 }', 'ABCDEFGHIJK', undefined, /11 characters, 2 pieces of 5/],
  ['lines',    '{ lines: 5, glue: " " }', 'ABCDEFGH', undefined, ['ABCDE', 'FGH'], /word .* broken/],
  ['lines',    '{ lines: 70 }', 'ABCDEFGHIJ', 4, ['ABCD', 'EFGH', 'IJ']],
  ['join',     '{ join: [prefix, "-", serial], parts: { prefix: n3, serial: n8 } }', '125-1234567', undefined, /not of the form/],
];

t.test('writing at the edges', (t) => {
  for (const [codec, yaml, value, width, texts, note] of writing) {
    const name = `${codec} ${yaml}: ${JSON.stringify(value)}`;
    const printed = compiled(codec, yaml, width).print(value, width);
    if (texts instanceof RegExp) t.match(printed, { ok: false, reason: texts }, name);
    else {
      t.same(printed.ok && printed.texts, texts, name);
      if (note) t.match(printed, { note }, `${name} is noted`);
      else t.equal(printed.ok && printed.note, undefined, `${name} is as stated`);
    }
  }
  t.end();
});

t.test('a piece that is as long as the format lets it be runs on, whatever the map would agree to', (t) => {
  const lines = compiled('lines', '{ lines: 70 }', 4);
  t.same(lines.parse(['ABCD', 'EFGH', 'IJ']), { ok: true, value: 'ABCDEFGHIJ' });
  t.same(lines.parse(['ABC', 'EFGH']), { ok: true, value: 'ABC\nEFGH' });
  t.end();
});

t.test('derived values are verified and written anew, and carry no fact', (t) => {
  const counter = compiled('counter', 'bill');
  t.same(counter.parse(['3', '3']), { ok: true, value: undefined });
  t.same(counter.parse(['003', '3']), { ok: true, value: undefined });
  t.same(counter.parse(['3', '4']), { ok: true, value: undefined, note: 'states 3, it stands at 4' });
  t.same(counter.print('4', undefined), { ok: true, texts: ['4', undefined] });
  t.same(counter.derives, { kind: 'counter', of: 'bill' });
  t.same(compiled('count', '{ count: item, mismatch: error }').parse(['3', '4']), { ok: false, reason: 'states 3, counted 4' });
  t.same(compiled('sum', 'weight').parse(['12.50', '12.5']), { ok: true, value: undefined });
  t.same(compiled('counter', '{ counter: bill, width: 4 }').print('7', undefined), { ok: true, texts: ['0007', undefined] });
  t.match(compiled('count', 'item').print('12345', 4), { ok: false, reason: /5 digits, at most 4/ });
  t.end();
});

t.test('what is wrong with an argument is said before anything runs', (t) => {
  // prettier-ignore
  for (const [codec, yaml, problem] of [
    ['decimal',  '{ scael: 3 }', /no option `scael`, did you mean `scale`/],
    ['decimal',  '{ scale: x }', /whole number from 0 to 34/],
    ['decimal',  '{ round: up }', /needs a `scale`/],
    ['text',     '{ charset: UNOZ }', /one of UNOA/],
    ['transliterate', 'true', /needs the `charset`/],
    ['transliterate', '{ charset: UNOA, cyrillic: fr }', /one of ru, be, bg, mk, sr, uk/],
    ['transliterate', '{ charset: BIG5 }', /one of UNOA/],
    ['implied',  'true', /needs the number of decimals/],
    ['datetime', 'true', /needs a pattern/],
    ['datetime', 'CCYYMDD', /not a date pattern/],
    ['datetime', 'MMDD', /has no year/],
    ['datetime', '401', /a time without a date/],
    ['datetime', '718', /period/],
    ['datetime', '{ by: fromat, formats: [102] }', /no slot `fromat` is bound in this map, did you mean `format`/],
    ['datetime', '{ by: format, formats: { 102: YYMMDD } }', /2379 code 102 means CCYYMMDD, not YYMMDD/],
    ['datetime', '{ by: format, formats: [102], default: 203 }', /not one of the formats/],
    ['quantity', 'true', /needs `unit`/],
    ['quantity', '{ unit: unit, units: { K: KGM, L: KGM } }', /two codes mean the same/],
    ['codes',    'aiports', /no code table `aiports`/],
    ['lines',    'true', /needs the width/],
    ['first-of', '[a]', /two slots or more/],
    ['sum',      'wieght', /did you mean `weight`/],
    ['join',     '[a, b]', /where `a` ends and `b` begins is not certain/],
    ['join',     '{ join: [a, "-", b], parts: { a: t..9, b: n3 } }', undefined],
    ['join',     '{ join: [a, "-", b], parts: { a: t..9, b: n..3 } }', /where `a` ends and the `-` after it begins is not certain/],
    ['join',     '[prefix, "-", serail]', /no slot `serail` .* did you mean `serial`/],
    ['day-near', '{ day-near: day, anchor: issued, format: CCYYMMDD, window: [-3, 28] }', /at most 27 apart/],
    ['expr',     '{ parse: upper(onw) }', /character 7: there is no `onw` here, did you mean `own`/],
  ] as const) {
    const problems = problemsOf(codec, yaml);
    if (problem) t.ok(problems.some((each) => problem.test(each)), `${codec} ${yaml}: ${problems.join('; ')}`);
    else t.same(problems, [], `${codec} ${yaml}`);
  }
  t.end();
});

t.test('a code table is one to one, or says which way it is not', (t) => {
  const table = (yaml: string) => compileTable('example', argument(yaml));
  t.same(table('{ pairs: { A: "1", B: "2" } }').problems, []);
  t.match(table('{ pairs: { A: "1", B: "1" } }').problems, [/`A` and `B` both mean `1`.*parse-only/]);
  t.same(table('{ pairs: { A: "1" }, parse-only: { B: "1" } }').problems, []);
  t.match(table('{ pairs: { A: "1" }, build-only: { "2": Z } }').problems, [/`Z` is written but could never be read/]);
  t.match(table('{ pairs: { A: "1" }, unknown: pass }').problems, [/an unknown code never passes silently/]);
  t.match(table('{ paris: { A: "1" } }').problems, [/no key `paris`, did you mean `pairs`/]);
  const list = table('{ values: ["4", "5"], unknown: report }');
  t.same([list.toCanonical('4'), list.toWire('5'), list.toCanonical('7')], ['4', '5', undefined]);

  const dated = table('{ pairs: { OLD: x, NEW: y }, valid: { OLD: { to: 2023-12-31 }, NEW: { from: 2024-01-01, to: 2024-12-31 } } }');
  t.same(dated.problems, []);
  // From the day before to the day after: both ends belong to the window.
  t.same(
    ['2023-12-31', '2024-01-01', '2024-12-31', '2025-01-01'].map((day) => dated.toCanonical('NEW', day)),
    [undefined, 'y', 'y', undefined],
  );
  t.same(
    ['2023-12-31', '2024-01-01'].map((day) => dated.toWire('x', day)),
    ['OLD', undefined],
  );
  t.match(table('{ pairs: { A: x }, valid: { A: { from: 2024-02-30 } } }').problems, [/needs `from`, `to` or both, as ISO dates/]);
  t.match(table('{ pairs: { A: x }, valid: { A: { from: 2024-02-02, to: 2024-01-01 } } }').problems, [/end before it begins/]);
  t.end();
});

t.test('an unknown code says what the table asks to do with it', (t) => {
  t.match(compiled('codes', 'airports').parse(['XXX']), {
    ok: false,
    unknown: 'error',
    reason: /`XXX` is not in the code table airports \(DFW, FRA, LHR, QDF\)/,
  });
  t.equal(context.table('nowhere'), undefined);
  t.end();
});
