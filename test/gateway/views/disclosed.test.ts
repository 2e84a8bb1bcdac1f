import t from 'tap';
import { readArchive, sourceOf } from '../../../src/store/verify-archive.ts';
import { verifyBundle } from '../../../src/store/verify.ts';
import { sample, startGateway, type TestGateway, type Who } from '../../web/fixture.ts';

/** All that a caller is shown of a message, and of its interchange where it may see that. */
async function shownTo(gateway: TestGateway, who: Who, id: string): Promise<string> {
  const urls = ['', '/proof', '/evidence'].map((what) => `/v1/messages/${id}${what}`);
  const answers = await Promise.all([...urls, `/v1/interchanges/${id.split('-')[0]!}`].map((url) => gateway.call(who, 'GET', url)));
  return answers.map(({ body }) => body).join('\n');
}

t.test('that a message is kept for a case, and for which, is told to operators alone', async (t) => {
  const gateway = await startGateway(t);
  const { json } = await gateway.send('blue-anchor', sample('latin-1'));
  const id = `${json.id as string}-1`;
  for (const [url, note] of [
    ['hold', 'case 7 of the prosecutor'],
    ['hold/release', 'no case any more'],
  ] as const)
    t.equal((await gateway.call('operator', 'POST', `/v1/messages/${id}/${url}?note=${encodeURIComponent(note)}`)).status, 200);
  const told = /prosecutor|no case any|hold-released|kind\W+hold\b|Z +hold\b/; // in JSON, in JSON within JSON, in the custody sheet
  t.match(await shownTo(gateway, 'operator', id), /case 7 of the prosecutor[^]*no case any more/);
  for (const who of ['blue-anchor', 'customs'] as const) t.equal(told.exec(await shownTo(gateway, who, id))?.[0], undefined, who);
  const bundle = (await gateway.call('blue-anchor', 'GET', `/v1/messages/${id}/evidence`)).bytes;
  t.match(verifyBundle(sourceOf(bundle)), { ok: true }, 'what is left is whole');
});

t.test('an agency has in its bundle what it sent itself', async (t) => {
  const gateway = await startGateway(t);
  await gateway.send('blue-anchor', sample('rejected-by-customs'));
  const answer = sample('rejected-by-customs', 'answer.xml');
  const { json } = await gateway.send('customs', answer);
  const bundle = (await gateway.call('customs', 'GET', `/v1/messages/${json.id as string}-1/evidence`)).bytes;
  t.match(verifyBundle(sourceOf(bundle)), { ok: true, party: 'customs' });
  const shown = [...readArchive(sourceOf(bundle)).files].flatMap(([name, file]) => (name.startsWith('content/') ? [file.text()] : []));
  t.ok(shown.includes(answer.toString()), 'its answer, byte for byte');
});
