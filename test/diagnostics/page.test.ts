import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { codesMarkdown } from '../../src/diagnostics/page.ts';
import { root } from '../root.ts';

t.test('CODES.md is what the register makes it', (t) => {
  const file = join(root, 'src/diagnostics/CODES.md');
  const page = codesMarkdown();
  if (process.env['PORTOLAN_GOLDEN'] === 'write') writeFileSync(file, page);
  t.ok(readFileSync(file, 'utf8') === page, 'stale: run `npm run golden` and review the difference');
  t.end();
});
