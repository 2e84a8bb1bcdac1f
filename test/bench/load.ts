import { connect, type Socket } from 'node:net';

/**
 * A load generator: keep-alive connections that each send the next request when the last one was answered. It parses no
 * more of an answer than it must, so that it does not become the limit. Run as a child process: `load.js PORT CONNECTIONS MS`,
 * with head and body of the request, parted by NUL, on standard input; `{n}` in the body becomes a number that is never the
 * same twice. Prints a line when it is warm and begins to measure, and one with answers, answers a second, the time within which 99 of
 * 100 came, and how many were not 2xx.
 */
const [port = 0, connections = 64, ms = 2000] = process.argv.slice(2).map(Number);
const pieces: Buffer[] = [];
for await (const chunk of process.stdin) pieces.push(chunk as Buffer);
const [head = '', body = ''] = Buffer.concat(pieces).toString('latin1').split('\0');
const run = `${Date.now().toString(36)}${process.pid.toString(36)}`.slice(-8).toUpperCase();

const mark = '{n}';
const digits = 6;
const content = body.replaceAll(mark, run + '0'.repeat(digits));
const template = Buffer.from(`${head}content-length: ${content.length}\r\n\r\n${content}`, 'latin1');
const places = [...template.toString('latin1').matchAll(new RegExp(run, 'g'))].map(({ index }) => index + run.length);

let number = 0;
let answered = 0;
let refused = 0;
let running = true;
let times: number[] = []; // ms of each answer

/** The request that was sent before, with the next number: it was read whole, since it was answered. */
function numbered(request: Buffer): Buffer {
  const next = String(++number).padStart(digits, '0');
  for (const place of places) request.write(next, place, 'latin1');
  return request;
}

const endOfHead = Buffer.from('\r\n\r\n');
const two = '2'.charCodeAt(0);

/** Where the answer at the beginning of `held` ends; -1 where more of it has to come. */
function endOf(held: Buffer): number {
  const end = held.indexOf(endOfHead);
  if (end < 0) return -1;
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(held.toString('latin1', 0, end))?.[1] ?? 0);
  return held.length < end + 4 + length ? -1 : end + 4 + length;
}

function open(): Promise<void> {
  return new Promise((resolve) => {
    const request = Buffer.from(template);
    const socket: Socket = connect(port, '127.0.0.1', () => socket.write(numbered(request)));
    let held: Buffer = Buffer.alloc(0);
    let sent = performance.now();
    socket.setNoDelay(true);
    socket.on('data', (data: Buffer) => {
      held = held.length === 0 ? data : Buffer.concat([held, data]);
      for (let end = endOf(held); end >= 0; end = endOf(held)) {
        if (held['HTTP/1.1 '.length] !== two) refused++;
        else answered++;
        times.push(-sent + (sent = performance.now()));
        held = held.subarray(end);
        if (running) socket.write(numbered(request));
        else socket.end();
      }
    });
    socket.on('close', () => resolve());
    socket.on('error', () => resolve());
  });
}

const sockets = Array.from({ length: connections }, open);
// Warm by answers and not by time: what is compiled late must be compiled before it is measured.
const patience = performance.now() + 30_000;
while (answered < 10_000 && performance.now() < patience) await new Promise((resolve) => setTimeout(resolve, 50));
process.stdout.write('warm\n');
times = [];
const [before, started] = [answered, performance.now()];
await new Promise((resolve) => setTimeout(resolve, ms));
const measured = answered - before;
const perSecond = (measured / (performance.now() - started)) * 1000;
const p99 = times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)];
running = false;
await Promise.all(sockets);
process.stdout.write(`${JSON.stringify({ answered: measured, perSecond, p99, refused })}\n`);
