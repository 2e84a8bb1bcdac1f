import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { shared } from '../../root.ts';

/** Every EDIFACT file of the corpus of real messages; none where it is absent. */
export function corpus(...folders: readonly string[]): { name: string; bytes: Buffer }[] {
  if (shared === undefined) return [];
  return (folders.length > 0 ? folders : ['edifact-customs', 'edifact-commerce', 'edifact-dialect', 'edifact-invalid']).flatMap((folder) =>
    readdirSync(join(shared as string, 'corpus', folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => ({ name: path.slice(path.indexOf(folder)), bytes: readFileSync(path) })),
  );
}
