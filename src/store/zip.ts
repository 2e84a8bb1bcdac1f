/** A file of an archive: what stands in front of it has to be known before its bytes are at hand. */
export interface ZipFile {
  readonly name: string; // ASCII
  readonly size: number;
  readonly crc: number; // CRC-32
  chunks(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

const dosDate = 0x0021; // 1980-01-01, the first day a zip can state

/** What an archive without extensions can state. */
export const mostBytes = 0xffff_ffff;
export const mostFiles = 0xffff;

/** An archive in the making: how long it will be, and its bytes, one file after the other. */
export interface Zip {
  readonly size: number;
  chunks(): AsyncGenerator<Uint8Array, void>;
}

/**
 * A zip that depends on its files alone: sorted by name, stored, one fixed date, no extra fields, no comments. Whoever has
 * the files can make it again byte for byte, and a verifier does. PKWARE APPNOTE 4.3.7 (local header), 4.3.12
 * (directory), 4.3.16 (end).
 */
export function zip(files: readonly ZipFile[]): Zip {
  const sorted = [...files].sort((a, b) => (a.name < b.name ? -1 : 1));
  const directory: Buffer[] = [];
  const heads: Buffer[] = [];
  let offset = 0;
  for (const { name, size, crc } of sorted) {
    const common = header(crc, size, name.length);
    const local = Buffer.concat([signature('PK\x03\x04'), common, Buffer.from(name, 'latin1')]);
    const place = Buffer.alloc(14); // comment, disk, attributes: none; then the offset
    place.writeUInt32LE(offset, 10);
    directory.push(signature('PK\x01\x02'), Buffer.of(20, 0), common, place, Buffer.from(name, 'latin1'));
    heads.push(local);
    offset += local.length + size;
    if (offset > mostBytes || sorted.length > mostFiles) throw new RangeError('a bundle holds at most 4 GB in 65,535 files');
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(sorted.length, 8);
  end.writeUInt16LE(sorted.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(offset, 16);
  return {
    size: offset + listed.length + end.length,
    async *chunks() {
      for (const [i, file] of sorted.entries()) {
        yield heads[i]!;
        yield* file.chunks();
      }
      yield listed;
      yield end;
    },
  };
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
