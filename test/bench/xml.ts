import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ParseOption, XmlDocument, XsdValidator } from 'libxml2-wasm';
import { SaxesParser } from 'saxes';
import { xmlReader } from '../../src/syntax/xml/reader.ts';
import { compileSchema, validateXml } from '../../src/validation/xsd.ts';
import { root } from '../root.ts';
import { faster, interleave, type Row } from './measure.ts';

const chunk = 65_536;

/**
 * The reader beside saxes (namespaces and positions on), both in chunks of 64 KB and both taking every name and text; and
 * validation beside a bare loop over the same library, of which it may take 1.15 times the time.
 */
export async function run(rounds: number): Promise<readonly Row[]> {
  const document = manifest(15_000);
  const small = manifest(500);
  const text = readFileSync(join(root, 'schemas/wco/cri-3.xsd'), 'utf8');
  const { schema } = await compileSchema([{ path: 'cri-3.xsd', text }], 'cri-3.xsd');
  const bare = XsdValidator.fromDoc(XmlDocument.fromString(text));
  const took = interleave(rounds, 1, {
    saxes: () => saxes(document),
    reader: () => ours(document),
    bare: () => bareLoop(bare, small),
    validate: () => validate(schema!, small),
  });
  return [
    faster(`XML reader, ${megabytes(document)} MB`, 'saxes with namespaces', 1, took.reader, took.saxes),
    faster(`XSD, ${megabytes(small)} MB`, 'libxml2-wasm alone', 1 / 1.15, took.validate, took.bare),
  ];
}

const megabytes = (bytes: Uint8Array): string => (bytes.length / 1_000_000).toFixed(1);

function ours(document: Uint8Array): number {
  let seen = 0;
  const reader = xmlReader({
    unit(unit) {
      seen += unit.tag.length;
      for (let atom = 0; atom < unit.size; atom++) seen += unit.text(atom).length;
    },
  });
  for (let at = 0; at < document.length; at += chunk) reader.push(document.subarray(at, at + chunk));
  reader.end();
  return seen;
}

/** From bytes as well: what arrives is bytes. */
function saxes(document: Uint8Array): number {
  let seen = 0;
  const parser = new SaxesParser({ xmlns: true, position: true });
  parser.on('opentag', (tag) => {
    seen += tag.local.length;
    for (const name in tag.attributes) seen += tag.attributes[name]!.value.length;
  });
  parser.on('text', (found) => (seen += found.length));
  parser.on('closetag', (tag) => (seen += tag.local.length));
  const decoder = new TextDecoder();
  for (let at = 0; at < document.length; at += chunk) parser.write(decoder.decode(document.subarray(at, at + chunk), { stream: true }));
  parser.close();
  return seen;
}

function validate(schema: Parameters<typeof validateXml>[0], document: Uint8Array): number {
  for (let i = 0; i < 5; i++) if (validateXml(schema, document).length > 0) throw new Error('the document is not valid');
  return 5;
}

function bareLoop(validator: XsdValidator, document: Uint8Array): number {
  for (let i = 0; i < 5; i++) {
    const parsed = XmlDocument.fromBuffer(document, { option: ParseOption.XML_PARSE_NO_XXE });
    validator.validate(parsed);
    parsed.dispose();
  }
  return 5;
}

function manifest(bills: number): Buffer {
  let text = '<Declaration xmlns="urn:wco:datamodel:WCO:CRI:1">';
  for (let i = 1; i <= bills; i++) {
    text +=
      `<Consignment><SequenceNumeric>${i}</SequenceNumeric><TotalGrossMassMeasure unitCode="KGM">18410.5</TotalGrossMassMeasure><ConsignmentItem><SequenceNumeric>1</SequenceNumeric>` +
      `<Commodity><CargoDescription>STC 74 PALLETS CONTAINER PARTS &amp; SPARES, INVOICE BK-${i}</CargoDescription></Commodity></ConsignmentItem>` +
      `<TransportContractDocument><ID>ZIMUSEL${i}</ID><TypeCode>705</TypeCode></TransportContractDocument></Consignment>`;
  }
  return Buffer.from(`${text}</Declaration>`);
}
