import { Type } from '../shape.ts';
import { finding, hasError } from '../../diagnostics/diagnostic.ts';
import { findingJson } from '../../diagnostics/json.ts';
import { endingIn } from '../../gateway/views/ending.ts';
import { propose, readProposed, registerOf } from '../../gateway/changes/partner-changes.ts';
import { endingCertificates } from '../../partners/certificates.ts';
import { importPartners, importSource } from '../../gateway/changes/partner-import.ts';
import { listPartners, viewPartner } from '../../gateway/views/partner-view.ts';
import type { App, WebContext } from '../app.ts';
import { largeOfOperators } from '../bodies.ts';
import { languageFor, ProblemException } from '../problem.ts';
import { Open, problems } from '../schemas.ts';
import { answerOf, note, notInOrder, operator, PartnerId, ProposedAnswer, told, wrong } from './partner-changes.ts';

const IfMatch = Type.Object({ 'if-match': Type.Optional(Type.String({ description: 'the ETag of the version that is changed' })) });

const Imported = Type.Object({
  number: Type.Union([Type.Integer(), Type.Null()], { description: 'of the proposal; null: nothing was proposed' }),
  added: Type.Array(Type.String()),
  changed: Type.Array(Type.String()),
  unchanged: Type.Array(Type.String()),
  findings: Type.Array(Type.Unknown()),
});

/** Partners as data, changed with a second person's approval. */
export function partners(app: App, context: WebContext): void {
  const { gateway, caller } = context;
  const body = 'the partner';

  void app.register(async (child) => {
    const scope = child as App;
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, text, done) => done(null, text));

    scope.put(
      '/v1/partners/:id',
      {
        ...largeOfOperators(context, 'change partners'),
        schema: {
          consumes: ['application/yaml', 'application/json'],
          summary: 'Propose what a partner shall be',
          description:
            'JSON or YAML, as `schemas/config/partner.schema.json` says. It is checked at once, with line and column of every finding, and comes into force when another operator approves it. `If-Match` names the version it changes; without it the partner must be new.',
          tags: ['partners'],
          params: PartnerId,
          querystring: Type.Object({ note }, { additionalProperties: false }),
          headers: IfMatch,
          response: { 202: ProposedAnswer, ...problems },
        },
      },
      async (request, reply) => {
        const by = operator(caller(request), 'change partners');
        const { id } = request.params;
        const text = typeof request.body === 'string' ? request.body : '';
        const bytes = (source: string): Uint8Array | undefined => (source === body ? Buffer.from(text) : undefined);
        const { value, findings } = readProposed(gateway, { path: body, text });
        if (value && value.partner !== id) throw wrong(`the body is of the partner \`${value.partner}\`, the address of \`${id}\``);
        if (!value || hasError(findings)) throw notInOrder(findings, bytes);
        const made = await propose(gateway, {
          by,
          note: request.query.note ?? '',
          items: [{ partner: id, base: baseOf(id, request.headers['if-match']), value }],
        });
        return reply.code(202).send(answerOf(made, languageFor(request), bytes));
      },
    );

    scope.post(
      '/v1/partners/import',
      {
        ...largeOfOperators(context, 'change partners'),
        schema: {
          consumes: ['text/csv'],
          summary: 'Propose the partners of a table',
          description:
            'CSV (RFC 4180): the first row names the columns, each further row is a partner. An empty cell leaves what is, `-` takes it away; several values of a cell are separated by `;`. Every finding of every row is told, with row and column of the file. With `dry-run` nothing is proposed.',
          tags: ['partners'],
          querystring: Type.Object({ 'dry-run': Type.Optional(Type.Boolean()), note }, { additionalProperties: false }),
          response: { 200: Imported, 202: Imported, ...problems },
        },
      },
      async (request, reply) => {
        const by = operator(caller(request), 'change partners');
        const text = typeof request.body === 'string' ? request.body : '';
        const { proposed, findings, ...made } = await importPartners(gateway, text, {
          by,
          note: request.query.note ?? '',
          dryRun: request.query['dry-run'] === true,
        });
        if (proposed && 'refused' in proposed) throw told(proposed.refused);
        const bytes = (source: string): Uint8Array | undefined => (source === importSource ? Buffer.from(text) : undefined);
        return reply
          .code(proposed ? 202 : 200)
          .send({ number: proposed?.number ?? null, ...made, findings: findings.map((each) => findingJson(each, bytes, languageFor(request))) });
      },
    );
  });

  const baseOf = (id: string, ifMatch: string | undefined): string | null => {
    const version = ifMatch === undefined ? undefined : (/^(?:W\/)?"?([^"]*)"?$/.exec(ifMatch.trim())?.[1] ?? '');
    if (version !== undefined) return version;
    if (registerOf(gateway).get(id)?.kept === 'store') throw new ProblemException(finding('PARTNER_VERSION_MISSING', { partner: id }));
    return null;
  };

  app.delete(
    '/v1/partners/:id',
    {
      schema: {
        summary: 'Propose to take a partner away',
        tags: ['partners'],
        params: PartnerId,
        querystring: Type.Object({ note }, { additionalProperties: false }),
        headers: IfMatch,
        response: { 202: ProposedAnswer, ...problems },
      },
    },
    async (request, reply) => {
      const by = operator(caller(request), 'change partners');
      const { id } = request.params;
      const made = await propose(gateway, {
        by,
        note: request.query.note ?? '',
        items: [{ partner: id, base: baseOf(id, request.headers['if-match']), value: null }],
      });
      return reply.code(202).send(answerOf(made, languageFor(request)));
    },
  );

  app.get(
    '/v1/partners',
    {
      schema: {
        summary: 'The partners, by id',
        tags: ['partners'],
        querystring: Type.Object(
          { after: Type.Optional(Type.String({ maxLength: 63 })), limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })) },
          { additionalProperties: false },
        ),
        response: { 200: Open, ...problems },
      },
    },
    async (request) => {
      operator(caller(request), 'see partners');
      return listPartners(gateway, request.query.after, request.query.limit);
    },
  );

  app.get(
    '/v1/partners/:id',
    { schema: { summary: 'One partner, as it is written, with its versions', tags: ['partners'], params: PartnerId, response: { 200: Open, ...problems } } },
    async (request, reply) => {
      operator(caller(request), 'see partners');
      const view = await viewPartner(gateway, request.params.id);
      if (!view) throw new ProblemException(finding('WEB_NOT_FOUND', { path: request.url }));
      reply.header('etag', `"${view.version}"`);
      return view;
    },
  );

  app.get(
    '/v1/partners/certificates',
    {
      schema: {
        summary: 'Certificates of partners that have ended, or end within so many days',
        tags: ['partners'],
        querystring: Type.Object({ days: Type.Optional(Type.Integer({ minimum: 0, maximum: 3650, default: 30 })) }, { additionalProperties: false }),
        response: { 200: Open, ...problems },
      },
    },
    async (request) => {
      operator(caller(request), 'see partners');
      const days = request.query.days ?? 30;
      const ending = endingCertificates(gateway.configuration.partners, gateway.now(), days);
      return {
        items: ending.map(({ until, ...rest }) => ({ ...rest, until: new Date(until).toISOString() })),
        unfollowed: endingIn(gateway, days).map(({ party, found }) => ({ party, ...findingJson(found, undefined, languageFor(request)) })), // of channels too
      };
    },
  );
}
