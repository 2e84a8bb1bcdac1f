import { createHmac, createSecretKey, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { canonicalJson } from '../../src/store/canonical.ts';
import { nextAttempt } from '../../src/store/queue.ts';
import { indexHash, pieces, pooled, sealedSize, Sealer } from '../../src/store/seal.ts';

const key = createSecretKey(randomBytes(32));

t.test('sealed bytes open in their place and nowhere else', (t) => {
  const sealer = new Sealer(key, pooled(randomBytes));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(), (bytes, at) => {
      const sealed = sealer.seal('here', bytes);
      const flipped = Buffer.from(sealed);
      flipped[at % flipped.length]! ^= 1 << (at % 8);
      return (
        sealer.unseal('here', sealed)?.equals(bytes) === true &&
        sealer.unseal('there', sealed) === undefined &&
        sealer.unseal('here', flipped) === undefined &&
        sealed.length === sealedSize(bytes.length)
      );
    }),
    { numRuns: 100 },
  );
  t.equal(sealer.unseal('here', Buffer.alloc(10)), undefined, 'too short to be sealed');
  t.end();
});

t.test('each piece has a key of its own: no two alike, another start opens them, another key does not, one flipped bit is noticed', (t) => {
  const sealer = new Sealer(key, pooled(randomBytes));
  const sealed = Array.from({ length: 50 }, () => sealer.seal('here', Buffer.from('the same')));
  for (const part of [(each: Buffer) => each.subarray(0, 16), (each: Buffer) => each.subarray(16, 48), (each: Buffer) => each.subarray(48)])
    t.equal(new Set(sealed.map((each) => part(each).toString('hex'))).size, 50, 'the same bytes never give the same');
  const other = new Sealer(key, pooled(randomBytes));
  for (const each of sealed) t.equal(other.unseal('here', each)?.toString(), 'the same', 'another start opens them');
  for (let bit = 0; bit < sealed[0]!.length * 8; bit++) {
    const flipped = Buffer.from(sealed[0]!);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    if (other.unseal('here', flipped)) t.fail(`bit ${bit}`);
  }
  t.equal(new Sealer(createSecretKey(randomBytes(32)), pooled(randomBytes)).unseal('here', sealed[0]!), undefined, 'another key');
  const blank = Buffer.from(sealed[0]!).fill(0, 16, 48);
  t.equal(other.unseal('here', blank), undefined, 'without its own key it is lost');
  t.end();
});

t.test('business keys: HMAC-SHA-256 as Node computes it', (t) => {
  for (const value of ['', 'MSKU1234567', 'Zürich', 'x'.repeat(500)]) {
    const expected = createHmac('sha256', key).update(`business\n${value}`).digest().subarray(0, 16);
    t.same(indexHash(key, 'business', value), expected);
  }
  t.notSame(indexHash(key, 'business', 'x'), indexHash(key, 'duplicate', 'x'));
  t.end();
});

t.test('pieces of a body: at most 1 MiB, at least one, the last marked', (t) => {
  const cut = (size: number): [number, boolean][] => [...pieces(Buffer.alloc(size))].map(({ piece, last }) => [piece.length, last]);
  t.same(cut(0), [[0, true]]);
  t.same(cut(1 << 20), [[1 << 20, true]]);
  t.same(cut((1 << 20) + 1), [
    [1 << 20, false],
    [1, true],
  ]);
  t.end();
});

t.test('RFC 8785: members sorted by UTF-16, numbers and strings as ECMAScript writes them', (t) => {
  // The first value is the example of RFC 8785, section 3.2.2, as far as JSON text can state it.
  t.equal(
    canonicalJson({
      numbers: [333333333.33333329, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000f\u000aA\'\u0042\u0022\u005c\\"/',
      literals: [null, true, false],
    }),
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  );
  t.equal(
    canonicalJson({ '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 }),
    '{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}',
    'section 3.2.3',
  );
  t.throws(() => canonicalJson(Number.NaN));
  t.throws(() => canonicalJson('\udead'));
  t.end();
});

t.test('pauses between attempts: doubling from 2 s to 15 minutes, spread, and the same in a replay', (t) => {
  const pauses = [0, 1, 2, 9, 30].map((attempts) => nextAttempt(7, attempts, 0));
  t.ok(pauses[0]! >= 2_000 && pauses[0]! <= 2_500);
  t.ok(pauses.every((pause, i) => i === 0 || pause >= pauses[i - 1]!));
  t.ok(pauses.at(-1)! <= 900_000 * 1.25);
  t.equal(nextAttempt(7, 3, 5), nextAttempt(7, 3, 5));
  t.not(nextAttempt(7, 3, 0), nextAttempt(8, 3, 0));
  t.end();
});
