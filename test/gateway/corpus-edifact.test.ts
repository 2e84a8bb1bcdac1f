import t from 'tap';
import type { ReadMessage } from '../../src/gateway/translation/reading.ts';
import { readBytes } from '../../src/gateway/translation/syntax.ts';
import { library } from '../library.ts';
import { shared } from '../root.ts';
import { corpus } from '../syntax/edifact/corpus.ts';

// What the maps make of real messages, type by type: every atom has a fate, and each loss stands here with its reason.

const skip = shared === undefined ? 'the corpus is not beside the repository' : false;

const beyond = 'an element or a component that the directory does not have there';
const undated = 'what stands there is no date';

/** Type, what is said of the loss, how often, why. */
const losses: readonly [type: string, loss: string, times: number, why: string][] = [
  ['BAPLIE', 'a value cannot be read: `1700200200`: there is no month 00', 2, undated],
  ['BAPLIE', 'a value cannot be read: `1700200700`: there is no month 00', 2, undated],
  ['BAPLIE', 'a value cannot be read: `1711200824` has no format code beside it', 1, undated],
  ['BAPLIE', 'a value says nothing without issued', 1, undated],
  ['BAPLIE', 'a value is not bound', 3, beyond],
  ['COARRI', 'a value is not bound', 1, beyond],
  ['IFTSTA', 'a value cannot be read: `20020148`: 2002-01 has no day 48', 12, undated],
  ['VERMAS', 'a value is not bound', 1, beyond],
];

interface Tally {
  messages: number;
  total: number;
  bound: number;
  ignored: number;
  lost: number;
}

/** How many messages of each type a map reads. */
const read = {
  ...{ APERAK: 3, CUSCAR: 3, CUSDEC: 1, CUSREP: 1, CUSRES: 5, PAXLST: 7 },
  ...{ BAPLIE: 9, COARRI: 5, COPARN: 1, COPRAR: 1, GENRAL: 1, IFCSUM: 1, IFTMIN: 3, IFTSAI: 3, IFTSTA: 3, VERMAS: 1 },
};
const listed = Object.keys(read);

t.test('every atom of a message that a map reads has a fate', { skip }, (t) => {
  const tallies = new Map<string, Tally>();
  const lost = new Map<string, number>();
  for (const { name, bytes } of corpus('edifact-customs')) {
    const messages: ReadMessage[] = [];
    readBytes(library, bytes, { message: (message) => void messages.push(message), interchangeEnd: () => undefined }, {});
    for (const { plan, parsed } of messages) {
      if (!plan?.name.startsWith('un/') || !parsed) continue;
      const { account } = parsed;
      const type = plan.name.split('/')[1]!.toUpperCase();
      const tally = tallies.get(type) ?? { messages: 0, total: 0, bound: 0, ignored: 0, lost: 0 };
      tallies.set(type, tally);
      tally.messages++;
      tally.total += account.total;
      tally.bound += account.bound;
      tally.ignored += account.ignored;
      tally.lost += account.lost;
      t.equal(account.bound + account.selector + account.fixed + account.derived + account.ignored + account.lost, account.total, name);
      if (listed.includes(type))
        for (const { reason } of parsed.losses) {
          const at = `${type}: ${reason.replace(/`[^`]*`/, 'a value')}`;
          lost.set(at, (lost.get(at) ?? 0) + 1);
        }
    }
  }
  const share = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;
  for (const [type, { messages, total, bound, ignored, lost }] of [...tallies].sort())
    t.comment(`${type}: ${messages} messages, ${total} atoms, ${share(bound, total)} bound or carried, ${ignored} ignored, ${lost} lost`);
  t.same(
    [...lost].sort().map(([at, times]) => `${at} ×${times}`),
    losses.map(([type, loss, times]) => `${type}: ${loss} ×${times}`).sort(),
    `what is lost is what is listed: ${[...new Set(losses.map(([, , , why]) => why))].join('; ')}`,
  );
  for (const type of listed) t.equal(tallies.get(type)?.ignored, 0, `${type}: nothing is ignored`);
  t.same(Object.fromEntries(listed.map((type) => [type, tallies.get(type)?.messages])), read);
  t.end();
});
