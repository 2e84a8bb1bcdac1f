import { crc32 } from 'node:zlib';
import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';

/**
 * Reads the zip of a bundle and accounts for every byte of it. A bundle has one form: stored, sorted, dated 1980-01-01,
 * nothing between, before or after. So the archive can be made again from the files, and every byte that differs is
 * named with the part it belongs to.
 *
 * The sizes of the files stand in two places, in front of each file and in the directory at the end. Both are followed;
 * the reading that leaves fewer bytes unexplained is taken, so that one changed length does not hide all that follows.
 */
export interface Archive {
  readonly files: ReadonlyMap<string, Buffer>;
  readonly findings: readonly Diagnostic[];
}

interface Member {
  readonly name: string;
  readonly bytes: Buffer;
}

export function readArchive(input: Uint8Array): Archive {
  const bytes = Buffer.from(input.buffer, input.byteOffset, input.length);
  const readings = [walk(bytes), fromDirectory(bytes)]
    .filter((members) => members.length > 0)
    .map((members) => ({ members, differences: compare(bytes, members) }));
  // A name stands in both places too: of two readings that explain as much, the one whose names the manifest knows.
  const best = readings.sort((a, b) => a.differences.length - b.differences.length || strangers(a.members) - strangers(b.members))[0];
  if (!best) return { files: new Map(), findings: [finding('EVIDENCE_NOT_A_BUNDLE', { message: 'it is not a zip' })] };
  const findings = best.differences.map(({ offset, part }) => finding('EVIDENCE_BUNDLE_BYTES', { offset: String(offset), part }));
  return { files: new Map(best.members.map(({ name, bytes: content }) => [name, content])), findings };
}

/** How many of the names the manifest does not mention. */
function strangers(members: readonly Member[]): number {
  const manifest = members.find(({ name }) => name === 'manifest.json')?.bytes.toString('utf8') ?? '';
  const isKnown = (name: string): boolean => name === 'manifest.json' || name === 'manifest.note' || manifest.includes(JSON.stringify(name));
  return members.filter(({ name }) => !isKnown(name)).length;
}

/** The files as the headers in front of them tell. */
function walk(bytes: Buffer): Member[] {
  const members: Member[] = [];
  for (let at = 0; at + 30 <= bytes.length && bytes.readUInt32LE(at) === 0x04034b50;) {
    const size = bytes.readUInt32LE(at + 18);
    const start = at + 30 + bytes.readUInt16LE(at + 26);
    if (start + size > bytes.length) break;
    members.push({ name: bytes.toString('latin1', at + 30, start), bytes: bytes.subarray(start, start + size) });
    at = start + size;
  }
  return members;
}

/** The files as the directory tells; where they begin follows from the sizes before them. */
function fromDirectory(bytes: Buffer): Member[] {
  if (bytes.length < 22) return [];
  const members: Member[] = [];
  const end = bytes.length - 22;
  let at = bytes.readUInt32LE(end + 16);
  for (let start = 0; at + 46 <= end;) {
    const name = bytes.toString('latin1', at + 46, at + 46 + bytes.readUInt16LE(at + 28));
    const size = bytes.readUInt32LE(at + 24);
    start += 30 + name.length;
    if (start + size > end) return [];
    members.push({ name, bytes: bytes.subarray(start, start + size) });
    start += size;
    at += 46 + name.length;
  }
  return members;
}

/** The first byte of each part that is not as it would be if the archive were made from these files. */
function compare(actual: Buffer, members: readonly Member[]): { offset: number; part: string }[] {
  const differences: { offset: number; part: string }[] = [];
  let at = 0;
  const expect = (expected: Uint8Array, part: string): void => {
    const offset = firstDifference(actual, at, expected);
    if (offset !== undefined) differences.push({ offset, part });
    at += expected.length;
  };
  const directory: Buffer[] = [];
  members.forEach(({ name, bytes }, i) => {
    const stated = actual.length >= at + 18 ? actual.readUInt32LE(at + 14) : 0;
    const computed = crc32(bytes);
    // Two of the three checksums agree: of the bytes, in front of them, in the directory. Where the bytes are the odd one, they were changed.
    const crc = stated !== computed && statedInDirectory(actual, members, i) === stated ? stated : computed;
    if (crc !== computed) differences.push({ offset: at + 30 + name.length, part: `in the bytes of ${name}` });
    const offset = at;
    // Ascending, so none twice: of two files with one name, another reader may show the other.
    if (name <= (members[i - 1]?.name ?? '')) differences.push({ offset, part: `the order of the files, at ${name}` });
    expect(head(name, bytes.length, crc), `the header of ${name}`);
    at += bytes.length;
    directory.push(entry(name, bytes.length, crc, offset));
  });
  const directoryAt = at;
  directory.forEach((expected, i) => expect(expected, `the directory, at ${members[i]!.name}`));
  expect(ending(members.length, at - directoryAt, directoryAt), 'the end of the archive');
  if (at !== actual.length) differences.push({ offset: at, part: 'the length of the archive' });
  return differences;
}

function firstDifference(actual: Buffer, at: number, expected: Uint8Array): number | undefined {
  for (let i = 0; i < expected.length; i++) if (actual[at + i] !== expected[i]) return at + i;
  return undefined;
}

/** The checksum of the i-th file in the directory, counted from the end of the archive so that it does not depend on the sizes. */
function statedInDirectory(actual: Buffer, members: readonly Member[], i: number): number | undefined {
  const behind = members.slice(i).reduce((sum, { name }) => sum + 46 + name.length, 22);
  const at = actual.length - behind;
  return at >= 0 ? actual.readUInt32LE(at + 16) : undefined;
}

function head(name: string, size: number, crc: number): Buffer {
  const bytes = Buffer.alloc(30 + name.length);
  bytes.writeUInt32LE(0x04034b50, 0);
  shared(bytes, 4, name, size, crc);
  bytes.write(name, 30, 'latin1');
  return bytes;
}

function entry(name: string, size: number, crc: number, offset: number): Buffer {
  const bytes = Buffer.alloc(46 + name.length);
  bytes.writeUInt32LE(0x02014b50, 0);
  bytes.writeUInt16LE(20, 4);
  shared(bytes, 6, name, size, crc);
  bytes.writeUInt32LE(offset, 42);
  bytes.write(name, 46, 'latin1');
  return bytes;
}

function shared(bytes: Buffer, at: number, name: string, size: number, crc: number): void {
  bytes.writeUInt16LE(20, at);
  bytes.writeUInt16LE(0x21, at + 8);
  bytes.writeUInt32LE(crc, at + 10);
  bytes.writeUInt32LE(size, at + 14);
  bytes.writeUInt32LE(size, at + 18);
  bytes.writeUInt16LE(name.length, at + 22);
}

function ending(files: number, size: number, at: number): Buffer {
  const bytes = Buffer.alloc(22);
  bytes.writeUInt32LE(0x06054b50, 0);
  bytes.writeUInt16LE(files, 8);
  bytes.writeUInt16LE(files, 10);
  bytes.writeUInt32LE(size, 12);
  bytes.writeUInt32LE(at, 16);
  return bytes;
}
