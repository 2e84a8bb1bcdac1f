import fc from 'fast-check';
import t from 'tap';
import { parseType } from '../../src/dictionary/type.ts';
import { addDecimals, checkValue, compareDecimals, normalizeDecimal, parseDateTime } from '../../src/dictionary/value.ts';

t.test('a value is of its type, or the reason says why not', (t) => {
  // type, value, reason
  const cases: [string, string | { value: string; unit: string }, RegExp | undefined][] = [
    ['text(5)', 'ZIMU ', undefined],
    ['text(5)', '🚢🚢🚢🚢🚢', undefined], // five characters, ten UTF-16 units
    ['text(5)', '🚢🚢🚢🚢🚢🚢', /longer than 5 characters/],
    ['text(5)', '', /is empty/],
    ['identifier(3)', 'ABCD', /longer than 3/],
    ['code(2,iso/3166-1)', 'IL', undefined],
    ['integer(3)', '007', undefined],
    ['integer(3)', '-12', undefined],
    ['integer(3)', '1234', /more than 3 digits/],
    ['integer(3)', '1.0', /no whole number/],
    ['decimal(5,2)', '123.45', undefined],
    ['decimal(5,2)', '1.234', /more than 2 decimals/],
    ['decimal(5,2)', '123456', /more than 5 digits/],
    ['decimal(5,2)', '1,5', /no decimal number/],
    ['decimal(5,2)', '1e3', /no decimal number/],
    ['decimal(5,2)', '5.', /no decimal number/],
    ['decimal(5,2)', '.5', undefined],
    ['quantity(18,6)', { value: '18410', unit: 'KGM' }, undefined],
    ['quantity(18,6)', { value: '18410', unit: '' }, undefined],
    ['quantity(18,6)', { value: '18410', unit: 'K GM' }, /unit `K GM`/],
    ['quantity(18,6)', '18410', /no unit beside it/],
    ['amount(16,3)', { value: '1', unit: 'EURO' }, /unit `EURO`/],
    ['text(5)', { value: '1', unit: 'KGM' }, /unit where none can stand/],
    ['datetime', '2024', undefined],
    ['datetime', '2024-02-29', undefined],
    ['datetime', '2023-02-29', /no date-time/],
    ['datetime', '2024-03-01T24:00', /no date-time/],
    ['datetime', '2024-03-01T12:00', undefined],
    ['datetime', '2024-03-01T12:00:30+05:30', undefined],
    ['datetime', '2024-03-01T12:00+05:60', /no date-time/],
    ['datetime', '2024-03-01T12:00+15:00', /no date-time/],
    ['datetime', '2024-03-01Z', /no date-time/], // an offset belongs to a time
    ['datetime', '20240301', /no date-time/],
    ['indicator', 'true', undefined],
    ['indicator', '1', /neither true nor false/],
  ];
  for (const [type, value, reason] of cases) {
    const said = checkValue(parseType(type)!, value);
    const name = `${type} ${JSON.stringify(value)}`;
    if (reason) t.match(said, reason, name);
    else t.equal(said, undefined, name);
  }
  t.end();
});

t.test('a date-time keeps the precision and the offset it was stated with', (t) => {
  t.equal(parseDateTime('2024')?.precision, 'year');
  t.equal(parseDateTime('2024-03')?.precision, 'month');
  t.equal(parseDateTime('2024-03-01')?.precision, 'day');
  t.equal(parseDateTime('2024-03-01T12:00')?.precision, 'minute');
  t.equal(parseDateTime('2024-03-01T12:00:00Z')?.offset, 0);
  t.equal(parseDateTime('2024-03-01T12:00:00-03:30')?.offset, -210);
  t.equal(parseDateTime('2024-03-01T12:00:00')?.offset, undefined);
  t.end();
});

t.test('decimals are exact', (t) => {
  t.equal(addDecimals('0.1', '0.2'), '0.3');
  t.equal(addDecimals('18410', '-0.50'), '18409.50');
  t.equal(addDecimals('-.5', '.25'), '-0.25');
  t.equal(addDecimals('1', 'x'), undefined);
  t.equal(compareDecimals('1.0', '1'), 0);
  t.equal(compareDecimals('-2', '1'), -1);
  t.equal(normalizeDecimal('+007.500'), '7.5');
  t.equal(normalizeDecimal('-0.00'), '0');
  t.equal(normalizeDecimal('100'), '100');
  const thousandth = fc.integer({ min: -1_000_000_000, max: 1_000_000_000 });
  const written = (n: number) => `${n < 0 ? '-' : ''}${Math.floor(Math.abs(n) / 1000)}.${String(Math.abs(n) % 1000).padStart(3, '0')}`;
  fc.assert(
    fc.property(thousandth, thousandth, (a, b) => {
      const sum = addDecimals(written(a), written(b));
      return normalizeDecimal(sum!) === normalizeDecimal(written(a + b)) && compareDecimals(written(a), written(b)) === Math.sign(a - b);
    }),
    { numRuns: 300 },
  );
  t.end();
});
