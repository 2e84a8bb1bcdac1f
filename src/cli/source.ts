import { closeSync, createReadStream, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import { Pages, type Pool } from '../dictionary/paging.ts';
import { UsageError } from './main.ts';
import type { LineColumn, Place } from '../diagnostics/place.ts';

/** The bytes of a file, or of standard input for `-`, in pieces: memory does not grow with the file. */
export async function* chunksOf(path: string): AsyncGenerator<Buffer> {
  const stream = path === '-' ? process.stdin : createReadStream(path, { highWaterMark: 256 * 1024 });
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } catch (error) {
    throw Object.assign(error as Error, { path }); // reading a folder fails without saying which
  }
}

/** As findings name it. */
export const sourceName = (path: string): string => (path === '-' ? 'standard input' : path);

/** A small file, or standard input for `-`, whole. */
export function readWhole(path: string): Buffer {
  try {
    return readFileSync(path === '-' ? 0 : path);
  } catch (error) {
    throw Object.assign(error as Error, { path });
  }
}

/** A small file of JSON. */
export function readJson(path: string): object {
  let value: unknown;
  try {
    value = JSON.parse(readWhole(path).toString('utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new UsageError(`${path} is no JSON object`);
  return value;
}

/** A file that is read here and there. Standard input cannot be, and is read whole. */
export function openSource(path: string): { readonly length: number; read(at: number, length: number): Buffer; close(): void } {
  if (path === '-') {
    const bytes = readWhole(path);
    return { length: bytes.length, read: (at, length) => bytes.subarray(at, at + Math.max(0, length)), close: () => undefined };
  }
  try {
    const file = openSync(path, 'r');
    const stat = fstatSync(file);
    if (stat.isDirectory()) throw Object.assign(new Error(`${path} is a folder`), { code: 'EISDIR' });
    const { size } = stat;
    return {
      length: size,
      read(at, length) {
        const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - at)));
        let done = 0;
        for (let read = 1; read > 0 && done < bytes.length; done += read) read = readSync(file, bytes, done, bytes.length - done, at + done);
        return bytes.subarray(0, done);
      },
      close: () => closeSync(file),
    };
  } catch (error) {
    throw Object.assign(error as Error, { path });
  }
}

const remembered = 8 * 1024 * 1024;
const linesOfPage = 4096;

/** What was read, as far as findings need it: where lines begin, and the bytes themselves while they are few. */
export class SourceIndex {
  readonly name: string;
  readonly #starts: Pages<Float64Array>; // line n begins at the (n - 1)th
  #lines = 1;
  #length = 0;
  #last = 0; // the last byte: CR LF is one line break, also across pieces
  #kept: Buffer[] | undefined = [];

  constructor(path: string, pool?: Pool) {
    this.#starts = new Pages(pool);
    this.#starts.add(new Float64Array(linesOfPage), linesOfPage * 8);
    this.name = sourceName(path);
  }

  get length(): number {
    return this.#length;
  }

  push(chunk: Buffer): void {
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]!;
      if (byte === 0x0a && this.#last === 0x0d) this.#set(this.#lines - 1, this.#length + i + 1);
      else if (byte === 0x0a || byte === 0x0d) this.#begin(this.#length + i + 1);
      this.#last = byte;
    }
    this.#length += chunk.length;
    if (this.#length > remembered) this.#kept = undefined;
    else this.#kept?.push(chunk);
  }

  /** The whole of a small source, for excerpts. */
  bytes(): Uint8Array | undefined {
    return this.#kept && Buffer.concat(this.#kept);
  }

  locate(offset: number): LineColumn {
    let low = 0;
    let high = this.#lines - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#start(middle) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - this.#start(low) + 1 };
  }

  #start(line: number): number {
    return this.#starts.read(Math.floor(line / linesOfPage))[line % linesOfPage]!;
  }

  #set(line: number, offset: number): void {
    this.#starts.change(Math.floor(line / linesOfPage))[line % linesOfPage] = offset;
  }

  #begin(offset: number): void {
    if (this.#lines % linesOfPage === 0) this.#starts.add(new Float64Array(linesOfPage), linesOfPage * 8);
    this.#set(this.#lines++, offset);
  }
}

/** A file in which nothing was found amiss, since there is nothing in it, is not in order. */
export function noMessage(source: string): Diagnostic {
  return finding('GATEWAY_NO_MESSAGE', {}, { data: { source, start: 0, end: 0 } });
}

/** Line and column beside whatever was made of a place. */
export function located<T extends object>(value: T, place: Place | undefined, index: SourceIndex): T & Partial<LineColumn> {
  return place ? { ...value, ...index.locate(place.start) } : value;
}
