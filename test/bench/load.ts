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

let number = 0;
let answered = 0;
let refused = 0;
let running = true;
let times: number[] = []; // ms of each answer

function request(): Buffer {
  const content = body.replaceAll('{n}', `${run}${String(++number).padStart(6, '0')}`);
  return Buffer.from(`${head}content-length: ${content.length}\r\n\r\n${content}`, 'latin1');
}

function open(): Promise<void> {
  return new Promise((resolve) => {
    const socket: Socket = connect(port, '127.0.0.1', () => socket.write(request()));
    let held = '';
    let sent = performance.now();
    socket.setNoDelay(true);
    socket.on('data', (data: Buffer) => {
      held += data.toString('latin1');
      for (;;) {
        const end = held.indexOf('\r\n\r\n');
        if (end < 0) return;
        const length = Number(/\r\ncontent-length: (\d+)/i.exec(held.slice(0, end))?.[1] ?? 0);
        if (held.length < end + 4 + length) return;
        if (!held.startsWith('HTTP/1.1 2')) refused++;
        else answered++;
        times.push(-sent + (sent = performance.now()));
        held = held.slice(end + 4 + length);
        if (running) socket.write(request());
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
