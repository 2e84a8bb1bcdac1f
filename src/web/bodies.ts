import type { FastifyRequest, onRequestHookHandler, RawServerDefault } from 'fastify';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { finished } from 'node:stream';
import { finding } from '../diagnostics/diagnostic.ts';
import type { Pressure } from '../gateway/intake/door.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { App, WebContext } from './app.ts';
import { allow } from './auth.ts';
import { ProblemException } from './problem.ts';
import { Uploads, type Upload } from './uploads.ts';

/** A body that was read whole, and what it holds of the memory for bodies. */
export interface Body {
  readonly bytes: Buffer;
}

declare module 'fastify' {
  interface FastifyRequest {
    upload: Upload | undefined; // of the body, and what it holds
  }
}

/** Bytes of a body that is no interchange: of a receipt, of a word of an operator. */
export const smallBody = 65_536;

/** Of a call of operators alone, whose body may be as large as an interchange: who else makes it is told so before a body is received. */
export const largeOfOperators = (
  { gateway, caller }: WebContext,
  what: string,
): { readonly bodyLimit: number; readonly onRequest: onRequestHookHandler<RawServerDefault, IncomingMessage, ServerResponse> } => ({
  bodyLimit: gateway.configuration.gateway.limits.body,
  onRequest(request, _reply, done) {
    allow(caller(request), what, 'operator');
    done();
  },
});

/** Bodies of this scope are read whole, whatever they are called: within the limits, and charged to who sends them until the answer is out. `most`: bytes, where less than what the gateway takes. */
export function takeBodies(scope: App, gateway: Gateway, who: (request: FastifyRequest) => string, most = Infinity): void {
  const limits = () => gateway.configuration.gateway.limits;
  const uploads = new Uploads();
  scope.removeAllContentTypeParsers();
  scope.decorateRequest('upload', undefined);
  scope.addContentTypeParser('*', (request, payload, done) => {
    const upload = (request.upload = uploads.begin(who(request), limits().uploads));
    gateway.admit(Number(request.headers['content-length'] ?? 0)).then(
      (admitted) => {
        if ('finding' in admitted) return passed(payload, () => done(busy(admitted)));
        upload.admitted(admitted, limits());
        readBody(payload, Math.min(most, limits().body), upload, done);
      },
      (error: Error) => passed(payload, () => done(error)),
    );
  });
  scope.addHook('onResponse', (request, _reply, done) => {
    request.upload?.release();
    done();
  });
  scope.addHook('onRequestAbort', (request, done) => {
    request.upload?.release();
    done();
  });
}

const small = 65_536; // bytes of a body that is let pass before it is refused

/** A small body is let pass before it is answered: where a connection ends with something unread, its sender may see that it broke and not why. */
function passed(payload: IncomingMessage, answer: () => void): void {
  if (!(Number(payload.headers['content-length']) <= small)) return answer();
  finished(payload, answer);
  payload.resume();
}

const busy = ({ finding, retryAfter }: Pressure): ProblemException => new ProblemException(finding, {}, retryAfter);

/** Reads a body of at most `limit` bytes, charged as they come: who declares much and sends little holds little. What is refused is not read to its end. */
function readBody(payload: IncomingMessage, limit: number, upload: Upload, done: (error: Error | null, body?: Body) => void): void {
  const ended = (error: Error | null, body?: Body): void => {
    upload.received();
    done(error, body);
  };
  const tooLarge = (): ProblemException => new ProblemException(finding('WEB_BODY_TOO_LARGE', { limit: String(limit) }));
  if (Number(payload.headers['content-length'] ?? 0) > limit) return ended(tooLarge());
  const chunks: Buffer[] = [];
  let size = 0;
  payload.on('data', (chunk: Buffer) => {
    size += chunk.length;
    const pressure = size > limit ? undefined : upload.more(chunk.length);
    if (size <= limit && !pressure) return void chunks.push(chunk);
    payload.removeAllListeners('data');
    payload.removeAllListeners('end');
    ended(pressure ? busy(pressure) : tooLarge());
  });
  payload.on('end', () => ended(null, { bytes: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks) }));
  payload.on('error', () => ended(cutShort()));
}

/** Its sender went away, and nobody reads this answer: no defect of ours. */
const cutShort = (): ProblemException => new ProblemException(finding('WEB_REQUEST', { message: 'the connection ended before the body was complete' }));
