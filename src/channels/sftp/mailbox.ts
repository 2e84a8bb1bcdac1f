/** The mailbox of a party, as the gateway hands it to the server of files: what waits, and what becomes of it. */
export interface Mailbox {
  /** What is not acknowledged, from after a number on, in order, at most so many. */
  list(party: string, after: number, limit: number): Promise<readonly Item[]>;
  /** Undefined where there is none, or it is acknowledged. */
  item(party: string, number: number): Promise<Item | undefined>;
  /** Its bytes; that they were read is recorded. */
  read(party: string, number: number): Promise<Uint8Array | undefined>;
  /** The receipt of the party; with the hash of what it fetched, evidence of that. False where there is no such item. */
  acknowledge(party: string, number: number, sha256?: string): Promise<boolean>;
}

export interface Item {
  readonly number: number; // from 1, without gaps
  readonly kind: string;
  readonly message?: string;
  readonly media: string;
  readonly size: number; // bytes
  readonly at: number; // ms since 1970
}

const endings: readonly (readonly [media: RegExp, ending: string])[] = [
  [/edifact/i, '.edi'],
  [/x12/i, '.x12'],
  [/xml/i, '.xml'],
  [/json/i, '.json'],
  [/^text\//i, '.txt'],
];

/** The name of an item as a file: its number first, so that names sort as they came and a gap shows. */
export function nameOf({ number, kind, message, media }: Item): string {
  const ending = endings.find(([pattern]) => pattern.test(media))?.[1] ?? '.dat';
  return `${String(number).padStart(10, '0')}-${message ?? kind}${ending}`;
}

/** The number in a name; the name must then be that of the item. */
export const numberIn = (name: string): number | undefined => {
  const [, digits] = /^(\d{10,15})-/.exec(name) ?? [];
  return digits === undefined ? undefined : Number(digits);
};
