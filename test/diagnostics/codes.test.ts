import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { codes, type CodeRow } from '../../src/diagnostics/codes.ts';
import { root } from '../root.ts';

const register = Object.entries(codes) as [string, CodeRow][];
const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('diagnostics/codes.ts'))
  .map((file) => readFileSync(join(root, 'src', file), 'utf8'))
  .join('\n');

t.test('every code is produced somewhere', (t) => {
  const idle = register.filter(([code]) => !new RegExp(`['"]${code}['"]`).test(sources)).map(([code]) => code);
  t.same(idle, [], 'codes that no line of src produces');
  t.end();
});

t.test('names and rows are of one form', (t) => {
  for (const [code, row] of register) {
    t.match(code, /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$|^BUG$/, code);
    t.notMatch(row.title, /^[A-Z][a-z]|\.$/, `${code}: a sentence in lower case without a full stop`);
    t.ok(row.title.length > 3 && row.hint.length > 3, `${code}: says what is wrong and what to do`);
    t.match(row.contrl, /^(\d{1,2})?$/, `${code}: DE 0085 is one or two digits`);
    t.ok(row.http === 0 || (row.http >= 400 && row.http < 600), `${code}: HTTP status`);
    if (row.severity === 'bug') t.equal(row.actor, 'us', `${code}: a bug is ours`);
    t.notMatch(row.title + row.hint, /\binvalid\b/, `${code}: says what would be valid`);
  }
  t.end();
});
