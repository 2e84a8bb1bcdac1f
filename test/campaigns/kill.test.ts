import t from 'tap';
import { run } from './kill.ts';

t.test('SIGKILL during load: everything that got a 202 is there once, with its evidence and its deliveries', { timeout: 120_000 }, async (t) => {
  const { figure, ok } = await run({ seconds: 0, seed: 1, count: 4 });
  t.ok(ok, figure);
});
