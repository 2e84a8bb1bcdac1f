import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { root } from '../root.ts';

t.test('a conversion that is interrupted leaves nothing behind', async (t) => {
  const folder = t.testdir();
  const program = `import { main } from ${JSON.stringify(new URL('../../src/cli/main.js', import.meta.url).href)}; process.exitCode = await main(process.argv.slice(1));`;
  const args = ['convert', '-', '--to', 'canonical', '--out', join(folder, 'out.json'), '--report', join(folder, 'report.json')];
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, '--', ...args], { cwd: root, stdio: ['pipe', 'ignore', 'ignore'] });
  child.stdin.write(readFileSync(join(root, 'samples/two-bills/input.edi')));
  while (readdirSync(folder).length < 2) await new Promise((resolve) => setTimeout(resolve, 50));
  t.ok(
    readdirSync(folder).every((name) => name.endsWith('.part')),
    'it has begun, under other names',
  );
  child.kill('SIGINT');
  const [code] = (await once(child, 'exit')) as [number | null];
  t.equal(code, 130);
  t.same(readdirSync(folder), []);
});
