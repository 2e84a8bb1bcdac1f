import { connect, createServer } from 'node:net';
import { causes, data, everythingTaken, openConfirm, packetReader, readOpen, sessionClose, sessionOpen } from './packets.mjs';

/** Why a delivery came to nothing, in a word of the contract. */
export class Failure extends Error {
  constructor(failure, reason) {
    super(reason);
    this.failure = failure;
  }
}

/**
 * One connection, from either end. `take` is handed each message and resolves once it is in safe hands: only then is the
 * connection ended in order; where one was not taken it is reset, so that the other side knows.
 */
function attach(socket, { own, peer, coding, take, log }) {
  let isOpen = false;
  let closed; // the cause of the peer's Session Close
  let confirmed; // { resolve, reject } of who opened the session
  const taking = new Set();

  const broken = (failure, reason) => {
    log(reason);
    confirmed?.reject(new Failure(failure, reason));
    socket.resetAndDestroy();
  };
  const refusalOf = (asked) => {
    if (!asked) return causes.incoherent;
    if (asked.coding !== coding) return causes.noTraffic;
    if (asked.protection !== 'none') return causes.protection;
    return asked.sender === undefined || (asked.sender === peer && asked.recipient === own) ? causes.accepted : causes.noTraffic;
  };
  const on = {
    open(content) {
      const cause = refusalOf(readOpen(content));
      isOpen = cause === causes.accepted;
      socket.write(openConfirm(cause));
      if (!isOpen) {
        log(`a session was refused with cause ${cause}`);
        socket.end();
      }
    },
    confirm([cause]) {
      isOpen = cause === causes.accepted;
      if (isOpen) confirmed?.resolve();
      else confirmed?.reject(new Failure('auth', `the session is refused with cause ${cause}`));
    },
    close([cause]) {
      isOpen = false;
      closed = cause;
    },
    data(content) {
      if (!isOpen) return broken('answer', 'a message came outside a session');
      const one = take(Buffer.from(content)).catch((error) => broken('answer', `a message was not taken: ${error.message}`));
      taking.add(one);
      one.finally(() => taking.delete(one));
    },
  };
  const read = packetReader(({ command, content }) => on[command](content));
  socket.on('data', (bytes) => {
    try {
      if (!socket.destroyed) read(bytes);
    } catch (error) {
      broken('answer', error.message);
    }
  });
  socket.on('end', async () => {
    await Promise.all(taking);
    if (!socket.writableEnded && !socket.destroyed) socket.end(closed === undefined ? undefined : sessionClose(everythingTaken));
  });
  return {
    opened: () =>
      new Promise((resolve, reject) => {
        confirmed = { resolve, reject };
        socket.write(sessionOpen({ coding, sender: own, recipient: peer }));
      }),
    closed: () => closed,
  };
}

const unreachable = /^(?:ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_)/;

/**
 * Hands one message over in a session of its own; resolves once it counts as delivered. RFC 2351 confirms sessions, not
 * messages. Another of these adapters ends the session with a cause of its own once all that stood before is in safe hands.
 * From any other peer an end in order is all there is to be had, and a system that falls after it has read ends its
 * connections in the same way: so whether it counts must have been agreed upon (`confirm: end`).
 */
export function handOver(bytes, { host, port, timeout, confirm, ...options }) {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, allowHalfOpen: true });
    const end = (settle, value) => {
      clearTimeout(timer);
      settle(value);
      socket.destroy();
    };
    const timer = setTimeout(() => end(reject, new Failure('timeout', `the peer did not end the session within ${timeout} s`)), timeout * 1000);
    const session = attach(socket, options);
    let isSent = false;
    socket.on('connect', () => {
      session.opened().then(
        () => {
          socket.write(data(bytes));
          socket.end(sessionClose());
          isSent = true;
        },
        (error) => end(reject, error),
      );
    });
    socket.on('error', (error) => end(reject, new Failure(unreachable.test(error.code ?? '') ? 'unreachable' : 'interrupted', error.message)));
    socket.on('end', () => {
      if (isSent && (session.closed() === everythingTaken || confirm === 'end')) end(resolve);
      else end(reject, new Failure('interrupted', 'the peer ended the session before the message was through'));
    });
    socket.on('close', () => end(reject, new Failure('interrupted', 'the connection was closed')));
  });
}

/** Listens for peers that open sessions; resolves with the port. */
export function listen({ host, port, ...options }) {
  return new Promise((resolve, reject) => {
    const sockets = new Set();
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.on('error', (error) => options.log(error.message));
      attach(socket, options);
    });
    server.once('error', reject);
    server.listen(port, host, () => {
      resolve({
        port: server.address().port,
        /** Takes no new connections: who comes after us may listen. */
        refuse: () => server.close(),
        close() {
          server.close();
          for (const socket of sockets) socket.resetAndDestroy(); // nothing that was not taken is to look as if it were
        },
      });
    });
  });
}
