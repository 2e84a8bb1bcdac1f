import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { fromBER } from 'asn1js';
import { Certificate as Structure } from 'pkijs';
import { content, context, elementAt, elementsOf, whole, type Element } from './ber.ts';

/** A certificate of a partner. It is trusted because it is named in the configuration: no authority is asked. */
export interface Certificate {
  readonly x509: X509Certificate;
  readonly from: number; // ms since 1970: from when on it is used; what it verifies or opens is accepted before too
  readonly notBefore: number;
  readonly until: number; // the end of its validity
  readonly use: Use;
  readonly issuer: Uint8Array; // DER
  readonly serial: Uint8Array; // content of the INTEGER
  readonly keyId: Uint8Array | undefined; // subject key identifier
}

/** One of ours, with its key. */
export interface Identity extends Certificate {
  readonly key: KeyObject;
}

/** Some partners have one certificate for each. */
export type Use = 'both' | 'signature' | 'encryption';

/** Throws where the text is no certificate in PEM, or has no key that this channel can use. */
export function readCertificate(pem: string | Buffer, from?: number, use: Use = 'both'): Certificate {
  const x509 = new X509Certificate(pem);
  const { asymmetricKeyType } = x509.publicKey;
  if (asymmetricKeyType !== 'rsa' && asymmetricKeyType !== 'ec' && asymmetricKeyType !== 'rsa-pss')
    throw new Error(`a key of the kind ${asymmetricKeyType ?? '?'}`);
  const identifier = new Structure({ schema: fromBER(x509.raw).result }).extensions?.find(({ extnID }) => extnID === '2.5.29.14')?.extnValue.getValue();
  const [toBeSigned] = elementsOf(x509.raw, elementAt(x509.raw, 0));
  const [serial, , issuer] = elementsOf(x509.raw, toBeSigned!).filter(({ tag }) => tag !== context(0)); // RFC 5280, 4.1
  const notBefore = Date.parse(x509.validFrom);
  return {
    x509,
    from: from ?? notBefore,
    notBefore,
    until: Date.parse(x509.validTo),
    use,
    issuer: whole(x509.raw, issuer!),
    serial: content(x509.raw, serial!),
    keyId: identifier && content(new Uint8Array(identifier), elementAt(new Uint8Array(identifier), 0)),
  };
}

/** Throws where key and certificate do not belong together. */
export function readIdentity(pem: string | Buffer, key: string | Buffer, from?: number, use?: Use): Identity {
  const certificate = readCertificate(pem, from, use);
  const privateKey = createPrivateKey(key);
  if (!certificate.x509.checkPrivateKey(privateKey)) throw new Error('the private key is not that of the certificate');
  return { ...certificate, key: privateKey };
}

export const valid = ({ notBefore, until }: Certificate, now: number): boolean => notBefore <= now && now <= until;
const serves = (certificate: Certificate, use: Use): boolean => certificate.use === 'both' || certificate.use === use;

/**
 * Those with which something new is made, best first: the one whose time came last; behind it those that it follows, for
 * a partner that has not yet heard of it; last those whose time has not come. None that is not valid.
 */
export function inForce<C extends Certificate>(all: readonly C[], use: Use, now: number): C[] {
  const rank = ({ from }: C): number => (from <= now ? -from : from);
  const due = ({ from }: C): number => (from <= now ? 0 : 1);
  return all.filter((each) => valid(each, now) && serves(each, use)).sort((a, b) => due(a) - due(b) || rank(a) - rank(b));
}

/** Whether the identifier of a signer or recipient (issuer and serial number, or [0] key identifier; RFC 5652, 5.3 and 6.2.1) names the certificate. */
export function isNamed(bytes: Uint8Array, identifier: Element, certificate: Certificate): boolean {
  if ((identifier.tag & 0xc0) === 0x80) return certificate.keyId !== undefined && Buffer.compare(content(bytes, identifier), certificate.keyId) === 0;
  const [issuer, serial] = elementsOf(bytes, identifier);
  return (
    issuer !== undefined &&
    serial !== undefined &&
    Buffer.compare(content(bytes, serial), certificate.serial) === 0 &&
    Buffer.compare(whole(bytes, issuer), certificate.issuer) === 0
  );
}

export interface Ending {
  readonly subject: string;
  readonly fingerprint: string; // SHA-256
  readonly until: number;
  readonly followed: boolean; // another takes its place in time
}

/** Certificates that end before `horizon` (ms since 1970), soonest first. */
export function endingBefore(all: readonly Certificate[], horizon: number): Ending[] {
  return all
    .filter(({ until }) => until < horizon)
    .sort((a, b) => a.until - b.until)
    .map((each) => ({
      subject: each.x509.subject.replaceAll('\n', ', '),
      fingerprint: each.x509.fingerprint256,
      until: each.until,
      followed: all.some(
        (other) => other.until > each.until && Math.max(other.from, other.notBefore) <= each.until && (other.use === 'both' || other.use === each.use),
      ),
    }));
}
