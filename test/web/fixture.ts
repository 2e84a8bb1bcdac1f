import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openGateway, type RunningGateway } from '../../src/cli/running.ts';
import type { Event } from '../../src/gateway/delivery/dispatch.ts';
import { loadConfigurationFolder, openLibrary } from '../../src/gateway/library/library.ts';
import { library } from '../library.ts';
import { root } from '../root.ts';

export const keys = {
  operator: 'demo-operator',
  customs: 'demo-customs',
  'port-health': 'demo-port-health',
  'blue-anchor': 'demo-blue-anchor',
  'quay-net': 'demo-quay-net',
} as const;
export type Who = keyof typeof keys;

export { library } from '../library.ts';

export interface TestGateway extends RunningGateway {
  readonly data: string;
  readonly events: Event[];
  call(
    who: Who | undefined,
    method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE',
    url: string,
    options?: { body?: string | Buffer; headers?: Record<string, string> },
  ): Promise<{ status: number; body: string; bytes: Buffer; headers: Record<string, unknown>; json: any }>; // eslint-disable-line @typescript-eslint/no-explicit-any -- answers of any shape
  send(who: Who, body: string | Buffer, headers?: Record<string, string>): ReturnType<TestGateway['call']>;
}

/** A gateway on the sample configuration with a folder of its own; the test's end removes it. */
export async function startGateway(t: { teardown(end: () => unknown): void }, change: (configFolder: string) => void = () => undefined): Promise<TestGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-'));
  const config = join(folder, 'config');
  cpSync(join(root, 'samples/gateway'), config, { recursive: true });
  change(config);
  const own = ['profiles', 'scenarios'].some((folder) => existsSync(join(config, folder))) ? openLibrary({ root, maps: config }) : library;
  const loaded = loadConfigurationFolder(config, own);
  const events: Event[] = [];
  const data = join(folder, 'data');
  const running = await openGateway({ library: own, loaded, config, data, report: (event) => events.push(event), workers: 0 });
  t.teardown(async () => {
    await running.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const call: TestGateway['call'] = async (who, method, url, { body, headers = {} } = {}) => {
    const authorization = who === undefined ? {} : { authorization: `Bearer ${keys[who]}` };
    const response = await running.app.inject({ method, url, headers: { ...authorization, ...headers }, ...(body === undefined ? {} : { payload: body }) });
    const isJson = /json/.test(String(response.headers['content-type'] ?? ''));
    return {
      status: response.statusCode,
      body: response.body,
      bytes: response.rawPayload,
      headers: response.headers,
      json: isJson && response.body !== '' ? JSON.parse(response.body) : undefined,
    };
  };
  const send: TestGateway['send'] = (who, body, headers = {}) =>
    call(who, 'POST', '/v1/interchanges', { body, headers: { 'content-type': 'application/edifact', prefer: 'wait=20', ...headers } });
  return { ...running, data, events, call, send };
}

export const sample = (name: string, file = 'input.edi'): Buffer => readFileSync(join(root, 'samples', name, file));
