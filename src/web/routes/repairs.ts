import { Type } from '../shape.ts';
import { finding } from '../../diagnostics/diagnostic.ts';
import { findingJson } from '../../diagnostics/json.ts';
import { decideRepair, listRepairs, proposeRepair, viewRepair } from '../../gateway/changes/repairs.ts';
import type { App, WebContext } from '../app.ts';
import { allow } from '../auth.ts';
import { largeOfOperators } from '../bodies.ts';
import { languageFor, ProblemException } from '../problem.ts';
import { Id, Open, problems } from '../schemas.ts';

const Number_ = Type.Object({ number: Type.Integer({ minimum: 1 }) });
const note = Type.Optional(Type.String({ maxLength: 500 }));

/** Edited copies of messages, with a second person's approval. */
export function repairs(app: App, context: WebContext): void {
  const { gateway, caller } = context;
  const operator = (request: Parameters<typeof caller>[0], what: string): string => {
    const who = caller(request);
    allow(who, what, 'operator');
    return who.id;
  };

  void app.register(async (child) => {
    const scope = child as App;
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, bytes, done) => done(null, bytes));
    scope.post(
      '/v1/messages/:id/repair',
      {
        ...largeOfOperators(context, 'repair messages'),
        schema: {
          consumes: ['*/*'],
          summary: 'Propose an edited copy of a message',
          description:
            'The body is an interchange of that message alone, from the same sender. It is judged at once; it goes on as a new message, linked to the old one, when another operator approves. Refused for partners whose agreement says `repair: never`, and for what an agency has.',
          tags: ['repairs'],
          params: Type.Object({ id: Id }),
          querystring: Type.Object({ note }, { additionalProperties: false }),
          response: { 202: Open, ...problems },
        },
      },
      async (request, reply) => {
        const by = operator(request, 'repair messages');
        const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        if (bytes.length === 0) throw new ProblemException(finding('WEB_BODY_EMPTY'));
        const made = await proposeRepair(gateway, request.params.id, bytes, { by, note: request.query.note ?? '' });
        if (!made) throw new ProblemException(finding('WEB_NOT_FOUND', { path: request.url }));
        if ('refused' in made) {
          const [only] = made.refused;
          throw only!.code.startsWith('REPAIR_')
            ? new ProblemException(only!)
            : new ProblemException(finding('REPAIR_NOT_IN_ORDER', { count: String(made.refused.length) }), { errors: made.refused });
        }
        const { findings, ...rest } = made;
        return reply.code(202).send({ ...rest, state: 'open', findings: findings.map((each) => findingJson(each, () => bytes, languageFor(request))) });
      },
    );
  });

  app.get(
    '/v1/repairs',
    {
      schema: {
        summary: 'Repairs that were proposed, and what became of them',
        tags: ['repairs'],
        querystring: Type.Object(
          { after: Type.Optional(Type.Integer({ minimum: 0 })), limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })) },
          { additionalProperties: false },
        ),
        response: { 200: Open, ...problems },
      },
    },
    async (request) => {
      operator(request, 'see repairs');
      return listRepairs(gateway.store, request.query.after ?? 0, request.query.limit ?? 50);
    },
  );

  for (const [verb, verdict] of [
    ['approve', 'approved'],
    ['reject', 'rejected'],
  ] as const)
    app.post(
      `/v1/repairs/:number/${verb}`,
      {
        schema: {
          summary: verb === 'approve' ? 'Let an edited copy go on' : 'Say no to a repair',
          description: 'By an operator other than the one who proposed it. Both names are recorded.',
          tags: ['repairs'],
          params: Number_,
          querystring: Type.Object({ reason: note }, { additionalProperties: false }),
          response: { 200: Open, ...problems },
        },
      },
      async (request) => {
        const by = operator(request, `${verb} repairs`);
        const { number } = request.params;
        const [refused] = await decideRepair(gateway, number, { by, reason: request.query.reason }, verdict);
        if (refused) throw new ProblemException(refused);
        return viewRepair(gateway.store, number);
      },
    );
}
