import type { ChannelKind } from '../channel.ts';
import { sftpIncoming, type SftpIncoming } from './incoming.ts';
import { sftpOutgoing, type SftpOutgoing } from './outgoing.ts';

/** A folder on a server of the partner's. For our own server see `server.ts`. */
export const sftp: ChannelKind<SftpOutgoing & SftpIncoming> = {
  kind: 'sftp',
  outgoing: (settings, _, surroundings) => sftpOutgoing(settings, surroundings),
  incoming: (settings, party, surroundings, take) => sftpIncoming(settings, party, surroundings, take),
};
