import { scryptSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Incoming } from '../../../src/channels/channel.ts';
import type { SftpLogin } from '../../../src/channels/sftp/login.ts';
import type { Item, Mailbox } from '../../../src/channels/sftp/mailbox.ts';
import { SftpServer, type ServerLimits, type SftpServerOptions } from '../../../src/channels/sftp/server.ts';
import { book, surroundingsIn, temporaryFolder, type Book, type Told } from '../surroundings.ts';
import { keyPair, type KeyPair } from './openssh.ts';

export interface Receipted {
  readonly party: string;
  readonly number: number;
  readonly sha256: string | undefined;
}

export interface Served {
  readonly folder: string;
  readonly port: number;
  readonly hostKey: KeyPair;
  readonly server: SftpServer;
  readonly book: Book;
  readonly told: readonly Told[];
  readonly receipts: Receipted[];
  /** Puts something into a party's mailbox. */
  post(party: string, content: string | Buffer, media?: string): void;
  register(party: string, login: SftpLogin): Promise<Incoming>;
  /** Options of OpenSSH's programs for a login, up to the host. */
  as(user: string, key: KeyPair): string[];
}

export const hashOf = (password: string, salt = Buffer.from('0123456789abcdef')): string =>
  `scrypt:14:8:1:${salt.toString('base64')}:${scryptSync(password, salt, 32, { N: 2 ** 14, r: 8, p: 1 }).toString('base64')}`;

/** Our server, with mailboxes that are lists and a small intake behind it. */
export async function served(
  t: Parameters<typeof temporaryFolder>[0],
  limits: Partial<ServerLimits> = {},
  more: Partial<SftpServerOptions> = {},
): Promise<Served> {
  const folder = temporaryFolder(t);
  const hostKey = keyPair(folder, 'host');
  const surroundings = surroundingsIn(folder);
  const pages = book();
  const boxes = new Map<string, { readonly item: Item; readonly bytes: Buffer }[]>();
  const receipts: Receipted[] = [];
  const waiting = (party: string): { readonly item: Item; readonly bytes: Buffer }[] => (boxes.get(party) ?? []).filter(({ item }) => !receipts.some((each) => each.party === party && each.number === item.number)); // prettier-ignore
  const find = (party: string, number: number): { readonly item: Item; readonly bytes: Buffer } | undefined =>
    waiting(party).find(({ item }) => item.number === number);
  const mailbox: Mailbox = {
    list: (party, after, limit) => Promise.resolve(waiting(party).map(({ item }) => item).filter(({ number }) => number > after).slice(0, limit)), // prettier-ignore
    item: (party, number) => Promise.resolve(find(party, number)?.item),
    read: (party, number) => Promise.resolve(find(party, number)?.bytes),
    acknowledge: (party, number, sha256) => Promise.resolve(find(party, number) !== undefined && receipts.push({ party, number, sha256 }) > 0),
  };
  const server = new SftpServer({
    host: '127.0.0.1',
    port: 0,
    hostKeys: [readFileSync(hostKey.file)],
    mailbox,
    admit: () => Promise.resolve({ more: () => undefined, release: () => undefined }),
    report: surroundings.report,
    now: Date.now,
    largest: () => 10_000_000,
    limits: { pause: 20, ...limits },
    ...more,
  });
  const { port } = await server.listen();
  t.teardown(() => server.close());
  return {
    folder,
    port,
    hostKey,
    server,
    book: pages,
    told: surroundings.told,
    receipts,
    post(party, content, media = 'application/edifact') {
      const box = boxes.get(party) ?? [];
      boxes.set(party, box);
      const bytes = Buffer.from(content);
      box.push({
        bytes,
        item: { number: box.length + 1, kind: 'message', message: `01JM-${box.length + 1}`, media, size: bytes.length, at: Date.UTC(2026, 10, 21) },
      });
    },
    register: (party, login) => server.kind.incoming!(login, party, surroundings, pages.take),
    as: (user, key) => [
      ...[
        '-P',
        String(port),
        '-i',
        key.file,
        '-o',
        'IdentitiesOnly=yes',
        '-o',
        'StrictHostKeyChecking=no',
        '-o',
        'UserKnownHostsFile=/dev/null',
        '-o',
        'LogLevel=ERROR',
      ],
      `${user}@127.0.0.1`,
    ],
  };
}
