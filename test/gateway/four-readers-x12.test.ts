import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { codes as register, type Code, type Severity } from '../../src/diagnostics/codes.ts';
import { loadConfigurationFolder } from '../../src/gateway/library/library.ts';
import type { Configuration } from '../../src/partners/config.ts';
import type { Agreement } from '../../src/partners/partner.ts';
import { library } from '../library.ts';
import { root } from '../root.ts';
import { golden, renderedFor, type Rendered } from './renderings.ts';

/**
 * One fault in X12, seen by four people: as in `four-readers.test.ts`, and what the sender's software gets is TA1 with 997, and, where that
 * was agreed instead, 999. Beside each `test/cases/x12-<fault>/input.x12` stand all of them; `PORTOLAN_GOLDEN=write` writes them anew.
 *
 * The column says what they must hold: the note of TA1, and what is told below it (as 997; in 999 AK3 to AK5 are called IK3 to IK5).
 */
// prettier-ignore
const cases: readonly [fault: string, codes: readonly Code[], told: readonly string[]][] = [
  // ISA, IEA: TA1
  ['accepted', [], ['A*000', 'AK1*AQ*438', 'AK2*309*0001', 'AK5*A', 'AK9*A*1*1*1']],
  ['isa-date-of-letters', ['X12_CHAR_TYPE'], ['R*014']],
  ['isa-date-impossible', ['X12_DATE'], ['R*014']],
  ['isa-time-impossible', ['X12_DATE'], ['R*015']],
  ['isa-usage-unknown', ['X12_VALUE'], ['R*020']],
  ['isa-unpadded', ['X12_HEADER'], ['R*022']],
  ['interchange-miscounted', ['X12_COUNT_MISMATCH'], ['R*021']],
  ['interchange-number-differs', ['X12_REFERENCE_MISMATCH'], ['R*001']],
  ['interchange-trailer-missing', ['X12_ENVELOPE_MISSING'], ['R*023']],
  ['interchange-twice', ['GATEWAY_DUPLICATE'], ['A*000', 'AK1*AQ*438', 'AK2*309*0001', 'AK5*A', 'AK9*A*1*1*1', 'R*025']],
  ['sender-unknown', ['GATEWAY_UNKNOWN_SENDER'], ['R*006']],
  ['not-for-us', ['GATEWAY_NOT_FOR_US'], ['R*009']],
  ['cut-in-a-segment', ['X12_ENVELOPE_MISSING', 'X12_UNTERMINATED'], ['R*023']],
  ['text-outside', [], ['A*000', 'AK1*AQ*438', 'AK2*309*0001', 'AK5*A', 'AK9*A*1*1*1']], // it belongs to nothing that could be rejected
  // GS, GE: AK9
  ['group-empty', ['X12_EMPTY'], ['R*024']],
  ['group-date-impossible', ['X12_DATE'], ['A*000', 'AK1*AQ*438', 'AK2*309*0001', 'AK5*R', 'AK9*R*1*1*0']], // 716 has no word for it
  ['segment-between-groups', ['X12_STRAY'], ['A*000', 'AK1*AQ*438', 'AK2*309*0001', 'AK5*R', 'AK9*R*1*1*0']],
  ['group-miscounted', ['X12_COUNT_MISMATCH'], ['A*000', 'AK1*AQ*438', 'AK2*309*0001', 'AK5*R', 'AK9*R*3*1*0*5']],
  ['group-number-differs', ['X12_REFERENCE_MISMATCH'], ['A*000', 'AK1*AQ*438', 'AK2*309*0001', 'AK5*R', 'AK9*R*1*1*0*4']],
  ['group-of-two-one-at-fault', ['X12_SEGMENT_UNKNOWN'], ['A*000', 'AK1*AQ*438', 'AK2*309*0001', 'AK5*A', 'AK2*309*0002', 'AK3*XX*8**1', 'AK5*R*5', 'AK9*P*2*2*1']],
  ['group-trailer-missing', ['X12_ENVELOPE_MISSING'], ['A*000', 'AK1*AQ*438', 'AK2*309*0001', 'AK5*R', 'AK9*R*1*1*0*3']],
  ['second-group-at-fault', ['X12_REFERENCE_MISMATCH'], ['A*000', 'AK1*AQ*438', 'AK2*309*0001', 'AK5*A', 'AK9*A*1*1*1', 'AK1*AQ*439', 'AK2*309*0001', 'AK5*R', 'AK9*R*1*1*0*4']],
  // ST, SE: AK5
  ['set-miscounted', ['X12_COUNT_MISMATCH'], ['A*000', 'AK1*AQ*438', 'AK2*309*0001', 'AK5*R*4', 'AK9*R*1*1*0']],
  ['set-number-differs', ['X12_REFERENCE_MISMATCH'], ['A*000', 'AK1*AQ*438', 'AK2*309*0001', 'AK5*R*3', 'AK9*R*1*1*0']],
  ['set-number-missing', ['X12_ELEMENT_MISSING'], ['A*000', 'AK1*AQ*438', 'AK9*R*1*1*0']],
  ['set-number-twice', ['X12_DUPLICATE'], ['A*000', 'AK1*AQ*438', 'AK2*309*0001', 'AK5*A', 'AK2*309*0001', 'AK5*R*23', 'AK9*P*2*2*1']],
  ['set-trailer-missing', ['X12_ENVELOPE_MISSING'], ['A*000', 'AK1*AQ*438', 'AK2*309*0001', 'AK5*R*2', 'AK2*309*0002', 'AK5*A', 'AK9*P*2*2*1']],
  ['set-of-another-group', ['X12_GROUP_DIFFERS'], ['A*000', 'AK1*QO*438', 'AK2*309*0001', 'AK5*R*6', 'AK9*R*1*1*0']], // in 999 it is 18
  ['set-unknown', ['X12_MESSAGE_UNKNOWN'], ['A*000', 'AK1*IN*438', 'AK2*810*0001', 'AK5*R*1', 'AK9*R*1*1*0']],
  // segments: AK302 counts ST as 1, of what is missing it says where it should have stood
  ['segment-missing', ['X12_SEGMENT_MISSING'], ['A*000', 'AK1*AQ*438', 'AK2*309*0001', 'AK3*M10*2**3', 'AK5*R*5', 'AK9*R*1*1*0']],
  ['segment-not-here', ['X12_SEGMENT_NOT_HERE'], ['A*000', 'AK1*AQ*438', 'AK2*309*0001', 'AK3*N4*14**2', 'AK5*R*5', 'AK9*R*1*1*0']],
  ['segment-repeated-too-often', ['X12_TOO_MANY_SEGMENTS'], ['A*000', 'AK1*AQ*438', 'AK2*309*0001', 'AK3*N4*9**5', 'AK5*R*5', 'AK9*R*1*1*0']],
  ['segment-unknown', ['X12_SEGMENT_UNKNOWN'], ['A*000', 'AK1*AQ*438', 'AK2*309*0001', 'AK3*XYZ*8**1', 'AK5*R*5', 'AK9*R*1*1*0']],
  ['segment-without-identifier', ['X12_TAG'], ['A*000', 'AK1*AQ*438', 'AK2*309*0001', 'AK3*9 *8**1', 'AK5*R*5', 'AK9*R*1*1*0']],
  ['loop-repeated-too-often', ['X12_TOO_MANY_LOOPS'], ['A*000', 'AK1*AQ*438', 'AK2*309*0001', 'AK3*N1*11**4', 'AK5*R*5', 'AK9*R*1*1*0']],
  ['loop-segment-missing', ['X12_SEGMENT_MISSING'], ['A*000', 'AK1*AQ*438', 'AK2*309*0001', 'AK3*P4*3**3', 'AK5*R*5', 'AK9*R*1*1*0']],
  // elements: AK401 counts from 1, the identifier of the segment apart
  ['element-missing', ['X12_ELEMENT_MISSING'], ['A*000', 'AK1*AQ*438', 'AK2*309*0001', 'AK3*P4*3**8', 'AK4*1*310*1', 'AK5*R*5', 'AK9*R*1*1*0']],
  ['element-too-long', ['X12_TOO_LONG'], ['A*000', 'AK1*AQ*438', 'AK2*309*0001', 'AK3*M10*2**8', 'AK4*1*140*5*BLUEX', 'AK5*R*5', 'AK9*R*1*1*0']],
  ['element-too-short', ['X12_TOO_SHORT'], ['A*000', 'AK1*AQ*438', 'AK2*309*0001', 'AK3*M10*2**8', 'AK4*1*140*4*B', 'AK5*R*5', 'AK9*R*1*1*0']],
  ['elements-too-many', ['X12_TOO_MANY_ELEMENTS'], ['A*000', 'AK1*AQ*438', 'AK2*309*0001', 'AK3*LX*4**8', 'AK4*2**3', 'AK5*R*5', 'AK9*R*1*1*0']],
  ['number-of-letters', ['X12_CHAR_TYPE'], ['A*000', 'AK1*AQ*438', 'AK2*309*0001', 'AK3*P4*3**8', 'AK4*2*373*6*2O260914', 'AK5*R*5', 'AK9*R*1*1*0']],
  ['character-in-element', ['X12_CHARACTER'], ['A*000', 'AK1*AQ*438', 'AK2*309*0001', 'AK3*N3*7**8', 'AK4*1**6', 'AK5*R*5', 'AK9*R*1*1*0']],
  ['line-break-in-element', ['X12_LINE_BREAK'], ['A*000', 'AK1*AQ*438', 'AK2*309*0001', 'AK3*N1*6**8', 'AK4*2**6', 'AK5*R*5', 'AK9*R*1*1*0']],
  ['two-faults-in-a-segment', ['X12_CHAR_TYPE', 'X12_TOO_LONG'], ['A*000', 'AK1*AQ*438', 'AK2*309*0001', 'AK3*M10*2**8', 'AK4*1*140*5*BLUEX', 'AK4*8*380*6*ONE', 'AK5*R*5', 'AK9*R*1*1*0']],
  // content: TA1 and 997 have no word for it but no; 824 has, where it was agreed
  ['content-date-impossible', ['MAP_VALUE'], ['A*000', 'AK1*AQ*438', 'AK2*309*0001', 'AK5*R', 'AK9*R*1*1*0']],
  ['content-weight', ['MAP_VALUE'], ['A*000', 'AK1*AQ*438', 'AK2*309*0001', 'AK5*R', 'AK9*R*1*1*0']],
];

/** Everything is an error here, so that each fault is seen to its end; what a map says of the same fault is left to the maps' own cases. */
const strict = Object.fromEntries(Object.keys(register).filter((code) => code.startsWith('X12_') && code !== 'X12_MORE' && code !== 'X12_DIRECTORY_NEAREST').map((code) => [code, 'error' as Severity])); // prettier-ignore

const loaded = loadConfigurationFolder(join(root, 'samples/gateway'), library).configuration;
if (!loaded) throw new Error('the sample configuration is not in order');

const agreed = (more: Partial<Agreement>): Configuration => ({
  ...loaded,
  partners: loaded.partners.map((each) => ({ ...each, agreement: { ...each.agreement, tolerance: strict, ...more } })),
});

/** One segment a line, the answers of several interchanges one after the other. */
function answer(input: Buffer, more: Partial<Agreement>, which: RegExp): Rendered & { readonly text: string | undefined; readonly errors: string | undefined } {
  const { translation, ...rest } = renderedFor(input, { library, configuration: agreed(more), which });
  const lines = (replies: readonly Uint8Array[]): string | undefined =>
    replies.length === 0 ? undefined : Buffer.concat(replies).toString().replaceAll('~', '~\n');
  return {
    ...rest,
    text: lines(translation.interchanges.flatMap(({ reply }) => reply ?? [])),
    errors: lines(translation.interchanges.flatMap(({ errors }) => errors?.bytes ?? [])),
  };
}

/** TA104 and TA105, and all of AK1 to AK9; of a long list the ends. */
function told(text: string | undefined): string[] {
  const segments = (text ?? '').split('~\n').filter((segment) => /^(TA1|[AI]K\d)/.test(segment)).map((segment) => segment.replace(/^TA1\*\d+\*\d+\*\d+\*/, '')); // prettier-ignore
  return segments.length > 12 ? [...segments.slice(0, 3), '…', ...segments.slice(-2)] : segments;
}

/** Where the partner agreed on it, errors of content are told by 824, and 997 is about the syntax alone. */
const advised: Partial<Agreement> = { x12: { groups: '997' }, errors: [{ map: 'x12/824/4010', codes: { MAP_VALUE: 'IID', other: '024' } }] };

const folder = join(root, 'test/cases');

for (const [fault, codes, expected] of cases) {
  t.test(fault, (t) => {
    const input = readFileSync(join(folder, `x12-${fault}`, 'input.x12'));
    const which = fault.startsWith('content') ? /./ : /^(X12|GATEWAY)_/;
    const { files, codes: found, text } = answer(input, { x12: { groups: '997' } }, which);
    t.same(found, codes, 'the faults that were meant');
    t.same(told(text), expected, 'what the sender is told');
    const { text: late } = answer(input, { x12: { groups: '999' } }, which);
    t.same(
      told(late).map((line) =>
        line
          .replace(/^IK/, 'AK')
          .replace(/^(AK1.*|AK2.*)\*00\d{4}$/, '$1')
          .replace(/^AK5\*R\*18$/, 'AK5*R*6'),
      ),
      expected,
      'the same in 999',
    );
    const advice = fault.startsWith('content') ? answer(input, advised, which).errors : undefined;
    golden(t, join(folder, `x12-${fault}`), { ...files, '997.x12': text, '999.x12': late, '824.x12': advice });
    t.end();
  });
}

t.test('every case is in the table', (t) => {
  const own = readdirSync(folder).filter((name) => name.startsWith('x12-'));
  t.same(own.sort(), cases.map(([fault]) => `x12-${fault}`).sort());
  t.end();
});
