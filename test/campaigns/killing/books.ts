import { readStore } from '../../../src/store/open.ts';
import type { EvidenceRecord } from '../../../src/store/store.ts';

/** What the log of a gateway says, read from outside while it is down: only what was added since it was read before. */
export class Books {
  readonly #data: string;
  #read = 0;
  /** The interchanges that were received, by their references. */
  readonly received = new Map<string, { readonly id: string; readonly party: string }[]>();
  readonly proofs = new Set<string>(); // the interchanges of which the sender's signature is kept
  /** How often each delivery is said to have reached its recipient, by its id. */
  readonly delivered = new Map<string, number>();
  readonly failed = new Map<string, number>(); // attempts, by code

  constructor(data: string) {
    this.#data = data;
  }

  /** Returns the references that were received since. */
  async read(): Promise<readonly string[]> {
    const store = readStore(this.#data);
    const since: string[] = [];
    try {
      for (;;) {
        const steps = await store.counting.steps(this.#read, 512);
        for (const { record } of steps) if (record) this.#take(record, since);
        this.#read += steps.length;
        if (steps.length === 0) return since;
      }
    } finally {
      await store.close();
    }
  }

  #take({ kind, interchange: id = '', party = '', content, refs = [], detail }: EvidenceRecord, since: string[]): void {
    const { reference, delivery, code } = (detail ?? {}) as Readonly<Record<string, string>>;
    if (kind === 'received' && content?.stage === 'proof') this.proofs.add(id);
    else if (kind === 'received' && !refs.some((each) => each.kind === 'duplicate-of') && reference !== undefined) {
      this.received.set(reference, [...(this.received.get(reference) ?? []), { id, party }]);
      since.push(reference);
    }
    if (kind === 'delivered' && delivery !== undefined) this.delivered.set(delivery, (this.delivered.get(delivery) ?? 0) + 1);
    if (kind === 'failed' && code !== undefined) this.failed.set(code, (this.failed.get(code) ?? 0) + 1);
  }
}
