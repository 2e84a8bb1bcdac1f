import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { owedFor } from '../../src/gateway/answers/expecting.ts';
import { verifyFolder } from '../store/damage.ts';
import { recipient, run } from './delivery-fixture.ts';

const child = fileURLToPath(new URL('./delivery-child.js', import.meta.url));

/**
 * What the recipient has got, and whether our books know it, when the process is killed at a step of the commit that says so. Whatever the
 * step: the recipient has it once or twice, each time as the same delivery, and the books say it once.
 */
const cases = [
  { step: 'prepared', times: 2 },
  { step: 'signed', times: 2 },
  { step: 'committed', times: 1 },
  { step: 'adopted', times: 1 },
] as const;

for (const { step, times } of cases)
  t.test(
    `killed when the commit of a delivery is ${step}: it was sent ${times === 1 ? 'once' : 'twice, as the same'}, and it is in the books once`,
    async (t) => {
      const folder = mkdtempSync(join(tmpdir(), 'portolan-kill-'));
      t.teardown(() => rmSync(folder, { recursive: true, force: true }));
      const customs = await recipient(t);
      const { url } = (customs.channel as unknown as { settings: { url: string } }).settings;
      const killed = spawn(process.execPath, [child, folder, url, step], { stdio: ['ignore', 'ignore', 'inherit'] });
      const [, signal] = (await once(killed, 'close')) as [number, string];
      t.equal(signal, 'SIGKILL');
      t.equal(customs.got.length, 1);

      const terms = { customs: { expects: [{ answer: 'response', within: 3_600_000 }] } } as const;
      const running = await run(t, { folder, terms, channels: { customs: customs.channel } });
      await customs.has(times);
      const message = `${customs.got[0]!.delivery.slice(0, 26)}-1`;
      while ((await running.store.state(message))?.agencies['customs'] !== 'delivered')
        await running.until(({ event, party }) => event === 'delivered' && party === 'customs');
      await running.gateway.close();
      t.equal(customs.got.length, times);
      t.same(customs.got.map(({ delivery, attempt }) => [delivery, attempt]), Array(times).fill([customs.got[0]!.delivery, 1])); // prettier-ignore
      const { readStore } = await import('../../src/store/open.ts');
      const store = readStore(folder);
      const kinds = (await store.timeline(message)).flatMap(({ record }) => (record?.party === 'customs' ? [record.kind] : []));
      t.same(kinds, ['translated', 'sent', 'delivered']);
      t.match(await owedFor(store, message), [{ party: 'customs', answer: 'response', state: 'awaited' }], 'and it is owed one answer');
      t.equal((await owedFor(store, message)).length, 1);
      await store.close();
      t.match(verifyFolder(folder), { ok: true });
    },
  );
