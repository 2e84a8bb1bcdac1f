import t from 'tap';
import { finding, type FindingParts } from '../../src/diagnostics/diagnostic.ts';
import { lineColumn, lineColumns, type EdiAddress, type Place } from '../../src/diagnostics/place.ts';
import { renderFinding, renderFindings } from '../../src/diagnostics/text.ts';
import { renderGithub } from '../../src/diagnostics/github.ts';
import { findingJson } from '../../src/diagnostics/json.ts';

/** Sources by name, and the place of a piece of text in them. */
const sources: Readonly<Record<string, string>> = {
  'plain.edi': "UNB+UNOA:2+A+B+240301:1200+1'UNH+1+X:D:95B:UN'BGM+785+M1+9'NAD+CZ+++ACME GMBH+HAFENSTR 1+HAMBURG++20457+DX'UNT+4+1'UNZ+1+1'",
  'lines.edi': "UNA:+.? '\r\nUNB+UNOA:2+A+B+240301:1200+1'\r\nUNH+1+X:D:95B:UN'\r\nFTX+AAA+++O?'BRIEN ?? CO?'S'\r\nUNT+3+1'\r\nUNZ+1+1'\r\n",
  'una.edi': "UNA:+.\\*~UNB+UNOA:4+A+B+240301:1200+1~UNH+1+X:D:95B:UN~NAD+CZ+IT'S+A\\~B~UNT+3+1~UNZ+1+1~",
  'long.edi': `UNH+1+X:D:95B:UN'FTX+AAA+++${'GOODS '.repeat(60)}+${'MORE '.repeat(60)}'`,
  'cargo.xml': '<Declaration>\n  <Consignment>\n\t<Weight unit="KGM">x42</Weight>\n  </Consignment>\n</Declaration>\n',
  'wide.xml': '<Name>上海 Ltd & Söhne</Name>\n',
  'map.yaml': 'syntax:\n  - segment: NAD\n    bind: { C082.3O39: id }\n',
};
const bytes = (name: string): Uint8Array | undefined => (sources[name] === undefined ? undefined : Buffer.from(sources[name]));

function at(source: string, text: string, more: Partial<Place> = {}): Place {
  const start = Buffer.from(sources[source]!).indexOf(text);
  if (start < 0) throw new Error(`${source} has no ${text}`);
  return { source, start, end: start + Buffer.byteLength(text), ...more };
}
const edi = (tag: string, segment: number, more: Partial<EdiAddress> = {}): { readonly edi: EdiAddress } => ({ edi: { message: 1, tag, segment, ...more } });

const unreadable = (parts: FindingParts) => finding('MAP_VALUE', { value: 'DX', reason: 'it is not in the code table countries' }, parts);
const shown = (parts: FindingParts): string => `\n${renderFinding(unreadable(parts), { bytes })}`;

t.test('a fault in a message shows its segment, with the ordinal in the margin', (t) => {
  t.equal(
    shown({ data: at('plain.edi', 'DX', edi('NAD', 3, { id: '3207', element: 10 })), rule: at('map.yaml', 'bind') }),
    `
error MAP_VALUE  plain.edi:1:105
   │
 3 │ NAD+CZ+++ACME GMBH+HAFENSTR 1+HAMBURG++20457+DX'
   │                                              ^^ segment 3 of message 1 (NAD), element 3207
   │
   = \`DX\` cannot be read: it is not in the code table countries
   = rule: map.yaml:3:5
   = hint: correct the value and send again
   = see: src/diagnostics/CODES.md#map_value
`,
  );
  t.end();
});

t.test('released terminators and line breaks do not end or begin an excerpt', (t) => {
  t.match(shown({ data: at('lines.edi', 'AAA', edi('FTX', 2)) }), "\n 2 │ FTX+AAA+++O?'BRIEN ?? CO?'S'\n   │     ^^^ segment 2 of message 1 (FTX)\n");
  t.match(shown({ data: at('una.edi', 'CZ', edi('NAD', 2)) }), "\n 2 │ NAD+CZ+IT'S+A\\~B~\n   │     ^^ segment 2");
  t.end();
});

t.test('what is missing is marked after the segment that it should follow', (t) => {
  const after = (source: string, text: string) => {
    const { end } = at(source, text);
    return shown({ data: { source, start: end, end, ...edi('FTX', 2, { missing: true }) } });
  };
  t.match(
    after('plain.edi', "BGM+785+M1+9'"),
    "\n 2 │ BGM+785+M1+9'\n   │              ^ after segment 2 of message 1 (FTX)\n",
    'a point after the terminator',
  );
  t.match(
    after('lines.edi', "CO?'S'"),
    "\n 2 │ FTX+AAA+++O?'BRIEN ?? CO?'S'\n   │                             ^ after segment 2 of message 1 (FTX)\n",
    'the line break after it is not the next segment',
  );
  t.match(
    shown({ data: at('plain.edi', "BGM+785+M1+9'", edi('BGM', 2, { missing: true })) }),
    "\n 2 │ BGM+785+M1+9'\n   │              ^ after segment 2 of message 1 (BGM)\n",
  );
  t.end();
});

t.test('a long segment is cut around the caret', (t) => {
  const lines = shown({ data: at('long.edi', 'MORE', edi('FTX', 2)) }).split('\n');
  const [text, carets] = [lines[3]!, lines[4]!];
  t.ok(text.length < 115, text);
  t.match(text, /^ 2 │ ….*….*$|^ 2 │ ….*$/);
  t.equal(text.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1), 'MORE');
  t.end();
});

t.test('of XML and of our own files the line is shown', (t) => {
  t.match(
    shown({ data: at('cargo.xml', 'x42', { xpath: '/Declaration/Consignment/Weight' }) }),
    '  cargo.xml:3:21\n   │\n 3 │  <Weight unit="KGM">x42</Weight>\n   │                     ^^^ /Declaration/Consignment/Weight\n   │\n   = `DX` cannot be read',
  );
  t.match(shown({ data: at('wide.xml', 'Söhne', { xpath: '/Name' }) }), '\n 1 │ <Name>上海 Ltd & Söhne</Name>\n   │                  ^^^^^ /Name');
  t.match(
    renderFinding(
      finding(
        'MAP_UNKNOWN_ELEMENT',
        { id: 'C082.3O39', tag: 'NAD', directory: 'D95B', suggestion: ', did you mean `C082.3039`?' },
        { rule: at('map.yaml', 'C082.3O39') },
      ),
      { bytes },
    ),
    `error MAP_UNKNOWN_ELEMENT  map.yaml:3:13
   │
 3 │     bind: { C082.3O39: id }
   │             ^^^^^^^^^ \`C082.3O39\` is not an element of NAD in D95B, did you mean \`C082.3039\`?
   │
   = hint: `,
  );
  t.end();
});

t.test('without the bytes a finding still says where', (t) => {
  t.match(
    renderFinding(unreadable({ data: { source: 'gone.edi', start: 412, end: 414, ...edi('NAD', 17, { id: '3207' }) } })),
    'error MAP_VALUE  gone.edi (byte 412)\n   = at: segment 17 of message 1 (NAD), element 3207\n   = `DX` cannot',
  );
  t.match(renderFinding(unreadable({})), /^error MAP_VALUE\n {3}= `DX` cannot be read/);
  t.end();
});

t.test('many findings: by place, at most twenty, and a count', (t) => {
  const many = [...'ZYXWVUTSRQPONMLKJIHGFEDCBA'].map((letter, i) =>
    finding(
      'MAP_VALUE',
      { value: letter, reason: 'it is not in the code table countries' },
      { data: { source: 'gone.edi', start: 1000 - i * 10, end: 1001 - i * 10 } },
    ),
  );
  const text = renderFindings([...many, finding('MAP_NOT_BOUND', { value: 'x' }), unreadable({ data: { source: 'a.edi', start: 5, end: 6 } })]);
  const headers = text.split('\n').filter((line) => /^(error|warning) /.test(line));
  t.equal(headers.length, 20);
  t.same(headers.slice(0, 4), [
    'warning MAP_NOT_BOUND',
    'error MAP_VALUE  a.edi (byte 5)',
    'error MAP_VALUE  gone.edi (byte 750)',
    'error MAP_VALUE  gone.edi (byte 760)',
  ]);
  t.ok(text.endsWith('\nand 8 more (--json)\n\n27 errors, 1 warning\n'), text.slice(-60));
  t.notMatch(renderFindings(many, { limit: Infinity }), /--all/);
  t.end();
});

t.test('a cause and what was expected are part of the finding', (t) => {
  const cause = finding('MAP_NOT_BOUND', { value: 'CA' }, { data: at('plain.edi', 'CZ', edi('NAD', 3)) });
  const text = renderFinding(unreadable({ cause, expected: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'] }), { bytes });
  t.match(text, '= expected: a, b, c, d, e, f, g, h and 1 more\n');
  t.match(text, '= because: `CA` is not bound (segment 3 of message 1 (NAD))\n');
  t.end();
});

t.test('annotations for a review', (t) => {
  const text = renderGithub(
    [
      finding('MAP_YAML', { message: '100% wrong,\nreally: wrong' }, { rule: at('map.yaml', 'bind') }),
      finding('MAP_NOT_BOUND', { value: 'x' }),
      finding('MAP_NOTE', { note: 'n' }),
    ],
    bytes,
  );
  t.equal(
    text,
    '::error file=map.yaml,line=3,col=5,title=MAP_YAML::100%25 wrong,%0Areally: wrong\n::warning title=MAP_NOT_BOUND::`x` is not bound\n::notice title=MAP_NOTE::n\n',
  );
  t.end();
});

t.test('the same finding as JSON', (t) => {
  t.same(findingJson(unreadable({ data: at('plain.edi', 'DX', edi('NAD', 3, { element: 10 })), rule: at('map.yaml', 'bind'), actual: 'DX' }), bytes), {
    code: 'MAP_VALUE',
    severity: 'error',
    message: '`DX` cannot be read: it is not in the code table countries',
    hint: 'correct the value and send again',
    source: { file: 'plain.edi', offset: 104, message: 1, segment: 3, tag: 'NAD', element: '9', line: 1, column: 105 },
    rule: { file: 'map.yaml', line: 3, column: 5 },
    actual: 'DX',
  });
  t.end();
});

t.test('lines and columns of many offsets are those of each, in whatever order they are asked for', (t) => {
  const text = Buffer.from('ab\ncd\r\ne\rf\n\n');
  const lineOf = lineColumns(text);
  for (const offset of [0, 2, 3, 3, 6, 7, 8, 9, 12, 14, 1, 9]) t.same(lineOf(offset), lineColumn(text, offset), `at ${offset}`);
  t.same(
    [0, 2, 3, 6, 7, 9, 11, 12].map((offset) => lineOf(offset).line),
    [1, 1, 2, 2, 3, 4, 5, 6],
  );
  t.end();
});
