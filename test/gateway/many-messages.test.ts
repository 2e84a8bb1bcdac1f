import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import t from 'tap';
import { openGateway } from '../../src/cli/running.ts';
import { loadConfigurationFolder } from '../../src/gateway/library/library.ts';
import type { Batch } from '../../src/store/store.ts';
import { root } from '../root.ts';
import { library, sample } from '../web/fixture.ts';

// What one sender sends is not what another waits for: the outcome of many messages is taken over, made and committed a part at a time.

const messages = 600;
const turn = 100; // messages of a part at most: some tens of milliseconds of work
const bound = 800; // ms that others may have the machine, or the collector the thread

t.test(`while ${messages} messages of one interchange get their outcome, others are answered`, { timeout: 180_000 }, async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'portolan-'));
  t.teardown(() => rmSync(data, { recursive: true, force: true }));
  const config = join(root, 'samples/gateway');
  const loaded = loadConfigurationFolder(config, library);
  const partner = loaded.configuration!.partners.find(({ id }) => id === 'blue-anchor')!;
  const { gateway, close } = await openGateway({ library, loaded, config, data, report: () => undefined, workers: 1 });
  const text = sample('two-bills').toString('latin1');
  const [from, to] = [text.indexOf('UNH'), text.indexOf('UNZ')];
  const reference = /UNZ\+\d+\+(\w+)/.exec(text)![1]!;
  const submit = async (body: string): Promise<string> => {
    const received = await gateway.submit({ bytes: Buffer.from(body, 'latin1'), partner, grade: 'D' });
    if (!received.accepted) throw new Error('it was not accepted');
    return received.id;
  };
  const other = (n: number): Promise<string> => submit(text.replaceAll(reference, `S${n}`).replace(/(BGM\+785\+)[^+]*/, `$1S${n}`)); // a document of its own
  await gateway.outcome(await other(0), 60_000); // what is compiled at first use does not count
  const message = text
    .slice(from, to)
    .replace(/^UNH\+[^+]*/, 'UNH+M')
    .replace(/(UNT\+\d+\+)[^']*/, '$1M');
  const all = Array.from({ length: messages }, (_, n) => message.replace('UNH+M', `UNH+M${n}`).replace(/(UNT\+\d+\+)M/, `$1M${n}`));
  const parts: number[] = [];
  const { store } = gateway;
  const commitParts = store.commitParts.bind(store);
  store.commitParts = (given) => {
    const counted = async function* (): AsyncGenerator<Batch> {
      for await (const part of given) {
        parts.push(part.states?.length ?? 0);
        yield part;
      }
    };
    return commitParts(counted());
  };
  const many = await submit(`${text.slice(0, from)}${all.join('')}UNZ+${messages}+${reference}'`);
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  let answered = 0;
  while ((await gateway.store.state(many))?.state === 'received') {
    await other(++answered);
    await pause(100);
  }
  delay.disable();
  const longest = delay.max / 1e6;
  t.equal(
    parts.reduce((sum, each) => sum + each, 0),
    messages + 1,
    'the outcome is one, of all messages and the interchange',
  );
  t.ok(Math.max(...parts) <= turn, `in parts of ${parts.join(', ')}`);
  t.ok(answered > 1, `${answered} others were answered meanwhile`);
  t.ok(longest < bound, `the thread that receives was held ${Math.round(longest)} ms`);
  t.equal((await gateway.store.messagesOf(many)).length, messages);
  t.equal((await gateway.store.state(`${many}-${messages}`))?.interchange, many);
  await close();
});
