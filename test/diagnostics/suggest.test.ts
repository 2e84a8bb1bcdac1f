import t from 'tap';
import { didYouMean, suggest } from '../../src/diagnostics/suggest.ts';

const names = ['GrossMassMeasure', 'GrossWeight', 'decimal', 'datetime', 'scale', 'id', 'ID', 'by'];

t.test('names within a small distance, nearest first', (t) => {
  for (const [name, first] of [
    ['GrosMassMeasure', 'GrossMassMeasure'], // one letter left out
    ['GrossMassMeasuer', 'GrossMassMeasure'], // two neighbors swapped
    ['grossmassmeasure', 'GrossMassMeasure'], // letter case alone
    ['decimals', 'decimal'],
    ['dcimla', 'decimal'],
    ['scaling', undefined], // distance 3
    ['di', 'id'], // short names: distance 1, and a swap is 1
    ['xy', 'by'],
    ['zz', undefined],
    ['x', undefined], // everything is near one letter
  ] as const) {
    t.equal(suggest(name, names)[0], first, `${name} → ${first ?? 'nothing'}`);
  }
  t.same(suggest('decimal', ['decimal']), [], 'a name does not suggest itself');
  t.same(suggest('abcd', ['abxd', 'abce', 'abcx']), ['abce', 'abcx', 'abxd'], 'equally near: by the alphabet');
  t.end();
});

t.test('the end of a sentence', (t) => {
  t.equal(didYouMean('scael', names), ', did you mean `scale`?');
  t.equal(didYouMean('wholly-else', names), '');
  t.end();
});
