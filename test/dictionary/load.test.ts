import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { sentence } from '../../src/diagnostics/diagnostic.ts';
import { loadDictionary } from '../../src/dictionary/load.ts';
import { parseType, widest, writeType } from '../../src/dictionary/type.ts';
import { root, shared } from '../root.ts';
import { tables as files } from './instance.ts';

t.test('the dictionary that ships loads', (t) => {
  const { dictionary, findings } = loadDictionary(files);
  t.same(findings.map(sentence), []);
  t.equal(`${dictionary?.name}@${dictionary?.version}`, 'wco-dm@3.0.0');
  t.match(dictionary?.hash, /^[0-9a-f]{64}$/);
  t.same(
    dictionary?.roots.map((r) => r.name),
    ['Declaration', 'Response', 'MetaData'],
  );

  t.test('classes stand by index, parents before children, slots in order', (t) => {
    t.ok(dictionary!.classes.length > 500, `${dictionary!.classes.length} classes`);
    for (const [index, cls] of dictionary!.classes.entries()) {
      if (cls.index !== index || (cls.parent && cls.parent.index >= index)) t.fail(cls.path);
      cls.attributes.forEach((a, slot) => a.slot === slot || t.fail(a.path));
      if (dictionary!.class(cls.path) !== cls) t.fail(cls.path);
    }
    t.end();
  });

  // path, what is said of it
  const attributes: [string, string, string | undefined, string[], boolean][] = [
    ['Declaration.ID', 'identifier(70)', 'D014', [], true],
    ['Declaration/BorderTransportMeans.Name', 'text(70)', 'T005', ['160'], true],
    ['Declaration/Consignment/TransportContractDocument.ID', 'identifier(70)', 'D023', ['015'], true],
    ['Declaration/Consignment.TotalGrossMassMeasure', 'quantity(18,6)', '131', [], false],
    ['Declaration/Consignment/ConsignmentItem/TransportEquipment.CharacteristicCode', 'code(10)', '152', [], false],
    ['Declaration/Consignment/ConsignmentItem/TransportEquipment/Seal.ID', 'identifier(35)', '165', [], false],
    ['Declaration/Consignment/Consignor/Address.Line', 'text(175)', '239', [], true],
    ['Declaration/Consignment/Consignment/Consignment/ConsignmentItem/Packaging.MarksNumbersID', 'identifier(512)', '142', [], false],
    ['Response/Declaration.ID', 'identifier(70)', 'D014', [], true],
  ];
  for (const [path, type, wco, aliases, verified] of attributes) {
    const found = dictionary?.attribute(path);
    t.same(found && [writeType(found.type), found.wco, found.aliases, found.verified], [type, wco, aliases, verified], path);
  }
  t.equal(dictionary?.class('Declaration/Consignment')?.many, true, 'the laxest cardinality stands');
  t.same(dictionary?.class('Declaration/Consignment/Consignment')?.key, ['TransportContractDocument.ID']);
  t.equal(dictionary?.class('Declaration/Consignment/ConsignmentItem/TransportEquipment')?.refers, 'Declaration/TransportEquipment');
  t.ok(dictionary?.class('Declaration/Consignment/Consignment/Consignment'), 'three levels of consignments');
  t.notOk(dictionary?.class('Declaration/Consignment/Consignment/Consignment/Consignment'), 'and no fourth');
  t.ok(Object.isFrozen(dictionary) && Object.isFrozen(dictionary?.classes[0]));
  t.end();
});

t.test('what is wrong with a table is said at its row', (t) => {
  const head =
    '# dictionary d 1\n# source s\tS\npath\twco\taliases\ttded\ttype\tcard\tkey\trefers\tlike\tusage\tverified\tsource\ttitle\nA\t\t\t\tclass\t0..1\t\t\t\t\tyes\ts\t\nA.X\t\t\t\ttext(3)\t0..1\t\t\t\t\tyes\ts\t\n';
  const cases: [string, RegExp][] = [
    ['A.B\t\t\t\ttext\t0..1\t\t\t\t\tyes\ts\t', /`text` is no type/],
    ['A.B\t\t\t\tclass\t0..1\t\t\t\t\tyes\ts\t', /`A.B` is no path of a class/],
    ['A/b\t\t\t\tclass\t0..1\t\t\t\t\tyes\ts\t', /is no path of a class/],
    ['A.B\t\t\t\ttext(3)\t0..n\t\t\t\t\tyes\ts\t', /`0..n` is no cardinality here/],
    ['B/C\t\t\t\tclass\t0..1\t\t\t\t\tyes\ts\t', /the class above `B\/C` has no row before this one/],
    ['A.B\t\t\t\ttext(3)\t0..1\t\t\t\tXX\tyes\ts\t', /`XX` is no usage/],
    ['A.B\t\t\t\ttext(3)\t0..1\t\t\t\t\tmaybe\ts\t', /verified is yes, unverified or empty/],
    ['A.B\t\t\t\ttext(3)\t0..1\t\t\t\t\tyes\tz\t', /source `z` is not named/],
    ['A.X\t\t\t\tinteger(3)\t0..1\t\t\t\t\tyes\ts\t', /`A.X` is text elsewhere, not integer/],
    ['A/B\t\t\t\tclass\t0..1\tY\t\t\t\tyes\ts\t', /key `Y` of `A\/B` is no attribute of it/],
    ['A/B\t\t\t\tclass\t0..1\t\tA\t\t\tyes\ts\t', /refers to `A`, which is no class with a key/],
    ['A/B\t\t\t\tclass\t0..1\t\t\tC\t\tyes\ts\t', /is like `C`, which is no other class/],
    ['A/B\t\t\tclass\t0..1', /a row has 13 columns, here are 5/],
    ['A/X\t\t\t\tclass\t0..1\t\t\tA\t\tyes\ts\t\nA/Y\t\t\t\tclass\t0..1\t\t\tA\t\tyes\ts\t', /never ends/],
  ];
  for (const [rows, expected] of cases) {
    const { dictionary, findings } = loadDictionary([{ path: 't.tsv', text: head + rows + '\n' }]);
    t.equal(dictionary, undefined);
    t.match(findings.map(sentence).join('; '), expected);
    const place = findings[0]?.rule;
    t.ok(place && place.start >= head.length - 80, `has a place: ${rows.slice(0, 20)}`);
  }
  t.match(loadDictionary([{ path: 't.tsv', text: head.slice(head.indexOf('\n') + 1) }]).findings.map(sentence), [
    '0 files say `# dictionary NAME VERSION`, one must',
  ]);
  t.end();
});

t.test('what is added to a copy follows what it copies', (t) => {
  const cls = (path: string, like = ''): string => `${path}\t\t\t\tclass\t0..1\t\t\t${like}\t\tyes\ts\t\n`;
  const head = '# dictionary d 1\n# source s\tS\npath\twco\taliases\ttded\ttype\tcard\tkey\trefers\tlike\tusage\tverified\tsource\ttitle\n';
  const rows = cls('A') + cls('A/Seal') + cls('A/Measure') + cls('B', 'A') + cls('B/Detail') + cls('B/Measure') + cls('B/Measure/Detail');
  const { dictionary, findings } = loadDictionary([{ path: 't.tsv', text: head + rows }]);
  t.same(findings, []);
  t.same(
    dictionary?.class('B')?.classes.map(({ name }) => name),
    ['Seal', 'Measure', 'Detail'],
    'documents that were in order stay so',
  );
  t.end();
});

t.test('types are written as they are read, and the widest holds both', (t) => {
  for (const text of [
    'text(35)',
    'identifier(17)',
    'code(3)',
    'code(3,un/1001)',
    'integer(8)',
    'decimal(12,5)',
    'quantity(16,6)',
    'amount(18,3)',
    'datetime',
    'indicator',
  ]) {
    t.equal(writeType(parseType(text)!), text);
  }
  for (const text of ['text', 'text(0)', 'datetime(3)', 'decimal(3,5)', 'quantity(3)', 'integer(3,2)', 'float(3)', 'code(3,un 1001)', ''])
    t.equal(parseType(text), undefined, text);
  t.same(widest(parseType('quantity(15,0)')!, parseType('quantity(16,6)')!), parseType('quantity(21,6)'), '15 whole digits and 6 decimals');
  t.equal(widest(parseType('text(3)')!, parseType('datetime')!), undefined);
  t.end();
});

t.test('every citation resolves', { skip: shared === undefined ? 'the tables of facts are not here' : false }, (t) => {
  const table = (name: string) => {
    const [head = '', ...lines] = readFileSync(join(shared!, 'facts/wco-dictionary', name), 'utf8')
      .split('\n')
      .filter(Boolean);
    const names = head.split('\t');
    return lines.map((line) => Object.fromEntries(line.split('\t').map((cell, i) => [names[i]!, cell])) as Record<string, string>);
  };
  const sources = new Set(table('SOURCES.tsv').map((row) => row['source']));
  const ids = new Map(table('wco_ids.tsv').map((row) => [row['wco_id']!, row['id_status']!]));
  const facts = table('wco_elements_by_xpath.tsv');
  const at = new Set(
    facts.map(
      (row) =>
        `${row['source']}\t${row['xpath']!.replace(/^\/MetaData(?=\/(Declaration|Response)(\/|$))/, '')}\t${/^(NA|DMR)/.test(row['wco_id'] ?? '') ? '' : row['wco_id']}`,
    ),
  );
  const parents = new Set(
    facts.flatMap((row) =>
      row['xpath']!.split('/').map(
        (_, i, steps) =>
          `${row['source']}\t${steps
            .slice(0, i + 1)
            .join('/')
            .replace(/^\/MetaData(?=\/(Declaration|Response)(\/|$))/, '')}`,
      ),
    ),
  );
  const byClass = new Set(
    facts
      .filter((row) => row['source']!.startsWith('EU ICS2'))
      .map((row) => `${row['wco_class']!.replace('HouseConsignment', 'Consignment')} ${row['wco_id']}`),
  );
  const unpublished = new Map([
    ['gacc', 'secondary source'],
    ['ubl', 'aliases only'],
    ['un-d95b', 'widths only'],
    ['un', 'widths only'],
    ['cn', 'positions that samples show'],
    ['x12', 'positions only'],
    ['iata', 'positions only'],
    ['padis', 'positions only'],
    ['cargoxml', 'positions only'],
  ]); // named publications without rows here
  const used = new Set<string>();
  for (const file of files) {
    const keys = new Map<string, string>();
    for (const line of file.text.split('\n')) {
      const [, key, name] = /^# source ([\w-]+)\t([^\t]+)/.exec(line) ?? [];
      if (key && name) {
        keys.set(key, name);
        if (!unpublished.has(key) && !sources.has(name)) t.fail(`${key}: ${name} is not in SOURCES.tsv`);
      }
      if (line.startsWith('#') || line === '' || line.startsWith('path\t')) continue;
      const [path = '', wco = '', aliases = '', , type = '', , , , , , verified = '', source = ''] = line.split('\t');
      for (const id of [wco, ...aliases.split(' ').map((a) => a.replace('?', ''))]) used.add(id);
      if (wco && !ids.has(wco) && verified === 'yes') t.fail(`${path}: ${wco} is no identifier`);
      if (wco && ids.get(wco)?.startsWith('Dutch')) t.fail(`${path}: ${wco} is an extension`);
      for (const cited of source.split(' ').filter(Boolean)) {
        if (unpublished.get(cited)?.startsWith('positions') && verified === 'yes') t.fail(`${path}: what only ${cited} shows is not verified`);
        const xpath = `/${path.replace('.', '/')}`;
        if (cited === 'ics2') {
          const steps = path.split(/[/.]/);
          const owner = type === 'class' ? steps.at(-2)! : path.split('.')[0]!.split('/').at(-1)!;
          const found = [owner, 'CIS', '*', 'Consignment'].some((cls) => byClass.has(`${cls} ${wco}`));
          if (!found) t.fail(`${path}: ICS2 has no ${wco} in ${owner}`);
        } else if (
          !unpublished.has(cited) &&
          !at.has(`${keys.get(cited)}\t${xpath}\t${wco}`) &&
          !(type === 'class' && parents.has(`${keys.get(cited)}\t${xpath}`))
        ) {
          t.fail(`${path}: ${cited} has no ${wco} there`);
        }
      }
    }
  }
  // Two types of the published data sets are used at no position; the older numbers of UBL have no representation.
  const missing = [...ids].filter(([id, status]) => status.startsWith('WCO') && !used.has(id)).map(([id]) => id);
  t.same(missing, ['346', '448'], 'every identifier that stands at a position has an entry');
  t.end();
});

t.test('the generated tables are what bin/make-dictionary.mjs makes', { skip: shared === undefined ? 'the tables of facts are not here' : false }, (t) => {
  const out = t.testdir();
  execFileSync(process.execPath, [join(root, 'bin/make-dictionary.mjs'), join(shared!, 'facts/wco-dictionary'), out]);
  for (const name of ['dm3.tsv', 'extension-nl.tsv']) t.equal(readFileSync(join(out, name), 'utf8'), files.find(({ path }) => path.endsWith(name))?.text, name);
  t.end();
});

t.test('what an agency added is flagged, and so is all below it; what the model has is not', (t) => {
  const { dictionary } = loadDictionary(files);
  t.equal(dictionary?.class('Declaration/Authorisation')?.extension, 'nl');
  t.equal(dictionary?.attribute('Declaration/Authorisation/AuthorisationHolder.ID')?.extension, 'nl');
  t.equal(dictionary?.attribute('Declaration/GoodsShipment.TransactionNatureCode')?.extension, undefined);
  t.same(dictionary?.attribute('Declaration.TypeCode')?.usage, ['IM', 'EX', 'CRI', 'CRE', 'CONV', 'TRT']);
  t.equal(dictionary?.attribute('Declaration.TypeCode')?.tded, '1001');
  t.end();
});
