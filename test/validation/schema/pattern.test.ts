import t from 'tap';
import { expressionOf } from '../../../src/validation/schema/pattern.ts';

t.test('patterns, with texts that match and that do not', (t) => {
  const cases: readonly (readonly [pattern: string, matching: readonly string[], others: readonly string[]])[] = [
    ['[A-Z]{2}', ['AB'], ['A', 'ABC', 'ab', 'AB\n']],
    ['A|BC', ['A', 'BC'], ['AC', 'ABC']],
    ['\\d{1,2}', ['1', '12'], ['', '123', '١']],
    ['.*[^\\s].*', ['a', ' a '], ['', ' ', '\n']],
    ['[+\\-]?\\d\\.\\d', ['+1.2', '1.2'], ['+1x2']],
    ['[1|2]', ['|', '1'], ['3']],
    ['(20\\d{2})(Z|[-+]\\d\\d)?', ['2024', '2024+01'], ['1999', '2024 01']],
    ['[^@]+@[^\\.]+\\..+', ['a@b.c'], ['a@b', '@b.c']],
    ['\\S{1,5}', ['abc'], ['a b', '']],
    ['\\P{Z}(.*\\P{Z})?', ['a', 'a b', 'é'], [' a', 'a ']],
    ['\\p{IsBasicLatin}+', ['a~'], ['é']],
    ['A/B|[A/]C', ['A/B', '/C'], ['AB']],
    ['', [''], ['a']],
    ['[A-Z0-9-]*', ['A-9', ''], ['a']],
  ];
  for (const [pattern, matching, others] of cases) {
    const expression = expressionOf(pattern);
    for (const text of matching) t.ok(expression?.test(text), `${pattern} matches ${JSON.stringify(text)}`);
    for (const text of others) t.notOk(expression?.test(text), `${pattern} does not match ${JSON.stringify(text)}`);
  }
  t.end();
});

t.test('what the two languages read differently is not judged', (t) => {
  const patterns = [
    '^a',
    'a$',
    '\\w',
    '\\D',
    '[\\w]',
    '[^\\d]',
    '[a-z-[aeiou]]',
    '\\p{L}',
    '\\i\\c*',
    '(?:a)',
    'a*?',
    'a{2}+',
    '[a-\\d]',
    '[a-z-9]',
    '[]',
    'a{,2}',
    '(',
    '\\1',
    '[\\s-x]',
    ']',
    '}',
  ];
  for (const pattern of patterns) t.equal(expressionOf(pattern), undefined, pattern);
  t.end();
});
