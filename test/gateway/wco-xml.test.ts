import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import t from 'tap';
import { sentence, type Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { produce } from '../../src/gateway/translation/produce.ts';
import type { ReadMessage } from '../../src/gateway/translation/reading.ts';
import { readBytes } from '../../src/gateway/translation/syntax.ts';
import type { Plan } from '../../src/maps/plan.ts';
import { compileSchema, validateXml, type SchemaFile, type XmlSchema } from '../../src/validation/xsd.ts';
import { library } from '../library.ts';
import { root, shared } from '../root.ts';
import { difference, filesBelow, infoset, type Item } from './infoset.ts';

/**
 * Every declaration, answer and cancellation that publishers show, read and written again: what comes out is the same document,
 * and valid where it was valid before. Publishers' schemas are the oracle; both stand beside the repository, not in it.
 */
const skip = shared === undefined ? 'the corpus is not here' : false;
const corpus = join(shared ?? '', 'corpus/wco-xml');
const schemas = join(shared ?? '', 'facts/wco-xsd');

/** Of an envelope with several documents the one that came `n`-th. */
function alone(whole: Item | undefined, n: number, of: number): Item | undefined {
  if (!whole || of === 1 || typeof whole[2] === 'string') return whole;
  const [last] = whole[2].slice(-1);
  let seen = 0;
  return [whole[0], whole[1], whole[2].filter(([name]) => name !== last?.[0] || seen++ === n)];
}

function read(bytes: Uint8Array, plan?: Plan): { messages: ReadMessage[]; all: readonly Diagnostic[]; findings: readonly string[] } {
  const messages: ReadMessage[] = [];
  const all: Diagnostic[] = [];
  const outside = readBytes(
    library,
    bytes,
    { message: (message) => void messages.push(message), interchangeEnd: (_, found) => void all.push(...found) },
    plan ? { plan } : {},
  );
  all.push(...outside, ...messages.flatMap(({ findings }) => findings));
  return { messages, all, findings: all.map(({ code }) => code) };
}

const hmrc = 'hmrc__customs-declarations/public/api/conf/3.0/schemas';
const dutch = 'lrodriolivera__luci-customs-agent/docs/nl-migs';
const wrapper = `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:wco:datamodel:WCO:DocumentMetaData-DMS:2" elementFormDefault="qualified">
<xs:include schemaLocation="../wco/notification/DocumentMetaData_2_DMS.xsd"/><xs:import namespace="urn:wco:datamodel:WCO:RES-DMS:2" schemaLocation="../wco/notification/WCO_RES_2_DMS.xsd"/></xs:schema>`;

/** The published schema of what a map writes: folder, main file. */
const published: Readonly<Record<string, readonly [folder: string, main: string]>> = {
  'wco/dec/3': [hmrc, 'customs/wrapper_submit.xsd'],
  'wco/dec/3/hmrc': [hmrc, 'customs/wrapper_submit.xsd'],
  'wco/can/3': [hmrc, 'customs/wrapper_cancel.xsd'],
  'wco/res/3': [hmrc, 'customs/wrapper_answer.xsd'],
  'wco/dec/3/nl': [`${dutch}/DMS-1.30/MIG DMS 1.30/Section 2 (B2DMS)/XmlSchema/1. Declaration/WithoutNotes`, 'DMS.Declaration_1p30.xsd'],
  'wco/dec/3/nl-add': [`${dutch}/DMS-1.30/MIG DMS 1.30/Section 2 (B2DMS)/XmlSchema/2. AddMes/WithoutNotes`, 'DMS.AdditionalMessage_1p30.xsd'],
  'wco/res/3/nl': [`${dutch}/DMS-1.30/MIG DMS 1.30/Section 3 (DMS2B)/XmlSchema/WithoutNotes`, 'DMS.Response_1p30.xsd'],
  'wco/dec/3/nl-deco-add': [`${dutch}/DECO-2.0/MIG DECO 2.0/Section 2 (B2DECO)/2. XmlSchema/2. AddMes/1. WithoutNotes`, 'DECO.AdditionalMessage_2p00.xsd'],
};

async function schemaOf(map: string): Promise<XmlSchema> {
  const [folder, main] = published[map]!;
  const files: SchemaFile[] = filesBelow(join(schemas, folder))
    .filter((path) => path.endsWith('.xsd'))
    .map((path) => ({ path: relative(join(schemas, folder), path), text: readFileSync(path) }));
  const { schema, findings } = await compileSchema([...files, { path: 'customs/wrapper_answer.xsd', text: wrapper }], main);
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
  lost: number;
}
const nothing: Tally = { files: 0, equal: 0, told: 0, valid: 0, stayed: 0, atoms: 0, bound: 0, lost: 0 };

t.test('documents of publishers go out as they came in', { skip }, async (t) => {
  const tallies = new Map<string, Tally>();
  const compiled = new Map<string, XmlSchema>();
  const none: string[] = [];
  for (const path of filesBelow(corpus).filter((each) => each.endsWith('.xml'))) {
    const bytes = readFileSync(path);
    const name = relative(corpus, path);
    const first = read(bytes);
    const { header } = first.messages[0]!;
    if (first.findings.includes('XML_SYNTAX')) continue; // the next test
    let { messages } = first;
    const bare = library.catalog.named(header);
    if (!messages[0]!.plan && bare.length > 0) {
      t.equal(header.namespace, undefined, `${name}: only a missing namespace needs a map that is named`);
      messages = read(bytes, library.catalog.plan(bare[0]!)).messages;
    }
    if (!messages.some(({ plan, parsed }) => plan && parsed)) none.push(header.type);
    for (const [n, { plan, parsed }] of messages.entries()) {
      if (!plan || !parsed) continue;
      const out = produce(library, plan, parsed.rows, {} as never);
      const tally = tallies.get(plan.name) ?? { ...nothing };
      tallies.set(plan.name, tally);
      tally.files++;
      tally.atoms += parsed.account.total;
      tally.bound += parsed.account.bound;
      tally.lost += parsed.account.lost;
      const differs = difference(alone(infoset(bytes), n, messages.length), infoset(out.bytes));
      const losses = parsed.losses.length + out.losses.length;
      if (differs === undefined) tally.equal++;
      else if (losses > 0) tally.told++;
      else t.fail(`${name}: ${differs}`);
      t.ok(differs !== undefined || losses === 0, `${name}: what is lost is not there`);
      if (!published[plan.name]) continue;
      if (!compiled.has(plan.name)) compiled.set(plan.name, await schemaOf(plan.name));
      const schema = compiled.get(plan.name)!;
      if (validateXml(schema, bytes).length > 0) continue;
      tally.valid++;
      const after = validateXml(schema, out.bytes);
      if (after.length === 0) tally.stayed++;
      else t.fail(`${name}: ${after.map(sentence).join('; ')}`);
    }
  }
  for (const [map, { files, equal, told, valid, stayed, atoms, bound, lost }] of [...tallies].sort()) {
    t.comment(
      `${map}: ${files} files, ${equal} equal, ${told} but for what is reported; ${valid} valid before, ${stayed} after; ${atoms} atoms, ${bound} bound, ${lost} lost`,
    );
  }
  const of = (map: string): Tally => tallies.get(map) ?? nothing;
  t.same(
    [...tallies.keys()].sort(),
    [
      'wco/can/3',
      'wco/dec/3',
      'wco/dec/3/hmrc',
      'wco/dec/3/hmrc-request',
      'wco/dec/3/nl',
      'wco/dec/3/nl-add',
      'wco/dec/3/nl-deco-add',
      'wco/res/3',
      'wco/res/3/bare',
      'wco/res/3/nl',
    ],
    'each map has documents',
  );
  for (const map of [...tallies.keys()].filter((each) => /^wco\/(dec|can)/.test(each))) t.equal(of(map).lost, 0, `${map} loses nothing`);
  t.equal(of('wco/dec/3/hmrc').valid + of('wco/can/3').valid, 186, 'all declarations of the corpus that are valid');
  t.notOk(none.includes('MetaData'), `no map is needed for ${none.length} documents of other families`);
  t.end();
});

t.test('what is wrong with a document is said before anything is made of it', { skip }, (t) => {
  const cases: [file: string, code: string, message: RegExp][] = [
    ['TT_IM084a.xml', 'XML_SYNTAX', /comment/],
    ['TT1_EX_v2.01_Accepted_Notification.xml', 'XML_SYNTAX', /document element/],
    [
      'TT_IM189a/Example_Notifications/01_DMSACC.xml',
      'MAP_NONE',
      /`MetaData` without a namespace; `wco\/res\/3\/bare` does, where a profile or a command names it/,
    ],
    ['TT_IM117a/01_DMSACC.xml', 'MAP_NONE', /`_2MetaData` without a namespace$/],
    ['Step1_TT_IM222a.xml', 'MAP_NONE', /`mdMetaData` of `urnwcodatamodelWCODEC-DMS2`/],
  ];
  const files = filesBelow(corpus);
  for (const [file, code, message] of cases) {
    const bytes = readFileSync(files.find((each) => each.endsWith(file))!);
    const found = read(bytes).all.find((each) => each.code === code);
    t.match(found && sentence(found), message, file);
    t.ok(found?.data, `${file}: with its place`);
  }
  t.end();
});

t.test('what came without a namespace goes out with one, and is then valid', { skip }, async (t) => {
  const schema = await schemaOf('wco/res/3');
  const [from, to] = ['wco/res/3/bare', 'wco/res/3'].map((name) => library.catalog.plan(name)!);
  let documents = 0;
  for (const path of filesBelow(corpus).filter((each) => each.endsWith('.xml'))) {
    const bytes = readFileSync(path);
    const first = read(bytes);
    if (first.messages[0]?.plan || library.catalog.named(first.messages[0]!.header)[0] !== from!.name) continue;
    documents++;
    const { parsed } = read(bytes, from).messages[0]!;
    const found = validateXml(schema, produce(library, to!, parsed!.rows, {} as never).bytes);
    if (found.length > 0) t.fail(`${relative(corpus, path)}: ${found.map(sentence).join('; ')}`);
  }
  t.comment(`${documents} answers`);
  t.ok(documents > 200, 'most of what is published is like that');
  t.end();
});

t.test('a missing namespace is accepted by a map that is named, and by no other', (t) => {
  const bytes = readFileSync(join(root, 'mappings/wco/res/3/bare/cases/no-namespace/input.xml'));
  const refused = read(bytes);
  t.equal(refused.messages[0]?.plan, undefined);
  t.same(refused.all.map(sentence), ['no map reads `MetaData` without a namespace; `wco/res/3/bare` does, where a profile or a command names it']);
  t.same(read(bytes, library.catalog.plan('wco/res/3/bare')).all, []);
  t.end();
});
