import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root } from '../../root.ts';

/** A gateway as a process of its own, on a port of its own. */
export interface Serving {
  readonly url: string;
  readonly port: number;
  /** Megabytes that are resident, as the gateway itself says. */
  memory(): Promise<number>;
  readonly events: readonly { readonly msg: string; readonly [key: string]: unknown }[];
  /** Sends a signal, and does not wait. */
  signal(name: NodeJS.Signals): void;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Lets it come to its end. */
  stop(): Promise<void>;
  kill(): Promise<void>;
}

const portolan = join(import.meta.dirname, '..', '..', 'portolan.js');

/** A gateway that is starting: it listens, or is killed before. */
export interface Starting {
  readonly listening: Promise<Serving>;
  kill(): Promise<void>;
}

export const serve = (data: string, config?: string, port?: number, imports?: readonly string[]): Promise<Serving> =>
  start(data, config, port, imports).listening;

/** `imports`: modules that are loaded before it. */
export function start(data: string, config = join(root, 'samples/gateway'), port = 0, imports: readonly string[] = []): Starting {
  const args = [...imports.flatMap((each) => ['--import', each]), portolan, 'serve', '--config', config, '--data', data, '--port', String(port)];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = new Promise<number | NodeJS.Signals>((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal!)));
  const events: Serving['events'][number][] = [];
  const address = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const event = JSON.parse(line) as { msg: string; url?: string };
      if (!/^(translated|sent)$/.test(event.msg)) events.push(event); // one for each message: whoever asks for them asks the gateway
      if (event.msg === 'listening') resolve(event.url!);
    });
    child.once('exit', (code) => reject(new Error(`the gateway ended with ${code} before it listened`)));
  });
  const serving = (url: string): Serving => ({
    url,
    port: Number(new URL(url).port),
    async memory() {
      const text = await (await fetch(`${url}/metrics`, { headers: { authorization: 'Bearer demo-operator' } })).text();
      return Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)![1]) / 1_048_576;
    },
    events,
    signal: (name) => void child.kill(name),
    ended: exit,
    stop: () => ended(child, 'SIGTERM'),
    kill: () => ended(child, 'SIGKILL'),
  });
  return { listening: address.then(serving), kill: () => ended(child, 'SIGKILL') };
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const end = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await end;
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
