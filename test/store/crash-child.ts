import { openStore } from '../../src/store/open.ts';
import { intakeOf, walk } from './damage.ts';

/*
 * A gateway in small, that ends by SIGKILL. Run by faults.test.ts:
 *
 *   node crash-child.js walk FOLDER STEP N    one message from intake to mailbox; kills itself at the N-th time of STEP
 *   node crash-child.js load FOLDER PREFIX    takes messages until it is killed; prints the id of each that was acknowledged
 */
const [mode, folder, ...rest] = process.argv.slice(2);
if (mode === 'load') await load(folder!, rest[0]!);
if (mode === 'walk') {
  let seen = 0;
  await walk(folder!, (step) => {
    if (step === rest[0] && ++seen === Number(rest[1])) process.kill(process.pid, 'SIGKILL');
  });
}

async function load(path: string, prefix: string): Promise<void> {
  const store = openStore({ folder: path, origin: 'portolan.test/log', publishEvery: 5 });
  let n = 0;
  const sender = async (): Promise<never> => {
    for (;;) {
      const id = `01${prefix}${n++}`;
      await store.commit(intakeOf(id, Buffer.alloc(3_000, id)));
      process.stdout.write(`${id}\n`);
    }
  };
  await Promise.all(Array.from({ length: 16 }, sender));
}
