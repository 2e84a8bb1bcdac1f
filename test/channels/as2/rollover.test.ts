import t from 'tap';
import { as2 } from '../../../src/channels/as2/as2.ts';
import { inForce } from '../../../src/channels/as2/certificates.ts';
import type { CertificateSettings } from '../../../src/channels/as2/settings.ts';
import { certificateOf } from './pki.ts';
import { certificate, never, noon, parcel, serve, taker, world } from './sides.ts';

const minute = 60_000;
const at = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

t.test('which certificate is used', async (t) => {
  const old = certificateOf(await certificate({ name: 'Old', from: '2026-01-01', until: '2028-01-01' }));
  const next = certificateOf(await certificate({ name: 'Next', from: '2027-05-01', until: '2029-01-01' }), noon + minute);
  const names = (now: number): string[] => inForce([old, next], 'signature', now).map(({ x509 }) => x509.subject);
  t.same(names(noon), ['CN=Old', 'CN=Next'], 'before its time the new one is the second choice');
  t.same(names(noon + minute), ['CN=Next', 'CN=Old'], 'after it the old one is');
  t.same(names(Date.parse('2028-06-01')), ['CN=Next'], 'what has ended is none');
  t.same(names(Date.parse('2026-06-01')), ['CN=Old'], 'what has not begun is none');
  t.same(inForce([{ ...old, use: 'encryption' }, next], 'signature', noon).length, 1, 'and what is for something else');
});

/** Both sides change their certificate while they exchange: each at its own time, with clocks that differ. */
t.test('both sides roll over under load, and no exchange fails', async (t) => {
  const [blueOld, blueNew, quayOld, quayNew] = await Promise.all(['Blue 2026', 'Blue 2027', 'Quay 2026', 'Quay 2027'].map((name) => certificate(name)));
  const here = world(t, { blueOld: blueOld!.key, blueNew: blueNew!.key });
  const there = world(t, { quayOld: quayOld!.key, quayNew: quayNew!.key });
  const signers = new Set<string>();
  const { arrivals, take } = taker();
  const blue: CertificateSettings[] = [{ certificate: blueOld!.certificate }, { certificate: blueNew!.certificate, from: at(noon + 10 * minute) }];
  const quay: CertificateSettings[] = [{ certificate: quayOld!.certificate }, { certificate: quayNew!.certificate, from: at(noon + 20 * minute) }];
  const keyed = (all: CertificateSettings[], names: string[]): object[] => all.map((each, i) => ({ ...each, key: { env: names[i]! } }));
  const incoming = await as2.incoming!(
    { us: { name: 'QUAY', keys: keyed(quay, ['quayOld', 'quayNew']) }, partner: { name: 'BLUE', certificates: blue }, requires: { encrypted: true } } as never,
    'blue',
    there,
    (arrival) => {
      signers.add(arrival.proof!.certificate!);
      return take(arrival);
    },
  );
  t.teardown(() => incoming.close());
  const url = await serve(t, (request) => incoming.answer!(request));
  const outgoing = as2.outgoing!(
    { url, us: { name: 'BLUE', keys: keyed(blue, ['blueOld', 'blueNew']) }, partner: { name: 'QUAY', certificates: quay } } as never,
    'quay',
    here,
  );
  t.teardown(() => outgoing.close());

  const proofs = new Set<string>();
  let sent = 0;
  const exchange = async (): Promise<void> => {
    const n = sent++;
    const handed = await outgoing.send(parcel(`message ${n}`, { delivery: `D-${n}` }), never);
    if (handed.state !== 'delivered') t.fail(`exchange ${n} at ${at(here.clock)}: ${JSON.stringify({ ...handed, proof: undefined })}`);
    else proofs.add(handed.proof!.certificate!);
  };
  for (let step = 0; step <= 30; step++) {
    const load = Array.from({ length: 6 }, exchange); // under way while the clocks move on
    here.clock = noon + step * minute;
    there.clock = noon + (step - 3) * minute; // who receives is late
    await Promise.all(load);
  }
  t.equal(arrivals.length, sent, 'every message arrived');
  t.same(
    there.events.filter(({ event }) => event === 'as2 refused'),
    [],
  );
  t.same(signers, new Set([blueOld!.certificate, blueNew!.certificate]), 'with the old one and the new one');
  t.same(proofs, new Set([quayOld!.certificate, quayNew!.certificate]), 'and so were the receipts');
});

t.test('a partner that has not heard of the new certificate gets the message with the old one', async (t) => {
  const [blueOld, blueNew, quay] = await Promise.all(['Blue 2026', 'Blue 2027', 'Quay 2026'].map((name) => certificate(name)));
  const here = world(t, { old: blueOld!.key, new: blueNew!.key });
  const there = world(t, { quay: quay!.key });
  const { arrivals, take } = taker();
  const incoming = await as2.incoming!(
    {
      us: { name: 'QUAY', keys: [{ certificate: quay!.certificate, key: { env: 'quay' } }] },
      partner: { name: 'BLUE', certificates: [{ certificate: blueOld!.certificate }] },
    } as never,
    'blue',
    there,
    take,
  );
  t.teardown(() => incoming.close());
  const url = await serve(t, (request) => incoming.answer!(request));
  const keys = [
    { certificate: blueOld!.certificate, key: { env: 'old' } },
    { certificate: blueNew!.certificate, key: { env: 'new' }, from: at(noon - minute) },
  ];
  const outgoing = as2.outgoing!(
    { url, us: { name: 'BLUE', keys }, partner: { name: 'QUAY', certificates: [{ certificate: quay!.certificate }] } } as never,
    'quay',
    here,
  );
  t.teardown(() => outgoing.close());
  t.match(await outgoing.send(parcel(), never), { state: 'delivered' });
  t.match(there.events, [{ code: 'AS2_AUTHENTICATION' }, { event: 'as2 taken' }]);
  t.equal(arrivals[0]!.proof!.certificate, blueOld!.certificate);
});

t.test('a partner that lost its old key gets the message for the new one', async (t) => {
  const [blue, quayOld, quayNew] = await Promise.all(['Blue 2026', 'Quay 2026', 'Quay 2027'].map((name) => certificate(name)));
  const there = world(t, { new: quayNew!.key });
  const { take } = taker();
  const incoming = await as2.incoming!(
    {
      us: { name: 'QUAY', keys: [{ certificate: quayNew!.certificate, key: { env: 'new' } }] },
      partner: { name: 'BLUE', certificates: [{ certificate: blue!.certificate }] },
    } as never,
    'blue',
    there,
    take,
  );
  t.teardown(() => incoming.close());
  const url = await serve(t, (request) => incoming.answer!(request));
  const certificates = [{ certificate: quayOld!.certificate }, { certificate: quayNew!.certificate, from: at(noon + minute) }];
  const outgoing = as2.outgoing!(
    { url, us: { name: 'BLUE', keys: [{ certificate: blue!.certificate, key: { env: 'blue' } }] }, partner: { name: 'QUAY', certificates } } as never,
    'quay',
    world(t, { blue: blue!.key }),
  );
  t.teardown(() => outgoing.close());
  t.match(await outgoing.send(parcel(), never), { state: 'delivered' });
  t.match(there.events, [{ code: 'AS2_DECRYPTION' }, { event: 'as2 taken' }]);
});
