import { finding, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import { endingCertificates } from '../../partners/certificates.ts';
import type { Gateway } from '../gateway.ts';

/** What of a party stops by itself unless somebody acts. */
export interface EndingOf {
  readonly party: string;
  readonly found: Diagnostic;
}

const most = 60_000; // ms for which it is not looked again: whoever watches asks often, and certificates end by the day
const looked = new WeakMap<object, Map<number, { readonly at: number; readonly found: readonly EndingOf[] }>>(); // by configuration and days

/** Certificates by which partners are known, and those of channels, ours and theirs, that end within so many days and that none follows. */
export function endingIn({ configuration, channels, now }: Pick<Gateway, 'configuration' | 'channels' | 'now'>, days: number): readonly EndingOf[] {
  const at = now();
  const before = looked.get(configuration)?.get(days);
  if (before && at >= before.at && at - before.at < most) return before.found;
  const known = endingCertificates(configuration.partners, at, days)
    .filter(({ followed }) => !followed)
    .map(({ partner: party, fingerprint, until, ended }) => {
      const told = { party, fingerprint, until: new Date(until).toISOString().slice(0, 10) };
      return { party, found: finding(ended ? 'CONFIG_CERTIFICATE_ENDED' : 'CONFIG_CERTIFICATE_ENDS', told) };
    });
  const found = [...known, ...channels.ending(days)];
  looked.set(configuration, (looked.get(configuration) ?? new Map()).set(days, { at, found }));
  return found;
}
