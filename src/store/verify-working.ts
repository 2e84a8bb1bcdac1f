import type { EvidenceSource } from './evidence-source.ts';

/** What a record says, as far as the store's verifier reads it. */
export interface RecordText {
  readonly kind: string;
  readonly party?: string;
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

/** A mailbox hands out what a record says was sent to that party, and nothing else. */
export class MailboxCheck {
  readonly #unproved = new Map<string, { readonly owner: string; readonly part: string }>();

  expect(items: ReturnType<EvidenceSource['inbox']>): void {
    for (const { party, number, owner, stage } of items)
      this.#unproved.set(handed(party, owner, stage), { owner, part: `mailbox of ${party}, number ${number}` });
  }

  read({ kind, party, content }: RecordText): void {
    if (party !== undefined && content && (kind === 'sent' || kind === 'acknowledged')) this.#unproved.delete(handed(party, content.owner, content.stage));
  }

  finish(erasures: Erasures, broken: Broken): void {
    for (const { owner, part } of this.#unproved.values()) if (!erasures.isErased(owner)) broken(part, 'no record says that it was sent to that party');
  }
}

function handed(party: string, owner: string, stage: string): string {
  return `${party}\n${owner}/${stage}`;
}

/**
 * What is blank must have been erased by a record, which names it and how far the erasure went: the content of an owner,
 * or with `all` the records that were there before.
 */
export class Erasures {
  readonly #content = new Set<string>();
  readonly #all = new Map<string, number>(); // owner → the index of the record that says so
  readonly #blank: { readonly part: string; readonly owner: string; readonly idx: number | undefined }[] = [];

  read(idx: number, { kind, refs = [] }: RecordText): void {
    if (kind !== 'erased') return;
    for (const { kind: what, id } of refs) {
      if (what === 'content' || what === 'all') this.#content.add(id);
      if (what === 'all') this.#all.set(id, idx);
    }
  }

  /** `idx`: of a record; undefined for content. */
  blank(part: string, owner: string, idx?: number): void {
    this.#blank.push({ part, owner, idx });
  }

  isErased(owner: string): boolean {
    return this.#all.has(owner);
  }

  finish(erased: (part: string) => void, broken: Broken): void {
    for (const { part, owner, idx } of this.#blank) {
      if (idx === undefined ? this.#content.has(owner) : idx < (this.#all.get(owner) ?? 0)) erased(part);
      else broken(part, 'it is blank, and no record says that it was erased');
    }
  }
}
