import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { concernsIn } from '../gateway/views/concerns.ts';
import type { Event } from '../gateway/delivery/dispatch.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { endingIn } from '../gateway/views/ending.ts';
import type { Figures } from '../gateway/views/figures.ts';
import type { Partner } from '../partners/partner.ts';

const mostLabels = 100; // rows of a figure that has one for each party
const mostClasses = 30;
const certificateDays = 400;

/** What is counted, in Prometheus' form: the only door to its client. */
export class Metrics implements Figures {
  readonly #registry = new Registry();
  readonly #requests: Histogram<'method' | 'route' | 'status'>;
  readonly #answers = new Map<string, { observe(seconds: number): void }>(); // by what they are labelled with
  readonly #outcomes = new Map<string, { inc(): void }>();
  readonly #received: Counter<'outcome' | 'class'>;
  readonly #classes = new Set<string>();
  readonly #translated: Histogram;
  readonly #delivered: Counter<'channel' | 'outcome'>;

  constructor(gateway: Gateway) {
    collectDefaultMetrics({ register: this.#registry });
    const registers = [this.#registry];
    this.#requests = new Histogram({
      name: 'portolan_http_request_seconds',
      help: 'Time to answer a request',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
      registers,
    });
    this.#received = new Counter({
      name: 'portolan_interchanges_total',
      help: 'Interchanges that came by any channel, by what was answered and by the `class` of the partner; beyond 30 classes `other`',
      labelNames: ['outcome', 'class'],
      registers,
    });
    this.#translated = new Histogram({
      name: 'portolan_translation_seconds',
      help: 'Time from the beginning of the translation of an interchange until its outcome is durable',
      buckets: [0.01, 0.05, 0.2, 1, 5, 30, 120, 600],
      registers,
    });
    this.#delivered = new Counter({
      name: 'portolan_deliveries_total',
      help: 'Attempts to deliver, by channel: `sent` (handed over; what goes to a mailbox is there), `delivered` (the party said that it has it, at once or later), `retried` (failed, and tried again by itself), `failed` (for good, or until somebody acts)',
      labelNames: ['channel', 'outcome'],
      registers,
    });
    gateway.figures = this;
    new Gauge({
      name: 'portolan_certificate_ends_seconds',
      help: `Seconds until the next certificate of a party ends that none follows, by the day; negative once it has ended. Of those within ${certificateDays} days the ${mostLabels} that end first`,
      labelNames: ['party'],
      registers,
      collect() {
        this.reset();
        for (const [party, seconds] of nextEnds(gateway)) this.set({ party }, seconds);
      },
    });
    new Gauge({
      name: 'portolan_checkpoint_age_seconds',
      help: 'Age of the last signed checkpoint: one is signed with every commit that adds to the log, so while something comes in it is small',
      registers,
      async collect() {
        const size = await gateway.store.size();
        const [last] = size === 0 ? [] : await gateway.store.counting.steps(size - 1, 1);
        if (last) this.set(Math.max(0, gateway.now() - Date.parse(last.at)) / 1_000);
      },
    });
    new Gauge({
      name: 'portolan_queue',
      help: 'Jobs in the queue, by kind and state',
      labelNames: ['kind', 'state'],
      registers,
      async collect() {
        this.reset();
        for (const { kind, state, count } of await gateway.store.queue()) this.inc({ kind, state }, count);
      },
    });
    new Gauge({
      name: 'portolan_queue_oldest_seconds',
      help: 'Age of the oldest job in the queue, by kind and state: what grows here is not worked off',
      labelNames: ['kind', 'state'],
      registers,
      async collect() {
        this.reset();
        const oldest = new Map<string, { kind: string; state: string; at: number }>();
        for (const { kind, state, oldest: at } of await gateway.store.queue()) {
          const known = oldest.get(`${kind} ${state}`);
          if (!known || at < known.at) oldest.set(`${kind} ${state}`, { kind, state, at });
        }
        for (const { kind, state, at } of oldest.values()) this.set({ kind, state }, Math.max(0, gateway.now() - at) / 1_000);
      },
    });
    new Gauge({
      name: 'portolan_concerns',
      help: 'What needs a person, by who must act; `portolan status` says what and the next step',
      labelNames: ['actor'],
      registers,
      async collect() {
        this.reset();
        for (const { actor } of await concernsIn(gateway)) this.inc({ actor });
      },
    });
    new Gauge({
      name: 'portolan_circuits_open',
      help: 'Parties to whom nothing is sent at present, because too much of it failed',
      registers,
      collect() {
        this.set(gateway.departures.status.filter(({ circuit }) => circuit === 'open').length);
      },
    });
    new Gauge({
      name: 'portolan_accepting',
      help: '1 while interchanges are accepted, 0 while they are told to come again',
      registers,
      async collect() {
        const admitted = await gateway.admit(0);
        if ('release' in admitted) admitted.release();
        this.set('release' in admitted ? 1 : 0);
      },
    });
    new Gauge({
      name: 'portolan_disk_free_bytes',
      help: 'Free bytes on the disk of the data folder; below the limit `disk` nothing is accepted',
      registers,
      async collect() {
        this.set((await gateway.store.room()).free);
      },
    });
    new Gauge({
      name: 'portolan_store_bytes',
      help: 'Bytes of the database, its write-ahead log included',
      registers,
      async collect() {
        this.set((await gateway.store.room()).database);
      },
    });
    new Gauge({
      name: 'portolan_deviations',
      help: `Messages in which a partner wrote otherwise than the standard says, since the start, by what was agreed; the ${mostLabels} most frequent by name, all others as \`other\``,
      labelNames: ['partner', 'deviation', 'verdict'],
      registers,
      collect() {
        this.reset();
        const all = [...gateway.deviations].sort((a, b) => b.messages - a.messages);
        for (const { partner, deviation, verdict, messages } of all.slice(0, mostLabels)) this.set({ partner, deviation, verdict }, messages);
        for (const { verdict, messages } of all.slice(mostLabels)) this.inc({ partner: 'other', deviation: 'other', verdict }, messages);
      },
    });
    new Gauge({
      name: 'portolan_channel_failures',
      help: 'Failures in a row of the channel to a party, where the last attempt failed; `circuit` is open while nothing is tried',
      labelNames: ['party', 'channel', 'circuit'],
      registers,
      collect() {
        this.reset();
        for (const { party, channel, circuit, failures } of gateway.departures.status) if (failures > 0) this.set({ party, channel, circuit }, failures);
      },
    });
    new Gauge({
      name: 'portolan_deliveries_under_way',
      help: 'Deliveries that are being handed over by channels',
      registers,
      collect() {
        this.set(gateway.departures.status.reduce((sum, { running }) => sum + running, 0));
      },
    });
    new Gauge({
      name: 'portolan_log_entries',
      help: 'Entries in the log',
      registers,
      async collect() {
        this.set(await gateway.store.size());
      },
    });
  }

  answered(method: string, route: string, status: number, milliseconds: number): void {
    const name = `${method} ${status} ${route}`;
    let answers = this.#answers.get(name);
    if (!answers) this.#answers.set(name, (answers = this.#requests.labels({ method, route, status: String(status) }))); // as many as there are routes
    answers.observe(milliseconds / 1000);
  }

  received({ class: name = 'partner' }: Partner, outcome: 'accepted' | 'duplicate' | 'refused'): void {
    if (this.#classes.size < mostClasses) this.#classes.add(name);
    const known = this.#classes.has(name) ? name : 'other';
    const key = `${outcome} ${known}`;
    let outcomes = this.#outcomes.get(key);
    if (!outcomes) this.#outcomes.set(key, (outcomes = this.#received.labels({ outcome, class: known }))); // as many as there are classes
    outcomes.inc();
  }

  happened({ event, channel, next, ms }: Event): void {
    if (event === 'translated') this.#translated.observe(Number(ms) / 1_000);
    if (event === 'sent' || event === 'delivered') this.#delivered.inc({ channel: String(channel), outcome: event });
    if (event === 'delivery failed') this.#delivered.inc({ channel: String(channel ?? 'mailbox'), outcome: next === undefined ? 'failed' : 'retried' });
  }

  /** The page of all of them, as they are registered. */
  async page(): Promise<string> {
    const own = (await this.#registry.getMetricsAsJSON()).filter(({ name }) => name.startsWith('portolan_'));
    const all = own.sort((a, b) => (a.name < b.name ? -1 : 1));
    const rows = all.map(({ name, type, help }) => `| \`${name}\` | ${String(type)} | ${help} |`);
    return `# Metrics\n\nWhat \`GET /metrics\` answers an operator, made from the register of metrics (\`metrics.ts\`); beside these stand the figures of the process (\`process_…\`, \`nodejs_…\`: memory, lag of the event loop, handles).\n\n| name | kind | meaning |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  render(): Promise<string> {
    return this.#registry.metrics();
  }
}

/** The party whose certificate ends first, and so on: party and seconds. */
function nextEnds(gateway: Gateway): readonly (readonly [party: string, seconds: number])[] {
  const ends = new Map<string, number>();
  for (const { party, found } of endingIn(gateway, certificateDays)) {
    const until = Date.parse(found.args['until'] ?? '');
    if (!Number.isNaN(until)) ends.set(party, Math.min(ends.get(party) ?? Infinity, (until - gateway.now()) / 1_000));
  }
  return [...ends].sort(([, a], [, b]) => a - b).slice(0, mostLabels);
}
