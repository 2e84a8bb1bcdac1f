/**
 * Which bytes are no service characters although they look like one: those inside a character of several bytes (Big5, GB 18030,
 * Shift-JIS) and those in a run of another code table (ISO 2022). A scanner asks at each byte that may open such a run.
 */
export interface CharsetGate {
  readonly opens: Uint8Array; // per byte: 1 where such a run may begin
  /** The offset of the first byte that counts again, at the earliest the next; -1 where that cannot be said before more bytes come: `final` says that none do. */
  skip(bytes: Uint8Array, at: number, end: number, final?: boolean): number;
  /** The code tables that the bytes skipped so far have announced, for those that follow (ISO 2022). */
  readonly announced?: string;
}

export const multibyte = ['big5', 'cp950', 'gbk', 'gb18030', 'shift_jis', 'euc-kr', 'euc-jp'] as const;
export type Multibyte = (typeof multibyte)[number];

type Ranges = readonly (readonly [from: number, to: number])[];

/** First and second bytes of characters of two bytes. */
interface Layout {
  readonly first: Ranges;
  readonly second: Ranges;
}

/**
 * Sources: the index tables of the WHATWG Encoding Standard and of Unicode's vendor mappings, which agree on the areas; those that
 * are left to users (Big5 0x81 to 0xA0 and 0xC6A1 to 0xC8FE, Shift-JIS 0xF0 to 0xFC, EUC-KR 0xC9 and 0xFE) are inside. Of Shift-JIS
 * the bytes 0xA1 to 0xDF are half-width katakana, one byte each.
 */
const layouts: Readonly<Record<Multibyte, Layout>> = {
  big5: { first: [[0x81, 0xfe]], second: [[0x40, 0x7e], [0xa1, 0xfe]] }, // prettier-ignore
  cp950: { first: [[0x81, 0xfe]], second: [[0x40, 0x7e], [0xa1, 0xfe]] }, // prettier-ignore
  gbk: { first: [[0x81, 0xfe]], second: [[0x40, 0x7e], [0x80, 0xfe]] }, // prettier-ignore
  gb18030: { first: [[0x81, 0xfe]], second: [[0x40, 0x7e], [0x80, 0xfe]] }, // prettier-ignore
  shift_jis: { first: [[0x81, 0x9f], [0xe0, 0xfc]], second: [[0x40, 0x7e], [0x80, 0xfc]] }, // prettier-ignore
  'euc-kr': { first: [[0x81, 0xfe]], second: [[0x41, 0x5a], [0x61, 0x7a], [0x81, 0xfe]] }, // prettier-ignore
  'euc-jp': { first: [[0x8e, 0x8f], [0xa1, 0xfe]], second: [[0xa1, 0xfe]] }, // prettier-ignore
};

/** The offset after the character at `at`, or -1 where the bytes end inside it. A first byte that no second one follows stands alone. */
export type Step = (bytes: Uint8Array, at: number, end: number) => number;

interface Rule {
  readonly gate: CharsetGate;
  readonly step: Step;
}

const rules = new Map<Multibyte, Rule>();

export const isMultibyte = (encoding: string): encoding is Multibyte => Object.hasOwn(layouts, encoding);

export const stepOf = (encoding: Multibyte): Step => ruleOf(encoding).step;
export const gateOf = (encoding: Multibyte): CharsetGate => ruleOf(encoding).gate;

function ruleOf(encoding: Multibyte): Rule {
  let rule = rules.get(encoding);
  if (!rule) rules.set(encoding, (rule = makeRule(encoding)));
  return rule;
}

function makeRule(encoding: Multibyte): Rule {
  const opens = marked(layouts[encoding].first);
  const seconds = marked(layouts[encoding].second);
  const four = encoding === 'gb18030' ? marked([[0x30, 0x39]]) : undefined; // second and fourth bytes of characters of four
  const three = encoding === 'euc-jp' ? 0x8f : -1; // single shift 3: JIS X 0212
  const step: Step = (bytes, at, end) => {
    const byte = bytes[at] as number;
    if (opens[byte] === 0) return at + 1;
    if (at + 1 >= end) return -1;
    const second = bytes[at + 1] as number;
    if (four?.[second] === 1) {
      if (at + 3 >= end) return at + 2 < end && opens[bytes[at + 2] as number] === 0 ? at + 1 : -1;
      return opens[bytes[at + 2] as number] === 1 && four[bytes[at + 3] as number] === 1 ? at + 4 : at + 1;
    }
    if (seconds[second] === 0) return at + 1;
    if (byte !== three) return at + 2;
    if (at + 2 >= end) return -1;
    return seconds[bytes[at + 2] as number] === 1 ? at + 3 : at + 1;
  };
  const skip = (bytes: Uint8Array, from: number, end: number): number => {
    let at = from;
    while (at < end && opens[bytes[at] as number] === 1) {
      const next = step(bytes, at, end);
      if (next < 0) return at > from ? at : -1;
      at = next;
    }
    return at;
  };
  return { gate: { opens, skip }, step };
}

/** Per byte: 1 in one of the ranges. */
export function marked(ranges: Ranges): Uint8Array {
  const table = new Uint8Array(256);
  for (const [from, to] of ranges) table.fill(1, from, to + 1);
  return table;
}
