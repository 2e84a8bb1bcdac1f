import t from 'tap';
import type { ReadMessage } from '../../src/gateway/translation/reading.ts';
import { readBytes } from '../../src/gateway/translation/syntax.ts';
import { library } from '../library.ts';
import { shared } from '../root.ts';
import { corpus } from '../syntax/edifact/corpus.ts';

// What the maps make of real transaction sets, type by type: every atom has a fate, and each loss stands here with its reason.

const skip = shared === undefined ? 'the corpus is not beside the repository' : false;

const made = 'a test of a library that writes segments in no order and elements at no place: what does not fit the tables is lost';

/** Type, what is said of the loss, how often, why. */
const losses: readonly [type: string, loss: string, times: number, why: string][] = [
  ['309', 'a value cannot be read: `CONT14500` was `CONT1` and `4500`, and would be written `CONT` and `14500`', 2, made],
  ['309', 'H2 has no place in the map here', 1, made],
  ['309', 'M7 has no place in the map here', 1, made],
  ['309', 'MAN has no place in the map here', 2, made],
  ['309', 'N3 has no place in the map here', 1, made],
  ['309', 'N4 has no place in the map here', 3, made],
  ['309', 'NM1 has no place in the map here', 3, made],
  ['309', 'R4 has no place in the map here', 4, made],
  ['309', 'REF has no place in the map here', 2, made],
  ['309', 'VC has no place in the map here', 1, made],
  ['350', 'M7 has no place in the map here', 1, made],
  ['350', 'NM1 has no place in the map here', 1, made],
  ['350', 'VID has no place in the map here', 2, made],
  ['353', 'K1 has no place in the map here', 2, made],
  ['355', 'AK1 has no place in the map here', 4, made],
  ['355', 'AK2 has no place in the map here', 2, made],
  ['355', 'AK3 has no place in the map here', 2, made],
  ['355', 'AK4 has no place in the map here', 2, made],
  ['355', 'AK5 has no place in the map here', 1, made],
  ['355', 'AK9 has no place in the map here', 8, made],
  ['358', 'DMG has no place in the map here', 1, made],
  ['358', 'M13 has no place in the map here', 4, made],
  ['358', 'M7 has no place in the map here', 1, made],
  ['358', 'N3 has no place in the map here', 1, made],
  ['358', 'N4 has no place in the map here', 3, made],
  ['358', 'NM1 has no place in the map here', 1, made],
  ['358', 'REF has no place in the map here', 2, made],
  ['358', 'VID has no place in the map here', 2, made],
];

const misplaced: ReadonlySet<string> = new Set(['X12_SEGMENT_NOT_HERE', 'X12_SEGMENT_UNKNOWN', 'X12_TOO_MANY_SEGMENTS', 'X12_TOO_MANY_LOOPS']);

/** Whether it is said that a segment does not stand where it may: of itself, or that what opens its loop is missing before it. */
const isTold = (findings: ReadMessage['findings'], segment: number): boolean =>
  findings.some(({ code, data }) => {
    const at = data?.edi?.segment ?? Infinity;
    return misplaced.has(code) ? at === segment : code === 'X12_SEGMENT_MISSING' && at <= segment;
  });

/** How many transaction sets of each type a map reads. Of 356 and 357 the corpus has none, and of TA1 no interchange has one. */
const read: Readonly<Record<string, number>> = { 301: 3, 309: 3, 310: 2, 315: 1, 322: 3, 350: 2, 353: 1, 355: 2, 358: 1, 824: 1, 997: 5, 999: 3 };

/** Sets that stand in no group: nothing says of which version they are, and who reads them has to name the map. */
const named: Readonly<Record<string, string>> = {
  '309_transaction.x12': 'x12/309/4010',
  '310_transaction.x12': 'x12/310/4010',
  '353_customs_events.x12': 'x12/353/4010',
};

t.test('every file of a listed type is recognized and mapped, and every atom has a fate', { skip }, (t) => {
  const tallies = new Map<string, { sets: number; total: number; bound: number; ignored: number; lost: number }>();
  const lost = new Map<string, number>();
  for (const { name, bytes } of corpus('x12-customs')) {
    const sets: ReadMessage[] = [];
    const map = named[name.split('/').at(-1)!];
    readBytes(library, bytes, { message: (message) => void sets.push(message) }, map === undefined ? {} : { plan: library.catalog.plan(map) });
    for (const { header, plan, parsed, findings } of sets) {
      const { type } = header;
      if (!(type in read)) {
        t.equal(plan, undefined, `${name}: no map reads ${type}`);
        continue;
      }
      if (!plan || !parsed) {
        t.fail(`${name}: ${type} is read by no map`);
        continue;
      }
      t.match(plan.name, `x12/${type}/`, name);
      const { account } = parsed;
      const tally = tallies.get(type) ?? { sets: 0, total: 0, bound: 0, ignored: 0, lost: 0 };
      tallies.set(type, tally);
      tally.sets++;
      tally.total += account.total;
      tally.bound += account.bound;
      tally.ignored += account.ignored;
      tally.lost += account.lost;
      t.equal(account.bound + account.selector + account.fixed + account.derived + account.ignored + account.lost, account.total, name);
      for (const { source, value } of parsed.losses)
        t.ok(isTold(findings, source?.edi?.segment ?? 0), `${name}: that \`${value}\` of segment ${source?.edi?.segment} does not fit the tables is said`);
      for (const { reason } of parsed.losses) {
        const at = `${type}: ${reason.replace(/`[^`]*`/, 'a value')}`;
        lost.set(at, (lost.get(at) ?? 0) + 1);
      }
    }
  }
  const share = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;
  for (const [type, { sets, total, bound, ignored, lost }] of [...tallies].sort())
    t.comment(`${type}: ${sets} sets, ${total} atoms, ${share(bound, total)} bound or carried, ${ignored} ignored, ${lost} lost`);
  t.same(
    [...lost].sort().map(([at, times]) => `${at} ×${times}`),
    losses.map(([type, loss, times]) => `${type}: ${loss} ×${times}`).sort(),
    `what is lost is what is listed: ${[...new Set(losses.map(([, , , why]) => why))].join('; ')}`,
  );
  t.same(Object.fromEntries([...tallies].map(([type, { sets }]) => [type, sets])), read);
  t.end();
});

/** Faults on purpose: the file, and what must be said of it, `CODE segment element`. */
// prettier-ignore
const invalid: readonly [file: string, codes: readonly string[]][] = [
  ['diagnosctics.x12', ['X12_COUNT_MISMATCH SE01', 'X12_ELEMENT_MISSING DTM01', 'X12_MESSAGE_UNKNOWN ST', 'X12_REFERENCE_MISMATCH GE02', 'X12_REFERENCE_MISMATCH IEA02', 'X12_TAG InvalidSegment', 'X12_TOO_LONG DTM01', 'X12_TOO_LONG DTM02', 'X12_TOO_LONG IEA01', 'X12_TOO_SHORT DTM02']],
  ['ErrorEventsTest.java#101.x12', ['X12_DIRECTORY_NEAREST ST', 'X12_TOO_MANY_ELEMENTS AK401-4']], // nothing stands in the fourth: its separator is sent all the same
  ['ErrorEventsTest.java#82.x12', ['X12_DIRECTORY_NEAREST ST', 'X12_TOO_MANY_ELEMENTS AK104']],
  ['ErrorEventsTest.java#88.x12', ['X12_DIRECTORY_NEAREST ST']], // valid: a test of schemas of a user's own, which want a further element in AK1; of X12 it has all that a 997 needs, and counts and numbers agree
  ['ErrorEventsTest.java#97.x12', ['X12_DIRECTORY_NEAREST ST', 'X12_TOO_MANY_ELEMENTS AK401-4']],
  ['extraDelimiter997.edi', ['X12_CHAR_TYPE AK302-1', 'X12_DIRECTORY_NEAREST ST', 'X12_TOO_LONG AK302-1', 'X12_TOO_LONG AK304', 'X12_TOO_MANY_ELEMENTS AK302-2', 'X12_TOO_MANY_ELEMENTS AK404-2', 'X12_TOO_MANY_REPETITIONS AK302-1', 'X12_TOO_MANY_REPETITIONS AK404-1']],
  ['invalid997_min.edi', ['X12_CHAR_TYPE GE02', 'X12_CHAR_TYPE GS04', 'X12_DATE GS05', 'X12_DIRECTORY_NEAREST ST', 'X12_REFERENCE_MISMATCH GE02', 'X12_TOO_LONG AK101', 'X12_TOO_LONG GE02']],
  ['invalid999.edi', ['X12_CHAR_TYPE CTX06-1', 'X12_COUNT_MISMATCH SE01', 'X12_DIRECTORY_NEAREST ST', 'X12_SEGMENT_MISSING ST', 'X12_SEGMENT_NOT_HERE AK1', 'X12_TOO_LONG AK101', 'X12_TOO_MANY_ELEMENTS AK204', 'X12_TOO_MANY_SEGMENTS IK5']],
  ['nonnumeric_BIN01.edi', ['X12_CHAR_TYPE BIN01', 'X12_DIRECTORY_NEAREST ST', 'X12_MESSAGE_UNKNOWN ST']],
];

t.test('what is wrong on purpose is named', { skip }, (t) => {
  for (const { name, bytes } of corpus('x12-invalid')) {
    const found = new Set<string>();
    const said = ({ findings }: { readonly findings: ReadMessage['findings'] }): void =>
      findings.forEach(({ code, data }) => code.startsWith('X12_') && found.add(`${code} ${data?.edi?.id ?? data?.edi?.tag ?? ''}`.trim()));
    readBytes(library, bytes, { message: said, interchangeEnd: (_, findings) => said({ findings }) });
    const [, expected] = invalid.find(([file]) => name.endsWith(file)) ?? [];
    t.same([...found].sort(), expected, name);
  }
  t.equal(corpus('x12-invalid').length, invalid.length);
  t.end();
});
