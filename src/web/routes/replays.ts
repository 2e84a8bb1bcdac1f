import { Type } from '../shape.ts';
import { finding } from '../../diagnostics/diagnostic.ts';
import { closeLetter, letters } from '../../gateway/answers/letters.ts';
import { replay } from '../../gateway/delivery/replay.ts';
import type { App, WebContext } from '../app.ts';
import { allow } from '../auth.ts';
import { closing } from '../closing.ts';
import { ProblemException } from '../problem.ts';
import { Id, Open, problems } from '../schemas.ts';

/** What came to no end by itself, and once more what an operator asks for. */
export function replays(app: App, context: WebContext): void {
  const { gateway, caller } = context;
  app.get(
    '/v1/dead-letters',
    {
      schema: {
        summary: 'What stopped: its cause, who must act, and the next step',
        description: '`next`, where it is not null, is the `after` of the following page.',
        tags: ['messages'],
        querystring: Type.Object(
          {
            after: Type.Optional(Type.Integer({ minimum: 0 })),
            limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
            code: Type.Optional(Type.String({ pattern: '^[A-Z][A-Z0-9_]*$', maxLength: 100 })),
          },
          { additionalProperties: false },
        ),
        response: { 200: Open, ...problems },
      },
    },
    async (request) => {
      allow(caller(request), 'see what stopped', 'operator');
      return letters(gateway.store, request.query);
    },
  );

  closing(app, context, {
    path: '/v1/dead-letters/:number/close',
    summary: 'It was settled otherwise, or never will be: the line goes, and who said why is recorded',
    may: 'close what stopped',
    close: closeLetter,
  });

  app.post(
    '/v1/messages/:id/replay',
    {
      schema: {
        summary: 'Once more: sent again what could not be delivered, translated anew what could not be translated',
        description:
          'A new attempt, linked to the old one. A delivery that stopped keeps its id; `agency`: what that agency was given is given to it again, as a delivery of its own. ' +
          'What is translated anew goes by the maps and the configuration of today, to those agencies alone that were not given it. An interchange that failed as a whole is named by its own id. An answer that could not be written for the sender of the message is written by what is agreed today.',
        tags: ['messages'],
        params: Type.Object({ id: Id }),
        querystring: Type.Object({ agency: Type.Optional(Type.String({ maxLength: 100 })) }, { additionalProperties: false }),
        response: { 202: Open, ...problems },
      },
    },
    async (request, reply) => {
      const who = caller(request);
      allow(who, 'replay', 'operator');
      const made = await replay(gateway, request.params.id, who.id, request.query.agency);
      if (!made) throw new ProblemException(finding('WEB_NOT_FOUND', { path: request.url }));
      if ('refused' in made) throw new ProblemException(made.refused);
      return reply.code(202).send({ id: request.params.id, ...made });
    },
  );
}
