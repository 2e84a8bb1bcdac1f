import { crc32 } from 'node:zlib';

/** A file of an archive. */
export interface ZipFile {
  readonly name: string; // ASCII
  readonly bytes: Uint8Array;
}

const dosDate = 0x0021; // 1980-01-01, the first day a zip can state
const limit = 0xffff_ffff;

/**
 * A zip that depends on its files alone: sorted by name, stored, one fixed date, no extra fields, no comments. Whoever has
 * the files can make it again byte for byte, and a verifier does. PKWARE APPNOTE 4.3.7 (local header), 4.3.12
 * (directory), 4.3.16 (end).
 */
export function zip(files: readonly ZipFile[]): Buffer {
  const sorted = [...files].sort((a, b) => (a.name < b.name ? -1 : 1));
  const parts: Uint8Array[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, bytes } of sorted) {
    const common = header(crc32(bytes), bytes.length, name.length);
    const local = Buffer.concat([signature('PK\x03\x04'), common, Buffer.from(name, 'latin1')]);
    const place = Buffer.alloc(14); // comment, disk, attributes: none; then the offset
    place.writeUInt32LE(offset, 10);
    directory.push(signature('PK\x01\x02'), Buffer.of(20, 0), common, place, Buffer.from(name, 'latin1'));
    parts.push(local, bytes);
    offset += local.length + bytes.length;
    if (offset > limit || sorted.length > 0xffff) throw new RangeError('a bundle holds at most 4 GB in 65,535 files');
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(sorted.length, 8);
  end.writeUInt16LE(sorted.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, listed, end]);
}

/** What the local header and the directory state alike: version 2.0, no flags, stored, date, check, sizes, name length. */
function header(crc: number, size: number, nameLength: number): Buffer {
  const bytes = Buffer.alloc(26);
  bytes.writeUInt16LE(20, 0);
  bytes.writeUInt16LE(dosDate, 8);
  bytes.writeUInt32LE(crc, 10);
  bytes.writeUInt32LE(size, 14);
  bytes.writeUInt32LE(size, 18);
  bytes.writeUInt16LE(nameLength, 22);
  return bytes;
}

function signature(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}
