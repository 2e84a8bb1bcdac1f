import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readDirectory, type Directory } from '../../../src/syntax/edifact/directory.ts';
import { root } from '../../root.ts';

const made = new Map<string, Directory>();
const folder = join(root, 'schemas/edifact');

/** A directory of the repository by name. */
export const directory = Object.assign(
  (name: string): Directory => {
    const text = (file: string): string => readFileSync(join(folder, name, `${file}.txt`), 'utf8');
    const directory = made.get(name) ?? readDirectory(name, { segments: text('segments'), messages: text('messages'), codes: text('codes') });
    made.set(name, directory);
    return directory;
  },
  { folder },
);
