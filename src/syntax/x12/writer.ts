import type { Code } from '../../diagnostics/codes.ts';
import { finding, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import { encode, type Encoding } from '../charset.ts';
import { holdsSeparator, separators } from './directory.ts';
import { keyComponent, keyElement, type InterchangeWriter, type OutAtoms, type OutHeader, type OutInterchange } from '../unit.ts';

export interface X12WriterOptions {
  readonly interchange: OutInterchange;
  readonly version: string; // GS08: '004010'; by it ISA is written
  /** The functional identifier code (GS01) of a transaction set. Each change of it begins a group; '' where a segment stands alone, in none: TA1. */
  groupOf(set: string): string | undefined;
  readonly charset?: Encoding | undefined; // UTF-8 unless said
  readonly lineBreaks?: boolean; // LF after each segment
  readonly around?: (() => X12Group) | undefined; // the next set; a change of it begins a group, too. As the interchange where it is absent
}

/** What GS says beside the kind of its sets. */
export interface X12Group {
  readonly sender: string;
  readonly recipient: string;
  readonly version: string;
}

export interface X12Sink {
  bytes(chunk: Uint8Array): void;
  finding(diagnostic: Diagnostic): void;
}

const CHUNK = 65_536;
const [ELEMENT, REPETITION, COMPONENT, TERMINATOR] = [...separators] as [string, string, string, string];
const beyondAscii = /[^\0-\x7f]/gu;
const shown = (character: string): string =>
  character > ' ' && character !== '\x7f' ? character : `U+${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
const pad = (text: string, width: number): string => text.slice(0, width).padEnd(width, ' ');

/** I05 of a name; `ZZ`, as agreed by the two, where it has none, or what stands there is none. */
const qualifierOf = (text = ''): string => (text === '' || /[^A-Za-z0-9 ]/.test(text) ? 'ZZ' : pad(text, 2));

/**
 * Writes X12: ISA … IEA with its fixed widths, a group for each run of transaction sets of one kind, counts and control numbers. In UTF-8
 * bytes of 0x80 and above never look like separators. X12 cannot release a separator: one that stands in a text is a finding, as is a letter that
 * the charset has not, and a blank is written in its place.
 */
export function x12Writer(
  sink: X12Sink,
  { interchange, version, groupOf, charset = 'utf-8', lineBreaks = false, around = () => ({ ...interchange, version }) }: X12WriterOptions,
): InterchangeWriter {
  const late = version >= '004020';
  const special = late ? /[*^>~]/g : /[*>~]/g;
  const control = /[\0-\x1f\x7f]/g;
  let out = '';
  let open = false;
  let groups = 0;
  let group: { readonly code: string; readonly around: string; readonly number: string; sets: number } | undefined;
  let set: { readonly number: string; segments: number } | undefined;
  let header: OutHeader | undefined;
  let total = 0;

  const flush = (least: number): void => {
    if (out.length <= least) return;
    const encoded = encode(charset, out);
    if (!encoded.ok) throw new Error(`\`${encoded.character}\` cannot be written`); // `clean` left nothing of that kind
    sink.bytes(encoded.bytes);
    out = '';
  };
  const line = (tag: string, ...elements: readonly string[]): void => {
    let last = elements.length;
    while (last > 0 && elements[last - 1] === '') last--;
    out += `${[tag, ...elements.slice(0, last)].join(ELEMENT)}${TERMINATOR}${lineBreaks ? '\n' : ''}`;
    flush(CHUNK);
  };
  const report = (code: Code, args: Record<string, string>, actual?: string): void => sink.finding(finding(code, args, { actual }));
  const clean = (tag: string, text: string): string =>
    text
      .replace(special, (character) => {
        report('X12_UNENCODABLE', { tag, character }, text);
        return ' ';
      })
      .replace(control, (character) => {
        report('X12_UNENCODABLE', { tag, character: shown(character) }, text);
        return ' ';
      })
      .replace(beyondAscii, (character) => {
        const fault = letterFault(character, tag);
        if (fault) sink.finding({ ...fault, actual: text });
        return fault ? ' ' : character;
      });
  const letterFault = (character: string, tag: string): Diagnostic | undefined =>
    encode(charset, character).ok ? undefined : finding('X12_NO_LETTER', { tag, character, encoding: charset });

  const begin = (): void => {
    if (open) return;
    open = true;
    const { date, time } = moment(interchange.preparedAt);
    const { sender, senderQualifier, recipient, recipientQualifier, reference } = interchange;
    const ends = [qualifierOf(senderQualifier), pad(clean('ISA', sender), 15), qualifierOf(recipientQualifier), pad(clean('ISA', recipient), 15)];
    const ask = interchange.acknowledgementRequest === '1' ? '1' : '0';
    const test =
      interchange.testIndicator === undefined || interchange.testIndicator === '' ? 'P' : interchange.testIndicator === '1' ? 'T' : interchange.testIndicator;
    const standard = late ? REPETITION : 'U';
    line('ISA', '00', pad('', 10), '00', pad('', 10), ...ends, date.slice(2), time, standard, `${version.slice(0, 5)}`, controlNumber(reference), ask, test.slice(0, 1), COMPONENT); // prettier-ignore
  };
  const endGroup = (): void => {
    if (group) line('GE', String(group.sets), group.number);
    group = undefined;
  };
  const beginGroup = (code: string): void => {
    const { version: own, ...between } = around();
    const names = `${between.sender}\0${between.recipient}\0${own}`;
    if (group?.code === code && group.around === names) return;
    endGroup();
    group = { code, around: names, number: String((Number(controlNumber(interchange.reference)) + groups++) % 1_000_000_000), sets: 0 };
    const { date, time } = moment(interchange.preparedAt);
    const [sender, recipient] = [between.sender, between.recipient].map((party) => clean('GS', party).slice(0, 15));
    line('GS', code, sender!, recipient!, date, time, group.number, 'X', own);
  };
  const writeHeader = (more?: OutAtoms): void => {
    if (!header) return;
    const { type, association = '' } = header;
    const added = more?.texts[more.keys.findIndex((key) => keyElement(key) === 3)];
    header = undefined;
    line('ST', type, set!.number, added ?? association);
  };

  return {
    unwritable: (character, tag) =>
      holdsSeparator(character) ? finding('X12_UNENCODABLE', { tag, character: shown(character) }) : letterFault(character, tag),
    beginMessage(stated) {
      begin();
      const code = groupOf(stated.type);
      if (code === '') return endGroup();
      beginGroup(code ?? '');
      group!.sets++;
      const number = /^[A-Za-z0-9]{4,9}$/.test(stated.reference ?? '') ? stated.reference! : String(++total).padStart(4, '0');
      set = { number, segments: 1 };
      header = stated;
    },
    unit(tag, atoms) {
      if (header && tag === 'ST') return writeHeader(atoms);
      writeHeader();
      if (!/^[A-Z][A-Z0-9]{1,2}$/.test(tag)) report('X12_SERVICE_VALUE', { tag, reason: 'this is no segment identifier' });
      if (set) set.segments++;
      line(tag, ...elementsOf(atoms, (text) => clean(tag, text)));
    },
    open(tag) {
      throw new Error(`X12 has no nesting: ${tag}`);
    },
    close(tag) {
      throw new Error(`X12 has no nesting: ${tag}`);
    },
    endMessage() {
      writeHeader();
      if (!set) return;
      line('SE', String(set.segments + 1), set.number);
      set = undefined;
    },
    end() {
      begin();
      endGroup();
      line('IEA', String(groups), controlNumber(interchange.reference));
      flush(0);
    },
  };
}

/** Nine digits, as ISA13 must be: the last of a number; of any other reference a number made of all its characters, since what tells references apart may be a letter. */
export function controlNumber(reference: string): string {
  if (/^\d+$/.test(reference)) return reference.slice(-9).padStart(9, '0');
  let number = 0;
  for (const character of reference) number = (number * 31 + character.charCodeAt(0)) % 1_000_000_000;
  return String(number).padStart(9, '0');
}

/** `YYMMDD:HHMM` or `CCYYMMDD:HHMM`; a year of two digits below 70 is of this century. */
function moment(preparedAt: string): { readonly date: string; readonly time: string } {
  const [stated = '', time = ''] = preparedAt.split(':');
  const date = stated.length === 8 ? stated : `${stated < '70' ? '20' : '19'}${stated}`;
  return { date, time: time.slice(0, 4).padEnd(4, '0') };
}

/** The elements of a segment as text: repetitions and components in their places, empty ones at the end left out. */
function elementsOf(atoms: OutAtoms, clean: (text: string) => string): string[] {
  const elements: string[][][] = [];
  for (let i = 0; i < atoms.size; i++) {
    const text = atoms.texts[i]!;
    if (text === '') continue;
    const key = atoms.keys[i]!;
    const element = (elements[keyElement(key) - 1] ??= []);
    const repetition = (element[atoms.repetitions[i]!] ??= []);
    repetition[keyComponent(key) - 1] = clean(text);
  }
  const dense = <T>(list: readonly (T | undefined)[], empty: T): T[] => Array.from(list, (each) => each ?? empty);
  return dense(elements, []).map((repetitions) =>
    dense(repetitions, [])
      .map((components) => dense(components, '').join(COMPONENT))
      .join(REPETITION),
  );
}
