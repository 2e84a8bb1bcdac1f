import t from 'tap';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { produce } from '../../src/gateway/translation/produce.ts';
import type { ReadMessage } from '../../src/gateway/translation/reading.ts';
import { readBytes } from '../../src/gateway/translation/syntax.ts';
import { normalForm } from '../../src/maps/normal-form.ts';
import { library } from '../library.ts';
import { shared } from '../root.ts';

// Published manifests of China Customs: all of each is read, and what is written says the same.

const folder = shared === undefined ? undefined : join(shared, 'corpus/china-manifest-xml');

function read(bytes: Uint8Array): ReadMessage {
  const messages: ReadMessage[] = [];
  readBytes(library, bytes, { message: (message) => void messages.push(message), interchangeEnd: () => undefined }, {});
  return messages[0]!;
}

t.test('every atom of a manifest has a home, both ways', { skip: folder === undefined ? 'the corpus is not beside the repository' : false }, (t) => {
  const files = readdirSync(folder!, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.txt'));
  const maps = new Map([
    ['MT1401', 'wco/cri/3/cn-mt1401'],
    ['MT2401', 'wco/cre/3/cn-mt2401'],
  ]);
  t.equal(files.length, maps.size);
  for (const file of files) {
    const { plan, parsed } = read(readFileSync(join(folder!, file)));
    t.equal(plan?.name, maps.get(/MT\d+/.exec(file)![0]), file);
    const { total, bound } = parsed!.account;
    t.ok(total > 100 && bound === total, `${file}: ${bound} of ${total} atoms are bound`);
    const { bytes, losses } = produce(library, plan!, parsed!.rows, {} as never);
    t.same(losses, [], `${file}: nothing is lost in writing`);
    t.equal(normalForm(read(bytes).parsed!.rows), normalForm(parsed!.rows), `${file}: what is written says the same`);
  }
  t.end();
});
