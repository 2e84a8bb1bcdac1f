import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate } from '../channels/as2/pki.ts';
import { dovecot } from '../channels/mail/dovecot.ts';
import { openSshServer } from '../channels/sftp/openssh.ts';
import { root } from '../root.ts';
import { numbers } from '../store/damage.ts';
import { lacking, nobody, replayed } from './relay.ts';
import { unbacked, type Accepted } from './relaying/backed.ts';
import { openEnds } from './relaying/ends.ts';
import { configure, parties, type Mood, type Places } from './relaying/parties.ts';
import { senderFor } from './relaying/senders.ts';
import type { CampaignOptions, CampaignResult } from './run.ts';
import { pause, serve, type Serving } from './serving/process.ts';

/**
 * Everything at once, at random: the gateway is killed, stopped, ended and started, its clock steps, its disk is full, its configuration changes
 * for good and ill, certificates end, and its parties are slow, down, out of order or silent, while ten of them send over all channels.
 * When it is over and an operator has replayed what stopped, all is there: nothing is lost, nothing is twice in the books, and the
 * store verifies.
 */
export async function run({ seconds, seed }: CampaignOptions): Promise<CampaignResult> {
  const absent = lacking();
  if (absent) return { figure: `not run: ${absent}`, ok: false };
  const draw = numbers(seed);
  const folder = mkdtempSync(join(tmpdir(), 'portolan-chaos-'));
  const ending: (() => unknown)[] = [];
  const teardown = { teardown: (end: () => unknown) => ending.push(end) };
  const all = parties(true).filter((_, i) => i < 8 || i === 15 || i === 9);
  const ends = await openEnds();
  const [ssh, imap] = await Promise.all([openSshServer(teardown), dovecot(teardown)]);
  const places: Places = { folder, url: ends.url, nobody: await nobody(), ssh, smtp: ends.smtp, imap };
  const { config, certificates } = await configure(places, all);
  const ended = await makeCertificate({ name: 'Party', from: '2025-01-01', until: '2025-12-31' });
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256m', 'none', disk]).status === 0;
  const data = join(disk, 'data');
  const clock = join(folder, 'clock');
  process.env['PORTOLAN_CAMPAIGN_CLOCK'] = clock;
  const imports = [join(import.meta.dirname, 'serving', 'clock.js')];

  let gateway: Serving = await serve(data, config, 0, imports);
  const { port } = gateway;
  const wrong: string[] = [];
  const done = new Map<string, number>();
  const count = (what: string): void => void done.set(what, (done.get(what) ?? 0) + 1);
  const between = (least: number, most: number): number => least + draw(most - least);

  /** Started again, as often as it takes: on a full disk or with a wrong configuration it may refuse. */
  const start = async (): Promise<void> => {
    for (let tries = 0; tries < 200; tries++) {
      try {
        gateway = await serve(data, config, port, imports);
        return;
      } catch {
        count('refused to start');
        await pause(300);
      }
    }
    throw new Error('the gateway does not start');
  };
  const file = (id: string): string => join(config, 'partners', `${id}.yaml`);
  const changed = async (path: string, text: string, ms: number): Promise<void> => {
    const before = readFileSync(path, 'utf8');
    writeFileSync(path, text);
    await pause(ms);
    writeFileSync(path, before);
  };
  const among = <T>(list: readonly T[]): T => list[draw(list.length)]!;
  const moods: readonly Mood[] = ['slow', 'down', 'rejecting', 'failing', 'resetting', 'hanging'];

  const ofProcess: Readonly<Record<string, () => Promise<void>>> = {
    async killed() {
      await gateway.kill();
      await start();
    },
    async ended() {
      await gateway.stop();
      await start();
    },
    async 'stopped and continued'() {
      gateway.signal('SIGSTOP');
      await pause(between(300, 3_000));
      gateway.signal('SIGCONT');
    },
    async 'clock stepped'() {
      writeFileSync(clock, String(between(-30_000, 30_000)));
      await pause(between(500, 2_000));
      writeFileSync(clock, '0');
    },
  };
  const around: Readonly<Record<string, () => Promise<void>>> = {
    async 'parties unwell'() {
      const unwell = ['customs', among(all).id, among(all).id].filter(() => draw(3) > 0);
      for (const id of unwell) ends.mood(id, among(moods));
      await pause(between(500, 5_000));
      for (const id of unwell) ends.mood(id, 'well');
    },
    async 'configuration changed'() {
      const { id } = among(all);
      await changed(file(id), readFileSync(file(id), 'utf8').replace('"Party ', '"The party '), between(200, 1_500));
    },
    async 'configuration broken'() {
      await changed(file(among(all).id), '{ "partner": ', between(200, 1_500));
    },
    async 'certificate ended'() {
      const { id } = among(all.filter(({ sends, gets }) => sends === 'as2' || gets === 'as2'));
      const text = readFileSync(file(id), 'utf8');
      await changed(file(id), text.replaceAll(JSON.stringify(certificates.party.certificate), JSON.stringify(ended.certificate)), between(500, 2_500));
    },
    ...(mounted
      ? {
          async 'disk full'() {
            spawnSync('dd', ['if=/dev/zero', `of=${join(disk, 'ballast')}`, 'bs=64k'], { stdio: 'ignore' });
            await pause(between(300, 2_000));
            rmSync(join(disk, 'ballast'));
          },
        }
      : {}),
  };

  const template = readFileSync(join(root, 'samples/two-bills/input.edi'), 'latin1');
  const accepted: Accepted = new Map();
  const until = Date.now() + seconds * 1_000;
  const url = (): string => `http://127.0.0.1:${port}`;
  const load = all.map(async (party, i) => {
    const send = senderFor(party, places, certificates, url);
    for (let n = 0; Date.now() < until; n++) {
      const reference = `C${String(i * 100_000 + n).padStart(9, '0')}`;
      const bytes = Buffer.from(template.replaceAll('BA0438001', reference).replaceAll('BLUEANCHOR', party.id.toUpperCase()), 'latin1');
      for (const end = Date.now() + 120_000; ;) {
        try {
          accepted.set(reference, { party, at: Date.now(), bytes, said: [await send(reference, bytes)] });
          break;
        } catch (error) {
          if (Date.now() > end) {
            wrong.push(`${reference} of ${party.id} cannot be sent: ${String(error)}`);
            break;
          }
          await pause(200); // nobody knows whether it was taken: the same again
        }
      }
      await pause(250);
    }
  });
  const harm = async (faults: Readonly<Record<string, () => Promise<void>>>): Promise<void> => {
    for (let left: string[] = []; Date.now() < until;) {
      if (left.length === 0) left = Object.keys(faults); // each once, before one comes again
      const [what] = left.splice(draw(left.length), 1);
      await pause(between(100, 1_500));
      await faults[what!]!();
      count(what!);
    }
  };
  try {
    await ends.watch(all, places, certificates, url);
    await Promise.all([harm(ofProcess), harm(around), ...load]);
    await healed();
    await gateway.stop();
    wrong.push(...(await unbacked(data, accepted)));
  } finally {
    await gateway.kill();
    await ends.close();
    for (const end of ending.reverse()) await end();
    if (mounted) spawnSync('umount', ['-l', disk]);
    rmSync(folder, { recursive: true, force: true });
  }
  for (const each of wrong.slice(0, 20)) console.error(each);
  const what = [...done].map(([name, times]) => `${times} × ${name}`).join(', ');
  return {
    figure: `${accepted.size} interchanges of ${all.length} parties over ${seconds} s with ${what}; ${wrong.length} wrong (seed ${seed})`,
    ok: wrong.length === 0,
  };

  /** All parties are well: what waited comes by itself, what stopped is replayed; then everything is there once. */
  async function healed(): Promise<void> {
    const get = async <T>(path: string): Promise<T> => (await (await fetch(url() + path, { headers: { authorization: 'Bearer demo-operator' } })).json()) as T;
    await ends.recover(places.nobody);
    const has = (reference: string): boolean => ends.came.get(accepted.get(reference)!.party.id)?.has(reference) ?? false;
    const missing = (): string[] => [...accepted.keys()].filter((reference) => !has(reference));
    for (const end = Date.now() + 180_000; Date.now() < end && (missing().length > 0 || ends.customs.size < accepted.size);) {
      const { items } = await get<{ items: readonly { code: string }[] }>('/v1/dead-letters?limit=500');
      for (const code of new Set(items.map((letter) => letter.code))) {
        await replayed(gateway, code);
        count(`replayed ${code}`);
      }
      await pause(500);
    }
    for (const reference of missing()) wrong.push(`${reference}: its acknowledgement did not come by ${accepted.get(reference)!.party.gets}`);
    if (ends.customs.size !== accepted.size) wrong.push(`customs got ${ends.customs.size} messages of ${accepted.size}`);
    for (const [reference, { party }] of accepted) {
      const { items } = await get<{ items: readonly unknown[] }>(`/v1/messages?reference=${reference}&limit=5`);
      if (items.length !== 1) wrong.push(`${reference} of ${party.id} is in the books ${items.length} times`);
      const came = ends.came.get(party.id)?.get(reference);
      if (came && came.bytes.size > 1) wrong.push(`${reference} of ${party.id}: ${came.bytes.size} different acknowledgements`);
    }
  }
}
