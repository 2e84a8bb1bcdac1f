import { createDeflate, createInflate } from 'node:zlib';
import { oids } from './algorithms.ts';
import { algorithm, context, derInteger, derOid, derPieces, elementAt, elementsOf, Malformed, octetsOf, oidOf, tags } from './ber.ts';

/** `ContentInfo` of `CompressedData` (RFC 3274), in DER, in pieces. */
export async function compress(parts: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const deflate = createDeflate();
  const packed = gather(deflate, Infinity);
  for (const part of parts) deflate.write(part);
  deflate.end();
  const octets = derPieces(context(0), derPieces(tags.octets, (await packed)!));
  const fields = [derInteger(0), algorithm(oids.zlib), ...derPieces(tags.sequence, [derOid(oids.data), ...octets])];
  return derPieces(tags.sequence, [derOid(oids.compressedData), ...derPieces(context(0), derPieces(tags.sequence, fields))]);
}

export type Decompressed = { readonly opened: true; readonly bytes: Uint8Array } | { readonly opened: false; readonly reason: string };

/** What was compressed, where it is not more than `limit` bytes: what grows beyond is not unpacked to its end. Throws `Malformed`. */
export async function decompress(bytes: Uint8Array, limit: number): Promise<Decompressed> {
  const [, wrapped] = elementsOf(bytes, elementAt(bytes, 0));
  if (!wrapped) throw new Malformed('there is no content');
  const [, identifier, info] = elementsOf(bytes, elementAt(bytes, wrapped.start, wrapped.end));
  if (!identifier || !info) throw new Malformed('the compressed content is not whole');
  if (oidOf(bytes, elementsOf(bytes, identifier)[0]) !== oids.zlib) return { opened: false, reason: 'it is not compressed with ZLIB' };
  const holder = elementsOf(bytes, info)[1];
  const octets = holder && elementsOf(bytes, holder)[0];
  if (!octets) throw new Malformed('there is no compressed content');
  const pieces = octetsOf(bytes, octets);
  const inflate = createInflate();
  const unpacked = gather(inflate, limit);
  for (const piece of pieces) inflate.write(piece);
  inflate.end();
  try {
    const whole = await unpacked;
    return whole ? { opened: true, bytes: Buffer.concat(whole) } : { opened: false, reason: `it is more than ${limit} bytes when it is unpacked` };
  } catch (error) {
    return { opened: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

/** What a stream gives; undefined where it is more than `limit`. */
async function gather(stream: NodeJS.ReadWriteStream & { destroy(): void }, limit: number): Promise<Uint8Array[] | undefined> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of stream as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > limit) {
      stream.destroy();
      return undefined;
    }
    pieces.push(piece);
  }
  return pieces;
}
