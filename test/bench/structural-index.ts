/** A scanner at its barest, byte by byte: starts and kinds of tokens by fixed characters, and nothing else. */
export function structuralIndex(bytes: Uint8Array, starts: Int32Array, kinds: Uint8Array): number {
  const { length } = bytes;
  let token = 0;
  let start = 0;
  let released = 0;
  for (let at = 0; at < length; at++) {
    const byte = bytes[at]!;
    if (byte > 0x3a && byte !== 0x3f) continue;
    if (byte === 0x27) {
      starts[token] = start;
      kinds[token++] = 1 | released;
      released = 0;
      start = at + 1;
    } else if (byte === 0x2b) {
      starts[token] = start;
      kinds[token++] = 2 | released;
      released = 0;
      start = at + 1;
    } else if (byte === 0x3a) {
      starts[token] = start;
      kinds[token++] = 4 | released;
      released = 0;
      start = at + 1;
    } else if (byte === 0x3f) {
      at++;
      released = 8;
    }
  }
  return token;
}
