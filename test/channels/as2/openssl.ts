import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** OpenSSL's `cms`: another's reading and writing of what this channel sends and takes. */
export const noOpenssl = spawnSync('openssl', ['version']).status === 0 ? undefined : 'openssl is not installed';

export interface Openssl {
  /** `arguments_` may name the files given; what it wrote to standard output. Throws where it fails. */
  cms(arguments_: readonly string[], files?: Readonly<Record<string, string | Uint8Array>>): Buffer;
  close(): void;
}

export function openOpenssl(): Openssl {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-as2-'));
  return {
    cms(arguments_, files = {}) {
      for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
      execFileSync('openssl', ['cms', ...arguments_, '-out', 'out'], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
      return readFileSync(join(folder, 'out'));
    },
    close: () => rmSync(folder, { recursive: true }),
  };
}
