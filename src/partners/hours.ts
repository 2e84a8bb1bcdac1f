/** When a party takes deliveries: `mon-fri 08:00-20:00`, by the clocks of its zone, and not on its holidays. */
export interface HoursText {
  readonly zone: string; // IANA: `Asia/Taipei`
  readonly open: readonly string[];
  readonly holidays?: readonly string[]; // YYYY-MM-DD, by its own calendar
}

/** On these days of the week (0 is Sunday) from one minute of the day to another; beyond midnight it belongs to the day on which it began. */
interface Window {
  readonly days: readonly number[];
  readonly from: number;
  readonly to: number;
}

export interface Hours {
  readonly zone: string;
  readonly windows: readonly Window[];
  readonly holidays: ReadonlySet<string>;
}

const names = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const day = 86_400_000;
const minute = 60_000;

/** A window as it is written; `24:00` is the end of the day. */
export const windowPattern = /^([a-z]{3})(?:-([a-z]{3}))? ([01]\d|2[0-3]):([0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d|24:00)$/;

/** Whether the words are a window: days that there are, and a time that is not empty. */
export const isWindow = (text: string): boolean => windowOf(text) !== undefined;

/** Whether there are clocks of that name. */
export function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }) instanceof Intl.DateTimeFormat;
  } catch {
    return false;
  }
}

/** What has passed `isZone` and `isWindow`. */
export const readHours = ({ zone, open, holidays = [] }: HoursText): Hours => ({
  zone,
  windows: open.flatMap((text) => windowOf(text) ?? []),
  holidays: new Set(holidays),
});

function windowOf(text: string): Window | undefined {
  const match = windowPattern.exec(text);
  if (!match) return undefined;
  const [, first = '', last = first, hours, minutes, end = ''] = match;
  const [a, b] = [names.indexOf(first as 'sun'), names.indexOf(last as 'sun')];
  const from = Number(hours) * 60 + Number(minutes);
  const [endHours = 0, endMinutes = 0] = end.split(':').map(Number);
  const to = endHours * 60 + endMinutes;
  if (a < 0 || b < 0 || from === to) return undefined;
  const days = Array.from({ length: ((b - a + 7) % 7) + 1 }, (_, i) => (a + i) % 7);
  return { days, from, to: to < from ? to + 1440 : to };
}

/** So many days are looked ahead: who is closed longer is closed. */
const horizon = 366;

/** `now`, where it is open, or when it opens next; `Infinity` where it never does. All in ms since 1970. */
export function opensAt(hours: Hours, now: number): number {
  let opens = Infinity;
  for (const [from, to] of spans(hours, now - 2 * day)) {
    if (to <= now) continue;
    if (from <= now) return now;
    opens = Math.min(opens, from);
    if (from > opens + 2 * day) break;
  }
  return opens;
}

/** How much of the time between two instants it was open, in ms; windows that overlap count once. */
export function openBetween(hours: Hours, since: number, until: number): number {
  let sum = 0;
  let reached = since;
  for (const [from, to] of spans(hours, since - 2 * day)) {
    if (from >= until) break;
    const start = Math.max(from, reached);
    const end = Math.min(to, until);
    if (end > start) {
      sum += end - start;
      reached = end;
    }
  }
  return sum;
}

/** When it has been open for `ms` since an instant; `Infinity` where that takes more than a year. */
export function openedFor(hours: Hours, since: number, ms: number): number {
  let left = ms;
  let reached = since;
  for (const [from, to] of spans(hours, since - 2 * day)) {
    const start = Math.max(from, reached);
    if (to <= start) continue;
    if (to - start >= left) return start + left;
    left -= to - start;
    reached = to;
  }
  return Infinity;
}

/** The times at which it is open, from the day of an instant on, by their beginning. */
function* spans({ zone, windows, holidays }: Hours, since: number): Generator<readonly [from: number, to: number]> {
  const first = wallClock(zone, since);
  const midnight = Math.floor(first / day) * day;
  for (let n = 0; n <= horizon + 2; n++) {
    const date = new Date(midnight + n * day); // the calendar of the zone, written as if it were UTC
    if (holidays.has(date.toISOString().slice(0, 10))) continue;
    const ofDay = windows
      .filter(({ days }) => days.includes(date.getUTCDay()))
      .map(({ from, to }) => [instant(zone, date.getTime() + from * minute, 'first'), instant(zone, date.getTime() + to * minute, 'last')] as const);
    yield* ofDay.sort((a, b) => a[0] - b[0]);
  }
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** What the clocks of the zone show at an instant, as ms since 1970 as if it were UTC. */
function wallClock(zone: string, at: number): number {
  let clock = clocks.get(zone);
  if (!clock) {
    const numeric = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' } as const;
    clocks.set(
      zone,
      (clock = new Intl.DateTimeFormat('en-US', { timeZone: zone, calendar: 'iso8601', numberingSystem: 'latn', hourCycle: 'h23', ...numeric })),
    );
  }
  const parts = Object.fromEntries(clock.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(parts['year']!, parts['month']! - 1, parts['day'], parts['hour'], parts['minute'], parts['second']) + (((at % 1_000) + 1_000) % 1_000);
}

/**
 * When the clocks of the zone show this. What they show twice, because they were set back, is the first or the last of both; what they
 * never show, because they were set forward, is when they would have shown it.
 */
function instant(zone: string, shown: number, which: 'first' | 'last'): number {
  const offsets = [shown - day, shown + day].map((near) => wallClock(zone, near) - near);
  const candidates = offsets.map((offset) => shown - offset).filter((at) => wallClock(zone, at) === shown);
  if (candidates.length === 0) return shown - offsets[0]!;
  return which === 'first' ? Math.min(...candidates) : Math.max(...candidates);
}
