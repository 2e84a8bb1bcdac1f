import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { codecsMarkdown } from '../../../src/maps/codecs/page.ts';
import { root } from '../../root.ts';

t.test('CODECS.md is what the codecs make it', (t) => {
  const file = join(root, 'src/maps/codecs/CODECS.md');
  const page = codecsMarkdown();
  if (process.env['PORTOLAN_GOLDEN'] === 'write') writeFileSync(file, page);
  t.ok(readFileSync(file, 'utf8') === page, 'stale: run `npm run golden` and review the difference');
  t.end();
});
