import { Type } from '../shape.ts';
import { finding } from '../../diagnostics/diagnostic.ts';
import { spoken } from '../../diagnostics/json.ts';
import { acceptedLanguage, type Language } from '../../diagnostics/language.ts';
import { viewInterchange } from '../../gateway/views/view.ts';
import { senderOf } from '../../partners/config.ts';
import { asciiJson } from '../../store/receipt.ts';
import type { App, WebContext } from '../app.ts';
import { allow } from '../auth.ts';
import { takeBodies, type Body } from '../bodies.ts';
import { ProblemException } from '../problem.ts';
import { Accepted, Id, Open, problems } from '../schemas.ts';

declare module 'fastify' {
  interface FastifyRequest {
    label: string | undefined; // what the body was called
  }
}

/** `POST /v1/interchanges`: the raw bytes, whatever their label; and what became of them. */
export function interchanges(app: App, context: WebContext): void {
  const { gateway, caller } = context;
  const limits = () => gateway.configuration.gateway.limits;

  void app.register(async (child) => {
    const scope = child as App;
    takeBodies(scope, gateway, (request) => caller(request).id);
    scope.decorateRequest('label', undefined);
    scope.addHook('preParsing', (request, _reply, _payload, done) => {
      allow(caller(request), 'submit interchanges', 'partner', 'agency');
      if (/^\s*multipart\//i.test(request.headers['content-type'] ?? ''))
        throw new ProblemException(
          finding('WEB_MEDIA', { what: 'a form (multipart)', remedy: 'send the interchange itself as the body: `curl --data-binary @FILE`' }),
        );
      request.label = request.headers['content-type']?.slice(0, 200);
      request.raw.headers['content-type'] = undefined; // a hint only, and none that is needed: whatever it says, it refuses nothing
      done();
    });

    scope.post(
      '/v1/interchanges',
      {
        schema: {
          consumes: ['*/*'],
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
          media: request.label,
          test: caller(request).test,
          idempotencyKey: request.headers['idempotency-key'],
        });
        if (!received.accepted) {
          const [main] = received.findings;
          const { evidence, instance, retryAfter } = received;
          throw new ProblemException(
            main!,
            { errors: received.findings, ...(evidence ? { evidence } : {}), ...(instance === undefined ? {} : { instance }) },
            retryAfter,
          );
        }
        const { id, receivedAt, receipt, messages } = received;
        const wait = Math.min(preferredWait(request.headers.prefer) ?? 0, limits().wait);
        if (wait > 0) {
          reply.header('preference-applied', `wait=${wait}`);
          await gateway.outcome(id, wait * 1000);
        }
        const language = (): Language => acceptedLanguage(request.headers['accept-language']);
        const outcome = wait > 0 ? spoken(await viewInterchange(gateway.store, id, caller(request)), language()) : undefined;
        const before = `{"id":"${id}","receivedAt":"${receivedAt}","receipt":`;
        const after = JSON.stringify({ messages, ...(received.duplicate ? { duplicate: true } : {}), ...(outcome ? { outcome } : {}) });
        void reply.code(202).header('location', `/v1/interchanges/${id}`).type('application/json; charset=utf-8');
        return Buffer.from(`${before}${receipt},${asciiJson(after.slice(1))}`, 'latin1') as never; // the receipt is JSON already
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

/** RFC 7240: `respond-async, wait=10`. */
export function preferredWait(prefer: string | undefined): number | undefined {
  const match = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,4})"?/i.exec(prefer ?? '');
  return match ? Number(match[1]) : undefined;
}
