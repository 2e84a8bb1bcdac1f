import t from 'tap';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sample, startGateway } from './fixture.ts';

t.test('a media type that disagrees with the bytes is told, and the bytes are read', async (t) => {
  const gateway = await startGateway(t);
  const wrong = await gateway.send('blue-anchor', sample('two-bills'), { 'content-type': 'application/xml; charset=utf-8' });
  t.match(wrong, { status: 202, json: { outcome: { state: 'processed' } } });
  t.match(
    wrong.json.outcome.findings.map(({ code, message }: { code: string; message: string }) => `${code} ${message}`),
    ['SYNTAX_LABEL the media type `application/xml; charset=utf-8` says xml, the bytes are edifact'],
  );
});

t.test('so is what was agreed', async (t) => {
  const gateway = await startGateway(t, (config) => {
    const file = join(config, 'partners/blue-anchor.yaml');
    const text = readFileSync(file, 'utf8');
    writeFileSync(
      file,
      /^agreement:/m.test(text) ? text.replace(/^agreement:\n/m, 'agreement:\n  syntaxes: [xml]\n') : `${text}agreement:\n  syntaxes: [xml]\n`,
    );
  });
  const { json } = await gateway.send('blue-anchor', sample('two-bills'));
  t.match(json.outcome.findings, [{ code: 'SYNTAX_LABEL', message: 'the agreement `xml` says xml, the bytes are edifact' }]);
});
