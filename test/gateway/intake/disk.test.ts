import t from 'tap';
import type { Code } from '../../../src/diagnostics/codes.ts';
import { Disk } from '../../../src/gateway/intake/disk.ts';
import { StoreError } from '../../../src/store/fault.ts';

const ofDisk = (sqlite = 'SQLITE_IOERR_FSYNC'): StoreError => new StoreError('STORE_FAULT', { folder: 'data', message: 'disk I/O error', sqlite });

/** What stops acceptance, and what is found by looking again: whether it goes on by itself, or takes a person. */
const cases: readonly { readonly what: string; readonly fault: StoreError; readonly finds: StoreError | undefined; readonly ends: 'on' | 'waits' | Code }[] = [
  { what: 'a full disk', fault: new StoreError('STORE_DISK_FULL'), finds: undefined, ends: 'on' },
  { what: 'a full disk that is full still', fault: new StoreError('STORE_DISK_FULL'), finds: new StoreError('STORE_DISK_FULL'), ends: 'waits' },
  { what: 'a disk that may not be written still', fault: new StoreError('STORE_READ_ONLY'), finds: new StoreError('STORE_READ_ONLY'), ends: 'waits' },
  { what: 'a flush that failed', fault: ofDisk(), finds: undefined, ends: 'on' },
  { what: 'a flush that fails again', fault: ofDisk(), finds: ofDisk(), ends: 'waits' },
  { what: 'nothing is mounted there', fault: ofDisk(), finds: new StoreError('STORE_ABSENT'), ends: 'waits' },
  { what: 'somebody reads beside it', fault: ofDisk(), finds: new StoreError('STORE_BUSY'), ends: 'waits' },
  { what: 'it was heard of later', fault: new StoreError('STORE_HALTED'), finds: undefined, ends: 'on' },
  { what: 'an older copy is there', fault: ofDisk(), finds: new StoreError('EVIDENCE_ROLLED_BACK'), ends: 'EVIDENCE_ROLLED_BACK' },
  { what: 'another log is there', fault: ofDisk(), finds: new StoreError('EVIDENCE_LOG_BROKEN'), ends: 'EVIDENCE_LOG_BROKEN' },
  { what: 'somebody else has taken the folder', fault: ofDisk(), finds: new StoreError('STORE_LOCKED'), ends: 'STORE_LOCKED' },
  { what: 'the database is malformed', fault: ofDisk(), finds: ofDisk('SQLITE_CORRUPT'), ends: 'STORE_FAULT' },
  { what: 'the thread has fallen', fault: new StoreError('STORE_HALTED'), finds: new StoreError('STORE_HALTED'), ends: 'STORE_HALTED' },
];

t.test('a disk that fails is waited for, and what it cannot mend takes a person', async (t) => {
  await Promise.all(
    cases.map(async ({ what, fault, finds, ends }) => {
      let looked = 0;
      let halted: Code | undefined;
      let looksAgain: () => void = () => undefined;
      const again = new Promise<void>((resolve) => (looksAgain = resolve));
      const probe = async (): Promise<void> => {
        if (++looked === 2) looksAgain();
        if (finds) throw finds;
      };
      const told: (Code | undefined)[] = [];
      const disk = new Disk({
        store: { probe, room: () => Promise.reject(new Error('nobody asks')) },
        now: () => 0,
        floor: () => 0,
        told: (each) => told.push(each?.code),
        halt: (code) => (halted = code),
        halted: () => halted !== undefined,
      });
      t.ok(disk.failed(fault), what);
      t.equal((await disk.pressure())?.code, fault.code, `${what}: nothing is accepted`);
      await Promise.race([disk.writable(), again]);
      t.equal(disk.fault?.code, ends === 'waits' ? fault.code : undefined, `${what}: whether it waits`);
      t.equal(halted, ends === 'on' || ends === 'waits' ? undefined : ends, `${what}: who goes on`);
      t.same(told, ends === 'on' ? [fault.code, undefined] : [fault.code], `${what}: what is told`);
      if (halted === undefined) return disk.close();
      t.ok(disk.failed(new StoreError('STORE_HALTED')), `${what}: whoever hears of it later`);
      t.same([told, disk.fault], [[fault.code], undefined], `${what}: is no news`);
      disk.close();
    }),
  );
});

t.test('of a store that had stopped the cause is told as soon as it is found', async (t) => {
  const told: (Code | undefined)[] = [];
  let looked = 0;
  const disk = new Disk({
    store: {
      room: () => Promise.reject(new Error('nobody asks')),
      probe: async () => {
        if (++looked < 3) throw new StoreError('STORE_ABSENT', { folder: 'data' });
      },
    },
    now: () => 0,
    floor: () => 0,
    told: (fault) => told.push(fault?.code),
    halt: () => t.fail(),
    halted: () => false,
  });
  disk.failed(new StoreError('STORE_HALTED'));
  t.equal(disk.cause?.code, 'STORE_HALTED');
  while (told.length < 2) await new Promise((resolve) => setTimeout(resolve, 50));
  t.match(disk.cause, { code: 'STORE_ABSENT', args: { folder: 'data' } });
  await disk.writable();
  t.same(told, ['STORE_HALTED', 'STORE_ABSENT', undefined], 'once');
  t.equal(disk.cause, undefined);
  disk.close();
});

t.test('a folder that cannot be looked at is a disk that failed', async (t) => {
  for (const fault of [ofDisk('SQLITE_IOERR'), new StoreError('STORE_BATCH')]) {
    const disk = new Disk({
      store: { probe: async () => undefined, room: () => Promise.reject(fault) },
      now: () => 2_000,
      floor: () => 0,
      told: () => undefined,
      halt: () => t.fail(),
      halted: () => false,
    });
    if (fault.code === 'STORE_BATCH') await t.rejects(disk.pressure());
    else t.equal((await disk.pressure())?.code, 'STORE_FAULT');
    disk.close();
  }
});

t.test('a folder that is no longer the one that is open is a disk that failed', async (t) => {
  const disk = new Disk({
    store: { probe: async () => undefined, room: async () => ({ free: 1, disk: 1, database: 0, fault: ofDisk('SQLITE_IOERR') }) },
    now: () => 2_000,
    floor: () => 0,
    told: (fault) => t.equal(fault?.code, 'STORE_FAULT'),
    halt: () => t.fail(),
    halted: () => false,
  });
  t.equal((await disk.pressure())?.code, 'STORE_FAULT');
  t.equal(disk.fault?.code, 'STORE_FAULT');
  disk.close();
});

t.test('what is no fault of the disk is none of its business', (t) => {
  for (const error of [ofDisk('SQLITE_CORRUPT'), new StoreError('STORE_FAULT'), new StoreError('STORE_BATCH'), new Error('a defect')]) {
    const disk = new Disk({
      store: { probe: async () => undefined, room: () => Promise.reject(error) },
      now: () => 0,
      floor: () => 0,
      told: () => t.fail(),
      halt: () => t.fail(),
      halted: () => false,
    });
    t.notOk(disk.failed(error), error.message);
    t.equal(disk.fault, undefined);
  }
  t.end();
});

t.test('a clock that was set back is no reason not to look', async (t) => {
  let now = 10_000_000;
  let free = 1_000;
  const disk = new Disk({
    store: { probe: () => Promise.resolve(), room: () => Promise.resolve({ free, disk: 8_000, database: 0 }) },
    now: () => now,
    floor: () => 500,
    told: () => undefined,
    halt: () => undefined,
    halted: () => false,
  });
  t.equal(await disk.pressure(), undefined);
  free = 100;
  t.equal(await disk.pressure(), undefined, 'once a second');
  now -= 3_600_000;
  t.equal((await disk.pressure())?.code, 'STORE_DISK_FULL');
});
