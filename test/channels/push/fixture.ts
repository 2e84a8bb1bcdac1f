import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { Parcel, SecretReference, Surroundings } from '../../../src/channels/channel.ts';

export const clock = Date.parse('2026-11-21T12:00:00Z');

/** Surroundings whose secrets are named as environment variables. */
export const surroundings = (secrets: Readonly<Record<string, string | Buffer>> = {}): Surroundings => ({
  now: () => clock,
  secret: (reference: SecretReference) => {
    const name = 'env' in reference ? reference.env : reference.file;
    const value = secrets[name];
    if (value === undefined) throw new Error(`there is no ${name}`);
    return Buffer.from(value);
  },
  report: () => undefined,
  data: tmpdir(),
});

export function parcelOf(content: string | Buffer, more: Partial<Parcel> = {}): Parcel {
  const bytes = Buffer.from(content);
  return {
    delivery: '01KAJT5W7M3V5R1QX8ZP9D2C4B-1',
    attempt: 1,
    party: 'de',
    interchange: '01KAJT5W7M3V5R1QX8ZP9D2C4B',
    message: '01KAJT5W7M3V5R1QX8ZP9D2C4B-1',
    kind: 'message',
    media: 'application/xml',
    size: bytes.length,
    filename: '01KAJT5W7M3V5R1QX8ZP9D2C4B-1.xml',
    bytes: () => Promise.resolve(bytes),
    async *chunks() {
      for (let i = 0; i < bytes.length; i += 65_536) yield await Promise.resolve(bytes.subarray(i, i + 65_536));
    },
    ...more,
  };
}

export const never = new AbortController().signal;

export async function listen(t: Test, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

/** A server on this machine, as an address. */
export const serve = async (t: Test, listener: RequestListener): Promise<string> => `http://127.0.0.1:${await listen(t, createServer(listener))}`;

export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Reads what comes, and answers. */
export const answering =
  (status: number, headers: Record<string, string> = {}, body = ''): RequestListener =>
  (request: IncomingMessage, response: ServerResponse) => {
    request.resume().on('end', () => response.writeHead(status, headers).end(body));
  };

export const withoutOpenssl = spawnSync('openssl', ['version']).status === 0 ? false : 'openssl is not installed';

/** Certificates of an authority of our own, for 127.0.0.1 unless said; `days` may be negative. */
export function authority(t: Test) {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-tls-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const openssl = (...args: string[]): unknown => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
  openssl('req', '-x509', ...ec, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=authority of a test', '-days', '2');
  return {
    ca: read('ca.pem'),
    issue(name: string, { days = 2, san = 'IP:127.0.0.1' } = {}): { readonly cert: string; readonly key: string } {
      writeFileSync(join(folder, 'ext'), `subjectAltName=${san}\n`);
      openssl('req', ...ec, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
      openssl('x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', String(days), '-extfile', 'ext', '-out', `${name}.pem`); // prettier-ignore
      return { cert: read(`${name}.pem`), key: read(`${name}.key`) };
    },
  };
}
