import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { main } from '../../../src/cli/main.ts';
import { finding } from '../../../src/diagnostics/diagnostic.ts';
import { StoreError } from '../../../src/store/fault.ts';
import { concernsOf, type Standing } from '../../../src/gateway/views/concerns.ts';
import { certificate } from '../../channels/as2/sides.ts';
import { startGateway } from '../../web/fixture.ts';

const now = Date.UTC(2026, 8, 14, 10);
const minute = 60_000;
const room = { free: 10 ** 10, disk: 10 ** 11, database: 10 ** 6 };
const well: Standing = { queue: [], room, floor: 64 * 1024 * 1024, now };

t.test('what needs a person, and who', (t) => {
  const job = { kind: 'deliver', retry: undefined, count: 3, oldest: now - 20 * minute };
  const party = { party: 'customs', channel: 'push', circuit: 'open', failures: 7, code: 'SEND_TIMEOUT', running: 0, until: null, why: 'circuit' } as const;
  const refused = {
    at: now,
    findings: [{ code: 'CONFIG_VALUE', severity: 'error', message: 'it must be a number', hint: '', rule: { file: 'gateway.yaml', line: 3, column: 9 } }],
  };
  const ends = { subject: 'CN=Quay', fingerprint: '0a', until: '2026-09-20' };
  const ending = (['CONFIG_CERTIFICATE_ENDED', 'AS2_CERTIFICATE_ENDS', 'AS2_CERTIFICATE_ENDS'] as const).map((code, i) => {
    const party = `quay-${i}`;
    return { party, found: finding(code, { ...ends, party }) };
  });
  const gap = (partner: string) => ({ partner, from: '7', to: '8', since: now });
  const cases: readonly (readonly [string, Partial<Standing>, readonly (readonly [string, string])[]])[] = [
    ['all is well', {}, []],
    ['what is tried again for some minutes', { queue: [{ ...job, state: 'ready', code: 'SEND_TIMEOUT', oldest: now - minute }] }, []],
    ['for longer', { queue: [{ ...job, state: 'ready', code: 'SEND_TIMEOUT' }] }, [['agency', 'SEND_TIMEOUT']]],
    ['work that nobody failed at', { queue: [{ ...job, state: 'ready', code: undefined }] }, []],
    ['what waits for a remedy', { queue: [{ ...job, state: 'parked', code: 'SEND_AUTH' }] }, [['operator', 'SEND_AUTH']]],
    ['what failed for good', { queue: [{ ...job, state: 'dead', code: 'GATEWAY_NOT_READ' }] }, [['us', 'GATEWAY_NOT_READ']]],
    ['an open circuit', { parties: [party] }, [['agency', 'SEND_TIMEOUT']]],
    ['hours that are closed', { parties: [{ ...party, circuit: 'closed', why: 'hours' }] }, []],
    ['a disk that fills', { room: { ...room, free: 100 * 1024 * 1024 } }, [['operator', 'STORE_DISK_FULL']]],
    [
      'a disk that is full is said once',
      { room: { ...room, free: 0 }, unwritable: new StoreError('STORE_DISK_FULL', { folder: 'data' }) },
      [['operator', 'STORE_DISK_FULL']],
    ],
    ['a log that is ahead of the clock by what clocks are corrected by', { newest: now + minute }, []],
    ['by more', { newest: now + minute + 1 }, [['operator', 'STORE_CLOCK']]],
    ['a folder that is gone', { room: undefined, unwritable: new StoreError('STORE_ABSENT', { folder: 'data' }) }, [['operator', 'STORE_ABSENT']]],
    ['a disk that cannot be asked', { room: undefined }, [['operator', 'STORE_FAULT']]],
    ['an uncertain store', { halted: 'STORE_FAULT' }, [['operator', 'STORE_FAULT']]],
    ['a configuration that was refused', { refused }, [['operator', 'CONFIG_REFUSED']]],
    ['certificates that end, one row however many', { ending }, [['operator', 'CONFIG_CERTIFICATE_ENDED'], ['operator', 'AS2_CERTIFICATE_ENDS']]], // prettier-ignore
    ['references that did not come, one row however many', { missing: [gap('quay'), gap('pier'), gap('pier')] }, [['sender', 'PARTNER_SEQUENCE']]],
    ['a quota that is used up', { beyond: [{ partner: 'quay', found: finding('PARTNER_QUOTA', { partner: 'quay', what: 'bytes', window: 'day', limit: '9', seconds: '1' }) }] }, [['sender', 'PARTNER_QUOTA']]], // prettier-ignore
    ['a webhook that cannot be told', { deaf: [{ webhook: 'on-call', code: 'SEND_AUTH', since: now - 20 * minute }] }, [['operator', 'SEND_AUTH']]],
    ['the operator comes first', { halted: 'STORE_FAULT', parties: [party] }, [['operator', 'STORE_FAULT'], ['agency', 'SEND_TIMEOUT']]], // prettier-ignore
  ];
  const next = (free: number): readonly string[] => concernsOf({ ...well, room: { ...room, free } }).map((each) => each.next);
  t.same([next(100 * 1024 * 1024), next(1024)], [['make room before acceptance stops'], ['make room: nothing is accepted until then']]);
  t.match(concernsOf({ ...well, unwritable: new StoreError('STORE_ABSENT', { folder: '/data' }) }), [
    { about: 'nothing is accepted:', detail: 'there is no store in /data', next: /put the data folder, .*, back in its place; all goes on by itself/ },
  ]);
  for (const [what, differs, expected] of cases) {
    const found = concernsOf({ ...well, ...differs });
    t.same(
      found.map(({ actor, code }) => [actor, code]),
      expected,
      what,
    );
    t.ok(
      found.every(({ next, about }) => next !== '' && about !== ''),
      'each says what and the next step',
    );
  }
  t.end();
});

t.test('in one screen, by the gateway and beside it', async (t) => {
  let config = '';
  const gateway = await startGateway(t, (folder) => (config = folder));
  const url = await gateway.listen('127.0.0.1', 0);
  const status = async (...args: string[]): Promise<string> => {
    let text = '';
    t.equal(await main(['status', ...args], { out: (part) => void (text += Buffer.from(part).toString()), tell: () => undefined }), 0);
    return text;
  };
  t.match(await status('--url', url, '--key', 'demo-operator'), /^nothing needs a person\n/);
  t.match(await status('--data', gateway.data), /^nothing needs a person\n/);
  const file = join(config, 'gateway.yaml');
  writeFileSync(file, `${readFileSync(file, 'utf8')}limits: { body: many }\n`);
  await gateway.reload();
  t.match(await status('--url', url, '--key', 'demo-operator'), /operator\s+CONFIG_REFUSED\s+1\s.*gateway\.yaml:\d+:\d+.*portolan serve --check/);
  t.match(JSON.parse(await status('--url', url, '--key', 'demo-operator', '--json')), { concerns: [{ actor: 'operator', code: 'CONFIG_REFUSED', count: 1 }] });
});

t.test('certificates that end: those that a partner is known by, and those of channels on either side', async (t) => {
  const soon = new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10);
  const [ours, theirs, known] = await Promise.all([
    certificate({ name: 'Ours', until: soon }),
    certificate({ name: 'Theirs', from: '2020-01-01', until: '2021-01-01' }),
    certificate({ name: 'Known', until: soon }),
  ]);
  const indented = (pem: string, by: string): string => `|\n${pem.trimEnd().replace(/^/gm, by)}`;
  const gateway = await startGateway(t, (folder) => {
    writeFileSync(join(folder, 'key.pem'), ours.key);
    const partner = `partner: quay\nname: Quay\nidentities: [{ id: QUAY }]\ncertificates:\n  - pem: ${indented(known.certificate, '      ')}\n`;
    const us = `us:\n      name: US\n      keys:\n        - certificate: ${indented(ours.certificate, '            ')}\n          key: { file: ${join(folder, 'key.pem')} }\n`;
    const them = `    partner:\n      name: QUAY\n      certificates:\n        - certificate: ${indented(theirs.certificate, '            ')}\n`;
    writeFileSync(join(folder, 'partners/quay.yaml'), `${partner}channel:\n  as2:\n    url: https://quay.example/as2\n    ${us}${them}`);
  });
  const get = async (url: string): Promise<unknown> => (await gateway.app.inject({ url, headers: { authorization: 'Bearer demo-operator' } })).json();
  const expected = [
    ['AS2_CERTIFICATE_ENDED', /CN=Theirs of quay ended on 2021-01-01/],
    ['AS2_CERTIFICATE_ENDS', new RegExp(`CN=Ours of US ends on ${soon}`)],
    ['CONFIG_CERTIFICATE_ENDS', new RegExp(`of quay ends on ${soon}`)],
  ] as const;
  const { concerns } = (await get('/v1/status')) as { concerns: { code: string; about: string; actor: string }[] };
  t.match(
    concerns.sort((a, b) => a.code.localeCompare(b.code)),
    expected.map(([code, about]) => ({ actor: 'operator', code, about })),
  );
  const { unfollowed } = (await get('/v1/partners/certificates?days=5')) as { unfollowed: { code: string; party: string }[] };
  t.same(unfollowed.map(({ code, party }) => [party, code]), [['quay', 'AS2_CERTIFICATE_ENDED']]); // prettier-ignore
});
