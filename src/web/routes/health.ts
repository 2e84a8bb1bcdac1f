import { Type } from '../shape.ts';
import { concernsIn } from '../../gateway/views/concerns.ts';
import { letters } from '../../gateway/answers/letters.ts';
import { overdue } from '../../gateway/answers/overdue.ts';
import type { App, WebContext } from '../app.ts';
import { allow } from '../auth.ts';
import { ProblemException } from '../problem.ts';
import { bytesOf, problems } from '../schemas.ts';

/** For those who watch: alive, ready, and figures. */
export function health(app: App, { gateway, metrics, caller }: WebContext): void {
  const Status = Type.Object({ status: Type.String() });
  app.get('/health/live', { schema: { summary: 'The process answers', tags: ['health'], security: [], response: { 200: Status } } }, async () => ({
    status: 'live',
  }));
  for (const path of ['/health', '/health/ready'])
    app.get(path, { schema: { summary: 'Interchanges are accepted', tags: ['health'], security: [], response: { 200: Status, ...problems } } }, async () => {
      const admitted = await gateway.admit(0);
      if ('finding' in admitted) throw new ProblemException(admitted.finding, {}, admitted.retryAfter);
      admitted.release();
      return { status: 'ready' };
    });
  app.get('/metrics', { schema: { summary: 'Figures in Prometheus’ form', tags: ['health'], response: bytesOf('text/plain') } }, async (request, reply) => {
    allow(caller(request), 'read the metrics', 'operator');
    return reply.type(metrics.contentType).send(await metrics.render());
  });
  app.get('/v1/status', { schema: { summary: 'How the gateway is', tags: ['health'], response: { 200: Type.Unknown(), ...problems } } }, async (request) => {
    allow(caller(request), 'see how the gateway is', 'operator');
    return {
      name: gateway.configuration.gateway.name,
      origin: gateway.store.origin,
      entries: await gateway.store.size(),
      halted: gateway.halted ?? null,
      concerns: await concernsIn(gateway),
      queue: await gateway.store.queue(),
      parties: gateway.departures.status,
      letters: await letters(gateway.store, { limit: 20 }),
      overdue: await overdue(gateway.store, { limit: 20 }),
      deviations: gateway.deviations,
    };
  });
}
