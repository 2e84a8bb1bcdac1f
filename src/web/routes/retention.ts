import { Type } from '../shape.ts';
import { finding } from '../../diagnostics/diagnostic.ts';
import { forecast } from '../../gateway/retention/forecast.ts';
import { holdMessage, listHolds } from '../../gateway/retention/hold.ts';
import { retentionRules } from '../../partners/retention.ts';
import type { App, WebContext } from '../app.ts';
import { allow } from '../auth.ts';
import { ProblemException } from '../problem.ts';
import { Id, Open, problems } from '../schemas.ts';

/** What is erased when its time is over, and what is kept all the same. */
export function retention(app: App, { gateway, caller }: WebContext): void {
  const limit = Type.Optional(Type.Integer({ minimum: 1, maximum: 500 }));

  app.get(
    '/v1/retention',
    {
      schema: {
        summary: 'What would be erased, by sender and kind, and when: nothing is touched',
        description:
          'Counted in interchanges, of the kinds that are not kept for ever: `erased` now, `held` by an operator, `needed` for work that is not done, `unseen` where there are too many to look at each, those of the next `week` and `month`, and when the `next` one is due. `next` of the answer, where it is not null, is the `after` of the following page.',
        tags: ['retention'],
        querystring: Type.Object(
          { partner: Type.Optional(Type.String({ maxLength: 63 })), after: Type.Optional(Type.String({ maxLength: 63 })), limit },
          { additionalProperties: false },
        ),
        response: { 200: Open, ...problems },
      },
    },
    async (request) => {
      allow(caller(request), 'see what is erased when', 'operator');
      const { partner: party, ...page } = request.query;
      const { gateway: settings, partners } = gateway.configuration;
      return forecast(gateway.store, retentionRules(settings.retention, partners), gateway.now(), { ...page, ...(party === undefined ? {} : { party }) });
    },
  );

  app.get(
    '/v1/holds',
    {
      schema: {
        summary: 'What operators keep, since when and why',
        tags: ['retention'],
        querystring: Type.Object({ after: Type.Optional(Id), limit }, { additionalProperties: false }),
        response: { 200: Open, ...problems },
      },
    },
    async (request) => {
      allow(caller(request), 'see what is held', 'operator');
      return listHolds(gateway.store, request.query.after, request.query.limit);
    },
  );

  for (const held of [true, false])
    app.post(
      `/v1/messages/:id/hold${held ? '' : '/release'}`,
      {
        schema: {
          summary: held ? 'Keep it until it is let go' : 'Let go what was kept',
          description: `Of operators, and recorded. ${held ? 'Nothing of its interchange is erased because its time is over' : 'From now on it is erased when its time is over'}.`,
          tags: ['retention'],
          params: Type.Object({ id: Id }),
          querystring: Type.Object({ note: Type.Optional(Type.String({ maxLength: 500 })) }, { additionalProperties: false }),
          response: { 200: Open, ...problems },
        },
      },
      async (request) => {
        const operator = caller(request);
        allow(operator, 'hold messages', 'operator');
        const { note } = request.query;
        const made = await holdMessage(gateway, request.params.id, held, { by: operator.id, ...(note === undefined ? {} : { note }) });
        if (!made) throw new ProblemException(finding('WEB_NOT_FOUND', { path: request.url }));
        return made;
      },
    );
}
