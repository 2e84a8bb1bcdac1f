import { randomBytes } from 'node:crypto';
import { StoreError } from './fault.ts';
import { readKeys, type Keys } from './keys.ts';
import { TileReader } from './log.ts';
import { placeFault, type Place } from './place.ts';
import type { ReaderParts } from './read.ts';
import { entrySource } from './rows.ts';
import { pooled, Sealer } from './seal.ts';
import { faultOf, readDatabase, type Db } from './sqlite.ts';

/** A connection that can only read, with the keys that it needs. `place`: of the owner, who must read what it has open and never a copy. */
export function readerParts(folder: string, place?: Place): ReaderParts {
  const db = readDatabase(folder, place !== undefined);
  try {
    const keys = readKeys(folder);
    checkKeys(db, folder, keys);
    const fault = place && placeFault(folder, place);
    if (fault) throw fault;
    return { db, folder, keys, place, sealer: new Sealer(keys.content, pooled(randomBytes)), tiles: new TileReader(folder, entrySource(db)) };
  } catch (error) {
    db.close();
    throw faultOf(error, folder);
  }
}

/** The database knows the key of its log: another gateway's keys folder is refused before anything is signed with it. */
export function checkKeys(db: Db, folder: string, keys: Keys): void {
  const known = db.prepare("select value from meta where name = 'log.vkey'").pluck().get();
  if (known === keys.log.verifierKey) return;
  if (known !== undefined || db.readonly) throw new StoreError('STORE_KEYS_WRONG', { folder });
  db.prepare("insert into meta (name, value) values ('log.vkey', ?)").run(keys.log.verifierKey);
}
