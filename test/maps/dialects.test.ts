import t from 'tap';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../root.ts';
import { library } from './fixture.ts';

// One base for each message; what a version or a community does otherwise is a dialect, never a copy.

/** Lines that say something: blank ones and comments do not. */
const lines = (path: string): number =>
  readFileSync(join(root, path), 'utf8')
    .split('\n')
    .filter((line) => !/^\s*(#|$)/.test(line)).length;

t.test('dialects share their base: the lines that are shared, and the lines that differ', (t) => {
  const { maps } = library().catalog;
  const parts = readdirSync(join(root, 'mappings/parts')).map((name) => `mappings/parts/${name}`);
  const shared = parts.reduce((sum, path) => sum + lines(path), 0);
  const messages = new Set(maps.flatMap((each) => (each.kind === 'message' ? [each.file] : [])));
  const uses = new Map<string, string[]>(); // of a base, its dialects
  for (const { kind, file, files } of maps) {
    if (kind !== 'dialect') continue;
    const base = files.find((path) => messages.has(path)) ?? '';
    uses.set(base, [...(uses.get(base) ?? []), file]);
  }
  let [ofBases, ofDialects] = [0, 0];
  for (const [base, dialects] of [...uses].sort()) {
    const delta = dialects.reduce((sum, path) => sum + lines(path), 0);
    ofBases += lines(base);
    ofDialects += delta;
    t.comment(`${base}: ${lines(base)} lines shared by ${dialects.length} dialects of ${delta} together`);
  }
  t.comment(
    `${ofBases} lines of ${uses.size} bases and ${shared} of parts are shared; ${ofDialects} lines are delta, of ${[...uses.values()].flat().length} dialects`,
  );
  t.ok(uses.size > 0 && !uses.has(''), 'every dialect has a base that is a message');
  t.ok(ofDialects < ofBases + shared, 'what differs is less than what is shared');
  t.end();
});
