import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { keptPartners } from '../gateway/library/in-force.ts';
import type { ConfigFile } from '../partners/config.ts';
import { readStore } from '../store/open.ts';
import { StoreError } from '../store/fault.ts';

/** The partners that a data folder keeps, read beside whoever owns it: what the configuration folder says is checked with them. */
export async function keptBeside(data: string): Promise<readonly ConfigFile[]> {
  if (!existsSync(join(data, 'portolan.db'))) return [];
  try {
    const store = readStore(data, { older: true });
    return await keptPartners(store).finally(() => store.close());
  } catch (error) {
    if (error instanceof StoreError) return []; // whoever opens the store is told why it cannot be read
    throw error;
  }
}
