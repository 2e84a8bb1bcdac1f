import t from 'tap';
import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import { grammarDirectory } from '../../../src/syntax/cargoimp/directory.ts';
import { cargoImpReader } from '../../../src/syntax/cargoimp/reader.ts';
import { cargoImpWriter, type CargoImpWriterOptions } from '../../../src/syntax/cargoimp/writer.ts';
import { atomKey, keyElement, type OutAtoms } from '../../../src/syntax/unit.ts';
import { all, fwb16, fwb17 } from './messages.ts';
import { grammars } from './read.ts';

/** Reads a message and writes what was read. */
function again(text: string, options: Partial<CargoImpWriterOptions> = {}): { text: string; findings: Diagnostic[] } {
  const chunks: Uint8Array[] = [];
  const findings: Diagnostic[] = [];
  const writer = cargoImpWriter({ bytes: (chunk) => chunks.push(chunk), finding: (each) => findings.push(each) }, { grammars, ...options });
  const reader = cargoImpReader(
    {
      message: ({ type, version }) => writer.beginMessage({ type, ...(version === undefined ? {} : { version }) }),
      unit: (unit) => {
        if (unit.tag === 'SMI') return; // the writer's own
        const atoms = Array.from({ length: unit.size }, (_, k) => k).reverse(); // the writer puts them in order
        writer.unit(unit.tag, {
          size: unit.size,
          keys: atoms.map((k) => unit.keys[k]!),
          repetitions: atoms.map(() => 0),
          names: atoms.map(() => undefined),
          texts: atoms.map((k) => unit.text(k)),
          facts: atoms.map(() => -1),
        });
      },
      messageEnd: () => writer.endMessage(),
    },
    { grammars },
  );
  reader.push(Buffer.from(text, 'latin1'));
  reader.end();
  writer.end();
  return { text: Buffer.concat(chunks).toString('latin1'), findings };
}

t.test('what was read is written as it was', (t) => {
  for (const [name, text] of Object.entries(all)) t.same(again(text), { text, findings: [] }, name);
  t.equal(again(`${fwb16}\r\n${fwb17}`).text, `${fwb16}\r\n${fwb17}`, 'several messages, with a blank line between');
  t.end();
});

t.test('what is written otherwise is written as the standard says, and then the same for ever', (t) => {
  const odd = fwb16.replace('RTG/HKGBA/TPECX\r\n', 'RTG/HKGBA\r\n/TPECX\r\n').replace('/P/SCC12.00', 'OTH/P/SCC12.00');
  t.equal(again(odd).text, fwb16);
  const { text } = again(fwb16.replaceAll('\r\n', '\n'));
  t.equal(text, fwb16);
  t.end();
});

t.test('a line that continues leaves out what it inherits', (t) => {
  const lines = (...oci: string[]): string => fwb16.replace(/OCI[^]*$/, `${oci.map((line) => `${line}\r\n`).join('')}`);
  for (const [what, read, written] of [
    ['country and party', ['OCI/GB/ISS/RA/1', '/GB/ISS/ED/2'], ['OCI/GB/ISS/RA/1', '///ED/2']],
    ['the country', ['OCI/GB/ISS/RA/1', '/GB/CNE/T/2', '/US/CNE/T/3'], ['OCI/GB/ISS/RA/1', '//CNE/T/2', '/US/CNE/T/3']],
    ['no party, where the line before has one', ['OCI/GB/ISS/RA/1', '/GB//SM/2', '///SN/3'], ['OCI/GB/ISS/RA/1', '/GB//SM/2', '///SN/3']],
    ['no country', ['OCI//ISS/RA/1', '///ED/2', '//CNE/T/3', '/GB/CNE/T/4'], ['OCI//ISS/RA/1', '///ED/2', '//CNE/T/3', '/GB/CNE/T/4']],
  ] as const)
    t.same(again(lines(...read)), { text: lines(...written), findings: [] }, what);
  t.end();
});

t.test('a heading', (t) => {
  const { text } = again(fwb17, { interchange: { sender: 'HKGFMCX', recipient: 'LHRFMBA', preparedAt: '261115:1030', reference: '1' } });
  t.equal(text, `QU LHRFMBA\r\n.HKGFMCX 151030\r\n${fwb17}`);
  t.equal(
    again(fwb17, { interchange: { sender: 'PORTOLAN', recipient: 'CUSTOMS', preparedAt: '261115:1030', reference: '1' } }).text,
    fwb17,
    'only addresses of the network make one',
  );
  t.end();
});

t.test('what cannot be written is said and left out', (t) => {
  const chunks: Uint8Array[] = [];
  const said: string[] = [];
  const writer = cargoImpWriter(
    { bytes: (chunk) => chunks.push(chunk), finding: ({ code, args }) => said.push(`${code} ${args['tag']} ${args['field'] ?? args['where']}`) },
    { grammars },
  );
  const atoms = (...texts: [number, string][]): OutAtoms => ({
    size: texts.length,
    keys: texts.map(([index]) => atomKey(index, 1)),
    repetitions: texts.map(() => 0),
    names: texts.map(() => undefined),
    texts: texts.map(([, text]) => text),
    facts: texts.map(() => -1),
  });
  writer.beginMessage({ type: 'FMA' });
  writer.unit('ACK', atoms([1, 'A/B']));
  writer.unit('ACK', atoms([1, 'MÜNCHEN']));
  writer.unit('ACK', atoms());
  writer.unit('AWB', atoms([1, '125-12345675']));
  writer.unit('ACK', atoms([1, 'RECEIVED']));
  writer.endMessage();
  t.same(said, [
    'CARGOIMP_CANNOT_WRITE ACK text',
    'CARGOIMP_CANNOT_WRITE ACK text',
    'CARGOIMP_CANNOT_WRITE ACK text',
    'CARGOIMP_NO_PLACE AWB after the first line',
  ]);
  t.equal(Buffer.concat(chunks).toString('latin1'), 'FMA\r\nACK/RECEIVED\r\n');
  said.length = 0;
  writer.beginMessage({ type: 'FWB', version: '16' });
  const oci = (...texts: [string, string][]): OutAtoms =>
    atoms(...texts.map(([name, text]): [number, string] => [keyElement(grammarDirectory(grammars.of('FWB', '16')!).element('OCI', name)!.keys[0]!), text]));
  writer.unit('OCI', oci(['country', 'GB'], ['text', 'A']));
  writer.unit('OCI', oci(['party', 'CNE'], ['text', 'B']));
  t.same(said.splice(0), ['CARGOIMP_CANNOT_WRITE OCI country'], 'it would be read as one of the country before it');
  writer.endMessage();
  writer.beginMessage({ type: 'FBL', version: '4' });
  const fbl = (tag: string, ...texts: [string, string][]): OutAtoms =>
    atoms(...texts.map(([name, text]): [number, string] => [keyElement(grammarDirectory(grammars.of('FBL', '4')!).element(tag, name)!.keys[0]!), text]));
  writer.unit('FLD', fbl('FLD', ['sequence', '1'], ['flight', 'BA123'], ['departure', '12NOV'], ['loading', 'HKG']));
  writer.unit('DST', fbl('DST', ['unloading', 'LHR']));
  const waybill: [string, string][] = [['number', '125-12345675'], ['destination', 'LHR'], ['extent', 'T'], ['pieces', '7'], ['weight-unit', 'K'], ['weight', '100'], ['goods', 'TEA']]; // prettier-ignore
  writer.unit('AWB', fbl('AWB', ...waybill));
  writer.unit('ORG', fbl('ORG', ['agent', 'PPJ']));
  t.same(said.splice(0), ['CARGOIMP_CANNOT_WRITE ORG agent'], 'three letters would be read as special handling');
  writer.endMessage();
  writer.beginMessage({ type: 'FSU', version: '15' });
  const fsu = (...texts: [string, string][]): OutAtoms =>
    atoms(...texts.map(([name, text]): [number, string] => [keyElement(grammarDirectory(grammars.of('FSU', '15')!).element('AWB', name)!.keys[0]!), text]));
  const pieces: [string, string][] = [['number', '125-12345675'], ['extent', 'P'], ['pieces', '43']]; // prettier-ignore
  writer.unit('AWB', fsu(...pieces, ['total-extent', 'K'], ['total-pieces', '6561']));
  t.same(said.splice(0), ['CARGOIMP_CANNOT_WRITE AWB total extent'], 'where no weight stands before it, it would be read as one');
  writer.unit('AWB', fsu(...pieces, ['total-extent', 'T'], ['total-pieces', '6561']));
  writer.unit('AWB', fsu(...pieces, ['weight-unit', 'K'], ['weight', '100'], ['total-extent', 'K'], ['total-pieces', '6561']));
  t.same(said, []);
  writer.endMessage();
  writer.beginMessage({ type: 'FNA' });
  writer.unit('ACK', atoms([1, 'REJECTED']));
  writer.unit('EID', atoms([1, '/0']));
  writer.unit('EID', atoms([1, 'ACK/REJECTED']));
  writer.unit('EID', atoms([1, 'FWB/16']));
  t.same(
    said,
    ['CARGOIMP_CANNOT_WRITE EID text', 'CARGOIMP_CANNOT_WRITE EID text'],
    'a line as received that would be read as more of the reason, or as another',
  );
  writer.endMessage();
  t.end();
});
