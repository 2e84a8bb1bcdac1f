import { ParseOption, XmlDocument } from 'libxml2-wasm';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import { SaxesParser } from 'saxes';
import { openLibrary } from '../../src/gateway/library/library.ts';
import type { ReadMessage } from '../../src/gateway/translation/reading.ts';
import { readBytes } from '../../src/gateway/translation/syntax.ts';
import { compileSchema, validateXml, type XmlSchema } from '../../src/validation/xsd.ts';
import { root, shared } from '../root.ts';
import { faster, interleave, type Row } from './measure.ts';

/**
 * An import declaration of 20 KB to the facts of the dictionary, checked, each with its place and no text without a fate: in 1.5 times
 * what saxes takes for its events with namespaces alone, and four times as fast as fast-xml-parser makes objects of it. With the check
 * against its schema besides: in 1.6 times what libxml2-wasm takes to parse and validate it.
 */
export async function run(rounds: number): Promise<readonly Row[]> {
  const library = openLibrary({ root });
  const documents = Array.from({ length: 40 }, (_, nth) => declaration(nth));
  const texts = documents.map((bytes) => bytes.toString());
  let facts = 0;
  const sink = {
    message({ parsed, findings }: ReadMessage): void {
      if (!parsed || parsed.losses.length > 0 || findings.some(({ severity }) => severity === 'error')) throw new Error('the declaration is not read whole');
      facts += parsed.rows.countFacts();
    },
  };
  const rows = (bytes: Buffer): void => void readBytes(library, bytes, sink, { reuse: true }); // as a gateway reads
  let seen = 0;
  const events = (bytes: Buffer): void => {
    const parser = new SaxesParser({ xmlns: true, position: true });
    parser.on('opentag', (tag) => (seen += tag.local.length));
    parser.on('text', (found) => (seen += found.length));
    parser.on('closetag', (tag) => (seen += tag.local.length));
    parser.write(bytes.toString()).close(); // what arrives is bytes
  };
  const objects = new XMLParser({ ignoreAttributes: false });
  const published = await publishedDocument();
  const checked = (): void => {
    if (validateXml(published!.schema, published!.bytes).length > 0) throw new Error('the declaration is not valid');
    rows(published!.bytes);
  };
  const validated = (): void => {
    const parsed = XmlDocument.fromBuffer(published!.bytes, { option: ParseOption.XML_PARSE_NO_XXE });
    published!.schema.validator.validate(parsed);
    parsed.dispose();
  };
  const took = interleave(rounds, 3, {
    rows: () => documents.forEach(rows),
    events: () => documents.forEach(events),
    objects: () => texts.forEach((text) => void objects.parse(text)),
    checked: () => published && documents.forEach(checked),
    validated: () => published && documents.forEach(validated),
  });
  if (facts === 0 || seen === 0) throw new Error('nothing was read');
  const stage = `declaration to facts, ${Math.round(documents[0]!.length / 1_000)} KB of XML`;
  return [
    faster(stage, 'saxes with namespaces', 1 / 1.5, took.rows, took.events),
    faster(stage, 'fast-xml-parser', 4, took.rows, took.objects),
    ...(published
      ? [
          faster(
            `${published.name}, ${Math.round(published.bytes.length / 1_000)} KB, checked by its schema and to facts`,
            'libxml2-wasm, parsed and validated',
            1 / 1.6,
            took.checked,
            took.validated,
          ),
        ]
      : []),
  ];
}

/** A published declaration that its publisher's schema accepts, its first goods item repeated up to 20 KB; where such are beside the repository. */
async function publishedDocument(): Promise<{ readonly name: string; readonly bytes: Buffer; readonly schema: XmlSchema } | undefined> {
  if (shared === undefined) return undefined;
  const files = (folder: string, ending: string): string[] =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap((path) => (path.endsWith(ending) ? [path] : []));
  const folder = join(shared, 'facts/wco-xsd/hmrc__customs-declarations/public/api/conf/3.0/schemas');
  const sources = files(folder, '.xsd').map((path) => ({ path, text: readFileSync(join(folder, path)) }));
  const { schema } = await compileSchema(sources, 'customs/wrapper_submit.xsd');
  const corpus = join(shared, 'corpus/wco-xml');
  for (const path of files(corpus, '.xml').sort()) {
    const text = readFileSync(join(corpus, path), 'utf8').replace(/>\s+</g, '><');
    const [item] = /<(?:\w+:)?GovernmentAgencyGoodsItem>.*?<\/(?:\w+:)?GovernmentAgencyGoodsItem>/s.exec(text) ?? [];
    if (item === undefined) continue;
    const bytes = Buffer.from(text.replace(item, item.repeat(Math.max(1, Math.ceil((20_000 - text.length) / item.length)))));
    if (validateXml(schema!, bytes).length === 0) return { name: basename(path), bytes, schema: schema! };
  }
  return undefined;
}

/** The first goods item of the map's case, many times and each time another; blanks between elements are left out. */
function declaration(nth: number): Buffer {
  const text = readFileSync(join(root, 'mappings/wco/dec/3/cases/two-items/input.xml'), 'utf8').replace(/>\s+</g, '><');
  const [item = ''] = /<GovernmentAgencyGoodsItem>.*?<\/GovernmentAgencyGoodsItem>/.exec(text)!;
  const another = (i: number): string =>
    item
      .replace('<SequenceNumeric>1<', `<SequenceNumeric>${i + 3}<`)
      .replace('Dried cod', `Dried cod, lot ${nth * 100 + i}`)
      .replace('410.5', `${410 + i}.${nth % 10}`);
  const more = Array.from({ length: 20 }, (_, i) => another(i)).join('');
  return Buffer.from(text.replace('</GoodsShipment>', `${more}</GoodsShipment>`));
}
