import t from 'tap';
import { seeded } from '../../../src/maps/generate-values.ts';
import { compileSchema } from '../../../src/validation/xsd.ts';
import { judge } from './judge.ts';
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
    ['0|[1-9]\\d{0,2}', ['0', '120'], ['00', '1200']],
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

// Text that the pattern means, and libxml2 does not find in it.
t.test('what libxml2 errs in is not judged', async (t) => {
  const patterns: readonly (readonly [pattern: string, text: string])[] = [
    ['(:{0,2}){2}', ''],
    ['(b|b{2}).', 'bb'],
    ['b{2}|b?a', 'a'],
    ['(~A|){2,}[!-~]*', '('],
    ['\\P{Z}?[\\-a]+', 'a'],
    ['[^a]?[^\\s]a*[-a]', '"a'],
    ['[!-~]?[^a][!-~]{2}', '*,('],
    ['a([b]){0,0}', 'a'],
  ];
  for (const [pattern, text] of patterns) {
    t.equal(expressionOf(pattern), undefined, pattern);
    t.match(text, new RegExp(`^(?:${pattern.replace('\\P{Z}', '\\S')})$`));
  }
  t.end();
});

const runs = Number(process.env['PORTOLAN_RUNS'] ?? 120);
const seed = Number(process.env['PORTOLAN_SEED'] ?? 1);

t.test('law: what an expression matches libxml2 finds in the pattern; both drawn at random', async (t) => {
  const random = seeded(seed * 1_000_033);
  const one = (items: readonly string[]): string => items[Math.floor(random() * items.length)]!;
  const some = (most: number, make: () => string): string => Array.from({ length: 1 + Math.floor(random() * most) }, make).join('');
  const set = (): string =>
    one(['a', 'b', 'A', '.', '\\d', '\\s', '\\S', '[ab]', '[^a]', '[a-c]', '[a-]', '[0-9A]', '\\.', '[^\\s]', 'é', '-', '[!-~]', '\\P{Z}']);
  const times = (): string => one(['', '', '', '', '?', '*', '+', '{2}', '{1,2}', '{0,2}', '{2,}', '{0}', '{1}', '{1,}']);
  const draw = (depth: number): string => {
    const row = some(4, () => (depth < 3 && random() < 0.25 ? `(${draw(depth + 1)})${times()}` : set() + times()));
    return random() < 0.2 ? `${row}|${random() < 0.2 ? '' : draw(depth + 1)}` : row;
  };
  let found = 0;
  for (let number = 0; number < runs; number++) {
    const pattern = draw(0);
    const expression = expressionOf(pattern);
    if (!expression) continue;
    const type = `<xs:simpleType><xs:restriction base="xs:string"><xs:pattern value="${pattern}"/></xs:restriction></xs:simpleType>`;
    const top = `<xs:element name="r"><xs:complexType><xs:sequence><xs:element name="t" maxOccurs="unbounded">${type}</xs:element></xs:sequence></xs:complexType></xs:element>`;
    const text = `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">${top}</xs:schema>`;
    const { schema } = await compileSchema([{ path: 'a.xsd', text }], 'a.xsd');
    const texts = Array.from({ length: 80 }, () => some(6, () => one(['a', 'b', 'A', 'c', '0', ' ', '-', '.', '(', 'é', '\t'])).slice(random() < 0.1 ? 6 : 0));
    const matching = texts.filter((each) => expression.test(each));
    found += matching.length;
    if (matching.length === 0) continue;
    const document = `<r>${matching.map((each) => `<t>${each}</t>`).join('')}</r>`;
    if (!judge(schema!)(Buffer.from(document))) t.fail(`pattern ${number} of seed ${seed}, ${pattern}: ${document}`);
  }
  t.ok(found > runs, `${found} texts were found`);
  t.end();
});
