import t from 'tap';
import { run } from './overload.ts';

t.test('offered twice what it takes, the gateway tells whom it cannot serve when to come again', { timeout: 120_000 }, async (t) => {
  const { figure, ok } = await run({ seconds: 2, seed: 1 }, 1);
  t.ok(ok, figure);
});
