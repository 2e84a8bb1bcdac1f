import { createHash } from 'node:crypto';
import type { FetchMessageObject, ImapFlow } from 'imapflow';
import type { Code } from '../../diagnostics/codes.ts';
import type { Arrival, Handed, Incoming, Surroundings, Take, Taken } from '../channel.ts';
import { networkFault } from '../faults.ts';
import { largestFile } from '../folder/incoming.ts';
import { Poll } from '../folder/poll.ts';
import { comesAgain, takenOf } from '../folder/told.ts';
import { readLetter, type Letter, type Report } from './letter.ts';
import { connectionOf, type MailServer } from './server.ts';

export interface MailIncoming {
  readonly imap: MailServer;
  readonly folder?: string; // INBOX unless said
  readonly from: readonly string[]; // addresses, or @domains, of the party
  readonly every?: number; // seconds between two looks; what the server tells of new mail is looked at sooner
  readonly done?: string; // the folder for what was taken; `Taken` unless said
  readonly refused?: string; // for what was not; `Refused` unless said
  readonly largest?: number; // bytes of a mail
}

/**
 * Fetches the mails of a mailbox that is the party's alone. Each attachment is an arrival, or the text where nothing is attached. A mail
 * is moved only when all it carries was taken, so it is there or it is here; what its server says of mails of ours settles their deliveries.
 */
export function mailIncoming(settings: MailIncoming, party: string, surroundings: Surroundings, take: Take): Promise<Incoming> {
  const { host, user = '' } = settings.imap;
  const every = settings.every ?? 60;
  const box = new Mailbox(settings, party, surroundings, take);
  const poll = new Poll({
    lock: `mail ${party} ${user}@${host}/${settings.folder ?? 'INBOX'}`,
    every,
    round: (signal) => box.round(signal, () => poll.soon()),
    failed: (error, failures) => box.failed(error, failures, every),
  });
  return Promise.resolve({
    async close() {
      await poll.close();
      await box.close();
    },
  });
}

class Mailbox {
  readonly #settings: MailIncoming;
  readonly #party: string;
  readonly #surroundings: Surroundings;
  readonly #take: Take;
  #client: ImapFlow | undefined;
  #trouble: string | undefined;

  constructor(settings: MailIncoming, party: string, surroundings: Surroundings, take: Take) {
    this.#settings = settings;
    this.#party = party;
    this.#surroundings = surroundings;
    this.#take = take;
  }

  /** Works off what is there. Returns the seconds to wait where something has to come again. */
  async round(signal: AbortSignal, hint: () => void): Promise<number | undefined> {
    const client = await this.#connected(hint);
    const lock = await client.getMailboxLock(this.#settings.folder ?? 'INBOX');
    try {
      if (this.#trouble !== undefined) this.#surroundings.report({ event: 'mailbox is read again', party: this.#party, channel: 'mail' });
      this.#trouble = undefined;
      const found = await client.search({ deleted: false }, { uid: true });
      for (const uid of Array.isArray(found) ? found : []) {
        if (signal.aborted) return undefined;
        const wait = await this.#work(client, uid);
        if (wait !== undefined) return wait;
      }
      return undefined;
    } finally {
      lock.release();
    }
  }

  /** Told once, until it is another fault or none. */
  failed(error: unknown, failures: number, every: number): number {
    const isRefused = (error as { authenticationFailed?: boolean }).authenticationFailed === true;
    const { code, reason } = isRefused
      ? { code: 'SEND_AUTH', reason: 'user or password was not accepted' }
      : (networkFault(error) ?? { code: 'SEND_INTERRUPTED', reason: error instanceof Error ? error.message : String(error) });
    if (this.#trouble !== code) this.#report('mailbox cannot be read', 'FETCH_FOLDER', { reason: `${code}: ${reason}` });
    this.#trouble = code;
    return Math.min(every * 2 ** Math.min(failures - 1, 10), Math.max(every, isRefused ? 3_600 : 600)); // no account is to be locked by us
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    if (client?.usable) await client.logout().catch(() => undefined);
    client?.close();
  }

  async #connected(hint: () => void): Promise<ImapFlow> {
    if (this.#client?.usable) return this.#client;
    const { ImapFlow } = await import('imapflow'); // and not by a gateway that has no mailbox
    const client = new ImapFlow({
      ...connectionOf(this.#settings.imap, { tls: 993, plain: 143 }, this.#surroundings),
      doSTARTTLS: this.#settings.imap.tls === 'upgraded',
    });
    client.on('error', () => client.close()); // what it was is told by the call that it breaks
    client.on('exists', hint);
    try {
      await client.connect();
    } catch (error) {
      client.close();
      throw error;
    }
    return (this.#client = client);
  }

  async #work(client: ImapFlow, uid: number): Promise<number | undefined> {
    const { largest = largestFile } = this.#settings;
    const about = (await client.fetchOne(uid, { size: true, envelope: true }, { uid: true })) as FetchMessageObject | false;
    if (!about) return undefined; // somebody else took it away
    if ((about.size ?? 0) > largest) return this.#refuse(client, uid, 'FETCH_TOO_LARGE', `the mail has ${about.size} bytes`, about.envelope?.subject ?? '');
    const whole = (await client.fetchOne(uid, { source: true }, { uid: true })) as FetchMessageObject | false;
    if (!whole || whole.source === undefined) return undefined;
    const letter = await readLetter(whole.source);
    if (letter.report) return this.#settle(client, uid, letter, letter.report, whole.source);
    if (!isFrom(this.#settings.from, letter.from)) return this.#refuse(client, uid, 'FETCH_SENDER', letter.from, letter.subject);
    if (letter.payloads.length === 0) return this.#refuse(client, uid, 'FETCH_EMPTY', 'it has neither attachment nor text', letter.subject);
    const refused: string[] = [];
    let code: Code | undefined;
    for (const arrival of arrivalsOf(letter, this.#party, whole.source)) {
      const taken = await takenOf(this.#take, arrival);
      if (taken.taken) continue;
      if (comesAgain(taken.code)) return this.#later(taken); // what was taken of it is known again by its key
      code ??= taken.code;
      refused.push(`${arrival.name ?? ''}: ${taken.reason}`);
    }
    if (code !== undefined) return this.#refuse(client, uid, code, refused.join('; '), letter.subject);
    await this.#move(client, uid, this.#settings.done ?? 'Taken');
    return undefined;
  }

  async #settle(client: ImapFlow, uid: number, { subject }: Letter, { delivery, action, reason }: Report, source: Uint8Array): Promise<number | undefined> {
    if (action === 'delayed' || action === 'other') return this.#move(client, uid, this.#settings.done ?? 'Taken');
    const proof = { media: 'message/rfc822', bytes: source, grade: 'D' } as const;
    const handed: Handed =
      action === 'delivered' ? { state: 'delivered', proof, detail: { said: reason } } : { state: 'failed', code: 'SEND_REFUSED', reason, proof };
    const taken = await takenOf(this.#take, { channel: 'mail', party: this.#party, grade: 'D', bytes: source, about: { delivery, handed } });
    if (taken.taken) return this.#move(client, uid, this.#settings.done ?? 'Taken');
    return comesAgain(taken.code) ? this.#later(taken) : this.#refuse(client, uid, taken.code, taken.reason, subject);
  }

  async #refuse(client: ImapFlow, uid: number, code: Code, reason: string, subject: string): Promise<undefined> {
    this.#report('mail refused', code, { subject, reason });
    return this.#move(client, uid, this.#settings.refused ?? 'Refused');
  }

  #later({ code, reason, retryAfter = 5 }: Extract<Taken, { taken: false }>): number {
    this.#report('mail waits', code, { reason, retryAfter });
    return Math.min(Math.max(retryAfter, 1), 300);
  }

  async #move(client: ImapFlow, uid: number, folder: string): Promise<undefined> {
    const moved = await client.messageMove(uid, folder, { uid: true });
    if (moved) return;
    await client.mailboxCreate(folder);
    if (!(await client.messageMove(uid, folder, { uid: true }))) throw new Error(`the mail cannot be moved to ${folder}`);
  }

  #report(event: string, code: Code, more: { readonly [name: string]: string | number }): void {
    this.#surroundings.report({ event, code, party: this.#party, channel: 'mail', ...more });
  }
}

/** `a@b.example` alone, or everybody of `@b.example`. */
export const isFrom = (allowed: readonly string[], from: string): boolean =>
  allowed.some((each) => (each.startsWith('@') ? from.endsWith(each.toLowerCase()) : from === each.toLowerCase()));

/** One arrival for each payload; its key is that of the mail and its place in it, so that a mail that is read again is the same. */
const arrivalsOf = ({ id, payloads }: Letter, party: string, source: Uint8Array): Arrival[] => {
  const key = id || createHash('sha256').update(source).digest('hex');
  return payloads.map(({ name, media, bytes }, i) => ({ channel: 'mail', party, grade: 'D', bytes, media, name, key: `${key}#${i + 1}` }));
};
