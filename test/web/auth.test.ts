import t from 'tap';
import { Doorkeeper } from '../../src/web/auth.ts';

t.test('a clock that was set back shuts nobody out', (t) => {
  const doorkeeper = new Doorkeeper(() => ({ gateway: { limits: { requests: 2 } } }) as never);
  const line = { role: 'partner', id: 'line' };
  const admit = (now: number): void => doorkeeper.admit(line, now);
  const hour = 3_600_000;
  admit(2 * hour);
  admit(2 * hour);
  t.throws(() => admit(2 * hour), 'two a second');
  t.throws(() => admit(hour), 'an hour earlier there is no more');
  t.doesNotThrow(() => admit(hour + 1_000), 'a second later there is');
  t.end();
});
