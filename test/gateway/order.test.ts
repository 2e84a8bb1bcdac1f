import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { openGateway, type RunningGateway } from '../../src/cli/running.ts';
import { loadConfigurationFolder } from '../../src/gateway/library/library.ts';
import { openStore } from '../../src/store/open.ts';
import { root } from '../root.ts';
import { library, sample } from '../web/fixture.ts';

const data = mkdtempSync(join(tmpdir(), 'portolan-'));
const config = join(data, 'config');
cpSync(join(root, 'samples/gateway'), config, { recursive: true });
const file = join(config, 'partners/blue-anchor.yaml');
const stated = readFileSync(file, 'utf8');
const agreed = stated.includes('agreement:')
  ? stated.replace('agreement:', 'agreement:\n  ordered: true')
  : `${stated.trimEnd()}\nagreement:\n  ordered: true\n`;
writeFileSync(file, agreed);
const loaded = loadConfigurationFolder(config, library);
const partner = loaded.configuration!.partners.find(({ id }) => id === 'blue-anchor')!;
t.teardown(() => rmSync(data, { recursive: true, force: true }));

const open = (folder: string, dispatch: boolean, workers: number): Promise<RunningGateway> =>
  openGateway({ library, loaded, config, data: join(data, folder), report: () => undefined, workers, dispatch });

const text = sample('two-bills').toString('latin1');
const reference = /UNB\+[^']*'/.exec(text)![0].split('+')[5]!.replace("'", '');
const item = /GID\+1\+480[\s\S]*?CST[^']*'\r?\n/.exec(text)![0];

/** The sample under a reference of its own, with so many goods items more, which weigh nothing: its totals agree. */
function interchange(n: number, items: number): Uint8Array {
  const empty = item.replace('480:CT', '0:CT').replace('KGM:21940', 'KGM:0').replace('4134+480', '4134+0');
  const more = Array.from({ length: items }, (_, i) => empty.replace('GID+1+', `GID+${i + 10}+`)).join('');
  return Buffer.from(text.replaceAll(reference, `ORD${n}`).replace(item, item + more), 'latin1');
}

async function submit({ gateway }: RunningGateway, n: number, items: number): Promise<string> {
  const received = await gateway.submit({ bytes: interchange(n, items), partner, grade: 'D' });
  if (!received.accepted) throw new Error('it was not accepted');
  return received.id;
}

/** The interchanges as their outcomes became known: by the records of the log, and by the numbers in the mailbox. */
async function orderOf({ gateway: { store } }: RunningGateway, ids: readonly string[]): Promise<{ readonly outcome: string[]; readonly inbox: string[] }> {
  const first = await Promise.all(ids.map(async (id) => ({ id, index: (await store.timeline(id)).find(({ record }) => record?.kind !== 'received')!.index })));
  const inbox = (await store.inbox('customs', 0, 100)).map(({ message = '' }) => message.slice(0, 26));
  return { outcome: first.sort((a, b) => a.index - b.index).map(({ id }) => id), inbox: [...new Set(inbox)] };
}

t.test('where the partner asks for it, what it sends is translated and delivered in the order received, however large each is', async (t) => {
  const running = await open('sizes', true, 2);
  const ids: string[] = [];
  for (const [n, items] of [1_000, 1, 0, 300, 0].entries()) ids.push(await submit(running, n, items));
  for (const id of ids) await running.gateway.outcome(id, 60_000);
  const { outcome, inbox } = await orderOf(running, ids);
  t.same(outcome, ids);
  t.same(inbox, ids);
  await running.close();
});

t.test('and where the process ended in between', async (t) => {
  const first = await open('restart', false, 0);
  const ids: string[] = [];
  for (const [n, items] of [300, 0, 20].entries()) ids.push(await submit(first, n, items));
  await first.close();
  const second = await open('restart', true, 0);
  ids.push(await submit(second, 3, 0));
  for (const id of ids) await second.gateway.outcome(id, 60_000);
  t.same(await orderOf(second, ids), { outcome: ids, inbox: ids });
  await second.close();
});

t.test('a job of a sequence waits for the one before it, whatever holds that up; others do not', async (t) => {
  let now = 1_000_000;
  const store = openStore({ folder: join(data, 'sequence'), clock: () => now });
  t.teardown(() => store.close());
  const add = (sequence?: string) => ({ kind: 'translate', value: {}, ...(sequence === undefined ? {} : { sequence }) });
  const { jobs } = await store.commit({ jobs: { add: [add('a'), add('a'), add('b'), add(), add('a')] } });
  const [a1, a2, b1, free, a3] = jobs as [number, number, number, number, number];
  const claim = async (): Promise<number[]> => (await store.claim(['translate'], 10)).map(({ id }) => id);
  t.same(await claim(), [a1, b1, free]);
  t.same(await claim(), [], 'while somebody works on it');
  await store.commit({ jobs: { failed: [{ id: a1, code: 'GATEWAY_TRANSLATOR_DOWN' }] } });
  t.same(await claim(), [], 'while it waits for another attempt');
  now += 60_000;
  t.same(await claim(), [a1]);
  store.release([a1]);
  t.same(await claim(), [a1], 'it was given back: it is first again');
  await store.commit({ jobs: { done: [a1] } });
  t.same(await claim(), [a2]);
  await store.commit({ jobs: { failed: [{ id: a2, code: 'GATEWAY_NOT_READ', retry: 'never' }] } });
  t.same(await claim(), [a3], 'what has failed for good holds up nobody');
});
