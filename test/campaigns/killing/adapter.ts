import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Driven } from '../../../src/channels/adapter/harness.ts';
import { freePort } from '../../channels/adapter/port.ts';
import { root } from '../../root.ts';
import { pause } from '../serving/process.ts';
import { acknowledged, persistently, type Party, type World } from './world.ts';

const program = join(root, 'adapters/matip/matip.mjs');

/** Type B over MATIP: a program that the gateway starts, and the same on the party's side, which lives on. */
export async function adapter(world: World): Promise<Party> {
  const [ours, theirs] = [await freePort(), await freePort()];
  const host = '127.0.0.1';
  const folder = join(world.folder, 'adapter');
  mkdirSync(folder);
  const carrier = new Driven([process.execPath, program], { own: 1, peer: 2, listen: { host, port: theirs }, call: { host, port: ours, timeout: 10 } }, folder, 'van'); // prettier-ignore
  await carrier.start();
  world.teardown(() => carrier.kill());
  const settings = { own: 2, peer: 1, listen: { host, port: ours }, call: { host, port: theirs, timeout: 10 } };
  const channel = { adapter: { command: [process.execPath, program], settings } };
  const listen = async (): Promise<void> => {
    for (let from = 0; !world.done; await pause(20))
      for (const frame of carrier.said.slice(from, (from = carrier.said.length))) {
        if (frame.type !== 'arrival') continue;
        const content = Buffer.from(frame.body.base64!, 'base64').toString('latin1');
        world.got('adapter', acknowledged(content), frame.key, content);
      }
  };
  const listening = listen();
  return {
    id: 'adapter',
    channel,
    arrivals: [channel],
    async send(reference, bytes) {
      await persistently(world, reference, async (attempt) => {
        const before = carrier.said.length;
        await carrier.deliver(reference, bytes, { attempt });
        const { state, reason } = await carrier.outcome(reference, 20_000, before);
        if (state === 'failed') throw new Error(reason);
        return true;
      });
      return undefined;
    },
    close: () => listening,
  };
}
