import { Type } from '../shape.ts';
import { finding } from '../../diagnostics/diagnostic.ts';
import { setsOf } from '../../gateway/views/sets.ts';
import { viewSequence } from '../../gateway/intake/sequence.ts';
import { beginningOf } from '../../language/moment.ts';
import { searchStates } from '../../gateway/outcome/fates.ts';
import { searchMessages, viewMessage } from '../../gateway/views/view.ts';
import type { App, WebContext } from '../app.ts';
import { allow } from '../auth.ts';
import { ProblemException } from '../problem.ts';
import { Id, Open, problems } from '../schemas.ts';

const day = Type.Optional(Type.String({ description: 'ISO 8601 date or date-time; without an offset in UTC' }));
const name = Type.Optional(Type.String({ maxLength: 100 }));

/** One message, and search. Each caller sees its own part. */
export function messages(app: App, { gateway, caller }: WebContext): void {
  app.get(
    '/v1/messages/:id',
    {
      schema: {
        summary: 'State, timeline, outcome per agency, findings, losses',
        tags: ['messages'],
        params: Type.Object({ id: Id }),
        response: { 200: Open, ...problems },
      },
    },
    async (request) => {
      const view = await viewMessage(gateway.store, request.params.id, caller(request), (party) => gateway.departures.holdOf(party));
      if (!view) throw new ProblemException(finding('WEB_NOT_FOUND', { path: request.url }));
      return view;
    },
  );

  app.post(
    '/v1/messages/:id/release',
    {
      schema: {
        summary: 'Deliver what was held of it',
        description: 'Of operators. Says to which agencies it goes now; to none where nothing of it is held.',
        tags: ['messages'],
        params: Type.Object({ id: Id }),
        response: { 200: Open, ...problems },
      },
    },
    async (request) => {
      const operator = caller(request);
      allow(operator, 'release what is held', 'operator');
      const released = await gateway.release(request.params.id, operator.id);
      if (!released) throw new ProblemException(finding('WEB_NOT_FOUND', { path: request.url }));
      return released;
    },
  );

  app.get(
    '/v1/sequence',
    {
      schema: {
        summary: 'How the interchange references of partners run: gaps, and what came out of order',
        description: 'Of partners that agreed on being counted. An operator sees all of them, a partner its own.',
        tags: ['messages'],
        querystring: Type.Object({ partner: name }, { additionalProperties: false }),
        response: { 200: Open, ...problems },
      },
    },
    async (request) => {
      const { role, id } = caller(request);
      if (role === 'agency') allow({ role, id }, 'see how references run', 'operator', 'partner');
      return viewSequence(gateway.store, role === 'partner' ? id : request.query.partner);
    },
  );

  app.get(
    '/v1/messages/:id/sets',
    {
      schema: {
        summary: 'What belongs together with it: complete, waiting for what, or contradictory in which facts',
        description: 'By what the caller may see: documents of others, and facts that were not granted, are as if they were not there.',
        tags: ['messages'],
        params: Type.Object({ id: Id }),
        response: { 200: Open, ...problems },
      },
    },
    async (request) => {
      const sets = await setsOf(gateway, request.params.id, caller(request));
      if (!sets) throw new ProblemException(finding('WEB_NOT_FOUND', { path: request.url }));
      return sets;
    },
  );

  app.get(
    '/v1/messages',
    {
      schema: {
        summary: 'Search',
        description:
          'All conditions hold together; newest first. `reference` is any business key: interchange reference, document number, UCR, MRN, bill, air waybill, container, permit. ' +
          'Case, blanks and punctuation do not count; the prefix of an airline (three digits) or of a container owner (four letters) finds all of them.',
        tags: ['messages'],
        querystring: Type.Object(
          {
            reference: Type.Optional(Type.String({ maxLength: 512 })),
            type: name,
            partner: name,
            agency: name,
            state: Type.Optional(Type.Unsafe<(typeof searchStates)[number]>({ type: 'string', enum: [...searchStates] })),
            since: day,
            until: day,
            limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
            cursor: Type.Optional(Id),
          },
          { additionalProperties: false },
        ),
        response: { 200: Open, ...problems },
      },
    },
    async (request) => {
      const { since, until, ...rest } = request.query;
      const times = { ...(since === undefined ? {} : { since: time(since, 'since') }), ...(until === undefined ? {} : { until: time(until, 'until') }) };
      const { agencies } = gateway.configuration;
      const { agency } = rest;
      // Only the operator is told which agencies there are; one that is no longer there may still have had messages.
      const page = await searchMessages(gateway, { ...rest, ...times }, caller(request));
      if (caller(request).role === 'operator' && agency !== undefined && page.items.length === 0 && !agencies.some(({ id }) => id === agency))
        throw wrong(`\`agency\` must be one of ${agencies.map(({ id }) => id).join(', ')}`);
      return page;
    },
  );
}

function time(text: string, name: string): number {
  const at = beginningOf(text);
  if (at === undefined)
    throw wrong(`\`${name}\` is not an ISO 8601 date or date-time: \`${text}\`${text.includes(' ') ? '; a `+` is written `%2B` in an address' : ''}`);
  return at;
}

const wrong = (message: string): ProblemException => new ProblemException(finding('WEB_REQUEST', { message }));
