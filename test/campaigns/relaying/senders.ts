import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { as2 } from '../../../src/channels/as2/as2.ts';
import type { Outgoing } from '../../../src/channels/channel.ts';
import type { Receipt } from '../../../src/store/receipt.ts';
import { pause } from '../serving/process.ts';
import type { Said } from './backed.ts';
import { partySurroundings } from './ends.ts';
import { addressOf, placeOf, type Certificates, type Party, type Places } from './parties.ts';

/**
 * Sends one interchange as its party does. Resolves when the gateway has said that it has it, with what it said by HTTP or AS2, or, with folders
 * and mail, when it was put there.
 */
export type Send = (reference: string, bytes: Buffer) => Promise<Said | undefined>;

export function senderFor(party: Party, places: Places, certificates: Certificates, gateway: () => string): Send {
  if (party.sends === 'as2') return byAs2(party, places, certificates, gateway);
  if (party.sends === 'http') return (_, bytes) => byHttp(party, gateway, bytes);
  if (party.sends === 'mail') return byMail(party, places);
  const folder = placeOf(places, party, party.sends, 'in');
  let number = 0;
  return (reference, bytes) => {
    const name = `${reference}-${++number}.edi`; // a second one of the same bytes is another file
    writeFileSync(join(folder, `.${name}`), bytes);
    renameSync(join(folder, `.${name}`), join(folder, name));
    return Promise.resolve(undefined);
  };
}

/** Over all pressure: who is told to come again comes again. */
async function byHttp({ id }: Party, gateway: () => string, bytes: Buffer): Promise<Said> {
  for (;;) {
    const response = await fetch(`${gateway()}/v1/interchanges`, {
      method: 'POST',
      headers: { authorization: `Bearer demo-${id}` },
      body: new Uint8Array(bytes),
    });
    const text = await response.text();
    if (response.status === 202) return { receipt: (JSON.parse(text) as { receipt: Receipt }).receipt };
    if (response.status !== 503 && response.status !== 429) throw new Error(`${response.status} ${text.slice(0, 300)}`);
    await pause(Number(response.headers.get('retry-after') ?? 1) * 1_000);
  }
}

/** As an attachment, under an id of its own each time. */
function byMail(party: Party, { imap }: Places): Send {
  let number = 0;
  return (reference, bytes) => {
    const head = `From: ${addressOf(party)}\r\nTo: edi@portolan.example\r\nMessage-ID: <${reference}-${++number}@${party.id}.example>\r\nSubject: ${reference}\r\n`;
    const part = `Content-Type: application/edifact; name="${reference}.edi"\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n`;
    imap.put(`${head}MIME-Version: 1.0\r\n${part}\r\n${bytes.toString('base64').replace(/.{76}/g, '$&\r\n')}\r\n`);
    return Promise.resolve(undefined);
  };
}

function byAs2({ id }: Party, places: Places, { gateway: theirs, party: ours }: Certificates, gateway: () => string): Send {
  let outgoing: Outgoing | undefined;
  return async (reference, bytes) => {
    outgoing ??= as2.outgoing!(
      {
        url: `${gateway()}/as2`,
        us: { name: id.toUpperCase(), keys: [{ certificate: ours.certificate, key: { file: join(places.folder, 'party.key') } }] },
        partner: { name: 'PORTOLAN', certificates: [{ certificate: theirs.certificate }] },
      } as never,
      'portolan',
      partySurroundings(places, join(places.folder, `${id}-as2-out`)),
    );
    for (let attempt = 1; ; attempt++) {
      const parcel = {
        delivery: reference, attempt, party: 'portolan', interchange: reference, kind: 'message', media: 'application/edifact', size: bytes.length,
        filename: `${reference}.edi`, bytes: () => Promise.resolve(bytes),
        async *chunks() { yield await Promise.resolve(bytes); },
      }; // prettier-ignore
      const handed = await outgoing.send(parcel, AbortSignal.timeout(60_000));
      if (handed.state === 'delivered') return handed.proof ? { mdn: handed.proof.bytes } : undefined;
      if (attempt > 20) throw new Error(`AS2: ${JSON.stringify(handed).slice(0, 300)}`);
      await pause(500);
    }
  };
}
