import t from 'tap';
import { run } from './fuzz.ts';

t.test('damaged messages are read to their end, and nothing is unaccounted for', async (t) => {
  const { figure, ok } = await run({ seconds: 3, seed: 1, count: 400 });
  t.ok(ok, figure);
});
