import fc from 'fast-check';
import t from 'tap';
import { beginningOf } from '../../src/language/moment.ts';
import { calculate, compareNumbers, isNumber } from '../../src/language/expression/arithmetic.ts';
import { evaluate, groupsOf, parseExpression, refsOf, type Lookup } from '../../src/language/expression.ts';

/** What the names of the table below stand for; what is not here is missing. */
const texts: Readonly<Record<string, string>> = {
  mode: '1',
  mass: '18410',
  half: '.5',
  name: ' Acme ',
  day: '2024-02-28',
  later: '2024-03-01T12:00+01:00',
  empty: '',
  word: 'abc',
  'cz.id': '7',
};
const weights = ['10.5', '2', '0.25'];
const lookup: Lookup = (name) => texts[name];
const instances = (group: string): Iterable<Lookup> | undefined =>
  group === 'item'
    ? weights.map(
        (weight): Lookup =>
          (name) =>
            name === 'weight' ? weight : undefined,
      )
    : group === 'none'
      ? []
      : undefined;

const run = (text: string): string | boolean | undefined => {
  const { expression, problems } = parseExpression(text);
  if (!expression) throw new Error(`${text}: ${problems.map((each) => each.message).join('; ')}`);
  return evaluate(expression, lookup, instances);
};

// prettier-ignore
const table: readonly (readonly [expression: string, value: string | boolean | undefined])[] = [
  // literals and names
  ["'it''s'", "it's"], ['"a ""b"""', 'a "b"'], ['12.50', '12.50'], ['-3', '-3'], ['true', true],
  ['mode', '1'], ['cz.id', '7'], ['nowhere', undefined], ['empty', undefined],
  // arithmetic: exact, scale kept
  ['1 + 2 * 3', '7'], ['(1 + 2) * 3', '9'], ['10 - 2 - 3', '5'], ['0.1 + 0.2', '0.3'], ['mass * 0.001', '18.410'], ['half + 1', '1.5'], ['2 - -3', '5'],
  ['1 / 4', '0.25'], ['1 / 3', '0.333333333333333333333333333333333'], ['2 / 3', '0.666666666666666666666666666666667'], ['-7 / 2', '-3.5'], ['100 / 10', '10'],
  ['1 / 0', undefined], ['word + 1', undefined], ['nowhere + 1', undefined],
  ['9999999999999999999999999999999999 + 1', undefined], ['9999999999999999999999999999999999 - 1', '9999999999999999999999999999999998'],
  // text
  ["word & '-' & mode", 'abc-1'], ['upper(word)', 'ABC'], ["lower('ABC')", 'abc'], ['trim(name)', 'Acme'], ['left(word, 2)', 'ab'], ['right(word, 2)', 'bc'], ['right(word, 9)', 'abc'],
  ['mid(word, 2)', 'bc'], ['mid(word, 2, 1)', 'b'], ['mid(word, 0)', undefined], ['left(word, -1)', undefined], ["left('💥b', 1)", '💥'],
  ['pad(mode, 4)', '0001'], ["pad(word, 5, ' ')", '  abc'], ['pad(word, 2)', 'abc'], ["pad(word, 5, '')", undefined], ['pad(word, 99999)', undefined], ['length(word)', '3'], ["length('💥')", '1'],
  ["replace('a-b-c', '-', '')", 'abc'], ["replace('SE-L0392838', '[^0-9]+', '.')", '.0392838'], ["replace('aaa', 'a*', 'x')", 'x'],
  ["matches('125-12345675', '\\d{3}-\\d{8}')", true], ["matches('125-1234567', '\\d{3}-\\d{8}')", false], ["matches('TCKU4367675', '[A-Z]{4}\\d{7}')", true], ["matches(word, 'a|b|abc')", true], ["matches(nowhere, 'a')", undefined],
  // dates
  ['date-add(day, 2)', '2024-03-01'], ['date-add(day, -59)', '2023-12-31'], ['date-add(later, 1)', '2024-03-02T12:00+01:00'], ['date-diff(day, later)', '2'], ['date-add(word, 1)', undefined], ["date-diff('2024-03', day)", undefined],
  // which is later, as exactly as both are stated
  ['after(day, later)', false], ['after(later, day)', true], ["after('2024-03-01', later)", false], ["after('2024-03-01T11:30Z', later)", true], ["after('2024-03-01T13:00', later)", false], ["after('2024-03', day)", true], ['after(word, day)', undefined],
  // check digits
  ["iso6346('CSQU3054383')", true], ["iso6346('CSQU3054384')", false], ['iso6346(word)', undefined], ["mod7('12345675')", true], ["mod7('12345676')", false], ['mod7(word)', undefined],
  // numbers
  ['round(2.5)', '3'], ['round(-2.5)', '-3'], ['round(2.345, 2)', '2.35'], ['round(2.3, 2)', '2.3'], ['abs(-4.50)', '4.50'],
  // comparing: numbers as numbers, texts as texts
  ['mass > 9999', true], ["mode = '1'", true], ['mode = 1.0', true], ["mode = '1.0'", false], ["mode != '2'", true], ['mass < mode', false], ["word < 'abd'", true], ['word < 5', undefined],
  ["mode in '1 3 4'", true], ["'3' in mode", false], ["mode in ''", false],
  // logic: missing stays missing unless one side decides alone
  ['true and false', false], ['true or false', true], ['not true', false], ["mode = '1' and word = 'abc' or false", true], ["not mode = '1'", false],
  ["nowhere = '1'", undefined], ["nowhere = '1' and false", false], ["nowhere = '1' or true", true], ["not (nowhere = '1')", undefined], ["nowhere = '1' or false", undefined],
  ['present(mode)', true], ['present(nowhere)', false], ['present(empty)', false], ["present(nowhere) and nowhere = '1'", false],
  ["coalesce(nowhere, empty, 'x')", 'x'], ['coalesce(1 / 0, 5)', '5'], ['coalesce(nowhere, empty)', undefined],
  ["if mode = '1' then 'sea' else 'other'", 'sea'], ["if nowhere = '1' then 'a' else 'b'", undefined], ["if present(nowhere) then 'a' else if mode = '1' then 'b' else 'c'", 'b'],
  // totals over one group
  ['count(item)', '3'], ['sum(item, weight)', '12.75'], ['min(item, weight)', '0.25'], ['max(item, weight)', '10.5'], ['any(item, weight > 10)', true], ['all(item, weight > 10)', false],
  ['sum(item, nowhere)', undefined], ['count(elsewhere)', undefined], ['count(none)', '0'], ['sum(none, weight)', '0'], ['min(none, weight)', undefined], ['all(none, false)', true], ['sum(item, weight * 2) > 25', true],
];

t.test('when a date or date-time begins, wherever its reader is', (t) => {
  const cases: readonly (readonly [text: string, iso: string | undefined])[] = [
    ['2026', '2026-01-01T00:00:00.000Z'],
    ['2026-11', '2026-11-01T00:00:00.000Z'],
    ['2026-11-22', '2026-11-22T00:00:00.000Z'],
    ['2026-11-22T13:00', '2026-11-22T13:00:00.000Z'], // not by the clock of this machine
    ['2026-11-22T13:00:07.5Z', '2026-11-22T13:00:07.500Z'],
    ['2026-11-22T01:30+08:00', '2026-11-21T17:30:00.000Z'],
    ['2026-11-22T23:30:59.1239-05:30', '2026-11-23T05:00:59.123Z'],
    ['0001-01-01', '0001-01-01T00:00:00.000Z'],
    ...['', '1', 'Nov 22 2026', '2026-02-29', '2026-11-22T25:00', '2026-11-22 13:00'].map((text) => [text, undefined] as const),
  ];
  for (const [text, iso] of cases) {
    const at = beginningOf(text);
    t.equal(at === undefined ? undefined : new Date(at).toISOString(), iso, text);
  }
  t.end();
});

t.test('conformance', (t) => {
  for (const [text, value] of table) t.equal(run(text), value, `${text} is ${value === undefined ? 'missing' : String(value)}`);
  t.end();
});

t.test('problems point at what is wrong', (t) => {
  const refs = new Set(['mode', 'mass', 'name', 'seal']);
  // The carets stand under what a problem marks.
  // prettier-ignore
  for (const [text, caret, message] of [
    ["mod = '1'",
     '^^^', /there is no `mod` here, did you mean `mode`/],
    ['mode = ',
     '       ', /ends where a value should stand/],
    ["mode = 'x",
     '       ^^', /not closed/],
    ['mode ; 1',
     '     ^', /`;` means nothing here/],
    ['mode mass',
     '     ^^^^', /`mass` is one too many/],
    ['uper(name)',
     '^^^^', /no function `uper`, did you mean `upper`/],
    ["mass = 1 and name",
     '             ^^^^', /`and` needs true or false, this is a text or a number/],
    ["1 = 'a'",
     "    ^^^", /a number is compared with the text 'a'/],
    ["'a' + 1",
     '^^^', /`\+` needs a number, this is a text/],
    ['left(name)',
     '^^^^^^^^^^', /`left` takes 2 values, not 1/],
    ['matches(name, mode)',
     '              ^^^^', /a text in quotes/],
    ["matches(name, '(a')",
     '              ^^^^', /opens a group that it does not close/],
    ["matches(name, '^a')",
     '              ^^^^', /covers the whole text/],
    ["if mode = '1' then 'a' else 1",
     '                            ^', /of one kind, not text and number/],
    ["if mode then 'a' else 'b'",
     '   ^^^^', /`if` needs true or false/],
    ['sum(item, sum(item, mass))',
     '          ^^^', /totals do not nest/],
    ['present(1)',
     '        ^', /asks for a name/],
    ['mode & true',
     '       ^^^^', /needs a text, this is true or false/],
    ['((((((((((mode))))))))))',
     '        ^', /nests deeper than 8/],
    [Array(30).fill('mode').join('&'),
     '^'.repeat(149), /has 59 parts, at most 40/],
    ['12345678901234567890123456789012345',
     '^'.repeat(35), /at most 34 digits/],
  ] as const) {
    const { expression, problems } = parseExpression(text, { refs });
    const hit = problems.find((each) => message.test(each.message));
    t.ok(!expression && hit, `${text}: ${problems.map((each) => each.message).join('; ')}`);
    if (hit) t.equal(`${' '.repeat(hit.start)}${'^'.repeat(hit.end - hit.start)}`.padEnd(caret.length), caret, `${text} is marked`);
  }
  t.end();
});

t.test('an expression tells what it reads', (t) => {
  const { expression } = parseExpression("if present(seal) and mode in '1 2' then mode & name else sum(item, weight) & ''");
  t.same(refsOf(expression!), ['seal', 'mode', 'name', 'weight']);
  t.same(groupsOf(expression!), ['item']);
  t.equal(expression!.type, 'text');
  t.end();
});

t.test('every problem lies within the text, and nothing throws, whatever is written', (t) => {
  const word = fc.constantFrom(
    'mode',
    'and',
    'or',
    'not',
    '(',
    ')',
    ',',
    '=',
    '<=',
    'in',
    '+',
    '-',
    '&',
    '/',
    "'x'",
    "'",
    '12',
    '1.',
    'if',
    'then',
    'else',
    'present',
    'sum',
    'count',
    'upper',
    'matches',
    "'[a'",
    'coalesce',
    ' ',
    'é',
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 14 }), (words) => {
      const text = words.join(' ');
      const { expression, problems } = parseExpression(text);
      if (expression) evaluate(expression, lookup, instances);
      return (expression !== undefined) === (problems.length === 0) && problems.every(({ start, end }) => start >= 0 && start <= end && end <= text.length);
    }),
    { numRuns: 5000 },
  );
  t.end();
});

t.test('arithmetic agrees with whole numbers of any size', (t) => {
  const digits = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n });
  fc.assert(
    fc.property(digits, digits, (a, b) => {
      const text = (n: bigint): string => (n < 0n ? `-${-n}` : String(n));
      return (
        run(`${text(a)} + ${text(b)}`) === String(a + b) &&
        run(`${text(a)} - ${text(b)}`) === String(a - b) &&
        run(`${text(a)} * ${text(b)}`) === String(a * b) &&
        run(`${text(a)} < ${text(b)}`) === a < b
      );
    }),
    { numRuns: 1000 },
  );
  t.end();
});

t.test('and so does it with decimals, few digits or many: what is exact in a number of JavaScript and what is not', (t) => {
  const decimal = fc
    .tuple(fc.constantFrom('', '-', '+'), fc.stringMatching(/^[0-9]{1,18}$/), fc.nat({ max: 18 }), fc.boolean())
    .map(([sign, digits, at, isWhole]) => (isWhole ? sign + digits : `${sign}${digits.slice(0, at)}.${digits.slice(at)}`));
  const scaled = (text: string): readonly [units: bigint, scale: number] => {
    const [whole = '', fraction = ''] = text.split('.');
    return [BigInt(`${whole}${fraction}`.replace('+', '')), fraction.length];
  };
  fc.assert(
    fc.property(decimal, decimal, (left, right) => {
      const [[a, scaleOfA], [b, scaleOfB]] = [scaled(left), scaled(right)];
      const scale = Math.max(scaleOfA, scaleOfB);
      const [x, y] = [a * 10n ** BigInt(scale - scaleOfA), b * 10n ** BigInt(scale - scaleOfB)];
      const shown = (units: bigint): string => {
        const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0');
        return `${units < 0n ? '-' : ''}${digits.slice(0, digits.length - scale)}${scale > 0 ? `.${digits.slice(-scale)}` : ''}`;
      };
      const fits = (text: string): string | undefined => (text.replace(/[-.]/g, '').length > 34 ? undefined : text);
      return (
        calculate('+', left, right) === fits(shown(x + y)) &&
        calculate('-', left, right) === fits(shown(x - y)) &&
        Math.sign(compareNumbers(left, right)!) === (x < y ? -1 : x > y ? 1 : 0) + 0
      );
    }),
    { numRuns: 3000, seed: Number(process.env['PORTOLAN_SEED'] ?? 1) },
  );
  for (const none of ['', '-', '.', '1.2.3', '1e3', ' 1', '1 ', '0x1', '--1', '1-'])
    t.same([isNumber(none), compareNumbers(none, '1'), calculate('+', '1', none)], [false, undefined, undefined], none);
  t.end();
});

t.test('a pattern agrees with the regular expressions of the language it is a subset of', (t) => {
  const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\d', 'c', '(a|b)', '(ab)*', '(a|bc)+');
  const pattern = fc
    .array(fc.tuple(atom, fc.constantFrom('', '*', '+', '?', '{2}', '{1,3}')), { minLength: 1, maxLength: 5 })
    .map((parts) => parts.map(([each, times]) => (times !== '' && /[*+]$/.test(each) ? each : each + times)).join(''));
  fc.assert(
    fc.property(pattern, fc.array(fc.constantFrom('a', 'b', 'c', '1'), { maxLength: 8 }), (source, letters) => {
      const text = letters.join('');
      return text === '' || run(`matches('${text}', '${source}')`) === new RegExp(`^(?:${source})$`).test(text);
    }),
    { numRuns: 2000 },
  );
  t.end();
});

t.test('no pattern is slow', (t) => {
  const victim = 'a'.repeat(5000);
  const { expression } = parseExpression("matches(text, '(a*)*(a|a)*(a?){30}b')");
  const started = process.hrtime.bigint();
  t.equal(
    evaluate(expression!, () => victim),
    false,
  );
  t.ok(Number(process.hrtime.bigint() - started) / 1e6 < 2000, 'a text on which backtracking would not end in a lifetime');
  t.end();
});
