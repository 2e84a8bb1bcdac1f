import t from 'tap';
import { run } from './abuse.ts';

t.test('whatever a sender does, it is answered, memory is bounded, and others are served meanwhile', { timeout: 120_000 }, async (t) => {
  const scale = { terminators: 66, read: 8, element: 9, messages: 10, components: 100_000, slow: 120, idle: 300, patience: 3, memory: 400 };
  const { figure, ok } = await run({ seconds: 0, seed: 1 }, scale);
  t.ok(ok, figure);
});
