import { join } from 'node:path';
import t from 'tap';
import { DeviationCounts } from '../../src/gateway/translation/deviation-counts.ts';
import { loadConfigurationFolder } from '../../src/gateway/library/library.ts';
import { translate, type Translation } from '../../src/gateway/translation/translate.ts';
import type { Configuration } from '../../src/partners/config.ts';
import type { Agreement } from '../../src/partners/partner.ts';
import type { AnswerProfile } from '../../src/partners/profile.ts';
import { library } from '../maps/fixture.ts';
import { root } from '../root.ts';

const lines = (...each: readonly string[]): string => each.map((line) => `${line}\r\n`).join('');
const heading = lines('QU PORTOLAN', '.BLUEANCHOR 201000');
const good = lines('FSU/14', '160-12345675HKGLHR/T3K75.0', 'RCS/14NOV1030/HKG/T3K75.0/PEARL RIVER');
const bad = lines('FSU/14', '160-12345676HKGLHR/T3K75.0');
const slanted = lines('FSU/14', '160-12345675HKGLHR/T3K75.0', 'BKD/CX/0255/16NOV/HKG/LHR');

await library().loadSchemas();
const loaded = loadConfigurationFolder(join(root, 'samples/gateway'), library()).configuration!;

/** What becomes of a file of `blue-anchor`, who agreed on this. */
function send(text: string, agreement: Partial<Agreement>, receivedAt = '2026-11-21T08:30:00.000Z'): Translation {
  const configuration: Configuration = {
    ...loaded,
    partners: loaded.partners.map((each) => (each.id === 'blue-anchor' ? { ...each, agreement: { ...each.agreement, ...agreement } } : each)),
  };
  return translate({ id: '01JD0000000000000000000000', partner: 'blue-anchor', receivedAt, bytes: Buffer.from(text, 'latin1') }, library(), configuration);
}

const replyOf = ({ interchanges }: Translation): string => interchanges.map(({ reply }) => (reply ? Buffer.from(reply).toString('latin1') : 'none')).join('');

t.test('what is rejected comes back as was agreed', async (t) => {
  t.equal(replyOf(send(heading + bad, {})), 'none', 'nothing was agreed');
  const rejected = replyOf(send(heading + bad, { fna: 'errors' }));
  t.match(rejected, /^FNA\/1\r\nACK\/CARGOIMP-CHECK-DIGIT LINE 2 AWB\r\n/m);
  t.ok(rejected.endsWith(bad), 'as it was received');
  t.equal(replyOf(send(heading + good, { fna: 'errors' })), 'none');
  t.match(replyOf(send(heading + good, { fna: 'always' })), /FMA\r\nACK\/MESSAGE ACCEPTED\r\nFSU\/14\r\n/);
  t.match(
    replyOf(send(good.replace('FSU/14', 'FSU/99'), { fna: 'errors' })),
    /ACK\/CARGOIMP-MESSAGE-UNKNOWN LINE 1 FSU|ACK\/MAP-NONE/,
    'nor what no grammar knows',
  );
});

t.test('what its data breaks is told beside what its lines break', async (t) => {
  const wrong = lines('FSU/14', '160-12345675HKGLHR/T3K75.0', 'RCS/14NOV1030/XX1/T3K75.0');
  t.match(replyOf(send(wrong, { fna: 'errors' })), /^FNA\/1\r\nACK\/[A-Z-]+ LINE 3 STS/);
});

t.test('an agency answers so too: which message it is about, and what it means', async (t) => {
  const answers: AnswerProfile = {
    maps: ['iata/fna', 'iata/fma'],
    names: [{ path: 'Response.OriginalReferenceID', as: 'Declaration/Consignment/TransportContractDocument.ID' }],
    verdict: [{ path: 'Response.FunctionCode', values: { '27': 'rejected', '44': 'accepted' } }],
  };
  const configuration: Configuration = { ...loaded, agencies: loaded.agencies.map((each) => (each.id === 'customs' ? { ...each, answers: [answers] } : each)) };
  const decisions = (text: string): unknown[] =>
    translate(
      { id: '01JD0000000000000000000000', partner: 'customs', receivedAt: '2026-11-21T08:30:00.000Z', bytes: Buffer.from(text) },
      library(),
      configuration,
    )
      .interchanges.flatMap(({ messages }) => messages)
      .map(({ state, decisions: [decision] = [] }) => [state, decision?.verdict, decision?.names.map(({ value }) => value)]);
  const rejected = lines('FNA/1', 'ACK/NO SUCH MASTER', 'FHL/5', 'MBI/160-12345675HKGLHR/T3K75.0');
  const accepted = lines('FMA', 'ACK/PROCESSED') + good;
  t.same(decisions(`${rejected}\r\n${accepted}`), [
    ['answer', 'rejected', ['160-12345675']],
    ['answer', 'accepted', ['160-12345675']],
  ]);
  const ours = replyOf(send(heading + bad, { fna: 'errors' })).replace(/^QU[^]*?(?=FNA)/, '');
  t.same(decisions(ours), [['answer', 'rejected', ['160-12345676']]], 'what we write is read so too');
});

const register = (verdict: 'accepted' | 'refused', more: { readonly until?: string; readonly message?: string } = {}): Partial<Agreement> => ({
  deviations: [{ name: 'slants-between-fields', rule: 'a flight has no slant inside', seen: 'BKD/CX/0255/', verdict, ...more }],
});
const said = (translation: Translation): string[] =>
  translation.interchanges.flatMap(
    ({ messages }) =>
    messages.flatMap(({ state, findings }) => [state, ...findings.filter(({ code }) => /DEVIATION/.test(code)).map(({ code, args }) => `${code} ${args['until'] ?? ''}`.trim())]), // prettier-ignore
  );

t.test('the register of deviations decides, until the day that was agreed', async (t) => {
  t.same(said(send(slanted, {})), ['translated', 'CARGOIMP_DEVIATION'], 'not in the register');
  t.same(said(send(slanted, register('accepted', { until: '2026-11-21' }))), ['translated', 'DEVIATION_ACCEPTED 2026-11-21'], 'on the last day');
  t.same(said(send(slanted, register('accepted', { until: '2026-11-20' }))), ['rejected', 'DEVIATION_EXPIRED 2026-11-20']);
  t.same(said(send(slanted, register('accepted'))), ['translated', 'DEVIATION_ACCEPTED further notice']);
  t.same(said(send(slanted, register('refused'))), ['rejected', 'DEVIATION_REFUSED further notice']);
  t.same(said(send(slanted, register('refused', { message: 'FSU/15' }))), ['translated', 'CARGOIMP_DEVIATION'], 'of another message');
  t.same(said(send(slanted, register('refused', { message: 'FSU/14' }))), ['rejected', 'DEVIATION_REFUSED further notice']);
  t.same(said(send(slanted, { ...register('refused'), tolerance: { DEVIATION_REFUSED: 'warning' } })), ['translated', 'DEVIATION_REFUSED further notice']);
  t.match(replyOf(send(slanted, { ...register('refused'), fna: 'errors' })), /^FNA\/1\r\nACK\/DEVIATION-REFUSED LINE 3 STS\r\n/, 'and the partner is told');
});

t.test('deviations are counted by the message', async (t) => {
  const counts = new DeviationCounts();
  counts.count('blue-anchor', send(`${slanted}BKD/CX/0256/16NOV/HKG/LHR\r\n\r\n${slanted}`, register('accepted')));
  counts.count('blue-anchor', send(slanted, register('refused')));
  counts.count('quay-net', send(slanted, {}));
  counts.count('quay-net', send(good, {}));
  t.same(counts.all, [
    { partner: 'blue-anchor', deviation: 'slants-between-fields', verdict: 'accepted', messages: 2 },
    { partner: 'blue-anchor', deviation: 'slants-between-fields', verdict: 'refused', messages: 1 },
    { partner: 'quay-net', deviation: 'slants-between-fields', verdict: 'unknown', messages: 1 },
  ]);
});

t.test('the grammars say which deviations there are', async (t) => {
  t.same(library().grammars.deviations, ['blank-for-line-break', 'continued-without-slant', 'error-line', 'slants-between-fields', 'status-without-quantity']);
});
