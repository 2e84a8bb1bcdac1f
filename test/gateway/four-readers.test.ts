import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Code, Severity } from '../../src/diagnostics/codes.ts';
import { loadConfigurationFolder } from '../../src/gateway/library/library.ts';
import type { Translation } from '../../src/gateway/translation/translate.ts';
import type { Configuration } from '../../src/partners/config.ts';
import { library } from '../library.ts';
import { root } from '../root.ts';
import { golden, renderedFor, type Rendered } from './renderings.ts';

/**
 * One fault, seen by four people. Beside each `test/cases/<fault>/input.edi` stand what the analyst reads at the terminal, the line in
 * the operator's log, the problem (RFC 9457) that the integrator gets, and the CONTRL for the sender's software, all made of the same findings.
 * `PORTOLAN_GOLDEN=write` writes them anew.
 *
 * The column says what CONTRL must hold: the UCI, and what is told below it.
 */
// prettier-ignore
const cases: readonly [fault: string, codes: readonly Code[], contrl: readonly string[]][] = [
  // UNA, UNB, UNZ
  ['una-two-functions', ['EDIFACT_SERVICE_CHAR'], ['4+20+UNA']],
  ['una-two-functions-4', ['EDIFACT_SERVICE_CHAR'], ['4+20']],
  ['una-too-short', ['EDIFACT_SERVICE_CHAR'], ['4+20+UNA']],
  ['separator-unannounced', ['EDIFACT_SERVICE_CHAR'], ['4+22+UNB']],
  ['charset-unknown', ['EDIFACT_SYNTAX_UNSUPPORTED'], ['4+2+UNB+2:1']],
  ['charset-unknown-4', ['EDIFACT_SYNTAX_UNSUPPORTED'], ['4+46+UNB+2:1']],
  ['charset-table-unknown', ['EDIFACT_UNDECODABLE'], ['7', 'UCM+M1+CUSCAR:D:95B:UN+4', 'UCS+17', 'UCD+21+5']],
  ['charset-undeclared', ['EDIFACT_CHARACTER', 'EDIFACT_CHARSET_MISMATCH'], ['7', 'UCM+M1+CUSCAR:D:95B:UN+4', 'UCS+15', 'UCD+21+5']],
  ['version-unknown', ['EDIFACT_SYNTAX_UNSUPPORTED'], ['4+2+UNB+2:2']],
  ['sender-missing', ['EDIFACT_ELEMENT_MISSING', 'GATEWAY_UNKNOWN_SENDER'], []],
  ['sender-unknown', ['GATEWAY_UNKNOWN_SENDER'], ['4+23+UNB+3:1']],
  ['not-for-us', ['GATEWAY_NOT_FOR_US'], ['4+7+UNB+4:1']],
  ['date-missing', ['EDIFACT_ELEMENT_MISSING'], ['4+13+UNB+5']],
  ['date-of-letters', ['EDIFACT_CHAR_TYPE'], ['4+37+UNB+5:1']],
  ['date-impossible', ['EDIFACT_DATE'], ['4+12+UNB+5:1']],
  ['time-impossible-4', ['EDIFACT_DATE'], ['4+12+UNB+5:2']],
  ['date-too-short-4', ['EDIFACT_TOO_SHORT'], ['4+40+UNB+5:1']],
  ['reference-missing', ['EDIFACT_ELEMENT_MISSING', 'GATEWAY_UNNAMED'], []], // nor could it name this one
  ['reference-too-long', ['EDIFACT_TOO_LONG', 'GATEWAY_UNANSWERABLE'], []], // no CONTRL could repeat it: refused with a problem (test/gateway/intake)
  ['character-in-interchange-header', ['EDIFACT_CHARACTER'], ['4+21+UNB+6']],
  ['interchange-reference-differs', ['EDIFACT_REFERENCE_MISMATCH'], ['4+28+UNZ+3']],
  ['interchange-miscounted', ['EDIFACT_COUNT_MISMATCH'], ['4+29+UNZ+2']],
  ['interchange-trailer-missing', ['EDIFACT_ENVELOPE_MISSING'], ['4+13+UNZ']],
  ['interchange-trailer-has-more', ['EDIFACT_TOO_MANY_ELEMENTS'], ['4+16+UNZ+4']],
  ['interchange-empty', ['EDIFACT_EMPTY'], ['4+32+UNZ']],
  ['interchange-twice', ['GATEWAY_DUPLICATE'], ['7', '4+26+UNB+6']],
  ['cut-in-a-segment', ['EDIFACT_ENVELOPE_MISSING', 'EDIFACT_UNTERMINATED'], ['4+13+UNZ']],
  ['last-terminator-missing', ['EDIFACT_UNTERMINATED'], ['4+13+UNZ']],
  ['segment-before-message', ['EDIFACT_STRAY'], ['4+33']],
  ['security-in-interchange-4', ['EDIFACT_SECURITY'], ['4+47+USH++S1+1']],
  ['package-4', ['EDIFACT_OBJECT'], ['4+47+UNO']],
  ['text-outside', ['EDIFACT_OUTSIDE'], ['4+33']],
  // UNG, UNE
  ['group-miscounted', ['EDIFACT_COUNT_MISMATCH'], ['7', 'UCF+G1+BLUEANCHOR+CUSTOMS+4+29+UNE+2']],
  ['group-reference-differs', ['EDIFACT_REFERENCE_MISMATCH'], ['7', 'UCF+G1+BLUEANCHOR+CUSTOMS+4+28+UNE+3']],
  ['group-of-two-types', ['EDIFACT_GROUP_DIFFERS'], ['7', 'UCF+G1+BLUEANCHOR+CUSTOMS+4+31+UNG+2']],
  ['group-of-another-type', ['EDIFACT_GROUP_DIFFERS'], ['7', 'UCF+G1+BLUEANCHOR+CUSTOMS+4+12+UNG+2']],
  ['group-of-another-type-4', ['EDIFACT_GROUP_DIFFERS'], ['7', 'UCF+G1+BLUEANCHOR++4+12+UNG+2']],
  ['group-of-another-release', ['EDIFACT_GROUP_DIFFERS'], ['7', 'UCF+G1+BLUEANCHOR+CUSTOMS+4+12+UNG+8:2']],
  ['security-in-group-4', ['EDIFACT_SECURITY'], ['7', 'UCF+G1+BLUEANCHOR++4+47+USH++S1+1']],
  ['group-trailer-missing', ['EDIFACT_ENVELOPE_MISSING'], ['7', 'UCF+G1+BLUEANCHOR+CUSTOMS+4+13+UNE']],
  ['group-date-impossible', ['EDIFACT_DATE'], ['7', 'UCF+G1+BLUEANCHOR+CUSTOMS+4+12+UNG+5:1']],
  ['group-without-recipient', ['EDIFACT_ELEMENT_MISSING'], ['4+13+UNG+4']],
  ['group-without-recipient-4', ['EDIFACT_COUNT_MISMATCH'], ['7', 'UCF+G1+BLUEANCHOR++4+29+UNE+2']],
  ['group-and-no-group', ['EDIFACT_MIXED'], ['4+30+UNH']],
  ['group-message-at-fault', ['EDIFACT_SEGMENT_MISSING'], ['7', 'UCF+G1+BLUEANCHOR+CUSTOMS+7', 'UCM+M1+CUSCAR:D:95B:UN+4', 'UCS+1+13']],
  // UNH, UNT
  ['message-reference-differs', ['EDIFACT_REFERENCE_MISMATCH'], ['7', 'UCM+M1+CUSCAR:D:95B:UN+4+28+UNT+3']],
  ['message-type-unknown', ['EDIFACT_MESSAGE_UNKNOWN'], ['7']], // nothing reads it: told by the report below
  ['message-miscounted', ['EDIFACT_COUNT_MISMATCH'], ['7', 'UCM+M1+CUSCAR:D:95B:UN+4+29+UNT+2']],
  ['message-count-of-letters', ['EDIFACT_CHAR_TYPE'], ['7', 'UCM+M1+CUSCAR:D:95B:UN+4+37+UNT+2']],
  ['message-trailer-missing', ['EDIFACT_ENVELOPE_MISSING'], ['7', 'UCM+M1+CUSCAR:D:95B:UN+4+13+UNT']],
  ['message-header-missing', ['EDIFACT_COUNT_MISMATCH', 'EDIFACT_EMPTY', 'EDIFACT_ENVELOPE_MISSING', 'EDIFACT_STRAY'], ['4+13+UNH']],
  ['message-twice', ['EDIFACT_DUPLICATE'], ['7', 'UCM+M1+CUSCAR:D:95B:UN+4+26+UNH+2']],
  ['message-without-agency', ['EDIFACT_ELEMENT_MISSING'], ['4+13+UNH+3:4']],
  ['message-access-reference-too-long', ['EDIFACT_TOO_LONG'], ['7', 'UCM+M1+CUSCAR:D:95B:UN+4+39+UNH+4']],
  ['character-in-message-header', ['EDIFACT_CHARACTER'], ['7', 'UCM+m1+CUSCAR:D:95B:UN+4+21+UNH+2']],
  ['security-in-message', ['EDIFACT_SECURITY'], ['7', 'UCM+M1+CUSCAR:D:95B:UN+4+27']],
  ['security-in-message-4', ['EDIFACT_SECURITY'], ['7', 'UCM+M1+CUSCAR:D:95B:UN+4+47+USH++++S1+1']],
  // segments: 0096 counts UNH as 1, what is missing is told at the last one before it
  ['segment-missing', ['EDIFACT_SEGMENT_MISSING'], ['7', 'UCM+M1+CUSCAR:D:95B:UN+4', 'UCS+1+13']],
  ['segment-missing-4', ['EDIFACT_SEGMENT_MISSING'], ['7', 'UCM+M1+CUSCAR:D:95B:UN+4', 'UCS+1+13']],
  ['group-segment-missing', ['EDIFACT_SEGMENT_MISSING'], ['7', 'UCM+M1+CUSCAR:D:95B:UN+4', 'UCS+11+13']],
  ['segment-not-here', ['EDIFACT_SEGMENT_NOT_HERE'], ['7', 'UCM+M1+CUSCAR:D:95B:UN+4', 'UCS+9+15']],
  ['segment-unknown', ['EDIFACT_SEGMENT_UNKNOWN'], ['7', 'UCM+M1+CUSCAR:D:95B:UN+4', 'UCS+9+15']],
  ['segment-without-tag', ['EDIFACT_TAG'], ['7', 'UCM+M1+CUSCAR:D:95B:UN+4', 'UCS+9+22']],
  ['character-in-tag', ['EDIFACT_CHARACTER', 'EDIFACT_TAG'], ['7', 'UCM+M1+CUSCAR:D:95B:UN+4', 'UCS+8+21', 'UCS+8+22']],
  ['segment-repeated-too-often', ['EDIFACT_TOO_MANY_SEGMENTS'], ['7', 'UCM+M1+CUSCAR:D:95B:UN+4', 'UCS+12+35']],
  ['group-repeated-too-often', ['EDIFACT_TOO_MANY_GROUPS'], ['7', 'UCM+M1+CUSCAR:D:95B:UN+4', 'UCS+14+36']],
  ['segment-with-too-many-elements', ['EDIFACT_TOO_MANY_ELEMENTS'], ['7', 'UCM+M1+CUSCAR:D:95B:UN+4', 'UCS+8+16']],
  ['many-faults', ['EDIFACT_SEGMENT_UNKNOWN'], ['7', 'UCM+M1+CUSCAR:D:95B:UN+4', 'UCS+9+15', '…', 'UCS+108+15', 'UCS+109+18']],
  // separators behind which nothing stands: not a fault before syntax 4
  ['separators-behind-header-4', ['EDIFACT_TRAILING'], ['7', 'UCM+M1+CUSCAR:D:95B:UN+4+45+UNH']],
  ['separators-behind-segment-4', ['EDIFACT_TRAILING'], ['7', 'UCM+M1+CUSCAR:D:95B:UN+4', 'UCS+8+45']],
  ['separators-behind-element-4', ['EDIFACT_TRAILING'], ['7', 'UCM+M1+CUSCAR:D:95B:UN+4', 'UCS+6', 'UCD+45+3']],
  // elements: 0098 counts the tag as 1, 0104 and 0136 from 1
  ['element-missing', ['EDIFACT_ELEMENT_MISSING'], ['7', 'UCM+M1+CUSCAR:D:95B:UN+4', 'UCS+4', 'UCD+13+2']],
  ['element-missing-4', ['EDIFACT_ELEMENT_MISSING'], ['7', 'UCM+M1+CUSCAR:D:95B:UN+4', 'UCS+4', 'UCD+13+2']],
  ['line-break-in-element', ['EDIFACT_LINE_BREAK'], ['7']], // 0085 has no word for it: told as content
  ['component-missing', ['EDIFACT_ELEMENT_MISSING'], ['7', 'UCM+M1+CUSCAR:D:95B:UN+4', 'UCS+3', 'UCD+13+2:1']],
  ['component-too-many', ['EDIFACT_TOO_MANY_ELEMENTS'], ['7', 'UCM+M1+CUSCAR:D:95B:UN+4', 'UCS+3', 'UCD+16+2:4']],
  ['code-of-no-list', ['EDIFACT_VALUE'], ['7', 'UCM+M1+CUSCAR:D:95B:UN+4', 'UCS+4', 'UCD+12+2']],
  ['code-of-no-list-twice', ['EDIFACT_VALUE'], ['7', 'UCM+M1+CUSCAR:D:95B:UN+4', 'UCS+4', 'UCD+12+2', 'UCS+5+18']],
  ['number-of-letters', ['EDIFACT_CHAR_TYPE'], ['7', 'UCM+M1+CUSCAR:D:95B:UN+4', 'UCS+11', 'UCD+37+2:2']],
  ['element-too-long', ['EDIFACT_TOO_LONG'], ['7', 'UCM+M1+CUSCAR:D:95B:UN+4', 'UCS+2', 'UCD+39+3']],
  ['element-too-short', ['EDIFACT_TOO_SHORT'], ['7', 'UCM+M1+CUSCAR:D:95B:UN+4', 'UCS+9', 'UCD+40+3:1']],
  ['character-in-element', ['EDIFACT_CHARACTER'], ['7', 'UCM+M1+CUSCAR:D:95B:UN+4', 'UCS+17', 'UCD+21+5']],
  ['repetition-where-none-may-be-4', ['EDIFACT_TOO_MANY_REPETITIONS'], ['7', 'UCM+M1+CUSCAR:D:95B:UN+4', 'UCS+2', 'UCD+35+3::2']],
];

/** Faults of content: CONTRL finds nothing wrong, and the message of the partner's agreement tells them: the code of its community, and below it ours. */
// prettier-ignore
const contents: readonly [fault: string, codes: readonly Code[], contrl: readonly string[], errors: readonly string[]][] = [
  ['content-date-impossible', ['MAP_VALUE'], ['7'], [
    'BGM++E0000000010001-1+27', 'RFF+ACW:M1', 'RFF+AGO:BAL26-0438-RTM',
    'ERC+42', 'FTX+AAO+++MAP_VALUE?: `202613450925 203` cannot be read?: `202613450925`?: there is: no month 13 / segment 3 of message 1 (DTM), element C507.2380',
  ]],
  ['content-packages-in-every-bill', ['MAP_VALUE'], ['7'], [
    'BGM++E0000000010001-1+27', 'RFF+ACW:M1', 'RFF+AGO:BAL26-0438-RTM',
    'ERC+42', 'FTX+AAO+++MAP_VALUE?: `480.5` cannot be read?: `480.5` is not a whole number (12 t:imes) / segment 16 of message 1 (GID), element C213[1].7224',
  ]],
  ['content-no-map', ['MAP_NONE'], ['7'], ['BGM++E0000000010001-1+27', 'RFF+ACW:M1', 'ERC+7', 'FTX+AAO+++MAP_NONE?: no map reads `INVOIC D 96A UN`']],
  ['content-container-twice', [], ['7'], []], // a warning is no reason to answer
  ['content-and-syntax', ['EDIFACT_SEGMENT_UNKNOWN', 'MAP_VALUE'], ['7', 'UCM+M1+CUSCAR:D:95B:UN+4', 'UCS+12+15'], []], // first the syntax
];

/** Everything is an error here, so that each fault is seen to its end; what a map says of the same fault is left to the maps' own cases. */
const strict: Readonly<Partial<Record<Code, Severity>>> = Object.fromEntries(
  [...new Set(cases.flatMap(([, codes]) => codes))].filter((code) => code.startsWith('EDIFACT')).map((code) => [code, 'error']),
);

const loaded = loadConfigurationFolder(join(root, 'samples/gateway'), library).configuration;
if (!loaded) throw new Error('the sample configuration is not in order');
const configuration: Configuration = {
  ...loaded,
  partners: loaded.partners.map((each) => ({
    ...each,
    agreement: {
      ...each.agreement,
      contrl: 'always',
      tolerance: { ...strict, EDIFACT_MORE: 'info' },
      errors: [{ map: 'un/aperak/d96a', codes: { MAP_VALUE: '42', MAP_NONE: '7', other: '900' } }],
    },
  })),
};
/** The renderings of what is found in an interchange, and what its sender is answered. */
function renderings(input: Buffer, which = /^(EDIFACT|GATEWAY)_/): Rendered {
  const { translation, files, codes } = renderedFor(input, { library, configuration, which });
  const replies = translation.interchanges.flatMap(({ reply }) => (reply ? [Buffer.from(reply).toString('latin1')] : []));
  return {
    codes,
    files: {
      ...files,
      'errors.edi': errorsOf(translation)?.replaceAll("'", "'\n"),
      'contrl.edi': replies.length > 0 ? replies.map((reply) => reply.replaceAll("'", "'\n")).join('') : undefined,
    },
  };
}

const errorsOf = ({ interchanges }: Translation): string | undefined => {
  const [first] = interchanges.flatMap(({ errors }) => errors ?? []);
  return first && Buffer.from(first.bytes).toString('latin1');
};

/** What CONTRL tells: of each UCI the action and what follows, and all segments below it; of a long list the ends. */
function told(contrl: string | undefined): string[] {
  const segments = (contrl ?? '').split("'\n").filter((segment) => /^UC[IFMSD]/.test(segment)).map((segment) => segment.replace(/^UCI\+[^+]*\+[^+]*\+[^+]*\+/, '')); // prettier-ignore
  return segments.length > 10 ? [...segments.slice(0, 3), '…', ...segments.slice(-2)] : segments;
}

const folder = join(root, 'test/cases');

/** What CONTRL has no word for, and is reported for that. */
// prettier-ignore
const untold: Readonly<Record<string, readonly string[]>> = {
  'line-break-in-element': ['BGM++E0000000010001-1+27', 'RFF+ACW:M1', 'RFF+AGO:BAL26-0438-RTM', 'ERC+900', 'FTX+AAO+++EDIFACT_LINE_BREAK?: 1 line breaks stand inside segments / segment 17 o:f message 1 (FTX), element 4'],
  'group-of-two-types': ['BGM++E0000000010001-2+27', 'RFF+ACW:M2', 'ERC+7', 'FTX+AAO+++MAP_NONE?: no map reads `CUSREP D 95B UN`'],
  'message-type-unknown': ['BGM++E0000000010001-1+27', 'RFF+ACW:M1', 'ERC+7', 'FTX+AAO+++MAP_NONE?: no map reads `CUSCUS D 95B UN`', 'ERC+900', 'FTX+AAO+++EDIFACT_MESSAGE_UNKNOWN?: D95B has no message CUSCUS?: its structure is :not checked / segment 1 (UNH)'],
};

for (const [fault, codes, contrl, errors] of [...cases.map((each) => [...each, untold[each[0]] ?? []] as const), ...contents]) {
  t.test(fault, (t) => {
    const at = (file: string): string => join(folder, fault, file);
    const { files, codes: found } = renderings(readFileSync(at('input.edi')), fault.startsWith('content') ? /./ : undefined);
    t.same(found, codes, 'the faults that were meant');
    t.same(told(files['contrl.edi']), contrl, 'what the sender is told');
    const reported = (files['errors.edi'] ?? '').split("'\n").filter((segment) => /^(BGM|RFF|ERC|FTX)/.test(segment));
    t.same(reported, errors, 'what the sender is told of the content');
    golden(t, join(folder, fault), files);
    t.end();
  });
}

t.test('every case is in the table', (t) => {
  const own = readdirSync(folder).filter((name) => !/^(x12|imp|xml)-/.test(name));
  t.same(own.sort(), [...cases, ...contents].map(([fault]) => fault).sort());
  t.end();
});
