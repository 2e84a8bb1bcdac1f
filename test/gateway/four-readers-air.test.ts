import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { codes as register, type Code, type Severity } from '../../src/diagnostics/codes.ts';
import { loadConfigurationFolder } from '../../src/gateway/library/library.ts';
import type { Configuration } from '../../src/partners/config.ts';
import { library } from '../library.ts';
import { root } from '../root.ts';
import { golden, renderedFor } from './renderings.ts';

/**
 * One fault of air cargo, seen by four people: as in `four-readers.test.ts`, and what the sender's software gets is FNA or FMA for Cargo-IMP, and XFNM for
 * Cargo-XML. Beside each `test/cases/imp-<fault>/input.imp` and `xml-<fault>/input.xml` stand all of them; `PORTOLAN_GOLDEN=write` writes them anew.
 *
 * The column says what the answer must hold: of FNA and FMA their first lines, of XFNM the status, its subject and the first reason; nothing where none is owed.
 */
// prettier-ignore
const cases: readonly [fault: string, codes: readonly Code[], told: readonly string[]][] = [
  ['imp-accepted', [], ['FMA', 'ACK/MESSAGE ACCEPTED']],
  ['imp-acknowledgement', [], []],
  ['imp-character', ['CARGOIMP_CHARACTER'], ['FNA/1', 'ACK/CARGOIMP-CHARACTER LINE 3']],
  ['imp-check-digit', ['CARGOIMP_CHECK_DIGIT'], ['FNA/1', 'ACK/CARGOIMP-CHECK-DIGIT LINE 2 AWB']],
  ['imp-content-airport', ['CARGOIMP_FIELD'], ['FNA/1', 'ACK/CARGOIMP-FIELD LINE 3 STS']],
  ['imp-cut', ['CARGOIMP_UNTERMINATED'], ['FNA/1', 'ACK/CARGOIMP-UNTERMINATED LINE 3 FSU']],
  ['imp-deviation', ['CARGOIMP_DEVIATION'], ['FNA/1', 'ACK/CARGOIMP-DEVIATION LINE 3 STS']],
  ['imp-field', ['CARGOIMP_FIELD', 'CONFORM_VALUE'], ['FNA/1', 'ACK/CARGOIMP-FIELD LINE 4 OCI']],
  ['imp-line-break', ['CARGOIMP_LINE', 'CARGOIMP_LINE_BREAK'], ['FNA/1', 'ACK/CARGOIMP-LINE-BREAK LINE 3 VOL']],
  ['imp-line-missing', ['CARGOIMP_MISSING'], ['FNA/1', 'ACK/CARGOIMP-MISSING AFTER LINE 2 MBI']],
  ['imp-line-order', ['CARGOIMP_ORDER'], ['FNA/1', 'ACK/CARGOIMP-ORDER LINE 5']],
  ['imp-line-unknown', ['CARGOIMP_LINE'], ['FNA/1', 'ACK/CARGOIMP-LINE LINE 4']],
  ['imp-long-line', ['CARGOIMP_LONG_LINE', 'CARGOIMP_TOO_LONG'], ['FNA/1', 'ACK/CARGOIMP-TOO-LONG LINE 4 OSI']],
  ['imp-outside', ['CARGOIMP_OUTSIDE'], ['FNA/1', 'ACK/CARGOIMP-OUTSIDE']],
  ['imp-too-long', ['CARGOIMP_LONG_LINE', 'CARGOIMP_TOO_LONG'], ['FNA/1', 'ACK/CARGOIMP-TOO-LONG LINE 3 STS']],
  ['imp-two-messages-one-at-fault', ['CARGOIMP_CHECK_DIGIT'], ['FMA', 'ACK/MESSAGE ACCEPTED', 'FNA/1', 'ACK/CARGOIMP-CHECK-DIGIT LINE 2 AWB']],
  ['imp-version-unknown', ['CARGOIMP_MESSAGE_UNKNOWN', 'MAP_NONE'], ['FNA/1', 'ACK/MAP-NONE']],
  ['xml-accepted', [], ['Processed']],
  ['xml-cut', ['XML_SYNTAX'], ['Rejected', 'OTHER', 'XML_SYNTAX: this is no well-formed XML: the document ends within a tag, a comment or a section / /StatusMessage/MasterConsignment[1]']],
  ['xml-doctype', ['XML_DOCTYPE'], []],
  ['xml-empty', ['MAP_EMPTY'], ['Rejected', 'OTHER', 'MAP_EMPTY: AssociatedStatusConsignment holds nothing / /StatusMessage/MasterConsignment[1]/ReportedStatus[1]/AssociatedStatusConsignment[1]']],
  ['xml-entity', ['XML_ENTITY'], ['Rejected', 'OTHER', 'XML_ENTITY: `&amp;nbsp;` is none of the five entities of XML / /StatusMessage/MasterConsignment[1]/ReportedStatus[1]/AssociatedStatusConsignment[1]/HandlingOSIInstructions[1]/Description[1]']],
  ['xml-no-map', ['MAP_NONE'], ['Rejected', 'NOMAP', 'MAP_NONE: no map reads `Nothing` of `iata:nothing:1`']],
  ['xml-not-cargo', ['MAP_NONE'], []],
  ['xml-not-well-formed', ['XML_SYNTAX'], ['Rejected', 'OTHER', 'XML_SYNTAX: this is no well-formed XML: `&lt;/StatusMesage&gt;` closes nothing, `StatusMessage` is open / /StatusMessage']],
  ['xml-notice', [], []],
  ['xml-prefix-undeclared', ['XML_NAMESPACE'], ['Rejected', 'OTHER', 'XML_NAMESPACE: the prefix `x` is not declared / /StatusMessage/MasterConsignment[1]/ReportedStatus[1]']],
  ['xml-repeated', ['MAP_TOO_MANY'], ['Rejected', 'OTHER', 'MAP_TOO_MANY: ram:PieceQuantity occurs more than 1 times / /StatusMessage/MasterConsignment[1]/PieceQuantity[2]']],
  ['xml-text-between', ['XML_MIXED_TEXT'], ['Rejected', 'OTHER', 'XML_MIXED_TEXT: text stands between the elements of {iata:datamodel:3}ReportedStatus / /StatusMessage/MasterConsignment[1]/ReportedStatus[1]']],
  ['xml-weight-of-letters', ['MAP_VALUE'], ['Rejected', 'OTHER', 'MAP_VALUE: `heavy KGM` cannot be read: `heavy` is not a number / /message/MasterConsignment/ram:GrossWeightMeasure']],
];

/** What is a warning is an error here, so that each fault is seen to its end. */
const strict = Object.fromEntries(
  Object.keys(register).filter((code) => /^(CARGOIMP_|XML_|MAP_EMPTY$)/.test(code)).map((code) => [code, 'error' as Severity]),
); // prettier-ignore

await library.loadSchemas();
const loaded = loadConfigurationFolder(join(root, 'samples/gateway'), library).configuration;
if (!loaded) throw new Error('the sample configuration is not in order');
const configuration: Configuration = {
  ...loaded,
  partners: loaded.partners.map((each) => ({
    ...each,
    agreement: {
      ...each.agreement,
      tolerance: strict,
      fna: 'always',
      notice: { map: 'iata/xfnm/3', when: 'always', codes: { MAP_NONE: 'NOMAP', other: 'OTHER' } },
    },
  })),
};

/** Lines that say whether, and why. */
function told(text: string | undefined): string[] {
  if (text === undefined) return [];
  if (!text.startsWith('<?xml')) return text.split('\r\n').filter((line) => /^(FNA|FMA|ACK)\b/.test(line));
  const all = (tag: string): string[] => [...text.matchAll(new RegExp(`<${tag}(?: [^>]*)?>([^<]*)`, 'g'))].map(([, value]) => value!);
  return [...all('StatusCode'), ...all('ReasonCode').slice(0, 1), ...all('Reason').slice(0, 1)];
}

const folder = join(root, 'test/cases');

for (const [fault, codes, expected] of cases) {
  t.test(fault, (t) => {
    const syntax = fault.slice(0, 3);
    const input = readFileSync(join(folder, fault, `input.${syntax}`));
    const { translation, files, codes: found } = renderedFor(input, { library, configuration, which: /./ });
    t.same(found, codes, 'the faults that were meant');
    const replies = translation.interchanges.flatMap(({ reply }) => reply ?? []);
    const text = replies.length === 0 ? undefined : Buffer.concat(replies).toString('latin1');
    t.same(told(text), expected, 'what the sender is told');
    golden(t, join(folder, fault), { ...files, [syntax === 'imp' ? 'fna.imp' : 'xfnm.xml']: text });
    t.end();
  });
}

t.test('every case is in the table', (t) => {
  const own = readdirSync(folder).filter((name) => /^(imp|xml)-/.test(name));
  t.same(own.sort(), cases.map(([fault]) => fault).sort());
  t.end();
});
