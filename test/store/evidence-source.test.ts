import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { openEvidence } from '../../src/store/evidence-source.ts';
import { openStore } from '../../src/store/open.ts';
import { verifyStore } from '../../src/store/verify-store.ts';
import { intakeOf, remove } from './damage.ts';

t.test('what the owner writes and publishes after the rows were opened is no damage', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-beside-'));
  const store = openStore({ folder });
  let count = 0;
  const more = async (entries: number): Promise<void> => {
    await Promise.all(Array.from({ length: entries }, () => store.commit(intakeOf(`01BESIDE${++count}`, Buffer.from(String(count))))));
    await store.publish();
  };
  for (const [before, after] of [
    [10, 5], // wider partial tiles
    [235, 20], // partial tiles that become full, and go
    [0, 300], // and tiles of the next level
  ] as const) {
    await more(before);
    const source = openEvidence(folder);
    const entries = count;
    await more(after);
    const found = verifyStore(source);
    source.close();
    t.match(found, { ok: true, entries }, `${after} entries after ${entries}`);
  }
  await store.close();
  remove(folder);
});
