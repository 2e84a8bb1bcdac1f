import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { endingCertificates, readCertificates } from '../../src/partners/certificates.ts';
import { Quotas } from '../../src/gateway/intake/quotas.ts';
import { Meter } from '../../src/partners/quotas.ts';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';

const at = () => ({ source: 'partners/p.yaml', start: 0, end: 0 });
const day = 86_400_000;

t.test('certificates that end are told in time, and whether another follows without a gap', async (t) => {
  const now = Date.parse('2026-11-21T12:00:00Z');
  const print = (n: number): string => `sha256:${String(n).repeat(64)}`;
  const read = (...texts: Parameters<typeof readCertificates>[0]) => readCertificates(texts, at, []);
  const partners = [
    { id: 'alone', certificates: read({ fingerprint: print(1), until: '2026-12-01' }) },
    { id: 'followed', certificates: read({ fingerprint: print(2), until: '2026-11-30' }, { fingerprint: print(3), until: '2027-11-30' }) },
    { id: 'ended', certificates: read({ fingerprint: print(4), until: '2026-11-20' }) },
    { id: 'later', certificates: read({ fingerprint: print(5), until: '2027-03-01' }, print(6)) },
  ];
  t.same(
    endingCertificates(partners, now, 30).map(({ partner, ended, followed, until }) => [partner, ended, followed, new Date(until).toISOString()]),
    [
      ['ended', true, false, '2026-11-21T00:00:00.000Z'],
      ['followed', false, true, '2026-12-01T00:00:00.000Z'],
      ['alone', false, false, '2026-12-02T00:00:00.000Z'],
    ],
  );
  t.same(
    endingCertificates(partners, now, 0).map(({ partner }) => partner),
    ['ended'],
  );
});

const openssl = spawnSync('openssl', ['version']).status === 0;

t.test('a certificate in PEM says itself how long it lasts', { skip: !openssl && 'there is no openssl' }, async (t) => {
  const folder = t.testdir();
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '10', '-subj', '/CN=partner', '-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')], { stdio: 'ignore' }); // prettier-ignore
  const pem = readFileSync(join(folder, 'cert.pem'), 'utf8');
  const [certificate] = readCertificates([{ pem }], at, []);
  const shown = execFileSync('openssl', ['x509', '-in', join(folder, 'cert.pem'), '-noout', '-fingerprint', '-sha256'], { encoding: 'utf8' });
  t.equal(certificate?.fingerprint, shown.replace(/^.*=/, '').replaceAll(':', '').trim().toLowerCase());
  t.ok(Math.abs(certificate!.until! - certificate!.from! - 10 * day) < 5_000);
  const findings: Diagnostic[] = [];
  t.same(readCertificates([{ pem: '-----BEGIN CERTIFICATE-----\nnone' }], at, findings), []);
  t.match(findings, [{ code: 'CONFIG_VALUE' }]);
});

t.test('a quota is by minute and by day; the one that reaches it is still taken', async (t) => {
  const meter = new Meter();
  const start = Date.parse('2026-11-21T23:58:30Z');
  const quota = { messages: { minute: 3, day: 5 }, bytes: { minute: 1_000 } };
  t.equal(meter.beyond('p', quota, start), undefined);
  meter.add('p', 4, 10, start);
  t.match(meter.beyond('p', quota, start), { finding: { code: 'PARTNER_QUOTA', args: { what: 'messages', window: 'minute', limit: '3' } }, seconds: 30 });
  t.equal(meter.beyond('q', quota, start), undefined, 'of others nothing is counted');
  t.equal(meter.beyond('p', quota, start + 30_000), undefined, 'the next minute');
  meter.add('p', 1, 10, start + 30_000);
  t.match(meter.beyond('p', quota, start + 30_000), { finding: { args: { what: 'messages', window: 'day', limit: '5' } }, seconds: 60 });
  t.equal(meter.beyond('p', quota, start + 90_000), undefined, 'the next day');
  meter.add('p', 1, 1_000, start + 90_000);
  t.match(meter.beyond('p', quota, start + 90_000), { finding: { args: { what: 'bytes', window: 'minute' } } });
  t.equal(meter.beyond('p', undefined, start), undefined);
});

t.test('what was sent of the day outlasts the process, test and production each for itself', async (t) => {
  const start = Date.parse('2026-11-21T23:58:30Z');
  const partner = { id: 'p', agreement: { quota: { messages: { day: 5 } } } } as never;
  const first = new Quotas({ runs: async () => [] });
  await first.load();
  first.take(partner, false, 3, 10, start);
  const refused = first.take(partner, false, 4, 10, start);
  refused.undo();
  t.equal(first.beyond(partner, false, start), undefined, 'what was not taken does not count');
  const { run } = first.take(partner, false, 2, 10, start);
  t.match(first.beyond(partner, false, start), { finding: { args: { partner: 'p', window: 'day' } } });
  t.equal(first.beyond(partner, true, start), undefined);

  const second = new Quotas({ runs: async () => [run!] });
  await second.load();
  t.match(second.beyond(partner, false, start), { finding: { code: 'PARTNER_QUOTA' } }, 'the next process knows it');
  t.equal(second.beyond(partner, true, start), undefined);
  t.equal(second.beyond(partner, false, start + 90_000), undefined, 'but not on the next day');
  t.equal(first.take({ id: 'q', agreement: {} } as never, false, 2, 10, start).run, undefined, 'of whoever has no limit nothing is kept');
});
