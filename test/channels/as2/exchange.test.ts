import fc from 'fast-check';
import t from 'tap';
import type { Cipher, Digest } from '../../../src/channels/as2/algorithms.ts';
import { as2 } from '../../../src/channels/as2/as2.ts';
import { writeNotice } from '../../../src/channels/as2/mdn.ts';
import { messageIdOf } from '../../../src/channels/as2/waiting.ts';
import type { Incoming } from '../../../src/channels/channel.ts';
import { certificate, edi, exchange, never, noon, parcel, serve, taker, world } from './sides.ts';

t.test('every combination of signature, encryption and compression arrives and is receipted', async (t) => {
  const signs = ['none', 'sha256'] as const;
  const encrypts = ['none', 'aes128', 'aes256', 'aes256-gcm', '3des'] as const;
  const compressions = ['none', 'before', 'after'] as const;
  for (const sign of signs) {
    for (const encrypt of encrypts) {
      for (const compress of compressions) {
        for (const encoding of sign === 'sha256' ? (['binary', 'base64'] as const) : (['binary'] as const)) {
          const requires = {
            signed: sign !== 'none',
            encrypted: encrypt !== 'none',
            digests: ['sha256', 'sha1'] as Digest[],
            ciphers: ['aes128', 'aes256', 'aes256-gcm', '3des'] as Cipher[],
          };
          const { outgoing, taken } = await exchange(t, { sign, encrypt, compress, encoding }, { requires });
          const handed = await outgoing.send(parcel(), never);
          const name = `${sign} × ${encrypt} × ${compress} × ${encoding}`;
          t.match(handed, { state: 'delivered', detail: { disposition: 'processed', signed: true } }, name);
          const [arrival] = taken.arrivals;
          t.equal(Buffer.from(arrival!.bytes).toString(), edi, name);
          t.match(
            arrival,
            { channel: 'as2', party: 'blue', media: 'application/edifact', name: '01KAJT5W7M3V5R1QX8ZP9D2C4B-1.edi', grade: sign === 'none' ? 'D' : 'A' },
            name,
          );
        }
      }
    }
  }
});

t.test('what is kept as proof is what was signed, with the certificate', async (t) => {
  const { outgoing, taken } = await exchange(t, { compress: 'after' });
  const handed = await outgoing.send(parcel(), never);
  const { proof, key } = taken.arrivals[0]!;
  t.match(Buffer.from(proof!.bytes).toString('latin1'), /^Content-Type: multipart\/signed; [\s\S]*UNB\+UNOC:3/);
  t.equal(proof!.certificate, (await certificate('Blue')).certificate);
  t.equal(key, '<01KAJT5W7M3V5R1QX8ZP9D2C4B-1-0123456789abcdef@BLUE>', 'the Message-ID is that of the delivery');
  t.equal(handed.state === 'delivered' && handed.proof?.grade, 'A');
  t.match(handed.state === 'delivered' && Buffer.from(handed.proof!.bytes).toString(), /Received-Content-MIC: [A-Za-z0-9+/]{43}=, sha-256/);
});

t.test('the same message again: the positive receipt again, with the same integrity check', async (t) => {
  const { outgoing, taken } = await exchange(t);
  const first = await outgoing.send(parcel(), never);
  const second = await outgoing.send(parcel(edi, { attempt: 2 }), never);
  t.match(
    [first, second],
    [
      { state: 'delivered', detail: { disposition: 'processed' } },
      { state: 'delivered', detail: { disposition: 'warning: duplicate-document' } },
    ],
  );
  const micOf = (handed: typeof first): unknown => (handed.detail as { mic: string }).mic;
  t.equal(micOf(first), micOf(second));
  t.equal(taken.arrivals.length, 1);
});

t.test('other bytes under the same Message-ID are refused', async (t) => {
  const { outgoing, taken } = await exchange(t);
  await outgoing.send(parcel(), never);
  t.match(await outgoing.send(parcel('other bytes'), never), { state: 'failed', code: 'SEND_BUSY', reason: /other bytes under this key|used before/ });
  t.equal(taken.arrivals.length, 1);
});

t.test('nothing is said before it is durable: who cannot take it now is asked again', async (t) => {
  const { outgoing } = await exchange(
    t,
    {},
    {},
    taker(() => ({ taken: false, code: 'STORE_DISK_FULL', reason: 'the disk is full', retryAfter: 30 })),
  );
  t.match(await outgoing.send(parcel(), never), { state: 'failed', code: 'SEND_BUSY', retryAfter: 30 });
});

t.test('what was agreed is asked for', async (t) => {
  const cases = [
    { sends: { sign: 'none' }, asks: {}, reason: /it is not signed/ },
    { sends: { encrypt: 'none' }, asks: { encrypted: true }, reason: /it is not encrypted/ },
    { sends: { sign: 'sha1' }, asks: {}, reason: /sha1 is not among the digests/ },
    { sends: { encrypt: '3des' }, asks: {}, reason: /3des is not among the ciphers/ },
  ] as const;
  for (const { sends, asks, reason } of cases) {
    const { outgoing, taken, there } = await exchange(t, sends, { requires: asks });
    t.match(await outgoing.send(parcel(), never), { state: 'failed', code: 'AS2_REFUSED', reason: /insufficient-message-security/ });
    t.match(there.events, [{ event: 'as2 refused', code: 'AS2_SECURITY', reason }]);
    t.equal(taken.arrivals.length, 0);
  }
});

t.test('an expired certificate, and one that nobody knows', async (t) => {
  const old = await certificate({ name: 'Old', from: '2026-01-01', until: '2027-06-01T11:00:00Z' });
  const other = await certificate('Other');
  const expired = await exchange(t, {}, { partner: { name: 'BLUE', certificates: [{ certificate: old.certificate }] } });
  expired.here.secrets.set('old', old.key);
  const late = await exchange(t, { us: { name: 'BLUE', keys: [{ certificate: other.certificate, key: { env: 'other' } }] } } as never).catch((error: unknown) =>
    String(error),
  );
  t.match(late, /there is no other/, 'a key that is not there is told when the channel is opened');

  const sender = await exchange(t);
  sender.there.clock = Date.parse('2036-02-01');
  t.match(await sender.outgoing.send(parcel(), never), { state: 'failed', code: 'AS2_REFUSED', reason: /authentication-failed.*expired on 2036-01-01/ });
  t.match(sender.there.events, [{ code: 'AS2_AUTHENTICATION' }]);
  t.match(await expired.outgoing.send(parcel(), never), { state: 'failed', code: 'AS2_REFUSED', reason: /authentication-failed.*none of the certificates/ });
  sender.here.clock = Date.parse('2036-02-01');
  t.match(await sender.outgoing.send(parcel(), never), { state: 'failed', code: 'SEND_SETTINGS', reason: 'no certificate of ours is valid' });
  sender.here.clock = noon;
});

t.test('a later receipt settles the delivery', async (t) => {
  const blue = await certificate('Blue');
  const quay = await certificate('Quay');
  const later: { incoming?: Incoming } = {};
  const ours = await serve(t, (request) => later.incoming!.answer!(request));
  const origin = new URL(ours).origin;
  const { outgoing, taken, here } = await exchange(t, { receipt: { wanted: 'asynchronous', url: ours } }, { receipts: [origin] });
  let settled: (arrival: unknown) => void = () => undefined;
  const arrival = new Promise((resolve) => (settled = resolve));
  const back = await as2.incoming!(
    {
      url: '',
      us: { name: 'BLUE', keys: [{ certificate: blue.certificate, key: { env: 'blue' } }] },
      partner: { name: 'QUAY', certificates: [{ certificate: quay.certificate }] },
    } as never,
    'quay',
    here,
    (each) => {
      settled(each);
      return Promise.resolve({ taken: true, id: '', receipt: '', duplicate: false });
    },
  );
  t.teardown(() => back.close());
  later.incoming = back;
  t.match(await outgoing.send(parcel(), never), { state: 'sent', detail: { status: 200 } });
  t.match(await arrival, {
    party: 'quay',
    grade: 'A',
    about: { delivery: parcel().delivery, handed: { state: 'delivered', proof: { grade: 'A' }, detail: { disposition: 'processed' } } },
  });
  t.equal(taken.arrivals.length, 1);
});

t.test('a later receipt that is not signed settles nothing where a signed one was asked for, whatever it says: anybody may send it', async (t) => {
  const [blue, quay] = [await certificate('Blue'), await certificate('Quay')];
  const silent = await serve(t, () => Promise.resolve({ status: 200, headers: {}, body: new Uint8Array() }));
  for (const signed of [true, false]) {
    const { outgoing, here } = await exchange(t, { url: silent, receipt: { wanted: 'asynchronous', url: silent, signed } });
    const { take, arrivals } = taker();
    const us = { name: 'BLUE', keys: [{ certificate: blue.certificate, key: { env: 'blue' } }] };
    const back = await as2.incoming!(
      { url: '', us, partner: { name: 'QUAY', certificates: [{ certificate: quay.certificate }] } } as never,
      'quay',
      here,
      take,
    );
    t.teardown(() => back.close());
    t.match(await outgoing.send(parcel(), never), { state: 'sent' });
    for (const disposition of ['processed/error: authentication-failed', 'failed/failure: unsupported format', 'processed']) {
      const notice = { originalMessageId: messageIdOf(parcel().delivery, 'BLUE'), recipient: 'QUAY', disposition, mic: undefined, text: 'No.' };
      const { fields, body } = await writeNotice(notice, { software: 'somebody', boundary: 'b', now: noon }, undefined);
      const headers = Object.fromEntries(fields.map(([name, value]) => [name.toLowerCase(), value]));
      const answer = await back.answer!({ headers: { ...headers, 'as2-from': 'QUAY', 'as2-to': 'BLUE', 'message-id': '<1@quay>' }, body: Buffer.concat(body) });
      t.equal(answer.status, signed ? 400 : 200, `${disposition}, ${signed ? 'signed' : 'any'} asked for`);
    }
    t.equal(arrivals.length, signed ? 0 : 3);
  }
});

t.test('a receipt is sent only where that was agreed', async (t) => {
  const { outgoing, taken, there } = await exchange(t, { receipt: { wanted: 'asynchronous', url: 'http://127.0.0.1:9/steal' } });
  t.match(await outgoing.send(parcel(), never), { state: 'failed', reason: /which was not agreed/ });
  t.match(there.events, [{ code: 'AS2_RECEIPT_ADDRESS' }]);
  t.equal(taken.arrivals.length, 0);
});

t.test('a receipt is never answered with one: whole or damaged, whatever it asks for', async (t) => {
  const [blue, quay] = [await certificate('Blue'), await certificate('Quay')];
  let asked = 0;
  const elsewhere = await serve(t, () => Promise.resolve({ status: 200, headers: {}, body: new Uint8Array(asked++ * 0) }));
  const receipts: { readonly headers: Readonly<Record<string, string>>; readonly body: Uint8Array }[] = [];
  for (const receipt of [{ signed: true }, { signed: false }]) {
    const side: { incoming?: Incoming } = {};
    const url = await serve(t, async (request) => {
      const answer = await side.incoming!.answer!(request);
      receipts.push(answer);
      return answer;
    });
    const sides = await exchange(t, { url, receipt: receipt as never });
    side.incoming = sides.incoming;
    await sides.outgoing.send(parcel(), never);
  }
  t.same(
    receipts.map(({ headers }) => /^multipart\/(signed|report)/.exec(headers['content-type'] ?? '')?.[1]),
    ['signed', 'report'],
  );
  const { take, arrivals } = taker();
  const back = await as2.incoming!(
    {
      url: '',
      us: { name: 'BLUE', keys: [{ certificate: blue.certificate, key: { env: 'blue' } }] },
      partner: { name: 'QUAY', certificates: [{ certificate: quay.certificate }] },
      receipts: [new URL(elsewhere).origin],
    } as never,
    'quay',
    world(t, { blue: blue.key }),
    take,
  );
  t.teardown(() => back.close());
  const asking = {
    'disposition-notification-to': 'quay@example.com',
    'disposition-notification-options': 'signed-receipt-protocol=optional, pkcs7-signature; signed-receipt-micalg=optional, sha-256',
  };
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...receipts),
      fc.constantFrom('whole', 'other', 'cut', 'twice'),
      fc.nat(),
      fc.constantFrom({}, asking, { ...asking, 'receipt-delivery-option': elsewhere }),
      async ({ headers, body }, damage, at, more) => {
        const bytes = Buffer.from(body);
        const i = at % bytes.length;
        const damaged = {
          whole: bytes,
          other: Buffer.from(bytes).fill(bytes[i]! ^ 1, i, i + 1),
          cut: bytes.subarray(0, Math.max(i, bytes.length >> 1)),
          twice: Buffer.concat([bytes, bytes]),
        }[damage];
        const said = await back.answer!({ headers: { ...headers, ...more }, body: damaged });
        return !/multipart|disposition/.test(said.headers['content-type'] ?? '') && !/^Disposition:/im.test(Buffer.from(said.body).toString('latin1'));
      },
    ),
    { numRuns: 150 },
  );
  t.same([arrivals.length, asked], [0, 0], 'nothing was taken for a message, nor sent elsewhere');
});
