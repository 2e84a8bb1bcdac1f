import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { openGateway } from '../../../src/cli/running.ts';
import { DocumentWriter, isSpilled, piecesOf } from '../../../src/gateway/translation/document.ts';
import { loadConfigurationFolder } from '../../../src/gateway/library/library.ts';
import { SpillFile } from '../../../src/gateway/translation/spill-file.ts';
import { translate } from '../../../src/gateway/translation/translate.ts';
import { root } from '../../root.ts';
import { library, sample } from '../../web/fixture.ts';

const config = join(root, 'samples/gateway');
const loaded = loadConfigurationFolder(config, library);
const partner = loaded.configuration!.partners.find(({ id }) => id === 'blue-anchor')!;

const text = sample('two-bills').toString('latin1');
const item = /GID\+1\+480[\s\S]*?CST[^']*'\r?\n/.exec(text)![0];
const empty = item.replace('480:CT', '0:CT').replace('KGM:21940', 'KGM:0').replace('4134+480', '4134+0'); // so that the totals agree
const many = Array.from({ length: 6_000 }, (_, i) => empty.replace('GID+1+', `GID+${i + 10}+`)).join('');
const bytes = Buffer.from(text.replace(item, item + many), 'latin1');

t.test('a large document goes from the thread that made it to the store in pieces, and is the same', async (t) => {
  await library.loadSchemas();
  const data = mkdtempSync(join(tmpdir(), 'portolan-'));
  t.teardown(() => rmSync(data, { recursive: true, force: true }));
  const running = await openGateway({ library, loaded, config, data, report: () => undefined, workers: 1 });
  const received = await running.gateway.submit({ bytes, partner, grade: 'D' });
  if (!received.accepted) throw new Error('it was not accepted');
  const { store } = running.gateway;
  await running.gateway.outcome(received.id, 60_000);
  const at = (await store.state(received.id))!.received;
  const input = { id: received.id, partner: partner.id, receivedAt: new Date(at).toISOString(), bytes };
  const { interchanges } = translate(input, library, loaded.configuration!);
  const [message] = interchanges[0]!.messages;
  for (const { stage, document } of [
    { stage: 'canonical', document: message!.canonical! },
    ...message!.outputs.map(({ agency, bytes: document }) => ({ stage: agency, document })),
  ]) {
    const kept = await store.content({ owner: `${received.id}-1`, stage });
    t.ok(Buffer.from(kept!).equals(document as Uint8Array), stage);
  }
  const large = message!.outputs.filter(({ bytes: document }) => (document as Uint8Array).length > 4 * 1024 * 1024);
  t.ok(large.length > 0, 'one at least has no room in memory');
  t.match(await store.inbox('customs', 0, 10), [{ number: 1 }], 'and was delivered');
  await running.gateway.close();
});

t.test('what is small stays in memory; what is large, and has somewhere to go, does not', async (t) => {
  const file = new SpillFile(t.testdir());
  const written = (size: number, spill?: SpillFile) => {
    const writer = new DocumentWriter(spill);
    for (let at = 0; at < size; at += 100_000) writer.write(Buffer.alloc(Math.min(100_000, size - at), at / 100_000));
    return writer.end();
  };
  t.notOk(isSpilled(written(1_000_000, file)));
  t.notOk(isSpilled(written(9_000_000)));
  const spilled = written(9_050_000, file);
  if (!isSpilled(spilled)) return void t.fail('it is in memory');
  t.equal(spilled.size, 9_050_000);
  t.ok(Buffer.concat([...piecesOf(spilled, file.handle)]).equals(written(9_050_000) as Buffer));
  file.close();
});
