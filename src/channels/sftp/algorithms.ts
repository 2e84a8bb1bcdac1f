import type { Algorithms } from 'ssh2';

/** What is spoken with everybody: RFC 8268, 8332, 8709, 9142 and OpenSSH's forms of encrypt-then-MAC and GCM. No SHA-1, no CBC. */
const modern = {
  kex: ['curve25519-sha256', 'curve25519-sha256@libssh.org', 'ecdh-sha2-nistp256', 'ecdh-sha2-nistp384', 'ecdh-sha2-nistp521', 'diffie-hellman-group-exchange-sha256', 'diffie-hellman-group16-sha512', 'diffie-hellman-group18-sha512', 'diffie-hellman-group14-sha256'], // prettier-ignore
  serverHostKey: ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', 'rsa-sha2-512', 'rsa-sha2-256'],
  cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr', 'aes192-ctr', 'aes256-ctr'],
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512'],
  compress: ['none'],
} as const satisfies Algorithms;

/** What a partner whose software is old may be given beyond that, by its own setting. DSA, 3DES, MD5 and RC4 nobody. */
const old = {
  kex: ['diffie-hellman-group14-sha1', 'diffie-hellman-group-exchange-sha1'],
  serverHostKey: ['ssh-rsa'],
  cipher: ['aes128-cbc', 'aes192-cbc', 'aes256-cbc'],
  hmac: ['hmac-sha1-etm@openssh.com', 'hmac-sha1'],
  compress: [],
} as const satisfies Algorithms;

type Kinds = 'kex' | 'serverHostKey' | 'cipher' | 'hmac' | 'compress';
export type Offer = { readonly [kind in Kinds]: string[] };

/** What is offered, the best first. A server of ours has no group exchange, which ssh2 speaks as a client alone. */
export function offer({ withOld, asServer }: { readonly withOld: boolean; readonly asServer: boolean }): Offer {
  const of = (kind: Kinds): string[] => [...modern[kind], ...(withOld ? old[kind] : [])].filter((name) => !asServer || !name.includes('group-exchange'));
  return { kex: of('kex'), serverHostKey: of('serverHostKey'), cipher: of('cipher'), hmac: of('hmac'), compress: of('compress') };
}

/** Whether something that was agreed upon is only for those who are given more. */
export const isOld = (agreed: readonly string[]): boolean => agreed.some((name) => Object.values(old).some((names: readonly string[]) => names.includes(name)));
