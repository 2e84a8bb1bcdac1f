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
  readonly files: ReadonlyMap<string, ArchiveFile>;
  readonly findings: readonly Diagnostic[];
}

/** Bytes at hand or in a file: memory does not grow with them. */
export interface ByteSource {
  readonly length: number;
  /** At most so many from a place on; fewer at the end. */
  read(at: number, length: number): Buffer;
}

export interface ArchiveFile {
  readonly size: number;
  chunks(): Iterable<Uint8Array>; // of 1 MiB
  text(): string; // whole: of all but contents
}

interface Member {
  readonly name: string;
  readonly start: number;
  readonly size: number;
}

const chunkSize = 2 ** 20;

function* chunksOf(source: ByteSource, { start, size }: Member): Generator<Buffer> {
  for (let at = 0; at < size; at += chunkSize) yield source.read(start + at, Math.min(chunkSize, size - at));
}

const textOf = (source: ByteSource, member: Member): string => Buffer.concat([...chunksOf(source, member)]).toString('utf8');

/** Bytes in memory, as a source. */
export function sourceOf(input: Uint8Array): ByteSource {
  const bytes = Buffer.from(input.buffer, input.byteOffset, input.length);
  return { length: bytes.length, read: (at, length) => bytes.subarray(at, at + length) };
}

export function readArchive(bytes: ByteSource): Archive {
  const readings = [walk(bytes), fromDirectory(bytes)]
    .filter((members) => members.length > 0)
    .map((members) => ({ members, differences: compare(bytes, members) }));
  // A name stands in both places too: of two readings that explain as much, the one whose names the manifest knows.
  const best = readings.sort((a, b) => a.differences.length - b.differences.length || strangers(bytes, a.members) - strangers(bytes, b.members))[0];
  if (!best) return { files: new Map(), findings: [finding('EVIDENCE_NOT_A_BUNDLE', { message: 'it is not a zip' })] };
  const findings = best.differences.map(({ offset, part }) => finding('EVIDENCE_BUNDLE_BYTES', { offset: String(offset), part }));
  const fileOf = (member: Member): ArchiveFile => ({ size: member.size, chunks: () => chunksOf(bytes, member), text: () => textOf(bytes, member) });
  return { files: new Map(best.members.map((member) => [member.name, fileOf(member)])), findings };
}

/** How many of the names the manifest does not mention. */
function strangers(bytes: ByteSource, members: readonly Member[]): number {
  const found = members.find(({ name }) => name === 'manifest.json');
  const manifest = found ? textOf(bytes, found) : '';
  const isKnown = (name: string): boolean => name === 'manifest.json' || name === 'manifest.note' || manifest.includes(JSON.stringify(name));
  return members.filter(({ name }) => !isKnown(name)).length;
}

/** The files as the headers in front of them tell. */
function walk(bytes: ByteSource): Member[] {
  const members: Member[] = [];
  for (let at = 0; at + 30 <= bytes.length;) {
    const head = bytes.read(at, 30);
    if (head.readUInt32LE(0) !== 0x04034b50) break;
    const size = head.readUInt32LE(18);
    const start = at + 30 + head.readUInt16LE(26);
    if (start + size > bytes.length) break;
    members.push({ name: bytes.read(at + 30, start - at - 30).toString('latin1'), start, size });
    at = start + size;
  }
  return members;
}

/** The files as the directory tells; where they begin follows from the sizes before them. */
function fromDirectory(bytes: ByteSource): Member[] {
  if (bytes.length < 22) return [];
  const members: Member[] = [];
  const end = bytes.length - 22;
  let at = bytes.read(end, 22).readUInt32LE(16);
  for (let start = 0; at + 46 <= end;) {
    const head = bytes.read(at, 46);
    const name = bytes.read(at + 46, head.readUInt16LE(28)).toString('latin1');
    const size = head.readUInt32LE(24);
    start += 30 + name.length;
    if (start + size > end) return [];
    members.push({ name, start, size });
    start += size;
    at += 46 + name.length;
  }
  return members;
}

/** The first byte of each part that is not as it would be if the archive were made from these files. */
function compare(actual: ByteSource, members: readonly Member[]): { offset: number; part: string }[] {
  const differences: { offset: number; part: string }[] = [];
  let at = 0;
  const expect = (expected: Uint8Array, part: string): void => {
    const offset = firstDifference(actual, at, expected);
    if (offset !== undefined) differences.push({ offset, part });
    at += expected.length;
  };
  const directory: Buffer[] = [];
  members.forEach((member, i) => {
    const { name, size } = member;
    const stated = actual.length >= at + 18 ? actual.read(at + 14, 4).readUInt32LE() : 0;
    let computed = 0;
    for (const chunk of chunksOf(actual, member)) computed = crc32(chunk, computed);
    // Two of the three checksums agree: of the bytes, in front of them, in the directory. Where the bytes are the odd one, they were changed.
    const crc = stated !== computed && statedInDirectory(actual, members, i) === stated ? stated : computed;
    if (crc !== computed) differences.push({ offset: at + 30 + name.length, part: `in the bytes of ${name}` });
    const offset = at;
    // Ascending, so none twice: of two files with one name, another reader may show the other.
    if (name <= (members[i - 1]?.name ?? '')) differences.push({ offset, part: `the order of the files, at ${name}` });
    expect(head(name, size, crc), `the header of ${name}`);
    at += size;
    directory.push(entry(name, size, crc, offset));
  });
  const directoryAt = at;
  directory.forEach((expected, i) => expect(expected, `the directory, at ${members[i]!.name}`));
  expect(ending(members.length, at - directoryAt, directoryAt), 'the end of the archive');
  if (at !== actual.length) differences.push({ offset: at, part: 'the length of the archive' });
  return differences;
}

function firstDifference(actual: ByteSource, at: number, expected: Uint8Array): number | undefined {
  const found = actual.read(at, expected.length);
  for (let i = 0; i < expected.length; i++) if (found[i] !== expected[i]) return at + i;
  return undefined;
}

/** The checksum of the i-th file in the directory, counted from the end of the archive so that it does not depend on the sizes. */
function statedInDirectory(actual: ByteSource, members: readonly Member[], i: number): number | undefined {
  const behind = members.slice(i).reduce((sum, { name }) => sum + 46 + name.length, 22);
  const at = actual.length - behind;
  return at >= 0 ? actual.read(at + 16, 4).readUInt32LE() : undefined;
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
