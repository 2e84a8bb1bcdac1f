import { Readable } from 'node:stream';
import { Type } from '../shape.ts';
import { finding } from '../../diagnostics/diagnostic.ts';
import { contentFor, evidenceFor, proofFor } from '../../gateway/views/view.ts';
import type { App, WebContext } from '../app.ts';
import { ProblemException } from '../problem.ts';
import { bytes, Id, Open, problems } from '../schemas.ts';

/** Bytes, proofs and evidence of a message: what the caller may see of them. */
export function content(app: App, { gateway, caller }: WebContext): void {
  const params = Type.Object({ id: Id });
  const absent = (path: string): ProblemException => new ProblemException(finding('WEB_NOT_FOUND', { path }));

  app.get(
    '/v1/messages/:id/content',
    {
      schema: {
        summary: 'The bytes of one stage',
        description: '`original` is the interchange as it came, `canonical` the facts as JSON, an agency’s name what was made for it.',
        tags: ['messages'],
        params,
        querystring: Type.Object({ stage: Type.Optional(Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}$' })) }, { additionalProperties: false }),
        response: bytes,
      },
    },
    async (request, reply) => {
      const found = await contentFor(gateway, request.params.id, request.query.stage, caller(request));
      if (!found) throw absent(request.url);
      return reply.type(found.media).header('x-content-type-options', 'nosniff').send(found.bytes);
    },
  );

  app.get(
    '/v1/messages/:id/proof',
    { schema: { summary: 'Inclusion proofs', tags: ['evidence'], params, response: { 200: Open, ...problems } } },
    async (request) => {
      const proof = await proofFor(gateway, request.params.id, caller(request));
      if (!proof) throw absent(request.url);
      return proof;
    },
  );

  app.get(
    '/v1/messages/:id/evidence',
    { schema: { summary: 'Evidence bundle, verifiable offline', tags: ['evidence'], params, response: bytes } },
    async (request, reply) => {
      const bundle = await evidenceFor(gateway, request.params.id, caller(request));
      if (!bundle) throw absent(request.url);
      return reply
        .type('application/zip')
        .header('content-disposition', `attachment; filename="${request.params.id}-evidence.zip"`)
        .header('content-length', bundle.size)
        .send(Readable.from(bundle.chunks(), { objectMode: false }));
    },
  );
}
