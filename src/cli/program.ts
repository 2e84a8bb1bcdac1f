import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the program: the nearest above this file that holds package.json, and so mappings/ and schemas/. */
export const programFolder: string = (() => {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
})();

export const version: string = (JSON.parse(readFileSync(join(programFolder, 'package.json'), 'utf8')) as { version: string }).version;
