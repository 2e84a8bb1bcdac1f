import { spawnSync } from 'node:child_process';
import { chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { root } from '../root.ts';

const program = join(root, 'bin', 'portolan');

t.test('a gateway alone is started with more room for what is young', { skip: process.platform === 'win32' && 'there is no sh' }, (t) => {
  const folder = t.testdir();
  const told = join(folder, 'node'); // stands in for the real one
  writeFileSync(told, `#!/bin/sh\nprintf '%s\\n' "$@"\n`);
  chmodSync(told, 0o755);
  symlinkSync(program, join(folder, 'portolan'));
  const started = (path: string, ...args: readonly string[]): readonly string[] => {
    const { stdout } = spawnSync(path, args, { encoding: 'utf8', env: { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}` } });
    return stdout.trimEnd().split('\n');
  };
  t.same(started(program, 'serve', '--data', 'a b'), ['--min-semi-space-size=32', '--max-semi-space-size=32', program, 'serve', '--data', 'a b']);
  t.same(started(join(folder, 'portolan'), 'inspect', '*'), [join(folder, 'portolan'), 'inspect', '*'], 'by way of a link too');
  t.same(started(program), [program]);
  t.end();
});
