import t from 'tap';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sentence } from '../../../src/diagnostics/diagnostic.ts';
import { canonicalText } from '../../../src/dictionary/json.ts';
import { loadConfigurationFolder } from '../../../src/gateway/library/library.ts';
import { MessageReader } from '../../../src/gateway/translation/reading.ts';
import { AnyReader } from '../../../src/gateway/translation/any-reader.ts';
import { translate, type TranslatedMessage } from '../../../src/gateway/translation/translate.ts';
import { library } from '../../maps/fixture.ts';
import { root } from '../../root.ts';

const pretty = readFileSync(join(root, 'mappings/un/cuscar/d95b/cases/two-bills/canonical.json'), 'utf8');
const line = JSON.stringify(JSON.parse(pretty));

/** The facts of every message, and all that was found. */
function read(input: string | Uint8Array, cuts: readonly number[] = []): { readonly texts: readonly string[]; readonly told: readonly string[] } {
  const bytes = Buffer.from(input);
  const texts: string[] = [];
  const told: string[] = [];
  const messages = new MessageReader(
    library(),
    {
      message({ parsed, findings }) {
        if (parsed) texts.push(canonicalText(parsed.rows));
        told.push(...findings.map((each) => `${each.code} @${each.data?.start ?? '-'} ${sentence(each)}`));
      },
      interchangeEnd: (_, around) => void told.push(...around.map((each) => `${each.code} @${each.data?.start ?? '-'} ${sentence(each)}`)),
    },
    { reuse: true },
  );
  const reader = new AnyReader(library(), messages);
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    reader.push(bytes.subarray(from, cut));
    from = cut;
  }
  reader.end();
  messages.end();
  return { texts, told: [...told, ...messages.outside.map((each) => `${each.code} ${sentence(each)}`)] };
}

t.test('canonical JSON is known by its bytes: one document, one a line, or a list', async (t) => {
  for (const input of [pretty, line, `\n${line}\n${line}\n`, `[${line}, ${pretty}]`, `${pretty}${pretty}`]) {
    const { texts, told } = read(input);
    t.same(told, []);
    t.ok(texts.length > 0 && texts.every((text) => text === line));
  }
});

t.test('how it is cut makes no difference', async (t) => {
  const strange = line.replace('"Declaration":{', '"Declaration":{"Nonsense":[{"a":1}],"TypeCode":"é","');
  for (const input of [line, strange, line.slice(0, -5), line.replace('"ID"', '"ID":"1","ID"')]) {
    const whole = read(input);
    const size = Buffer.byteLength(input);
    for (let cut = 1; cut < size; cut += 37) t.same(read(input, [cut]), whole);
    t.same(
      read(
        input,
        Array.from({ length: size }, (_, i) => i),
      ),
      whole,
    );
  }
});

t.test('what is wrong has its bytes, and the rest is read', async (t) => {
  const of = (declaration: string): readonly string[] => read(`{"$dictionary":"wco-dm@3.0.0","Declaration":${declaration}}`).told;
  t.same(of('{"ID":1}'), ['CANONICAL_SHAPE @50 /Declaration/ID must be a string']);
  t.same(of('{"ID":"1","ID":"2"}'), ['JSON_DUPLICATE @54 `ID` stands twice in one object']);
  t.same(of('{"TotalGrossMassMeasure":{"value":12.5,"unit":"KGM"}}'), [
    'CANONICAL_SHAPE @69 /Declaration/TotalGrossMassMeasure must be an object with `value` and `unit`',
  ]);
  t.match(of('{"ID":"1"'), [/JSON_SYNTAX .*it ends before `}`/]);
  t.same(read('{"Declaration":{},"$dictionary":"other@1"}').told, ['CANONICAL_DICTIONARY @32 the document is of dictionary `other@1`, this is `wco-dm@3.0.0`']);
});

t.test('what stands between the documents of a list and is none is told', async (t) => {
  const at = line.length + 2;
  t.same(read(`[${line},"more"]`), { texts: [line], told: [`JSON_SYNTAX @${at} this is no JSON: a document is an object`] });
  t.same(read(`[${line},[${line}]]`), { texts: [line], told: [`JSON_SYNTAX @${at} this is no JSON: a document is an object`] });
});

const keysOf = ({ keys }: TranslatedMessage): readonly string[] => keys.map(({ path, value }) => `${path} ${value}`).sort();

t.test('a gateway takes it like any other message', async (t) => {
  const configuration = loadConfigurationFolder(join(root, 'samples/gateway'), library()).configuration!;
  await library().loadSchemas();
  const made = (bytes: Buffer) =>
    translate({ id: '01JD0000000000000000000001', partner: 'blue-anchor', receivedAt: '2026-11-21T08:30:00.000Z', bytes }, library(), configuration)
      .interchanges[0]!.messages[0]!;
  const [stated, mapped] = [made(Buffer.from(line)), made(readFileSync(join(root, 'mappings/un/cuscar/d95b/cases/two-bills/input.edi')))];
  t.equal(stated.map, `canonical@${library().dictionary.version}`);
  t.match(stated.plan, /^sha256:/);
  t.equal(Buffer.from(stated.canonical as Uint8Array).toString(), line);
  t.same(keysOf(stated), keysOf(mapped), 'and is found by the same keys');
});
