import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { seeded, type Random } from '../../../src/maps/generate-values.ts';
import { root } from '../../root.ts';

/** What may stand anywhere, and must not be taken for what it is not. */
const tokens = (
  "' + : ? * ?' ?? UNA:+.?*' UNB+UNOC:4+S+R+20261120:1052+1' UNG+ UNH UNH+1+X:D:95B:UN' UNT UNT+2+1' UNE UNZ UNZ+1+1' RFF NAD GID CNI LOC+9+ FTX+AAI+++ 999999999999 -1 " +
  '< > </ /> & &amp; &#x0; &#xd800; &bad; <!DOCTYPE <!-- --> <![CDATA[ ]]> <? ?> xmlns="" xmlns:p="u" p:q \0 \xff \xc3\xa9 \xef\xbb\xbf \x1b$ <Consignment> </Consignment> <ID/> 2026-13-45 +++++++++ ::::::::: ' +
  'FWB/16 FNA/1 /2/ //// ACK/ OCI/// QU =TEXT \x01 \x03 \r\n \n\n /NG/ AWB 125-12345675LHRTPE/T12K480.5 ISA*00* ~ ST*309*1~ SE*1*1~ GE*1*1~ "" "; ;;;; ,,,, \x40\x40 \xc1 {0 0}'
).split(' ');

/** Samples and inputs of cases by the ending of their files: one for each syntax. */
const originals: ReadonlyMap<string, readonly Buffer[]> = (() => {
  const folders = [join(root, 'samples'), ...cases(join(root, 'mappings'))];
  const found = new Map<string, Buffer[]>();
  for (const file of folders.flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)))) {
    const [, kind] = /\/input\.(\w+)$/.exec(file) ?? [];
    if (kind === undefined) continue;
    const known = found.get(kind);
    if (known) known.push(readFileSync(file));
    else found.set(kind, [readFileSync(file)]);
  }
  return found;
})();

/** What can be damaged: an ending of files. */
export const kinds: readonly string[] = [...originals.keys()].sort();

function cases(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((each) => each.isDirectory() && each.name === 'cases')
    .map((each) => join(each.parentPath, each.name));
}

const megabyte = 1 << 20;

/** One input of a campaign: the same seed, number and kinds give the same bytes, in the same pieces. */
export interface Input {
  readonly kind: string;
  readonly bytes: Buffer;
  readonly cuts: readonly number[];
  readonly isLarge: boolean;
}

/** Every 5,000th is a megabyte: a damaged sample, repeated from somewhere in it. The kinds take turns. */
export function inputOf(seed: number, number: number, among: readonly string[] = kinds): Input {
  const random = seeded(Math.imul(seed, 0x9e3779b1) + number);
  const kind = among[number % among.length]!;
  const original = pick(originals.get(kind)!, random);
  const small = damage(random() < 0.7 ? shortened(original, random) : original, random);
  const isLarge = number % 5_000 === 4_999;
  const bytes = isLarge ? repeated(small, random) : small;
  const cuts = random() < 0.5 ? [] : Array.from({ length: 1 + Math.floor(random() * 3) }, () => Math.floor(random() * bytes.length));
  return { kind, bytes, cuts: cuts.sort((a, b) => a - b), isLarge };
}

/** One to six changes: something put in, taken out, repeated, cut off, or another byte. */
function damage(original: Buffer, random: Random): Buffer {
  let bytes = original;
  const before = (at: number, inserted: Buffer): Buffer => Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at)]);
  for (let changes = 1 + Math.floor(random() * 6); changes > 0; changes--) {
    const at = Math.floor(random() * bytes.length);
    const kind = random();
    if (kind < 0.3) bytes = before(at, Buffer.from(pick(tokens, random), 'latin1'));
    else if (kind < 0.5) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + Math.floor(random() * 40))]);
    else if (kind < 0.65) bytes = before(at, piece(bytes, 200, random));
    else if (kind < 0.7) bytes = before(at, piece(pick(originals.get(pick(kinds, random))!, random), 400, random));
    else if (kind < 0.75) bytes = before(at, Buffer.alloc(Math.floor(random() * 2_000), bytes[at]));
    else if (kind < 0.8) bytes = bytes.subarray(0, at);
    else {
      bytes = Buffer.from(bytes);
      bytes[at] = Math.floor(random() * 256);
    }
    if (bytes.length === 0) bytes = Buffer.from('U');
  }
  return bytes;
}

/** Its beginning, something from its middle, and its end. */
function shortened(bytes: Buffer, random: Random): Buffer {
  const from = 160 + Math.floor(random() * bytes.length);
  return Buffer.concat([bytes.subarray(0, 160), bytes.subarray(from, from + 300), bytes.subarray(-60)]);
}

function repeated(bytes: Buffer, random: Random): Buffer {
  const start = Math.floor((random() * bytes.length) / 2);
  const again = bytes.subarray(start, start + 1 + Math.floor(random() * Math.min(bytes.length - start, 600)));
  const times = Math.ceil((megabyte - bytes.length) / again.length);
  return Buffer.concat([bytes.subarray(0, start), ...Array.from({ length: times }, () => again), bytes.subarray(start)]);
}

function piece(bytes: Buffer, most: number, random: Random): Buffer {
  const from = Math.floor(random() * bytes.length);
  return bytes.subarray(from, from + Math.floor(random() * most));
}

function pick<T>(list: readonly T[], random: Random): T {
  return list[Math.floor(random() * list.length)]!;
}
