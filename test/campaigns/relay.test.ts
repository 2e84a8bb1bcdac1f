import t from 'tap';
import { lacking, relay } from './relay.ts';
import { parties } from './relaying/parties.ts';

t.test(
  'thirty parties over all channels, eight of which are not well: nothing is lost, nothing is twice in the books, and what waited arrives when they are well again',
  { skip: lacking() },
  async (t) => {
    const { wrong, twice, waiting, delivered } = await relay(parties(false), 60);
    t.same(wrong, []);
    t.ok(twice > 0, 'some were sent twice');
    t.ok(waiting > 0, 'some wait for those who are not well');
    t.ok(delivered >= 60);
  },
);
