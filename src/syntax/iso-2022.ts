import { bytesOf, characterOf, isKept, keptByte, singleBytes } from './code-tables.ts';
import { marked, type CharsetGate, type Multibyte } from './gate.ts';

/**
 * Code extension by escape sequences (ISO/IEC 2022, ECMA-35), the syntax identifier UNOX: RFC 1468 and 1554 (Japanese), RFC 1557
 * (Korean), RFC 1922 (Chinese), and what mixes their code tables. A set is named by its kind and the last byte of the sequence that
 * designates it, as registered (ISO 2375). A value begins in ASCII; what was designated to G1 to G3 holds until designated anew.
 *
 *     ESC $ B  two bytes a character, JIS X 0208     ESC ( B  ASCII again
 *     ESC $ ) C … SO  KS X 1001 …  SI  ASCII again    ESC . A … ESC N  one character of G2
 */
export const iso2022 = ['iso-2022', 'iso-2022-jp', 'iso-2022-kr', 'iso-2022-cn'] as const;
export type Iso2022 = (typeof iso2022)[number];

const [SO, SI, ESC, SS2, SS3] = [0x0e, 0x0f, 0x1b, 0x4e, 0x4f];
const ASCII = '94B';

/** A run that has not ended after so many bytes is none: the escape sequence stands there by mistake, and the bytes after it count. */
const longestRun = 8192;

interface CodeSet {
  readonly width: 1 | 2;
  readonly character: (first: number, second: number) => string | undefined; // of bytes without their eighth bit
  readonly bytes: (character: string) => readonly number[] | undefined;
}

/** Two bytes of a set of 94 by 94, which an eight-bit encoding has above 0xa0, after `lead` if any. */
function square(encoding: Multibyte | 'gb2312', lead: readonly number[] = []): CodeSet {
  return {
    width: 2,
    character: (first, second) => characterOf(encoding, Buffer.from([...lead, first | 0x80, second | 0x80])),
    bytes(character) {
      const bytes = bytesOf(encoding, character);
      const isOfSet = bytes?.length === lead.length + 2 && bytes.every((byte, at) => (at < lead.length ? byte === lead[at] : byte > 0xa0));
      return isOfSet ? [...bytes.subarray(lead.length)].map((byte) => byte & 0x7f) : undefined;
    },
  };
}

/** ASCII but for some characters. */
const roman = (others: Readonly<Record<number, string>>): CodeSet => ({
  width: 1,
  character: (byte) => others[byte] ?? String.fromCharCode(byte),
  bytes(character) {
    const found = Object.keys(others).find((byte) => others[Number(byte)] === character);
    return found === undefined ? undefined : [Number(found)];
  },
});

const katakana: CodeSet = {
  width: 1,
  character: (byte) => (byte <= 0x5f ? String.fromCharCode(0xff40 + byte) : undefined),
  bytes: (character) => (/^[\uff61-\uff9f]$/.test(character) ? [character.charCodeAt(0) - 0xff40] : undefined),
};

/** The upper half of a part of ISO 8859. Read only: who writes has UNOC to UNOL for it. */
function upper(part: number): CodeSet {
  let characters: readonly string[] | undefined;
  return {
    width: 1,
    character(byte) {
      const found = (characters ??= singleBytes(`iso-8859-${part}`))[byte | 0x80] as string;
      return isKept(found) ? undefined : found;
    },
    bytes: () => undefined,
  };
}

/** Those registered but not here (CNS 11643, `94x94G` to `M`) have no table that we know of on the registry: their bytes are kept. */
const sets: Readonly<Record<string, CodeSet>> = {
  [ASCII]: roman({}),
  '94A': roman({ 0x23: '£' }), // BS 4730
  '94J': roman({ 0x5c: '¥', 0x7e: '‾' }), // JIS X 0201
  '94I': katakana, // JIS X 0201
  '94x94@': square('euc-jp'), // JIS C 6226-1978, read as its successor
  '94x94A': square('gb2312'),
  '94x94B': square('euc-jp'), // JIS X 0208
  '94x94C': square('euc-kr'), // KS X 1001
  '94x94D': square('euc-jp', [0x8f]), // JIS X 0212
  ...Object.fromEntries(Object.entries({ A: 1, B: 2, C: 3, D: 4, F: 7, G: 6, H: 8, L: 5, M: 9, b: 15 }).map(([last, part]) => [`96${last}`, upper(part)])),
};

/** Of a set without a table the width is known by its kind. */
const setOf = (name: string): CodeSet => sets[name] ?? { width: name.startsWith('94x94') ? 2 : 1, character: () => undefined, bytes: () => undefined };

/** What a control function changes: a set becomes G0 to G3, or G0 or G1 is invoked; or one character of G2 or G3 follows. */
type Control = { readonly end: number } & ({ readonly to: number; readonly set: string } | { readonly shift: 0 | 1 } | { readonly single: 2 | 3 });

/** The control function at a byte. Undefined: there is none. -1: the bytes end inside it. */
function controlAt(bytes: Uint8Array, at: number, end: number): Control | undefined | -1 {
  const byte = bytes[at];
  if (byte === SO || byte === SI) return { end: at + 1, shift: byte === SO ? 1 : 0 };
  if (byte !== ESC) return undefined;
  let next = at + 1;
  if (next >= end) return -1;
  if (bytes[next] === SS2 || bytes[next] === SS3) return { end: next + 1, single: bytes[next] === SS2 ? 2 : 3 };
  const isWide = bytes[next] === 0x24;
  if (isWide && ++next >= end) return -1;
  const middle = bytes[next] as number;
  const hasMiddle = middle >= 0x28 && middle <= 0x2f && middle !== 0x2c; // ( ) * + for 94 characters, - . / for 96
  if (!hasMiddle && !isWide) return undefined;
  if (hasMiddle && ++next >= end) return -1;
  const last = bytes[next] as number;
  if (last < 0x30 || last > 0x7e) return undefined;
  const kind = isWide ? '94x94' : middle > 0x2c ? '96' : '94';
  return { end: next + 1, to: hasMiddle ? middle & 3 : 0, set: kind + String.fromCharCode(last) };
}

/** The sequence that designates a set: those of two bytes that were registered first have no byte for G0 between. */
function designate(to: 0 | 1 | 2 | 3, name: string): readonly number[] {
  const last = name.charCodeAt(name.length - 1);
  const isWide = name.startsWith('94x94');
  const middle = (name.startsWith('96') ? 0x2c : 0x28) + to;
  return [ESC, ...(isWide ? [0x24] : []), ...(isWide && to === 0 && last <= 0x42 ? [] : [middle]), last];
}

/** What SO invokes where nothing was designated. */
const firstG1: Readonly<Record<Iso2022, string>> = { 'iso-2022': '', 'iso-2022-jp': '94I', 'iso-2022-kr': '94x94C', 'iso-2022-cn': '94x94A' };

/** Whether separators in G0 are separators: it is ASCII, or has other characters than ASCII in few places. */
const isPlain = (name: string): boolean => name.startsWith('94') && !name.startsWith('94x94') && name !== '94I';

/** It remembers what is designated to G1 to G3, so that each interchange has its own. */
export function iso2022Gate(encoding: Iso2022): CharsetGate {
  const opens = marked([
    [SO, SO],
    [ESC, ESC],
  ]);
  let announced: readonly string[] = [firstG1[encoding], '', ''];
  const skip = (bytes: Uint8Array, from: number, end: number): number => {
    const designated = ['94B', ...announced];
    const limit = Math.min(end, from + longestRun);
    let shift = 0;
    for (let at = from; at < limit;) {
      const control = controlAt(bytes, at, end);
      if (control === -1) break;
      at = control?.end ?? at + 1;
      if (control && 'set' in control) {
        designated[control.to] = control.set;
        const differs = (byte: number | undefined): boolean => control.set === '94J' && (byte === 0x5c || byte === 0x7e);
        while (at < end && differs(bytes[at])) at++; // not ASCII, although G0 counts as such
        if (control.set === '94J' && at === end) break;
      } else if (control && 'shift' in control) ({ shift } = control);
      else if (control) at += setOf(designated[control.single] as string).width;
      if (at > end) break;
      if (shift === 1 || !isPlain(designated[0] as string)) continue;
      announced = designated.slice(1);
      return at;
    }
    return end - from >= longestRun ? from + 1 : -1;
  };
  return {
    opens,
    skip,
    get announced() {
      return announced.join(' ');
    },
  };
}

/**
 * The text of a value. What no character is found for is kept as bytes, with the sequences around it that give them their meaning,
 * and so is a run with nothing in it; a sequence that changes nothing, or what is to come, is no text.
 */
export function decodeIso2022(encoding: Iso2022, bytes: Uint8Array, start: number, end: number, announced = `${firstG1[encoding]}  `): string {
  const designated = [ASCII, ...announced.split(' ')];
  let shift: 0 | 1 = 0;
  let text = '';
  let keptIn = ''; // the sequence that ends the run of kept bytes at hand
  let empty = -1; // where a run began in which nothing has come yet
  const keep = (some: Iterable<number>): void => {
    for (const byte of some) text += keptByte(byte);
  };
  const leave = (): void => {
    text += keptIn;
    keptIn = '';
  };
  /** One character of G0 to G3, called by `before`; the offset after it. */
  const take = (g: 0 | 1 | 2 | 3, at: number, before: readonly number[], after: readonly number[]): number => {
    const name = designated[g] as string;
    const { width, character } = setOf(name);
    const [low, high] = name.startsWith('96') ? [0x20, 0x7f] : [0x21, 0x7e];
    const [first, second] = [(bytes[at] ?? 0) & 0x7f, (bytes[at + 1] ?? 0) & 0x7f];
    const isWhole = at + width <= end && first >= low && first <= high && (width === 1 || (second > 0x20 && second < 0x7f));
    const found = isWhole ? character(first, second) : undefined;
    const next = Math.min(end, isWhole ? at + width : at + 1);
    empty = -1;
    if (found !== undefined) {
      leave();
      text += found;
      return next;
    }
    const closing = Array.from(after, keptByte).join('');
    if (keptIn !== '' && keptIn !== closing) leave();
    if (keptIn === '') keep([...(g > 0 && name !== '' && before.length > 0 ? designate(g, name) : []), ...before]);
    keptIn = closing;
    keep(bytes.subarray(at, next));
    return next;
  };
  for (let at = start; at < end;) {
    const byte = bytes[at] as number;
    const control = controlAt(bytes, at, end);
    const inForce = shift === 1 ? designated[1] : designated[0];
    if (control === -1) {
      leave();
      keep(bytes.subarray(empty < 0 ? at : empty, end));
      empty = -1;
      at = end;
    } else if (control && 'single' in control) at = take(control.single, control.end, [...bytes.subarray(at, control.end)], []);
    else if (control) {
      if ('set' in control) designated[control.to] = control.set;
      else ({ shift } = control);
      const now = shift === 1 ? designated[1] : designated[0];
      if ('shift' in control || control.to === 0) {
        leave();
        if (now === ASCII && empty >= 0) keep(bytes.subarray(empty, control.end));
        if (now === ASCII) empty = -1;
        else if (now !== inForce && empty < 0) empty = at;
      }
      at = control.end;
    } else if (byte >= 0x80) at = take(1, at, [], []);
    else if (byte <= 0x20 || byte === 0x7f || (inForce === ASCII && shift === 0)) {
      leave();
      empty = -1;
      text += String.fromCharCode(byte);
      at++;
    } else if (shift === 1) at = take(1, at, [SO], [SI]);
    else at = take(0, at, designate(0, designated[0] as string), designate(0, ASCII));
  }
  leave();
  if (empty >= 0 || text === '') keep(bytes.subarray(Math.max(start, empty), end));
  return text;
}

const japanese = ['94J', '94x94B', '94I', '94x94D'];

/** Which sets a charset writes, in the order of preference, and where to: by designation to G0, or to G1, shifted in and out. */
const writes: Readonly<Record<Iso2022, { readonly sets: readonly string[]; readonly to: 0 | 1 }>> = {
  'iso-2022': { sets: [...japanese, '94x94C', '94x94A'], to: 0 },
  'iso-2022-jp': { sets: japanese, to: 0 },
  'iso-2022-kr': { sets: ['94x94C'], to: 1 },
  'iso-2022-cn': { sets: ['94x94A'], to: 1 },
};

/** The bytes of a text, which end in ASCII as they begin; or at which character (in UTF-16 units) no set has it. */
export function encodeIso2022(encoding: Iso2022, text: string): Uint8Array | number {
  const { sets: order, to } = writes[encoding];
  const bytes: number[] = [];
  let current = ASCII;
  const change = (name: string): void => {
    if (name === current) return;
    if (to === 0) bytes.push(...designate(0, name));
    else bytes.push(...(name === ASCII ? [SI] : [...designate(1, name), SO]));
    current = name;
  };
  let at = 0;
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    if (code < 0x80 || isKept(character)) {
      change(ASCII);
      bytes.push(code & 0xff);
    } else {
      const name = [current, ...order].find((each) => setOf(each).bytes(character));
      if (name === undefined) return at;
      change(name);
      bytes.push(...(setOf(name).bytes(character) as readonly number[]));
    }
    at += character.length;
  }
  change(ASCII);
  const written = Uint8Array.from(bytes);
  const back = decodeIso2022(encoding, written, 0, written.length);
  if (back === text) return written;
  let same = 0;
  while (back[same] === text[same]) same++;
  return same;
}
