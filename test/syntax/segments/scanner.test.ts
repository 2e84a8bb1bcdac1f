import t from 'tap';
import { shared } from '../../root.ts';
import { edifactFraming } from '../../../src/syntax/edifact/opening.ts';
import { Scanner } from '../../../src/syntax/segments/scanner.ts';
import { tokenFlag } from '../../../src/syntax/segments/tokens.ts';
import { corpus } from '../edifact/corpus.ts';

interface Scanned {
  readonly spans: readonly (readonly [what: string, start: number, end: number])[];
  readonly segments: readonly string[];
}

/** Everything the scanner says, with neighboring pieces of one run joined. */
function scan(chunks: readonly Uint8Array[]): Scanned {
  const spans: [string, number, number][] = [];
  const segments: string[] = [];
  const add = (what: string, start: number, end: number): void => {
    const last = spans.at(-1);
    if (last && last[0] === what && last[2] === start && (what === 'filler' || what === 'outside')) last[2] = end;
    else spans.push([what, start, end]);
  };
  const scanner = new Scanner(edifactFraming, {
    segment(s) {
      add('segment', s.base + s.start, s.base + s.end);
      let text = s.terminated ? '' : 'unterminated ';
      for (let k = s.first; k < s.first + s.count; k++)
        text += `${s.bytes.toString('latin1', s.starts[k], (s.starts[k + 1] as number) - 1)}‹${(s.kinds[k] as number) & tokenFlag.KIND}›`;
      segments.push(
        `${text} breaks ${s.breaks} ${s.breaks && s.base + s.firstBreak} outside ${s.outside} ${s.outside && s.base + s.firstOutside} ${s.notAscii} ${s.charset.label}`,
      );
    },
    filler: (start, end) => add('filler', start, end),
    una: (start, end, fault) => add(`una ${fault ?? 'fine'}`, start, end),
    outside: (start, end) => add('outside', start, end),
    limit: (s) => add('limit', s.base + s.start, s.base + s.start),
  });
  for (const chunk of chunks) scanner.push(chunk);
  scanner.finish();
  return { spans, segments };
}

/** The same as numbers, for many comparisons. */
function tables(chunks: readonly Uint8Array[]): number[] {
  const found: number[] = [];
  let filler = 0;
  let outside = 0;
  const scanner = new Scanner(edifactFraming, {
    segment(s) {
      found.push(s.base + s.start, s.base + s.end, s.count, filler, outside, s.breaks, s.breaks && s.base + s.firstBreak);
      found.push(s.outside, s.outside && s.base + s.firstOutside, Number(s.notAscii), Number(s.terminated), s.service.element);
      for (let k = s.first; k < s.first + s.count; k++) found.push(s.base + (s.starts[k] as number), s.kinds[k] as number);
    },
    filler: (start, end) => (filler += end - start),
    una: (start, end) => found.push(start, end),
    outside: (start, end) => (outside += end - start),
    limit: () => found.push(-1),
  });
  for (const chunk of chunks) scanner.push(chunk);
  scanner.finish();
  found.push(filler, outside);
  return found;
}

const same = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((value, index) => value === b[index]);

const text = (value: string): Buffer => Buffer.from(value, 'latin1');
const segmentsOf = (value: string): string[] => scan([text(value)]).segments.map((line) => line.slice(0, line.indexOf(' breaks')));

t.test('every file of the corpus is scanned, and the spans tile it', { skip: shared === undefined && 'no corpus beside the repository' }, (t) => {
  for (const { name, bytes } of corpus()) {
    const { spans } = scan([bytes]);
    let at = 0;
    const whole = spans.every(([, start, end]) => start === at && (at = end) >= start) && at === bytes.length;
    if (!whole) t.fail(`${name}: ${JSON.stringify(spans.slice(0, 5))}`);
  }
  t.pass();
  t.end();
});

t.test('the result is the same however the input is cut', { skip: shared === undefined && 'no corpus beside the repository' }, (t) => {
  let cuts = 0;
  for (const { name, bytes } of corpus()) {
    const whole = tables([bytes]);
    const step = bytes.length <= 4096 ? 1 : Math.ceil(bytes.length / 29);
    for (let at = 1; at < bytes.length; at += step, cuts++)
      if (!same(tables([bytes.subarray(0, at), bytes.subarray(at)]), whole)) t.fail(`${name} cut at ${at}`);
    if (bytes.length <= 4096 && !same(tables(Array.from(bytes, (byte) => Uint8Array.of(byte))), whole)) t.fail(`${name} byte by byte`);
  }
  t.ok(cuts > 1000, `${cuts} cuts`);
  t.end();
});

t.test('service characters', (t) => {
  // prettier-ignore
  const cases: readonly [what: string, input: string, segments: readonly string[]][] = [
    ['the defaults', "UNB+UNOA:3+S'UNZ+0+1'", ['UNB‹2›UNOA‹3›3‹2›S‹1›', 'UNZ‹2›0‹2›1‹1›']],
    ['release before each of them', "UNB+UNOA:3+a?+b?:c?'d??'UNZ+0+1'", ["UNB‹2›UNOA‹3›3‹2›a?+b?:c?'d??‹1›", 'UNZ‹2›0‹2›1‹1›']],
    ['no repetition in syntax 3', "UNB+UNOC:3+a*b'", ['UNB‹2›UNOC‹3›3‹2›a*b‹1›']],
    ['repetition in syntax 4', "UNB+UNOC:4+a*b?*c'", ['UNB‹2›UNOC‹3›4‹2›a‹4›b?*c‹1›']],
    ['UNA of syntax 4', "UNA:+.?~'UNB+UNOC:4+a~b*c'", ['UNB‹2›UNOC‹3›4‹2›a‹4›b*c‹1›']],
    ['the place of the repetition separator is reserved in syntax 3', "UNA:+.?*'UNB+UNOC:3+a*b'", ['UNB‹2›UNOC‹3›3‹2›a*b‹1›']],
    ['other characters, a line break as terminator', 'UNA.*,\\ \nUNB*UNOA.2*x\\*y\nUNZ*0*1\n', ['UNB‹2›UNOA‹3›2‹2›x\\*y‹1›', 'UNZ‹2›0‹2›1‹1›']],
    ['no release character', "UNA:+.  'UNB+UNOA:2+what?+y'", ['UNB‹2›UNOA‹3›2‹2›what?‹2›y‹1›']],
    ['SIRE ends segments with "', 'UNB+SIRE:4+A"UNZ+0+1"', ['UNB‹2›SIRE‹3›4‹2›A‹1›', 'UNZ‹2›0‹2›1‹1›']],
    ['level B by its information separators', 'UNB\x1dUNOB\x1f1\x1dA\x1cUNZ\x1d0\x1c', ['UNB‹2›UNOB‹3›1‹2›A‹1›', 'UNZ‹2›0‹1›']],
    ['UNA holds for one interchange', "UNA-*.? #UNB*UNOA-1*a+b#UNZ*0*1#UNB+UNOA:1+a*b'UNZ+0+2'", ['UNB‹2›UNOA‹3›1‹2›a+b‹1›', 'UNZ‹2›0‹2›1‹1›', 'UNB‹2›UNOA‹3›1‹2›a*b‹1›', 'UNZ‹2›0‹2›2‹1›']],
    ['but is kept where the next UNB uses them', "UNA:*.? #UNB*UNOA:1*a#UNZ*0*1#UNB*UNOA:1*b#", ['UNB‹2›UNOA‹3›1‹2›a‹1›', 'UNZ‹2›0‹2›1‹1›', 'UNB‹2›UNOA‹3›1‹2›b‹1›']],
    ['a second UNA without UNZ before it', "UNB+UNOA:1+a'UNA:*.? #UNB*UNOA:1*b#", ['UNB‹2›UNOA‹3›1‹2›a‹1›', 'UNB‹2›UNOA‹3›1‹2›b‹1›']],
    ['byte order mark, blanks, line breaks, end-of-file mark', "\xef\xbb\xbf \r\nUNB+UNOA:1+a'\r\n UNZ+0+1'\r\n\x1a", ['UNB‹2›UNOA‹3›1‹2›a‹1›', 'UNZ‹2›0‹2›1‹1›']],
    ['text before and after', "TO: HULL\nUNABLE\nUNB+UNOA:1+a'UNZ+0+1'\nUNtil then", ['UNB‹2›UNOA‹3›1‹2›a‹1›', 'UNZ‹2›0‹2›1‹1›']],
    ['no UNB', "UNH+1+A:D'UNT+2+1'", ['UNH‹2›1‹2›A‹3›D‹1›', 'UNT‹2›2‹2›1‹1›']],
    ['no UNB, and a UNA with repetition', "UNA:+.?*'UNH+1*2'", ['UNH‹2›1‹4›2‹1›']],
    ['a UNA of eight characters', "UNA:+.?'UNB+UNOA:3+a'", ['UNB‹2›UNOA‹3›3‹2›a‹1›']],
    ['a separator that nothing announces', "UNB@UNOA*3@a*b'UNZ@0'", ['UNB‹2›UNOA‹3›3‹2›a‹3›b‹1›', 'UNZ‹2›0‹1›']],
    ['input ends in a segment', "UNB+UNOA:3+a'UNZ+0", ['UNB‹2›UNOA‹3›3‹2›a‹1›', 'unterminated UNZ‹2›0‹1›']],
    ['input ends after a release character', "UNB+UNOA:3+a?", ['unterminated UNB‹2›UNOA‹3›3‹2›a?‹1›']],
    ['a hard wrap inside a tag', "UNB+UNOA:3+a'UN\r\nZ+0+1'UNB+UNOA:3+b'", ['UNB‹2›UNOA‹3›3‹2›a‹1›', 'UN\r\nZ‹2›0‹2›1‹1›', 'UNB‹2›UNOA‹3›3‹2›b‹1›']],
    ['a tag with nesting indication', "UNB+UNOA:2+a'NAD:1:2+b'", ['UNB‹2›UNOA‹3›2‹2›a‹1›', 'NAD‹3›1‹3›2‹2›b‹1›']],
  ];
  for (const [what, input, expected] of cases) {
    t.same(segmentsOf(input), expected, what);
    const whole = JSON.stringify(scan([text(input)]));
    for (let at = 1; at < input.length; at++)
      if (JSON.stringify(scan([text(input.slice(0, at)), text(input.slice(at))])) !== whole) t.fail(`${what}: cut at ${at}`);
  }
  t.end();
});

t.test('what is odd is counted with its first place', (t) => {
  const { segments } = scan([text("UNB+UNOA:3+a\r\nB\xc3\xa9'")]);
  t.match(segments[0], /breaks 2 12 outside 3 11 true UNOA$/);
  t.end();
});

t.test('a UNA that cannot be is said to be so', (t) => {
  const fault = (input: string): unknown => scan([text(input)]).spans.find(([what]) => what.startsWith('una'))?.[0];
  t.equal(fault("UNA:+.? 'UNB+UNOA:3'"), 'una fine');
  t.equal(fault("UNA:+.:x'UNB+UNOA:3'"), 'una `x` is a letter or digit');
  t.equal(fault("UNA:+.?+'UNB+UNOA:3'"), 'una `+` has two functions');
  t.equal(fault("UNA:+.?'UNB+UNOA:3'"), 'una one of the six characters is missing');
  t.equal(fault("UNB@UNOA*3'"), 'una no UNA announces the separator after UNB');
  t.end();
});

t.test('limits', (t) => {
  const limited = (input: string, chunk: number): unknown => {
    const found: unknown[] = [];
    const scanner = new Scanner(
      edifactFraming,
      { segment: (s) => found.push(s.count), limit: (s) => found.push('limit', s.base + s.start) },
      { segmentBytes: 40 },
    );
    for (let at = 0; at < input.length; at += chunk) scanner.push(text(input.slice(at, at + chunk)));
    scanner.finish();
    return found;
  };
  const head = "UNB+UNOA:3+a'";
  for (const chunk of [1, 7, 1000]) {
    t.same(limited(`${head}FTX+${'x'.repeat(35)}'ABC'`, chunk), [4, 2, 1], 'exactly the bytes allowed');
    t.same(limited(`${head}FTX+${'x'.repeat(36)}'ABC'`, chunk), [4, 'limit', 13, 1], 'one more: the segment is passed over');
    t.same(limited(`${head}FTX+${'x'.repeat(99)}?''ABC'`, chunk), [4, 'limit', 13, 1], 'a terminator that is released does not end it');
    t.same(limited(`${head}FTX${'+'.repeat(300)}'ABC'`, chunk), [4, 'limit', 13, 1], 'so many elements');
    t.same(limited(`${head}${'x'.repeat(99)}'ABC+'${'y'.repeat(99)}`, chunk), [4, 'limit', 13, 2, 'limit', 118], 'and again; the last one never ends');
    t.same(limited(`${head}${'\n'.repeat(100)}ABC'`, chunk), [4, 1], 'blanks between segments do not count');
  }
  t.end();
});

t.test('byte order marks, cut in every way: what is left in the buffer from before is not the input', (t) => {
  const mark = '\xef\xbb\xbf';
  const interchange = "UNB+UNOC:3+S+R+261120:1052+1'UNZ+0+1'";
  // prettier-ignore
  const inputs: readonly (readonly [before: string, marks: string, after: string])[] = [
    ['', `${mark}${mark}`, interchange],
    ['', `${mark}\n${mark}`, interchange],
    ['', `${mark}${mark.slice(0, 2)}`, interchange],
    ['', `${mark}${mark.slice(0, 1)}`, ''],
    [interchange, `${mark}${mark}`, interchange],
    [interchange, `${mark.slice(0, 2)}${mark}`, interchange],
    [interchange, `${mark}${mark.slice(0, 2)}`, ''],
  ];
  for (const [before, marks, after] of inputs) {
    const whole = text(before + marks + after);
    const expected = tables([whole]);
    for (let cuts = 0; cuts < 2 ** (marks.length + 1); cuts++) {
      const at = Array.from({ length: marks.length + 1 }, (_, k) => before.length + k).filter((_, k) => (cuts >> k) & 1);
      const chunks = [0, ...at].map((start, k) => whole.subarray(start, at[k] ?? whole.length));
      if (!same(tables(chunks), expected)) t.fail(`${JSON.stringify(before + marks + after)} cut at ${at.join(', ')}`);
    }
  }
  t.pass();
  t.end();
});
