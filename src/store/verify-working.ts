import type { EvidenceSource } from './evidence-source.ts';
import { parse } from './verify.ts';

/** What a record says, as far as the store's verifier reads it. */
export interface RecordText {
  readonly kind: string;
  readonly party?: string;
  readonly interchange?: string;
  readonly message?: string;
  readonly content?: { readonly commitment: string; readonly size: number; readonly media: string; readonly owner: string; readonly stage: string };
  readonly refs?: readonly { readonly kind: string; readonly id: string }[];
}

type Broken = (part: string, message: string) => void;

/** What stands beside the evidence and would act against it: a schema with a hand of its own, another key, content about to be swept. */
export function verifyBeside(source: EvidenceSource, broken: Broken): void {
  for (const { name, change } of source.schemaChanges()) broken(`the schema of the database, ${name}`, change);
  if (source.statedKey !== source.verifierKey) broken('the key of the log', 'keys/log.vkey and the database state different ones');
  for (const name of source.stagedAgain()) broken(`content ${name}`, 'it is marked as never used, and the next start would remove its bytes');
  for (const no of source.orphans()) broken(`piece of content number ${no}`, 'it belongs to no content');
  for (const party of source.inboxGaps()) broken(`mailbox of ${party}`, 'its numbers have a gap');
}

/**
 * The rows that decide what a party may see are not sealed, so a record must explain each: what is in its mailbox was
 * sent to it, what counts as its own was received from it, what counts as given to it was sent to it, and what waits to be delivered was made for it.
 */
export class ShownCheck {
  readonly #unproved = new Map<string, { readonly owner: string; readonly part: string; readonly message: string }>();

  expect(source: EvidenceSource, broken: Broken): void {
    for (const { party, number, owner, stage } of source.inbox())
      this.#unproved.set(proofs.item(party, owner, stage), {
        owner,
        part: `mailbox of ${party}, number ${number}`,
        message: 'no record says that it was sent to that party',
      });
    for (const { id, interchange, partner } of source.states()) {
      if (id.replace(/-\d+$/, '') !== interchange) broken(`state of ${id}`, 'it names another interchange');
      this.#unproved.set(proofs.sender(partner, interchange), {
        owner: interchange,
        part: `state of ${id}`,
        message: `no record says that it came from ${partner}`,
      });
    }
    for (const { message, agency } of source.given())
      this.#unproved.set(proofs.given(agency, message), {
        owner: message,
        part: `state of ${message}`,
        message: `no record says that it was sent to ${agency}`,
      });
    for (const { id, value } of source.jobs()) {
      const { party, content } = parse<{ party?: unknown; content?: { owner: string; stage: string } }>(value) ?? {};
      if (typeof party === 'string' && content)
        this.#unproved.set(proofs.due(party, content.owner, content.stage), {
          owner: content.owner,
          part: `job ${id}`,
          message: `no record says that ${content.owner}/${content.stage} was made for ${party}`,
        });
    }
  }

  read({ kind, party, interchange, message, content }: RecordText): void {
    if (party === undefined) return;
    if (content && (kind === 'sent' || kind === 'acknowledged' || kind === 'proposed')) this.#unproved.delete(proofs.item(party, content.owner, content.stage));
    if (content && madeFor.has(kind)) this.#unproved.delete(proofs.due(party, content.owner, content.stage));
    if (interchange !== undefined && (kind === 'received' || kind === 'quarantined' || kind === 'repaired'))
      this.#unproved.delete(proofs.sender(party, interchange));
    if (message !== undefined && kind === 'sent') this.#unproved.delete(proofs.given(party, message));
  }

  finish(erasures: Erasures, broken: Broken): void {
    for (const { owner, part, message } of this.#unproved.values()) if (!erasures.isErased(owner)) broken(part, message);
  }
}

const madeFor: ReadonlySet<string> = new Set(['translated', 'acknowledged', 'sent', 'released', 'repaired', 'amended', 'replayed']);

const proofs = {
  item: (party: string, owner: string, stage: string): string => `item\n${party}\n${owner}/${stage}`,
  sender: (party: string, interchange: string): string => `sender\n${party}\n${interchange}`,
  due: (party: string, owner: string, stage: string): string => `due\n${party}\n${owner}/${stage}`,
  given: (party: string, message: string): string => `given\n${party}\n${message}`,
};

/**
 * What is blank must have been erased by a record, which names it and how far the erasure went: the content of an owner,
 * or with `all` the records that were there before.
 */
export class Erasures {
  readonly #content = new Set<string>();
  readonly #all = new Map<string, number>(); // owner → the index of the record that says so
  readonly #blank: { readonly part: string; readonly owner: string; readonly idx: number | undefined; readonly stage: string | undefined }[] = [];

  read(idx: number, { kind, refs = [] }: RecordText): void {
    if (kind !== 'erased') return;
    for (const { kind: what, id } of refs) {
      if (what === 'content' || what === 'all') this.#content.add(id);
      if (what === 'all') this.#all.set(id, idx);
    }
  }

  /** `idx`: of a record; undefined for content, which has a stage. */
  blank(part: string, owner: string, idx?: number, stage?: string): void {
    this.#blank.push({ part, owner, idx, stage });
  }

  isErased(owner: string): boolean {
    return this.#all.has(owner);
  }

  finish(erased: (part: string) => void, broken: Broken): void {
    for (const { part, owner, idx, stage } of this.#blank) {
      if (idx === undefined ? this.#content.has(owner) || this.#content.has(`${owner}/${stage}`) : idx < (this.#all.get(owner) ?? 0)) erased(part);
      else broken(part, 'it is blank, and no record says that it was erased');
    }
  }
}
