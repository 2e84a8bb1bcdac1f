import t from 'tap';
import { charsetOf, decode, detect, encode, isUtf8, outsideRepertoire, type Encoding } from '../../src/syntax/charset.ts';

const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);

t.test('no byte is ever lost', (t) => {
  for (const label of [
    'UNOA',
    'UNOB',
    'UNOC',
    'UNOD',
    'UNOE',
    'UNOF',
    'UNOG',
    'UNOH',
    'UNOI',
    'UNOJ',
    'UNOK',
    'UNOL',
    'UNOW',
    'UNOY',
    'UNOX',
    'IATA',
    'IATB',
    'SIRE',
    'KECA',
    '????',
  ]) {
    const charset = charsetOf(label, '4');
    const seen = detect(charset, all, 0, 256);
    const text = decode(seen, all, 0, 256);
    const back = encode(seen, text);
    t.same(back.ok && Buffer.from(back.bytes), Buffer.from(all), `${label} as ${seen}`);
  }
  t.end();
});

t.test('known letters of each part of ISO 8859', (t) => {
  // prettier-ignore
  const cases: readonly [encoding: Encoding, byte: number, letter: string][] = [
    ['iso-8859-1', 0xfc, 'ü'], ['iso-8859-2', 0xb1, 'ą'], ['iso-8859-3', 0xe6, 'ĉ'], ['iso-8859-4', 0xbf, 'ŋ'], ['iso-8859-5', 0xb6, 'Ж'],
    ['iso-8859-6', 0xc7, 'ا'], ['iso-8859-7', 0xc1, 'Α'], ['iso-8859-8', 0xe0, 'א'], ['iso-8859-9', 0xfd, 'ı'], ['iso-8859-15', 0xa4, '€'], ['windows-1252', 0x80, '€'],
  ];
  for (const [encoding, byte, letter] of cases) {
    t.equal(decode(encoding, Uint8Array.of(byte), 0, 1), letter, encoding);
    const encoded = encode(encoding, letter);
    t.same(encoded.ok && [...encoded.bytes], [byte], `${encoding} back`);
  }
  t.end();
});

t.test('UTF-8 is told from what only looks like it', (t) => {
  // prettier-ignore
  const cases: readonly [hex: string, valid: boolean, what: string][] = [
    ['41', true, 'ASCII'],
    ['c3bc', true, 'two bytes'],
    ['e4bda0', true, 'three'],
    ['f09f9880', true, 'four'],
    ['c3', false, 'cut short'],
    ['bc', false, 'a trail byte alone'],
    ['c0af', false, 'overlong'],
    ['e08080', false, 'overlong'],
    ['f0808080', false, 'overlong'],
    ['eda080', false, 'a surrogate'],
    ['f4908080', false, 'above U+10FFFF'],
    ['f5808080', false, 'no lead byte'],
    ['e4bd41', false, 'broken off'],
  ];
  for (const [hex, valid, what] of cases) {
    const bytes = Buffer.from(hex, 'hex');
    t.equal(isUtf8(bytes, 0, bytes.length), valid, `${hex} ${what}`);
    if (valid) t.equal(Buffer.from(decode('utf-8', bytes, 0, bytes.length)).toString('hex'), hex);
  }
  t.end();
});

t.test('what an encoding has not is named, with its place', (t) => {
  t.match(encode('iso-8859-1', 'ab€'), { ok: false, index: 2, character: '€' });
  t.match(encode('ascii', 'aü'), { ok: false, index: 1, character: 'ü' });
  t.match(encode('iso-8859-5', '😀'), { ok: false, index: 0, character: '😀' });
  t.match(encode('utf-8', 'a\ud800'), { ok: false, index: 1 });
  t.match(encode('euc-kr', '가😀'), { ok: false, index: 1, character: '😀' });
  t.match(encode('euc-kr', '가'), { ok: true });
  t.end();
});

t.test('repertoires', (t) => {
  const outside = (label: string, text: string, version = '3'): number => outsideRepertoire(charsetOf(label, version), Buffer.from(text, 'latin1'));
  t.equal(outside('UNOA', 'ABC 09.,-()/=!"%&*;<>'), -1);
  t.equal(outside('UNOA', 'ABc'), 2);
  t.equal(outside('UNOB', 'ABc'), -1);
  t.equal(outside('UNOB', 'a@b'), 1);
  t.equal(outside('UNOB', 'a_b'), 1, 'the low line came with syntax 4');
  t.equal(outside('UNOB', 'a_b', '4'), -1);
  t.equal(outside('UNOB', 'a\xfc'), 1);
  t.equal(outside('UNOC', 'a@\xfc'), -1);
  t.equal(outside('UNOC', 'a\x07'), 1);
  t.end();
});
