import type { ChannelKind } from '../channel.ts';
import { folderIncoming, type FolderIncoming } from './incoming.ts';
import { folderOutgoing, type FolderOutgoing } from './outgoing.ts';

/** A folder of this machine, or one that is mounted here. */
export const folder: ChannelKind<FolderOutgoing & FolderIncoming> = {
  kind: 'folder',
  outgoing: (settings) => folderOutgoing(settings),
  incoming: (settings, party, surroundings, take) => folderIncoming(settings, party, surroundings, take),
};
