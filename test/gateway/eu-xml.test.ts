import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import t from 'tap';
import { sentence, type Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { canonicalText } from '../../src/dictionary/json.ts';
import { produce } from '../../src/gateway/translation/produce.ts';
import type { ReadMessage } from '../../src/gateway/translation/reading.ts';
import { readBytes } from '../../src/gateway/translation/syntax.ts';
import { compileSchema, validateXml, type SchemaFile, type XmlSchema } from '../../src/validation/xsd.ts';
import { library } from '../library.ts';
import { root, shared } from '../root.ts';
import { difference, filesBelow, infoset } from './infoset.ts';

/**
 * Messages of European customs, read and written again: every document of a message that has a map is recognised, each of its
 * atoms is accounted for, what comes out is the same document, and valid where it was valid before. The published schemas are the
 * oracle; both stand beside the repository, not in it.
 */
const skip = shared === undefined ? 'the corpus is not here' : false;
const corpus = join(shared ?? '', 'corpus/eu-ncts-ics-xml');
const transit = join(shared ?? '', 'facts/wco-xsd/hmrc__transit-movements-validator/conf/v3_0/xsd');

async function schemaOf(type: string): Promise<XmlSchema> {
  const files: SchemaFile[] = filesBelow(transit)
    .filter((path) => path.endsWith('.xsd'))
    .map((path) => ({ path: relative(transit, path), text: readFileSync(path) }));
  const { schema, findings } = await compileSchema(files, `${type.toLowerCase()}.xsd`);
  if (!schema) throw new Error(findings.map(sentence).join('; '));
  return schema;
}

interface Tally {
  files: number;
  equal: number; // as an infoset
  told: number; // not equal, and the report names a loss
  valid: number; // by the published schema, before
  stayed: number; // and after
  atoms: number;
  bound: number;
  fixed: number;
  ignored: number;
  lost: number;
}
const nothing: Tally = { files: 0, equal: 0, told: 0, valid: 0, stayed: 0, atoms: 0, bound: 0, fixed: 0, ignored: 0, lost: 0 };

/** What the corpus says that no message of its type has: by file, each with its reason. */
const foreign: Readonly<Record<string, readonly RegExp[]>> = {
  'Example_IE029_Message_November_2023.xml': [/`2023-11-26\+01:00` is not of the form/], // the schema has no zones
  'cc007c-tooManyNodes.xml': [/messageType occurs more than 1 times/],
};

t.test('messages of NCTS go out as they came in', { skip }, async (t) => {
  const tallies = new Map<string, Tally>();
  const schemas = new Map<string, XmlSchema>();
  const cases = join(root, 'mappings/eu');
  const documents = [...filesBelow(corpus), ...filesBelow(cases)].filter((each) => each.endsWith('.xml'));
  for (const path of documents) {
    const bytes = readFileSync(path);
    if (!bytes.subarray(0, 400).includes('http://ncts.dgtaxud.ec')) continue;
    const name = relative(corpus, path).replace(/^.*\//, '');
    const messages: ReadMessage[] = [];
    const found: Diagnostic[] = [];
    const outside = readBytes(library, bytes, { message: (message) => void messages.push(message), interchangeEnd: (_, end) => void found.push(...end) });
    const [message] = messages;
    if (!t.ok(message?.plan && message.parsed, `${name}: ${[...outside, ...found].map(sentence).join('; ')}`)) continue;
    const { plan, parsed, header } = message!;
    const out = produce(library, plan!, parsed!.rows, {} as never);
    const tally = tallies.get(plan!.name) ?? { ...nothing };
    tallies.set(plan!.name, tally);
    const { total, bound, fixed, ignored, lost, selector, derived } = parsed!.account;
    tally.files++;
    tally.atoms += total;
    tally.bound += bound;
    tally.fixed += fixed;
    tally.ignored += ignored;
    tally.lost += lost;
    t.equal(total, bound + fixed + ignored + lost + selector + derived, `${name}: every atom has one fate`);
    const reasons = [...parsed!.losses, ...out.losses].map(({ value, reason }) => `${value} — ${reason}`);
    t.same(
      reasons.filter((each) => !foreign[name]?.some((known) => known.test(each))),
      [],
      `${name}: nothing is lost but what is known`,
    );
    const differs = difference(infoset(bytes), infoset(out.bytes));
    if (differs === undefined) tally.equal++;
    else if (reasons.length > 0) tally.told++;
    else t.fail(`${name}: ${differs}`);
    if (!schemas.has(header.type)) schemas.set(header.type, await schemaOf(header.type));
    const schema = schemas.get(header.type)!;
    const before = validateXml(schema, bytes);
    if (path.startsWith(cases)) t.same(before.map(sentence), [], `${path}: a case is of its schema`);
    if (before.length > 0) continue;
    tally.valid++;
    const after = validateXml(schema, out.bytes);
    if (after.length === 0) tally.stayed++;
    else t.fail(`${name}: ${after.map(sentence).join('; ')}`);
  }
  for (const [map, { files, equal, told, valid, stayed, atoms, bound, fixed, ignored, lost }] of [...tallies].sort())
    t.comment(
      `${map}: ${files} files, ${equal} equal, ${told} but for what is reported; ${valid} valid before, ${stayed} after; ` +
        `${atoms} atoms, ${bound} bound, ${fixed} fixed, ${ignored} ignored, ${lost} lost`,
    );
  t.equal(
    [...tallies.values()].reduce((sum, { files }) => sum + files, 0),
    42,
    'all of them: 20 and the cases',
  );
  t.equal(tallies.size, 22, 'of every message');
});

/** The facts of the first message of some bytes, as canonical JSON, with its map and what was lost. */
function factsOf(bytes: Uint8Array) {
  const messages: ReadMessage[] = [];
  const found: Diagnostic[] = [];
  const outside = readBytes(library, bytes, { message: (message) => void messages.push(message), interchangeEnd: (_, end) => void found.push(...end) });
  const [message] = messages;
  return {
    message,
    facts: message?.parsed && (JSON.parse(canonicalText(message.parsed.rows)) as unknown),
    told: [...outside, ...found].map(sentence).join('; '),
  };
}

/** What cannot be read in documents that are wrong on purpose. */
const unreadable = /-date-time\.json$/;

t.test('the same messages as JSON: each document of the corpus goes out as it came in, and says what its XML says', { skip }, (t) => {
  const tallies = new Map<string, { files: number; atoms: number; bound: number; lost: number }>();
  const members = (value: unknown, path = '', found = new Map<string, string>()): Map<string, string> => {
    if (typeof value !== 'object' || value === null) return value === null || value === '' ? found : found.set(path, String(value));
    for (const [name, inner] of Object.entries(value)) members(inner, `${path}/${name}`, found);
    return found;
  };
  for (const path of filesBelow(corpus).filter((each) => each.endsWith('.json'))) {
    const name = path.replace(/^.*\//, '');
    const bytes = readFileSync(path);
    const { message, told } = factsOf(bytes);
    if (!t.ok(message?.plan && message.parsed, `${name}: ${told}`)) continue;
    const { plan, parsed } = message!;
    const { total, bound, fixed, lost } = parsed!.account;
    t.match(plan!.name, `eu/${name.slice(0, 6)}/5/json`, `${name}: recognized`);
    t.equal(total, bound + fixed + lost, `${name}: every atom has one fate`);
    t.equal(lost, unreadable.test(name) ? 1 : 0, `${name}: ${parsed!.losses.map(({ value, reason }) => `${value} — ${reason}`).join('; ')}`);
    const out = produce(library, plan!, parsed!.rows, {} as never);
    t.same(out.losses, [], `${name}: all of it is written`);
    if (lost === 0) t.same(members(JSON.parse(Buffer.from(out.bytes).toString())), members(JSON.parse(bytes.toString())), `${name}: the same members`);
    const { files = 0, atoms = 0, bound: before = 0, lost: gone = 0 } = tallies.get(plan!.name) ?? {};
    tallies.set(plan!.name, { files: files + 1, atoms: atoms + total, bound: before + bound, lost: gone + lost });
  }
  for (const [map, { files, atoms, bound, lost }] of tallies) t.comment(`${map}: ${files} files; ${atoms} atoms, ${bound} bound, ${lost} lost`);
  t.equal([...tallies.values()].reduce((sum, { files }) => sum + files, 0), 22, 'all of them'); // prettier-ignore
  for (const map of tallies.keys()) {
    const cases = (of: string): string[] => filesBelow(join(root, 'mappings', of, 'cases')).filter((each) => /input\.(json|xml)$/.test(each));
    const [asXml, asJson] = [cases(map.replace('/json', '')), cases(map)];
    t.same(factsOf(readFileSync(asJson[0]!)).facts, factsOf(readFileSync(asXml[0]!)).facts, `${map}: its case says what that of the XML says`);
  }
  t.end();
});

/** What a case of one map becomes in another, and what the facts of that are, read again. */
function crossed(from: string, name: string, to: string) {
  const messages: ReadMessage[] = [];
  readBytes(library, readFileSync(join(root, 'mappings', from, 'cases', name, 'input.xml')), { message: (message) => void messages.push(message) });
  const out = produce(library, library.catalog.plan(to)!, messages[0]!.parsed!.rows, {} as never);
  const text = Buffer.from(out.bytes).toString();
  return { text, lost: out.losses.map(({ path, value }) => `${path} ${value}`) };
}

t.test('a transit declaration is the same in the words of the WCO and in those of NCTS', (t) => {
  const { text, lost } = crossed('wco/trt/3', 'two-items', 'eu/cc015c/5');
  for (const said of [
    '<LRN>ORRERY-TR-0012</LRN><declarationType>T1</declarationType>',
    '<HolderOfTheTransitProcedure><identificationNumber>DE1234567</identificationNumber></HolderOfTheTransitProcedure>',
    '<Guarantee><sequenceNumber>1</sequenceNumber><guaranteeType>1</guaranteeType><GuaranteeReference><sequenceNumber>1</sequenceNumber><GRN>26DE0000GRN0012</GRN></GuaranteeReference></Guarantee>',
    '<goodsItemNumber>2</goodsItemNumber><declarationGoodsItemNumber>2</declarationGoodsItemNumber>',
    '<Commodity><descriptionOfGoods>HORIZONTAL LATHES</descriptionOfGoods><CommodityCode><harmonizedSystemSubHeadingCode>845811</harmonizedSystemSubHeadingCode></CommodityCode><GoodsMeasure><grossMass>18400</grossMass></GoodsMeasure></Commodity>',
    '<typeOfPackages>CS</typeOfPackages><numberOfPackages>4</numberOfPackages><shippingMarks>ALSTER 1-4</shippingMarks>',
  ])
    t.ok(text.includes(said), said);
  t.comment(`lost: ${lost.join('; ')}`);
  t.same(
    lost.filter((each) => !/\/Consignment\/(Arrival|TransportEquipment)|Declaration\.(GoodsItem|TotalPackage)Quantity|MetaData/.test(each)),
    [],
    'NCTS has equipment of the whole, which here is that of a shipment; it has no means of arrival, and counts nothing',
  );
  const guarantee =
    '<AmountAmount currencyID="EUR">15000.00</AmountAmount><ReferenceID>24NL0000012345671</ReferenceID><SecurityDetailsCode>1</SecurityDetailsCode><AccessCode>A1B2</AccessCode>';
  const back = crossed('eu/cc015c/5', 'two-houses', 'wco/trt/3');
  for (const said of ['<ID>94052100</ID>', '<MarksNumbersID>LICHT 1-120</MarksNumbersID>', 'Kade Expeditie BV', guarantee])
    t.ok(back.text.includes(said), said);
  t.end();
});

t.test('what a transit states of the whole comes back from the words of the WCO as it went, where both sides agreed on it', (t) => {
  const documents = [...(skip ? [] : filesBelow(corpus)), join(root, 'mappings/eu/cc015c/5/cases/two-houses/input.xml')];
  const elements = [
    'TransportEquipment',
    'LocationOfGoods',
    'DepartureTransportMeans',
    'ActiveBorderTransportMeans',
    'PlaceOfLoading',
    'CustomsOfficeOfDestinationDeclared',
  ];
  const read = (bytes: Uint8Array): ReadMessage | undefined => {
    const messages: ReadMessage[] = [];
    readBytes(library, bytes, { message: (message) => void messages.push(message) });
    return messages[0];
  };
  const written = (map: string, message: ReadMessage | undefined) => produce(library, library.catalog.plan(map)!, message!.parsed!.rows, {} as never);
  let compared = 0;
  for (const path of documents) {
    if (!path.endsWith('.xml')) continue;
    const bytes = readFileSync(path);
    if (!bytes.includes('<ncts:CC015C')) continue;
    const message = read(bytes);
    const across = written('wco/trt/3/whole', message);
    const lost = across.losses
      .map(({ path: fact }) => fact)
      .filter((fact) => /(TransportEquipment|GoodsLocation|TransportMeans|\w+Office|Itinerary)\b/.test(fact ?? ''));
    t.same(lost, [], `${path}: none of it is lost`);
    const there = read(across.bytes);
    t.equal(there?.plan?.name, 'wco/trt/3/whole', 'it is known for what it is');
    const [before, after] = [written('eu/cc015c/5', message), written('eu/cc015c/5', there)].map(({ bytes: out }) => Buffer.from(out).toString());
    for (const element of elements) {
      const all = new RegExp(`<${element}>.*?</${element}>`, 'gs');
      t.same(after!.match(all), before!.match(all), `${path}: ${element}`);
      compared += before!.match(all)?.length ?? 0;
    }
  }
  t.comment(`${compared} elements of ${documents.length} documents`);
  t.ok(compared >= elements.length, 'there was something to compare');
  t.end();
});

t.test('errors of European customs are those that other answers know', (t) => {
  for (const [from, name] of [
    ['eu/cc022c/5', 'two-errors'],
    ['eu/cc056c/5', 'two-errors'],
    ['eu/cc906c/5', 'two-errors'],
    ['eu/cc917c/5', 'not-of-the-schema'],
    ['eu/ie3n01/2', 'two-errors'],
    ['eu/ie3n99/2', 'two-errors'],
  ] as const) {
    const answer = crossed(from, name, 'wco/res/3');
    t.match(answer.text, /<Error>.*<ValidationCode>\d+<\/ValidationCode>.*<Location>/, `${from}: an error with its place`);
    const { text } = crossed(from, name, 'eu/cc906c/5');
    t.match(text, /<FunctionalError><errorPointer>[^<]+<\/errorPointer><errorCode>\d+<\/errorCode>/, `${from}: as a functional error`);
  }
  t.end();
});
