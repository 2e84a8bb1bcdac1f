import { ParseOption, XmlDocument } from 'libxml2-wasm';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
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
 * against its schema besides: in 1.6 times what libxml2-wasm takes to parse and validate it. Those are published ones, each another as in
 * production, once with the comments that their publisher explains them by, which are half of them, and once without.
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
  const published = await publishedSchema();
  const plain = published ? publishedDocuments(published, false) : [];
  const commented = published ? publishedDocuments(published, true) : [];
  const checked = (bytes: Buffer): void => {
    if (validateXml(published!, bytes).length > 0) throw new Error('the declaration is not valid');
    rows(bytes);
  };
  const validated = (bytes: Buffer): void => {
    const parsed = XmlDocument.fromBuffer(bytes, { option: ParseOption.XML_PARSE_NO_XXE });
    published!.validator.validate(parsed);
    parsed.dispose();
  };
  const took = interleave(rounds, 3, {
    rows: () => documents.forEach(rows),
    events: () => documents.forEach(events),
    objects: () => texts.forEach((text) => void objects.parse(text)),
    checked: () => plain.forEach(checked),
    validated: () => plain.forEach(validated),
    checkedWithComments: () => commented.forEach(checked),
    validatedWithComments: () => commented.forEach(validated),
  });
  if (facts === 0 || seen === 0) throw new Error('nothing was read');
  const stage = `declaration to facts, ${Math.round(documents[0]!.length / 1_000)} KB of XML`;
  return [
    faster(stage, 'saxes with namespaces', 1 / 1.5, took.rows, took.events),
    faster(stage, 'fast-xml-parser', 4, took.rows, took.objects),
    ...(published
      ? [
          faster(`${named(plain)}, checked by their schema and to facts`, bare, 1 / 1.6, took.checked, took.validated),
          faster(`${named(commented)} with comments, the same`, bare, 1 / 1.6, took.checkedWithComments, took.validatedWithComments),
        ]
      : []),
  ];
}

const bare = 'libxml2-wasm, parsed and validated';

const named = (documents: readonly Buffer[]): string =>
  `${documents.length} published declarations, ${Math.round(documents.reduce((sum, { length }) => sum + length, 0) / documents.length / 1_000)} KB`;

const filesBelow = (folder: string, ending: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith(ending));

/** The schema of a publisher of declarations; where such are beside the repository. */
async function publishedSchema(): Promise<XmlSchema | undefined> {
  if (shared === undefined) return undefined;
  const folder = join(shared, 'facts/wco-xsd/hmrc__customs-declarations/public/api/conf/3.0/schemas');
  const sources = filesBelow(folder, '.xsd').map((path) => ({ path, text: readFileSync(join(folder, path)) }));
  return (await compileSchema(sources, 'customs/wrapper_submit.xsd')).schema;
}

/** Forty published declarations that the schema accepts, the first goods item of each repeated up to 20 KB. */
function publishedDocuments(schema: XmlSchema, comments: boolean): readonly Buffer[] {
  const corpus = join(shared!, 'corpus/wco-xml');
  const found = new Map<string, Buffer>();
  for (const path of filesBelow(corpus, '.xml').sort()) {
    const published = readFileSync(join(corpus, path), 'utf8');
    const text = (comments ? published : published.replace(/<!--.*?-->/gs, '')).replace(/>\s+</g, '><');
    const [item] = /<(?:\w+:)?GovernmentAgencyGoodsItem>.*?<\/(?:\w+:)?GovernmentAgencyGoodsItem>/s.exec(text) ?? [];
    if (item === undefined || found.has(text) || (comments && text.split('<!--').length < 20)) continue;
    const bytes = Buffer.from(text.replace(item, () => item.repeat(Math.max(1, Math.round((20_000 - text.length) / item.length) + 1))));
    if (bytes.length < 30_000 && validateXml(schema, bytes).length === 0) found.set(text, bytes);
    if (found.size === 40) break;
  }
  return [...found.values()];
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
