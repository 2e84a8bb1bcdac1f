import { atomKey } from '../unit.ts';
import type { MessageNode, Position, SegmentDirectory, SegmentSyntax, TextForm, WireFormat } from '../segmented.ts';
import type { Column, Layout, RecordLayout } from './layout.ts';

/** Records as a segmented syntax: no record names the message, the layout does. */
export const recordSegments: SegmentSyntax = { header: 'layout', service: undefined, fields: { layout: ({ type }) => type } };

/** A layout as maps ask of it: columns by their names; `line1..line3[*]` is a text that goes on from one to the other, through what stands between. */
export function recordDirectory(layout: Layout): SegmentDirectory {
  const records = new Map(layout.records.map((record) => [record.tag, record]));
  const columns = (tag: string): readonly Column[] => records.get(tag)?.columns ?? [];
  const isOuter = ({ tag }: RecordLayout): boolean => tag === layout.interchange.header || tag === layout.interchange.trailer;
  return {
    name: layout.name,
    coded: true,
    has: (tag) => records.has(tag),
    tags: () => [...records.keys()],
    ids: (tag) => columns(tag).map(({ name }) => name),
    positions: (tag) => columns(tag).flatMap((column) => (column.constant === undefined ? [positionOf(column)] : [])),
    element(tag, id) {
      const [first = '', last = first, ...more] = id.split('..');
      const placed = columns(tag);
      const from = placed.findIndex(({ name }) => name === first);
      const found = placed.slice(from, placed.findIndex(({ name }) => name === last) + 1);
      const column = from < 0 || more.length > 0 ? undefined : found[0];
      return column && { keys: found.map(({ number }) => atomKey(number, 1)), format: formatOf(column), required: column.required ? 'unit' : undefined };
    },
    messages: () => [layout.name],
    nodes: (message) => (message === layout.name ? nodesUnder('') : undefined),
  };

  function nodesUnder(tag: string): MessageNode[] {
    return layout.records.filter((record) => record.under === tag && !isOuter(record)).map(nodeOf);
  }

  function nodeOf({ tag, min, max }: RecordLayout): MessageNode {
    const inner = nodesUnder(tag);
    const own = { required: min > 0, repeat: max };
    return inner.length === 0 ? { id: tag, ...own } : { id: `${tag} and what is under it`, ...own, nodes: [{ id: tag, required: true, repeat: 1 }, ...inner] };
  }
}

const positionOf = (column: Column): Position => ({
  id: column.name,
  key: atomKey(column.number, 1),
  format: formatOf(column),
  required: column.required ? 'unit' : undefined,
  codes: () => [],
});

/** What a column holds, in characters; of numbers with implied decimals also which numbers. */
function formatOf({ type, length, decimals, sign }: Column): WireFormat {
  if (type === 'text') return { type: 'an', min: 1, max: length || 512 };
  const packed = type === 'packed' || type === 'packed-digits';
  const digits = packed ? 2 * length - 1 : type === 'binary' ? Math.floor(2.4 * length) : length || 17;
  if (type === 'digits' || type === 'packed-digits') return { type: 'an', min: 1, max: digits, form: digitsOnly(digits) };
  if (decimals === undefined) return { type: 'n', min: 1, max: digits, form: writtenOut(digits) };
  const room = type === 'number' && (sign === 'leading' || sign === 'trailing') ? digits - 1 : digits;
  return { type: 'an', min: 1, max: room + 3, form: numberOf(room, decimals, type !== 'binary' && sign === 'none') };
}

const digitsOnly = (max: number): TextForm => ({
  words: `at most ${max} digits`,
  fits: (text) => /^\d+$/.test(text) && text.length <= max,
  example: (random) => someDigits(1 + Math.floor(random() * max), random),
});

/** A number as written: its mark and its sign stand in the column too. */
const writtenOut = (max: number): TextForm => ({
  words: `a number of at most ${max} characters`,
  fits: (text) => /^-?\d*\.?\d+$/.test(text) && text.length <= max,
  example: (random) => someDigits(1 + Math.floor(random() * Math.min(max, 9)), random),
});

function numberOf(digits: number, decimals: number, unsigned: boolean): TextForm {
  const pattern = new RegExp(`^${unsigned ? '' : '-?'}\\d{1,${Math.max(1, digits - decimals)}}(\\.\\d{1,${Math.max(1, decimals)}})?$`);
  const whole = Math.max(1, digits - decimals);
  return {
    words: `a number of at most ${digits} digits, ${decimals} of them decimals${unsigned ? ', and not below zero' : ''}`,
    fits: (text) => pattern.test(text) && (decimals > 0 || !text.includes('.')) && (digits > decimals || text.replace('-', '').startsWith('0')),
    again: (text) => padded(text, decimals),
    example: (random) =>
      (digits > decimals ? someDigits(1 + Math.floor(random() * whole), random) : '0') + (decimals > 0 ? `.${someDigits(decimals, random)}` : ''),
  };
}

/** With as many decimals as are implied. */
function padded(text: string, decimals: number): string {
  const [whole = '', part = ''] = text.split('.');
  const zeros = decimals === 0 ? '' : `.${part.padEnd(decimals, '0')}`;
  return `${whole.replace(/^(-?)0+(?=\d)/, '$1')}${zeros}`.replace(/^-(?=[0.]*$)/, '');
}

const someDigits = (count: number, random: () => number): string => Array.from({ length: count }, () => 1 + Math.floor(random() * 9)).join('');
