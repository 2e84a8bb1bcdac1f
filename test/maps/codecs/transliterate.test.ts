import fc from 'fast-check';
import t from 'tap';
import { repertoires, type Repertoire } from '../../../src/maps/codecs/repertoire.ts';
import { compiled } from './context.ts';

const letters = 'AaZz09 .,ÄäÖöÜüßẞÅåØøÆæÞþĐđŁłÑñÇçŠšİıŒœ’–€АаЖжЩщЮюЯяЄєЇїЪъЬьЉљЏџΑαΗηΥυύΓγΞξΜμΠπΣσςΘθΩω中한あ\u0301\u0308';
const text = fc.array(fc.constantFrom(...Array.from(letters)), { minLength: 1, maxLength: 12 }).map((each) => each.join(''));
const options = fc.record({
  charset: fc.constantFrom<Repertoire>('UNOA', 'UNOB', 'ASCII', 'LATIN1'),
  latin: fc.constantFrom('icao', 'plain'),
  cyrillic: fc.constantFrom('ru', 'be', 'bg', 'mk', 'sr', 'uk'),
  greek: fc.constantFrom('true', 'false'),
});

t.test('what is written is in the charset, and writing it again changes nothing; what is not in it is reported or refused', (t) => {
  fc.assert(
    fc.property(text, options, (value, args) => {
      const codec = compiled('transliterate', JSON.stringify(args));
      const printed = codec.print(value, undefined);
      const allowed = repertoires[args.charset];
      if (!printed.ok) {
        if (allowed.test(value)) throw new Error(`${value} could be written`);
        return;
      }
      const [written = ''] = printed.texts;
      if (!allowed.test(written)) throw new Error(`${written} is not in ${args.charset}`);
      if ((written === value) !== (printed.note === undefined)) throw new Error(`${value} became ${written}: ${printed.note}`);
      const again = codec.print(written, undefined);
      if (!again.ok || again.texts[0] !== written || again.note !== undefined) throw new Error(`${written} is written otherwise`);
    }),
    { numRuns: 2000 },
  );
  t.end();
});

t.test('a script that is not declared is refused with its characters; those without a table always are', (t) => {
  const print = (args: string, value: string): unknown => compiled('transliterate', args).print(value, undefined);
  t.match(print('{ charset: ASCII, cyrillic: ru }', 'Αθήνα'), { ok: false, reason: /`Αθήνα`/ });
  t.match(print('{ charset: ASCII, greek: true }', 'Київ'), { ok: false, reason: /`Київ`/ });
  for (const value of ['台灣', 'カナ', '서울', 'دبي', 'חיפה'])
    t.match(print('{ charset: ASCII, cyrillic: ru, greek: true }', value), { ok: false, reason: /no table near them/ }, value);
  t.end();
});
