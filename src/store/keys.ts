import { createPrivateKey, createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { isKeyName, signer, type Signer } from './checkpoint.ts';
import { diskFault, StoreError } from './fault.ts';

/**
 * The keys of a store, in files of the folder `keys/`, made at the first start and never put into a backup:
 *
 *   origin       the name of the log, for ever
 *   log.pem      signs checkpoints and bundles (Ed25519, PKCS #8)
 *   log.vkey     its public half, for whoever verifies (C2SP verifier key)
 *   content.key  wraps the data keys of content and records (32 bytes, hexadecimal)
 *   index.key    finds business and duplicate keys by HMAC (32 bytes, hexadecimal)
 */
export interface Keys {
  readonly log: Signer;
  readonly content: KeyObject;
  readonly index: KeyObject;
}

const keyFiles = ['origin', 'log.pem', 'content.key', 'index.key'] as const;

/** Makes the keys of a new store; what is already there stays. */
export function makeKeys(folder: string, origin: string, random: (size: number) => Uint8Array): void {
  if (!isKeyName(origin)) throw new StoreError('STORE_BATCH', { message: `a log cannot be named ${JSON.stringify(origin)}` });
  mkdirSync(join(folder, 'keys'), { recursive: true, mode: 0o700 });
  const make: Record<(typeof keyFiles)[number], () => string> = {
    origin: () => `${origin}\n`,
    'log.pem': () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    'content.key': () => `${Buffer.from(random(32)).toString('hex')}\n`,
    'index.key': () => `${Buffer.from(random(32)).toString('hex')}\n`,
  };
  for (const file of keyFiles) if (!existsSync(join(folder, 'keys', file))) writeDurable(join(folder, 'keys', file), make[file]());
  const keys = readKeys(folder);
  writeDurable(join(folder, 'keys', 'log.vkey'), `${keys.log.verifierKey}\n`);
}

export function readKeys(folder: string): Keys {
  const read = (file: string): string => {
    try {
      return readFileSync(join(folder, 'keys', file), 'utf8').trim();
    } catch (cause) {
      throw diskFault(cause, folder) ?? new StoreError('STORE_KEYS_MISSING', { folder, key: `keys/${file}` }, cause);
    }
  };
  const secret = (file: string): KeyObject => {
    const bytes = Buffer.from(read(file), 'hex');
    if (bytes.length !== 32) throw new StoreError('STORE_KEYS_MISSING', { folder, key: `keys/${file} of 32 bytes` });
    return createSecretKey(bytes);
  };
  const pem = read('log.pem');
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (cause) {
    throw new StoreError('STORE_KEYS_MISSING', { folder, key: 'keys/log.pem in PKCS #8' }, cause);
  }
  return { log: signer(read('origin'), key), content: secret('content.key'), index: secret('index.key') };
}

/** Written whole and on the disk before the name appears: half a key would lock the store for ever. */
export function writeDurable(path: string, text: string | Uint8Array): void {
  const file = openSync(`${path}.new`, 'w', 0o600);
  try {
    writeSync(file, typeof text === 'string' ? Buffer.from(text) : text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(`${path}.new`, path);
}
