import type { IncomingMessage } from 'node:http';
import { Type } from 'typebox';
import { finding } from '../../diagnostics/diagnostic.ts';
import type { Gateway, Pressure } from '../../gateway/gateway.ts';
import { viewInterchange } from '../../gateway/view.ts';
import type { App, WebContext } from '../app.ts';
import { allow } from '../auth.ts';
import { ProblemException } from '../problem.ts';
import { Accepted, Id, Open, problems } from '../schemas.ts';

/** A body that was read whole, and what it holds of the memory for bodies. */
interface Body {
  readonly bytes: Buffer;
}

/** `POST /v1/interchanges`: the raw bytes, whatever their label; and what became of them. */
export function interchanges(app: App, context: WebContext): void {
  const { gateway, metrics, caller } = context;
  const limits = () => gateway.configuration.gateway.limits;
  const held = new WeakMap<object, () => void>();

  void app.register(async (child) => {
    const scope = child as App;
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', async (request: object & { headers: IncomingMessage['headers'] }, payload: IncomingMessage): Promise<Body> => {
      const size = Number(request.headers['content-length'] ?? Math.min(limits().body, 8 * 1024 * 1024));
      const admitted = await admit(gateway, size);
      held.set(request, admitted.release);
      return { bytes: await readBody(payload, limits().body) };
    });
    const release = async (request: object): Promise<void> => {
      held.get(request)?.();
      held.delete(request);
    };
    scope.addHook('onResponse', release);
    scope.addHook('onRequestAbort', release);
    scope.addHook('preParsing', async (request) => {
      allow(caller(request), 'submit interchanges', 'partner');
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
        const partner = gateway.configuration.partners.find(({ id }) => id === partnerId)!;
        const { bytes } = (request.body as Body | undefined) ?? { bytes: Buffer.alloc(0) };
        const received = await gateway.submit({ bytes, partner, grade: 'D', idempotencyKey: request.headers['idempotency-key'] });
        if (!received.accepted) {
          metrics.received('refused');
          const [main] = received.findings;
          const { evidence, instance } = received;
          throw new ProblemException(main!, { errors: received.findings, ...(evidence ? { evidence } : {}), ...(instance === undefined ? {} : { instance }) });
        }
        metrics.received(received.duplicate ? 'duplicate' : 'accepted');
        const { id, receivedAt, receipt, messages } = received;
        const wait = Math.min(preferredWait(request.headers.prefer) ?? 0, limits().wait);
        if (wait > 0) {
          reply.header('preference-applied', `wait=${wait}`);
          await gateway.outcome(id, wait * 1000);
        }
        const outcome = wait > 0 ? await viewInterchange(gateway.store, id, caller(request)) : undefined;
        return reply
          .code(202)
          .header('location', `/v1/interchanges/${id}`)
          .send({
            id,
            receivedAt,
            receipt: { ...receipt, proof: [...receipt.proof] },
            messages: messages && [...messages],
            ...(received.duplicate ? { duplicate: true as const } : {}),
            ...(outcome ? { outcome } : {}),
          });
      },
    );
  });

  app.get(
    '/v1/interchanges/:id',
    {
      schema: {
        summary: 'State, timeline, and the outcome of every message',
        tags: ['interchanges'],
        params: Type.Object({ id: Id }),
        response: { 200: Open, ...problems },
      },
    },
    async (request) => {
      const view = await viewInterchange(gateway.store, request.params.id, caller(request));
      if (!view) throw new ProblemException(finding('WEB_NOT_FOUND', { path: request.url }));
      return view;
    },
  );
}

async function admit(gateway: Gateway, size: number): Promise<{ readonly release: () => void }> {
  const admitted: Pressure | { readonly release: () => void } = await gateway.admit(size);
  if ('finding' in admitted) throw new ProblemException(admitted.finding, {}, admitted.retryAfter);
  return admitted;
}

/** Reads a body of at most `limit` bytes. A longer one is not read to its end. */
async function readBody(payload: IncomingMessage, limit: number): Promise<Buffer> {
  const tooLarge = (): ProblemException => new ProblemException(finding('WEB_BODY_TOO_LARGE', { limit: String(limit) }));
  if (Number(payload.headers['content-length'] ?? 0) > limit) throw tooLarge();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    payload.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else {
        payload.removeAllListeners('data');
        reject(tooLarge());
      }
    });
    payload.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    payload.on('error', reject);
  });
}

/** RFC 7240: `respond-async, wait=10`. */
export function preferredWait(prefer: string | undefined): number | undefined {
  const match = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,4})"?/i.exec(prefer ?? '');
  return match ? Number(match[1]) : undefined;
}
