import t from 'tap';
import { answers, dueAt, readExpected, type Answered, type ExpectedAnswerText } from '../../src/partners/expectations.ts';
import { isWindow, isZone, openBetween, openedFor, opensAt, readHours, type HoursText } from '../../src/partners/hours.ts';

const at = (text: string): number => Date.parse(text);
const said = (ms: number): string => (Number.isFinite(ms) ? new Date(ms).toISOString().slice(0, 16) : 'never');

const office: HoursText = { zone: 'Asia/Taipei', open: ['mon-fri 08:00-20:00'], holidays: ['2026-10-09'] };
const night: HoursText = { zone: 'Europe/Berlin', open: ['mon-fri 22:00-06:00'] };
const spring: HoursText = { zone: 'Europe/Berlin', open: ['mon-sun 02:30-04:00'] }; // on 2026-03-29 the clocks go from 02:00 to 03:00
const autumn: HoursText = { zone: 'America/New_York', open: ['mon-sun 01:30-01:45'] }; // on 2026-11-01 01:30 is shown twice

/** When it opens next, looked at from an instant; all in UTC. */
const cases: readonly (readonly [what: string, hours: HoursText, now: string, opens: string])[] = [
  ['Taipei, a Friday morning', office, '2026-10-02T01:00Z', '2026-10-02T01:00'],
  ['Taipei, one minute before it opens', office, '2026-10-01T23:59Z', '2026-10-02T00:00'],
  ['Taipei, at the minute at which it closes: Monday', office, '2026-10-02T12:00Z', '2026-10-05T00:00'],
  ['Taipei, the evening before a holiday and a weekend: Monday', office, '2026-10-08T12:30Z', '2026-10-12T00:00'],
  ['Berlin, in the night that began on Friday', night, '2026-07-03T23:30Z', '2026-07-03T23:30'],
  ['Berlin, Saturday morning after it: Monday evening', night, '2026-07-04T05:00Z', '2026-07-06T20:00'],
  ['Berlin, in winter it opens an hour later in UTC', night, '2026-12-05T06:00Z', '2026-12-07T21:00'],
  ['Berlin, 02:30 is not shown when the clocks go forward: 03:30', spring, '2026-03-29T00:30Z', '2026-03-29T01:30'],
  ['Berlin, the day after', spring, '2026-03-29T02:00Z', '2026-03-30T00:30'],
  ['New York, 01:30 for the first time', autumn, '2026-11-01T05:00Z', '2026-11-01T05:30'],
  ['New York, between both: it stays open until 01:45 is shown for the last time', autumn, '2026-11-01T06:00Z', '2026-11-01T06:00'],
  ['New York, after the second', autumn, '2026-11-01T06:50Z', '2026-11-02T06:30'],
  ['from Sunday to Monday, round the end of the week', { zone: 'UTC', open: ['sat-mon 10:00-11:00'] }, '2026-10-06T00:00Z', '2026-10-10T10:00'],
  ['all day', { zone: 'UTC', open: ['mon-sun 00:00-24:00'] }, '2026-10-06T23:59Z', '2026-10-06T23:59'],
];

t.test('when deliveries are taken, by the clocks of the receiver', (t) => {
  for (const [what, hours, now, opens] of cases) t.equal(said(opensAt(readHours(hours), at(now))), opens, what);
  const closed = Array.from({ length: 800 }, (_, day) => new Date(at('2026-01-01T00:00Z') + day * 86_400_000).toISOString().slice(0, 10));
  t.equal(said(opensAt(readHours({ zone: 'UTC', open: ['mon-sun 08:00-09:00'], holidays: closed }), at('2026-01-02T00:00Z'))), 'never');
  t.end();
});

t.test('how long it was open between two instants', (t) => {
  const hours = (between: HoursText, since: string, until: string): number => openBetween(readHours(between), at(since), at(until)) / 3_600_000;
  t.equal(hours(office, '2026-10-02T10:00Z', '2026-10-05T01:00Z'), 3, 'over a weekend: two of Friday, one of Monday');
  t.equal(hours(office, '2026-10-03T00:00Z', '2026-10-04T00:00Z'), 0);
  t.equal(hours({ zone: 'UTC', open: ['mon-sun 08:00-12:00', 'mon-sun 10:00-14:00'] }, '2026-10-06T00:00Z', '2026-10-07T00:00Z'), 6, 'twice is once');
  t.equal(hours({ zone: 'Europe/Berlin', open: ['mon-sun 00:00-24:00'] }, '2026-03-28T23:00Z', '2026-03-29T22:00Z'), 23, 'the day of 23 hours');
  t.end();
});

t.test('what is no window and no zone is told when the configuration is read', (t) => {
  for (const text of ['mon-fri 08:00-20:00', 'sun 00:00-24:00', 'fri 22:00-06:00']) t.ok(isWindow(text), text);
  for (const text of ['', 'mon', 'mo-fr 08:00-20:00', 'mon-fri 8:00-20:00', 'mon-fri 08:00-08:00', 'mon-fri 24:00-25:00', 'Mon 08:00-20:00'])
    t.notOk(isWindow(text), text);
  t.ok(isZone('Asia/Taipei'));
  t.notOk(isZone('Asia/Atlantis'));
  t.end();
});

t.test('when it has been open for so long', (t) => {
  for (const [what, hours, since, ms, until] of [
    ['Taipei, within a morning', office, '2026-10-02T01:00Z', 3 * 3_600_000, '2026-10-02T04:00'],
    ['Taipei, two hours before it closes on a Friday: Monday', office, '2026-10-02T10:00Z', 3 * 3_600_000, '2026-10-05T01:00'],
    ['Taipei, until the minute at which it closes', office, '2026-10-02T10:00Z', 2 * 3_600_000, '2026-10-02T12:00'],
    ['Taipei, over a holiday and a weekend', office, '2026-10-08T11:00Z', 2 * 3_600_000, '2026-10-12T01:00'],
    ['Berlin, before the night begins', night, '2026-07-02T12:00Z', 3_600_000, '2026-07-02T21:00'],
    [
      'windows that overlap count once',
      { zone: 'UTC', open: ['mon-sun 08:00-12:00', 'mon-sun 10:00-14:00'] },
      '2026-07-02T08:00Z',
      6 * 3_600_000,
      '2026-07-02T14:00',
    ],
    ['more than a year of it', office, '2026-07-02T08:00Z', 10_000 * 3_600_000, 'never'],
  ] as const) {
    const read = readHours(hours);
    const reached = openedFor(read, at(since), ms);
    t.equal(said(reached), until, what);
    if (Number.isFinite(reached)) t.equal(openBetween(read, at(since), reached), ms, `${what}: it was open so long`);
  }
  t.end();
});

t.test('when an answer is due, and which it is', (t) => {
  const due = (text: ExpectedAnswerText, open?: HoursText): string => said(dueAt(readExpected(text, open && readHours(open)), at('2026-10-02T11:00Z')));
  t.equal(due({ answer: 'response', within: '2h' }), '2026-10-02T13:00', 'the clock runs always');
  t.equal(due({ answer: 'response', within: '2h' }, office), '2026-10-05T01:00', 'in the hours of the recipient');
  t.equal(due({ answer: 'response', within: '2h', hours: 'always' }, office), '2026-10-02T13:00', 'unless it was agreed otherwise');
  t.equal(due({ answer: 'response', within: '2h', hours: office }), '2026-10-05T01:00', 'or in hours of its own');

  const yes: Answered = { stage: 'acknowledgement', type: 'CONTRL', positive: true };
  for (const [what, said, expected, isIt] of [
    ['as far as what was waited for', yes, { answer: 'acknowledgement' }, true],
    ['farther', { ...yes, stage: 'response', type: 'APERAK' }, { answer: 'acknowledgement', by: ['CONTRL'] }, true],
    ['not so far', yes, { answer: 'response' }, false],
    ['that it was fetched is no acknowledgement', { stage: 'receipt', type: undefined, positive: true }, { answer: 'acknowledgement' }, false],
    ['another message than was agreed', { ...yes, stage: 'response', type: 'CUSRES' }, { answer: 'response', by: ['APERAK'] }, false],
    ['after a refusal nothing more comes', { ...yes, positive: false }, { answer: 'response', by: ['APERAK'] }, true],
  ] as const)
    t.equal(answers(said, expected), isIt, what);
  t.end();
});
