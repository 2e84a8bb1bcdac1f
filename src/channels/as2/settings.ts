import { finding, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { SecretReference } from '../channel.ts';
import type { HttpSettings } from '../push/exchange.ts';
import { ciphers, digests, type Cipher, type Digest } from './algorithms.ts';
import { endingBefore, readCertificate, readIdentity, type Certificate, type Identity, type Use } from './certificates.ts';
import type { Protection } from './compose.ts';
import type { KeyTransport } from './envelope.ts';

/** Who exchanges with whom; `schemas/config/channel.schema.json` explains each. */
export interface Parties {
  readonly us: { readonly name: string; readonly keys: readonly (CertificateSettings & { readonly key: SecretReference })[] };
  readonly partner: { readonly name: string; readonly certificates: readonly CertificateSettings[] };
}

export interface CertificateSettings {
  readonly certificate: string | SecretReference; // PEM
  readonly from?: string; // ISO 8601; the beginning of its validity where absent
  readonly use?: Use;
}

export interface OutgoingSettings extends Parties, Omit<HttpSettings, 'signature' | 'receipt'> {
  readonly sign?: Digest | 'none';
  readonly padding?: 'pkcs1' | 'pss';
  readonly encrypt?: Cipher | 'none';
  readonly keyTransport?: KeyTransport;
  readonly compress?: 'before' | 'after' | 'none';
  readonly encoding?: 'binary' | 'base64';
  readonly subject?: string;
  readonly receipt?: { readonly wanted?: 'synchronous' | 'asynchronous' | 'none'; readonly signed?: boolean; readonly url?: string };
}

export interface IncomingSettings extends Parties {
  readonly requires?: { readonly signed?: boolean; readonly encrypted?: boolean; readonly digests?: readonly Digest[]; readonly ciphers?: readonly Cipher[] };
  readonly receipts?: readonly string[]; // origins to which receipts may be sent
  readonly unpacked?: number; // MB
}

export const protectionOf = ({
  sign = 'sha256',
  padding = 'pkcs1',
  encrypt = 'aes256',
  keyTransport = 'rsa',
  compress = 'none',
  encoding = 'binary',
}: OutgoingSettings): Protection => ({
  sign: sign === 'none' ? undefined : { digest: sign, pss: padding === 'pss' },
  encrypt: encrypt === 'none' ? undefined : encrypt,
  keyTransport,
  compress: compress === 'none' ? undefined : compress,
  encoding,
});

/** What is asked of a message before it is taken; weak algorithms only where they are named. */
export interface Requirements {
  readonly signed: boolean;
  readonly encrypted: boolean;
  readonly digests: readonly Digest[];
  readonly ciphers: readonly Cipher[];
}

const strongDigests = (Object.keys(digests) as Digest[]).filter((name) => name !== 'md5' && name !== 'sha1');
const strongCiphers = (Object.keys(ciphers) as Cipher[]).filter((name) => name !== '3des');

export const requirementsOf = ({ requires = {} }: IncomingSettings): Requirements => ({
  signed: requires.signed ?? true,
  encrypted: requires.encrypted ?? false,
  digests: requires.digests ?? strongDigests,
  ciphers: requires.ciphers ?? strongCiphers,
});

export interface Keyring {
  readonly ours: readonly Identity[];
  readonly theirs: readonly Certificate[];
}

type Secret = (reference: SecretReference) => Buffer;

/**
 * Keys and certificates as they are at this moment: a file that was exchanged counts from the next message on. What was read
 * before is not parsed again. Throws, by name, where one cannot be read.
 */
export function keyringOf({ us, partner }: Parties, secret: Secret, parsed: Map<string, Certificate | Identity>): Keyring {
  const textOf = (source: string | SecretReference): string => (typeof source === 'string' ? source : secret(source).toString('latin1'));
  const once = <C extends Certificate>(
    pem: string,
    key: string,
    { from = '', use = 'both' }: CertificateSettings,
    read: (from: number | undefined, use: Use) => C,
  ): C => {
    const name = [pem, key, from, use].join('\0');
    const known = parsed.get(name) as C | undefined;
    if (known) return known;
    const made = read(from === '' ? undefined : Date.parse(from), use);
    parsed.set(name, made);
    return made;
  };
  return {
    ours: us.keys.map((each) => {
      const pem = textOf(each.certificate);
      const key = textOf(each.key);
      return named('our', each, () => once(pem, key, each, (from, use) => readIdentity(pem, key, from, use)));
    }),
    theirs: partner.certificates.map((each) => {
      const pem = textOf(each.certificate);
      return named('their', each, () => once(pem, '', each, (from, use) => readCertificate(pem, from, use)));
    }),
  };
}

function named<T>(whose: string, { certificate }: CertificateSettings, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const which = typeof certificate === 'string' ? 'in the configuration' : 'env' in certificate ? certificate.env : certificate.file;
    throw new Error(`${whose} certificate ${which}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

const day = 86_400_000;

/** Certificates of either side that end within so many days and that none follows in time, for whoever looks at the state of things. */
export function certificateFindings(party: string, parties: Parties, secret: Secret, now: number, days: number): Diagnostic[] {
  const { ours, theirs } = keyringOf(parties, secret, new Map());
  const side = (whose: string, all: readonly Certificate[]): Diagnostic[] =>
    endingBefore(all, now + days * day)
      .filter(({ followed }) => !followed)
      .map(({ subject, until }) =>
        finding(until < now ? 'AS2_CERTIFICATE_ENDED' : 'AS2_CERTIFICATE_ENDS', { subject, party: whose, until: new Date(until).toISOString().slice(0, 10) }),
      );
  return [...side(parties.us.name, ours), ...side(party, theirs)];
}
