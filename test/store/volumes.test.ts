import t from 'tap';
import { entryText } from '../../src/store/receipt.ts';
import { countingOf } from '../../src/store/volumes.ts';

t.test('the first entry of a time is found in a log of any length', async (t) => {
  const size = 3 * 2 ** 31;
  const atOf = (index: number): string => new Date(index * 100).toISOString();
  let looks = 0;
  const question = {
    get: (index?: unknown) => (index === undefined ? { size } : { leaf: Buffer.from(entryText(atOf(Number(index)), '')) }),
    all: () => [],
    pluck: () => question,
  };
  const fail = (why: string): never => {
    throw new Error(why);
  };
  const counting = countingOf(
    () => (++looks > 1_000 ? fail('it does not come to an end') : question),
    () => fail('no step is read'),
  );
  for (const index of [0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 + 5, size - 1]) t.equal(await counting.indexAt(atOf(index)), index);
  t.equal(await counting.indexAt('9999'), size, 'of one that is not yet there it is the next');
});
