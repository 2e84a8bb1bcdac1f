import { finding } from '../../diagnostics/diagnostic.ts';
import type { App, WebContext } from '../app.ts';
import { ProblemException } from '../problem.ts';
import { bytesOf } from '../schemas.ts';

/** The public, blinded log in the form of C2SP tlog-tiles: anyone may read it, and nothing in it says who, what or how much. */
export function log(app: App, { gateway }: WebContext): void {
  app.get(
    '/v1/log/checkpoint',
    { schema: { summary: 'The latest signed checkpoint', tags: ['log'], security: [], response: bytesOf('text/plain') } },
    async (request, reply) => {
      const note = await gateway.store.checkpoint();
      if (note === undefined) throw new ProblemException(finding('WEB_NOT_FOUND', { path: request.url }));
      return reply.type('text/plain; charset=utf-8').header('cache-control', 'no-cache').send(note);
    },
  );
  app.get(
    '/v1/log/tile/*',
    { schema: { summary: 'A tile of hashes or a bundle of entries', tags: ['log'], security: [], response: bytesOf('application/octet-stream') } },
    async (request, reply) => {
      const { '*': path } = request.params as { '*': string };
      const tile = await gateway.store.tile(`tile/${path}`);
      if (!tile) throw new ProblemException(finding('WEB_NOT_FOUND', { path: request.url }));
      return reply
        .type('application/octet-stream')
        .header('cache-control', path.includes('.p/') ? 'no-cache' : 'public, max-age=31536000, immutable')
        .send(Buffer.from(tile));
    },
  );
}
