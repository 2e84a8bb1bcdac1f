import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Limits } from '../partners/limits.ts';

/** A server that holds its callers to the limits of time, headers and connections. `full` is written to a connection for which there is no room. */
export function boundedServer(listener: RequestListener, { connections, headerBytes, idle, upload }: Limits, full: () => string): Server {
  const server = createServer(
    {
      maxHeaderSize: headerBytes,
      requestTimeout: upload * 1_000,
      headersTimeout: Math.min(idle, upload) * 1_000,
      keepAliveTimeout: idle * 1_000,
      requireHostHeader: false, // asked for where it can be told in the one shape
      connectionsCheckingInterval: Math.min(idle, upload) * 250, // what came too slowly is noticed within a quarter of its time
    },
    listener,
  );
  server.setTimeout((Math.max(idle, upload) + 30) * 1_000); // of an answer that nobody takes
  const silent = new Set<Socket>(); // without a request under way; the one that is so longest is first
  let open = 0;
  server.on('connection', (socket) => {
    open++;
    silent.add(socket);
    socket.once('close', () => {
      open--;
      silent.delete(socket);
    });
    if (open <= connections) return;
    const [longest] = silent;
    if (longest !== undefined && longest !== socket) longest.destroy();
    else socket.end(full());
  });
  server.on('checkExpectation', (request, response) => server.emit('request', request, response)); // what cannot be met is told there
  function answered(this: ServerResponse): void {
    const { socket } = this.req;
    if (!socket.destroyed) silent.add(socket);
  }
  server.on('request', ({ socket }, response) => {
    silent.delete(socket);
    response.on('close', answered);
  });
  return server;
}
