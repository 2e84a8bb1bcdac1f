import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEvidence } from '../../src/store/evidence-source.ts';
import { verifyStore } from '../../src/store/verify-store.ts';
import { freePort } from '../channels/adapter/port.ts';
import { root } from '../root.ts';
import { Books } from './killing/books.ts';
import { channels, configure } from './killing/configuration.ts';
import { check, final, type Taken } from './killing/check.ts';
import { fetching } from './killing/http.ts';
import { openWorld, type Party, type World } from './killing/world.ts';
import type { CampaignOptions, CampaignResult } from './run.ts';
import { pause, serve, start, type Serving } from './serving/process.ts';

const underWay = 2; // interchanges of a party that are not at their end: what is accepted must also be worked off
const verifyEvery = 25; // kills

/** Numbers from a seed, between 0 and 1. */
function seeded(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) >>> 0;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
}

/**
 * SIGKILL at random while interchanges come in and go out over every channel, again and again. After each fall the books are read from
 * outside: all that anybody was told is taken is there, once. At the end every recipient has everything, under one delivery id each.
 * `only`: one channel.
 */
export async function run({ seconds, seed, count = 20, only }: CampaignOptions): Promise<CampaignResult> {
  const named = Object.entries(channels).filter(([name]) => only === undefined || name === only);
  if (named.length === 0) return { figure: `there is no channel ${only}; there are ${Object.keys(channels).join(', ')}`, ok: false };
  const absent = named.flatMap(([name, { lacks }]) => (lacks ? [`${name} (${lacks})`] : []));
  const able = named.filter(([, { lacks }]) => !lacks);
  if (able.length === 0) return { figure: `not run: ${absent.join(', ')}`, ok: false };
  const folder = mkdtempSync(join(tmpdir(), 'portolan-kill-'));
  const data = join(folder, 'data');
  mkdirSync(data);
  const port = await freePort();
  const world = await openWorld(folder, `http://127.0.0.1:${port}`);
  try {
    const parties: Party[] = [];
    for (const [, { open }] of able) parties.push(await open(world));
    const campaign = new Campaign(world, parties, { data, config: configure(world, parties), port }, seeded(seed));
    const result = await campaign.run(count, seconds);
    return { ...result, figure: result.figure + (absent.length > 0 ? `; without ${absent.join(', ')}` : '') };
  } finally {
    await world.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Place {
  readonly data: string;
  readonly config: string;
  readonly port: number;
}

class Campaign {
  readonly #world: World;
  readonly #parties: readonly Party[];
  readonly #place: Place;
  readonly #random: () => number;
  readonly #books: Books;
  readonly #taken = new Map<string, Taken>(); // by reference: what somebody was told
  readonly #wrong: string[] = [];
  #number = 0;
  #sending = true;

  constructor(world: World, parties: readonly Party[], place: Place, random: () => number) {
    this.#world = world;
    this.#parties = parties;
    this.#place = place;
    this.#random = random;
    this.#books = new Books(place.data);
  }

  async run(kills: number, seconds: number): Promise<CampaignResult> {
    const began = Date.now();
    const world = this.#world;
    world.answer('customs', async ({ headers, body }) => {
      world.got('customs', String(headers['portolan-message']), String(headers['portolan-delivery']), body);
      return Promise.resolve({ status: 200, headers: {}, body: Buffer.alloc(0) });
    });
    const health = fetching(world, 'port-health', 'demo-port-health', (_, message = '') => message);
    const load = Promise.all(this.#parties.map((party) => this.#load(party).catch((error: unknown) => this.#wrong.push(String(error)))));
    const { killed, early, starts, gateway } = await this.#fall(kills, began + seconds * 1_000);
    this.#sending = false;
    await load;
    await this.#quiet(gateway);
    const deliveries = await final({ parties: this.#parties, taken: this.#taken, world, gateway: gateway.url }, this.#wrong);
    await gateway.stop();
    await this.#look();
    const entries = this.#verify();
    world.done = true;
    await Promise.all([health(), ...this.#parties.map((party) => party.close?.())]);
    for (const each of this.#wrong.slice(0, 20)) process.stderr.write(`${each}\n`);
    const { lost, doubled } = deliveries;
    return {
      figure:
        `${killed} kills (${early} of them while it started) in ${Math.round((Date.now() - began) / 1_000)} s, a start in ${Math.round(starts)} ms; ` +
        `over ${this.#parties.map(({ id }) => id).join(', ')}: ${this.#taken.size} interchanges accepted, ${deliveries.made} deliveries (${deliveries.again} came again, as the same), ` +
        `${entries} entries, ${lost} lost, ${doubled} doubled, ${this.#wrong.length} wrong`,
      ok: this.#wrong.length === 0 && this.#taken.size > 0,
    };
  }

  /** Starts and kills it. Most of its lives end by the clock, the others in the middle of what it does, however slow it is; one in ten while it still starts. */
  async #fall(kills: number, until: number) {
    const { data, config, port } = this.#place;
    const random = this.#random;
    let killed = 0;
    let early = 0;
    let took = 1_500; // ms, of a start
    let rise = (): void => undefined;
    let gateway = await serve(data, config, port);
    while (killed < kills || Date.now() < until) {
      if (random() < 0.6) await pause(random() * 400);
      else await this.#world.steps(1 + Math.floor(random() * 12), 30_000).then(() => pause(random() * 20));
      this.#world.alive = new Promise((resolve) => (rise = resolve));
      await gateway.kill();
      killed++;
      while (killed < kills && random() < 0.1) {
        const starting = start(data, config, port);
        starting.listening.catch(() => undefined);
        await pause(random() * took);
        await starting.kill();
        killed++;
        early++;
      }
      await this.#look();
      if (killed % verifyEvery === 0) this.#tell(killed, this.#verify());
      const began = Date.now();
      gateway = await serve(data, config, port);
      rise();
      took = took * 0.9 + (Date.now() - began) * 0.1;
    }
    return { killed, early, starts: took, gateway };
  }

  /** Sends one after the other, and no more than can be worked off. */
  async #load(party: Party): Promise<void> {
    const template = readFileSync(join(root, 'samples/two-bills/input.edi'), 'latin1').replaceAll('BLUEANCHOR', party.id.toUpperCase());
    const mine: string[] = [];
    while (this.#sending) {
      const open = mine.filter((each) => !this.#world.came.get(party.id)?.has(each));
      if (open.length >= underWay) {
        await this.#world.steps(1, 200);
        continue;
      }
      const reference = `K${String(++this.#number).padStart(9, '0')}`;
      const id = await party.send(reference, Buffer.from(template.replaceAll(/BA0438001|BAL26-0438-RTM/g, reference), 'latin1'));
      this.#taken.set(reference, { party: party.id, id });
      mine.splice(0, mine.length, ...open, reference);
      this.#world.step();
    }
  }

  /** While it is down: what anybody was told before it fell is in its books, once. */
  async #look(): Promise<void> {
    const since = await this.#books.read();
    this.#wrong.push(...check(this.#books, this.#taken, since));
  }

  #tell(killed: number, entries: number): void {
    process.stderr.write(`${killed} kills, ${this.#taken.size} interchanges accepted, ${entries} entries, ${this.#wrong.length} wrong\n`);
  }

  #verify(): number {
    const evidence = openEvidence(this.#place.data);
    const verified = verifyStore(evidence);
    evidence.close();
    if (!verified.ok) this.#wrong.push(`the store does not verify: ${verified.findings.map(({ code }) => code).join(', ')}`);
    return verified.entries;
  }

  /** Until nothing is left to do. */
  async #quiet({ url }: Serving): Promise<void> {
    const headers = { authorization: 'Bearer demo-operator' };
    for (const end = Date.now() + 90_000; ;) {
      const response = await fetch(`${url}/v1/status`, { headers });
      const { queue } = (await response.json()) as { readonly queue: readonly object[] };
      if (queue.length === 0) return;
      if (Date.now() > end) {
        const letters = await (await fetch(`${url}/v1/dead-letters?limit=5`, { headers })).text();
        return void this.#wrong.push(`the queue does not empty: ${JSON.stringify(queue)}, ${letters}`);
      }
      await pause(100);
    }
  }
}
