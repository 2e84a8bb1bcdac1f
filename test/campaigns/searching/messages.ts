import { firstIdAt } from '../../../src/gateway/ids.ts';
import { searchForm } from '../../../src/gateway/outcome/business-keys.ts';
import type { StateChange } from '../../../src/store/state.ts';
import type { Batch, BusinessKey, NewContent, NewRecord } from '../../../src/store/store.ts';

/*
 * The messages among which one is looked for, each by its number: who sent it, what it is about, what became of it. They come as a
 * sender of manifests sends them, so many in an interchange, each about a bill with three containers.
 */
export const start = Date.UTC(2026, 0, 1);
export const perInterchange = 400;
export const partners = 2_000;
export const types = ['CUSCAR', 'IFTMIN', 'FWB', 'FHL', '309', 'DEC'];
export const agencies = ['customs', 'port-health', 'coast-guard'];
export const containersOf = 3;
const owners = 400;
const spacing = 2_000; // ms between messages

const pad = (n: number, size: number): string => String(n).padStart(size, '0');

/** When a message came. */
export const receivedAt = (n: number): number => start + (n - (n % perInterchange)) * spacing;
const interchangeOf = (n: number): string => `${firstIdAt(receivedAt(n))}${pad(Math.floor(n / perInterchange), 16)}`;
export const idOf = (n: number): string => `${interchangeOf(n)}-${(n % perInterchange) + 1}`;

/** The container at one of the three places of a message; each travels again after ten million others. */
export function containerOf(n: number, place: number): string {
  const c = n * containersOf + place;
  const owner = (c * 7919) % owners;
  const letter = (at: number): string => String.fromCharCode(65 + (Math.floor(at) % 26));
  return `${letter(owner)}${letter(owner / 26)}${letter(owner / 5)}U${pad((c * 104_729) % 10_000_000, 7)}`;
}

/** Few send much. */
export const partnerOf = (n: number): number => Math.floor(partners * (((Math.floor(n / perInterchange) * 48_271) % 2_147_483_647) / 2_147_483_647) ** 3);
const stateOf = (n: number): string => (n % 211 === 0 ? 'rejected' : n % 97 === 0 ? 'held' : 'translated');

/** The keys of a message as they are found in what it says. */
function keysOf(n: number, message: string): BusinessKey[] {
  const key = (kind: string, path: string, value: string, prefix = 0): BusinessKey => {
    const form = searchForm(value);
    return { message, kind, path, value, ...(form === value ? {} : { form }), ...(prefix === 0 ? {} : { prefix: form.slice(0, prefix) }) };
  };
  return [
    key('reference', '', `M${n}`),
    key('document', 'Declaration.ID', `CARGO-${n}`),
    key('bill', 'Declaration/Consignment/TransportContractDocument.ID', `${pad(n % 1_000, 3)}${pad(n, 8)}`, 3),
    ...Array.from({ length: containersOf }, (_, place) => key('container', 'Declaration/Consignment/TransportEquipment.ID', containerOf(n, place), 4)),
    key('ucr', 'Declaration/Consignment/UCR.TraderAssignedReferenceID', `UCR${n}`),
    key('document', 'Declaration/PreviousDocument.ID', `26NL${pad(n, 14)}`),
  ];
}

/** What a message says, in the sender's words and in those of the dictionary. */
function textsOf(n: number): { readonly original: string; readonly canonical: string } {
  const containers = Array.from({ length: containersOf }, (_, place) => containerOf(n, place));
  const original =
    `UNH+M${n}+CUSCAR:D:95B:UN'BGM+785+CARGO-${n}+9'GIS+23'CNI+1+${pad(n % 1_000, 3)}${pad(n, 8)}'RFF+ABT:26NL${pad(n, 14)}'` +
    `${containers.map((id) => `SGP+${id}+12'MEA+WT+G+KGM:${1_000 + (n % 20_000)}'`).join('')}UNT+12+M${n}'`;
  const TransportEquipment = containers.map((ID) => ({ ID, GrossMassMeasure: { value: String(1_000 + (n % 20_000)), unit: 'KGM' } }));
  const canonical = JSON.stringify({
    $dictionary: 'wco-dm@3',
    Declaration: {
      ID: `CARGO-${n}`,
      Consignment: [{ TransportContractDocument: { ID: pad(n, 11) }, TransportEquipment, UCR: [{ TraderAssignedReferenceID: `UCR${n}` }] }],
    },
  });
  return { original, canonical };
}

const account = { total: 31, bound: 24, selector: 3, fixed: 2, derived: 0, ignored: 2, lost: 0 };

/** An interchange with its messages as the gateway commits it: what came, what was made of it, who gets it, and how it is found. */
export function interchange(number: number): Batch {
  const first = number * perInterchange;
  const owner = interchangeOf(first);
  const partner = `partner-${partnerOf(first)}`;
  const type = types[number % types.length]!;
  const content = { owner, stage: 'original' };
  const of = { interchange: owner, partner, grade: 'B', received: receivedAt(first) } as const;
  const contents: NewContent[] = [];
  const records: NewRecord[] = [{ kind: 'received', interchange: owner, party: partner, grade: 'B', content, detail: { reference: `IC${number}` } }];
  const states: StateChange[] = [{ ...of, id: owner, state: 'processed', type: 'edifact', detail: { messages: perInterchange, findings: [] } }];
  const keys: BusinessKey[] = [];
  const originals: string[] = [];
  for (let n = first; n < first + perInterchange; n++) {
    const id = `${owner}-${n - first + 1}`;
    const { original, canonical } = textsOf(n);
    const canonicalContent = { owner: id, stage: 'canonical' };
    const recipients = agencies.slice(0, (n % 3) + 1);
    const outputs = recipients.map((agency) => ({ agency, map: 'wco/dec/3@1.0.0', media: 'application/xml', size: 4_000, findings: [], losses: [] }));
    originals.push(original);
    contents.push({ ...canonicalContent, media: 'application/json', bytes: Buffer.from(canonical) });
    records.push({ kind: 'translated', interchange: owner, message: id, party: recipients[0]!, content: canonicalContent, detail: { map: 'un/cuscar/d95b@1.0.0', account } }); // prettier-ignore
    const detail = { index: n - first + 1, reference: `M${n}`, map: 'un/cuscar/d95b@1.0.0', atoms: account, findings: [], losses: [], lossCount: 0, outputs };
    states.push({ ...of, id, state: stateOf(n), type, agencies: Object.fromEntries(recipients.map((agency) => [agency, n % 53 === 0 ? 'failed' : 'delivered'])), detail }); // prettier-ignore
    keys.push(...keysOf(n, id));
  }
  contents.push({ ...content, media: 'application/edifact', bytes: Buffer.from(`UNB+UNOC:3+${partner}+HUB+260101:0000+IC${number}'${originals.join('')}`) });
  return { duplicates: [{ key: `${partner}\0IC${number}`, content }], contents, records, states, keys };
}
