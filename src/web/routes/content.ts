import type { FastifyReply } from 'fastify';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { Type } from '../shape.ts';
import { finding } from '../../diagnostics/diagnostic.ts';
import { contentFor, evidenceFor, proofFor, type FoundContent } from '../../gateway/views/view.ts';
import type { App, WebContext } from '../app.ts';
import { ProblemException } from '../problem.ts';
import { bytesOf, Id, Open, problems } from '../schemas.ts';

const small = 1 << 20; // bytes that are read at once

/** What is large goes as fast as it is taken: who fetches slowly, in many places at once, holds little memory. */
export async function sendContent(reply: FastifyReply, { media, size, chunks }: FoundContent): Promise<FastifyReply> {
  void reply.type(media).header('x-content-type-options', 'nosniff');
  if (reply.request.method === 'HEAD') return reply.header('content-length', size).send(Readable.from([])); // of a stream the framework leaves the length as it is said
  if (size > small) return reply.header('content-length', size).send(Readable.from(whole(size, chunks()), { objectMode: false }));
  const bytes = await buffer(chunks());
  if (bytes.length < size) throw new ProblemException(finding('WEB_NOT_FOUND', { path: reply.request.url })); // erased meanwhile
  return reply.send(bytes);
}

/** An answer that ends before the size it was announced with would be taken for another: its connection is broken. */
async function* whole(size: number, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let left = size;
  for await (const chunk of chunks) {
    left -= chunk.length;
    yield chunk;
  }
  if (left > 0) throw new Error('the content was erased while it was read');
}

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
        response: bytesOf('*/*'),
      },
    },
    async (request, reply) => {
      const found = await contentFor(gateway, request.params.id, request.query.stage, caller(request));
      if (!found) throw absent(request.url);
      return sendContent(reply, found);
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
    {
      exposeHeadRoute: false, // a bundle is made for who asks for it, and that is recorded
      schema: { summary: 'Evidence bundle, verifiable offline', tags: ['evidence'], params, response: bytesOf('application/zip') },
    },
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
