import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { main } from '../../src/cli/main.ts';
import { loadConfigurationFolder } from '../../src/gateway/library/library.ts';
import { invoiceText, monthAfter, type Invoice } from '../../src/gateway/views/invoices.ts';
import { tariffFor, type Tariff } from '../../src/partners/tariffs.ts';
import { root } from '../root.ts';
import { library, sample, startGateway } from './fixture.ts';

const month = new Date().toISOString().slice(0, 7);

const standard = `
tariff: standard
name: Standard
currency: EUR
from: 2020-01
lines:
  - { line: base, text: Connection, unit: month, price: "25" }
  - { line: messages, text: Messages received, unit: message, price: "0.105", included: 1 }
  - { line: documents, text: Bills, unit: document, price: "0.02", types: [CUSCAR] }
  - { line: volume, text: Kilo-characters, unit: kilo-character, price: "0.000125" }
  - { line: customs, text: Handed over to customs, unit: delivery, price: "0.5", agencies: [customs] }
`;

function withTariff(text: string): (config: string) => void {
  return (config) => {
    mkdirSync(join(config, 'tariffs'), { recursive: true });
    writeFileSync(join(config, 'tariffs', 'standard.yaml'), text);
  };
}

t.test('the lines of a month, by the log and the tariff of that month', async (t) => {
  const gateway = await startGateway(t, withTariff(standard));
  for (const name of ['two-bills', 'forty-containers', 'wrong-structure']) await gateway.send('blue-anchor', sample(name));
  const url = `/v1/invoices/blue-anchor/${month}`;
  const { status, json, body } = await gateway.call('operator', 'GET', url);
  t.equal(status, 200);
  const made = json as Invoice;
  t.same(
    made.lines.map(({ line, quantity, charged, amount }) => [line, quantity, charged, amount]),
    [
      ['base', 1, 1, '25.00'],
      ['messages', 3, 2, '0.21'],
      ['documents', 10, 10, '0.20'],
      ['volume', 7, 7, '0.00'], // a tenth of a cent
      ['customs', 2, 2, '1.00'],
    ],
  );
  t.equal(made.total, '26.41');
  t.equal(body, invoiceText(made), 'as RFC 8785 writes it');
  t.match(made, { state: 'open', partner: 'blue-anchor', month, tariff: { tariff: 'standard' }, log: { first: 0, checkpoint: null } });
  t.equal((await gateway.call('blue-anchor', 'GET', url)).status, 200, 'its own');
  t.equal((await gateway.call('quay-net', 'GET', url)).status, 403);
  t.equal((await gateway.call('customs', 'GET', url)).status, 403);
  const untold = { status: 404, json: { code: 'PARTNER_NO_TARIFF', detail: /^No tariff prices 2019-12/ } };
  t.match(await gateway.call('operator', 'GET', '/v1/invoices/blue-anchor/2019-12'), untold, 'no tariff was in force');
  for (const nobody of ['blue-ancor', 'blue_anchor', 'customs'])
    t.match(
      await gateway.call('operator', 'GET', `/v1/invoices/${nobody}/${month}`),
      { status: 404, json: { code: 'PARTNER_UNKNOWN' } },
      `${nobody}: no partner`,
    );

  // Another month, of which the log has nothing: closed, and the same bytes each time.
  const past = `/v1/invoices/blue-anchor/2020-03`;
  const first = await gateway.call('operator', 'GET', past);
  t.match(first.json, { state: 'closed', lines: [{ quantity: 1 }, { quantity: 0 }], total: '25.00' });
  await gateway.send('blue-anchor', sample('latin-1'));
  t.equal((await gateway.call('operator', 'GET', past)).body, first.body);

  // Counted anew from the entries, beside the gateway.
  const folder = mkdtempSync(join(tmpdir(), 'portolan-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'invoice.json');
  const verify = async (text: string): Promise<{ readonly code: number; readonly told: string }> => {
    writeFileSync(file, text);
    const told: string[] = [];
    const code = await main(['invoice', 'verify', file, '--data', gateway.data], {
      out: (line) => void told.push(String(line)),
      tell: (line) => void told.push(line),
    });
    return { code, told: told.join('') };
  };
  const now = (await gateway.call('operator', 'GET', url)).body;
  t.match(await verify(now), { code: 0, told: /^verified/ });
  t.match(await verify(now.replace('"quantity":4', '"quantity":5')), { code: 1, told: /^NOT what the log says/ }, 'a figure that the log does not bear');
  const { items } = (await gateway.call('operator', 'GET', '/v1/messages')).json;
  const [{ id }] = items;
  await gateway.gateway.store.commit({ records: [{ kind: 'erased', refs: [{ kind: 'all', id }] }], erase: [{ owner: id, what: 'all' }] });
  const { code, told } = await verify((await gateway.call('operator', 'GET', url)).body);
  t.match({ code, told }, { code: 1, told: /^NOT to be verified: .*; \d+ records of the month were erased/ }, 'what was erased is no forgery');
});

t.test('which tariff is in force', async (t) => {
  const tariff = (name: string, from: string, more: Partial<Tariff> = {}): Tariff => ({ tariff: name, name, currency: 'EUR', from, lines: [], ...more });
  const all = [tariff('old', '2025-01'), tariff('new', '2026-04'), tariff('own', '2026-01', { partners: ['line'], until: '2026-06' })];
  const inForce: readonly (readonly [partner: string, month: string, expected: string | undefined])[] = [
    ['rail', '2024-12', undefined],
    ['rail', '2025-01', 'old'],
    ['rail', '2026-03', 'old'],
    ['rail', '2026-04', 'new'],
    ['line', '2025-12', 'old'],
    ['line', '2026-06', 'own'],
    ['line', '2026-07', 'new'],
  ];
  for (const [partner, month, expected] of inForce) t.equal(tariffFor(all, partner, month)?.tariff, expected, `${partner} in ${month}`);
  t.equal(monthAfter('2026-12'), '2027-01');
  t.equal(monthAfter('2026-09'), '2026-10');
});

t.test('a tariff is checked like all configuration: with line and column', async (t) => {
  const checked = (text: string): readonly string[] => {
    const config = mkdtempSync(join(tmpdir(), 'portolan-'));
    t.teardown(() => rmSync(config, { recursive: true, force: true }));
    cpSync(join(root, 'samples/gateway'), config, { recursive: true });
    withTariff(text)(config);
    return loadConfigurationFolder(config, library).findings.flatMap(({ code, rule }) => (rule?.source.includes('tariffs') ? [`${code} ${rule.source}`] : []));
  };
  t.same(checked(standard), []);
  t.match(checked(`${standard}partners: [nobody]\n`), [/^CONFIG_UNKNOWN_NAME .*tariffs\/standard\.yaml/]);
  t.match(checked(standard.replace('"0.105"', '0.105')), [/^CONFIG_.*tariffs\/standard\.yaml/], 'a price is a text: no price is rounded unseen');
});
