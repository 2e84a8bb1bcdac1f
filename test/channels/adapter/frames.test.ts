import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import t from 'tap';
import { failures, readFrame } from '../../../src/channels/adapter/frames.ts';
import { codes } from '../../../src/diagnostics/codes.ts';
import { root } from '../../root.ts';

const schema = JSON.parse(readFileSync(join(root, 'schemas/channels/adapter.schema.json'), 'utf8')) as {
  $defs: { said: { properties: { failure: { enum: string[] } } } };
};
const validate = new Ajv2020({ strict: true, strictRequired: false, allErrors: true }).compile(schema);
const body = { size: 1, sha256: 'a'.repeat(64), base64: 'QQ==' };

t.test('the schema that is published and the reader say the same of what an adapter says', (t) => {
  const right: readonly object[] = [
    { type: 'ready', protocol: 'portolan-adapter/1', name: 'x', version: '1', window: 0 },
    { type: 'outcome', delivery: 'D-1', state: 'delivered' },
    { type: 'outcome', delivery: 'D-1', state: 'sent', more: 'of a later version' },
    { type: 'outcome', delivery: 'D-1', attempt: 2, state: 'delivered' },
    { type: 'outcome', delivery: 'D-1', state: 'failed', failure: 'busy', reason: '', retryAfter: 3 },
    { type: 'receipt', delivery: 'D-1', state: 'delivered', proof: { ...body, media: 'a/b' } },
    { type: 'arrival', key: 'k', body },
    { type: 'arrival', key: 'k', body: { size: 1, sha256: body.sha256, file: 'a-b.c_d' }, media: 'a/b', name: 'n' },
    { type: 'error', reason: '' },
  ];
  const wrong: readonly object[] = [
    { type: 'ready', protocol: 'portolan-adapter/1', name: 'x', version: '1' },
    { type: 'ready', protocol: 'portolan-adapter/1', name: 'x', version: '1', window: 1.5 },
    { type: 'outcome', delivery: 'D 1', state: 'delivered' },
    { type: 'outcome', delivery: 'D-1' },
    { type: 'outcome', delivery: 'D-1', state: 'done' },
    { type: 'outcome', delivery: 'D-1', attempt: 0, state: 'delivered' },
    { type: 'outcome', delivery: 'D-1', state: 'failed' },
    { type: 'outcome', delivery: 'D-1', state: 'failed', failure: 'other' },
    { type: 'outcome', delivery: 'D-1', state: 'failed', failure: 'busy', retryAfter: -1 },
    { type: 'receipt', delivery: 'D-1', state: 'sent' },
    { type: 'receipt', delivery: 'D-1', state: 'delivered', proof: body },
    { type: 'arrival', key: '', body },
    { type: 'arrival', key: 'k' },
    { type: 'arrival', key: 'k', body: { ...body, file: 'both' } },
    { type: 'arrival', key: 'k', body: { size: 1, sha256: body.sha256 } },
    { type: 'arrival', key: 'k', body: { ...body, sha256: 'A'.repeat(64) } },
    { type: 'arrival', key: 'k', body: { size: 1, sha256: body.sha256, file: '../up' } },
    { type: 'arrival', key: 'k', body: { size: 1, sha256: body.sha256, file: '.hidden' } },
    { type: 'error' },
  ];
  for (const frame of right) {
    t.same(readFrame(JSON.stringify(frame)), frame, JSON.stringify(frame));
    t.ok(validate(frame), `${JSON.stringify(frame)}: ${JSON.stringify(validate.errors)}`);
  }
  for (const frame of wrong) {
    t.type(readFrame(JSON.stringify(frame)), 'string', JSON.stringify(frame));
    t.notOk(validate(frame), JSON.stringify(frame));
  }
  t.equal(readFrame('{"type":"weather"}'), undefined, 'a type of a later version');
  for (const line of ['', '{', '[]', 'null', '1', '{}', '{"type":1}']) t.type(readFrame(line), 'string', line);
  t.end();
});

t.test('the failures are those of the schema, and codes of the register', (t) => {
  t.same(Object.keys(failures), schema.$defs.said.properties.failure.enum);
  for (const code of Object.values(failures)) t.ok(codes[code]);
  t.end();
});
