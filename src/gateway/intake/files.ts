import { buffer } from 'node:stream/consumers';
import type { ChannelKind, Surroundings } from '../../channels/channel.ts';
import type { Item, Mailbox } from '../../channels/sftp/mailbox.ts';
import type { SftpLogin } from '../../channels/sftp/login.ts';
import { SftpServer } from '../../channels/sftp/server.ts';
import type { Admission as FileAdmission, Pressure as FilePressure } from '../../channels/sftp/upload.ts';
import { sentence } from '../../diagnostics/diagnostic.ts';
import { senderOf } from '../../partners/config.ts';
import type { InboxItem } from '../../store/store.ts';
import { secretOf } from '../delivery/channels.ts';
import type { Gateway } from '../gateway.ts';
import { acknowledgeItem } from '../views/mailbox-view.ts';
import { itemFor, type Viewer } from '../views/view.ts';

/** The server of files of this gateway, where its configuration has one: what partners put goes the way of every channel, what they fetch is their mailbox. */
export class FileServer {
  /** The logins of parties are a channel like any other. */
  readonly kind: ChannelKind<SftpLogin> = {
    kind: 'sftpServer',
    incoming: (settings, party, surroundings, take) => {
      const incoming = this.#server?.kind.incoming;
      if (!incoming) throw new Error('gateway.yaml has no `sftp`: the gateway serves no files');
      return incoming(settings, party, surroundings, take);
    },
  };
  readonly #gateway: Gateway;
  #server: SftpServer | undefined;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  /** From now on logins are known. Throws where a host key cannot be read. */
  open(): void {
    const { configuration, report, now } = this.#gateway;
    const { sftp } = configuration.gateway;
    if (!sftp) return;
    this.#server = new SftpServer({
      host: sftp.host,
      port: sftp.port,
      hostKeys: sftp.hostKeys.map(secretOf),
      mailbox: mailboxOf(this.#gateway),
      admit: (bytes) => admit(this.#gateway, bytes),
      largest: () => this.#gateway.configuration.gateway.limits.body,
      report: report as Surroundings['report'],
      now,
    });
  }

  /** Once all who may log in are known: who comes before would be told that he may not. Rejects as `listen` of Node does. */
  async listen(): Promise<void> {
    if (this.#server) this.#gateway.report({ event: 'sftp listens', ...(await this.#server.listen()) });
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }
}

async function admit(gateway: Gateway, bytes: number): Promise<FileAdmission | FilePressure> {
  const told = ({ finding, retryAfter }: { readonly finding: Parameters<typeof sentence>[0]; readonly retryAfter: number }): FilePressure => ({
    code: finding.code,
    reason: sentence(finding),
    retryAfter,
  });
  const admission = await gateway.admit(bytes);
  if ('finding' in admission) return told(admission);
  return {
    more: (size) => {
      const pressure = admission.more(size);
      return pressure && told(pressure);
    },
    release: () => admission.release(),
  };
}

const page = 100;

/** The mailbox of a party without what it has acknowledged. */
export function mailboxOf(gateway: Gateway): Mailbox {
  const { store } = gateway;
  const floors = new Map<string, number>(); // party → all up to this number are acknowledged, and stay so
  const viewer = (party: string): Viewer => {
    const isPartner = senderOf(gateway.configuration, party) !== undefined && !gateway.configuration.agencies.some(({ id }) => id === party);
    return { role: isPartner ? 'partner' : 'agency', id: party };
  };
  const shown = async ({ number, kind, message, content, at }: InboxItem): Promise<Item> => {
    const info = await store.contentInfo(content);
    return { number, kind, ...(message !== undefined && { message }), media: info?.media ?? 'application/octet-stream', size: info?.size ?? 0, at };
  };
  return {
    async list(party, after, limit) {
      const waiting: InboxItem[] = [];
      let from = Math.max(after, floors.get(party) ?? 0);
      while (waiting.length < limit) {
        const items = await store.inbox(party, from, page);
        for (const item of items) {
          if (item.receipted === undefined) waiting.push(item);
          else if (item.number === (floors.get(party) ?? 0) + 1) floors.set(party, item.number);
        }
        if (items.length < page) break;
        from = items.at(-1)!.number;
      }
      return Promise.all(waiting.slice(0, limit).map(shown));
    },
    async item(party, number) {
      const item = await store.inboxItem(party, number);
      return item && item.receipted === undefined ? shown(item) : undefined;
    },
    async read(party, number) {
      const item = await itemFor(gateway, number, viewer(party));
      const bytes = item && (await buffer(item.chunks()));
      return bytes?.length === item?.size ? bytes : undefined; // erased meanwhile
    },
    async acknowledge(party, number, sha256) {
      const acknowledged = await acknowledgeItem(gateway, viewer(party), number, sha256);
      return acknowledged !== 'absent' && acknowledged !== 'differs';
    },
  };
}
