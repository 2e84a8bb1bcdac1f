import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/**
 * An adapter as another would write it, by the contract alone (`src/channels/adapter/CONTRACT.md`), between the gateway and two folders:
 * what is in one arrives and is gone when it was taken, what is delivered is put into the other.
 */
interface Body {
  readonly base64?: string;
  readonly file?: string;
}

type Told =
  | { readonly type: 'hello'; readonly folder: string; readonly settings: { readonly in: string; readonly out: string } }
  | { readonly type: 'deliver'; readonly delivery: string; readonly body: Body }
  | { readonly type: 'taken'; readonly key: string }
  | { readonly type: 'refused'; readonly key: string }
  | { readonly type: 'stop' };

const say = (frame: object): void => void process.stdout.write(`${JSON.stringify(frame)}\n`);
const brought = new Set<string>();
let at: Extract<Told, { type: 'hello' }> | undefined;

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const told = JSON.parse(line) as Told;
    if (told.type === 'hello') {
      at = told;
      say({ type: 'ready', protocol: 'portolan-adapter/1', name: 'folders', version: '1', window: 4 });
      setInterval(bring, 200);
    } else if (told.type === 'deliver') deliver(told.delivery, told.body);
    else if (told.type === 'taken') {
      rmSync(join(at!.settings.in, told.key));
      brought.delete(told.key);
    } else if (told.type === 'refused') brought.delete(told.key);
    else if (told.type === 'stop') process.exit(0);
  })
  .on('close', () => process.exit(0));

function deliver(delivery: string, { base64, file }: Body): void {
  const name = createHash('sha256').update(delivery).digest('hex'); // the same at every attempt
  const bytes = file === undefined ? Buffer.from(base64!, 'base64') : readFileSync(join(at!.folder, file));
  writeFileSync(join(at!.settings.out, `.${name}`), bytes);
  renameSync(join(at!.settings.out, `.${name}`), join(at!.settings.out, name));
  say({ type: 'outcome', delivery, state: 'delivered' });
}

function bring(): void {
  const files = readdirSync(at!.settings.in).filter((name) => !name.startsWith('.') && !brought.has(name));
  for (const key of files) {
    const bytes = readFileSync(join(at!.settings.in, key));
    brought.add(key);
    say({ type: 'arrival', key, body: { size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex'), base64: bytes.toString('base64') } });
  }
}
