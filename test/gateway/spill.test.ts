import { readdirSync } from 'node:fs';
import t from 'tap';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { canonicalText } from '../../src/dictionary/json.ts';
import { KeyTable } from '../../src/dictionary/key-table.ts';
import { Pool } from '../../src/dictionary/paging.ts';
import { produce } from '../../src/gateway/translation/produce.ts';
import type { ReadMessage } from '../../src/gateway/translation/reading.ts';
import { SpillFile } from '../../src/gateway/translation/spill-file.ts';
import { readBytes } from '../../src/gateway/translation/syntax.ts';
import { seeded } from '../../src/maps/generate-values.ts';
import { randomRows } from '../../src/maps/generate.ts';
import { compileGrants, project } from '../../src/partners/grants.ts';
import { library } from '../maps/fixture.ts';

const around = { sender: 'A', recipient: 'B', preparedAt: '260101:0000', reference: '1' };
const alphabet = "ABC xyz0123456789äß&'+:?€漢\u{1F600}";

t.before(() => library().loadSchemas());

/** Everything that becomes of a message: its facts, what was lost, what was found, and what is written from it in every format. */
function fates(bytes: Uint8Array, targets: readonly string[], pool?: Pool): unknown {
  const all: unknown[] = [];
  const plain = (findings: readonly Diagnostic[]): string => JSON.stringify(findings);
  const message = ({ parsed, findings }: ReadMessage): void => {
    if (!parsed) return void all.push(plain(findings));
    const { rows, account, losses } = parsed;
    const seen = project(rows, compileGrants(['Declaration.*', 'Declaration/Consignment/**'], library().dictionary));
    all.push(canonicalText(rows), account, losses, plain(findings), plain(library().conforms(rows)), rows.countFacts());
    all.push(canonicalText(seen.rows), seen.withheld);
    for (const name of targets) {
      const { bytes: made, facts, losses: lost, findings: found } = produce(library(), library().catalog.plan(name)!, rows, around);
      all.push(name, Buffer.from(made).toString(), facts, lost, plain(found));
    }
  };
  all.push(plain(readBytes(library(), bytes, { message, interchangeEnd: (_, found) => void all.push(plain(found)) }, pool ? { pool } : {})));
  return all;
}

t.test('what has no room in memory comes back as it was: every map gives the same, however little memory there is', { timeout: 120_000 }, async (t) => {
  const folder = t.testdir();
  let kept = 0;
  const names = library().catalog.maps.map(({ name }) => name);
  for (const [i, name] of names.entries()) {
    const targets = [name, names[(i + 1) % names.length]!];
    const plan = library().catalog.plan(name)!;
    const { bytes } = produce(library(), plan, randomRows(plan, seeded(i + 1), { alphabet, fullness: 0.3 }), around);
    const [budget, grain] = i % 2 === 0 ? [0, 2] : [20_000, 8];
    const file = new SpillFile(folder);
    const put = file.put.bind(file);
    file.put = (...args) => (kept++, put(...args));
    const paged = fates(bytes, targets, new Pool(file, budget, grain));
    t.strictSame(paged, fates(bytes, targets), `${name}: ${budget} bytes in pages of ${grain}`);
    file.close();
  }
  t.ok(kept > 300, `${kept} pages left the memory`);
  t.same(readdirSync(folder), [], 'and on the disk nothing has a name');
});

t.test('a table of keys in pages is a Map', async (t) => {
  const file = new SpillFile(t.testdir());
  const random = seeded(7);
  for (const grain of [1, 2, 64]) {
    const table = new KeyTable(new Pool(file, 2_000, grain));
    const map = new Map<string, number>();
    for (let i = 0; i < 3_000; i++) {
      const key = `${'k'.repeat(Math.floor(random() * 9))}${Math.floor(random() * 1_000)}`;
      if (table.get(key) !== map.get(key)) return void t.fail(`${key} after ${i}, pages of ${grain}`);
      table.set(key, i);
      map.set(key, i);
    }
    t.ok([...map].every(([key, value]) => table.get(key) === value));
    table.clear();
    t.equal(table.get([...map.keys()][0]!), undefined);
  }
  file.close();
});

t.test('a block that was touched on the disk is not taken', async (t) => {
  const file = new SpillFile(t.testdir());
  const number = file.put('what a partner sent');
  t.equal(file.get(number), 'what a partner sent');
  t.equal(file.put('something else that is longer than what was there', number), number);
  t.equal(file.get(number), 'something else that is longer than what was there');
  file.free(number);
  t.equal(file.put('short'), number, 'a free place is used again');
  const { at } = file.block(number);
  const { writeSync } = await import('node:fs');
  writeSync(file.handle.file, Buffer.from([0]), 0, 1, at);
  t.throws(() => file.get(number));
  file.close();
});
