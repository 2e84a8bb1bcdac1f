import { join } from 'node:path';
import t from 'tap';
import type { Code } from '../../src/diagnostics/codes.ts';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { loadConfigurationFolder } from '../../src/gateway/library/library.ts';
import { AnyReader } from '../../src/gateway/translation/any-reader.ts';
import { translate } from '../../src/gateway/translation/translate.ts';
import { library } from '../library.ts';
import { root, shared } from '../root.ts';
import { corpus } from '../syntax/edifact/corpus.ts';

/** The finding that names a file's fault, and the byte it points at; or why there is nothing to find. */
type Row = readonly [file: string, code: Code, byte: number, by?: 'gateway'] | readonly [file: string, fine: string];

/** Every malformed file of the corpus. Names are cut to what tells them apart. */
// prettier-ignore
const rows: readonly Row[] = [
  // the envelope, and what stands around it
  ['CorruptUnh.txt', 'EDIFACT_TAG', 80],
  ['DuplicateGroup.txt', 'EDIFACT_DUPLICATE', 927],
  ['DuplicateInterchange.txt', 'GATEWAY_DUPLICATE', 832, 'gateway'],
  ['DuplicateMessage.txt', 'EDIFACT_DUPLICATE', 824],
  ['cremul_invalid_service_segment.edi', 'EDIFACT_OUTSIDE', 0],
  ['d01b_orders_malformed.edi', 'EDIFACT_OUTSIDE', 10],
  ['d11a_malformed.edi', 'EDIFACT_OUTSIDE', 10],
  ['d96a_orders_malformed.edi', 'EDIFACT_OUTSIDE', 10],
  ['original/A.txt', 'EDIFACT_COUNT_MISMATCH', 588],
  ['original/C.txt', 'EDIFACT_COUNT_MISMATCH', 978],
  ['original/D.txt', 'EDIFACT_COUNT_MISMATCH', 686],
  ['original/E.txt', 'EDIFACT_COUNT_MISMATCH', 1046],
  ['invalid_message_missing_value_part.edi', 'EDIFACT_ELEMENT_MISSING', 14],
  ['invalid_message_wrong_segment.edi', 'EDIFACT_OUTSIDE', 10],
  ['PARTIN_01B_UNA_ERROR.edi', 'another parser did not know UNOX (ISO 2022), which is read; the service string advice is in order'],
  ['unedifact-msg-05.edi', 'EDIFACT_STRAY', 54],
  ['ErrorEventsTest.java#36.edi', 'UNG without 0038, which ISO 9735-1 makes conditional in syntax 4; the message is empty, see the next row'],
  ['ErrorEventsTest.java#36.edi', 'EDIFACT_SEGMENT_MISSING', 157],
  ['ErrorEventsTest.java#42.edi', 'EDIFACT_TOO_MANY_REPETITIONS', 172],
  ['ErrorEventsTest.java#45.edi', 'EDIFACT_TOO_MANY_ELEMENTS', 168],
  ['ErrorEventsTest.java#48.edi', 'EDIFACT_TOO_MANY_ELEMENTS', 168],
  ['ErrorEventsTest.java#56.edi', 'EDIFACT_EMPTY', 69],
  ['SegmentValidationTest.java#21.edi', 'EDIFACT_ENVELOPE_MISSING', 97],
  ['EDIFACTDialectTest.java#18.edi', 'EDIFACT_ENVELOPE_MISSING', 62],
  ['EDIFACTDialectTest.java#31.edi', 'EDIFACT_ENVELOPE_MISSING', 58],
  ['EDIFACTDialectTest.java#35.edi', 'EDIFACT_ELEMENT_MISSING', 0],
  // what only a directory tells
  ['sample-invalid-version.edifact', 'EDIFACT_MESSAGE_UNKNOWN', 82],
  ['EDIFACT/PurchaseOrderInvalid.txt', 'EDIFACT_VALUE', 180],
  ['D96A_ORDERS_PurchaseOrderInvalid.txt', 'EDIFACT_VALUE', 175],
  ['d96a_invoic_malformed.edi', 'EDIFACT_SEGMENT_MISSING', 32],
  ['example_order_error.edi', 'EDIFACT_TOO_MANY_ELEMENTS', 9912],
  ['BAD_ORDERS_D.03B_Interchange.txt', 'EDIFACT_TOO_MANY_SEGMENTS', 877],
  ['ErrorEventsTest.java#62.edi', 'EDIFACT_SEGMENT_UNKNOWN', 104],
  ['StaEDIStreamReaderSyntaxTest.java#02.edi', 'EDIFACT_SEGMENT_UNKNOWN', 63],
  ['StaEDIStreamReaderSyntaxTest.java#03.edi', 'EDIFACT_SEGMENT_UNKNOWN', 63],
  ['StaEDIStreamReaderSyntaxTest.java#04.edi', 'EDIFACT_SEGMENT_UNKNOWN', 63],
  ['invoic_d97b_bad.edi', 'EDIFACT_CHAR_TYPE', 308],
  ['empty-segment-loop-example.edi', 'segments without elements are allowed by the syntax; whether the message may have them says the directory of IATA (PNRGOV 11:1), which is not public'],
  ['null-pointer-example.edi', 'a message that another parser fell over: nothing is wrong with its syntax; its directory (PNRGOV 11:1 of IATA) is not public'],
];

/** What is found in a file: by the reader with all directories, or by the gateway, which knows what came before. */
function findingsIn(bytes: Buffer, by: 'gateway' | undefined): readonly Diagnostic[] {
  if (by === 'gateway') {
    const { configuration } = loadConfigurationFolder(join(root, 'samples/gateway'), library);
    if (!configuration) throw new Error('the sample configuration is not in order');
    const translation = translate({ id: '01JD', partner: 'quay-net', receivedAt: '2026-11-21T08:30:00Z', bytes }, library, configuration);
    return translation.interchanges.flatMap((each) => each.findings);
  }
  const findings: Diagnostic[] = [];
  const reader = new AnyReader(library, { finding: (each) => void findings.push(each) });
  reader.push(bytes);
  reader.end();
  return findings;
}

const sentenceOf = ({ code, data }: Diagnostic): string => `${code} at ${data?.start}`;

t.test('every malformed file of the corpus is told by its fault, at its byte', { skip: shared === undefined && 'no corpus beside the repository' }, (t) => {
  const files = corpus('edifact-invalid');
  const named = (file: string) => files.filter(({ name }) => name.endsWith(`/${file}`));
  for (const row of rows) {
    const [file, code] = row;
    const found = named(file);
    t.equal(found.length, 1, `${file} is one file`);
    const { bytes } = found[0] ?? { bytes: Buffer.alloc(0) };
    if (row.length === 2) {
      t.same(findingsIn(bytes, undefined).filter(({ severity, code }) => severity !== 'warning' && code !== 'EDIFACT_SEGMENT_MISSING').map(sentenceOf), [], `${file}: ${row[1]}`); // prettier-ignore
      continue;
    }
    const [, , byte, by] = row;
    const places = findingsIn(bytes, by).filter((each) => each.code === code).map(({ data }) => data?.start); // prettier-ignore
    t.ok(places.includes(byte), `${file}: ${code} at byte ${byte}`, { places });
  }
  t.same(
    files.map(({ name }) => name).filter((name) => !rows.some(([file]) => name.endsWith(`/${file}`))),
    [],
    'no file is left out',
  );
  t.end();
});
