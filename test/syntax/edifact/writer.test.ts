import fc from 'fast-check';
import t from 'tap';
import { charsetOf } from '../../../src/syntax/charset.ts';
import { edifactWriter, type EdifactWriterOptions } from '../../../src/syntax/edifact/writer.ts';
import { atoms } from '../../../src/syntax/segments/atoms.ts';
import { atomKey, type OutAtoms } from '../../../src/syntax/unit.ts';
import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import { sentence } from '../../../src/diagnostics/diagnostic.ts';
import { read } from './read.ts';

const interchange = {
  sender: 'S',
  senderQualifier: '14',
  recipient: 'R',
  preparedAt: '261120:1052',
  reference: 'REF7',
  applicationReference: 'APP',
  acknowledgementRequest: '1',
};
const header = { type: 'CUSCAR', version: 'D', release: '95B', agency: 'UN', association: 'LOT10', reference: 'M1' };

type Segment = readonly [tag: string, atoms: OutAtoms];

function write(segments: readonly Segment[], options: EdifactWriterOptions = {}): { bytes: Buffer; findings: string[] } {
  const chunks: Uint8Array[] = [];
  const findings: Diagnostic[] = [];
  const writer = edifactWriter({ bytes: (chunk) => chunks.push(chunk), finding: (finding) => findings.push(finding) }, options);
  writer.beginMessage(header);
  for (const [tag, out] of segments) writer.unit(tag, out);
  writer.endMessage();
  writer.end();
  return { bytes: Buffer.concat(chunks), findings: findings.map((finding) => `${finding.severity} ${finding.code}: ${sentence(finding)}`) };
}

const body = (segment: Segment, options: EdifactWriterOptions = {}): string =>
  write([segment], options).bytes.toString('latin1').split("LOT10'")[1]?.split('UNT+')[0] ?? '';

t.test('an interchange: counts, references, trailing empties', (t) => {
  const { bytes, findings } = write(
    [
      ['BGM', atoms([['85'], ['MANIFEST+1', ''], ['9'], ['']])],
      ['GIS', atoms([['23']])],
    ],
    { interchange },
  );
  t.equal(bytes.toString('latin1'), "UNB+UNOC:3+S:14+R+261120:1052+REF7++APP++1'UNH+M1+CUSCAR:D:95B:UN:LOT10'BGM+85+MANIFEST?+1+9'GIS+23'UNT+4+M1'UNZ+1+REF7'");
  t.same(findings, []);
  t.same(read(bytes).findings, []);
  t.end();
});

t.test('one segment in many ways', (t) => {
  const many: OutAtoms = {
    ...atoms([['x'], ['a', 'b'], ['c'], ['d']]),
    size: 4,
    keys: [atomKey(1, 1), atomKey(2, 1), atomKey(2, 2), atomKey(2, 1)],
    repetitions: [0, 0, 0, 1],
    texts: ['x', 'a', 'b', 'c'],
  };
  // prettier-ignore
  const cases: readonly [what: string, segment: Segment, options: EdifactWriterOptions, written: string][] = [
    ['an empty element between', ['NAD', atoms([['CZ'], [], ['X', '', 'Y']])], {}, "NAD+CZ++X::Y'"],
    ['atoms in any order', ['NAD', { ...atoms([['CZ'], ['B']]), keys: [atomKey(2, 1), atomKey(1, 1)], texts: ['B', 'CZ'] }], {}, "NAD+CZ+B'"],
    ['released', ['FTX', atoms([["a+b:c'd?e*f"]])], {}, "FTX+a?+b?:c?'d??e*f'"],
    ['released in syntax 4', ['FTX', atoms([['a*b']])], { syntaxVersion: '4' }, "FTX+a?*b'"],
    ['repeated in syntax 4', ['FTX', many], { syntaxVersion: '4' }, "FTX+x+a:b*c'"],
    ['Latin-1', ['FTX', atoms([['Müller']])], {}, "FTX+M\xfcller'"],
    ['UTF-8', ['FTX', atoms([['Мюллер']])], { syntaxIdentifier: 'UNOY', syntaxVersion: '4' }, `FTX+${Buffer.from('Мюллер').toString('latin1')}'`],
    ['nothing', ['UNS', atoms([])], {}, "UNS'"],
  ];
  for (const [what, segment, options, written] of cases) t.equal(body(segment, options), written, what);
  t.equal(
    write([['FTX', atoms([['a+b:c*d', 'e$f']])]], { serviceString: '.*,$ ~' }).bytes.toString('latin1'),
    'UNA.*,$ ~UNH*M1*CUSCAR.D.95B.UN.LOT10~FTX*a+b:c$*d.e$$f~UNT*3*M1~',
  );
  t.equal(write([], { una: 'always', lineBreaks: true }).bytes.toString('latin1'), "UNA:+.? '\r\nUNH+M1+CUSCAR:D:95B:UN:LOT10'\r\nUNT+2+M1'\r\n");
  t.throws(() => write([], { serviceString: ':+.?+~' }), /two functions/);
  t.throws(() => write([], { serviceString: ':+' }), /six characters/);
  t.end();
});

t.test('what cannot be written is said, never replaced in silence', (t) => {
  // prettier-ignore
  const cases: readonly [what: string, out: OutAtoms, options: EdifactWriterOptions, findings: readonly string[], written: string][] = [
    ['not in the charset', atoms([['Łódź']]), {}, ['error EDIFACT_UNENCODABLE: `Ł`, character 1 of a value in FTX, cannot be written in UNOC (iso-8859-1)', 'error EDIFACT_UNENCODABLE: `ź`, character 4 of a value in FTX, cannot be written in UNOC (iso-8859-1)'], "FTX+??\xf3d??'"],
    ['outside the repertoire, and written', atoms([['abc']]), { syntaxIdentifier: 'UNOA' }, ['warning EDIFACT_CHARACTER: 3 bytes are not in the repertoire of UNOA, first `a`'], "FTX+abc'"],
    ['repeated in syntax 3', { ...atoms([['a']]), size: 2, keys: [atomKey(1, 1), atomKey(1, 1)], repetitions: [0, 1], texts: ['a', 'b'] }, {}, ['error EDIFACT_NO_REPETITION: FTX: element 1 is repeated, syntax version 3 has no repetition'], "FTX+a'"],
    ['a service character without release', atoms([['a+b']]), { serviceString: ":+.  '" }, ['error EDIFACT_UNENCODABLE: `+`, character 2 of a value in FTX, cannot be written in a syntax without release character'], "FTX+a.b'"],
  ];
  for (const [what, out, options, findings, written] of cases) {
    t.same(write([['FTX', out]], options).findings, findings, what);
    t.equal(body(['FTX', out], options), written, what);
  }
  t.same(write([['ft', atoms([])]]).findings, ['error EDIFACT_SERVICE_VALUE: ft cannot be written: this is no segment tag']);
  t.end();
});

t.test('and asked about a character alone, a writer says the same', (t) => {
  const sink = { bytes: () => undefined, finding: () => undefined };
  const asked = (options: EdifactWriterOptions): unknown[] =>
    [...'a+Ł'].map((each) => edifactWriter(sink, options).unwritable?.(each, 'FTX')).map((found) => found && sentence(found));
  const letter = '`Ł`, character 1 of a value in FTX, cannot be written in UNOC (iso-8859-1)';
  t.same(asked({}), [undefined, undefined, letter], 'what can be released can be written');
  t.same(asked({ serviceString: ":+.  '" }), [
    undefined,
    '`+`, character 1 of a value in FTX, cannot be written in a syntax without release character',
    letter,
  ]);
  t.same(asked({ syntaxIdentifier: 'UNOY' }), [undefined, undefined, undefined]);
  t.end();
});

t.test('what is written is read again, with any service characters and any text', (t) => {
  const separators = '!#$%&*,-./:;<=>@^_|~+\'?"'.split('');
  const service = fc.shuffledSubarray(separators, { minLength: 5, maxLength: 5 });
  const text = (label: string): fc.Arbitrary<string> => {
    const wide = label === 'UNOY' ? ['ü', 'Ж', '中', '😀', '€'] : label === 'UNOC' ? ['ü', 'é', 'ÿ'] : label === 'UNOE' ? ['Ж', 'и'] : [];
    return fc.array(fc.constantFrom(...separators, ...'AZaz09 ', ...wide), { minLength: 1, maxLength: 12 }).map((characters) => characters.join(''));
  };
  const arbitrary = fc.constantFrom('UNOC', 'UNOY', 'UNOE').chain((label) =>
    fc.record({
      label: fc.constant(label),
      service,
      four: fc.boolean(),
      segments: fc.array(fc.array(fc.array(fc.option(text(label), { nil: '' }), { maxLength: 4 }), { maxLength: 5 }), { maxLength: 5 }),
      cut: fc.nat(400),
    }),
  );
  fc.assert(
    fc.property(arbitrary, ({ label, service: [c, e, r, p, end], four, segments, cut }) => {
      const syntaxVersion = four ? '4' : '3';
      const preparedAt = four ? '20261120:1052' : interchange.preparedAt;
      const options = {
        interchange: { ...interchange, preparedAt },
        syntaxIdentifier: label,
        syntaxVersion,
        serviceString: `${c}${e}.${r}${four ? p : ' '}${end}`,
      } as const;
      const { bytes, findings } = write(
        segments.map((elements) => ['FTX', atoms(elements)]),
        options,
      );
      const at = Math.min(cut, bytes.length);
      const found = read([bytes.subarray(0, at), bytes.subarray(at)]);
      const expected = segments.map((elements) => {
        const parts = elements.flatMap((components, element) =>
          components.flatMap((value, component) => (value === '' ? [] : [` ${element + 1}${component > 0 ? `.${component + 1}` : ''}=${value}`])),
        );
        return `FTX${parts.join('')}`;
      });
      return findings.length === 0 && found.findings.length === 0 && JSON.stringify(found.units.slice(1, -1)) === JSON.stringify(expected);
    }),
    { numRuns: 300 },
  );
  t.pass();
  t.end();
});

t.test('defaults go without saying', (t) => {
  t.equal(charsetOf('UNOC', '3').encoding, 'iso-8859-1');
  t.equal(write([]).bytes.toString('latin1'), "UNH+M1+CUSCAR:D:95B:UN:LOT10'UNT+2+M1'");
  t.end();
});
