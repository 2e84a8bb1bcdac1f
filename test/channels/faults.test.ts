import { once } from 'node:events';
import { get } from 'node:http';
import { connect, createServer, type AddressInfo } from 'node:net';
import t from 'tap';
import { networkFault, retryAfter, settingsFault, statusFault, stopped } from '../../src/channels/faults.ts';
import { codes, type Code } from '../../src/diagnostics/codes.ts';
import { finding, sentence } from '../../src/diagnostics/diagnostic.ts';

const named = (code: string): Error => Object.assign(new Error('…'), { code });

t.test('what Node calls an error, and the code that decides what becomes of the delivery', (t) => {
  const table: readonly (readonly [name: string, code: Code, retry: string])[] = [
    ['ECONNREFUSED', 'SEND_UNREACHABLE', 'backoff'],
    ['ENOTFOUND', 'SEND_UNREACHABLE', 'backoff'],
    ['EAI_AGAIN', 'SEND_UNREACHABLE', 'backoff'],
    ['EHOSTUNREACH', 'SEND_UNREACHABLE', 'backoff'],
    ['ECONNRESET', 'SEND_INTERRUPTED', 'backoff'],
    ['EPIPE', 'SEND_INTERRUPTED', 'backoff'],
    ['ETIMEDOUT', 'SEND_TIMEOUT', 'backoff'],
    ['CERT_HAS_EXPIRED', 'SEND_TLS_DATES', 'after-fix'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'SEND_TLS', 'after-fix'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'SEND_TLS', 'after-fix'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'SEND_TLS', 'after-fix'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'SEND_TLS', 'after-fix'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'SEND_AUTH', 'after-fix'],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'SEND_AUTH', 'after-fix'],
    ['HPE_INVALID_CONSTANT', 'SEND_ANSWER', 'after-fix'],
  ];
  for (const [name, code, retry] of table) {
    t.equal(networkFault(named(name))?.code, code, name);
    t.equal(codes[code].retry, retry, `${code} is ${retry}`);
  }
  t.equal(networkFault(new DOMException('…', 'TimeoutError'))?.code, 'SEND_TIMEOUT');
  t.equal(networkFault(named('ENOSPC')), undefined, 'a fault of our machine is none of the other side');
  t.equal(networkFault('a word'), undefined);
  t.equal(networkFault(new AggregateError([named('ECONNREFUSED')]))?.code, 'SEND_UNREACHABLE', 'each address of a name was tried');
  t.match(sentence(finding('SEND_UNREACHABLE', { party: 'de', ...networkFault(named('ENOTFOUND')) })), /^de cannot be reached: …$/);
  t.end();
});

t.test('the same of real sockets', async (t) => {
  const server = createServer((socket) => socket.resetAndDestroy()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const [reset] = (await once(get({ host: '127.0.0.1', port }), 'error')) as [Error];
  t.equal(networkFault(reset)?.code, 'SEND_INTERRUPTED');
  server.close();
  await once(server, 'close');
  const [refused] = (await once(connect(port, '127.0.0.1'), 'error')) as [Error];
  t.equal(networkFault(refused)?.code, 'SEND_UNREACHABLE');
});

t.test('a status that is not 2xx', (t) => {
  const table: readonly (readonly [Code, readonly number[]])[] = [
    ['SEND_BUSY', [408, 425, 429, 500, 502, 503, 504]],
    ['SEND_AUTH', [401, 403, 407]],
    ['SEND_ADDRESS', [301, 302, 307, 308, 404, 405, 410, 421]],
    ['SEND_REFUSED', [400, 402, 406, 411, 413, 415, 422]],
  ];
  for (const [code, statuses] of table) for (const status of statuses) t.equal(statusFault(status), code, String(status));
  t.end();
});

t.test('Retry-After in seconds and as a date', (t) => {
  const now = Date.parse('2026-11-21T12:00:00Z');
  const table: readonly (readonly [field: string | undefined, seconds: number | undefined])[] = [
    ['120', 120],
    [' 0 ', 0],
    ['Sat, 21 Nov 2026 12:01:30 GMT', 90],
    ['Saturday, 21-Nov-26 12:01:30 GMT', 90],
    ['Sat, 21 Nov 2026 11:00:00 GMT', 0],
    ['-5', undefined],
    ['soon', undefined],
    ['2026-11-21', undefined],
    [undefined, undefined],
  ];
  for (const [field, seconds] of table) t.equal(retryAfter(field, now), seconds, field ?? 'absent');
  t.end();
});

t.test('what is wrong on our side is said as it is', (t) => {
  t.same(settingsFault(new Error('the environment has no KEY')), { code: 'SEND_SETTINGS', reason: 'the environment has no KEY' });
  t.end();
});

t.test('an attempt that its signal ended', (t) => {
  t.match(stopped(AbortSignal.abort(new DOMException('no time left', 'TimeoutError'))), { code: 'SEND_TIMEOUT', reason: 'no time left' });
  t.match(stopped(AbortSignal.abort()), { code: 'SEND_INTERRUPTED' });
  t.end();
});
