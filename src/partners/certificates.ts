import { X509Certificate } from 'node:crypto';
import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Place } from '../diagnostics/place.ts';

/** As it is written: a fingerprint, one with the day on which the certificate ends, or the certificate itself in PEM. */
export type CertificateText = string | { readonly fingerprint: string; readonly until?: string } | { readonly pem: string };

/** A certificate by which a partner is known. Several may be in force at a time: so one follows another without a gap. */
export interface Certificate {
  readonly fingerprint: string; // SHA-256, hex
  readonly from?: number; // ms since 1970
  readonly until?: number; // absent: nobody said
}

const hexOf = (fingerprint: string): string => fingerprint.replace(/^sha256:/, '').replaceAll(':', '').toLowerCase(); // prettier-ignore

export function readCertificates(texts: readonly CertificateText[], at: (index: number) => Place, findings: Diagnostic[]): Certificate[] {
  return texts.flatMap((text, i): Certificate[] => {
    if (typeof text === 'string') return [{ fingerprint: hexOf(text) }];
    if ('fingerprint' in text)
      return [{ fingerprint: hexOf(text.fingerprint), ...(text.until === undefined ? {} : { until: Date.parse(`${text.until}T24:00:00Z`) }) }];
    try {
      const { fingerprint256, validFrom, validTo } = new X509Certificate(text.pem);
      return [{ fingerprint: hexOf(fingerprint256), from: Date.parse(validFrom), until: Date.parse(validTo) }];
    } catch {
      findings.push(finding('CONFIG_VALUE', { where: `\`certificates.${i}.pem\``, message: 'is no X.509 certificate in PEM' }, { rule: at(i) }));
      return [];
    }
  });
}

/** A certificate that needs somebody: it has ended, or will within the days that were asked for. */
export interface Ending {
  readonly partner: string;
  readonly fingerprint: string;
  readonly until: number; // ms since 1970
  readonly ended: boolean;
  readonly followed: boolean; // another is in force after it: nothing stops
}

/** Those that end before `now` and so many days more, the first to end first. */
export function endingCertificates(
  partners: Iterable<{ readonly id: string; readonly certificates: readonly Certificate[] }>,
  now: number,
  days: number,
): Ending[] {
  const found: Ending[] = [];
  for (const { id, certificates } of partners)
    for (const { fingerprint, until } of certificates) {
      if (until === undefined || until > now + days * 86_400_000) continue;
      const followed = certificates.some((other) => other.fingerprint !== fingerprint && (other.from ?? 0) <= until && (other.until ?? Infinity) > until);
      found.push({ partner: id, fingerprint, until, ended: until <= now, followed });
    }
  return found.sort((a, b) => a.until - b.until);
}
