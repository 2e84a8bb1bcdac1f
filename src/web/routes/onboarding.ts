import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { finding, hasError, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import { findingJson } from '../../diagnostics/json.ts';
import { closedBy, invite, listInvitations, onboardingLimits, openInvitation, requestProduction, revoke, tryScenario, viewOnboarding, type Opened } from '../../gateway/changes/onboarding.ts'; // prettier-ignore
import type { App, WebContext } from '../app.ts';
import { takeBodies, type Body } from '../bodies.ts';
import { ProblemException } from '../problem.ts';
import { Open, problems } from '../schemas.ts';
import { notInOrder, operator, told, type Bytes } from './partner-changes.ts';

declare module 'fastify' {
  interface FastifyRequest {
    opened: Opened | undefined; // by the token in the address: known before a body is looked at
  }
}

const { days, bytes: largest } = onboardingLimits;
const body = 'the partner';
const Token = Type.Object({ token: Type.String({ maxLength: 100 }) });
const byToken = [{}]; // the token in the address is all that is asked for
const State = Type.Union([Type.Literal('passed'), Type.Literal('failed')]);
const Tried = Type.Object({
  scenario: Type.String(),
  state: State,
  outcome: Type.String({ description: 'accepted or rejected: what would become of the message' }),
  at: Type.String(),
  findings: Type.Array(Type.Unknown({ description: 'of the scenario first, then of the message, in its own terms' })),
});

/** New partners show by themselves what they can send, then ask for production. */
export function onboarding(app: App, { gateway, caller, admit }: WebContext): void {
  void app.register(async (child) => {
    const scope = child as App;
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, text, done) => done(null, text));
    scope.post(
      '/v1/onboarding',
      {
        schema: {
          summary: 'Invite a partner',
          description:
            'The body says what the partner shall be, as for `PUT /v1/partners/{id}`. The answer holds the link, whose token is told this once: whoever has it may send the messages of the scenarios, and ask for production when all are passed.',
          tags: ['onboarding'],
          querystring: Type.Object(
            {
              scenarios: Type.String({ maxLength: 63, description: 'a set of `schemas/scenarios`' }),
              days: Type.Optional(Type.Integer({ minimum: 1, maximum: days.most, default: days.usual, description: 'how long the link opens' })),
            },
            { additionalProperties: false },
          ),
          response: {
            201: Type.Object({
              link: Type.String(),
              token: Type.String(),
              partner: Type.String(),
              scenarios: Type.String(),
              until: Type.String(),
              findings: Type.Array(Type.Unknown({ description: 'warnings' })),
            }),
            ...problems,
          },
        },
      },
      async (request, reply) => {
        const by = operator(caller(request), 'invite partners');
        const text = typeof request.body === 'string' ? request.body : '';
        const bytes: Bytes = (source) => (source === body ? Buffer.from(text) : undefined);
        const { scenarios, days: chosen = days.usual } = request.query;
        const made = await invite(gateway, { path: body, text, by, scenarios, days: chosen });
        if ('refused' in made) throw refusal(made.refused, bytes);
        const link = `/v1/onboarding/${made.token}`;
        return reply
          .code(201)
          .header('location', link)
          .send({ link, ...made, findings: made.findings.map((each) => findingJson(each, bytes)) });
      },
    );
  });

  app.get(
    '/v1/onboarding',
    {
      schema: {
        summary: 'Invitations, and how far each is',
        tags: ['onboarding'],
        querystring: Type.Object(
          {
            after: Type.Optional(Type.Integer({ minimum: 0 })),
            limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
            state: Type.Optional(Type.Union([Type.Literal('open'), Type.Literal('expired'), Type.Literal('revoked')], { description: 'of the link' })),
          },
          { additionalProperties: false },
        ),
        response: { 200: Open, ...problems },
      },
    },
    async (request) => {
      operator(caller(request), 'see invitations');
      return listInvitations(gateway, request.query.after ?? 0, request.query.limit ?? 50, request.query.state);
    },
  );

  app.post(
    '/v1/invitations/:number/revoke',
    {
      schema: {
        summary: 'Take a link back',
        description: 'It opens nothing any more. A request for production that was made by it is decided as any other change.',
        tags: ['onboarding'],
        params: Type.Object({ number: Type.Integer({ minimum: 1 }) }),
        querystring: Type.Object({ reason: Type.Optional(Type.String({ maxLength: 500 })) }, { additionalProperties: false }),
        response: { 200: Type.Object({ number: Type.Integer(), state: Type.Literal('revoked') }), ...problems },
      },
    },
    async (request) => {
      const by = operator(caller(request), 'revoke invitations');
      const { number } = request.params;
      if (!(await revoke(gateway, number, by, request.query.reason))) throw new ProblemException(finding('WEB_NOT_FOUND', { path: request.url }));
      return { number, state: 'revoked' as const };
    },
  );

  void app.register(async (child) => {
    const scope = child as App;
    scope.decorateRequest('opened', undefined);
    scope.addHook('onRequest', async (request) => {
      const opened = await openInvitation(gateway.store, (request.params as { readonly token: string }).token);
      admit({ role: 'invited', id: opened?.owner ?? '' }); // all who guess share one rate
      if (!opened) throw new ProblemException(finding('WEB_NOT_FOUND', { path: '/v1/onboarding/…' }));
      const over = await closedBy(gateway, opened);
      if (over) throw new ProblemException(over);
      request.opened = opened;
    });
    const openedBy = ({ opened }: FastifyRequest): Opened => opened!;
    takeBodies(scope, gateway, (request) => openedBy(request).owner, largest);

    scope.get(
      '/v1/onboarding/:token',
      {
        schema: {
          summary: 'The scenarios, and what is passed',
          description: 'Each scenario is `passed`, `failed` or `missing`, with what was found in the last message that was sent for it; `request` says how the request for production stands.', // prettier-ignore
          tags: ['onboarding'],
          security: byToken,
          params: Token,
          response: { 200: Open, ...problems },
        },
      },
      async (request) => viewOnboarding(gateway, openedBy(request)),
    );

    scope.post(
      '/v1/onboarding/:token/messages',
      {
        schema: {
          summary: 'Send a message for a scenario',
          description: `Raw bytes in any supported syntax, at most ${largest}. They are judged at once as if the agreement were in force, and kept; nothing is delivered.`,
          tags: ['onboarding'],
          security: byToken,
          params: Token,
          querystring: Type.Object({ scenario: Type.String({ maxLength: 63 }) }, { additionalProperties: false }),
          response: { 200: Tried, ...problems },
        },
      },
      async (request) => {
        const { bytes } = (request.body as Body | undefined) ?? { bytes: Buffer.alloc(0) };
        if (bytes.length === 0) throw new ProblemException(finding('WEB_BODY_EMPTY'));
        const tried = await tryScenario(gateway, openedBy(request), request.query.scenario, bytes);
        if ('refused' in tried) throw refusal(tried.refused);
        return { ...tried, findings: [...tried.findings] };
      },
    );

    scope.post(
      '/v1/onboarding/:token/request',
      {
        schema: {
          summary: 'Ask for production',
          description: 'Once, when every scenario is passed. The partner is in force when an operator other than the one who invited it approves.',
          tags: ['onboarding'],
          security: byToken,
          params: Token,
          response: { 202: Open, ...problems },
        },
      },
      async (request, reply) => {
        const opened = openedBy(request);
        const made = await requestProduction(gateway, opened);
        if ('refused' in made) throw refusal(made.refused);
        return reply.code(202).send(await viewOnboarding(gateway, opened));
      },
    );
  });
}

/** What is of the link or its scenarios says so itself; what is of the partner is told as ever. */
function refusal(findings: readonly Diagnostic[], bytes?: Bytes): ProblemException {
  const [main] = findings.filter((each) => hasError([each]));
  if (main && /^(ONBOARDING|SCENARIO)_/.test(main.code)) return new ProblemException(main, main.code === 'SCENARIO_UNKNOWN' ? {} : { type: 'changed' });
  return findings.length > 1 ? notInOrder(findings, bytes) : told(findings, bytes);
}
