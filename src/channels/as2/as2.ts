import type { ChannelKind } from '../channel.ts';
import { addressOf, openIncoming } from './incoming.ts';
import { openOutgoing } from './outgoing.ts';
import { certificateFindings, type IncomingSettings, type OutgoingSettings } from './settings.ts';

/** AS2 (RFC 4130), both roles: messages signed, encrypted and compressed, with receipts. */
export const as2: ChannelKind<OutgoingSettings & IncomingSettings> = {
  kind: 'as2',
  outgoing: openOutgoing,
  incoming: openIncoming,
  addressOf,
  ending: (settings, party, { secret, now }, days) => certificateFindings(party, settings, secret, now(), days),
};
