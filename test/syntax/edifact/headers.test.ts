import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { plainHeaders } from '../../../src/syntax/edifact/headers.ts';
import { readerLimits } from '../../../src/syntax/limits.ts';
import { edifactReader } from '../../../src/syntax/edifact/reader.ts';
import { root } from '../../root.ts';
import { corpus } from './corpus.ts';
import { edi } from './read.ts';

/*
 * Headers alone, as intake reads them: the same interchanges and messages as when all is read, whatever stands between.
 */
function headers(chunks: readonly Uint8Array[], headersOnly: boolean): readonly string[] {
  const seen: string[] = [];
  const reader = edifactReader(
    {
      interchange: ({ charset, ...interchange }) => seen.push(JSON.stringify({ ...interchange, declared: charset.declared })),
      message: ({ interchange, ...header }) => seen.push(JSON.stringify({ ...header, of: interchange.index })),
    },
    { headersOnly },
  );
  for (const chunk of chunks) reader.push(chunk);
  reader.end();
  return seen;
}

/** The same at a glance, where that suffices. */
function glance(bytes: Uint8Array): readonly string[] | undefined {
  const plain = plainHeaders(bytes, readerLimits.edifact);
  if (!plain) return undefined;
  const { charset, ...interchange } = plain.interchange;
  return [
    JSON.stringify({ ...interchange, declared: charset.declared }),
    ...plain.messages.map(({ interchange: { index }, ...header }) => JSON.stringify({ ...header, of: index })),
  ];
}

const samples = ['forty-containers', 'latin-1', 'two-bills', 'una-and-repetition', 'wrong-count', 'wrong-structure'].map((name) => ({
  name,
  bytes: readFileSync(join(root, 'samples', name, 'input.edi')),
}));

const cases: readonly { readonly what: string; readonly text: string; readonly seen: number }[] = [
  { what: 'two messages', text: "UNB+UNOA:3+A+B+260101:0000+1'UNH+1+X:D:95B:UN'BGM+1'UNT+3+1'UNH+2+X:D:95B:UN'BGM+2'UNT+3+2'UNZ+2+1'", seen: 3 },
  { what: 'a released terminator', text: "UNB+UNOA:3+A+B+260101:0000+1'UNH+1+X:D:95B:UN'FTX+a?'UNH+b??'UNT+3+1'UNZ+1+1'", seen: 2 },
  { what: 'segments that begin with U', text: "UNB+UNOA:3+A+B+260101:0000+1'UNH+1+X:D:95B:UN'UCI+1'UGH+1'UNS+D'UNT+3+1'UNZ+1+1'", seen: 2 },
  { what: 'line breaks and blanks', text: "UNB+UNOA:3+A+B+260101:0000+1'\r\n UNH+1+X:D:95B:UN'\nBGM+1'\r\n\r\nUNT+3+1'\nUNZ+1+1'\n", seen: 2 },
  {
    what: 'no release character, and a NUL before a terminator',
    text: "UNA:+,  'UNB+UNOA:3+A+B+260101:0000+1'FTX+a\0'UNH+1+X:D:95B:UN'UNT+2+1'UNZ+1+1'",
    seen: 2,
  },
  { what: 'no end', text: "UNB+UNOA:3+A+B+260101:0000+1'UNH+1+X:D:95B:UN'BGM+1'FTX+never ended", seen: 2 },
  {
    what: 'two interchanges, the first without its end',
    text: "UNB+UNOA:3+A+B+260101:0000+1'UNH+1+X:D:95B:UN'BGM'UNB+UNOA:3+C+D+260101:0000+2'UNH+1+Y'UNT+2+1'UNZ+1+2'",
    seen: 4,
  },
];

for (const { what, text, seen } of cases)
  t.test(what, (t) => {
    const read = headers([edi(text)], true);
    t.same(read, headers([edi(text)], false));
    t.equal(read.length, seen);
    t.same(glance(edi(text)) ?? read, read, 'and at a glance, where that is possible');
    t.end();
  });

t.test('samples and corpus: the same headers, however the input is cut', (t) => {
  const files = [...samples, ...corpus()].filter(({ bytes }) => bytes.length < 200_000);
  let glanced = 0;
  for (const { name, bytes } of files) {
    const whole = headers([bytes], false);
    t.same(headers([bytes], true), whole, name);
    const seen = glance(bytes);
    if (seen) glanced++;
    t.same(seen ?? whole, whole, `${name}, at a glance`);
    const at = Math.floor(bytes.length / 3);
    t.same(headers([bytes.subarray(0, at), bytes.subarray(at, 2 * at), bytes.subarray(2 * at)], true), whole, `${name}, in three`);
  }
  t.ok(glanced >= 4, `${glanced} of ${files.length} at a glance`);
  t.end();
});

t.test('whatever is between headers and however it is cut, headers alone are those of the whole', (t) => {
  const piece = fc.constantFrom(
    "UNB+UNOA:3+A+B+260101:0000+1'",
    "UNH+1+X:D:95B:UN'",
    "UNT+2+1'",
    "UNZ+1+1'",
    "UNA:+.? '",
    "UNG+X'",
    "UNE+1'",
    'BGM',
    "+a?'b",
    "'",
    '?',
    '\r\n',
    'U',
    'UN',
    "FTX+U'",
    ' ',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), fc.nat(), fc.nat(), (pieces, a, b) => {
      const bytes = edi(`UNB+UNOA:3+A+B+260101:0000+1'${pieces.join('')}`);
      const [first, second] = [a % (bytes.length + 1), b % (bytes.length + 1)].sort((x, y) => x - y) as [number, number];
      const cut = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)];
      const whole = JSON.stringify(headers([bytes], false));
      const seen = glance(bytes);
      return JSON.stringify(headers(cut, true)) === whole && (seen === undefined || JSON.stringify(seen) === whole);
    }),
    { numRuns: 500 },
  );
  t.end();
});
