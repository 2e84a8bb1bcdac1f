import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderIncoming } from '../../../src/channels/folder/incoming.ts';
import { surroundingsIn } from '../surroundings.ts';

/** A gateway that is killed: takes the files of a folder into another, where what is taken is a file under its key. */
const [path, data, store] = process.argv.slice(2) as [string, string, string];
await folderIncoming({ path, every: 0.05, complete: { companion: '{name}.ok' } }, 'acme', surroundingsIn(data), async ({ bytes, key, name }) => {
  const file = join(store, key!);
  const duplicate = existsSync(file);
  if (!duplicate) {
    writeFileSync(`${file}.tmp`, bytes);
    renameSync(`${file}.tmp`, file);
  }
  process.stdout.write(`${name}\n`);
  await new Promise((resolve) => setImmediate(resolve)); // between the store and the folder there is time to fall
  return { taken: true, id: key!, receipt: '{}', duplicate };
});
