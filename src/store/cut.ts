import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** That a file has less bytes than its head states. */
export interface Cut {
  readonly size: number; // bytes that are there
  readonly stated: number; // 0 where not even the head is there
  readonly page: number; // bytes of one
}

/** Whether the file of a database was cut short. Of one that its owner writes at this moment it may seem so: it is asked where something cannot be read. */
export function cutOf(folder: string): Cut | undefined {
  const head = Buffer.alloc(headSize);
  const file = openSync(join(folder, 'portolan.db'), 'r');
  try {
    const { size } = fstatSync(file);
    if (readSync(file, head, 0, headSize, 0) < headSize) return { size, stated: 0, page: 0 };
    const page = head.readUInt16BE(16) === 1 ? 65_536 : head.readUInt16BE(16);
    const stated = head.readUInt32BE(28) * page;
    return size < stated && head.toString('latin1', 0, 15) === 'SQLite format 3' ? { size, stated, page } : undefined;
  } finally {
    closeSync(file);
  }
}

const headSize = 100; // bytes: the head of a database as SQLite documents it
