import { isMapping, readOptions, slot, text, texts } from './arguments.ts';
import { compilePattern } from './pattern.ts';
import { dayNumber, fromDayNumber, readIso, showIso, two, type Moment } from '../../language/moment.ts';
import type { Codec } from './codec.ts';

/** A day of the month that means the date near another. */
export const dayNearCodec: Codec = {
  name: 'day-near',
  doc:
    'A day of the month that means the date near another one: `{ day-near: day, anchor: issued, format: DDMMMYY, window: [-3, 24] }` is the date with that day ' +
    'from three days before the anchor to 24 after it. The window spans at most 28 days, so that one date answers; on building a date outside it is refused.',
  examples: [
    { args: '{ day-near: day, anchor: issued, format: DDMMMYY, window: [-3, 24] }', wire: ['02', '28NOV10'], value: '2010-12-02', prints: ['02'] },
    { args: '{ day-near: day, anchor: issued, format: CCYYMMDD, window: [-3, 24] }', wire: ['31', '20230202'], value: '2023-01-31', prints: ['31'] },
    { args: '{ day-near: day, anchor: issued, format: CCYYMMDD, window: [0, 27] }', wire: ['31', '20230401'], refused: 'no day `31` stands from 0 to 27 days' },
  ],
  compile(args, context) {
    const options = readOptions(args, 'day-near', 'day', ['day', 'anchor', 'format', 'window']);
    const day = slot(options, 'day', context.slots);
    const anchor = slot(options, 'anchor', context.slots);
    const pattern = compilePattern(text(options, 'format') ?? '', { pivot: 50, midnight: false });
    const [first, last] = (isMapping(options.values['window']) ? [] : (texts(options, 'window') ?? [])).map((each) =>
      /^[+-]?\d{1,2}$/.test(each) ? Number(each) : NaN,
    );
    const { problems } = options;
    if (day === undefined || anchor === undefined) problems.push('`day-near` needs the slot of the day and `anchor`, the slot of the date it is near');
    if (typeof pattern === 'string') problems.push(`\`format\`, the form of the anchor: ${pattern}`);
    else if (pattern.precision !== 'day' && pattern.precision !== 'minute' && pattern.precision !== 'second')
      problems.push('`format`: the anchor must state a day');
    // 28 days: no two of them bear the same day of the month.
    if (first === undefined || last === undefined || !(first <= last) || last - first > 27)
      problems.push('`window` is two day counts at most 27 apart, as in `window: [-3, 24]`');
    if (problems.length > 0 || typeof pattern === 'string' || day === undefined || anchor === undefined || first === undefined || last === undefined)
      return { problems };

    const distance = (date: Moment, from: Moment): number => dayNumber(date.year, date.month!, date.day!) - dayNumber(from.year, from.month!, from.day!);
    const near = (wire: string | undefined): Moment | string =>
      wire === undefined || wire === '' ? `\`${anchor}\`, the date that the day is near, is missing` : pattern.read(wire);
    return {
      inputs: [day, anchor],
      parse([wire, other]) {
        if (wire === undefined || wire === '') return { ok: true, value: undefined };
        const from = near(other);
        if (typeof from === 'string') return { ok: false, reason: from };
        const number = /^\d{1,2}$/.test(wire) ? Number(wire) : NaN;
        for (let ahead = first; ahead <= last; ahead++) {
          const date = fromDayNumber(dayNumber(from.year, from.month!, from.day!) + ahead);
          if (date.day === number) return { ok: true, value: showIso(date) };
        }
        return { ok: false, reason: `no day \`${wire}\` stands from ${first} to ${last} days of \`${other!}\`` };
      },
      print(value, _width, others) {
        const date = typeof value === 'string' ? readIso(value) : 'is a quantity, not a date';
        if (typeof date === 'string') return { ok: false, reason: date };
        if (date.day === undefined || date.hour !== undefined) return { ok: false, reason: `\`${String(value)}\` must be a date without a time` };
        const from = near(others?.[1]);
        if (typeof from === 'string') return { ok: false, reason: from };
        const ahead = distance(date, from);
        if (ahead < first || ahead > last)
          return { ok: false, reason: `\`${String(value)}\` is ${ahead} days from \`${others![1]!}\`, the day of the month tells ${first} to ${last}` };
        return { ok: true, texts: [two(date.day), undefined] };
      },
      domain: { kind: 'datetime', formats: ['DD'], precisions: ['day'] },
      lossless: 'quotient',
    };
  },
};
