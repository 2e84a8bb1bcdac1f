import { Type } from '../shape.ts';
import { closeOverdue, overdue } from '../../gateway/answers/overdue.ts';
import type { App, WebContext } from '../app.ts';
import { allow } from '../auth.ts';
import { closing } from '../closing.ts';
import { Id, problems } from '../schemas.ts';

const Overdue = Type.Object({
  number: Type.Integer(),
  id: Type.Intersect([Id], { description: 'the message that was delivered' }),
  party: Type.String({ description: 'who owes the answer' }),
  delivery: Type.String(),
  answer: Type.String({ description: 'receipt · acknowledgement · response' }),
  by: Type.Union([Type.Array(Type.String()), Type.Null()], { description: 'the messages that are this answer; null: any' }),
  code: Type.String(),
  actor: Type.String({ description: 'who must act' }),
  delivered: Type.String({ format: 'date-time' }),
  due: Type.String({ format: 'date-time' }),
  cause: Type.String(),
  next: Type.String({ description: 'what to do' }),
});

/** The answers that did not come in time. */
export function overdues(app: App, context: WebContext): void {
  const { gateway, caller } = context;
  app.get(
    '/v1/overdue',
    {
      schema: {
        summary: 'Answers that did not come in time: who owes which, to what, since when',
        description:
          'By what was agreed (`delivery.expects` of the recipient). An answer that comes late takes its line away, and the timeline of the message tells how late it was. `next`, where it is not null, is the `after` of the following page.',
        tags: ['messages'],
        querystring: Type.Object(
          {
            after: Type.Optional(Type.Integer({ minimum: 0 })),
            limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
            party: Type.Optional(Type.String({ maxLength: 100 })),
          },
          { additionalProperties: false },
        ),
        response: { 200: Type.Object({ items: Type.Array(Overdue), next: Type.Union([Type.Integer(), Type.Null()]) }), ...problems },
      },
    },
    async (request) => {
      allow(caller(request), 'see which answers are overdue', 'operator');
      const { items, next } = await overdue(gateway.store, request.query);
      return { items: items.map((each) => ({ ...each, by: each.by && [...each.by] })), next };
    },
  );

  closing(app, context, {
    path: '/v1/overdue/:number/close',
    summary: 'It was settled otherwise: the line goes, and who said why is recorded',
    may: 'close what is overdue',
    close: closeOverdue,
  });
}
