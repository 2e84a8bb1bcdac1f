import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { fold, type Folded, type Meaning, type Statement } from '../../src/dictionary/fold.ts';
import { readCanonical, writeCanonical } from '../../src/dictionary/json.ts';
import { loadDictionary } from '../../src/dictionary/load.ts';
import { normalForm } from '../../src/maps/normal-form.ts';
import { root } from '../root.ts';

const folder = join(root, 'schemas/wco');
const { dictionary: loaded } = loadDictionary(readdirSync(folder).filter((name) => name.endsWith('.tsv')).map((name) => ({ path: `schemas/wco/${name}`, text: readFileSync(join(folder, name), 'utf8') }))); // prettier-ignore
if (!loaded) throw new Error('the dictionary is not in order');
const dictionary = loaded;
const entities = ['Declaration/Consignment/Consignment', 'Declaration/Consignment'].map((path) => dictionary.class(path)!);

interface Bill {
  readonly id: string;
  readonly weight?: string;
  readonly goods?: readonly string[];
  readonly mode?: string;
}

/** A manifest whose bills stand below one master each: `M1-2` is bill 2 of master M1. */
function manifest(bills: readonly Bill[], head: Record<string, unknown> = {}): string {
  const masters = [...new Set(bills.map(({ id }) => id.split('-')[0]!))];
  return JSON.stringify({
    $dictionary: 'wco-dm@3',
    Declaration: {
      ID: 'MAN1',
      ...head,
      Consignment: masters.map((master) => ({
        TransportContractDocument: { ID: master },
        Consignment: bills
          .filter(({ id }) => id.startsWith(`${master}-`))
          .map(({ id, weight, goods = [], mode }) => ({
            ...(mode ? { $mode: mode } : {}),
            ...(weight ? { TotalGrossMassMeasure: { value: weight, unit: 'KGM' } } : {}),
            TransportContractDocument: { ID: id },
            ConsignmentItem: goods.map((text, i) => ({ SequenceNumeric: String(i + 1), Commodity: { CargoDescription: text } })),
          })),
      })),
    },
  });
}

const say = (id: string, meaning: Meaning, text: string, order: readonly string[] = []): Statement => {
  const read = readCanonical(dictionary, text);
  if (!read.rows) throw new Error(JSON.stringify(read.findings));
  return { id, meaning, order, rows: read.rows };
};

function json({ rows }: Folded): {
  Declaration?: {
    VersionID?: string;
    Consignment?: { Consignment?: { TransportContractDocument: { ID: string }; TotalGrossMassMeasure?: { value: string } }[] }[];
  };
} {
  let text = '';
  if (rows) writeCanonical(rows, (piece) => void (text += piece));
  return text === '' ? {} : (JSON.parse(text) as object);
}
const bills = (folded: Folded): string[] =>
  (json(folded).Declaration?.Consignment ?? []).flatMap(({ Consignment = [] }) =>
    Consignment.map(({ TransportContractDocument: { ID }, TotalGrossMassMeasure }) => `${ID}=${TotalGrossMassMeasure?.value ?? ''}`),
  );
const codes = ({ findings }: Folded): string[] => findings.map(({ code, statement }) => `${statement} ${code}`);
const original = say(
  'o',
  'original',
  manifest([
    { id: 'A-1', weight: '10', goods: ['TOYS'] },
    { id: 'A-2', weight: '20' },
    { id: 'B-1', weight: '30' },
  ]),
);

t.test('what each meaning does to a manifest of three bills', (t) => {
  // prettier-ignore
  const cases: readonly [what: string, changes: readonly Statement[], bills: readonly string[], findings?: readonly string[], state?: Folded['state']][] = [
    ['nothing', [], ['A-1=10', 'A-2=20', 'B-1=30']],
    ['a bill is added', [say('c', 'add', manifest([{ id: 'A-3', weight: '40' }]))], ['A-1=10', 'A-2=20', 'A-3=40', 'B-1=30']],
    ['a bill of a new master is added', [say('c', 'add', manifest([{ id: 'C-1', weight: '40' }]))], ['A-1=10', 'A-2=20', 'B-1=30', 'C-1=40']],
    ['a bill is deleted', [say('c', 'delete', manifest([{ id: 'A-1' }]))], ['A-2=20', 'B-1=30']],
    ['the last bill of a master is deleted, and with it the master', [say('c', 'delete', manifest([{ id: 'B-1' }]))], ['A-1=10', 'A-2=20']],
    ['a weight is changed; what is not said stays', [say('c', 'change', manifest([{ id: 'A-1', weight: '11' }]))], ['A-1=11', 'A-2=20', 'B-1=30']],
    ['rows say themselves how they are meant', [say('c', 'change', manifest([{ id: 'A-1', mode: 'delete' }, { id: 'A-2', weight: '21', mode: 'replace' }, { id: 'A-3', mode: 'add' }, { id: 'B-1', mode: 'unchanged' }]))], ['A-2=21', 'A-3=', 'B-1=30']],
    ['all is replaced', [say('c', 'replace', manifest([{ id: 'D-1', weight: '1' }]))], ['D-1=1']],
    ['the bills alone are replaced', [say('c', 'replace-detail', manifest([{ id: 'D-1', weight: '1' }], { VersionID: '9' }))], ['D-1=1']],
    ['the heading alone is replaced', [say('c', 'replace-heading', manifest([{ id: 'D-1', weight: '1' }], { VersionID: '9' }))], ['A-1=10', 'A-2=20', 'B-1=30']],
    ['the heading alone is changed', [say('c', 'change-heading', manifest([{ id: 'D-1' }], { VersionID: '9' }))], ['A-1=10', 'A-2=20', 'B-1=30']],
    ['the bills alone are changed', [say('c', 'change-detail', manifest([{ id: 'A-1', weight: '11' }], { VersionID: '9' }))], ['A-1=11', 'A-2=20', 'B-1=30']],
    ['the same again', [say('c', 'repeat', manifest([{ id: 'D-1' }]))], ['A-1=10', 'A-2=20', 'B-1=30']],
    ['cancelled', [say('c', 'cancel', manifest([]))], [], [], 'cancelled'],
    ['a change of what was cancelled', [say('c', 'cancel', manifest([])), say('d', 'change', manifest([{ id: 'A-1', weight: '11' }]))], [], ['d CHANGE_AFTER_CANCELLATION'], 'cancelled'],
    ['an original after a cancellation begins anew', [say('c', 'cancel', manifest([])), say('d', 'original', manifest([{ id: 'E-1', weight: '5' }]))], ['E-1=5']],
    ['a second original', [say('d', 'original', manifest([{ id: 'E-1', weight: '5' }]))], ['E-1=5'], ['d CHANGE_ORIGINAL_AGAIN']],
    ['what is there is added', [say('c', 'add', manifest([{ id: 'A-1', weight: '99' }]))], ['A-1=99', 'A-2=20', 'B-1=30'], ['c CHANGE_ADDS_KNOWN']],
    ['what is not there is deleted', [say('c', 'delete', manifest([{ id: 'A-9' }]))], ['A-1=10', 'A-2=20', 'B-1=30'], ['c CHANGE_OF_UNKNOWN']],
    ['what is not there is changed', [say('c', 'change', manifest([{ id: 'A-9', weight: '9' }]))], ['A-1=10', 'A-2=20', 'A-9=9', 'B-1=30'], ['c CHANGE_OF_UNKNOWN']],
  ];
  for (const [what, changes, wanted, findings = [], state = 'live'] of cases) {
    const folded = fold([original, ...changes], { entities });
    t.same(bills(folded), wanted, what);
    t.same(codes(folded), findings, what);
    t.equal(folded.state, state, what);
  }
  t.end();
});

t.test('the heading goes where it belongs', (t) => {
  const version = (meaning: Meaning): string | undefined =>
    json(fold([original, say('c', meaning, manifest([], { VersionID: '9' }))], { entities })).Declaration?.VersionID;
  for (const meaning of ['replace-heading', 'change-heading', 'change', 'add'] as const) t.equal(version(meaning), '9', meaning);
  for (const meaning of ['replace-detail', 'change-detail', 'repeat'] as const) t.equal(version(meaning), undefined, meaning);
  t.end();
});

t.test('a change before its original waits, and is applied when it comes', (t) => {
  const change = say('c', 'change', manifest([{ id: 'A-1', weight: '11' }]));
  const waiting = fold([change], { entities });
  t.match(waiting, { state: 'waiting', waiting: ['c'], rows: undefined });
  t.same(codes(waiting), ['c CHANGE_WAITS']);
  const applied = fold([change, original], { entities });
  t.same(bills(applied), ['A-1=11', 'A-2=20', 'B-1=30']);
  t.same(applied.findings, []);
  t.match(fold([say('c', 'cancel', manifest([])), original], { entities }), { state: 'cancelled', findings: [] });
  t.end();
});

t.test('a number or a date decides, not the order of arrival, where all state one', (t) => {
  const first = say('1', 'change', manifest([{ id: 'A-1', weight: '11' }]), ['9', '']);
  const second = say('2', 'change', manifest([{ id: 'A-1', weight: '12' }]), ['10', '2026-01-01']);
  const start = { ...original, order: ['1', '2025-12-01'] };
  for (const order of [[start, first, second], [second, first, start], [first, start, second]]) t.equal(bills(fold(order, { entities }))[0], 'A-1=12'); // prettier-ignore
  t.equal(bills(fold([start, second, { ...first, order: ['', ''] }], { entities }))[0], 'A-1=11', 'else the last one');
  t.end();
});

t.test('each fact says which message stated it', (t) => {
  const { rows, statedBy } = fold([original, say('c', 'change', manifest([{ id: 'A-1', weight: '11' }]))], { entities });
  const by: string[] = [];
  rows!.eachFact((row, slot, _, fact) => by.push(`${rows!.class(row).attributes[slot]!.name} ${statedBy[fact]}`));
  t.ok(by.includes('TotalGrossMassMeasure 1'));
  t.equal(by.filter((each) => each === 'TotalGrossMassMeasure 0').length, 2);
  t.ok(by.includes('CargoDescription 0'), 'what the change did not speak of is the original’s');
  t.notOk(by.some((each) => each.endsWith('undefined')));
  t.end();
});

/** A random history of bills: what each message says, and what the manifest must be at the end. */
const operation = fc.record({
  verb: fc.constantFrom('add', 'delete', 'change', 'replace'),
  bill: fc.constantFrom('A-1', 'A-2', 'A-3', 'B-1', 'B-2'),
  weight: fc.integer({ min: 1, max: 999 }).map(String),
});

t.test('any history leaves what a list of bills would, and in any order where each message says its number', (t) => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 12 }), fc.infiniteStream(fc.nat()), (operations, random) => {
      const model = new Map([['A-1', '10'], ['A-2', '20'], ['B-1', '30']]); // prettier-ignore
      const statements: Statement[] = [{ ...original, order: ['0'] }];
      operations.forEach(({ verb, bill, weight }, i) => {
        const mode = verb === 'replace' ? 'replace' : undefined;
        statements.push(
          say(String(i), verb === 'replace' ? 'change' : (verb as Meaning), manifest([{ id: bill, weight, ...(mode ? { mode } : {}) }]), [String(i + 1)]),
        );
        if (verb === 'delete') model.delete(bill);
        else model.set(bill, weight);
      });
      const straight = fold(statements, { entities });
      const wanted = [...model].map(([id, weight]) => `${id}=${weight}`).sort();
      if (bills(straight).sort().join() !== wanted.join()) throw new Error(`${bills(straight).join()} instead of ${wanted.join()}`);
      const shuffled = statements.map((each) => ({ each, at: random.next().value as number })).sort((a, b) => a.at - b.at).map(({ each }) => each); // prettier-ignore
      const other = fold(shuffled, { entities });
      if (normalForm(other.rows!) !== normalForm(straight.rows!)) throw new Error('the order of arrival decided');
      if (codes(other).sort().join() !== codes(straight).sort().join()) throw new Error('other findings');
    }),
    { numRuns: 150 },
  );
  t.end();
});

t.test('changes of different bills commute without any number, also with an original that comes late', (t) => {
  const touching = fc.uniqueArray(operation, { selector: ({ bill }) => bill, maxLength: 5 });
  fc.assert(
    fc.property(touching, fc.infiniteStream(fc.nat()), (operations, random) => {
      const deltas = operations.map(({ verb, bill, weight }) =>
        verb === 'replace'
          ? say(bill, 'change', manifest([{ id: bill, weight, mode: 'replace' }]))
          : say(bill, verb as Meaning, manifest([{ id: bill, weight }])),
      );
      const all = [original, ...deltas];
      const straight = fold(all, { entities });
      const shuffled = all.map((each) => ({ each, at: random.next().value as number })).sort((a, b) => a.at - b.at).map(({ each }) => each); // prettier-ignore
      const other = fold(shuffled, { entities });
      if (normalForm(other.rows!) !== normalForm(straight.rows!)) throw new Error(`${normalForm(other.rows!)}\n\n${normalForm(straight.rows!)}`);
      if (codes(other).sort().join() !== codes(straight).sort().join()) throw new Error('other findings');
    }),
    { numRuns: 150 },
  );
  t.end();
});

t.test('whatever is said of whatever: no crash, every statement applied, waiting or spoken of', (t) => {
  const meanings: readonly Meaning[] = [
    'original',
    'replace',
    'cancel',
    'repeat',
    'add',
    'delete',
    'change',
    'replace-heading',
    'replace-detail',
    'change-heading',
    'change-detail',
  ];
  const modes = fc.constantFrom('add', 'delete', 'replace', 'unchanged', undefined);
  const statement = fc.record({
    meaning: fc.constantFrom(...meanings),
    bill: fc.constantFrom('A-1', 'A-2', 'B-1'),
    mode: modes,
    order: fc.constantFrom('', '1', '2'),
  });
  fc.assert(
    fc.property(fc.array(statement, { maxLength: 10 }), (said) => {
      const statements = said.map(({ meaning, bill, mode, order }, i) =>
        say(String(i), meaning, manifest([{ id: bill, weight: String(i), ...(mode ? { mode } : {}) }]), [order]),
      );
      const folded = fold(statements, { entities });
      const needs = said.some(({ meaning }) => ['original', 'replace', 'repeat'].includes(meaning));
      if (needs === (folded.state === 'waiting')) throw new Error(`${folded.state} after ${said.map(({ meaning }) => meaning).join()}`);
      folded.rows?.eachFact((_row, _slot, value, fact) => {
        if (!statements[folded.statedBy[fact]!]) throw new Error(`nobody stated ${JSON.stringify(value)}`);
      });
    }),
    { numRuns: 200 },
  );
  t.end();
});
