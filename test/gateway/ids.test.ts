import t from 'tap';
import { firstIdAt, idMaker, receivedAt } from '../../src/gateway/ids.ts';

t.test('ids grow, whatever the clock does', (t) => {
  const times = [-86_400_000, -1, 0, 5, 5, 3, 1_000, 999, 2_000];
  const next = idMaker(() => times.shift()!);
  const made = times.slice().map(() => next());
  const ids = made.map(({ id }) => id);
  t.same(ids, [...new Set(ids)].sort(), 'each is greater than the one before');
  t.same(
    made.map(({ at }) => at),
    [1, 1, 1, 5, 5, 5, 1_000, 1_000, 2_000],
    'and what they say of the time is what was said of it',
  );
  for (const { id, at } of made) t.equal(receivedAt(id), at);
  t.equal(firstIdAt(-1), firstIdAt(0));
  t.end();
});
