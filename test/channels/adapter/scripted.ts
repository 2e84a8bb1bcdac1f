import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';

export function temporary(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-adapter-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What every scripted adapter begins with: `on` is filled by the script. Run apart from the test runner, which would load itself into it. */
const prelude = `
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
const say = (frame) => process.stdout.write(JSON.stringify(frame) + '\\n');
const hashOf = (bytes) => createHash('sha256').update(bytes).digest('hex');
const bodyOf = (text) => ({ size: Buffer.byteLength(text), sha256: hashOf(text), base64: Buffer.from(text).toString('base64') });
const here = process.argv[2];
let hello;
const read = ({ base64, file }) => (file === undefined ? Buffer.from(base64, 'base64') : readFileSync(join(hello.folder, file)));
const right = (body) => read(body).length === body.size && hashOf(read(body)) === body.sha256;
const on = {
  hello(frame) { hello = frame; say({ type: 'ready', protocol: 'portolan-adapter/1', name: 'scripted', version: '1', window: 4 }); },
  deliver({ delivery, body }) {
    if (!delivery) return say({ type: 'error', reason: 'no delivery' });
    say(right(body) ? { type: 'outcome', delivery, state: 'delivered' } : { type: 'outcome', delivery, state: 'failed', failure: 'content', reason: 'another hash' });
  },
  stop() { process.exit(0); },
};
`;
const postlude = `
createInterface({ input: process.stdin }).on('line', (line) => {
  let frame;
  try { frame = JSON.parse(line); } catch { return on.garbage ? on.garbage() : say({ type: 'error', reason: 'no JSON' }); }
  on[frame.type]?.(frame);
}).on('close', () => process.exit(0));
`;

/** The command of an adapter that does what `script` says, and everything else well. Its first argument is a folder that outlives it. */
export function scripted(t: Test, script = ''): readonly string[] {
  const folder = temporary(t);
  writeFileSync(join(folder, 'adapter.mjs'), prelude + script + postlude);
  return [process.execPath, join(folder, 'adapter.mjs'), folder];
}
