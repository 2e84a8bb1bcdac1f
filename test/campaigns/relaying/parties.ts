import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../root.ts';
import { makeCertificate, type Made } from '../../channels/as2/pki.ts';
import type { MailboxServer } from '../../channels/mail/dovecot.ts';
import type { OpenSshServer } from '../../channels/sftp/openssh.ts';

/** How a party sends, and how it is sent to. */
export type By = 'http' | 'soap' | 'as2' | 'folder' | 'sftp' | 'mailbox' | 'mail' | 'adapter';
/** What is wrong with a party: it takes long, nobody is there, it refuses, it is out of order, it ends the connection halfway, it never answers. */
export type Mood = 'well' | 'slow' | 'down' | 'rejecting' | 'failing' | 'resetting' | 'hanging';

export interface Party {
  readonly id: string;
  readonly sends: Exclude<By, 'soap' | 'mailbox'>;
  readonly gets: By;
  readonly mood: Mood;
  readonly duplicates: boolean; // it sends each fourth interchange twice
}

/** Twenty-two that are well, over all channels, and eight that are not. */
export function parties(allWell: boolean): Party[] {
  const gets: readonly By[] = ['http', 'soap', 'as2', 'folder', 'sftp', 'mailbox', 'mail', 'adapter'];
  const sends = ['http', 'as2', 'folder', 'sftp', 'http'] as const;
  const others: Readonly<Record<number, Party['sends']>> = { 5: 'mail', 15: 'adapter' };
  const ill: readonly Mood[] = ['slow', 'slow', 'down', 'down', 'rejecting', 'failing', 'resetting', 'resetting'];
  return Array.from({ length: 30 }, (_, i) => {
    const mood = i < 22 ? 'well' : ill[i - 22]!;
    return {
      id: `line${letters[i % 26]}${i < 26 ? '' : 'x'}`,
      sends: others[i] ?? sends[i % 5]!,
      gets: i < 22 ? gets[i % 8]! : 'http',
      mood: allWell ? 'well' : mood,
      duplicates: i % 3 === 0,
    };
  });
}

const letters = 'abcdefghijklmnopqrstuvwxyz';

export interface Places {
  readonly folder: string; // of the configuration, the folders and the keys
  readonly url: string; // of the parties' HTTP server
  readonly nobody: string; // where nothing listens
  readonly ssh: OpenSshServer;
  readonly smtp: number; // the port at which mail to parties is taken
  readonly imap: MailboxServer; // where mail of parties comes
}

/** The folders of a party: what it puts there for us, and what we put there for it. */
export const placeOf = ({ folder, ssh }: Places, { id }: Party, by: By, way: 'in' | 'out'): string => join(by === 'sftp' ? ssh.home : folder, `${id}-${way}`);

/** Where mail of a party comes from and goes to. */
export const addressOf = ({ id }: Party): string => `edi@${id}.example`;

const delivery = { retry: { first: '1s', longest: '5s' }, circuit: { failures: 5, pause: '1s', longest: '4s' } };
const adapterProgram = join(import.meta.dirname, 'adapter.js');

export interface Certificates {
  readonly gateway: Made;
  readonly party: Made; // of all parties
}

/** Writes a configuration with these parties, each over its channels, and the agencies of the sample; customs is sent to over HTTP. */
export async function configure(places: Places, all: readonly Party[]): Promise<{ readonly config: string; readonly certificates: Certificates }> {
  const { folder, url, nobody, ssh, imap } = places;
  const config = join(folder, 'config');
  const certificates = { gateway: await makeCertificate({ name: 'Gateway' }), party: await makeCertificate({ name: 'Party' }) };
  writeFileSync(join(folder, 'gateway.key'), certificates.gateway.key, { mode: 0o600 });
  writeFileSync(join(folder, 'imap'), imap.password, { mode: 0o600 });
  writeFileSync(join(folder, 'party.key'), certificates.party.key, { mode: 0o600 });
  for (const name of ['agencies', 'routes']) cpSync(join(root, 'samples/gateway', name), join(config, name), { recursive: true });
  cpSync(join(root, 'samples/gateway/gateway.yaml'), join(config, 'gateway.yaml'));
  const customs = join(config, 'agencies/customs.yaml');
  const channel = `channel: { http: { url: ${url}/http/customs } }\ndelivery: ${JSON.stringify(delivery)}`;
  writeFileSync(customs, readFileSync(customs, 'utf8').replace('channel: mailbox', channel));
  mkdirSync(join(config, 'partners'));
  for (const party of all) {
    for (const way of ['in', 'out'] as const) mkdirSync(placeOf(places, party, way === 'in' ? party.sends : party.gets, way), { recursive: true });
    writeFileSync(join(config, 'partners', `${party.id}.yaml`), JSON.stringify(partnerOf(party)));
  }
  return { config, certificates };

  function partnerOf(party: Party): object {
    const { id, sends, gets, mood } = party;
    const as2 = {
      us: { name: 'PORTOLAN', keys: [{ certificate: certificates.gateway.certificate, key: { file: join(folder, 'gateway.key') } }] },
      partner: { name: id.toUpperCase(), certificates: [{ certificate: certificates.party.certificate }] },
    };
    const http = { url: `${mood === 'down' ? nobody : url}/http/${id}`, timeouts: { whole: 20 } };
    const adapter = {
      adapter: { command: [process.execPath, adapterProgram], settings: { in: placeOf(places, party, 'adapter', 'in'), out: placeOf(places, party, 'adapter', 'out') } },
    }; // prettier-ignore
    const channels: Record<By, unknown> = {
      http: { http },
      soap: {
        soap: {
          url: `${url}/soap/${id}`,
          body: [{ element: 'Deliver', namespace: 'urn:example:relay', children: [{ element: 'Content', document: 'base64' }] }],
        },
      },
      as2: { as2: { ...as2, url: `${url}/as2/${id}` } },
      folder: { folder: { path: placeOf(places, party, 'folder', 'out') } },
      sftp: { sftp: { ...ssh.peer, folder: `${id}-out` } },
      mailbox: 'mailbox',
      mail: { mail: { smtp: { host: '127.0.0.1', port: places.smtp, tls: 'none' }, from: 'edi@portolan.example', to: [addressOf(party)] } },
      adapter,
    };
    const arrivals: Record<Party['sends'], object[]> = {
      http: [],
      as2: [{ as2 }],
      folder: [{ folder: { path: placeOf(places, party, 'folder', 'in'), every: 1, afterwards: 'delete' } }],
      sftp: [{ sftp: { ...ssh.peer, folder: `${id}-in`, every: 2 } }],
      mail: [{ mail: { imap: { host: '127.0.0.1', port: imap.port, tls: 'none', user: imap.user, password: { file: join(folder, 'imap') } }, from: [addressOf(party)], every: 1 } }],
      adapter: [adapter],
    }; // prettier-ignore
    return {
      partner: id,
      name: `Party ${id}`,
      keys: [{ demo: `demo-${id}` }],
      identities: [{ id: id.toUpperCase() }],
      agreement: { contrl: 'always', duplicates: { window: '30d' } },
      channel: channels[gets],
      ...(arrivals[sends].length > 0 ? { arrivals: arrivals[sends] } : {}),
      delivery,
    };
  }
}
