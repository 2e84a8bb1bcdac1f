// Runs test files one after another in this process, each as a test of its own that has its path for a name.
//
//   node bin/test-files.mjs FILE…
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const files = process.argv.splice(2); // tap names folders by what remains of it
const tap = await import('tap');
const { t } = tap;
const begin = t.test.bind(t);
const timeout = Number(process.env.TAP_TIMEOUT ?? 30) * 1000;
t.setTimeout(0); // each file has its own

// A file tells its tests to the one `t` that it imports: that is, as long as the file runs, the test of this file.
const unlisted = ['equal', 'strictSame', 'hasProp', 'hasProps', 'hasOwnProp', 'hasOwnProps', 'hasOwnPropsOnly', 'rejects', 'resolves', 'resolveMatch'];
let current;
for (const name of [...Object.keys(tap), ...unlisted]) {
  const method = t[name];
  if (typeof method === 'function' && /^[a-z]/.test(name)) Object.defineProperty(t, name, { get: () => (current ? current[name].bind(current) : method) });
}

for (const file of files)
  await begin(file, { timeout }, async (test) => {
    current = test;
    test.teardown(() => (current = undefined)); // after those of the file
    await import(pathToFileURL(resolve(file)).href);
  });
