import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import t from 'tap';
import { sentence, type Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import type { Place } from '../../src/diagnostics/place.ts';
import { produce } from '../../src/gateway/translation/produce.ts';
import type { ReadMessage } from '../../src/gateway/translation/reading.ts';
import { readBytes } from '../../src/gateway/translation/syntax.ts';
import { xmlReader } from '../../src/syntax/xml/reader.ts';
import { RuleBook } from '../../src/validation/rules.ts';
import { compileSchema, validateXml, type SchemaFile, type XmlSchema } from '../../src/validation/xsd.ts';
import { library } from '../library.ts';
import { root, shared } from '../root.ts';
import { difference, filesBelow, infoset } from './infoset.ts';

/**
 * The entry summary declarations of ICS, their amendments and the answers, read and written again. The published schemas (of answers
 * there is none at hand) and the control files that stand beside the test documents of their publisher are the oracle; both stand beside
 * the repository, not in it.
 */
const skip = shared === undefined ? 'the corpus is not here' : false;
const publisher = join(shared ?? '', 'corpus/eu-ncts-ics-xml/hmrc__import-control-entry-declaration');
const corpus = `${publisher}-store`;
const schemaFolder = join(shared ?? '', 'facts/wco-xsd/hmrc__import-control-entry-declaration-store/conf/xsds');
const cases = ['cc304a', 'cc305a', 'cc313a', 'cc315a', 'cc316a', 'cc328a', 'cc351a'].map((each) => join(root, 'mappings/eu', each));
const published = new Set(['CC313A', 'CC315A']);

async function schemaOf(type: string): Promise<XmlSchema> {
  const files: SchemaFile[] = filesBelow(schemaFolder)
    .filter((path) => path.endsWith('.xsd'))
    .map((path) => ({ path: relative(schemaFolder, path), text: readFileSync(path) }));
  const { schema, findings } = await compileSchema(files, `${type}-v11-2-New.xsd`);
  if (!schema) throw new Error(findings.map(sentence).join('; '));
  return schema;
}

/** The message that a document states, in whatever envelope; comments speak of messages too. */
const stated = (bytes: Uint8Array): string | undefined =>
  /<(?:\w+:)?(CC3\d\dA)[\s>]/.exec(
    Buffer.from(bytes)
      .toString('utf8')
      .replace(/<!--[^]*?-->/g, ''),
  )?.[1];

/** The document without the envelope that it may stand in: a schema and a comparison are about the document. */
function alone(bytes: Uint8Array): Uint8Array {
  const [, body, type] = /<\w+:Body>\s*(<ie:(\w+)[^]*)<\/\w+:Body>/.exec(Buffer.from(bytes).toString('utf8')) ?? [];
  return body === undefined ? bytes : Buffer.from(body.replace(`<ie:${type}`, `$& xmlns:ie="http://ics.dgtaxud.ec/${type}"`));
}

function read(bytes: Uint8Array) {
  const messages: ReadMessage[] = [];
  const found: Diagnostic[] = [];
  const outside = readBytes(library, bytes, { message: (message) => void messages.push(message), interchangeEnd: (_, end) => void found.push(...end) });
  return { message: messages[0], found: [...outside, ...found] };
}

/** What cannot be read in what is. */
const lost: Readonly<Record<string, readonly string[]>> = {
  'TOTGROMASHEA307.0.02.xml': ['+ — `+` cannot be read: `+` is not a number'],
  'TOTGROMASHEA307.0.03.xml': ['- — `-` cannot be read: `-` is not a number'],
};
/** What is the same and written otherwise. */
const again: Readonly<Record<string, string>> = { 'GOOITEGDSType.50.xml': '/CC313A/GOOITEGDS/GroMasGDS46: "+123456789.000" is "123456789.000"' }; // a number has no plus

t.test('entry summary declarations go out as they came in', { skip }, async (t) => {
  const tallies = new Map<string, Record<'files' | 'atoms' | 'bound' | 'fixed' | 'lost' | 'equal' | 'valid', number>>();
  const schemas = new Map<string, XmlSchema>();
  for (const path of [corpus, `${publisher}-decision`, ...cases].flatMap(filesBelow).filter((each) => each.endsWith('.xml'))) {
    const bytes = readFileSync(path);
    const type = stated(bytes);
    if (type === undefined) continue;
    const name = path.replace(/^.*\//, '');
    const { message, found } = read(bytes);
    if (!t.ok(message?.plan && message.parsed, `${name}: ${found.map(sentence).join('; ')}`)) continue;
    const { plan, parsed } = message!;
    t.match(plan!.name, `eu/${type.toLowerCase()}/`, `${name}: recognized`);
    const { total, bound, fixed, ignored, lost: gone, selector, derived } = parsed!.account;
    t.equal(total, bound + fixed + ignored + gone + selector + derived, `${name}: every atom has one fate`);
    t.same(
      parsed!.losses.map(({ value, reason }) => `${value} — ${reason}`),
      lost[name] ?? [],
      `${name}: nothing is lost but what is known`,
    );
    t.equal(gone, parsed!.losses.length, `${name}: what is lost is told`);
    const out = produce(library, plan!, parsed!.rows, {} as never);
    t.same(out.losses, [], `${name}: all of it is written`);
    const tally = tallies.get(plan!.name) ?? { files: 0, atoms: 0, bound: 0, fixed: 0, lost: 0, equal: 0, valid: 0 };
    tallies.set(plan!.name, tally);
    if (gone === 0) {
      t.equal(difference(infoset(alone(bytes)), infoset(out.bytes)), again[name], `${name}: the same document`);
      tally.equal++;
    }
    tally.files++;
    tally.atoms += total;
    tally.bound += bound;
    tally.fixed += fixed;
    tally.lost += gone;
    if (!published.has(type)) continue;
    if (!schemas.has(type)) schemas.set(type, await schemaOf(type));
    const before = validateXml(schemas.get(type)!, alone(bytes)).map(sentence);
    if (path.startsWith(root)) t.same(before, [], `${name}: a case is of its schema`);
    if (before.length > 0) continue;
    t.same(validateXml(schemas.get(type)!, out.bytes).map(sentence), [], `${name}: valid as before`);
    tally.valid++;
  }
  for (const [map, { files, equal, valid, atoms, bound, fixed, lost }] of [...tallies].sort())
    t.comment(`${map}: ${files} files, ${equal} equal, ${valid} valid before and after; ${atoms} atoms, ${bound} bound, ${fixed} fixed, ${lost} lost`);
  t.equal(tallies.size, cases.length, 'of every message');
});

/** What control files of the schema's test cases say, and another element is named for; each with what is said, and why. */
const otherwise: Readonly<Record<string, { readonly map?: readonly string[]; readonly schema: RegExp; readonly why: string }>> = {
  'E_ENS_DAT_MESSAGE.1.8': {
    map: ['item is missing'],
    schema: /^element `ITI`: .*GOOITEGDS/,
    why: 'the schema says what stands where the goods should, the map which group of its own is missing',
  },
  'PERLODSUMDECType.0': {
    map: ['PERLODSUMDEC is missing'],
    schema: /^element `CUSOFFFENT730`: .*PERLODSUMDEC/,
    why: 'the schema says what stands in its place, the map names it',
  },
  'TINTRACARENT602.0.03': { schema: /^element `PERLODSUMDEC`: .*TINPLD1/, why: 'what lacks the number is named, and the number as one of those expected' },
};

t.test('what the schema refuses is told by the element that its test case names', { skip }, async (t) => {
  const seen = new Set<string>();
  let agreed = 0;
  let alone = 0;
  for (const type of published) {
    const schema = await schemaOf(type);
    for (const path of filesBelow(join(corpus, `test/resources/xmls/schemaTestCases${type.slice(2, 5)}New`)).filter((each) => each.endsWith('.ctl'))) {
      const document = path.replace(/ctl$/, 'xml');
      const name = path.replace(/^.*\/|\.ctl$/g, '');
      if (!existsSync(document)) {
        alone++; // the document of this one is not at hand
        continue;
      }
      const bytes = readFileSync(document);
      const told = validateXml(schema, bytes).map(sentence);
      const other = otherwise[name];
      if (other) {
        seen.add(name);
        t.match(told[0], other.schema, `${type} ${name}: ${other.why}`);
        if (other.map) t.same(read(bytes).message!.parsed!.findings.map(sentence), other.map, `${type} ${name}: ${other.why}`);
        continue;
      }
      const meant = [...readFileSync(path, 'utf8').matchAll(/\[([A-Z]+[0-9]*[A-Z]*)\]/g)].map(([, tag]) => tag);
      const named = told.map((each) => /^element `(\w+)`/.exec(each)?.[1]?.toUpperCase());
      t.ok(
        named.length > 0 && named.every((each) => meant.includes(each)),
        `${type} ${name}: [${named.join(' ')}] is among [${meant.join(' ')}]: ${told.join('; ')}`,
      );
      agreed++;
    }
  }
  t.comment(`${agreed} cases name the same element, ${seen.size} otherwise, ${alone} have no document here`);
  t.same([...seen].sort(), Object.keys(otherwise).sort(), 'each of the others is there');
});

/** What control files of the rules' test cases say, and no rule of ours; each with its reason. */
const unsaid: Readonly<Record<string, string>> = {
  'PACGS23.4.11 8153': 'packages of one item are compared with those of every other: a rule sees the rows above its own, and what hangs below them',
};
/** What control files say of a party of which there is but its element: it is no party, so rules have none to ask, and the element itself is named. */
const empty: readonly string[] = ['COUCO125.0.4', 'STRANDNUMCE222.0.04'];
/** What control files say of a plus before a number: it is no fact, so the map says it, at its element. */
const plus: readonly string[] = ['GOOITEGDSType.50 8679'];
/** What rules of ours say beyond a control file. */
const moreover: Readonly<Record<string, readonly string[]>> = {
  'STRANDNUMCE222.0.04': ['entry-summary/item-consignee at /CC315A/GOOITEGDS[1]/IteNumGDS7[1]'], // the consignee that holds nothing is none
};
/** Numbers from elsewhere were once as good as those of Great Britain: cases made before say nothing of them. */
const isYounger = /foreign|non_GB/;
interface Said {
  readonly number: string;
  readonly at: string;
}
const erring = /<err:Number>(\d+)<[^]*?<err:Location>\/ie:([^<]+)</g;
/** `/CC315A/GOOITEGDS[2]` of `CC315A[1]/GOOITEGDS[2]`: as places of ours say it. */
const placeOf = (location: string): string => `/${location.replace(/^(\w+)\[1\]/, '$1')}`;

/** Which element stands at a byte: facts are known by the byte at which they stand. */
function elementsOf(bytes: Uint8Array): (at: number | undefined) => string {
  const leaves: Place[] = [];
  const reader = xmlReader({ unit: (unit) => void (unit.kind === 'leaf' && leaves.push(unit.place())) });
  reader.push(bytes);
  reader.end();
  return (at = -1) => leaves.find(({ start, end }) => start <= at && at < end)?.xpath ?? '';
}

t.test('what breaks a condition of the publisher is said by rules that are data, where its control file says so', { skip }, async (t) => {
  const rules = library.judging.rules.filter(({ id }) => id.startsWith('entry-summary/'));
  const book = new RuleBook(rules);
  const tally = { cases: 0, clean: 0, held: 0, empty: 0, noted: 0, beyond: 0, alone: 0 };
  const seen = new Set<string>();
  for (const type of published) {
    const schema = await schemaOf(type);
    for (const path of filesBelow(join(corpus, `test/resources/xmls/ruleTestCases${type.slice(2, 5)}New`)).filter((each) => each.endsWith('.ctl'))) {
      const name = path.replace(/^.*\/|\.ctl$/g, '');
      const document = path.replace(/ctl$/, 'xml');
      if (!existsSync(document)) {
        tally.alone++; // the document of this one is not at hand
        continue;
      }
      const bytes = readFileSync(document);
      t.same(validateXml(schema, bytes).map(sentence), [], `${type} ${name}: of the schema, which has no conditions`);
      const wanted = [...readFileSync(path, 'utf8').matchAll(erring)].map(([, number, at]): Said => ({ number: number!, at: placeOf(at!) }));
      const elementAt = elementsOf(bytes);
      const { parsed } = read(bytes).message!;
      const holdNothing = parsed!.findings.flatMap(({ code, data }) => (code === 'MAP_EMPTY' ? [data?.xpath] : []));
      t.equal(holdNothing.length > 0, empty.includes(name), `${type} ${name}: what is there for nothing is named`);
      const noted = parsed!.findings.flatMap(({ code, data }) => (code === 'MAP_NOTE' ? [elementAt(data?.start)] : []));
      const found = book.check(parsed!.rows).flatMap((each) => {
        const rule = rules.find(({ id }) => id === each.args['rule'])!;
        const at = elementAt(each.data?.start);
        return isYounger.test(rule.id) && !isYounger.test(name) ? [] : [{ numbers: rule.text.source, at, said: `${rule.id} at ${at}` }];
      });
      const isSaid = ({ number, at }: Said, each: (typeof found)[number]): boolean =>
        each.numbers.includes(number) && (each.at === at || each.at.startsWith(`${at}/`));
      for (const each of wanted) {
        if (empty.includes(name)) {
          t.ok(holdNothing.includes(each.at), `${type} ${name} ${each.number} at ${each.at}: ${holdNothing.join('; ')}`);
          tally.empty++;
          continue;
        }
        if (plus.includes(`${name} ${each.number}`)) {
          t.ok(
            noted.some((at) => at === each.at || at.startsWith(`${each.at}/`)),
            `${type} ${name} ${each.number} at ${each.at}: ${noted.join('; ')}`,
          );
          tally.noted++;
          continue;
        }
        const what = [name, `${name} ${each.number}`].find((one) => unsaid[one] !== undefined);
        if (what === undefined) {
          const held = found.some((one) => isSaid(each, one));
          t.ok(held, `${type} ${name} ${each.number} at ${each.at}: ${found.map(({ said }) => said).join('; ')}`);
          if (held) tally.held++;
          continue;
        }
        seen.add(what);
        tally.beyond++;
      }
      t.same(
        found.filter((each) => !wanted.some((one) => isSaid(one, each))).map(({ said }) => said),
        moreover[name] ?? [],
        `${type} ${name}: nothing else is accused`,
      );
      tally.cases++;
      if (wanted.length === 0) tally.clean++;
    }
  }
  t.comment(
    `${tally.cases} cases, ${tally.clean} without a fault: ${tally.held} errors are said by a rule at the place that the control file names, ` +
      `${tally.empty} by its element, which holds nothing, ${tally.noted} by what the map notes, ${tally.beyond} by none (${Object.entries(unsaid)
        .map((each) => each.join(': '))
        .join('; ')}); ${tally.alone} cases have no document here`,
  );
  t.same([...seen].sort(), Object.keys(unsaid).sort(), 'each of those that are not said is there');
});
