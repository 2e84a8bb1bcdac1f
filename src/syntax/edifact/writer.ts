import type { Code } from '../../diagnostics/codes.ts';
import { finding, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import { charsetOf, encode, outsideRepertoire, type Charset, type Encoding } from '../charset.ts';
import { keyComponent, keyElement, type InterchangeWriter, type OutAtoms, type OutHeader, type OutInterchange } from '../unit.ts';
import { atoms } from '../segments/atoms.ts';
import { byteClass, byteClasses, type ServiceCharacters } from '../segments/service.ts';
import { OutBytes } from './out-bytes.ts';
import { defaultService, forVersion, serviceFault, unaService } from './service.ts';

export interface EdifactWriterOptions {
  /** Written around the messages, in UNB; without it messages stand alone. */
  readonly interchange?: OutInterchange | undefined;
  readonly syntaxIdentifier?: string; // 'UNOC' unless said
  readonly charset?: Encoding | undefined; // what the receiver reads it as; what the syntax identifier means unless said
  readonly syntaxVersion?: '1' | '2' | '3' | '4'; // '3' unless said
  /** The six characters of UNA; the default set of the syntax version unless said. */
  readonly serviceString?: string | undefined;
  /** `needed`: only where the characters are not the default ones. */
  readonly una?: 'always' | 'needed';
  readonly lineBreaks?: boolean; // CR LF after each segment
  /** Reference of a message that brings none; its ordinal unless said. */
  readonly messageReference?: (ordinal: number) => string;
}

export interface EdifactSink {
  bytes(chunk: Uint8Array): void;
  /** `fact`: the number of the fact that the value states, -1 where it states none. */
  finding(diagnostic: Diagnostic, fact: number): void;
}

/** Which value it is. */
interface At {
  readonly tag: string;
  readonly key: number; // 0: the segment
  readonly fact: number;
}

const unreleased = 'a syntax without release character';
const tagPattern = /^[A-Z][A-Z0-9]{2}$/;
const { DATA, RELEASE } = byteClass;

/**
 * Writes UN/EDIFACT: releases service characters, encodes, leaves trailing empty elements and components out, counts.
 * What cannot be written is a finding; the bytes then hold a released or plain `?` in its place, never something else in silence.
 */
export function edifactWriter(sink: EdifactSink, options: EdifactWriterOptions = {}): InterchangeWriter {
  const version = options.syntaxVersion ?? '3';
  const label = options.syntaxIdentifier ?? 'UNOC';
  const charset = charsetOf(label, version, options.charset && { [label]: options.charset });
  const byDefault = defaultService(label, version, 0);
  const una = options.serviceString === undefined ? undefined : unaService(Buffer.from(`UNA${options.serviceString}`, 'latin1'), 0);
  const fault = una && (options.serviceString?.length === 6 ? serviceFault(una) : 'six characters are needed');
  if (fault !== undefined) throw new RangeError(`service string \`${options.serviceString}\`: ${fault}`);
  const service = una ? forVersion(una, label, version) : byDefault;
  return new Writer(sink, options, service, charset, version, same(service, byDefault));
}

const same = (a: ServiceCharacters, b: ServiceCharacters): boolean => (Object.keys(a) as (keyof ServiceCharacters)[]).every((key) => a[key] === b[key]);

class Writer implements InterchangeWriter {
  readonly #sink: EdifactSink;
  readonly #options: EdifactWriterOptions;
  readonly #service: ServiceCharacters;
  readonly #charset: Charset;
  readonly #version: string;
  readonly #plainUna: boolean;
  readonly #classes: Uint8Array; // by character: what can be written as it is, or released
  readonly #isLatin1: boolean; // a character below 0x100 is its byte
  readonly #order: number[] = []; // of the atoms of the unit at hand
  readonly #out: OutBytes;
  #open = false;
  #messages = 0;
  #segments = 0; // of the message at hand
  #reference = '';
  #header: OutAtoms | undefined; // UNH, not yet written

  constructor(sink: EdifactSink, options: EdifactWriterOptions, service: ServiceCharacters, charset: Charset, version: string, plainUna: boolean) {
    this.#sink = sink;
    this.#out = new OutBytes((chunk) => sink.bytes(chunk));
    this.#options = options;
    this.#service = service;
    this.#charset = charset;
    this.#version = version;
    this.#plainUna = plainUna;
    this.#classes = byteClasses(service, charset).of;
    this.#isLatin1 = charset.encoding === 'iso-8859-1';
  }

  beginMessage(header: OutHeader): void {
    this.#begin();
    this.#messages++;
    this.#segments = 0;
    this.#reference = header.reference ?? this.#options.messageReference?.(this.#messages) ?? String(this.#messages);
    const identifier = [header.type, header.version, header.release, header.agency, header.association].map((value) => value ?? '');
    this.#header = atoms([[this.#reference], identifier]);
  }

  readonly unwritable = (character: string, tag: string): Diagnostic | undefined => {
    const { label, encoding } = this.#charset;
    const code = character.codePointAt(0)!;
    const kind = code < 0x80 ? (this.#classes[code] as number) : DATA;
    if (kind !== DATA && kind <= RELEASE && this.#service.release === 0) return noLetter(character, tag, unreleased);
    return encode(encoding, character).ok ? undefined : noLetter(character, tag, `${label} (${encoding})`);
  };

  /** What a map adds to UNH comes as its first unit. */
  unit(tag: string, out: OutAtoms): void {
    if (this.#header && tag === 'UNH') this.#writeHeader(out);
    else {
      this.#writeHeader();
      this.#unit(tag, out);
    }
  }

  #writeHeader(more?: OutAtoms): void {
    const header = this.#header;
    this.#header = undefined;
    if (header) this.#unit('UNH', more ? joined(header, more) : header);
  }

  #unit(tag: string, out: OutAtoms): void {
    if (!tagPattern.test(tag)) this.#report('EDIFACT_SERVICE_VALUE', { tag, reason: 'this is no segment tag' }, undefined, { tag, key: 0, fact: -1 });
    const { keys, repetitions, texts, facts } = out;
    const { component: c, element: e, repetition: r, terminator } = this.#service;
    const order = this.#sorted(out);
    this.#out.ascii(tag);
    let element = 0;
    let repetition = 0;
    let component = 1;
    for (let i = 0; i < order.length; i++) {
      const index = order[i] as number;
      const key = keys[index] as number;
      const toElement = keyElement(key);
      const toRepetition = repetitions[index] as number;
      if (toRepetition > 0 && r === 0) {
        const at = { tag, key, fact: facts[index] as number };
        this.#report('EDIFACT_NO_REPETITION', { tag, element: String(toElement), version: this.#version }, texts[index], at);
        continue;
      }
      if (toElement > element) repetition = 0;
      if (toElement > element || toRepetition > repetition) component = 1;
      for (; element < toElement; element++) this.#out.byte(e);
      for (; repetition < toRepetition; repetition++) this.#out.byte(r);
      for (const to = keyComponent(key); component < to; component++) this.#out.byte(c);
      const value = texts[index] as string;
      if (!this.#out.text(value, this.#classes, this.#service.release, this.#isLatin1)) this.#odd(value, { tag, key, fact: facts[index] as number });
    }
    this.#out.byte(terminator);
    if (this.#options.lineBreaks) this.#lineBreak();
    this.#segments++;
  }

  /** The atoms that say something, in the order in which they are written; nearly always they come so. */
  #sorted({ size, keys, repetitions, texts }: OutAtoms): readonly number[] {
    const order = this.#order;
    order.length = 0;
    let isSorted = true;
    for (let index = 0; index < size; index++) {
      if (texts[index] === '') continue;
      const last = order.length - 1;
      if (last >= 0 && (repetitions[index] !== 0 || keys[index]! < keys[order[last]!]!)) isSorted = false;
      order.push(index);
    }
    if (isSorted) return order;
    const before = (a: number, b: number): number => {
      const [one, two] = [keys[a] as number, keys[b] as number];
      return keyElement(one) - keyElement(two) || (repetitions[a] as number) - (repetitions[b] as number) || keyComponent(one) - keyComponent(two);
    };
    return order.sort(before);
  }

  open(tag: string): never {
    throw new Error(`EDIFACT has no nesting: ${tag}`);
  }

  close(tag: string): never {
    throw new Error(`EDIFACT has no nesting: ${tag}`);
  }

  endMessage(): void {
    this.#writeHeader();
    this.unit('UNT', atoms([[String(this.#segments + 1)], [this.#reference]]));
  }

  /** Writes UNZ. An interchange without messages is written as one. */
  end(): void {
    this.#begin();
    const { interchange } = this.#options;
    if (interchange) this.unit('UNZ', atoms([[String(this.#messages)], [interchange.reference]]));
    this.#out.flush();
  }

  #begin(): void {
    if (this.#open) return;
    this.#open = true;
    const { interchange, una = 'needed' } = this.#options;
    if (una === 'always' || !this.#plainUna) {
      const { component, element, decimal, release, repetition, terminator } = this.#service;
      for (const byte of [0x55, 0x4e, 0x41, component, element, decimal, release || 0x20, repetition || 0x20, terminator]) this.#out.byte(byte);
      if (this.#options.lineBreaks) this.#lineBreak();
    }
    if (!interchange) return;
    const [date = '', time = ''] = interchange.preparedAt.split(':');
    const { sender, senderQualifier = '', recipient, recipientQualifier = '', reference } = interchange;
    const { applicationReference = '', acknowledgementRequest = '', testIndicator = '' } = interchange;
    const parties = [
      [sender, senderQualifier],
      [recipient, recipientQualifier],
    ];
    const rest = [[reference], [''], [applicationReference], [''], [acknowledgementRequest], [''], [testIndicator]];
    this.unit('UNB', atoms([[this.#charset.label, this.#version], ...parties, [date, time], ...rest]));
  }

  /** Releases, then encodes: every service character is ASCII, so none becomes part of another character, whatever bytes that one has. */
  #odd(value: string, at: At): void {
    const { label, encoding, repertoire } = this.#charset;
    let encoded = encode(encoding, this.#released(value, at));
    if (!encoded.ok) encoded = encode(encoding, this.#released(this.#substituted(value, at)));
    if (!encoded.ok) throw new Error(`\`${value}\` cannot be written`); // what stands for others is ASCII
    const { bytes } = encoded;
    const odd = outsideRepertoire(this.#charset, bytes);
    if (odd >= 0) {
      const count = Array.from(value).filter((each) => each < '\x80' && repertoire[each.charCodeAt(0)] === 0).length;
      this.#report('EDIFACT_CHARACTER', { count: String(count), label, character: `\`${String.fromCharCode(bytes[odd] as number)}\`` }, value, at);
    }
    this.#out.bytes(bytes);
  }

  /** A service character that cannot be released is a dot then, which is said where `at` is given. */
  #released(value: string, at?: At): string {
    const { release } = this.#service;
    let text = '';
    let isSaid = at === undefined;
    for (let index = 0; index < value.length; index++) {
      const code = value.charCodeAt(index);
      const kind = code < 0x80 ? (this.#classes[code] as number) : DATA;
      if (kind === DATA || kind > RELEASE) text += value[index];
      else if (release !== 0) text += String.fromCharCode(release, code);
      else {
        text += '.';
        if (at && !isSaid) this.#unencodable(value, index, unreleased, at);
        isSaid = true;
      }
    }
    return text;
  }

  /** With `?` for what the charset has not, each said. */
  #substituted(value: string, at: At): string {
    const { label, encoding } = this.#charset;
    let text = value;
    for (let encoded = encode(encoding, text); !encoded.ok; encoded = encode(encoding, text)) {
      const { character, index } = encoded;
      this.#unencodable(text, index, `${label} (${encoding})`, at, value);
      text = `${text.slice(0, index)}?${text.slice(index + character.length)}`;
    }
    return text;
  }

  #unencodable(text: string, index: number, encoding: string, at: At, value = text): void {
    const character = String.fromCodePoint(text.codePointAt(index) as number);
    const position = String(Array.from(text.slice(0, index)).length + 1);
    this.#report('EDIFACT_UNENCODABLE', { tag: at.tag, character, position, encoding }, value, at);
  }

  #lineBreak(): void {
    this.#out.byte(0x0d);
    this.#out.byte(0x0a);
  }

  /** It says where in what we write, and which fact, so that who knows the facts can say where it comes from. */
  #report(code: Code, args: Record<string, string>, actual: string | undefined, { tag, key, fact }: At): void {
    const { offset } = this.#out;
    const message = this.#segments > 0 || tag === 'UNH' ? { message: this.#messages } : {};
    const component = keyComponent(key) > 1 ? { component: keyComponent(key) } : {};
    const edi = { ...message, tag, segment: this.#segments + 1, ...(key > 0 ? { element: keyElement(key) + 1 } : {}), ...component };
    this.#sink.finding(finding(code, args, { actual, data: { source: '', start: offset, end: offset, edi } }), fact);
  }
}

const noLetter = (character: string, tag: string, encoding: string): Diagnostic => finding('EDIFACT_UNENCODABLE', { tag, character, position: '1', encoding });

/** The atoms of one, and those of the other that stand elsewhere. */
function joined(one: OutAtoms, other: OutAtoms): OutAtoms {
  const more = other.keys.flatMap((key, at) => (one.keys.includes(key) ? [] : [at]));
  const of = <T>(pick: (from: OutAtoms) => readonly T[]): T[] => [...pick(one), ...more.map((at) => pick(other)[at] as T)];
  return {
    size: one.size + more.length,
    keys: of((a) => a.keys),
    repetitions: of((a) => a.repetitions),
    names: of((a) => a.names),
    texts: of((a) => a.texts),
    facts: of((a) => a.facts),
  };
}
