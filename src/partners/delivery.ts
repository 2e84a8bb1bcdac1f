import { pauses, type Pauses } from '../store/queue.ts';
import type { Json } from '../store/store.ts';
import { readHours, type Hours, type HoursText } from './hours.ts';
import { durationMs } from './duration.ts';
import { readExpected, type ExpectedAnswer, type ExpectedAnswerText } from './expectations.ts';

/** A channel by its kind, with what it is told: `{ sftp: { … } }` in the configuration. */
export interface ChannelSettings {
  readonly kind: string;
  readonly settings: Json;
}

/** How what is for a party reaches it. */
export type Channel = 'mailbox' | ChannelSettings;

/** When a channel that fails is left alone. */
export interface CircuitTerms {
  readonly failures: number; // in a row, of the channel and not of what was sent
  readonly pause: number; // ms, doubling while its trials fail
  readonly longest: number; // ms
}

/** What was agreed about deliveries to a party, whatever the channel. */
export interface DeliveryTerms {
  readonly retry: Pauses & { readonly for: number }; // ms; after so long, counted while the party is open, a person must look
  readonly concurrency: number; // deliveries under way at a time
  readonly ordered: boolean; // one after the other, in the order in which they were made
  readonly confirmed: number; // ms within which a delivery that was taken is to be confirmed, where the channel has that
  readonly circuit: CircuitTerms;
  readonly hours?: Hours; // outside of them deliveries wait
  readonly expects?: readonly ExpectedAnswer[]; // what it owes to what it was given
}

const hour = 3_600_000;

export const defaultTerms: DeliveryTerms = {
  retry: { ...pauses, for: 48 * hour },
  concurrency: 2,
  ordered: false,
  confirmed: 24 * hour,
  circuit: { failures: 5, pause: 15_000, longest: 900_000 },
};

export type ChannelText = 'mailbox' | Readonly<Record<string, Json>>;

export interface DeliveryText {
  readonly retry?: { readonly first?: string; readonly longest?: string; readonly for?: string };
  readonly concurrency?: number;
  readonly ordered?: boolean;
  readonly confirmed?: string;
  readonly circuit?: { readonly failures?: number; readonly pause?: string; readonly longest?: string };
  readonly hours?: HoursText;
  readonly expects?: readonly ExpectedAnswerText[];
}

/** What files of partners and agencies say of both directions. */
export interface ChannelFields {
  readonly channel?: ChannelText;
  readonly arrivals?: readonly Readonly<Record<string, Json>>[];
  readonly delivery?: DeliveryText;
}

export interface Channels {
  readonly channel: Channel;
  readonly arrivals: readonly ChannelSettings[];
  readonly delivery: DeliveryTerms;
}

export const mailboxOnly: Channels = { channel: 'mailbox', arrivals: [], delivery: defaultTerms };

export const readChannels = ({ channel = 'mailbox', arrivals = [], delivery }: ChannelFields): Channels => ({
  channel: channel === 'mailbox' ? channel : settingsOf(channel),
  arrivals: arrivals.map(settingsOf),
  delivery: delivery ? termsOf(delivery) : defaultTerms,
});

function settingsOf(text: Readonly<Record<string, Json>>): ChannelSettings {
  const [[kind, settings]] = Object.entries(text) as [[string, Json]]; // the schema asks for one
  return { kind, settings };
}

function termsOf({ retry = {}, concurrency, ordered = false, confirmed, circuit = {}, hours, expects }: DeliveryText): DeliveryTerms {
  const ms = (text: string | undefined, otherwise: number): number => durationMs(text ?? '') ?? otherwise;
  const { first, longest, for: until } = defaultTerms.retry;
  const open = hours && readHours(hours);
  return {
    retry: { first: ms(retry.first, first), longest: ms(retry.longest, longest), for: ms(retry.for, until) },
    concurrency: ordered ? 1 : (concurrency ?? defaultTerms.concurrency),
    ordered,
    confirmed: ms(confirmed, defaultTerms.confirmed),
    circuit: {
      failures: circuit.failures ?? defaultTerms.circuit.failures,
      pause: ms(circuit.pause, defaultTerms.circuit.pause),
      longest: ms(circuit.longest, defaultTerms.circuit.longest),
    },
    ...(open ? { hours: open } : {}),
    ...(expects ? { expects: expects.map((each) => readExpected(each, open)) } : {}),
  };
}
