import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Gateway } from '../gateway/gateway.ts';

/** What is counted, in Prometheus' form: the only door to its client. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests: Histogram<'method' | 'route' | 'status'>;
  readonly #received: Counter<'outcome'>;

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
      help: 'Interchanges that were sent here, by what was answered',
      labelNames: ['outcome'],
      registers,
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
      name: 'portolan_deviations',
      help: 'Messages in which a partner wrote otherwise than the standard says, since the start, by what was agreed',
      labelNames: ['partner', 'deviation', 'verdict'],
      registers,
      collect() {
        this.reset();
        for (const { partner, deviation, verdict, messages } of gateway.deviations) this.set({ partner, deviation, verdict }, messages);
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
    this.#requests.observe({ method, route, status: String(status) }, milliseconds / 1000);
  }

  received(outcome: 'accepted' | 'duplicate' | 'refused' | 'busy'): void {
    this.#received.inc({ outcome });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  render(): Promise<string> {
    return this.#registry.metrics();
  }
}
