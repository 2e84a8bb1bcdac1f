import type { IncomingMessage } from 'node:http';
import { Type } from 'typebox';
import { finding } from '../../diagnostics/diagnostic.ts';
import { spoken } from '../../diagnostics/json.ts';
import { acceptedLanguage } from '../../diagnostics/language.ts';
import type { Admission, Pressure } from '../../gateway/door.ts';
import type { Gateway } from '../../gateway/gateway.ts';
import { viewInterchange } from '../../gateway/view.ts';
import { senderOf } from '../../partners/config.ts';
import type { App, WebContext } from '../app.ts';
import { allow } from '../auth.ts';
import { ProblemException } from '../problem.ts';
import { Accepted, Id, Open, problems } from '../schemas.ts';
import { Uploads } from '../uploads.ts';

/** A body that was read whole, and what it holds of the memory for bodies. */
interface Body {
  readonly bytes: Buffer;
}

declare module 'fastify' {
  interface FastifyRequest {
    release: (() => void) | undefined; // gives back what the body holds
  }
}

/** `POST /v1/interchanges`: the raw bytes, whatever their label; and what became of them. */
export function interchanges(app: App, context: WebContext): void {
  const { gateway, metrics, caller } = context;
  const limits = () => gateway.configuration.gateway.limits;
  const uploads = new Uploads();

  void app.register(async (child) => {
    const scope = child as App;
    scope.removeAllContentTypeParsers();
    scope.decorateRequest('release', undefined);
    scope.addContentTypeParser('*', (request, payload, done) => {
      const received = uploads.begin(caller(request).id, limits().uploads);
      request.release = received;
      admit(gateway, Number(request.headers['content-length'] ?? 0)).then((admitted) => {
        request.release = () => {
          received();
          admitted.release();
        };
        readBody(payload, limits().body, admitted, (error, body) => {
          received();
          done(error, body);
        });
      }, done);
    });
    scope.addHook('onResponse', (request, _reply, done) => {
      request.release?.();
      done();
    });
    scope.addHook('onRequestAbort', (request, done) => {
      request.release?.();
      done();
    });
    const labels = new WeakMap<object, string | undefined>(); // what the bodies under way were called
    scope.addHook('preParsing', (request, _reply, _payload, done) => {
      allow(caller(request), 'submit interchanges', 'partner', 'agency');
      if (/^\s*multipart\//i.test(request.headers['content-type'] ?? ''))
        throw new ProblemException(
          finding('WEB_MEDIA', { what: 'a form (multipart)', remedy: 'send the interchange itself as the body: `curl --data-binary @FILE`' }),
        );
      labels.set(request.raw, request.headers['content-type']?.slice(0, 200));
      request.raw.headers['content-type'] = undefined; // a hint only, and none that is needed: whatever it says, it refuses nothing
      done();
    });

    scope.post(
      '/v1/interchanges',
      {
        schema: {
          summary: 'Submit an interchange',
          description: 'Raw bytes in any supported syntax; the media type is a hint only. 202 once bytes and evidence are durable, not before.',
          tags: ['interchanges'],
          headers: Type.Object({
            prefer: Type.Optional(Type.String({ description: '`wait=N`: wait up to N seconds for the outcome' })),
            'idempotency-key': Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
          }),
          response: { 202: Accepted, ...problems },
        },
      },
      async (request, reply) => {
        const { id: partnerId } = caller(request);
        const partner = senderOf(gateway.configuration, partnerId)!;
        const { bytes } = (request.body as Body | undefined) ?? { bytes: Buffer.alloc(0) };
        const received = await gateway.submit({
          bytes,
          partner,
          grade: 'D',
          media: labels.get(request.raw),
          test: caller(request).test,
          idempotencyKey: request.headers['idempotency-key'],
        });
        if (!received.accepted) {
          metrics.received('refused');
          const [main] = received.findings;
          const { evidence, instance, retryAfter } = received;
          throw new ProblemException(
            main!,
            { errors: received.findings, ...(evidence ? { evidence } : {}), ...(instance === undefined ? {} : { instance }) },
            retryAfter,
          );
        }
        metrics.received(received.duplicate ? 'duplicate' : 'accepted');
        const { id, receivedAt, receipt, messages } = received;
        const wait = Math.min(preferredWait(request.headers.prefer) ?? 0, limits().wait);
        if (wait > 0) {
          reply.header('preference-applied', `wait=${wait}`);
          await gateway.outcome(id, wait * 1000);
        }
        const language = acceptedLanguage(request.headers['accept-language']);
        const outcome = wait > 0 ? spoken(await viewInterchange(gateway.store, id, caller(request)), language) : undefined;
        const more = JSON.stringify({ messages, ...(received.duplicate ? { duplicate: true } : {}), ...(outcome ? { outcome } : {}) });
        return reply
          .code(202)
          .header('location', `/v1/interchanges/${id}`)
          .type('application/json; charset=utf-8')
          .serializer((text: string) => text) // the receipt is JSON already
          .send(`{"id":"${id}","receivedAt":"${receivedAt}","receipt":${receipt},${more.slice(1)}` as never);
      },
    );
  });

  app.get(
    '/v1/interchanges/:id',
    {
      schema: {
        summary: 'State, timeline, and the outcome of every message',
        description: 'At most 500 messages at a time: `next`, where it is not null, is the `after` of the following page.',
        tags: ['interchanges'],
        params: Type.Object({ id: Id }),
        querystring: Type.Object({ after: Type.Optional(Type.Integer({ minimum: 0 })) }, { additionalProperties: false }),
        response: { 200: Open, ...problems },
      },
    },
    async (request) => {
      const view = await viewInterchange(gateway.store, request.params.id, caller(request), request.query.after);
      if (!view) throw new ProblemException(finding('WEB_NOT_FOUND', { path: request.url }));
      return view;
    },
  );
}

async function admit(gateway: Gateway, size: number): Promise<Admission> {
  const admitted = await gateway.admit(size);
  if ('finding' in admitted) throw busy(admitted);
  return admitted;
}

const busy = ({ finding, retryAfter }: Pressure): ProblemException => new ProblemException(finding, {}, retryAfter);

/** Reads a body of at most `limit` bytes, charged as they come: who declares much and sends little holds little. What is refused is not read to its end. */
function readBody(payload: IncomingMessage, limit: number, admitted: Admission, done: (error: Error | null, body?: Body) => void): void {
  const tooLarge = (): ProblemException => new ProblemException(finding('WEB_BODY_TOO_LARGE', { limit: String(limit) }));
  if (Number(payload.headers['content-length'] ?? 0) > limit) return done(tooLarge());
  const chunks: Buffer[] = [];
  let size = 0;
  payload.on('data', (chunk: Buffer) => {
    size += chunk.length;
    const pressure = size > limit ? undefined : admitted.more(chunk.length);
    if (size <= limit && !pressure) return void chunks.push(chunk);
    payload.removeAllListeners('data');
    payload.removeAllListeners('end');
    done(pressure ? busy(pressure) : tooLarge());
  });
  payload.once('end', () => done(null, { bytes: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks) }));
  payload.once('error', done);
}

/** RFC 7240: `respond-async, wait=10`. */
export function preferredWait(prefer: string | undefined): number | undefined {
  const match = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,4})"?/i.exec(prefer ?? '');
  return match ? Number(match[1]) : undefined;
}
