import t from 'tap';
import { run } from './kill.ts';

t.test('SIGKILL while interchanges come and go over every channel: what was taken is there once, and reaches everybody', { timeout: 240_000 }, async (t) => {
  const { figure, ok } = await run({ seconds: 0, seed: 1, count: 3 });
  t.ok(ok, figure);
  t.comment(figure);
});
