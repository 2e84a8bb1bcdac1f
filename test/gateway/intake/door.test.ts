import t from 'tap';
import { Door } from '../../../src/gateway/intake/door.ts';
import { defaultLimits } from '../../../src/partners/limits.ts';

/** A door before a queue of so many, at a time that the test sets. */
function door() {
  const at = { now: 10_000_000, queue: 0 };
  const made = new Door({
    store: { backlog: () => Promise.resolve(at.queue) },
    disk: { isDue: true, known: undefined, pressure: () => Promise.resolve(undefined) },
    now: () => at.now,
    limits: () => ({ ...defaultLimits, queue: 10, commit: 2_000 }),
    closed: () => undefined,
  });
  const reason = async (): Promise<string | undefined> => {
    const admitted = await made.admit(0);
    return 'finding' in admitted ? admitted.finding.args['reason'] : undefined;
  };
  return { at, made, reason };
}

t.test('what waits is counted again a second later, also where the clock was set back', async (t) => {
  const { at, made, reason } = door();
  t.equal(await reason(), undefined);
  for (let i = 0; i < 10; i++) made.accepted();
  t.match(await reason(), /10 interchanges wait/, 'counted upward in between');
  at.now -= 3_600_000;
  t.equal(await reason(), undefined, 'and in the store by now: they have their outcome');
});

t.test('commits are slow when they are: not when nothing is being committed', async (t) => {
  const { at, made, reason } = door();
  const ended = made.committing();
  at.now += 2_001;
  t.match(await reason(), /the disk is slow/);
  ended();
  t.equal(await reason(), undefined, 'nothing is under way');
  const next = made.committing();
  t.match(await reason(), /the disk is slow/, 'the last was');
  at.now += 10;
  next();
  made.committing();
  t.equal(await reason(), undefined, 'it is fast again');
});
