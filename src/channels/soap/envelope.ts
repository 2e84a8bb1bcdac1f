import type { OutAtoms } from '../../syntax/unit.ts';
import { xmlWriter } from '../../syntax/xml/writer.ts';
import type { Parcel, SecretReference } from '../channel.ts';

/** An element of the envelope as the settings draw it: with a text, with children, or as the place of the document. */
export interface Element {
  readonly element: string;
  readonly namespace?: string; // that of the element around it unless said
  readonly attributes?: Readonly<Record<string, string>>;
  readonly value?: string; // `{delivery}` and the like are filled in
  readonly secret?: SecretReference;
  readonly children?: readonly Element[];
  readonly document?: Placing;
}

/** How the document stands in its element: as XML, as Base64, or beside the envelope (XOP 1.0; SOAP with Attachments, `cid:` as text). */
export type Placing = 'inline' | 'base64' | 'mtom' | 'swa';

export interface Template {
  readonly version: '1.1' | '1.2';
  readonly header?: readonly Element[];
  readonly body: readonly Element[] | 'document'; // `document`: it alone, inline
}

export const namespaces = { '1.1': 'http://schemas.xmlsoap.org/soap/envelope/', '1.2': 'http://www.w3.org/2003/05/soap-envelope' } as const;
const include = '{http://www.w3.org/2004/08/xop/include}Include';

/** What stands before and after the document, and how it is placed. */
export interface Envelope {
  readonly before: Buffer;
  readonly after: Buffer; // empty where the document stands beside the envelope
  readonly placing: Placing;
}

/** Writes the envelope for one parcel. `contentId` names what stands beside it. */
export function writeEnvelope(template: Template, parcel: Parcel, contentId: string, now: number, secret: (reference: SecretReference) => Buffer): Envelope {
  const chunks: Uint8Array[] = [];
  const writer = xmlWriter((bytes) => chunks.push(bytes));
  const namespace = namespaces[template.version];
  const marker = `\uE000${parcel.delivery}\uE000`; // where the document comes in; what is written before and after knows nothing of it
  const places: Placing[] = [];

  const write = ({ element, attributes, children, document, ...of }: Element, around: string): void => {
    const own = of.namespace ?? around;
    const tag = `{${own}}${element}`;
    if (document !== undefined) places.push(document);
    const inside = (children?.length ?? 0) > 0 || document === 'mtom';
    const text = document === 'swa' ? `cid:${contentId}` : document === undefined ? textOf(of, parcel, now, secret) : marker;
    if (!inside) return writer.unit(tag, atoms(text, attributes));
    writer.open(tag, atoms(undefined, attributes));
    for (const child of children ?? []) write(child, own);
    if (document === 'mtom') writer.unit(include, atoms(undefined, { href: `cid:${contentId}` }));
    writer.close(tag);
  };

  writer.beginMessage({ type: 'Envelope', namespace, prefix: 'soap' });
  writer.open('Envelope', atoms());
  for (const [name, elements] of [
    ['Header', template.header ?? []],
    ['Body', template.body],
  ] as const) {
    // prettier-ignore
    if (elements === 'document') {
      places.push('inline');
      writer.unit(`{${namespace}}${name}`, atoms(marker));
    } else if (elements.length > 0) {
      writer.open(`{${namespace}}${name}`, atoms());
      for (const element of elements) write(element, '');
      writer.close(`{${namespace}}${name}`);
    }
  }
  writer.close('Envelope');
  writer.endMessage();

  const [placing] = places;
  if (placing === undefined || places.length > 1) throw new Error(`the envelope has ${places.length} places for the document, and needs one`);
  const whole = Buffer.concat(chunks);
  const at = whole.indexOf(marker);
  if (at < 0) return { before: whole, after: Buffer.alloc(0), placing };
  return { before: whole.subarray(0, at), after: whole.subarray(at + Buffer.byteLength(marker)), placing };
}

function textOf(
  { value, secret: of }: Pick<Element, 'value' | 'secret'>,
  parcel: Parcel,
  now: number,
  secret: (reference: SecretReference) => Buffer,
): string | undefined {
  if (of) return secret(of).toString('utf8').trim();
  return value?.replace(/\{(\w+)\}/g, (_, name: string) => fillings[name]!(parcel, now));
}

/** What may be filled in; the schema of the settings names the same. */
const fillings: Readonly<Record<string, (parcel: Parcel, now: number) => string>> = {
  delivery: ({ delivery }) => delivery,
  attempt: ({ attempt }) => String(attempt),
  party: ({ party }) => party,
  interchange: ({ interchange }) => interchange,
  message: ({ message }) => message ?? '',
  kind: ({ kind }) => kind,
  media: ({ media }) => media,
  filename: ({ filename }) => filename,
  size: ({ size }) => String(size),
  time: (_, now) => new Date(now).toISOString(),
};

function atoms(text?: string, attributes: Readonly<Record<string, string>> = {}): OutAtoms {
  const names = [...Object.keys(attributes), ...(text === undefined ? [] : [undefined])];
  const none = names.map(() => 0);
  return {
    size: names.length,
    names,
    texts: [...Object.values(attributes), ...(text === undefined ? [] : [text])],
    keys: none,
    repetitions: none,
    facts: none,
  };
}
