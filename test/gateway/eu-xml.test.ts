import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import t from 'tap';
import { sentence, type Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { openLibrary } from '../../src/gateway/library.ts';
import { produce } from '../../src/gateway/produce.ts';
import type { ReadMessage } from '../../src/gateway/reading.ts';
import { readBytes } from '../../src/gateway/syntax.ts';
import { compileSchema, validateXml, type SchemaFile, type XmlSchema } from '../../src/validation/xsd.ts';
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
const library = openLibrary({ root });

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
    37,
    'all of them: 20 and the cases',
  );
  t.equal(tallies.size, 17, 'of every message');
});
