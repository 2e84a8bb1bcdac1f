import { createPublicKey, hash, sign, verify, type KeyObject } from 'node:crypto';
import type { Hash } from './tree.ts';

/**
 * Checkpoints: the size and root of the log, signed. C2SP tlog-checkpoint (the text) in a C2SP signed note (the frame),
 * with an Ed25519 signature of type 0x01 whose key name is the origin.
 *
 *   portolan.example/log            origin
 *   20852163                        size
 *   CsUYapGGPo4dkMgIAUqom/Xajj…     root, base64
 *
 *   — portolan.example/log Az3grl…  one line per signature: base64(key id ‖ signature)
 */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Hash;
}

/** Signs notes under one name. */
export interface Signer {
  readonly name: string;
  readonly verifierKey: string; // `name+keyid+base64(0x01 ‖ public key)`
  sign(text: string): string;
}

const ed25519 = 0x01;

export function signer(name: string, key: KeyObject): Signer {
  const raw = rawPublicKey(key);
  const id = keyId(name, raw);
  return {
    name,
    verifierKey: `${name}+${id.toString('hex')}+${Buffer.concat([Buffer.of(ed25519), raw]).toString('base64')}`,
    sign(text) {
      const signature = Buffer.concat([id, sign(null, Buffer.from(text), key)]);
      return `${text}\n— ${name} ${signature.toString('base64')}\n`;
    },
  };
}

/** The text of a note, where the key's own signature is there and good; a witness's further lines are left alone. */
export function openNote(note: string, verifierKey: string): string | undefined {
  const split = note.lastIndexOf('\n\n');
  const key = parseVerifierKey(verifierKey);
  if (split < 0 || !key) return undefined;
  const text = note.slice(0, split + 1);
  for (const line of note.slice(split + 2).split('\n')) {
    const [dash, name, encoded] = line.split(' ');
    if (dash !== '—' || name !== key.name || encoded === undefined) continue;
    const signature = Buffer.from(encoded, 'base64');
    if (!signature.subarray(0, 4).equals(key.id)) continue;
    return verify(null, Buffer.from(text), key.publicKey, signature.subarray(4)) ? text : undefined;
  }
  return undefined;
}

export function checkpointText(checkpoint: Checkpoint): string {
  return `${checkpoint.origin}\n${checkpoint.size}\n${checkpoint.root.toString('base64')}\n`;
}

/** The checkpoint in a note, if the log with this key signed it. */
export function openCheckpoint(note: string, verifierKey: string): Checkpoint | undefined {
  const [origin, size, root, ...rest] = openNote(note, verifierKey)?.split('\n') ?? [];
  if (origin === undefined || size === undefined || root === undefined || rest.length === 0) return undefined;
  if (!/^(0|[1-9]\d{0,15})$/.test(size) || !verifierKey.startsWith(`${origin}+`)) return undefined;
  const decoded = Buffer.from(root, 'base64');
  return decoded.length === 32 ? { origin, size: Number(size), root: decoded } : undefined;
}

/** Key names hold no space and no `+`. */
export function isKeyName(name: string): boolean {
  return /^[^\s+\p{Cc}]+$/u.test(name);
}

function parseVerifierKey(text: string): { name: string; id: Buffer; publicKey: KeyObject } | undefined {
  const [name, id, ...encoded] = text.split('+');
  const key = Buffer.from(encoded.join('+'), 'base64');
  if (name === undefined || id === undefined || key.length !== 33 || key[0] !== ed25519) return undefined;
  const raw = key.subarray(1);
  if (!keyId(name, raw).equals(Buffer.from(id, 'hex'))) return undefined;
  return { name, id: keyId(name, raw), publicKey: createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') }, format: 'jwk' }) };
}

function keyId(name: string, raw: Buffer): Buffer {
  return hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(ed25519), raw]), 'buffer').subarray(0, 4);
}

function rawPublicKey(key: KeyObject): Buffer {
  return Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x!, 'base64url');
}
