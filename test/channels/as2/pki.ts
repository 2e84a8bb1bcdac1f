import { webcrypto, X509Certificate } from 'node:crypto';
import * as asn1js from 'asn1js';
import { AttributeTypeAndValue, Certificate, CryptoEngine, Extension } from 'pkijs';
import { readCertificate, readIdentity, type Identity } from '../../../src/channels/as2/certificates.ts';

/** A certificate that signs itself, made anew for each test run, with its key. */
export interface Made {
  readonly certificate: string; // PEM
  readonly key: string; // PEM, PKCS #8
}

export interface Wanted {
  readonly name: string;
  readonly from?: string;
  readonly until?: string;
  readonly kind?: 'rsa' | 'pss' | 'ec';
}

const engine = new CryptoEngine({ name: 'node', crypto: webcrypto as never });
let serial = 1000;

export async function makeCertificate({ name, from = '2026-01-01', until = '2036-01-01', kind = 'rsa' }: Wanted): Promise<Made> {
  const algorithm =
    kind !== 'ec'
      ? { name: kind === 'pss' ? 'RSA-PSS' : 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' }
      : { name: 'ECDSA', namedCurve: 'P-256' };
  const { publicKey, privateKey } = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const certificate = new Certificate();
  certificate.version = 2;
  certificate.serialNumber = new asn1js.Integer({ value: serial++ });
  for (const side of [certificate.issuer, certificate.subject]) {
    side.typesAndValues.push(new AttributeTypeAndValue({ type: '2.5.4.3', value: new asn1js.Utf8String({ value: name }) }));
  }
  certificate.notBefore.value = new Date(from);
  certificate.notAfter.value = new Date(until);
  await certificate.subjectPublicKeyInfo.importKey(publicKey as never, engine);
  const identifier = await webcrypto.subtle.digest('SHA-1', certificate.subjectPublicKeyInfo.subjectPublicKey.valueBlock.valueHexView);
  const value = new asn1js.OctetString({ valueHex: identifier }).toBER();
  certificate.extensions = [new Extension({ extnID: '2.5.29.14', critical: false, extnValue: value })];
  await certificate.sign(privateKey as never, 'SHA-256', engine);
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', privateKey));
  return { certificate: new X509Certificate(Buffer.from(certificate.toSchema(true).toBER())).toString(), key: pem('PRIVATE KEY', pkcs8) };
}

const pem = (label: string, bytes: Buffer): string =>
  `-----BEGIN ${label}-----\n${bytes.toString('base64').replace(/.{64}(?=.)/g, '$&\n')}\n-----END ${label}-----\n`;

export const identityOf = ({ certificate, key }: Made, from?: number): Identity => readIdentity(certificate, key, from);
export const certificateOf = ({ certificate }: Made, from?: number) => readCertificate(certificate, from);
