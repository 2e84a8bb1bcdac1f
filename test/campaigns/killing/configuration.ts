import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { missing } from '../../channels/sftp/openssh.ts';
import { noDovecot } from '../../channels/mail/dovecot.ts';
import { root } from '../../root.ts';
import { adapter } from './adapter.ts';
import { alerts } from './alerts.ts';
import { as2 } from './as2.ts';
import { folder, sftp, sftpServer } from './files.ts';
import { http, mailbox, soap } from './http.ts';
import { mail } from './mail.ts';
import type { Party, World } from './world.ts';

/** Who stands at the other end of each channel, and why nobody can on this machine. */
export const channels: Readonly<Record<string, { readonly lacks?: string | false; readonly open: (world: World) => Party | Promise<Party> }>> = {
  http: { open: http },
  soap: { open: soap },
  mailbox: { open: mailbox },
  as2: { open: (world) => as2(world, 'as2') },
  'as2-later': { open: (world) => as2(world, 'as2-later') },
  folder: { open: folder },
  sftp: { lacks: missing('sshd', 'sftp-server', 'ssh-keygen'), open: sftp },
  'sftp-server': { lacks: missing('ssh-keygen'), open: sftpServer },
  mail: { lacks: noDovecot, open: mail },
  adapter: { open: adapter },
  alerts: { open: alerts },
};

/** Writes the sample's configuration with these parties; customs is posted to, port health has a mailbox. */
export function configure(world: World, parties: readonly Party[]): string {
  const config = join(world.folder, 'config');
  for (const name of ['agencies', 'routes', 'gateway.yaml']) cpSync(join(root, 'samples/gateway', name), join(config, name), { recursive: true });
  const change = (path: string, to: (text: string) => string): void => writeFileSync(join(config, path), to(readFileSync(join(config, path), 'utf8')));
  change('agencies/customs.yaml', (text) =>
    text.replace('channel: mailbox', `channel: { http: { url: ${world.ends}/customs } }\ndelivery: ${JSON.stringify(soon)}`),
  );
  const server = parties.map((party) => (party as { server?: object }).server).find((each) => each !== undefined);
  if (server) change('gateway.yaml', (text) => `${text}\nsftp: ${JSON.stringify(server)}\n`);
  const webhooks = parties.flatMap((party) => (party as { webhook?: object }).webhook ?? []);
  if (webhooks.length > 0) change('gateway.yaml', (text) => `${text}\nalerts: ${JSON.stringify(webhooks)}\n`);
  mkdirSync(join(config, 'partners'));
  for (const { id, channel, arrivals } of parties) {
    const partner = {
      partner: id,
      name: id,
      keys: [{ demo: `demo-of-${id}` }],
      identities: [{ id: id.toUpperCase() }],
      agreement: { contrl: 'always', duplicates: { window: '30d' } },
      channel,
      ...(arrivals && { arrivals }),
      delivery: soon,
    };
    writeFileSync(join(config, 'partners', `${id}.yaml`), JSON.stringify(partner));
  }
  return config;
}

/** Who has fallen has no pauses left of its former life; whose peer was cut off is soon tried again. */
const soon = { retry: { first: '1s', longest: '2s' }, circuit: { failures: 1000 }, confirmed: '20s' };
