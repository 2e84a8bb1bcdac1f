import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfigurationFolder, openLibrary } from '../../src/gateway/library/library.ts';
import { intakeBatch } from '../../src/gateway/intake/intake.ts';
import { readEnvelope, type Envelope } from '../../src/gateway/translation/syntax.ts';
import type { CommitStep } from '../../src/store/commit.ts';
import { openStore } from '../../src/store/open.ts';
import type { Batch } from '../../src/store/store.ts';
import { root } from '../root.ts';

const groups = 300;
const perGroup = 32;

/**
 * The CPU time of the steps of a receipt one by one, in this process, for groups of 32 bodies. HTTP and the way between the
 * threads cost what a request costs beyond them.
 */
export async function stageCosts(template: string): Promise<Readonly<Record<string, number>>> {
  const library = openLibrary({ root });
  const { configuration, hash } = loadConfigurationFolder(join(root, 'samples/gateway'), library);
  const partner = configuration!.partners.find(({ id }) => id === 'blue-anchor')!;
  const { limits } = configuration!.gateway;
  const folder = mkdtempSync(join(tmpdir(), 'portolan-bench-'));
  const spent = new Map<string, number[]>(); // of each group
  let last = 0;
  const lap = (stage?: string): void => {
    const { user, system } = process.cpuUsage();
    const now = user + system;
    if (stage !== undefined) spent.set(stage, [...(spent.get(stage) ?? []), now - last]);
    last = now;
  };
  const after: Partial<Record<CommitStep, string>> = {
    prepared: 'seal and hash',
    applied: 'insert',
    signed: 'tree and signature',
    committed: 'commit',
    adopted: 'tree and signature',
  };
  const store = openStore({ folder, origin: 'bench.invalid/log', onStep: (step) => lap(after[step]) });
  try {
    let n = 0;
    for (let group = 0; group < 2 * groups; group++) {
      if (group === groups) spent.clear(); // the first half warms up
      const bodies = Array.from({ length: perGroup }, () => Buffer.from(template.replaceAll('{n}', `REF${String(++n).padStart(9, '0')}`), 'latin1'));
      lap();
      const envelopes: Envelope[] = [];
      for (const bytes of bodies) envelopes.push(await readEnvelope(library, bytes, { listed: bytes.length, limits }));
      lap('envelope');
      const batches: Batch[] = bodies.map((bytes, i) =>
        intakeBatch({ id: `01K${String(n + i).padStart(23, '0')}`, at: Date.now(), bytes, partner, grade: 'D' }, envelopes[i]!.interchanges, {
          store,
          library,
          configuration: configuration!,
          configurationHash: hash,
        }),
      );
      lap('batch');
      const committed = await Promise.all(batches.map((batch) => store.commit(batch)));
      lap();
      for (const each of committed) each.receiptJson();
      lap('receipt');
    }
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return Object.fromEntries([...spent].map(([stage, all]) => [stage, all.sort((a, b) => a - b)[all.length >> 1]! / perGroup]));
}
