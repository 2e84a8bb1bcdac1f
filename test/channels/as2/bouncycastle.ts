import { execFile, spawn, spawnSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { root } from '../../root.ts';
import type { Made } from './pki.ts';

/** Bouncy Castle's S/MIME (`Peer.java`): another's signatures, encryption and compression, in whichever order. */
const jars = ['bcmail', 'bcpkix', 'bcprov', 'bcutil', 'javax.mail', 'javax.activation'].map((name) => `/usr/share/java/${name}.jar`);
const isThere = (program: string): boolean => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

export const noBouncyCastle: string | false = !isThere('java')
  ? 'there is no Java here'
  : !isThere('ecj')
    ? 'there is no compiler for Java here (ecj)'
    : !jars.every((jar) => existsSync(jar))
      ? 'Bouncy Castle is not installed (libbcmail-java)'
      : false;

/** `compress`, `sign` (RSA with SHA-256) or a cipher. */
export type Layer = 'compress' | 'sign' | 'aes128' | 'aes256' | '3des';
export type Encoding = 'binary' | 'base64';

export interface Packed {
  readonly message: Buffer; // header and body
  readonly mic: string; // SHA-256 in base64
}

export interface Unpacked {
  readonly layers: readonly string[]; // from the inside outward
  readonly mic: string;
  readonly entity: Buffer; // the innermost, with its header
  readonly content: Buffer; // of it, without its transfer encoding
}

/** Each rejects with what it threw. `signer` and `recipient` are names of those that it knows. */
export interface BouncyCastle {
  pack(layers: readonly Layer[], parties: { signer: string; recipient: string; encoding?: Encoding }, entity: Uint8Array | string): Promise<Packed>;
  /** The same of so many zeros, which it makes itself. */
  bomb(layers: readonly Layer[], parties: { signer: string; recipient: string }, size: number): Promise<Packed>;
  unpack(parties: { signer: string; recipient: string }, message: Uint8Array): Promise<Unpacked>;
  close(): Promise<void>;
}

const quick = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto']; // it runs for seconds

/** One Java for all that is asked of it; what is asked is answered in turn. */
export async function openBouncyCastle(parties: Readonly<Record<string, Made>>): Promise<BouncyCastle> {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-java-'));
  const env = { ...process.env, JDK_JAVA_OPTIONS: quick.join(' ') };
  const source = join(root, 'test/channels/as2/Peer.java');
  await promisify(execFile)('ecj', ['-17', '-proc:none', '-cp', jars.join(':'), '-d', folder, source], { env });
  const java = spawn('java', [...quick, '-cp', [...jars, folder].join(':'), 'Peer'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting: { readonly resolve: (words: string[]) => void; readonly reject: (error: Error) => void }[] = [];
  createInterface({ input: java.stdout }).on('line', (line) => {
    const { resolve, reject } = waiting.shift()!;
    if (line.startsWith('ok ')) resolve(line.split(' ').slice(1));
    else reject(new Error(line.slice(3)));
  });
  java.on('exit', (code) => waiting.splice(0).forEach(({ reject }) => reject(new Error(`Java ended with ${code}`))));
  java.stdin.on('error', () => undefined); // told by its end

  const ask = (...words: string[]): Promise<string[]> =>
    new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      java.stdin.write(`${words.join(' ')}\n`);
    });
  const bytesOf = (word = '-'): Buffer => (word === '-' ? Buffer.alloc(0) : Buffer.from(word, 'base64'));
  const packed = ([message, mic = '']: readonly string[]): Packed => ({ message: bytesOf(message), mic });
  const named = (layers: readonly Layer[]): string => layers.join(',') || '-';

  for (const [name, { certificate, key }] of Object.entries(parties)) {
    const pkcs8 = createPrivateKey(key).export({ type: 'pkcs8', format: 'der' });
    await ask('know', name, new X509Certificate(certificate).raw.toString('base64'), pkcs8.toString('base64'));
  }
  return {
    pack: async (layers, { signer, recipient, encoding = 'binary' }, entity) =>
      packed(await ask('pack', named(layers), encoding, signer, recipient, Buffer.from(entity).toString('base64'))),
    bomb: async (layers, { signer, recipient }, size) => packed(await ask('bomb', named(layers), 'binary', signer, recipient, String(size))),
    async unpack({ signer, recipient }, message) {
      const [layers = '-', mic = '', entity, content] = await ask('unpack', signer, recipient, Buffer.from(message).toString('base64'));
      return { layers: layers === '-' ? [] : layers.split(','), mic, entity: bytesOf(entity), content: bytesOf(content) };
    },
    async close() {
      const ended = once(java, 'exit');
      java.stdin.end();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
