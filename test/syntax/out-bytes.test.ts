import fc from 'fast-check';
import t from 'tap';
import { OutBytes } from '../../src/syntax/out-bytes.ts';

const letters = Uint8Array.from({ length: 128 }, (_, code) => (/[a-z ]/.test(String.fromCharCode(code)) ? 1 : 0));
const seed = Number(process.env['PORTOLAN_SEED'] ?? 1);

t.test('whatever is put, in pieces of any size, comes out as UTF-8', (t) => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({ unit: 'grapheme-ascii' }),
    fc.constant('x'.repeat(20_000)),
    fc.constant('é'.repeat(12_000)),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(text, fc.boolean())), (parts) => {
      const out = new OutBytes();
      const taken: Buffer[] = [];
      for (const [part, takes] of parts) {
        out.put(part);
        if (takes) taken.push(out.take());
      }
      taken.push(out.take());
      return Buffer.concat(taken).equals(Buffer.concat(parts.map(([part]) => Buffer.from(part)))) && out.size === 0;
    }),
    { numRuns: 60, seed },
  );
  t.end();
});

t.test('a text with a character that is not among those asked for is not put', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 8 }), (text) => {
      const out = new OutBytes();
      out.put('before ');
      const isPut = out.putOnly(text, letters);
      return isPut === /^[a-z ]*$/.test(text) && out.take().toString() === `before ${isPut ? text : ''}`;
    }),
    { numRuns: 500, seed },
  );
  t.end();
});

t.test('what was taken stays as it was, whoever writes after', (t) => {
  const [one, other] = [new OutBytes(), new OutBytes()];
  one.put('one');
  const taken = one.take();
  one.put('1');
  other.put('other, and longer');
  t.same([taken.toString(), one.take().toString(), other.take().toString()], ['one', '1', 'other, and longer']);
  t.end();
});
