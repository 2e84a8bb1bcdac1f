import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import t from 'tap';
import { sentence } from '../../src/diagnostics/diagnostic.ts';
import { produce } from '../../src/gateway/translation/produce.ts';
import type { ReadMessage } from '../../src/gateway/translation/reading.ts';
import { readBytes, readUnits } from '../../src/gateway/translation/syntax.ts';
import { forecast } from '../../src/maps/forecast.ts';
import { compileSchema, validateXml } from '../../src/validation/xsd.ts';
import { library } from '../library.ts';
import { root, shared } from '../root.ts';
import { corpus } from '../syntax/edifact/corpus.ts';

// A declaration in UN/EDIFACT becomes one in XML that the publisher's own schema accepts.

const skip = shared === undefined ? 'the published schema is not beside the repository' : false;

function read(bytes: Uint8Array): readonly ReadMessage[] {
  const messages: ReadMessage[] = [];
  readBytes(library, bytes, { message: (message) => void messages.push(message), interchangeEnd: () => undefined }, {});
  return messages;
}

const sample = (path: string): Uint8Array => readFileSync(join(root, 'mappings/un/cusdec', path, 'input.edi'));
const samples: readonly [name: string, bytes: Uint8Array][] = [
  ['D.04A', sample('d04a/cases/import-two-items')],
  ['D.96B', sample('d96b/cases/export-one-item')],
  ['D.99B', sample('d99b/cases/export-australia')],
  ...corpus('edifact-customs')
    .filter(({ bytes }) => /UNH\+[^+]*\+CUSDEC:/.test(Buffer.from(bytes).toString('latin1')))
    .map(({ name, bytes }): [string, Uint8Array] => [name, bytes]),
];

t.test('what becomes of a declaration of UN/EDIFACT is valid by the published schema', { skip }, async (t) => {
  const folder = join(shared!, 'facts/wco-xsd/hmrc__customs-declarations/public/api/conf/3.0/schemas');
  const files = readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((each) => each.name.endsWith('.xsd'))
    .map((each) => join(each.parentPath, each.name))
    .map((path) => ({ path: relative(folder, path), text: readFileSync(path) }));
  const { schema, findings } = await compileSchema(files, 'customs/wrapper_submit.xsd');
  if (!schema) throw new Error(findings.map(sentence).join('; '));
  t.ok(samples.length > 3, 'the corpus has one too');
  for (const [name, bytes] of samples) {
    const [message] = read(bytes);
    t.match(message?.plan?.name, /^un\/cusdec\//, name);
    t.equal(message!.parsed!.account.lost, 0, `${name}: nothing is lost in reading`);
    for (const as of ['wco/dec/3/hmrc', 'wco/trt/3']) {
      const out = produce(library, library.catalog.plan(as)!, message!.parsed!.rows, {} as never);
      t.same(validateXml(schema, out.bytes).map(sentence), [], `${name} as ${as}`);
    }
  }
});

t.test(
  'the other way: a declaration in XML becomes one that the directory accepts; nothing of it is lost on reading, and what got lost was forecast',
  { skip },
  (t) => {
    const folder = join(shared!, 'corpus/wco-xml');
    const files = readdirSync(folder, { withFileTypes: true, recursive: true }).filter(({ name }) => name.endsWith('.xml'));
    const targets = ['un/cusdec/d04a', 'un/cusdec/d96b', 'un/cusdec/d99b'].map((name) => library.catalog.plan(name)!);
    const foreseen = new Map<string, ReadonlySet<string>>();
    const odd = new Set<string>();
    let written = 0;
    let facts = 0;
    for (const { parentPath, name } of files)
      for (const { plan: from, parsed } of read(readFileSync(join(parentPath, name)))) {
        if (!from?.name.startsWith('wco/dec/') || !parsed) continue;
        for (const to of targets) {
          const pair = `${from.name} to ${to.name}`;
          if (!foreseen.has(pair)) foreseen.set(pair, new Set(forecast(from, to).losses.map(({ path }) => path)));
          const out = produce(library, to, parsed.rows, { sender: 'BROKER', recipient: 'CUSTOMS', preparedAt: '260914:1015', reference: '1' });
          written++;
          facts += out.facts.written;
          for (const { path, reason } of out.losses) if (!foreseen.get(pair)!.has(path!)) odd.add(`${pair}: not forecast: ${path} ${reason}`);
          for (const each of [...out.findings, ...readUnits(library, out.bytes)]) if (each.severity === 'error') odd.add(`${pair}: ${sentence(each)}`);
          for (const { plan: by, parsed: again } of read(out.bytes))
            if (by !== to || again!.account.lost > 0) odd.add(`${pair}: ${name}: ${by?.name}, ${again?.account.lost} lost`);
        }
      }
    t.same([...odd].slice(0, 10), []);
    t.ok(written > 500 && facts > 10 * written, `${written} declarations, ${facts} facts`);
    t.end();
  },
);

t.test('what both name is at one place: goods, parties, values, measures', (t) => {
  const [message] = read(sample('d04a/cases/import-two-items'));
  const xml = Buffer.from(produce(library, library.catalog.plan('wco/dec/3/hmrc')!, message!.parsed!.rows, {} as never).bytes).toString();
  const said: readonly [what: string, xml: RegExp][] = [
    ["the sender's reference", /<FunctionalReferenceID>ORRERY-IM-000417</],
    ['number of items, CNT 5', /<GoodsItemQuantity>2</],
    ['packages, CNT 11', /<TotalPackageQuantity>6</],
    ['invoice total, MOA 39', /<InvoiceAmount currencyID="USD">41250.5</],
    ['its currency and rate, CUX', /<CurrencyExchange><CurrencyTypeCode>USD<\/CurrencyTypeCode><RateNumeric>1.0842</],
    ['declarant, NAD DT', /<Declarant><ID>DE1234567</],
    ['exporter, NAD EX', /<Exporter><Name>NINGBO LATHE WORKS CO LTD</],
    ['importer, NAD IM', /<Importer>.*<ID>DE7654321</],
    ['country of destination, LOC 36', /<Destination><CountryCode>DE</],
    ['country of export, LOC 35', /<ExportCountry><ID>CN</],
    ['terms, TOD and LOC 1', /<TradeTerms><ConditionCode>FOB<\/ConditionCode>.*<LocationID>CNNGB</],
    ['invoice, DOC 380', /<Invoice><ID>INV-7781</],
    ['commodity, FTX AAA and CST', /<Commodity><Description>HORIZONTAL LATHES, NUMERICALLY CONTROLLED<\/Description><Classification><ID>84581120</],
    ['procedure, CST', /<GovernmentProcedure><CurrentCode>4000</],
    ['origin, LOC 27', /<Origin><CountryCode>CN</],
    ['masses, MEA WT', /<GrossMassMeasure unitCode="KGM">18400<\/GrossMassMeasure><NetNetWeightMeasure unitCode="KGM">17650</],
    ['item price, MOA 38', /<ItemChargeAmount currencyID="USD">36000</],
    ['statistical value, MOA 123', /<StatisticalValueAmount currencyID="EUR">33200</],
    ['duty, TAX and MOA 55', /<DutyTaxFee>.*<TypeCode>CUD<\/TypeCode>.*<TaxAssessedAmount currencyID="EUR">896.4</],
    [
      'packages, PAC and PCI, numbered as they stand',
      /<Packaging><SequenceNumeric>1<\/SequenceNumeric><MarksNumbersID>ALSTER 1-4<\/MarksNumbersID><QuantityQuantity>4<\/QuantityQuantity><TypeCode>CS</,
    ],
  ];
  for (const [what, expected] of said) t.match(xml, expected, what);
  t.end();
});
