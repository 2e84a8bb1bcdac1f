import { http } from '../../channels/push/push.ts';
import type { HttpSettings } from '../../channels/push/exchange.ts';
import type { Handed, Outgoing, Parcel } from '../../channels/channel.ts';
import type { Webhook } from '../../partners/webhooks.ts';
import type { Json, Store } from '../../store/store.ts';
import { secretOf } from '../delivery/channels.ts';
import type { Report } from '../delivery/dispatch.ts';
import type { Concern, Deaf } from '../views/concerns.ts';
import { due, isOver, noticed, noticeOf, type Alert, type Event } from './alert.ts';

/** What alerts are made of: all as it is in force when it is looked at. */
export interface AlertsOf {
  readonly store: Pick<Store, 'alerts' | 'commit'>;
  readonly configuration: { readonly gateway: { readonly name: string; readonly alerts: readonly Webhook[] } };
  readonly now: () => number;
  readonly report: Report;
  newId(): string;
}

const pace = { first: 1_000, next: 10_000 }; // ms from the start to the first look, and from one look to the next
const most = 30_000; // ms that one notice may take
const backoff = { first: 5_000, longest: 600_000 }; // ms

/** How a webhook is reached; what failed is tried again later, and meanwhile nothing else is sent there. */
interface Line {
  readonly settings: string;
  readonly outgoing: Outgoing;
  failures: number;
  failing?: Pick<Deaf, 'code' | 'since'> | undefined;
  not: number; // before, ms since 1970
}

/**
 * Tells webhooks what needs a person: when it begins, while it lasts, when it is over. What they were told is kept in the store; while nothing
 * can be written there, which is among what they are told, this process alone remembers it.
 */
export class Alerts {
  readonly #of: AlertsOf;
  readonly #concerns: () => Promise<readonly Concern[]>;
  #alerts: Alert[] | undefined;
  readonly #unkept = new Map<string, Alert | null>(); // changed, and not in the store yet
  readonly #lines = new Map<string, Line>();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  readonly #end = new AbortController();

  constructor(of: AlertsOf, concerns: () => Promise<readonly Concern[]>) {
    this.#of = of;
    this.#concerns = concerns;
  }

  start(wait = pace.first): void {
    this.#timer = setTimeout(() => {
      void this.look().finally(() => this.#end.signal.aborted || this.start(pace.next));
    }, wait);
    this.#timer.unref();
  }

  /** Who could not be told anything lately. */
  get deaf(): readonly Deaf[] {
    return [...this.#lines].flatMap(([webhook, { failing }]) => (failing ? [{ webhook, ...failing }] : []));
  }

  /** Tells what is due. Looks follow each other. */
  look(): Promise<void> {
    return (this.#running = this.#running
      .then(() => this.#look())
      .catch((error: unknown) => this.#of.report({ event: 'alerts not looked at', err: String(error) })));
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#end.abort();
    await this.#running;
    await Promise.all([...this.#lines.values()].map(({ outgoing }) => outgoing.close()));
  }

  async #look(): Promise<void> {
    const { store, now, configuration } = this.#of;
    const webhooks = configuration.gateway.alerts;
    this.#alerts ??= (await store.alerts()) as unknown as Alert[];
    if (webhooks.length === 0 && this.#alerts.length === 0) return;
    const known = new Set(this.#alerts);
    this.#alerts = noticed(this.#alerts, await this.#concerns(), now(), () => this.#of.newId());
    for (const alert of this.#alerts) if (!known.has(alert)) this.#unkept.set(alert.id, alert);
    await this.#keep(); // before anybody is told: what ends while this process is gone is told by the next
    await Promise.all(webhooks.map((webhook) => this.#tell(webhook)));
    for (const { id } of this.#alerts.filter((alert) => isOver(alert, webhooks, now()))) this.#set(id, null);
    await this.#keep();
  }

  async #tell(webhook: Webhook): Promise<void> {
    const { now, report } = this.#of;
    const line = this.#line(webhook);
    for (const { id } of [...this.#alerts!]) {
      const alert = this.#alerts!.find((each) => each.id === id)!;
      const event = due(alert, webhook, now());
      if (event === undefined) continue;
      if (now() < line.not || this.#end.signal.aborted) return;
      const number = (alert.told[webhook.id]?.number ?? 0) + 1;
      const handed = await this.#send(line, webhook, alert, event, number);
      if (handed.state === 'failed') {
        const wait = Math.min(backoff.longest, backoff.first * 2 ** line.failures++) * (0.75 + Math.random() / 2);
        line.failing = { code: handed.code, since: line.failing?.since ?? now() };
        line.not = now() + Math.max(wait, (handed.retryAfter ?? 0) * 1_000);
        report({ event: 'alert not told', webhook: webhook.id, alert: id, code: handed.code, reason: handed.reason, next: new Date(line.not).toISOString() });
        return;
      }
      line.failures = 0;
      line.failing = undefined;
      const last = this.#alerts!.find((each) => each.id === id)!; // another webhook may have been told meanwhile
      this.#set(id, { ...last, told: { ...last.told, [webhook.id]: { event, at: now(), count: alert.concern.count, number } } });
      await this.#keep();
    }
  }

  #send({ outgoing, failures }: Line, { id: party }: Webhook, alert: Alert, event: Event, number: number): Promise<Handed> {
    const bytes = Buffer.from(JSON.stringify(noticeOf(alert, event, this.#of.configuration.gateway.name, this.#of.now())));
    const delivery = `${alert.id}-${number}`;
    const parcel: Parcel = {
      delivery,
      attempt: failures + 1,
      party,
      interchange: '',
      kind: 'alert',
      media: 'application/json',
      size: bytes.length,
      filename: `${delivery}.json`,
      bytes: () => Promise.resolve(bytes),
      async *chunks() {
        yield await Promise.resolve(bytes);
      },
    };
    return outgoing.send(parcel, AbortSignal.any([this.#end.signal, AbortSignal.timeout(most)]));
  }

  /** As the configuration says now; with other settings it is tried at once. */
  #line({ id, http: settings }: Webhook): Line {
    const text = JSON.stringify(settings);
    const open = this.#lines.get(id);
    if (open?.settings === text) return open;
    void open?.outgoing.close();
    const { now, report } = this.#of;
    const outgoing = http.outgoing!(settings as HttpSettings, id, { now, secret: secretOf, report, data: '' });
    const line: Line = { settings: text, outgoing, failures: 0, not: 0 };
    this.#lines.set(id, line);
    return line;
  }

  #set(id: string, alert: Alert | null): void {
    this.#alerts = this.#alerts!.flatMap((each) => (each.id === id ? (alert ?? []) : each));
    this.#unkept.set(id, alert);
  }

  async #keep(): Promise<void> {
    const changed = [...this.#unkept];
    if (changed.length === 0) return;
    this.#unkept.clear();
    try {
      await this.#of.store.commit({ alerts: changed.map(([id, alert]) => ({ id, detail: alert as unknown as Json })) });
    } catch {
      for (const [id, alert] of changed) if (!this.#unkept.has(id)) this.#unkept.set(id, alert); // with the next; that nothing can be written is told elsewhere
    }
  }
}
