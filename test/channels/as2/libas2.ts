import { AS2Composer, AS2Parser } from 'libas2';
import { createRequire } from 'node:module';

/**
 * Another's AS2: signatures, encryption (RSAES-OAEP alone, others are tried with OpenSSL), receipts. It knows
 * no compression. It was written when the library below it called an RSA key one for signatures, and so it is called here.
 */
const { CryptoEngine } = createRequire(createRequire(import.meta.url).resolve('libas2'))('pkijs') as {
  CryptoEngine: { prototype: { getAlgorithmByOID: (oid: string) => object } };
};
const byOid = Reflect.get(CryptoEngine.prototype, 'getAlgorithmByOID') as (oid: string) => object;
CryptoEngine.prototype.getAlgorithmByOID = function (oid: string): object {
  return oid === '1.2.840.113549.1.1.1' ? { name: 'RSASSA-PKCS1-v1_5', hash: { name: 'SHA-256' } } : byOid.call(this, oid);
};

export { AS2Composer, AS2Parser };

/** Header and body, as they go over HTTP. */
export function wireOf(message: Buffer): { headers: Record<string, string>; body: Buffer } {
  const end = message.indexOf('\r\n\r\n');
  const lines = message
    .toString('latin1', 0, end)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n');
  return {
    headers: Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()])),
    body: message.subarray(end + 4),
  };
}
