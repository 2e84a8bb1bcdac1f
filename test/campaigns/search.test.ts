import t from 'tap';
import { run } from './search.ts';

t.test('one container among ten thousand messages; `npm run campaign -- search` asks among a million and more', { timeout: 120_000 }, async (t) => {
  const { figure, ok } = await run({ seconds: 0, seed: 1, count: 10_000 });
  t.ok(ok, figure);
});
