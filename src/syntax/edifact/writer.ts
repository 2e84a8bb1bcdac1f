import type { Code } from '../../diagnostics/codes.ts';
import { finding, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import { charsetOf, encode, outsideRepertoire, type Charset } from '../charset.ts';
import { atomKey, keyComponent, keyElement, type InterchangeWriter, type OutAtoms, type OutHeader, type OutInterchange } from '../unit.ts';
import { defaultService, forVersion, serviceFault, unaService, type ServiceCharacters } from './service.ts';

export interface EdifactWriterOptions {
  /** Written around the messages, in UNB; without it messages stand alone. */
  readonly interchange?: OutInterchange | undefined;
  readonly syntaxIdentifier?: string; // 'UNOC' unless said
  readonly syntaxVersion?: '1' | '2' | '3' | '4'; // '3' unless said
  /** The six characters of UNA; the default set of the syntax version unless said. */
  readonly serviceString?: string;
  /** `needed`: only where the characters are not the default ones. */
  readonly una?: 'always' | 'needed';
  readonly lineBreaks?: boolean; // CR LF after each segment
  /** Reference of a message that brings none; its ordinal unless said. */
  readonly messageReference?: (ordinal: number) => string;
}

export interface EdifactSink {
  bytes(chunk: Uint8Array): void;
  finding(diagnostic: Diagnostic): void;
}

const CHUNK = 65_536;
const tagPattern = /^[A-Z][A-Z0-9]{2}$/;

/**
 * Writes UN/EDIFACT: releases service characters, encodes, leaves trailing empty elements and components out, counts.
 * What cannot be written is a finding; the bytes then hold a released or plain `?` in its place, never something else in silence.
 */
export function edifactWriter(sink: EdifactSink, options: EdifactWriterOptions = {}): InterchangeWriter {
  const version = options.syntaxVersion ?? '3';
  const label = options.syntaxIdentifier ?? 'UNOC';
  const charset = charsetOf(label, version);
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
  readonly #special: RegExp; // every character that must be released
  readonly #substitute: string; // `?`, released where it is a service character
  readonly #buffer = Buffer.allocUnsafe(CHUNK);
  #used = 0;
  #open = false;
  #messages = 0;
  #segments = 0; // of the message at hand
  #reference = '';
  #header: OutAtoms | undefined; // UNH, not yet written

  constructor(sink: EdifactSink, options: EdifactWriterOptions, service: ServiceCharacters, charset: Charset, version: string, plainUna: boolean) {
    this.#sink = sink;
    this.#options = options;
    this.#service = service;
    this.#charset = charset;
    this.#version = version;
    this.#plainUna = plainUna;
    const { component, element, release, repetition, terminator } = service;
    const used = [component, element, release, repetition, terminator].filter((byte) => byte !== 0);
    this.#substitute = used.includes(0x3f) ? (release === 0 ? '.' : `${String.fromCharCode(release)}?`) : '?';
    this.#special = new RegExp(`[${used.map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}]`, 'g');
  }

  beginMessage(header: OutHeader): void {
    this.#begin();
    this.#messages++;
    this.#segments = 0;
    this.#reference = header.reference ?? this.#options.messageReference?.(this.#messages) ?? String(this.#messages);
    const identifier = [header.type, header.version, header.release, header.agency, header.association].map((value) => value ?? '');
    this.#header = atoms([[this.#reference], identifier]);
  }

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
    if (!tagPattern.test(tag)) this.#report('EDIFACT_SERVICE_VALUE', { tag, reason: 'this is no segment tag' });
    const order = Array.from({ length: out.size }, (_, index) => index)
      .filter((index) => out.texts[index] !== '')
      .sort((a, b) => this.#compare(out, a, b));
    const { component: c, element: e, repetition: r, terminator } = this.#service;
    this.#bytes(Buffer.from(tag, 'latin1'));
    let element = 0;
    let repetition = 0;
    let component = 1;
    for (const index of order) {
      const key = out.keys[index] as number;
      const at = { element: keyElement(key), component: keyComponent(key), repetition: out.repetitions[index] as number };
      if (at.repetition > 0 && r === 0) {
        this.#report('EDIFACT_NO_REPETITION', { tag, element: String(at.element), version: this.#version });
        continue;
      }
      if (at.element > element) [repetition, component] = [0, 1];
      for (; element < at.element; element++) this.#byte(e);
      if (at.repetition > repetition) component = 1;
      for (; repetition < at.repetition; repetition++) this.#byte(r);
      for (; component < at.component; component++) this.#byte(c);
      this.#text(tag, out.texts[index] as string);
    }
    this.#byte(terminator);
    if (this.#options.lineBreaks) this.#lineBreak();
    this.#segments++;
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
    this.#flush();
  }

  #begin(): void {
    if (this.#open) return;
    this.#open = true;
    const { interchange, una = 'needed' } = this.#options;
    if (una === 'always' || !this.#plainUna) {
      const { component, element, decimal, release, repetition, terminator } = this.#service;
      for (const byte of [0x55, 0x4e, 0x41, component, element, decimal, release || 0x20, repetition || 0x20, terminator]) this.#byte(byte);
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

  #compare(out: OutAtoms, a: number, b: number): number {
    const [one, two] = [out.keys[a] as number, out.keys[b] as number];
    const repetition = (out.repetitions[a] as number) - (out.repetitions[b] as number);
    return keyElement(one) - keyElement(two) || repetition || keyComponent(one) - keyComponent(two);
  }

  /** Releases, then encodes: every service character is ASCII, so none becomes part of another character. */
  #text(tag: string, value: string): void {
    let text = value;
    if (text.search(this.#special) >= 0) {
      const { release } = this.#service;
      if (release === 0)
        this.#report('EDIFACT_UNENCODABLE', { tag, character: this.#special.exec(text)?.[0] ?? '', encoding: 'a syntax without release character' }, value);
      text = text.replaceAll(this.#special, (character) => (release === 0 ? '.' : String.fromCharCode(release) + character));
      this.#special.lastIndex = 0;
    }
    const { label, encoding, repertoire } = this.#charset;
    let encoded = encode(encoding, text);
    while (!encoded.ok) {
      const { character, index } = encoded;
      this.#report('EDIFACT_UNENCODABLE', { tag, character, encoding: `${label} (${encoding})` }, value);
      text = `${text.slice(0, index)}${this.#substitute}${text.slice(index + character.length)}`;
      encoded = encode(encoding, text);
    }
    const { bytes } = encoded;
    const odd = outsideRepertoire(this.#charset, bytes);
    if (odd >= 0) {
      const count = bytes.filter((byte) => byte < 0x80 && repertoire[byte] === 0).length;
      this.#report('EDIFACT_CHARACTER', { count: String(count), label, character: `\`${String.fromCharCode(bytes[odd] as number)}\`` }, value);
    }
    this.#bytes(bytes);
  }

  #lineBreak(): void {
    this.#byte(0x0d);
    this.#byte(0x0a);
  }

  #byte(byte: number): void {
    if (this.#used === CHUNK) this.#flush();
    this.#buffer[this.#used++] = byte;
  }

  #bytes(bytes: Uint8Array): void {
    if (bytes.length > CHUNK - this.#used) this.#flush();
    if (bytes.length > CHUNK) this.#sink.bytes(bytes);
    else {
      this.#buffer.set(bytes, this.#used);
      this.#used += bytes.length;
    }
  }

  #flush(): void {
    if (this.#used === 0) return;
    this.#sink.bytes(Buffer.from(this.#buffer.subarray(0, this.#used)));
    this.#used = 0;
  }

  #report(code: Code, args: Record<string, string>, actual?: string): void {
    this.#sink.finding(finding(code, args, { actual }));
  }
}

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

/** Atoms of elements given as lists of components. */
export function atoms(elements: readonly (readonly string[])[]): OutAtoms {
  const keys: number[] = [];
  const texts: string[] = [];
  elements.forEach((components, element) => {
    components.forEach((text, component) => {
      if (text === '') return;
      keys.push(atomKey(element + 1, component + 1));
      texts.push(text);
    });
  });
  return { size: keys.length, keys, repetitions: keys.map(() => 0), names: keys.map(() => undefined), texts, facts: keys.map(() => -1) };
}
