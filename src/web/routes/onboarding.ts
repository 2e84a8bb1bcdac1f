import type { FastifyRequest } from 'fastify';
import { Type } from '../shape.ts';
import { finding, hasError, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import { findingJson, spoken } from '../../diagnostics/json.ts';
import { acceptedLanguage, type Language } from '../../diagnostics/language.ts';
import { closedBy, invite, lastSent, listInvitations, onboardingLimits, openInvitation, requestProduction, revoke, tryScenario, viewOnboarding, type OnboardingView, type Opened } from '../../gateway/changes/onboarding.ts'; // prettier-ignore
import type { App, WebContext } from '../app.ts';
import { largeOfOperators, takeBodies, type Body } from '../bodies.ts';
import { asPage, wantsPage } from '../pages.ts';
import { languageFor, ProblemException, type Problem } from '../problem.ts';
import { Open, problems } from '../schemas.ts';
import { fileOf, onboardingPage, problemPage } from './onboarding-page.ts';
import { notInOrder, operator, told, type Bytes } from './partner-changes.ts';

declare module 'fastify' {
  interface FastifyRequest {
    opened: Opened | undefined; // by the token in the address: known before a body is looked at
  }
}

const { days, bytes: largest } = onboardingLimits;
const formParts = 8_192; // bytes that a form may have around its file
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
  more: Type.Optional(Type.Integer({ description: 'causes that are not listed' })),
});

/** New partners show by themselves what they can send, then ask for production. */
export function onboarding(app: App, context: WebContext): void {
  const { gateway, caller, admit } = context;
  void app.register(async (child) => {
    const scope = child as App;
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, text, done) => done(null, text));
    scope.post(
      '/v1/onboarding',
      {
        ...largeOfOperators(context, 'invite partners'),
        schema: {
          consumes: ['application/yaml', 'application/json'],
          summary: 'Invite a partner',
          description:
            'The body says what the partner shall be, as for `PUT /v1/partners/{id}`. The answer holds the link, whose token is told this once: whoever has it may send the messages of the scenarios, and ask for production when all are passed.',
          tags: ['onboarding'],
          querystring: Type.Object(
            {
              scenarios: Type.String({ maxLength: 63, description: 'a set of `schemas/scenarios`, or of `scenarios` in the configuration' }),
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
          .send({ link, ...made, findings: made.findings.map((each) => findingJson(each, bytes, languageFor(request))) });
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
      const opened = await openInvitation(gateway.store, tokenOf(request));
      admit({ role: 'invited', id: opened?.owner ?? '' }); // all who guess share one rate
      if (!opened) throw new ProblemException(finding('WEB_NOT_FOUND', { path: '/v1/onboarding/…' }));
      const over = await closedBy(gateway, opened);
      if (over) throw new ProblemException(over);
      request.opened = opened;
    });
    // A browser is answered with pages: what went wrong too, and after what went well it comes back to the scenarios.
    scope.addHook('onSend', async (request, reply, payload) => {
      void reply.header('vary', 'accept, accept-language').header('cache-control', 'no-store');
      if (!isBrowser(request) || !String(reply.getHeader('content-type')).startsWith('application/problem+json')) return payload;
      const back = request.opened && !request.routeOptions.url?.endsWith(':token') ? `../${tokenOf(request)}` : undefined;
      return asPage(reply, problemPage(JSON.parse(payload as string) as Problem, back, languageOf(request)));
    });
    const openedBy = ({ opened }: FastifyRequest): Opened => opened!;
    takeBodies(scope, gateway, (request) => openedBy(request).owner, largest + formParts);

    scope.get(
      '/v1/onboarding/:token',
      {
        schema: {
          summary: 'The scenarios, and what is passed',
          description: 'Each scenario is `passed`, `failed` or `missing`, with what was found in the last message that was sent for it; `request` says how the request for production stands. A browser gets a page on which all of it can be done.', // prettier-ignore
          tags: ['onboarding'],
          security: byToken,
          params: Token,
          response: { 200: Open, ...problems },
        },
      },
      async (request, reply) => {
        const opened = openedBy(request);
        const view = await viewOnboarding(gateway, opened);
        if (!isBrowser(request)) return view;
        const language = languageOf(request);
        return asPage(reply, onboardingPage(spoken(view, language) as OnboardingView, await lastSent(gateway.store, opened), tokenOf(request), language));
      },
    );

    scope.post(
      '/v1/onboarding/:token/messages',
      {
        schema: {
          consumes: ['*/*'],
          summary: 'Send a message for a scenario',
          description: `Raw bytes in any supported syntax, at most ${largest}. They are judged at once as if the agreement were in force, and kept; nothing is delivered. A form (\`multipart/form-data\`) has them as its file \`message\`.`,
          tags: ['onboarding'],
          security: byToken,
          params: Token,
          querystring: Type.Object({ scenario: Type.String({ maxLength: 63 }) }, { additionalProperties: false }),
          response: { 200: Tried, ...problems },
        },
      },
      async (request, reply) => {
        const { bytes: body } = (request.body as Body | undefined) ?? { bytes: Buffer.alloc(0) };
        const bytes = fileOf(request.headers['content-type'], body);
        if (bytes.length > largest) throw new ProblemException(finding('WEB_BODY_TOO_LARGE', { limit: String(largest) }));
        if (bytes.length === 0) throw new ProblemException(finding('WEB_BODY_EMPTY'));
        const tried = await tryScenario(gateway, openedBy(request), request.query.scenario, bytes);
        if ('refused' in tried) throw refusal(tried.refused);
        if (isBrowser(request)) return reply.redirect(`../${tokenOf(request)}#${request.query.scenario}`, 303);
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
        if (isBrowser(request)) return reply.redirect(`../${tokenOf(request)}#production`, 303);
        return reply.code(202).send(await viewOnboarding(gateway, opened));
      },
    );
  });
}

const isBrowser = ({ headers }: FastifyRequest): boolean => wantsPage(headers.accept);
const languageOf = ({ headers }: FastifyRequest): Language => acceptedLanguage(headers['accept-language']);
const tokenOf = ({ params }: FastifyRequest): string => (params as { readonly token: string }).token;

/** What is of the link or its scenarios says so itself; what is of the partner is told as ever. */
function refusal(findings: readonly Diagnostic[], bytes?: Bytes): ProblemException {
  const [main] = findings.filter((each) => hasError([each]));
  if (main && /^(ONBOARDING|SCENARIO)_/.test(main.code)) return new ProblemException(main, main.code === 'SCENARIO_UNKNOWN' ? {} : { type: 'changed' });
  return findings.length > 1 ? notInOrder(findings, bytes) : told(findings, bytes);
}
