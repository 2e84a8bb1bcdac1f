import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Rows, type Value } from '../../src/dictionary/rows.ts';
import type { Position } from '../../src/replies/position.ts';
import { readAnswerTables, tableFor } from '../../src/replies/tables.ts';
import { tell, type Told } from '../../src/replies/tell.ts';
import { library } from '../library.ts';
import { root } from '../root.ts';

const { dictionary, answers } = library;

/** An answer with one error. */
function answer(): Rows {
  const rows = new Rows(dictionary);
  const add = (path: string, parent: number, facts: Readonly<Record<string, string>>): number => {
    const cls = dictionary.class(path)!;
    const row = rows.add(cls, parent);
    for (const [name, value] of Object.entries(facts)) rows.set(row, cls.attributes.find((each) => each.name === name)!.slot, value);
    return row;
  };
  const top = add('Response', -1, { FunctionCode: '03', FunctionalReferenceID: 'R1' });
  add('Response/Error', top, { ValidationCode: 'E7', Description: 'too heavy' });
  add('Response/Bank', top, { ID: 'GB29' });
  return rows;
}

const position: Position = { section: '2', item: '4', subitem: '', tag: 'MEA', sequence: '31', words: 'segment 31 of message 1 (MEA)' };
const known = { reference: 'R1', list: 'ZZZ', agency: '', interchange: 'I1', message: 'M1', type: 'T1', document: '', subject: 'M1' };
const told = (writable: (path: string) => boolean): Told => ({
  verdict: 'rejected',
  known,
  map: 'test',
  answered: { type: 'T1', head: new Map([['T1/Header/ID', 'H1']]) },
  position: () => position,
  words: () => position.words,
  canWrite: writable,
});

/** Rows as text: path, and what is stated there. */
function shown(rows: Rows): string[] {
  const text = (value: Value | undefined): string => (typeof value === 'string' ? value : (value?.value ?? ''));
  return Array.from({ length: rows.size }, (_, row) => {
    const { path, attributes } = rows.class(row);
    const facts = attributes.filter(({ slot }) => rows.get(row, slot) !== undefined).map(({ name, slot }) => `${name}=${text(rows.get(row, slot))}`);
    return `${path} ${facts.join(' ')}`;
  });
}

t.test('where the target has elements for a position it stands there, else in words beside the sentence', (t) => {
  const table = tableFor(answers, 'un/cusres/d96b')!;
  const placed = shown(
    tell(
      table,
      answer(),
      told(() => true),
    ).rows,
  );
  t.ok(placed.some((line) => /^Declaration\/Pointer (?=.*ItemID=4)(?=.*SegmentID=MEA)(?=.*SequenceID=31)/.test(line)));
  t.ok(placed.includes('Declaration/Pointer/AdditionalInformation StatementDescription=too heavy StatementTypeCode=AAO'), placed.join('\n'));
  const unplaced = shown(
    tell(
      table,
      answer(),
      told((path) => !path.endsWith('.SegmentID')),
    ).rows,
  );
  t.ok(
    unplaced.some((line) => line.includes('StatementDescription=too heavy / segment 31 of message 1 (MEA)')),
    unplaced.join('\n'),
  );
  t.ok(
    shown(
      tell(
        tableFor(answers, 'un/aperak/d96a')!,
        answer(),
        told(() => true),
      ).rows,
    ).some((line) => line.includes('too heavy / segment 31')),
  );
  t.end();
});

t.test('the agency’s code keeps its list; what nothing tells is a loss with its path', (t) => {
  const { rows, untold } = tell(
    tableFor(answers, 'un/cusres/d96b')!,
    answer(),
    told(() => true),
  );
  t.ok(shown(rows).includes('Declaration/Pointer/Error ValidationCode=E7 ListCode=ZZZ'), shown(rows).join('\n'));
  t.same(untold.map(({ path }) => path).sort(), ['Response.FunctionCode', 'Response/Bank.ID']);
  t.equal(tableFor(answers, 'wco/res/3'), undefined, 'messages that keep answers as answers need no table');
  t.end();
});

t.test(
  'a sentence that is too long goes on in rows of its own, broken at blanks; what the document said of itself, a day, and constants stand where they belong',
  (t) => {
    const rows = [
    { class: 'Response', of: 'Response', set: { IssueDateTime: { day: 'IssueDateTime' }, OriginalReferenceID: { head: 'Header/ID' } }, carry: { purpose: 'X' }, rows: [
      { class: 'Error', of: 'Error', set: { Description: { text: 'Description', width: 10 } }, rows: [
        { class: 'AdditionalInformation', set: { StatementTypeCode: { const: 'N' }, StatementDescription: { text: 'Description', after: 10, width: 20 } } },
      ] },
    ] },
  ]; // prettier-ignore
    const source = answer();
    const cls = dictionary.class('Response')!;
    source.set(0, cls.attributes.find(({ name }) => name === 'IssueDateTime')!.slot, '2026-11-21T08:30:00Z');
    const made = tell({ answer: 'x', title: 'X', maps: [], rows }, source, told(() => true)).rows; // prettier-ignore
    t.same(shown(made), [
      'Response IssueDateTime=2026-11-21 OriginalReferenceID=H1',
      'Response/Error Description=too heavy',
      'Response/Error/AdditionalInformation StatementDescription=/ segment 31 of StatementTypeCode=N',
      'Response/Error/AdditionalInformation StatementDescription=message 1 (MEA) StatementTypeCode=N',
    ]);
    t.match(made.carriedOf(0), [{ map: 'test', name: 'purpose', value: 'X' }]);
    t.end();
  },
);

t.test('a table that names what is not there is refused, with the place', (t) => {
  const folder = join(root, 'schemas/config');
  const schemas = readdirSync(folder).map((path) => ({ path, text: readFileSync(join(folder, path), 'utf8') }));
  const read = (text: string) => readAnswerTables([{ path: 'x.yaml', text: `answer: x\ntitle: X\nmaps: [un/x]\nrows:\n${text}` }], schemas, dictionary);
  const wrong: readonly (readonly [text: string, name: string])[] = [
    ['  - { class: Nothing, of: Response, set: {} }', 'Nothing'],
    ['  - { class: Declaration, of: Nobody, set: {} }', 'Nobody'],
    ['  - { class: Declaration, of: Response, set: { Nowhere: FunctionCode } }', 'Declaration.Nowhere'],
    ['  - { class: Declaration, of: Response, set: { ID: Nowhere } }', 'Response.Nowhere'],
    [
      '  - { class: Declaration, of: Response, set: {}, rows: [ { class: AdditionalInformation, of: Error, set: { StatementDescription: { text: Description, code: Nowhere } } } ] }',
      'Response/Error.Nowhere',
    ],
    ['  - { class: Declaration, of: Response, asked: Nobody, set: {} }', 'Nobody'],
    ['  - { class: Declaration, of: Response, asked: Declaration, set: { ID: FunctionalThing } }', 'Declaration.FunctionalThing'],
    ['  - { class: Declaration, of: Response, asked: Declaration, set: {}, rows: [ { class: Carrier, asked: Nobody, set: {} } ] }', 'Nobody'],
    ['  - { class: Declaration, of: Response, asked: Declaration, set: {}, rows: [ { class: AdditionalInformation, pointing: Nobody, set: {} } ] }', 'Nobody'],
    [
      '  - { class: Declaration, of: Response, set: {}, rows: [ { class: Pointer, of: Error, set: { ItemID: { text: Nowhere } } } ] }',
      'Response/Error.Nowhere',
    ],
  ];
  for (const [text, name] of wrong) {
    const { tables, findings } = read(text);
    t.equal(tables.length, 0);
    t.match(findings, [{ code: 'CONFIG_UNKNOWN_NAME', args: { name }, rule: { source: 'x.yaml' } }], name);
  }
  t.end();
});
