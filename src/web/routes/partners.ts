import { Type } from 'typebox';
import { finding, hasError, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import { findingJson } from '../../diagnostics/json.ts';
import { decide, listChanges, propose, readProposed, registerOf, viewChange, type Proposed, type ProposedItem } from '../../gateway/partner-changes.ts';
import { endingCertificates } from '../../partners/certificates.ts';
import { importPartners, importSource } from '../../gateway/partner-import.ts';
import { listPartners, viewPartner } from '../../gateway/partner-view.ts';
import type { App, WebContext } from '../app.ts';
import { allow } from '../auth.ts';
import { ProblemException } from '../problem.ts';
import { Open, problems } from '../schemas.ts';

const PartnerId = Type.Object({ id: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}$' }) });
const ChangeNumber = Type.Object({ number: Type.Integer({ minimum: 1 }) });
const note = Type.Optional(Type.String({ maxLength: 500, description: 'why, for whoever decides' }));
const IfMatch = Type.Object({ 'if-match': Type.Optional(Type.String({ description: 'the ETag of the version that is changed' })) });

const ProposedAnswer = Type.Object(
  { number: Type.Integer(), state: Type.Literal('open'), findings: Type.Array(Type.Unknown({ description: 'warnings' })) },
  { description: 'Checked, and waiting for another operator' },
);

const Imported = Type.Object({
  number: Type.Union([Type.Integer(), Type.Null()], { description: 'of the proposal; null: nothing was proposed' }),
  added: Type.Array(Type.String()),
  changed: Type.Array(Type.String()),
  unchanged: Type.Array(Type.String()),
  findings: Type.Array(Type.Unknown()),
});

/** Partners as data, changed with a second person's approval. */
export function partners(app: App, { gateway, caller }: WebContext): void {
  const operator = (request: Parameters<typeof caller>[0], what: string): string => {
    const who = caller(request);
    allow(who, what, 'operator');
    return who.id;
  };
  const body = 'the partner';

  void app.register(async (child) => {
    const scope = child as App;
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, text, done) => done(null, text));

    scope.put(
      '/v1/partners/:id',
      {
        schema: {
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
        const by = operator(request, 'change partners');
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
        return reply.code(202).send(answerOf(made, bytes));
      },
    );
  });

  void app.register(async (child) => {
    const scope = child as App;
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, text, done) => done(null, text));
    scope.post(
      '/v1/partners/import',
      {
        schema: {
          summary: 'Propose the partners of a table',
          description:
            'CSV (RFC 4180): the first row names the columns, each further row is a partner. An empty cell leaves what is, `-` takes it away; several values of a cell are separated by `;`. Every finding of every row is told, with row and column of the file. With `dry-run` nothing is proposed.',
          tags: ['partners'],
          querystring: Type.Object({ 'dry-run': Type.Optional(Type.Boolean()), note }, { additionalProperties: false }),
          response: { 200: Imported, 202: Imported, ...problems },
        },
      },
      async (request, reply) => {
        const by = operator(request, 'change partners');
        const text = typeof request.body === 'string' ? request.body : '';
        const { proposed, findings, ...made } = await importPartners(gateway, text, {
          by,
          note: request.query.note ?? '',
          dryRun: request.query['dry-run'] === true,
        });
        if (proposed && 'refused' in proposed) throw told(proposed.refused);
        const bytes = (source: string): Uint8Array | undefined => (source === importSource ? Buffer.from(text) : undefined);
        return reply.code(proposed ? 202 : 200).send({ number: proposed?.number ?? null, ...made, findings: findings.map((each) => findingJson(each, bytes)) });
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
      const by = operator(request, 'change partners');
      const { id } = request.params;
      const made = await propose(gateway, {
        by,
        note: request.query.note ?? '',
        items: [{ partner: id, base: baseOf(id, request.headers['if-match']), value: null }],
      });
      return reply.code(202).send(answerOf(made));
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
      operator(request, 'see partners');
      return listPartners(gateway, request.query.after, request.query.limit);
    },
  );

  app.get(
    '/v1/partners/:id',
    { schema: { summary: 'One partner, as it is written, with its versions', tags: ['partners'], params: PartnerId, response: { 200: Open, ...problems } } },
    async (request, reply) => {
      operator(request, 'see partners');
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
      operator(request, 'see partners');
      const ending = endingCertificates(gateway.configuration.partners, gateway.now(), request.query.days ?? 30);
      return { items: ending.map(({ until, ...rest }) => ({ ...rest, until: new Date(until).toISOString() })) };
    },
  );

  app.get(
    '/v1/partners/changes',
    {
      schema: {
        summary: 'What was proposed, and decided',
        tags: ['partners'],
        querystring: Type.Object(
          {
            state: Type.Optional(Type.Union([Type.Literal('open'), Type.Literal('approved'), Type.Literal('rejected')])),
            after: Type.Optional(Type.Integer({ minimum: 0 })),
            limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
          },
          { additionalProperties: false },
        ),
        response: { 200: Open, ...problems },
      },
    },
    async (request) => {
      operator(request, 'see changes of partners');
      return listChanges(gateway.store, request.query);
    },
  );

  app.get(
    '/v1/partners/changes/:number',
    { schema: { summary: 'One change: what was, and what shall be', tags: ['partners'], params: ChangeNumber, response: { 200: Open, ...problems } } },
    async (request) => {
      operator(request, 'see changes of partners');
      const view = await viewChange(gateway.store, request.params.number);
      if (!view) throw new ProblemException(finding('WEB_NOT_FOUND', { path: request.url }));
      return view;
    },
  );

  for (const [verb, verdict] of [
    ['approve', 'approved'],
    ['reject', 'rejected'],
  ] as const)
    // prettier-ignore
    app.post(
      `/v1/partners/changes/:number/${verb}`,
      {
        schema: {
          summary: verb === 'approve' ? 'Put a change in force' : 'Say no to a change',
          description: 'By an operator other than the one who proposed it. Both names are recorded.',
          tags: ['partners'],
          params: ChangeNumber,
          querystring: Type.Object({ reason: note }, { additionalProperties: false }),
          response: { 200: Open, ...problems },
        },
      },
      async (request) => {
        const by = operator(request, `${verb} changes of partners`);
        const { number } = request.params;
        const refused = await decide(gateway, number, { by, reason: request.query.reason }, verdict);
        if (refused.length > 0) throw told(refused);
        return viewChange(gateway.store, number);
      },
    );

  app.post(
    '/v1/partners/changes',
    {
      schema: {
        summary: 'Propose several partners at once',
        description: 'All of it comes into force, or nothing. Where `value` is null the partner is taken away.',
        tags: ['partners'],
        body: Type.Object(
          {
            note,
            items: Type.Array(
              Type.Object(
                {
                  partner: PartnerId.properties.id,
                  base: Type.Optional(Type.String({ description: 'the version it changes; absent where the partner is new' })),
                  value: Type.Unknown(),
                },
                { additionalProperties: false },
              ),
              { minItems: 1 },
            ),
          },
          { additionalProperties: false },
        ),
        response: { 202: ProposedAnswer, ...problems },
      },
    },
    async (request, reply) => {
      const by = operator(request, 'change partners');
      const items = request.body.items.map(({ base, ...rest }) => ({ ...rest, base: base === undefined || base === '' ? null : base })) as ProposedItem[];
      const seen = new Set<string>();
      const twice = items.find(({ partner }) => seen.size === seen.add(partner).size);
      if (twice) throw wrong(`\`${twice.partner}\` is changed twice`);
      for (const { partner, value } of items)
        if (value && value.partner !== partner) throw wrong(`an item of \`${partner}\` is of the partner \`${value.partner}\``);
      return reply.code(202).send(answerOf(await propose(gateway, { by, note: request.body.note ?? '', items })));
    },
  );
}

type Bytes = (source: string) => Uint8Array | undefined;

function answerOf(made: Proposed, bytes?: Bytes) {
  if ('refused' in made) throw told(made.refused, bytes);
  return { number: made.number, state: 'open' as const, findings: made.findings.map((each) => findingJson(each, bytes)) };
}

/** One finding says for itself what is the matter; several, or those of a text, stand behind one that says so. */
function told(findings: readonly Diagnostic[], bytes?: Bytes): ProblemException {
  const [only, more] = findings;
  return only!.code.startsWith('CONFIG_') || more
    ? notInOrder(findings, bytes)
    : new ProblemException(only!, only!.code.startsWith('PARTNER_') ? { type: 'changed' } : {});
}

const notInOrder = (findings: readonly Diagnostic[], bytes?: Bytes): ProblemException =>
  new ProblemException(finding('PARTNER_NOT_IN_ORDER', { count: String(findings.length) }), {
    errors: findings,
    type: 'unreadable',
    ...(bytes ? { bytes } : {}),
  });

const wrong = (message: string): ProblemException => new ProblemException(finding('WEB_REQUEST', { message }));
