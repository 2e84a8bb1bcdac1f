import { Type } from '../shape.ts';
import { finding, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import { findingJson } from '../../diagnostics/json.ts';
import type { Language } from '../../diagnostics/language.ts';
import { decide, listChanges, propose, viewChange, type Proposed, type ProposedItem } from '../../gateway/changes/partner-changes.ts';
import type { App, WebContext } from '../app.ts';
import { allow, type Caller } from '../auth.ts';
import { largeOfOperators } from '../bodies.ts';
import { languageFor, ProblemException } from '../problem.ts';
import { Open, problems } from '../schemas.ts';

export const PartnerId = Type.Object({ id: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}$' }) });
const ChangeNumber = Type.Object({ number: Type.Integer({ minimum: 1 }) });
export const note = Type.Optional(Type.String({ maxLength: 500, description: 'why, for whoever decides' }));
export const ProposedAnswer = Type.Object(
  { number: Type.Integer(), state: Type.Literal('open'), findings: Type.Array(Type.Unknown({ description: 'warnings' })) },
  { description: 'Checked, and waiting for another operator' },
);

/** The operator who asks; nobody else may. */
export function operator(caller: Caller, what: string): string {
  allow(caller, what, 'operator');
  return caller.id;
}

/** What was proposed, by whom, and what another operator said. */
export function partnerChanges(app: App, context: WebContext): void {
  const { gateway, caller } = context;
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
      operator(caller(request), 'see changes of partners');
      return listChanges(gateway.store, request.query);
    },
  );

  app.get(
    '/v1/partners/changes/:number',
    { schema: { summary: 'One change: what was, and what shall be', tags: ['partners'], params: ChangeNumber, response: { 200: Open, ...problems } } },
    async (request) => {
      operator(caller(request), 'see changes of partners');
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
        const by = operator(caller(request), `${verb} changes of partners`);
        const { number } = request.params;
        const refused = await decide(gateway, number, { by, reason: request.query.reason }, verdict);
        if (refused.length > 0) throw told(refused);
        return viewChange(gateway.store, number);
      },
    );

  app.post(
    '/v1/partners/changes',
    {
      ...largeOfOperators(context, 'change partners'),
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
      const by = operator(caller(request), 'change partners');
      const items = request.body.items.map(({ base, ...rest }) => ({ ...rest, base: base === undefined || base === '' ? null : base })) as ProposedItem[];
      const seen = new Set<string>();
      const twice = items.find(({ partner }) => seen.size === seen.add(partner).size);
      if (twice) throw wrong(`\`${twice.partner}\` is changed twice`);
      for (const { partner, value } of items)
        if (value && value.partner !== partner) throw wrong(`an item of \`${partner}\` is of the partner \`${value.partner}\``);
      return reply.code(202).send(answerOf(await propose(gateway, { by, note: request.body.note ?? '', items }), languageFor(request)));
    },
  );
}

export type Bytes = (source: string) => Uint8Array | undefined;

export function answerOf(made: Proposed, language: Language, bytes?: Bytes) {
  if ('refused' in made) throw told(made.refused, bytes);
  return { number: made.number, state: 'open' as const, findings: made.findings.map((each) => findingJson(each, bytes, language)) };
}

/** One finding says for itself what is the matter; several, or those of a text, stand behind one that says so. */
export function told(findings: readonly Diagnostic[], bytes?: Bytes): ProblemException {
  const [only, more] = findings;
  return only!.code.startsWith('CONFIG_') || more
    ? notInOrder(findings, bytes)
    : new ProblemException(only!, only!.code.startsWith('PARTNER_') ? { type: 'changed' } : {});
}

export const notInOrder = (findings: readonly Diagnostic[], bytes?: Bytes): ProblemException =>
  new ProblemException(finding('PARTNER_NOT_IN_ORDER', { count: String(findings.length) }), {
    errors: findings,
    type: 'unreadable',
    ...(bytes ? { bytes } : {}),
  });

export const wrong = (message: string): ProblemException => new ProblemException(finding('WEB_REQUEST', { message }));
