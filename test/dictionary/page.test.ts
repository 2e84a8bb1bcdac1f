import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { entries, entriesAt, search } from '../../src/dictionary/entries.ts';
import { dictionaryPage } from '../../src/dictionary/page.ts';
import { root } from '../root.ts';
import { dictionary } from './instance.ts';

t.test('DICTIONARY.md is what the tables make it', (t) => {
  const path = join(root, 'schemas/wco/DICTIONARY.md');
  const text = dictionaryPage(dictionary);
  if (process.env['PORTOLAN_GOLDEN'] === 'write') writeFileSync(path, text);
  t.equal(readFileSync(path, 'utf8'), text, 'stale: run `npm run golden` and review the difference');
  t.end();
});

t.test('an entry is found by name, title, id and number, the id first', (t) => {
  t.equal(search(dictionary, '165')[0]?.path.endsWith('Seal.ID'), true, 'WCO id');
  t.ok(
    search(dictionary, '015').some(({ path }) => path.endsWith('TransportContractDocument.ID')),
    'an id of an older generation',
  );
  t.ok(
    search(dictionary, 'gross weight').some(({ path }) => path === 'Declaration.TotalGrossMassMeasure'),
    'a title',
  );
  t.ok(
    search(dictionary, 'sealingparty').some(({ path }) => path === 'Declaration/TransportEquipment/Seal.SealingPartyCode'),
    'a name, in any case of letters',
  );
  t.same(search(dictionary, 'no such thing'), []);
  t.same(
    entriesAt(dictionary, 'Declaration/Authentication').map(({ path, verified }) => [path, verified]).slice(0, 2), // prettier-ignore
    [['Declaration/Authentication', true], ['Declaration/Authentication.Authentication', true]], // prettier-ignore
  );
  t.match(entriesAt(dictionary, 'Declaration/Authorisation')[0], { type: 'class', card: '0..n', extension: 'nl', wco: '' });
  t.match(entriesAt(dictionary, 'Declaration/Person.FamilyName'), [{ type: 'text(70)', verified: false, extension: '' }]);
  t.same(entriesAt(dictionary, 'Declaration/Nothing'), []);
  const attributes = dictionary.classes.reduce((sum, cls) => sum + cls.attributes.length, 0);
  t.equal([...entries(dictionary)].length, dictionary.classes.length + attributes, 'all are exported');
  t.end();
});
