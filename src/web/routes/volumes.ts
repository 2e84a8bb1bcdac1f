import { Type } from '../shape.ts';
import { finding } from '../../diagnostics/diagnostic.ts';
import { toleratedCsv, viewTolerated } from '../../gateway/views/tolerated.ts';
import { volumeDimensions, volumesCsv, viewVolumes } from '../../gateway/views/volume-view.ts';
import type { VolumeDimension } from '../../store/counting.ts';
import type { App, WebContext } from '../app.ts';
import { allow } from '../auth.ts';
import { ProblemException } from '../problem.ts';
import { Open, problems } from '../schemas.ts';

const Day = Type.String({ pattern: '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$', description: 'ISO 8601, UTC' });

/** What was received and delivered, counted from the log. */
export function volumes(app: App, { gateway, caller }: WebContext): void {
  app.get(
    '/v1/volumes',
    {
      schema: {
        summary: 'Messages, documents, kilo-characters, failures and latencies',
        description:
          'Counted from the log, by the days of its entries (UTC), `from` and `to` included. What was received; by agency, what was delivered. ' +
          'Latencies in milliseconds run from receipt to outcome, or to handing over, and are exact to 5 %. A partner sees its own.',
        tags: ['volumes'],
        querystring: Type.Object(
          {
            from: Day,
            to: Day,
            by: Type.Optional(Type.String({ pattern: '^(day|partner|agency|type)(,(day|partner|agency|type))*$', description: 'day, partner, agency, type' })),
            partner: Type.Optional(Type.String({ maxLength: 100 })),
            agency: Type.Optional(Type.String({ maxLength: 100 })),
            format: Type.Optional(Type.Union([Type.Literal('json'), Type.Literal('csv')])),
          },
          { additionalProperties: false },
        ),
        response: { 200: Open, ...problems },
      },
    },
    async (request, reply) => {
      const who = caller(request);
      allow(who, 'see volumes', 'operator', 'partner');
      const { from, to, format, agency } = request.query;
      if (to < from) throw new ProblemException(finding('WEB_REQUEST', { message: '`to` is before `from`' }));
      const partner = who.role === 'partner' ? who.id : request.query.partner;
      if (who.role === 'partner' && (request.query.partner ?? who.id) !== who.id) allow(who, 'see volumes of others', 'operator');
      const asked = new Set((request.query.by ?? 'day').split(','));
      const by: readonly VolumeDimension[] = [...volumeDimensions].filter((name) => asked.has(name));
      await gateway.rounds.counter.count();
      const found = await viewVolumes(gateway.store, {
        from,
        to,
        by,
        ...(partner === undefined ? {} : { partner }),
        ...(agency === undefined ? {} : { agency }),
      });
      return format === 'csv' ? reply.type('text/csv; charset=utf-8; header=present').send(volumesCsv(found, by)) : found;
    },
  );

  app.get(
    '/v1/tolerated',
    {
      schema: {
        summary: 'Faults that were accepted because the sender’s agreement says so: in how many messages, by day, partner and code',
        description:
          'Counted from the log, by the days of its entries (UTC), `from` and `to` included. A fault of the interchange is told with its first message. A partner sees its own.',
        tags: ['volumes'],
        querystring: Type.Object(
          {
            from: Day,
            to: Day,
            partner: Type.Optional(Type.String({ maxLength: 100 })),
            format: Type.Optional(Type.Union([Type.Literal('json'), Type.Literal('csv')])),
          },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Object({
            items: Type.Array(
              Type.Object({
                day: Type.String(),
                partner: Type.String(),
                code: Type.String(),
                messages: Type.Integer(),
                deviation: Type.Optional(Type.String({ description: 'its name in the register of deviations' })),
              }),
            ),
          }),
          ...problems,
        },
      },
    },
    async (request, reply) => {
      const who = caller(request);
      allow(who, 'see what was tolerated', 'operator', 'partner');
      const { from, to, format } = request.query;
      if (to < from) throw new ProblemException(finding('WEB_REQUEST', { message: '`to` is before `from`' }));
      if (who.role === 'partner' && (request.query.partner ?? who.id) !== who.id) allow(who, 'see what was tolerated of others', 'operator');
      const partner = who.role === 'partner' ? who.id : request.query.partner;
      await gateway.rounds.counter.count();
      const { items } = await viewTolerated(gateway.store, { from, to, ...(partner === undefined ? {} : { partner }) });
      if (format === 'csv') return reply.type('text/csv; charset=utf-8; header=present').send(toleratedCsv({ items }) as never);
      return { items: [...items] };
    },
  );
}
