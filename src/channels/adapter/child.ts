import { spawn } from 'node:child_process';
import { longestLine, readFrame, type FromAdapter, type ToAdapter } from './frames.ts';

/** A running adapter, as lines in and lines out. */
export interface Child {
  readonly pid: number | undefined;
  say(frame: ToAdapter): void;
  /** A line as it is, for what is to be no frame. */
  write(line: string): void;
  kill(signal?: NodeJS.Signals): void;
  readonly ended: Promise<string>; // how
}

export interface Hears {
  frame(frame: FromAdapter): void;
  fault(reason: string): void; // a line that is no frame
  log(line: string): void; // of standard error
}

/** What of our environment an adapter sees: never our secrets. */
const shared = ['PATH', 'LANG', 'TZ', 'SystemRoot'] as const;

export function startChild([program, ...args]: readonly string[], hears: Hears): Child {
  const env = Object.fromEntries(shared.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
  const child = spawn(program!, args, { stdio: ['pipe', 'pipe', 'pipe'], env });
  const ended = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => resolve(signal === null ? `with code ${code}` : `by ${signal}`));
  });
  child.stdin.on('error', () => undefined); // it has ended: `ended` says so
  lines(child.stdout, (line) => {
    if (line === undefined) return hears.fault(`a line has more than ${longestLine} characters`);
    const frame = readFrame(line);
    if (typeof frame === 'string') hears.fault(frame);
    else if (frame) hears.frame(frame);
  });
  lines(child.stderr, (line) => hears.log((line ?? '…').slice(0, 300)));
  return {
    pid: child.pid,
    say: (frame) => void child.stdin.write(`${JSON.stringify(frame)}\n`),
    write: (line) => void child.stdin.write(`${line}\n`),
    kill: (signal = 'SIGKILL') => void child.kill(signal),
    ended,
  };
}

/** Each line; undefined for one that is too long, of which nothing more is heard. */
function lines(stream: NodeJS.ReadableStream, hear: (line: string | undefined) => void): void {
  let rest = '';
  let lost = false;
  stream.setEncoding('utf8');
  stream.on('data', (data: string) => {
    if (lost) return;
    const parts = (rest + data).split('\n');
    rest = parts.pop()!;
    for (const part of parts) if (part.trim() !== '') hear(part);
    if (rest.length > longestLine) {
      lost = true;
      hear(undefined);
    }
  });
}
