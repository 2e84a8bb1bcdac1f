import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openReceipts } from '../../../src/channels/as2/receipts.ts';
import { serve, world } from './sides.ts';

const receipt = { fields: [], body: [Buffer.from('a receipt')] };

t.test('a receipt that could not be delivered is delivered after a restart', async (t) => {
  const there = world(t);
  const folder = join(there.data, 'receipts');
  let status = 503;
  let came: (body: string) => void = () => undefined;
  const url = await serve(t, ({ body }) => {
    came(Buffer.from(body).toString());
    return Promise.resolve({ status, headers: {}, body: Buffer.alloc(0) });
  });
  const arrives = (): Promise<string> => new Promise((resolve) => (came = resolve));

  const first = await openReceipts(folder, 'blue', there);
  const refused = arrives();
  await first.send(url, receipt, { 'content-type': 'text/plain' });
  t.equal(await refused, 'a receipt');
  await first.close();
  t.equal(readdirSync(folder).length, 1, 'it is kept');

  status = 200;
  there.clock += 3_600_000;
  const again = arrives();
  const second = await openReceipts(folder, 'blue', there);
  t.equal(await again, 'a receipt');
  while (readdirSync(folder).length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await second.close();
});

t.test('it is given up after two days, and said so each time', async (t) => {
  const there = world(t);
  const folder = join(there.data, 'receipts');
  let told: () => void = () => undefined;
  const first = new Promise<void>((resolve) => (told = resolve));
  const receipts = await openReceipts(folder, 'blue', { now: () => there.clock, report: (event) => (there.report(event), told()) });
  await receipts.send('http://127.0.0.1:1/nobody', receipt, {});
  await first;
  await receipts.close();
  t.match(there.events, [{ event: 'receipt not delivered', code: 'AS2_RECEIPT_UNDELIVERED', attempt: 1, url: 'http://127.0.0.1:1/nobody' }]);
  there.clock += 49 * 3_600_000;
  const last = new Promise<void>((resolve) => (told = resolve));
  const later = await openReceipts(folder, 'blue', { now: () => there.clock, report: (event) => (there.report(event), told()) });
  await last;
  await later.close();
  t.same(readdirSync(folder), []);
});
