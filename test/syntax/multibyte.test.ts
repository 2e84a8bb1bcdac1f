import fc from 'fast-check';
import t from 'tap';
import { decode, encode, type AgreedCharsets, type Encoding } from '../../src/syntax/charset.ts';
import { keptByte, keptBytes } from '../../src/syntax/code-tables.ts';
import { iso2022 } from '../../src/syntax/iso-2022.ts';
import { edifactWriter } from '../../src/syntax/edifact/writer.ts';
import { atoms } from '../../src/syntax/segments/atoms.ts';
import { read } from './edifact/read.ts';

/** Bytes that look like service characters: every second byte of a character that is one, in every charset, is tried as each of them. */
const UNA = ["UNA:+.? '", 'UNA|\\.^ ~', 'UNA^|.\\ `', 'UNA{`.~ }', 'UNA@[._ ]']; // component, element, decimal, release, -, terminator

interface Layout {
  readonly encoding: Encoding;
  readonly first: readonly [number, number][];
  readonly second: readonly [number, number][];
}

// prettier-ignore
const layouts: readonly Layout[] = [
  { encoding: 'big5', first: [[0x81, 0xfe]], second: [[0x40, 0x7e], [0xa1, 0xfe]] },
  { encoding: 'cp950', first: [[0x81, 0xfe]], second: [[0x40, 0x7e], [0xa1, 0xfe]] },
  { encoding: 'gbk', first: [[0x81, 0xfe]], second: [[0x40, 0x7e], [0x80, 0xfe]] },
  { encoding: 'gb18030', first: [[0x81, 0xfe]], second: [[0x40, 0x7e], [0x80, 0xfe]] },
  { encoding: 'shift_jis', first: [[0x81, 0x9f], [0xe0, 0xfc]], second: [[0x40, 0x7e], [0x80, 0xfc]] },
  { encoding: 'euc-kr', first: [[0xa1, 0xfe]], second: [[0xa1, 0xfe]] },
  { encoding: 'euc-jp', first: [[0xa1, 0xfe]], second: [[0xa1, 0xfe]] },
];
const bytesIn = (ranges: readonly [number, number][]): number[] => ranges.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => from + i));

const agreed = (encoding: Encoding): AgreedCharsets => ({ UNOA: encoding });

/** One message whose FTX has each value in an element of its own, between the letters A and B. */
function interchange(una: string, values: readonly Uint8Array[]): Buffer {
  const [c, e, end] = [una[3], una[4], una[8]].map((each) => Buffer.from(each as string, 'latin1')) as [Buffer, Buffer, Buffer];
  const segment = (...elements: readonly (string | Uint8Array)[]): Buffer[] =>
    [
      ...elements.flatMap((each, at) => [
        ...(at > 0 ? [e] : []),
        typeof each === 'string' ? Buffer.from(each.replaceAll(':', c.toString('latin1')), 'latin1') : each,
      ]),
      end,
    ] as Buffer[];
  return Buffer.concat([
    Buffer.from(una, 'latin1'),
    ...segment('UNB', 'UNOA:3', 'S', 'R', '261120:1052', '1'),
    ...segment('UNH', '1', 'IFTMIN:D:95B:UN'),
    ...values.flatMap((value) => segment('FTX', 'AAI', Buffer.concat([Buffer.from('A'), value, Buffer.from('B')]))),
    ...segment('UNT', String(values.length + 2), '1'),
    ...segment('UNZ', '1', '1'),
  ]);
}

const textsOf = (lines: readonly string[]): string[] => lines.filter((line) => line.startsWith('FTX')).map((line) => line.replace(/^FTX 1=AAI 2=/, ''));

t.test('no second byte of a character splits, ends or releases, whatever the service characters', (t) => {
  for (const { encoding, first, second } of layouts) {
    for (const lead of bytesIn(first)) {
      const una = UNA[encoding.startsWith('euc') ? 0 : lead % UNA.length] as string;
      const values = bytesIn(second).map((trail) => Uint8Array.of(lead, trail));
      const { units, findings } = read(interchange(una, values), { charsets: agreed(encoding) });
      const wanted = values.map((value) => `A${decode(encoding, value, 0, 2)}B`);
      if (textsOf(units).join('\n') !== wanted.join('\n')) t.strictSame(textsOf(units), wanted, `${encoding}, 0x${lead.toString(16)}, ${una}`);
      const others = findings.filter(({ code, args }) => code !== 'EDIFACT_UNDECODABLE' && args['code'] !== 'EDIFACT_UNDECODABLE');
      t.match(others, [{ code: 'EDIFACT_CHARSET_MISMATCH' }]);
      t.equal(others.length, 1);
    }
  }
  t.end();
});

t.test('the same at every cut, with 4-byte characters and half-width katakana among them', (t) => {
  // prettier-ignore
  const cases: readonly [encoding: Encoding, hex: string][] = [
    ['big5', 'a45ca47ca47ea4e5'], // 丈弋子文-like second bytes 5c, 7c, 7e
    ['gb18030', '8130813081308130e3329a3581365cb07cb07e9530823683398135'],
    ['shift_jis', 'b1b2b3835c837c837eb6de'],
    ['iso-2022-jp', '1b2442272b3a3f5c7c7e7e1b2842411b2849272b3a3f1b2842'],
    ['iso-2022-kr', '1b2429430e27272b2b3a3a3f3f0f410e5c5c7c7c7e7e0f'],
    ['iso-2022-cn', '1b2429410e3027302b303a303f305c0f'],
  ];
  for (const [encoding, hex] of cases) {
    for (const una of UNA.slice(0, 3)) {
      const input = interchange(una, [Buffer.from(hex, 'hex')]);
      const whole = read(input, { charsets: agreed(encoding) });
      t.equal(textsOf(whole.units).length, 1, `${encoding}, ${una}`);
      for (let cut = 1; cut < input.length; cut++) {
        const { events } = read([input.subarray(0, cut), input.subarray(cut)], { charsets: agreed(encoding) });
        if (events.join('\n') !== whole.events.join('\n')) t.strictSame(events, whole.events, `${encoding}, ${una}, cut at ${cut}`);
      }
      const { events } = read(
        Array.from(input, (byte) => Uint8Array.of(byte)),
        { charsets: agreed(encoding) },
      );
      t.strictSame(events, whole.events, 'byte by byte');
    }
  }
  t.end();
});

t.test('characters that a charset is known by', (t) => {
  // prettier-ignore
  const cases: readonly [encoding: Encoding, hex: string, text: string, what: string][] = [
    ['big5', 'a55c', '功', 'a second byte like a reverse solidus'],
    ['big5', 'f9d6', '碁', 'ETEN extension'],
    ['big5', '8862', 'Ê̄', 'HKSCS, two code points in one character'],
    ['cp950', 'a3e1', '€', 'the euro of code page 950'],
    ['gb18030', '8139ee39', '㐀', 'four bytes'],
    ['gb18030', '95328236', '𠀀', 'four bytes, beyond the first plane'],
    ['gb18030', 'aaa1', '\ue000', 'user-defined'],
    ['gbk', '815c', '乗', ''],
    ['shift_jis', '835c', 'ソ', ''],
    ['shift_jis', 'b1c4', 'ｱﾄ', 'half-width katakana'],
    ['shift_jis', 'fbfc', '髙', 'IBM extension'],
    ['euc-kr', 'b0a1', '가', ''],
    ['euc-kr', '8141', '갂', 'the extension of code page 949'],
    ['euc-jp', '8fb0a1', '丂', 'JIS X 0212'],
    ['iso-2022-jp', '1b2442304a1b2842', '以', 'JIS X 0208'],
    ['iso-2022-jp', '1b284a5c1b2842', '¥', 'JIS X 0201'],
    ['iso-2022-jp', '1b2428443021' + '1b2842', '丂', 'JIS X 0212'],
    ['iso-2022-kr', '1b2429430e30210f', '가', 'KS X 1001'],
    ['iso-2022-cn', '1b2429410e30210f', '啊', 'GB 2312'],
    ['iso-2022', '1b24422472' + '1b2842', 'を', ''],
  ];
  for (const [encoding, hex, text, what] of cases) {
    const bytes = Buffer.from(hex, 'hex');
    t.equal(decode(encoding, bytes, 0, bytes.length), text, `${encoding} ${hex} ${what}`);
    const back = encode(encoding, text);
    t.equal(back.ok && Buffer.from(back.bytes).toString('hex'), hex, 'and back');
  }
  t.end();
});

t.test('a character that a table has twice is read, and written as usual', (t) => {
  const nec = Buffer.from('eee0', 'hex'); // the code of NEC for what IBM has at fbfc
  t.equal(decode('shift_jis', nec, 0, 2), '髙');
  const back = encode('shift_jis', '髙');
  t.equal(back.ok && Buffer.from(back.bytes).toString('hex'), 'fbfc');
  t.end();
});

t.test('bytes without a character are named, kept, and written back as they came', (t) => {
  // prettier-ignore
  const cases: readonly [encoding: Encoding, hex: string, kept: string][] = [
    ['cp950', '8140', '8140'], // user-defined, of which this table says nothing
    ['big5', 'a42e', 'a4'], // a first byte alone
    ['big5', 'ff41', 'ff'],
    ['gb18030', 'fe30', 'fe'],
    ['shift_jis', '8541', '8541'],
    ['shift_jis', 'f040', 'f040'], // user-defined
    ['euc-kr', 'c9a1', 'c9a1'],
    ['iso-8859-6', 'a1', 'a1'],
    ['iso-2022', '1b2428473030' + '1b2842', '1b24284730301b2842'], // CNS 11643, plane 1
    ['iso-2022-jp', '1b24427e7e1b2842', '1b24427e7e1b2842'],
    ['iso-2022-jp', '1b24421b2842', '1b24421b2842'], // nothing stands between
  ];
  for (const [encoding, hex, kept] of cases) {
    const value = Buffer.from(hex, 'hex');
    const text = decode(encoding, value, 0, value.length);
    t.equal(keptBytes(text), kept, `${encoding} ${hex}`);
    const { findings, units } = read(interchange(UNA[0] as string, [value]), { charsets: agreed(encoding) });
    const found = findings.find(({ code }) => code === 'EDIFACT_UNDECODABLE');
    t.match(found, { args: { bytes: kept, encoding, value: `A${text}B` }, actual: kept, data: { edi: { tag: 'FTX', element: 3, message: 1 } } });
    const back = encode(encoding, textsOf(units)[0] as string);
    t.equal(back.ok && Buffer.from(back.bytes).toString('hex'), `41${hex}42`, 'written back');
  }
  const other = encode('shift_jis', `ｱ${keptByte(0x81)}${keptByte(0x40)}`);
  t.match(other, { ok: false, index: 1 }, 'bytes kept of one charset that mean something in another are not smuggled into it');
  t.end();
});

t.test('a terminator after half a character is a terminator', (t) => {
  for (const { encoding } of layouts) {
    const input = interchange(UNA[0] as string, [Uint8Array.of(0xc4)])
      .toString('latin1')
      .replace('\xc4B', '\xc4');
    const { units } = read(Buffer.from(input, 'latin1'), { charsets: agreed(encoding) });
    t.strictSame(textsOf(units), [encoding === 'shift_jis' ? 'Aﾄ' : `A${keptByte(0xc4)}`], encoding);
  }
  t.end();
});

t.test('an escape sequence that never closes hides no more than a bounded run', (t) => {
  const values = [Buffer.from('1b2442', 'hex'), ...Array.from({ length: 2000 }, () => Buffer.from('ABC'))];
  const input = interchange(UNA[0] as string, values);
  const { units, findings } = read(input, { charsets: agreed('iso-2022-jp') });
  t.ok(textsOf(units).length > 1900, 'what comes after is read');
  t.ok(
    findings.some(({ code }) => code === 'EDIFACT_UNDECODABLE'),
    'and it is said',
  );
  t.end();
});

t.test('what was designated in one segment holds in the next; a value begins in ASCII', (t) => {
  const { units } = read(
    interchange(
      UNA[0] as string,
      ['1b242943', '0e30210f', '1b2441', '3021'].map((hex) => Buffer.from(hex, 'hex')),
    ),
    { charsets: { '*': 'iso-2022' } },
  );
  t.strictSame(textsOf(units).slice(0, 2), ['AB', 'A가B']);
  t.end();
});

t.test('declared against what is read', (t) => {
  const input = interchange(UNA[0] as string, [Buffer.from('a55c', 'hex')]);
  const { findings, interchanges, units } = read(input, { charsets: { UNOA: 'big5' } });
  t.match(findings, [{ code: 'EDIFACT_CHARSET_MISMATCH', severity: 'warning', args: { label: 'UNOA', declared: 'ascii', detected: 'big5' } }]);
  t.equal(interchanges[0]?.charset.detected, 'big5');
  t.strictSame(textsOf(units), ['A功B']);
  const without = read(input);
  t.match(without.findings[0], { code: 'EDIFACT_CHARSET_MISMATCH', args: { detected: 'iso-8859-1' } }, 'where nothing was agreed it is not guessed');
  const unox = read(Buffer.from(input.toString('latin1').replace('UNOA', 'UNOX').replace('\xa5\\', '\x1b$B0!\x1b(B'), 'latin1'));
  t.strictSame(unox.findings, [], 'UNOX says itself what is in it');
  t.strictSame(textsOf(unox.units), ['A亜B']);
  t.end();
});

t.test('written and read again: any text of the repertoire, any service characters, any cut', (t) => {
  // prettier-ignore
  const wide: readonly [encoding: Encoding, characters: string][] = [
    ['big5', '功許碁愧枯文字'], ['cp950', '功許€'], ['gb18030', '乗繼㐀𠀀😀ü'], ['gbk', '乗繼'], ['shift_jis', 'ソ能表ｱﾄ髙'], ['euc-kr', '가갂힝'],
    ['iso-2022-jp', '亜ソ¥‾ｱ丂'], ['iso-2022-kr', '가나다'], ['iso-2022-cn', '啊阿'], ['iso-2022', '亜가啊ソ丂'],
  ];
  const arbitrary = fc.constantFrom(...wide).chain(([encoding, characters]) =>
    fc.record({
      encoding: fc.constant(encoding),
      una: fc.constantFrom(...UNA),
      values: fc.array(fc.array(fc.constantFrom(...Array.from(characters), ..."AZ09+:?'|~\\^`{}"), { minLength: 1, maxLength: 12 }), {
        minLength: 1,
        maxLength: 5,
      }),
      cut: fc.nat(300),
    }),
  );
  fc.assert(
    fc.property(arbitrary, ({ encoding, una, values, cut }) => {
      const texts = values.map((characters) => characters.join(''));
      const chunks: Uint8Array[] = [];
      const faults: unknown[] = [];
      const writer = edifactWriter(
        { bytes: (chunk) => void chunks.push(chunk), finding: (each) => void faults.push(each) },
        {
          interchange: { sender: 'S', recipient: 'R', preparedAt: '261120:1052', reference: '1' },
          syntaxIdentifier: 'UNOC',
          charset: encoding,
          serviceString: una.slice(3),
        },
      );
      writer.beginMessage({ type: 'IFTMIN', version: 'D', release: '95B', agency: 'UN' });
      for (const text of texts) writer.unit('FTX', atoms([['AAI'], [text]]));
      writer.endMessage();
      writer.end();
      if (faults.length > 0) throw new Error(JSON.stringify(faults));
      const bytes = Buffer.concat(chunks);
      const { units } = read([bytes.subarray(0, cut), bytes.subarray(cut)], { charsets: { UNOC: encoding } });
      const back = textsOf(units);
      if (back.join('\n') !== texts.join('\n')) throw new Error(`${encoding} ${una}: ${JSON.stringify({ texts, back })}`);
    }),
    { numRuns: 600 },
  );
  t.end();
});

t.test('what a charset has not is said with the character, and replaced', (t) => {
  for (const encoding of ['big5', 'gbk', 'shift_jis', 'euc-kr', 'iso-2022-jp', 'iso-2022-kr'] as const) {
    t.match(encode(encoding, 'A文😀'), { ok: false, index: 2, character: '😀' }, encoding);
  }
  t.match(encode('iso-2022-kr', 'Aあ丂'), { ok: false, index: 2, character: '丂' });
  t.end();
});

t.test('no byte is lost by any charset', (t) => {
  const encodings: readonly Encoding[] = ['big5', 'cp950', 'gbk', 'gb18030', 'shift_jis', 'euc-kr', 'euc-jp'];
  const odd = fc.constantFrom(0x81, 0xa4, 0x8f, 0x5c, 0x30, 0xff);
  const same = (encoding: Encoding, bytes: Buffer): void => {
    const text = decode(encoding, bytes, 0, bytes.length);
    const back = encode(encoding, text);
    if (!back.ok) throw new Error(`${encoding} ${bytes.toString('hex')}: ${keptBytes(text)}`);
    if (decode(encoding, back.bytes, 0, back.bytes.length) !== text) throw new Error(`${encoding} ${bytes.toString('hex')}`);
  };
  fc.assert(
    fc.property(fc.constantFrom(...encodings), fc.uint8Array({ maxLength: 12 }), fc.array(odd, { maxLength: 8 }), (encoding, some, others) =>
      same(encoding, Buffer.concat([some, Buffer.from(others)])),
    ),
    { numRuns: 3000 },
  );
  // Of ISO 2022 what is read is written back, or refused: other bytes are never made of it.
  const escapes = [
    '1b2442',
    '1b2842',
    '1b284a',
    '1b2849',
    '1b242843',
    '1b242847',
    '1b242943',
    '1b242947',
    '1b2e41',
    '1b4e',
    '1b',
    '0e',
    '0f',
    '3021',
    '7e7e',
    '41',
    '5c',
    'b0a1',
  ];
  fc.assert(
    fc.property(fc.constantFrom(...iso2022), fc.array(fc.constantFrom(...escapes), { maxLength: 10 }), (encoding, pieces) => {
      const bytes = Buffer.from(pieces.join(''), 'hex');
      const text = decode(encoding, bytes, 0, bytes.length);
      if (bytes.length > 0 && text === '') throw new Error('nothing is left');
      const back = encode(encoding, text);
      if (back.ok && decode(encoding, back.bytes, 0, back.bytes.length) !== text) throw new Error(`${encoding} ${bytes.toString('hex')}`);
    }),
    { numRuns: 3000 },
  );
  t.end();
});
