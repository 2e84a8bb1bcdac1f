import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCertificate } from '../../channels/as2/pki.ts';
import { as2 as channel } from '../../../src/channels/as2/as2.ts';
import { acknowledged, parcelOf, partySurroundings, persistently, type Party, type World } from './world.ts';

/**
 * Both ways by AS2, signed and encrypted, with signed receipts: in the answer, or sent afterwards. The party's side is a process that
 * lives on; where the receipt comes afterwards it sends the same message again until it has it.
 */
export async function as2(world: World, id: 'as2' | 'as2-later'): Promise<Party> {
  const folder = join(world.folder, id);
  mkdirSync(folder);
  const key = async (name: string): Promise<{ readonly certificate: string; readonly key: { readonly file: string } }> => {
    const made = await makeCertificate({ name });
    writeFileSync(join(folder, name), made.key, { mode: 0o600 });
    return { certificate: made.certificate, key: { file: join(folder, name) } };
  };
  const [gateway, party] = [await key('Gateway'), await key('Party')];
  const sides = (us: string, ours: typeof party, partner: string, { certificate }: typeof party) => ({
    us: { name: us, keys: [ours] },
    partner: { name: partner, certificates: [{ certificate }] },
  });
  const theirs = sides('PORTOLAN', gateway, id.toUpperCase(), party);
  const own = sides(id.toUpperCase(), party, 'PORTOLAN', gateway);
  const isLater = id === 'as2-later';
  const receipt = (url: string): object => (isLater ? { receipt: { wanted: 'asynchronous', url } } : {});
  const told = new Map<string, (isTaken: true) => void>(); // by delivery: whose receipt is to come
  const surroundings = partySurroundings(join(folder, 'own'));
  mkdirSync(surroundings.data);
  const incoming = await channel.incoming!({ ...own, receipts: [world.gateway] } as never, 'portolan', surroundings, async ({ about, bytes, key = '' }) => {
    if (about?.handed.state === 'delivered') told.get(about.delivery)?.(true);
    if (about === undefined) {
      const content = Buffer.from(bytes).toString('latin1');
      world.got(id, acknowledged(content), key, content);
    }
    return Promise.resolve({ taken: true, id: key, receipt: '', duplicate: false });
  });
  world.answer(id, ({ headers, body }) => incoming.answer!({ headers, body }));
  const outgoing = channel.outgoing!({ url: `${world.gateway}/as2`, ...own, ...receipt(`${world.ends}/${id}`) } as never, 'portolan', surroundings);
  return {
    id,
    channel: { as2: { url: `${world.ends}/${id}`, ...theirs, ...receipt(`${world.gateway}/as2`) } },
    arrivals: [{ as2: { ...theirs, receipts: [world.ends] } }],
    async send(reference, bytes) {
      await persistently(world, reference, async (attempt) => {
        const later = new Promise<true>((resolve) => told.set(reference, resolve));
        const handed = await outgoing.send(parcelOf(reference, attempt, bytes), AbortSignal.timeout(30_000));
        if (handed.state === 'failed' && !/^SEND_/.test(handed.code)) throw new Error(`${handed.code}: ${handed.reason}`);
        if (handed.state === 'delivered') return true;
        return handed.state === 'sent' ? Promise.race([later, world.steps(40, 3_000)]).then((is) => is || undefined) : undefined;
      });
      return undefined;
    },
    async close() {
      await outgoing.close();
      await incoming.close();
    },
  };
}
