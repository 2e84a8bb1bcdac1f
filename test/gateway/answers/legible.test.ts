import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { sentence } from '../../../src/diagnostics/diagnostic.ts';
import { loadConfigurationFolder } from '../../../src/gateway/library/library.ts';
import { translate } from '../../../src/gateway/translation/translate.ts';
import type { Agreement } from '../../../src/partners/partner.ts';
import { library } from '../../library.ts';
import { root } from '../../root.ts';

// What a sender reads of its own errors is in letters that it can read: those it wrote in, else those that have all; and what no text can hold is told.

const loaded = loadConfigurationFolder(join(root, 'samples/gateway'), library).configuration!;
const [partner] = loaded.partners;

const input = (name: string, from: string | RegExp, to: string, encoding: 'latin1' | 'utf8'): Buffer =>
  Buffer.from(readFileSync(join(root, 'test/cases', name), 'latin1').replaceAll(new RegExp(from, 'g'), to), encoding);

/** What is answered to it by who agreed so: the acknowledgement and the report, as they are read, and what the report has not. */
function answers(bytes: Buffer, agreement: Partial<Agreement>, encoding: 'latin1' | 'utf8') {
  const configuration = { ...loaded, partners: [{ ...partner!, agreement: { ...partner!.agreement, ...agreement } }] };
  const made = translate({ id: '01JD0000000000000000000001', partner: partner!.id, receivedAt: '2026-11-21T08:30:00.000Z', bytes }, library, configuration);
  const [{ reply, errors } = { reply: undefined, errors: undefined }] = made.interchanges;
  const text = (one: Uint8Array | undefined): string => Buffer.from(one ?? []).toString(encoding);
  return { reply: text(reply), errors: text(errors?.bytes), lost: errors?.findings.map((each) => `${each.severity} ${sentence(each)}`) };
}

const x12: Partial<Agreement> = {
  x12: { groups: '997' },
  tolerance: { X12_TOO_LONG: 'error', X12_CHAR_TYPE: 'warning' },
  errors: [{ map: 'x12/824/4010', codes: { other: '024' } }],
};
const edifact: Partial<Agreement> = { contrl: 'always', errors: [{ map: 'un/aperak/d96a', codes: { other: '12' } }] };

t.test('where the syntax declares no charset, an answer is written in the one that its subject shows', (t) => {
  for (const encoding of ['latin1', 'utf8'] as const) {
    const long = input('x12-element-too-long/input.x12', 'BLUEX', 'BLUÉX', encoding);
    t.match(answers(long, x12, encoding).reply, '~AK4*1*140*5*BLUÉX~', `the copy of what is too long: ${encoding}`);
    const weight = input('x12-content-weight/input.x12', '4\\.5', '4é5', encoding);
    const { errors, lost } = answers(weight, x12, encoding);
    t.match(errors, 'MAP_VALUE: `4é5` cannot be read', `the report: ${encoding}`);
    t.same(lost, []);
    const agreed = answers(weight, { ...x12, encoding: { identifier: 'UNOY' } }, 'utf8');
    t.match(agreed.errors, 'MAP_VALUE: `4é5` cannot be read', `unless another was agreed: ${encoding}`);
  }
  t.end();
});

t.test('a report has all letters of the values that it quotes', (t) => {
  const chinese = input('content-date-impossible/input.edi', '202613450925', '貨物', 'utf8');
  const { errors, lost } = answers(chinese, edifact, 'utf8');
  t.match(errors, /^UNB\+UNOY:3\+.*`貨物`/s);
  t.same(lost, []);
  const agreed = answers(chinese, { ...edifact, encoding: { identifier: 'UNOC' } }, 'latin1');
  t.match(agreed.errors, /^UNB\+UNOC:3\+.*`\?\?\?\?`/s, 'unless another charset was agreed');
  t.match(
    agreed.lost,
    [/^error `貨`, character \d+ of a value in FTX, cannot be written in UNOC \(iso-8859-1\)$/, /^error `物`/],
    'and then it is said what it has not',
  );
  t.end();
});

t.test('a separator in a value that a report quotes is a blank in it, and that is said', (t) => {
  const other = readFileSync(join(root, 'test/cases/x12-content-weight/input.x12'), 'latin1').replaceAll('*', '|').replace('4.5', '4*5');
  const { errors, lost } = answers(Buffer.from(other, 'latin1'), x12, 'latin1');
  t.match(errors, 'MAP_VALUE: `4 5` cannot be read: `4 5` is not a whole number~');
  t.same(lost, ['warning `*` of Response/Error.Description is a separator and cannot be written']);
  t.end();
});

t.test('each group is acknowledged in its own version', (t) => {
  const two = input('x12-second-group-at-fault/input.x12', 'GS\\*(.*)\\*439\\*X\\*004010', 'GS*$1*439*X*005020', 'latin1');
  const { reply } = answers(two, x12, 'latin1');
  t.same(reply.match(/(?<=~GS\*FA\*.*)X\*\d+(?=~)/g), ['X*004010', 'X*005020']);
  t.match(reply, /~AK1\*AQ\*438~.*~AK1\*AQ\*439\*005020~/s, 'and named as that version has it');
  t.end();
});
