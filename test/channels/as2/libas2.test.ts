import type { AS2MimeNode } from 'libas2';
import t from 'tap';
import { as2 } from '../../../src/channels/as2/as2.ts';
import type { HttpAnswer, HttpRequest } from '../../../src/channels/channel.ts';
import { AS2Composer, AS2Parser, wireOf } from './libas2.ts';
import { certificate, edi, never, parcel, serve, taker, world } from './sides.ts';

/** With another's AS2, in both directions. */
t.test('libas2 sends, we take and receipt', async (t) => {
  const blue = await certificate('Blue');
  const quay = await certificate('Quay');
  for (const sign of ['sha-1', 'sha-256', 'sha-384', 'sha-512', false] as const) {
    for (const encrypt of sign === 'sha-256'
      ? (['aes128-CBC', 'aes256-CBC', 'aes256-GCM', 'des-EDE3-CBC', false] as const)
      : (['aes256-CBC', false] as const)) {
      const name = `${sign || 'unsigned'}, ${encrypt || 'not encrypted'}`;
      const there = world(t, { quay: quay.key });
      const { arrivals, take } = taker();
      const incoming = await as2.incoming!(
        {
          us: { name: 'QUAY', keys: [{ certificate: quay.certificate, key: { env: 'quay' } }] },
          partner: { name: 'BLUE', certificates: [{ certificate: blue.certificate }] },
          requires: { signed: sign !== false, digests: ['sha1', 'sha256', 'sha384', 'sha512'], ciphers: ['aes128', 'aes256', 'aes256-gcm', '3des'] },
        } as never,
        'blue',
        there,
        take,
      );
      t.teardown(() => incoming.close());
      const composer = new AS2Composer({
        message: { filename: 'message.edi', contentType: 'application/edifact', content: edi },
        agreement: {
          host: {
            name: 'Blue',
            id: 'BLUE',
            url: 'http://127.0.0.1/',
            certificate: blue.certificate,
            privateKey: blue.key,
            sign: sign as never,
            mdn: { async: false, signing: 'sha-256' },
          },
          partner: { name: 'Quay', id: 'QUAY', url: 'http://127.0.0.1/', file: 'EDIFACT', certificate: quay.certificate, encrypt: encrypt as never },
        },
      });
      const { headers, body } = wireOf(await composer.compile().then((node) => node.build()));
      t.equal(as2.addressOf!(headers), incoming.address, name);
      const answer = await incoming.answer!({ headers, body });
      t.equal(answer.status, 200, name);
      t.equal(Buffer.from(arrivals[0]?.bytes ?? '').toString(), edi, `${name}: ${JSON.stringify(there.events)}`);
      const node = await AS2Parser.parse({ headers: answer.headers as never, content: Buffer.from(answer.body) });
      const mdn = await node.dispositionIn({ cert: quay.certificate });
      t.match(mdn.notification.disposition, { processed: true }, `${name}: it verifies our receipt`);
      t.equal(mdn.notification.disposition.description, undefined, name);
      t.equal(mdn.notification.originalMessageId, headers['message-id'], name);
    }
  }
});

t.test('we send, libas2 takes and receipts', async (t) => {
  const blue = await certificate('Blue');
  const quay = await certificate('Quay');
  const agreement = {
    host: {
      name: 'Quay',
      id: 'QUAY',
      url: 'http://127.0.0.1/',
      certificate: quay.certificate,
      privateKey: quay.key,
      decrypt: false,
      sign: 'sha-256',
      mdn: { async: false, signing: 'sha-256' },
    },
    partner: {
      name: 'Blue',
      id: 'BLUE',
      url: 'http://127.0.0.1/',
      file: 'EDIFACT',
      certificate: blue.certificate,
      verify: true,
      mdn: { async: false, signing: 'sha-256' },
    },
  };
  for (const sign of ['sha1', 'sha256', 'sha384', 'sha512'] as const) {
    for (const encrypt of sign === 'sha256' ? (['none', 'aes128', 'aes256', '3des'] as const) : (['aes256'] as const)) {
      let content = '';
      const receive = async ({ headers, body }: HttpRequest): Promise<HttpAnswer> => {
        const node = await AS2Parser.parse({ headers: headers as never, content: Buffer.from(body) });
        const { contentNode, dispositionNode } = await node.dispositionOut({
          agreement: { ...agreement, host: { ...agreement.host, decrypt: encrypt !== 'none' } } as never,
        });
        content = String((contentNode as AS2MimeNode | undefined)?.content ?? '');
        const { headers: said, body: written } = wireOf(await dispositionNode.build());
        return { status: 200, headers: said, body: written };
      };
      const url = await serve(t, receive);
      const outgoing = as2.outgoing!(
        {
          url,
          sign,
          encrypt,
          keyTransport: 'oaep',
          encoding: 'base64',
          us: { name: 'BLUE', keys: [{ certificate: blue.certificate, key: { env: 'blue' } }] },
          partner: { name: 'QUAY', certificates: [{ certificate: quay.certificate }] },
        } as never,
        'quay',
        world(t, { blue: blue.key }),
      );
      t.teardown(() => outgoing.close());
      const handed = await outgoing.send(parcel(), never);
      t.match(handed, { state: 'delivered', detail: { disposition: 'processed', signed: true }, proof: { grade: 'A' } }, `${sign}, ${encrypt}`);
      if (handed.state !== 'delivered') t.comment(JSON.stringify(handed));
      t.equal(content.trim(), edi.trim(), `${sign}, ${encrypt}`);
    }
  }
});
