import t from 'tap';
import { read } from '../syntax/edifact/read.ts';
import { cuscar } from './generate.ts';

t.test('the generated manifests are in order, by the directory and by their own counts', (t) => {
  const chunks = [...cuscar({ bills: 230, perMessage: 100 })];
  const { findings, messages, units } = read(chunks, { structure: true });
  t.same(findings, []);
  t.equal(messages.length, 3);
  t.match(messages[0], { type: 'CUSCAR', directory: 'D95B', association: 'LOT10' });
  t.equal(units.filter((unit) => unit.startsWith('CNI')).length, 230);
  t.end();
});

t.test('the same arguments give the same bytes', (t) => {
  t.ok(Buffer.concat([...cuscar({ bills: 50, perMessage: 20 })]).equals(Buffer.concat([...cuscar({ bills: 50, perMessage: 20 })])));
  t.notOk(Buffer.concat([...cuscar({ bills: 50, perMessage: 20 })]).equals(Buffer.concat([...cuscar({ bills: 50, perMessage: 20, seed: 2 })])));
  t.end();
});
