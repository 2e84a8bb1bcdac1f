import t from 'tap';
import { edifactReader } from '../../../src/syntax/edifact/reader.ts';
import type { EdifactLimits } from '../../../src/syntax/limits.ts';
import { edi, findingLine, read } from '../edifact/read.ts';

const limits: EdifactLimits = { groups: 2, messages: 3, segments: 4, segmentBytes: 60, elements: 8, components: 5, repetitions: 4, componentBytes: 30 };

const times = (count: number, what: string, separator = ''): string => Array.from({ length: count }, () => what).join(separator);
const segments = (...texts: readonly string[]): string => texts.map((text) => `${text}'`).join('');
const message = (reference: string, ...inner: readonly string[]): string =>
  segments(`UNH+${reference}+X:D:9:UN`, ...inner, `UNT+${inner.length + 2}+${reference}`);
const group = (reference: string): string =>
  segments(`UNG+X+S+R+20261120:1052+${reference}+UN+D:9`) + message(`G${reference}`) + segments(`UNE+1+${reference}`);
const interchange = (count: number, body: string): string => segments('UNB+UNOC:4+S+R+20261120:1052+1') + body + segments(`UNZ+${count}+1`);
const numbered = (count: number, make: (reference: string) => string): string => Array.from({ length: count }, (_, i) => make(String(i + 1))).join('');

/** What has `n` of something, and what is said of one too many: at the first byte that is. */
const cases: readonly (readonly [limit: keyof EdifactLimits, make: (n: number) => string, said: string])[] = [
  ['segmentBytes', (n) => interchange(1, message('1', `FTX+${times(28, 'x')}+${times(n - 34, 'x')}`)), 'a segment has more than 60 bytes @ segment 2 of message 1 (FTX) «\'»'],
  ['elements', (n) => interchange(1, message('1', `FTX${times(n, '+x')}`)), 'a segment has more than 8 elements @ segment 2 of message 1 (FTX), element 9 «+»'],
  ['components', (n) => interchange(1, message('1', `FTX+a+${times(n, 'x', ':')}`)), 'an element has more than 5 components @ segment 2 of message 1 (FTX), element 2.6 «:»'],
  ['repetitions', (n) => interchange(1, message('1', `FTX+a+${times(n, 'x', '*')}`)), 'an element has more than 4 repetitions @ segment 2 of message 1 (FTX), element 2 «*»'],
  ['componentBytes', (n) => interchange(1, message('1', `FTX+a+${times(n, 'x')}`)), 'a component has more than 30 bytes @ segment 2 of message 1 (FTX), element 2 «x»'],
  ['segments', (n) => interchange(1, message('1', ...Array.from({ length: n - 2 }, () => 'FTX+x'))), 'the message has more than 4 segments @ segment 5 of message 1 (UNT) «U»'],
  ['messages', (n) => interchange(n, numbered(n, message)), 'the interchange has more than 3 messages @ UNH «UNH»'],
  ['groups', (n) => interchange(n, numbered(n, group)), 'the interchange has more than 2 groups @ UNG «UNG»'],
]; // prettier-ignore

t.test('the limits of an interchange, each at its bound and one beyond it', (t) => {
  t.same(cases.map(([limit]) => limit).sort(), Object.keys(limits).sort(), 'every limit has a case');
  for (const [limit, make, said] of cases) {
    t.same(read(edi(make(limits[limit])), { limits }).findings, [], `${limit}: as many as allowed`);
    const input = make(limits[limit] + 1) + interchange(1, message('2', 'FTX+y'));
    const found = read(edi(input), { limits });
    const next = limit === 'messages' || limit === 'groups' ? 'interchange' : 'message';
    t.same(
      found.findings.map((each) => findingLine(each, input)),
      [`fatal EDIFACT_LIMIT: ${said.replace(' @', `; reading went on with the next ${next} @`)}`],
      `${limit}: one more`,
    );
    t.equal(found.findings[0]?.args['limit'], limit, 'the finding names the limit that may be raised');
    t.ok(found.units.includes('FTX 1=y'), 'what comes after is read');
    t.equal(found.interchanges.length, 2);
    const events = found.events.join('\n');
    const cuts = Array.from(input, (_, cut) => cut);
    const different = cuts.filter((cut) => read([edi(input.slice(0, cut)), edi(input.slice(cut))], { limits }).events.join('\n') !== events);
    t.same(different, [], 'the same however the input is cut');
  }
  t.end();
});

t.test('the message that goes beyond a limit ends there; those beside it are read', (t) => {
  const long = `FTX+${times(80, 'x')}`;
  const { events, findings } = read(edi(interchange(3, message('1', 'AAA+1') + message('2', 'AAA+2', long, 'BBB+2') + message('3', 'AAA+3'))), { limits });
  t.same(
    events.filter((line) => /AAA|BBB|end of message|UNT/.test(line)).map((line) => line.replace(/ \[.*/, '')),
    ['2 AAA 1=1', '3 UNT 1=3 2=1', 'end of message 1', '2 AAA 1=2', 'end of message 2', '2 AAA 1=3', '3 UNT 1=3 2=3', 'end of message 3'],
    'nothing of it is handed out from there on, and its segments still count',
  );
  t.same(
    findings.map(({ code }) => code),
    ['EDIFACT_LIMIT'],
    'one fault is one finding',
  );
  t.end();
});

t.test('a header that goes beyond a limit is as if it had not been there', (t) => {
  const header = `UNH+1+X:D:9:UN${times(60, '+x')}`;
  const { findings, messages } = read(edi(interchange(1, segments(header, 'AAA+1', 'UNT+3+1') + message('2'))), { limits });
  t.same(
    findings.map(({ code, data }) => `${code} ${data?.edi?.tag} ${data?.edi?.segment}`),
    ['EDIFACT_LIMIT UNH 0', 'EDIFACT_ENVELOPE_MISSING AAA 0', 'EDIFACT_STRAY AAA 0'],
  );
  t.same(
    messages.map(({ reference }) => reference),
    ['2'],
  );
  t.end();
});

t.test('whatever never ends is not kept', (t) => {
  const chunk = 1 << 20;
  for (const [what, filling] of [
    ['an element', 'x'],
    ['components', ':'],
    ['elements', '+'],
    ['segments', "'"],
    ['release characters', '?'],
  ] as const) {
    const codes = new Set<string>();
    let units = 0;
    const reader = edifactReader({ unit: () => void units++, finding: ({ code }) => void codes.add(code) });
    const piece = Buffer.alloc(chunk, filling);
    const before = process.memoryUsage().rss;
    reader.push(edi("UNB+UNOC:4+S+R+20261120:1052+1'UNH+1+X:D:9:UN'A"));
    for (let i = 0; i < 16; i++) reader.push(piece);
    const grown = Math.round((process.memoryUsage().rss - before) / chunk);
    reader.end();
    t.ok(codes.has('EDIFACT_LIMIT'), `16 MB of ${what} are told`);
    t.ok(grown < 12, `16 MB of ${what} take ${grown} MB`);
    t.ok(units <= 1_000_000, 'and are not all handed out');
  }
  t.end();
});
