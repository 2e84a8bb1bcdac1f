import fc from 'fast-check';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { main } from '../../../src/cli/main.ts';
import { concernsIn } from '../../../src/gateway/views/concerns.ts';
import { openGateway } from '../../../src/cli/running.ts';
import { loadConfigurationFolder } from '../../../src/gateway/library/library.ts';
import { next, numberOf, Sequences, type Counted, type Happened } from '../../../src/gateway/intake/sequence.ts';
import type { SequenceAgreement } from '../../../src/partners/partner.ts';
import { library, sample, startGateway } from '../../web/fixture.ts';

const begun = (highest: number): Counted => ({ sender: 'A', recipient: 'B', test: false, prefix: '', highest, at: 0, missing: [], late: 0, reordered: 0, wraps: 0, restarts: 0 }); // prettier-ignore

/** What happens to numbers one after the other, and what is missing then. */
function run([first = 0, ...numbers]: readonly number[], agreement: SequenceAgreement = {}): { happened: Happened[]; missing: string[]; counted: Counted } {
  let counted = begun(first);
  const happened: Happened[] = [];
  for (const [i, number] of numbers.entries()) {
    const made = next(counted, number, i + 1, agreement);
    counted = made.run;
    happened.push(made.happened);
  }
  return { happened, missing: counted.missing.map(({ from, to }) => `${from}-${to}`), counted };
}

// prettier-ignore
const cases: readonly [what: string, numbers: readonly number[], agreement: SequenceAgreement, happened: readonly Happened[], missing: readonly string[]][] = [
  ['one after the other', [1, 2, 3], {}, ['counted', 'counted'], []],
  ['a gap', [1, 5], {}, ['gap'], ['2-4']],
  ['a late one closes it', [1, 3, 2], {}, ['gap', 'late'], []],
  ['in the middle of a gap', [1, 6, 4], {}, ['gap', 'late'], ['2-3', '5-5']],
  ['two gaps', [1, 3, 5], {}, ['gap', 'gap'], ['2-2', '4-4']],
  ['out of order, and never missed', [10, 11, 8], {}, ['counted', 'reordered'], []],
  ['the same once more', [10, 10], {}, ['counted'], []],
  ['in steps of ten', [10, 20, 40], { step: 10 }, ['counted', 'gap'], ['30-30']],
  ['around', [999_999, 1, 2], { wrap: 999_999 }, ['wrapped', 'counted'], []],
  ['around, with what is missing on both sides', [999_997, 3], { wrap: 999_999 }, ['wrapped'], ['999998-999999', '1-2']],
  ['from the beginning', [500, 1, 2], {}, ['restarted', 'counted'], []],
  ['a jump that is no gap', [1, 900_000, 900_001], {}, ['restarted', 'counted'], []],
];
for (const [what, numbers, agreement, happened, missing] of cases)
  t.test(what, (t) => {
    const made = run(numbers, agreement);
    t.same([made.happened, made.missing], [happened, missing]);
    t.end();
  });

t.test('which references end with a number', (t) => {
  t.same(numberOf('000123'), { prefix: '', number: 123 });
  t.same(numberOf('BA-0612001'), { prefix: 'BA-', number: 612001 });
  t.equal(numberOf('INV77X'), undefined);
  t.equal(numberOf('1234567890123456'), undefined, 'longer than can be counted');
  t.end();
});

t.test('whatever the order, in the end nothing is missing of what came, and all that did not come is', (t) => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 2, max: 60 }), { maxLength: 40 }), (numbers) => {
      const { counted } = run([1, ...numbers]);
      const came = new Set([1, ...numbers]);
      const missing = new Set(counted.missing.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i)));
      for (let n = 1; n <= counted.highest; n++) if (came.has(n) === missing.has(n)) return false;
      return true;
    }),
    { numRuns: 300 },
  );
  t.end();
});

t.test('a gap is told once, when its time is over', async (t) => {
  const sequences = new Sequences({ runs: async () => [] });
  await sequences.load();
  const partner = { id: 'p', agreement: { sequence: {} } } as never;
  const interchange = (reference: string): never => ({ sender: 'A', recipient: 'B', reference }) as never;
  for (const [i, reference] of ['1', '4', '2'].entries()) sequences.count(partner, interchange(reference), i * 1_000);
  t.same(sequences.overdue(60_000, () => 100_000).gaps, [], 'not yet');
  t.match(sequences.overdue(200_000, () => 100_000).gaps, [{ partner: 'p', from: 3, to: 3, since: 1_000 }]);
  t.same(sequences.overdue(900_000, () => 100_000).gaps, [], 'and not again');
  t.end();
});

const text = sample('latin-1').toString('latin1');
const under = (reference: string): Buffer => Buffer.from(text.replaceAll('BA0612001', reference).replaceAll('18200', String(18_000 + Number(reference))), 'latin1'); // prettier-ignore

t.test('counted as they are received, whatever becomes of them; kept over a restart; each sees its own; nothing waits for what is missing', async (t) => {
  let config = '';
  const gateway = await startGateway(t, (folder) => {
    config = folder;
    const file = join(folder, 'partners/blue-anchor.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('agreement:\n', 'agreement:\n  sequence: { wrap: 999999 }\n'));
  });
  for (const reference of ['101', '102', '105', '104', '105']) t.equal((await gateway.send('blue-anchor', under(reference))).status, 202);
  const shown = (await gateway.call('operator', 'GET', '/v1/sequence?partner=blue-anchor')).json.items;
  t.match(shown, [{ partner: 'blue-anchor', sender: 'BLUEANCHOR', recipient: 'PORTOLAN', highest: 105, missing: [{ from: 103, to: 103, overdue: false }], late: 1, reordered: 0 }]); // prettier-ignore
  t.same((await gateway.call('blue-anchor', 'GET', '/v1/sequence')).json.items.length, 1);
  t.same((await gateway.call('quay-net', 'GET', '/v1/sequence?partner=blue-anchor')).json.items, [], 'nobody sees another');
  t.equal((await gateway.call('customs', 'GET', '/v1/sequence')).status, 403);
  t.same(gateway.events.flatMap(({ event, happened, reference }) => (event === 'sequence' ? [[happened, reference]] : [])), [['gap', '105'], ['late', '104']]); // prettier-ignore
  const { runs } = gateway.gateway.rounds.sequences.overdue(Date.now() + 3_600_000, () => 0);
  await gateway.gateway.store.commit({ runs });
  t.match(await concernsIn(gateway.gateway), [
    { actor: 'sender', code: 'PARTNER_SEQUENCE', count: 1, about: /blue-anchor/, detail: /did not come: 103$/, next: 'portolan sequence' },
  ]);
  const beside = async (...args: string[]): Promise<string> => {
    let text = '';
    t.equal(await main([...args, '--data', gateway.data], { out: (part) => void (text += String(part)), tell: (part) => void (text += part) }), 0);
    return text;
  };
  t.match(await beside('status'), /sender +PARTNER_SEQUENCE +1 .*103 +portolan sequence/);
  t.match(await beside('partners', 'list'), /blue-anchor +Blue Anchor.* +folder/);
  t.match(await beside('partners', 'show', 'blue-anchor'), /103 since .*!/);
  t.same(JSON.parse(await beside('partners', 'export')).map((each: { partner: string }) => each.partner), gateway.gateway.configuration.partners.map(({ id }) => id).sort()); // prettier-ignore
  t.match((await gateway.call('operator', 'GET', '/v1/partners/blue-anchor')).json, { sequence: [{ highest: 105, missing: [{ from: 103, overdue: true }] }] });
  t.equal(await main(['partners', 'approve', '1', '--data', gateway.data], { out: () => undefined, tell: () => undefined }), 2);
  await gateway.close();
  const again = await openGateway({
    library,
    loaded: loadConfigurationFolder(config, library),
    config,
    data: gateway.data,
    report: () => undefined,
    workers: 0,
  });
  t.teardown(() => again.close());
  const partner = again.gateway.configuration.partners.find(({ id }) => id === 'blue-anchor')!;
  await again.gateway.submit({ bytes: under('103'), partner, grade: 'D' });
  const [kept] = await again.gateway.store.runs('blue-anchor');
  t.match(kept?.detail, { highest: 105, missing: [], late: 2 });
});
