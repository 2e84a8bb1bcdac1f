import t from 'tap';
import { run } from './fuzz.ts';

t.test('damaged messages are read to their end, and nothing is unaccounted for', async (t) => {
  const { figure, ok } = await run({ seconds: 4, seed: Math.floor(Date.now() / 86_400_000) }); // another seed every day
  t.ok(ok, figure);
});
