import { connect, type Socket } from 'node:net';

/** What became of one request, as far as it matters to a load. */
export interface Answered {
  readonly status: number;
  readonly retryAfter: string | undefined;
}

/** Keep-alive connections that are opened when they are needed, up to `most`: one request at a time on each. */
export class Client {
  readonly #port: number;
  readonly #most: number;
  readonly #free: Line[] = [];
  readonly #lines = new Set<Line>();

  constructor(port: number, most: number) {
    this.#port = port;
    this.#most = most;
  }

  /** Undefined where all connections are waiting for their answers. */
  send(request: Buffer): Promise<Answered> | undefined {
    const line = this.#free.pop() ?? (this.#lines.size < this.#most ? this.#open() : undefined);
    return line?.send(request).finally(() => {
      if (!line.socket.destroyed) this.#free.push(line);
      else this.#lines.delete(line);
    });
  }

  close(): void {
    for (const { socket } of this.#lines) socket.destroy();
  }

  #open(): Line {
    const line = new Line(connect(this.#port, '127.0.0.1'));
    this.#lines.add(line);
    return line;
  }
}

class Line {
  readonly socket: Socket;
  #held = '';
  #waiting: ((answered: Answered) => void) | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    socket.on('data', (data: string) => this.#take(data));
    socket.on('error', () => undefined);
    socket.on('close', () => this.#answer({ status: 0, retryAfter: undefined }));
  }

  send(request: Buffer): Promise<Answered> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
      if (this.socket.destroyed) this.#answer({ status: 0, retryAfter: undefined });
      else this.socket.write(request);
    });
  }

  #take(data: string): void {
    this.#held += data;
    const end = this.#held.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.#held.slice(0, end);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
    if (this.#held.length < end + 4 + length) return;
    this.#held = '';
    if (/\r\nconnection: close/i.test(head)) this.socket.destroy();
    this.#answer({ status: Number(head.slice(9, 12)), retryAfter: /\r\nretry-after: (\d+)/i.exec(head)?.[1] });
  }

  #answer(answered: Answered): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(answered);
  }
}
