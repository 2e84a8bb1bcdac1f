import t from 'tap';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sentence } from '../../src/diagnostics/diagnostic.ts';
import { randomRows } from '../../src/maps/generate.ts';
import { seeded } from '../../src/maps/generate-values.ts';
import { normalForm } from '../../src/maps/normal-form.ts';
import type { Parsed } from '../../src/maps/parse.ts';
import type { Plan } from '../../src/maps/plan.ts';
import { produce } from '../../src/gateway/translation/produce.ts';
import { readBytes } from '../../src/gateway/translation/syntax.ts';
import { library, plan } from '../maps/fixture.ts';
import { shared } from '../root.ts';

// The laws themselves are tried in test/maps/laws; here is what real messages and broken ones say of them.

const around = { sender: 'A', recipient: 'B', preparedAt: '260101:0000', reference: '1' };

function read(bytes: Uint8Array, map?: Plan): { parsed: Parsed; errors: string[] } {
  let parsed: Parsed | undefined;
  const errors: string[] = [];
  const note = (found: readonly { severity: string }[]) =>
    void errors.push(...(found as Parameters<typeof sentence>[0][]).filter(({ severity }) => severity === 'error' || severity === 'fatal').map(sentence));
  note(
    readBytes(
      library(),
      bytes,
      { message: (message) => ((parsed ??= message.parsed), note(message.findings)), interchangeEnd: (_, found) => note(found) },
      map ? { plan: map } : {},
    ),
  );
  if (!parsed) throw new Error(`nothing was read: ${errors.join('; ')}`);
  return { parsed, errors };
}

t.before(() => library().loadSchemas());

t.test('a message that breaks its schema or directory is not called valid', async (t) => {
  const xml = plan('wco/cri/3');
  const rows = randomRows(xml, seeded(1));
  const root = rows.roots()[0]!;
  const type = rows.class(root).attributes.find(({ name }) => name === 'FunctionCode')!;
  rows.set(root, type.slot, 'far too long for a code');
  const found = produce(library(), xml, rows, around).findings.find(({ severity }) => severity === 'error');
  t.match(found?.data?.xpath, /FunctionCode/);
  t.match(
    found?.cause,
    { code: 'MAP_STATED', args: { path: 'Declaration.FunctionCode', value: 'far too long for a code' } },
    'and the finding leads to the value',
  );
});

t.test(
  'the manifest of a real sender becomes valid XML, and comes back with the same facts',
  { skip: shared === undefined && 'the corpus is not here' },
  async (t) => {
    const file = join(shared!, 'corpus/edifact-customs/chrishumphreys__edifact-cuscar-tools/sample-edifact/simple.edi');
    const { parsed, errors } = read(readFileSync(file));
    t.same(errors, [], 'its wrong UNT count is a warning');
    t.same({ ...parsed.account }, { total: 96, bound: 68, selector: 16, fixed: 8, derived: 4, ignored: 0, lost: 0 });
    const produced = produce(library(), plan('wco/cri/3'), parsed.rows, around);
    t.same(produced.findings.map(sentence), [], 'valid against the schema of the dictionary');
    t.same(
      produced.losses.map(({ path, value }) => `${path} ${value}`),
      ['Declaration/Party.$carry.C082.1131 172', 'Declaration/Party.$carry.C082.3055 20'],
      'only what is private to EDIFACT is lost, and said to be',
    );
    const back = read(produced.bytes);
    const lost = new Set(produced.losses.flatMap(({ fact }) => (fact === undefined ? [] : [fact])));
    t.equal(normalForm(back.parsed.rows), normalForm(withoutCarried(parsed), lost));
  },
);

/** The facts without what is private to the format. */
function withoutCarried({ rows }: Parsed): Parsed['rows'] {
  for (const { row, ...each } of rows.carried) rows.shed(row, each);
  return rows;
}
