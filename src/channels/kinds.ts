import type { ChannelKind } from './channel.ts';
import { folder } from './folder/folder.ts';

/** The channels there are, beside the mailbox, which is our own store: a line each. What each is told stands in `schemas/config/channel.schema.json`. */
export const kinds: readonly ChannelKind<never>[] = [folder];
