import t from 'tap';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { AnyReader } from '../../src/gateway/translation/any-reader.ts';
import type { MessageHeader } from '../../src/syntax/unit.ts';
import { library } from '../library.ts';
import { shared } from '../root.ts';
import { corpus } from '../syntax/edifact/corpus.ts';

// Real messages against the directory that each names: nothing is said of their structure but what stands here, with the reason.

function read(bytes: Uint8Array): { readonly headers: readonly MessageHeader[]; readonly findings: readonly Diagnostic[] } {
  const [headers, findings]: [MessageHeader[], Diagnostic[]] = [[], []];
  const reader = new AnyReader(library, { message: (each) => void headers.push(each), finding: (each) => void findings.push(each) });
  reader.push(bytes);
  reader.end();
  return { headers, findings };
}

const structural = /^EDIFACT_(SEGMENT_MISSING|SEGMENT_NOT_HERE|SEGMENT_UNKNOWN|TOO_MANY_SEGMENTS|TOO_MANY_GROUPS|MESSAGE_UNKNOWN)$/;

const passengers = 'as the passenger data guide has it: no DTM after TDT, which D.05B wants, and many RFF, of which D.05B allows one';
const short = 'called conforming, yet without UNS and what follows it';

/** File, what is said, why that is right. */
// prettier-ignore
const explained: readonly [file: string, said: string, why: string][] = [
  ['edifact-customs/Chemaclass__edifact-parser/tests/Functional/EdifactParserTest.php#01.edi', 'SEGMENT_MISSING BGM, SEGMENT_MISSING NAD, SEGMENT_MISSING TDT', 'a fragment of two counts, for a parser that knows no structure'],
  ['edifact-customs/Chemaclass__edifact-parser/tests/Functional/EdifactParserTest.php#03.edi', 'SEGMENT_MISSING BGM, SEGMENT_MISSING NAD, SEGMENT_MISSING TDT, SEGMENT_UNKNOWN UNK ×2', 'the same with an invented segment'],
  ['edifact-customs/Chemaclass__edifact-parser/tests/Functional/EdifactParserTest.php#04.edi', 'SEGMENT_MISSING BGM, SEGMENT_MISSING NAD, SEGMENT_MISSING TDT, SEGMENT_NOT_HERE LIN ×2, SEGMENT_NOT_HERE UNS, SEGMENT_UNKNOWN UNK ×2', 'the same with segments of other messages'],
  ['edifact-customs/EdiFabric__EDIFACT.NET/Files/EDIFACT/CargoReport.txt', 'SEGMENT_MISSING CNI, SEGMENT_MISSING GEI, SEGMENT_MISSING GID ×2, SEGMENT_MISSING RFF', 'as US ACE uses it: RFF and LOC follow the equipment, DOC follows CNI, where D.03B has neither'],
  ['edifact-customs/deyoz__astra/src/ts/iapi_china.ts#02_PAXLST.rendered.edi', 'SEGMENT_MISSING DTM, TOO_MANY_SEGMENTS RFF ×4', passengers],
  ['edifact-customs/deyoz__astra/src/ts/iapi_china.ts#08_PAXLST.rendered.edi', 'SEGMENT_MISSING DTM, TOO_MANY_SEGMENTS RFF ×4', passengers],
  ['edifact-customs/janotaz__ediclean/tests/testfiles/reference/A.txt', 'SEGMENT_MISSING DTM, TOO_MANY_SEGMENTS RFF', passengers],
  ['edifact-customs/janotaz__ediclean/tests/testfiles/reference/C.txt', 'SEGMENT_MISSING DTM, TOO_MANY_SEGMENTS RFF ×3', passengers],
  ['edifact-customs/janotaz__ediclean/tests/testfiles/reference/D.txt', 'SEGMENT_MISSING DTM, TOO_MANY_SEGMENTS RFF', passengers],
  ['edifact-customs/janotaz__ediclean/tests/testfiles/reference/E.txt', 'SEGMENT_MISSING DTM, TOO_MANY_SEGMENTS RFF ×3', passengers],
  ['edifact-customs/jskrobak__underware.Edifact/src/underware.Edifact.Examples/Samples/D94A_AUTACK.txt', 'MESSAGE_UNKNOWN AUTACK, SEGMENT_UNKNOWN USA, SEGMENT_UNKNOWN USB, SEGMENT_UNKNOWN USC, SEGMENT_UNKNOWN USH ×2, SEGMENT_UNKNOWN USR, SEGMENT_UNKNOWN UST, SEGMENT_UNKNOWN USX, SEGMENT_UNKNOWN USY', 'a draft of the security messages in D.94A; AUTACK came with syntax 4, which this interchange is not'],
  ['edifact-customs/php-edifact__edifact-generator/SAMPLES.md#05.edi', 'MESSAGE_UNKNOWN WESTIM', 'its header names no directory of the UN'],
  ['edifact-commerce/Effektor__EDIFACT/Test/TestMessages/message2.edi', 'SEGMENT_MISSING LIN, SEGMENT_NOT_HERE MEA, SEGMENT_NOT_HERE PAC', 'GIN follows PAC without the PCI that carries it'],
  ['edifact-commerce/RovoMe__ts-edifact/examples/definitions.ts#00.edi', 'MESSAGE_UNKNOWN INV\\rOIC', '`\\r` of source code within the message type'],
  ['edifact-commerce/RovoMe__ts-edifact/spec/full-parsing.spec.ts#00.edi', 'MESSAGE_UNKNOWN INV\\rOIC', '`\\r` of source code within the message type'],
  ['edifact-commerce/hellooops__vscode-edi-support/docs/syntaxVersion4.edifact', 'SEGMENT_MISSING DTM', 'an example of the syntax: an order without its date'],
  ['edifact-commerce/hupe1980__edifact-rs/crates/edifact-rs/tests/fixtures/d01b_invoic_conforming.edi', 'SEGMENT_MISSING MOA, SEGMENT_MISSING UNS', short],
  ['edifact-commerce/hupe1980__edifact-rs/crates/edifact-rs/tests/fixtures/d01b_orders_conforming.edi', 'SEGMENT_MISSING UNS', short],
  ['edifact-commerce/hupe1980__edifact-rs/crates/edifact-rs/tests/fixtures/d96a_invoic_conforming.edi', 'SEGMENT_MISSING MOA, SEGMENT_MISSING UNS', short],
  ['edifact-commerce/hupe1980__edifact-rs/crates/edifact-rs/tests/fixtures/d96a_orders_conforming.edi', 'SEGMENT_MISSING UNS', short],
  ['edifact-commerce/php-edifact__edifact-generator/SAMPLES.md#07.edi', 'SEGMENT_NOT_HERE COM ×2, SEGMENT_NOT_HERE CTA', 'CTA and COM stand before the NAD they belong to'],
  ['edifact-commerce/xlate__staedi/src/test/java/io/xlate/edi/internal/stream/EventSequenceTest.java#32.edi', 'SEGMENT_MISSING BGM, SEGMENT_MISSING DTM, SEGMENT_MISSING MOA, SEGMENT_MISSING UNS, SEGMENT_UNKNOWN BLA', 'an invented segment alone in an invoice'],
];

const skip = shared === undefined ? 'the corpus is not beside the repository' : false;

t.test('every directory of the UN that a message names is found, or its nearest', { skip }, (t) => {
  const stated = new Set<string>();
  const nearest = new Set<string>();
  for (const { bytes } of corpus('edifact-customs', 'edifact-commerce', 'edifact-dialect', 'edifact-invalid')) {
    const { headers, findings } = read(bytes);
    for (const { directory } of headers) if (directory) stated.add(directory);
    for (const { code, args } of findings) if (code === 'EDIFACT_DIRECTORY_NEAREST') nearest.add(`${args['directory']} → ${args['nearest']}`);
  }
  const absent = [...stated].filter((name) => /^[DS]\d\d[A-Z]$/.test(name) && !library.directories.get(name)).sort();
  t.ok(stated.size > 15, [...stated].join(' '));
  t.same(absent, ['D93A', 'D94A', 'S93A'], 'older than the oldest that ships');
  t.same([...nearest].filter((each) => /^[DS]\d/.test(each)).sort(), absent.map((name) => `${name} → D94B`)); // prettier-ignore
  t.end();
});

t.test('what is said of the structure of nominally valid messages is known, file by file', { skip }, (t) => {
  const found = corpus('edifact-customs', 'edifact-commerce').flatMap(({ name, bytes }): [string, string][] => {
    const counts = new Map<string, number>();
    for (const { code, args } of read(bytes).findings) {
      const what = `${code.replace('EDIFACT_', '')} ${args['what'] ?? args['tag'] ?? args['type'] ?? args['group'] ?? ''}`.trim();
      if (structural.test(code)) counts.set(what, (counts.get(what) ?? 0) + 1);
    }
    const said = [...counts].map(([what, count]) => (count === 1 ? what : `${what} ×${count}`)).sort().join(', '); // prettier-ignore
    return said === '' ? [] : [[name, said]];
  });
  const expected = new Map(explained.map(([file, said, why]) => [file, { said, why }]));
  for (const [file, said] of found) {
    const row = expected.get(file);
    t.equal(said, row?.said, `${file}: ${row?.why ?? 'not explained'}`);
  }
  t.same([...expected.keys()].filter((file) => !found.some(([name]) => name === file)), [], 'no explanation without its finding'); // prettier-ignore
  t.end();
});
