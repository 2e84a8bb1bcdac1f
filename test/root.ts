import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository: the nearest folder above this file that holds package.json. */
export const root: string = (() => {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
})();

/** The folder of real messages and facts beside the repository, or undefined where it is absent. */
export const shared: string | undefined = [resolve(root, '../shared')].find((folder) => existsSync(join(folder, 'corpus')));
