import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import type { AuthContext, ParsedKey } from 'ssh2';
import type { Grade } from '../../store/store.ts';
import { ssh2 } from './protocol.ts';

/** How a party comes in, as it is configured. */
export interface SftpLogin {
  readonly user?: string; // the party's id unless said
  readonly keys?: readonly string[]; // public keys, a line each as in authorized_keys; several while they change
  readonly passwords?: readonly string[]; // `scrypt:LOG2N:R:P:SALT:HASH`, salt and hash in Base64; several while they change
  readonly old?: boolean; // algorithms that are no longer offered to everybody
  readonly connections?: number; // at a time; 10 unless said
  readonly ignore?: readonly string[]; // patterns of names that are still being written, and are taken when they are renamed
  readonly discard?: readonly string[]; // patterns of files that only tell that another is whole: accepted, and thrown away
}

export interface Login {
  readonly keys: readonly ParsedKey[];
  readonly passwords: readonly ScryptHash[];
  readonly old: boolean;
}

interface ScryptHash {
  readonly n: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** Throws where a key or hash cannot be read. */
export function readLogin({ keys = [], passwords = [], old = false }: SftpLogin): Login {
  if (keys.length + passwords.length === 0) throw new Error('neither `keys` nor `passwords` is set');
  return {
    old,
    keys: keys.map((line, i) => {
      const parsed: unknown = ssh2().utils.parseKey(line);
      const key = (Array.isArray(parsed) ? parsed[0] : parsed) as ParsedKey | Error;
      if (key instanceof Error || key.isPrivateKey()) throw new Error(`key ${i + 1} is no public key of OpenSSH (\`ssh-ed25519 AAAA…\`)`);
      return key;
    }),
    passwords: passwords.map(readHash),
  };
}

function readHash(text: string, i: number): ScryptHash {
  const [, log2, r, p, salt, hash] = /^scrypt:(1[4-9]|20):(\d{1,2}):(\d{1,2}):([A-Za-z0-9+/=]{20,}):([A-Za-z0-9+/=]{40,})$/.exec(text) ?? [];
  if (hash === undefined) throw new Error(`password ${i + 1} is no hash (\`scrypt:15:8:1:SALT:HASH\`)`);
  return { n: 2 ** Number(log2), r: Number(r), p: Number(p), salt: Buffer.from(salt!, 'base64'), hash: Buffer.from(hash, 'base64') };
}

/** Who asks for a login that does not exist waits as long, so that nobody learns which do. */
const nobody: ScryptHash = { n: 2 ** 15, r: 8, p: 1, salt: randomBytes(16), hash: randomBytes(32) };

/** What a login proves by the way it came in; undefined where it is refused, `asked` where a client asks whether a key would do. */
export async function prove(login: Login | undefined, context: AuthContext): Promise<Grade | 'asked' | undefined> {
  if (context.method === 'publickey') {
    const { key, signature, blob, hashAlgo } = context;
    if (key.algo === 'ssh-rsa' && hashAlgo === undefined && !login?.old) return undefined; // signed with SHA-1
    const known = login?.keys.find((each) => each.type === key.algo && each.getPublicSSH().equals(key.data));
    if (!known) return undefined;
    if (!signature || !blob) return 'asked';
    return known.verify(blob, signature, hashAlgo) === true ? 'B' : undefined;
  }
  if (context.method !== 'password') return undefined;
  const hashes = login && login.passwords.length > 0 ? login.passwords : [nobody];
  let isRight = false;
  for (const each of hashes) if (await isPassword(each, context.password)) isRight = true;
  return isRight ? 'D' : undefined;
}

let turn = Promise.resolve(); // hashing costs memory on purpose: one at a time

async function isPassword({ n, r, p, salt, hash }: ScryptHash, password: string): Promise<boolean> {
  const derived = turn.then(
    () =>
      new Promise<Buffer>((resolve, reject) => {
        scrypt(password, salt, hash.length, { N: n, r, p, maxmem: 256 * n * r }, (error, key) => (error ? reject(error) : resolve(key)));
      }),
  );
  turn = derived.then(
    () => undefined,
    () => undefined,
  );
  return timingSafeEqual(await derived, hash);
}
