import t from 'tap';
import { noSuch } from '../../../src/syntax/segments/moment.ts';

t.test('what of a date there is not', (t) => {
  const there = ['260914', '20260914', '240229', '20000229', '000229', '991231', '19000228', '20241231'];
  for (const date of there) t.equal(noSuch('date', date), undefined, date);
  const not: readonly [date: string, what: string, part: string][] = [
    ['261301', 'month', '13'],
    ['260001', 'month', '00'],
    ['260931', 'day', '31'],
    ['260900', 'day', '00'],
    ['260229', 'day', '29'],
    ['20260230', 'day', '30'],
    ['19000229', 'day', '29'],
    ['21000229', 'day', '29'],
  ];
  for (const [date, what, part] of not) t.same(noSuch('date', date), { what, part }, date);
  t.end();
});

t.test('what of a time there is not', (t) => {
  for (const time of ['0000', '2359', '2400', '093015', '09301599', '240000']) t.equal(noSuch('time', time), undefined, time);
  const not: readonly [time: string, what: string, part: string][] = [
    ['2500', 'hour', '25'],
    ['2401', 'hour', '24'],
    ['0960', 'minute', '60'],
    ['093060', 'second', '60'],
  ];
  for (const [time, what, part] of not) t.same(noSuch('time', time), { what, part }, time);
  t.end();
});

t.test('what has another length or other characters is told as that', (t) => {
  for (const text of ['', '26091', '2609145', '26SEP4', '2026-09-14', '09:30', '9', '٢٦٠٩١٤']) {
    t.equal(noSuch('date', text), undefined, text);
    t.equal(noSuch('time', text.replace('26091', '093')), undefined, text);
  }
  t.end();
});
