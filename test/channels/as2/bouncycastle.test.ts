import { setImmediate } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { as2 } from '../../../src/channels/as2/as2.ts';
import { entity } from '../../../src/channels/as2/mime.ts';
import type { HttpAnswer, HttpRequest, Incoming } from '../../../src/channels/channel.ts';
import { noBouncyCastle, openBouncyCastle, type Encoding, type Layer } from './bouncycastle.ts';
import { wireOf } from './libas2.ts';
import { certificate, never, parcel, serve, taker, world, type Taker, type World } from './sides.ts';

/**
 * Signature, encryption and compression in every combination and in both orders that RFC 5402, 3 allows, with Bouncy Castle on the
 * other side: what it packs is taken by our endpoint, and what our client sends is unpacked by it; each reads the other's receipt.
 */
interface Combination {
  readonly layers: readonly Layer[]; // from the inside outward
  readonly ours: { readonly sign: 'sha256' | 'none'; readonly encrypt: 'aes128' | 'aes256' | '3des' | 'none'; readonly compress: 'before' | 'after' | 'none' };
  readonly encodings: readonly Encoding[];
}

const combinations: readonly Combination[] = (['none', 'sha256'] as const).flatMap((sign) =>
  (['none', 'aes128', 'aes256', '3des'] as const).flatMap((encrypt) =>
    (sign === 'none' ? (['none', 'before'] as const) : (['none', 'before', 'after'] as const)).map((compress): Combination => {
      const layers: Layer[] = sign === 'none' ? [] : ['sign'];
      if (compress === 'before') layers.unshift('compress');
      if (compress === 'after') layers.push('compress');
      if (encrypt !== 'none') layers.push(encrypt);
      // a bare payload has no encoding over HTTP; what is packed is in base64 with one cipher and without
      const encodings = layers.length === 0 || encrypt === 'aes128' || encrypt === '3des' ? (['binary'] as const) : (['binary', 'base64'] as const);
      return { layers, ours: { sign, encrypt, compress }, encodings };
    }),
  ),
);

/** What may not change on the way: every byte, line ends of every kind, what looks like a delimiter or a header, and enough to compress. */
const payload = Buffer.concat([
  Buffer.from("UNB+UNOC:3+BLUE+QUAY+270601:1200+1'\r\n".repeat(200)),
  Buffer.from('\n\r\r\n--x\r\nContent-Type: text/plain\r\n\r\n \t\r\n'),
  Buffer.from(Array.from({ length: 256 }, (_, i) => i)),
  Buffer.from("UNZ+0+1'\r\n\r\n"),
]);
const entityOf = (encoding: Encoding, body: Uint8Array = payload): Buffer =>
  Buffer.concat(
    entity(
      [
        ['Content-Type', 'application/edifact'],
        ['Content-Transfer-Encoding', encoding],
      ],
      [encoding === 'base64' ? Buffer.from(Buffer.from(body).toString('base64').replace(/.{76}/g, '$&\r\n')) : body],
    ),
  );

t.test('with Bouncy Castle', { skip: noBouncyCastle }, async (t) => {
  const [blue, quay] = [await certificate('Blue'), await certificate('Quay')];
  const castle = await openBouncyCastle({ blue, quay });
  t.teardown(() => castle.close());
  const toQuay = { signer: 'blue', recipient: 'quay' };
  const toBlue = { signer: 'quay', recipient: 'blue' };

  /** Quay, which is us, and takes whatever is agreed; in unpacking not more than 1 MB. */
  const quayTakes = async (): Promise<Taker & { readonly incoming: Incoming; readonly there: World }> => {
    const there = world(t, { quay: quay.key });
    const taken = taker();
    const settings = {
      us: { name: 'QUAY', keys: [{ certificate: quay.certificate, key: { env: 'quay' } }] },
      partner: { name: 'BLUE', certificates: [{ certificate: blue.certificate }] },
      requires: { signed: false, ciphers: ['aes128', 'aes256', '3des'] },
      unpacked: 1,
    };
    const incoming = await as2.incoming!(settings as never, 'blue', there, taken.take);
    t.teardown(() => incoming.close());
    return { ...taken, incoming, there };
  };
  let sent = 0;
  const requestOf = (message: Buffer): HttpRequest => {
    const { headers, body } = wireOf(message);
    const asked = {
      'as2-version': '1.1',
      'as2-from': 'BLUE',
      'as2-to': 'QUAY',
      'message-id': `<${++sent}@blue>`,
      'disposition-notification-to': 'BLUE',
      'disposition-notification-options': 'signed-receipt-protocol=required, pkcs7-signature; signed-receipt-micalg=required, sha-256',
    };
    return { headers: { ...headers, ...asked }, body };
  };
  /** The receipt as Bouncy Castle reads it, which verifies its signature. */
  const receiptOf = async (t: Test, { headers, body }: HttpAnswer): Promise<string> => {
    const fields = Object.entries(headers).filter(([name]) => name.startsWith('content-'));
    const { layers, entity: report } = await castle.unpack(toBlue, Buffer.concat(entity(fields, [body])));
    t.same(layers, ['sign'], 'the receipt is signed');
    return report.toString('latin1');
  };

  t.test('it packs, we take and receipt', async (t) => {
    const { incoming, arrivals, there } = await quayTakes();
    for (const { layers, encodings } of combinations) {
      for (const encoding of encodings) {
        const name = `${layers.join(', ') || 'nothing'}; ${encoding}`;
        const { message, mic } = await castle.pack(layers, { ...toQuay, encoding }, entityOf(encoding));
        const request = requestOf(message);
        const answer = await incoming.answer!(request);
        const arrival = arrivals.pop();
        t.ok(payload.equals(arrival?.bytes ?? Buffer.alloc(0)), `${name}: byte for byte ${JSON.stringify(there.events.at(-1))}`);
        t.match(arrival, { grade: layers.includes('sign') ? 'A' : 'D', media: 'application/edifact' }, name);
        const receipt = await receiptOf(t, answer);
        const stated = /^Received-Content-MIC: (\S+), sha-256\r$/m.exec(receipt)?.[1];
        // of what is neither signed nor packed the integrity check is over the payload alone (RFC 4130, 7.3.1)
        t.equal(stated, layers.length > 0 ? mic : (await castle.pack([], toQuay, payload)).mic, `${name}: the integrity check`);
        t.match(receipt, /^Disposition: automatic-action\/MDN-sent-automatically; processed\r$/m, name);
        t.ok(receipt.includes(`Original-Message-ID: ${String(request.headers['message-id'])}\r\n`), name);
      }
    }
  });

  t.test('we send, it unpacks and receipts', async (t) => {
    let found: { readonly layers: readonly string[]; readonly content: Buffer } | undefined;
    /** What it says was received is what it computed itself. */
    const answer = async ({ headers, body }: HttpRequest): Promise<HttpAnswer> => {
      const fields = Object.entries(headers).flatMap(([name, value]) => (name.startsWith('content-') && name !== 'content-length' ? [[name, String(value)] as const] : [])); // prettier-ignore
      const opened = await castle.unpack(toQuay, Buffer.concat(entity(fields, [body])));
      found = opened;
      const { mic } = opened.layers.length > 0 ? opened : await castle.pack([], toQuay, opened.content);
      const report = [
        'Content-Type: multipart/report; report-type=disposition-notification; boundary=r',
        '',
        '--r',
        'Content-Type: text/plain',
        '',
        'It is here.',
        '--r',
        'Content-Type: message/disposition-notification',
        '',
        'Final-Recipient: rfc822; QUAY',
        `Original-Message-ID: ${String(headers['message-id'])}`,
        'Disposition: automatic-action/MDN-sent-automatically; processed',
        `Received-Content-MIC: ${mic}, sha-256`,
        '',
        '--r--',
        '',
      ];
      const wire = wireOf((await castle.pack(['sign'], toBlue, report.join('\r\n'))).message);
      return { status: 200, headers: wire.headers, body: wire.body };
    };
    const url = await serve(t, answer);
    const here = world(t, { blue: blue.key });
    for (const { layers, ours, encodings } of combinations) {
      for (const encoding of encodings) {
        const name = `${layers.join(', ') || 'nothing'}; ${encoding}`;
        const settings = {
          url,
          ...ours,
          encoding,
          us: { name: 'BLUE', keys: [{ certificate: blue.certificate, key: { env: 'blue' } }] },
          partner: { name: 'QUAY', certificates: [{ certificate: quay.certificate }] },
        };
        const outgoing = as2.outgoing!(settings as never, 'quay', here);
        const handed = await outgoing.send(parcel(payload), never);
        await outgoing.close();
        t.same(found?.layers, layers, name);
        t.ok(payload.equals(found?.content ?? Buffer.alloc(0)), `${name}: byte for byte`);
        t.match(handed, { state: 'delivered', detail: { disposition: 'processed', signed: true }, proof: { grade: 'A' } }, name);
      }
    }
  });

  const packings: readonly (readonly Layer[])[] = [['compress'], ['compress', 'sign'], ['sign', 'compress'], ['compress', 'compress', 'aes256']];

  t.test('what it compressed and the line damaged is refused, with a receipt that says why', async (t) => {
    const { incoming, arrivals, there } = await quayTakes();
    for (const layers of [['compress'], ['sign', 'compress']] as const) {
      const { message } = await castle.pack(layers, toQuay, entityOf('binary'));
      const { body } = wireOf(message);
      const zlib = message.length - body.length + body.indexOf(Buffer.from([0x78])); // how its stream begins: deflate, 32 KB
      for (const at of [zlib, zlib + 10, zlib + 100, zlib + 200]) {
        const damaged = Buffer.from(message);
        damaged[at]! ^= 0x21;
        const receipt = await receiptOf(t, await incoming.answer!(requestOf(damaged)));
        const name = `${layers.join(', ')}; byte ${at - zlib}`;
        t.match(receipt, /^Disposition: automatic-action\/MDN-sent-automatically; processed\/error: decompression-failed\r$/m, name);
        t.notMatch(receipt, /Received-Content-MIC/, name);
        t.match(there.events.at(-1), { code: 'AS2_DECOMPRESSION' }, name);
      }
    }
    t.same(arrivals, []);
  });

  t.test('what is unpacked to more than was agreed is refused, and not unpacked to its end', async (t) => {
    const { incoming, arrivals, there } = await quayTakes();
    for (const layers of packings) {
      const { message } = await castle.bomb(layers, toQuay, 24_000_000);
      const request = requestOf(message);
      const name = `${layers.join(', ')}: ${message.length} bytes`;
      t.ok(message.length < 200_000, name);
      const before = process.memoryUsage().arrayBuffers;
      let most = before;
      let isDone = false;
      const answering = incoming.answer!(request).finally(() => (isDone = true));
      while (!isDone) {
        most = Math.max(most, process.memoryUsage().arrayBuffers);
        await setImmediate();
      }
      t.ok(most - before < 8_000_000, `${name}: ${most - before} bytes of memory`);
      t.match(await receiptOf(t, await answering), /processed\/error: decompression-failed/, name);
      t.match(there.events.at(-1), { code: 'AS2_DECOMPRESSION', reason: /it is more than 1000000 bytes when it is unpacked/ }, name);
    }
    const { message } = await castle.bomb(['compress'], toQuay, 900_000);
    await incoming.answer!(requestOf(message));
    t.equal(arrivals.length, 1, 'what is less is taken');
    t.equal(arrivals[0]!.bytes.length, 900_000);
  });

  t.test('it refuses what of ours was changed', async (t) => {
    const bodies: Buffer[] = [];
    const url = await serve(t, ({ headers, body }) => {
      bodies.push(Buffer.concat(entity([['Content-Type', String(headers['content-type'])]], [body])));
      return Promise.resolve({ status: 500, headers: {}, body: new Uint8Array() });
    });
    for (const compress of ['before', 'after'] as const) {
      const settings = {
        url,
        compress,
        encrypt: 'none',
        us: { name: 'BLUE', keys: [{ certificate: blue.certificate, key: { env: 'blue' } }] },
        partner: { name: 'QUAY', certificates: [{ certificate: quay.certificate }] },
      };
      const outgoing = as2.outgoing!(settings as never, 'quay', world(t, { blue: blue.key }));
      await outgoing.send(parcel(payload), never);
      await outgoing.close();
      const message = bodies.pop()!;
      t.equal((await castle.unpack(toQuay, message)).content.equals(payload), true);
      message[message.indexOf(Buffer.from([0x78, 0x9c])) + 100]! ^= 1;
      await t.rejects(castle.unpack(toQuay, message), compress);
    }
  });
});
