import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dovecot, noDovecot } from '../channels/mail/dovecot.ts';
import { missing, openSshServer } from '../channels/sftp/openssh.ts';
import { root } from '../root.ts';
import { unbacked, type Accepted } from './relaying/backed.ts';
import { openEnds, type Ends } from './relaying/ends.ts';
import { configure, parties, type Party, type Places } from './relaying/parties.ts';
import { senderFor } from './relaying/senders.ts';
import type { CampaignOptions, CampaignResult } from './run.ts';
import { pause, serve, type Serving } from './serving/process.ts';

/**
 * Thirty parties over all channels at once, forty interchanges a second: first all of them well, then eight of them slow, down,
 * rejecting, out of order or ending connections halfway, and a third of them sending duplicates. Nothing is lost, nothing is twice in
 * the books, and those who are well wait no longer than before, up to half as long again.
 */
/** Why it cannot be run here; false where it can. */
export const lacking = (): string | false => missing('sshd', 'sftp-server', 'ssh-keygen') || noDovecot;

export async function run({ seconds, count }: CampaignOptions): Promise<CampaignResult> {
  const absent = lacking();
  if (absent) return { figure: `not run: ${absent}`, ok: false };
  const messages = count ?? Math.max(60, Math.round(seconds * 5)); // of the run beside those who are not well
  const before = await relay(parties(true), Math.max(60, Math.round(messages / 4))); // enough to know how long they wait
  const after = await relay(parties(false), messages);
  const wrong = [...before.wrong, ...after.wrong];
  const ratio = after.p99 / before.p99;
  if (ratio > 1.5) wrong.push(`those who are well waited ${ratio.toFixed(2)} times as long as without the others`);
  for (const each of wrong.slice(0, 20)) console.error(each);
  const figure =
    `${messages} interchanges of 30 parties and ${after.twice} of them twice; delivered in ${before.p50} ms (p99 ${before.p99}) with all well, ` +
    `${after.p50} ms (p99 ${after.p99}, ${ratio.toFixed(2)} times) beside eight that are not; ${after.delivered} delivered, ${after.waiting} wait for those; ${wrong.length} wrong`;
  return { figure, ok: wrong.length === 0 };
}

interface Outcome {
  readonly p50: number;
  readonly p99: number;
  readonly delivered: number;
  readonly waiting: number;
  readonly twice: number;
  readonly wrong: string[];
}

const pace = 25; // ms between two interchanges

/** One run: what came of it, and what was wrong. */
export async function relay(all: readonly Party[], messages: number): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-relay-'));
  const ending: (() => unknown)[] = [];
  const ends = await openEnds();
  for (const { id, mood } of all) ends.mood(id, mood);
  const teardown = { teardown: (end: () => unknown) => ending.push(end) };
  const [ssh, imap] = await Promise.all([openSshServer(teardown), dovecot(teardown)]);
  const places: Places = { folder, url: ends.url, nobody: await nobody(), ssh, smtp: ends.smtp, imap };
  const { config, certificates } = await configure(places, all);
  const gateway = await serve(join(folder, 'data'), config);
  try {
    await ends.watch(all, places, certificates, () => gateway.url);
    const sent = await send(all, messages, (party) => senderFor(party, places, certificates, () => gateway.url));
    return await settled(sent, ends, gateway, join(folder, 'data'), places);
  } finally {
    await ends.close();
    await gateway.stop();
    for (const end of ending.reverse()) await end();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** An address at which nothing listens, and where nobody comes to by chance: below the ports that systems give to whoever asks for any. */
export async function nobody(): Promise<string> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    const server = createServer().listen(port, '127.0.0.1');
    if (!(await once(server, 'listening').catch(() => undefined))) continue; // somebody is there
    server.close();
    await once(server, 'close');
    return `http://127.0.0.1:${port}`;
  }
}

const portolan = join(import.meta.dirname, '..', 'portolan.js');

interface Sent {
  readonly accepted: Accepted;
  readonly wrong: string[];
  twice: number;
}

/** The parties send in turn, at one pace whatever becomes of it. */
async function send(all: readonly Party[], messages: number, senderOf: (party: Party) => ReturnType<typeof senderFor>): Promise<Sent> {
  const template = readFileSync(join(root, 'samples/two-bills/input.edi'), 'latin1');
  const senders = new Map(all.map((party) => [party, senderOf(party)]));
  const sent: Sent = { accepted: new Map(), wrong: [], twice: 0 };
  const under = new Set<Promise<void>>();
  const started = Date.now();
  for (let n = 0; n < messages; n++) {
    const party = all[n % all.length]!;
    const reference = `R${String(n + 1).padStart(9, '0')}`;
    const bytes = Buffer.from(template.replaceAll('BA0438001', reference).replaceAll('BLUEANCHOR', party.id.toUpperCase()), 'latin1');
    const isTwice = party.duplicates && Math.floor(n / all.length) % 4 === 0;
    const one = async (): Promise<void> => {
      const by = senders.get(party)!;
      const said = [await by(reference, bytes)];
      sent.accepted.set(reference, { party, at: Date.now(), bytes, said });
      if (!isTwice) return;
      said.push(await by(reference, bytes));
      sent.twice++;
    };
    const running: Promise<void> = one()
      .catch((error: unknown) => void sent.wrong.push(`${party.id}, ${reference}: ${String(error)}`))
      .finally(() => under.delete(running));
    under.add(running);
    await pause(Math.max(0, started + (n + 1) * pace - Date.now()));
  }
  await Promise.all(under);
  return sent;
}

interface Status {
  readonly queue: readonly { readonly kind: string; readonly state: string; readonly count: number }[];
}

/** Waits until nothing more moves for those who are well, then looks at everything from outside. */
async function settled({ accepted, wrong, twice }: Sent, ends: Ends, gateway: Serving, data: string, { nobody }: Places): Promise<Outcome> {
  const get = async <T>(path: string): Promise<T> =>
    (await (await fetch(gateway.url + path, { headers: { authorization: 'Bearer demo-operator' } })).json()) as T;
  const well = [...accepted].filter(([, { party }]) => party.mood === 'well');
  const has = (reference: string, { id }: Party): boolean => ends.came.get(id)?.has(reference) ?? false;
  const patience = 120_000 + accepted.size * 20;
  const until = Date.now() + patience;
  while (Date.now() < until && (well.some(([reference, { party }]) => !has(reference, party)) || ends.customs.size < accepted.size)) await pause(200);
  for (const [reference, { party }] of accepted) {
    const { items } = await get<{ items: readonly { id: string; state: string }[] }>(`/v1/messages?reference=${reference}&limit=5`);
    if (items.length !== 1) wrong.push(`${reference} of ${party.id} is in the books ${items.length} times`);
    const came = ends.came.get(party.id)?.get(reference);
    if (party.mood === 'well' && !came) wrong.push(`${reference} of ${party.id}: its acknowledgement did not come by ${party.gets}`);
    if (came && came.bytes.size > 1) wrong.push(`${reference} of ${party.id}: ${came.bytes.size} different acknowledgements`);
    if (came && came.times > 1 && party.mood === 'well') wrong.push(`${reference} of ${party.id}: it came ${came.times} times by ${party.gets}`);
  }
  const { queue } = await get<Status>('/v1/status');
  const queued = queue.filter(({ kind }) => kind === 'deliver').reduce((sum, { count }) => sum + count, 0);
  const missed = [...accepted].filter(([reference, { party }]) => !has(reference, party)); // counted after the queue, of which some may have come since
  const unwell = missed.filter(([, { party }]) => party.mood !== 'well').length;
  if (queued < unwell) wrong.push(`${unwell} acknowledgements did not come to those who are not well, and ${queued} deliveries wait`);
  if (ends.customs.size !== accepted.size) wrong.push(`customs got ${ends.customs.size} messages of ${accepted.size}`);
  for (const [id, references] of ends.came)
    for (const reference of references.keys()) if (!accepted.has(reference)) wrong.push(`${id} got what it did not send: ${reference}`);
  const times = well.flatMap(([reference, { party, at }]) => {
    const came = party.sends === 'http' ? ends.came.get(party.id)?.get(reference) : undefined;
    return came && (party.gets === 'http' || party.gets === 'as2' || party.gets === 'soap') ? [came.at - at] : []; // the others look from time to time
  });
  times.sort((a, b) => a - b);
  const at = (part: number): number => Math.max(1, times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0);
  await ends.recover(nobody);
  const isThere = (): boolean => [...accepted].every(([reference, { party }]) => has(reference, party));
  for (const end = Date.now() + patience; Date.now() < end && !isThere();) {
    const { items } = await get<{ items: readonly { code: string }[] }>('/v1/dead-letters?limit=500');
    for (const code of new Set(items.map((letter) => letter.code))) await replayed(gateway, code);
    await pause(500);
  }
  for (const [reference, { party }] of accepted)
    if (!has(reference, party)) wrong.push(`${reference} of ${party.id}: its acknowledgement did not come when ${party.mood} was over`);
  await gateway.stop();
  wrong.push(...(await unbacked(data, accepted)));
  return { p50: at(0.5), p99: at(0.99), delivered: accepted.size - missed.length + ends.customs.size, waiting: missed.length, twice, wrong };
}

/** What an operator does about everything that stopped for one cause. */
export async function replayed({ url }: Serving, code: string): Promise<void> {
  const args = [portolan, 'replay', '--all', '--code', code, '--url', url, '--key', 'demo-operator'];
  await once(spawn(process.execPath, args, { stdio: 'ignore' }), 'exit');
}
