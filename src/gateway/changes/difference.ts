/** What one text has in the place of what another had. Offsets are bytes of the former. */
export interface Change {
  readonly at: number;
  readonly was: string;
  readonly is: string;
}

const largest = 4_000_000; // cells of the table; what differs in more is one change

/** Segments, lines and elements: whatever ends in a character at which messages are wont to end something. */
const tokensOf = (bytes: Uint8Array): string[] =>
  Buffer.from(bytes)
    .toString('latin1')
    .match(/[^\n'~>]*[\n'~>]|[^\n'~>]+$/g) ?? [];

/**
 * How bytes became other bytes: the fewest segments or lines that must be taken out and put in. Bytes are shown as Latin-1, in which
 * each is one character, so that the later text can be made of the former and the changes, whatever its character set.
 */
export function differenceOf(former: Uint8Array, later: Uint8Array): readonly Change[] {
  const [a, b] = [tokensOf(former), tokensOf(later)];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const start = a.slice(0, head).join('').length;
  return between(a.slice(head, a.length - tail), b.slice(head, b.length - tail), start);
}

function between(a: readonly string[], b: readonly string[], start: number): Change[] {
  if (a.length === 0 && b.length === 0) return [];
  if (a.length * b.length > largest) return [{ at: start, was: a.join(''), is: b.join('') }];
  const width = b.length + 1;
  const common = new Uint32Array((a.length + 1) * width); // length of what the ends from here on have in common
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      common[i * width + j] = a[i] === b[j] ? common[(i + 1) * width + j + 1]! + 1 : Math.max(common[(i + 1) * width + j]!, common[i * width + j + 1]!);
  const changes: { at: number; was: string; is: string }[] = [];
  let open: { at: number; was: string; is: string } | undefined;
  for (let i = 0, j = 0, at = start; i < a.length || j < b.length;) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      at += a[i]!.length;
      [i, j, open] = [i + 1, j + 1, undefined];
      continue;
    }
    if (!open) changes.push((open = { at, was: '', is: '' }));
    if (j === b.length || (i < a.length && common[(i + 1) * width + j]! >= common[i * width + j + 1]!)) {
      open.was += a[i]!;
      at += a[i++]!.length;
    } else open.is += b[j++]!;
  }
  return changes;
}

/** The later bytes, out of the former and the changes. */
export function changed(former: Uint8Array, changes: readonly Change[]): Buffer {
  const text = Buffer.from(former).toString('latin1');
  let at = 0;
  let made = '';
  for (const change of changes) {
    made += text.slice(at, change.at) + change.is;
    at = change.at + change.was.length;
  }
  return Buffer.from(made + text.slice(at), 'latin1');
}
