import type { EvidenceSource, StoredKey } from './evidence-source.ts';
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
  for (const { part, message } of source.stray()) broken(part, message);
  for (const key of source.usedKeys()) {
    const part = `duplicate key of content number ${key.content}`;
    if (key.sum !== null && key.sum !== sumOf(key)) broken(part, 'it was changed: the key, the content that used it, or until when');
    else if (key.isThere !== 1) broken(part, 'no content has that number: the number of the content that used the key was changed, or this one');
  }
  verifyKeys(source, broken);
}

/** What a row of a key says, in 32 bits: each word, and what was before, multiplied so that a bit of it reaches all that are above it. */
function sumOf({ hash, content, until }: StoredKey): number {
  const high = (value: number): number => Math.floor(value / 2 ** 32);
  const words = [0, 4, 8, 12].map((at) => hash.readInt32LE(at));
  let sum = 0;
  for (const word of [...words, content, high(content), until ?? -1, high(until ?? -1)]) {
    sum = Math.imul(sum ^ word, 0x9e3779b1);
    sum ^= sum >>> 15;
  }
  return sum;
}

/** Business keys are kept twice, by key and by message: where the two differ something of a message is not found by it. */
function verifyKeys(source: EvidenceSource, broken: Broken): void {
  let count = 0;
  for (const { message, hashes } of source.keyed()) {
    count += hashes.length / 16;
    for (let at = 0; at < hashes.length; at += 16)
      if (!source.hasKey(hashes.subarray(at, at + 16), message)) {
        broken(`business keys of ${message}`, 'it is not found by one of them');
        break;
      }
  }
  const found = source.keyCount();
  if (found !== count) broken('business keys', `there are ${found}, and messages have ${count}`);
}

/**
 * The rows that decide what a party may see are not sealed, so a record must explain each: what is in its mailbox was
 * sent to it, what counts as its own was received from it, what counts as given to it was sent to it, and what waits to be delivered was made for it. What was received has its state, and what an operator keeps its hold.
 */
export class ShownCheck {
  readonly #unproved = new Map<string, { readonly owner: string; readonly part: string; readonly message: string }>();

  #source: EvidenceSource | undefined;
  readonly #stateless = new Map<string, number>(); // who has no state → the index of a record about it
  readonly #held = new Map<string, number>(); // who is kept → the index of the record that says so

  expect(source: EvidenceSource, broken: Broken): void {
    this.#source = source;
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

  read(idx: number, { kind, party, interchange, message, content }: RecordText): void {
    const about = message ?? interchange;
    if (about !== undefined && stated.has(kind) && !this.#source?.hasState(about)) this.#stateless.set(about, idx);
    if (about !== undefined && kind === 'hold') this.#held.set(about, idx);
    if (about !== undefined && kind === 'hold-released') this.#held.delete(about);
    if (party === undefined) return;
    if (content && (kind === 'sent' || kind === 'acknowledged' || kind === 'proposed')) this.#unproved.delete(proofs.item(party, content.owner, content.stage));
    if (content && madeFor.has(kind)) this.#unproved.delete(proofs.due(party, content.owner, content.stage));
    if (interchange !== undefined && (kind === 'received' || kind === 'quarantined' || kind === 'repaired'))
      this.#unproved.delete(proofs.sender(party, interchange));
    if (message !== undefined && kind === 'sent') this.#unproved.delete(proofs.given(party, message));
  }

  finish(erasures: Erasures, broken: Broken): void {
    for (const { owner, part, message } of this.#unproved.values()) if (!erasures.isErased(owner)) broken(part, message);
    for (const [id, idx] of this.#stateless) broken(`state of ${id}`, `record ${idx} is about it, and it is missing`);
    const held = new Set(this.#source?.held());
    for (const [id, idx] of this.#held) if (!held.has(id)) broken(`hold of ${id}`, `record ${idx} says that it is kept, and its row is missing`);
    for (const id of held) if (!this.#held.has(id) && !erasures.isErased(id)) broken(`hold of ${id}`, 'no record says that it is kept');
  }
}

/** Kinds of record that are written with the state of what they are about. */
const stated: ReadonlySet<string> = new Set(['received', 'quarantined', 'translated']);

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
