import { Type } from '../shape.ts';
import { finding } from '../../diagnostics/diagnostic.ts';
import { acknowledgeItem, inboxPage } from '../../gateway/views/mailbox-view.ts';
import { itemFor } from '../../gateway/views/view.ts';
import type { App, WebContext } from '../app.ts';
import { allow, type Caller } from '../auth.ts';
import { ProblemException } from '../problem.ts';
import { bytesOf, Open, problems } from '../schemas.ts';
import { sendContent } from './content.ts';

/** A mailbox for each party: at least once, in order, numbered so that gaps show, any period pulled again by cursor. */
export function inbox(app: App, { gateway, caller }: WebContext): void {
  const params = Type.Object({ number: Type.Integer({ minimum: 1 }) });
  const owner = (request: { readonly caller: Caller | undefined }): Caller => {
    const who = caller(request);
    allow(who, 'have a mailbox', 'partner', 'agency');
    return who;
  };
  const absent = (path: string): ProblemException => new ProblemException(finding('WEB_NOT_FOUND', { path }));

  app.get(
    '/v1/inbox',
    {
      schema: {
        summary: 'What came, in order',
        tags: ['inbox'],
        querystring: Type.Object(
          { after: Type.Optional(Type.Integer({ minimum: 0 })), limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })) },
          { additionalProperties: false },
        ),
        response: { 200: Open, ...problems },
      },
    },
    async (request) => inboxPage(gateway.store, owner(request), request.query.after ?? 0, request.query.limit ?? 50),
  );

  app.get('/v1/inbox/:number', { schema: { summary: 'One item', tags: ['inbox'], params, response: bytesOf('*/*') } }, async (request, reply) => {
    const item = await itemFor(gateway, request.params.number, owner(request));
    if (!item) throw absent(request.url);
    return sendContent(reply.header('portolan-kind', item.kind), item);
  });

  app.post(
    '/v1/inbox/:number/receipt',
    {
      schema: {
        summary: 'Acknowledge an item',
        description: 'With `sha256`, the hash of what was taken over, the receipt is evidence of it. Once is enough; again changes nothing.',
        tags: ['inbox'],
        params,
        body: Type.Optional(
          Type.Union([Type.Object({ sha256: Type.Optional(Type.String({ pattern: '^[0-9a-f]{64}$' })) }, { additionalProperties: false }), Type.Null()]),
        ),
        response: { 200: Open, ...problems },
      },
    },
    async (request) => {
      const acknowledged = await acknowledgeItem(gateway, owner(request), request.params.number, request.body?.sha256);
      if (acknowledged === 'absent') throw absent(request.url);
      if (acknowledged === 'differs') throw new ProblemException(finding('WEB_REQUEST', { message: 'the hash is not that of this item' }));
      return acknowledged;
    },
  );
}
